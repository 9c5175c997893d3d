#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does the status page look like?

Key sets in every state and refusals of many reasons on a real httpd, and
pictures of its status page by headless Chromium, as wide as a phone and as a
desktop, light and dark.  For people to look at; no test needs them.

    AJWT_BUILD=build tests/httpd/status_pictures.py FOLDER
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from harness.httpd import ALL_PAGE, Httpd
from harness.issuer import CA, KEYS, Issuer
from harness.settings import wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set, spoil_signature

FOLDER = "a/tenant/with-a-name-that-is-long/" + "0123456789abcdef" * 3

CONFIG = """
AuthJWTCooldown 1
AuthJWTRefresh 1
AuthJWTFetchTimeout 1
AuthJWTStale ${STALE}
AuthJWTIssuer "${FRESH}"
AuthJWTIssuer "${DOWN}" "jwks=${DOWN}/keys"
AuthJWTIssuer "${NEVER}"
AuthJWTIssuer https://file.example keys=keys.json
AuthJWTIssuer https://secret.example secret=secret
"""

STATUS = location("/jwt-status", "SetHandler jwt-status")

CHROMIUM = """chromium --headless --no-sandbox --disable-gpu --disable-quic
    --no-first-run --disable-background-networking --disable-component-update
    --disable-sync --hide-scrollbars --force-device-scale-factor=2""".split()

SCHEMES = {"dark": 0, "light": 1}  # Blink's numbers


def odd_keys(issuer):
    """A set with much to tell."""
    rsa, hostile = Signer("RS256", kid="q" * 43), Signer(kid='<b>"&kid</b>')
    return json.dumps({"keys": [
        issuer.signer.public, rsa.public, {**hostile.public, "alg": "ES256"},
        Signer("Ed25519").public, Signer(kid=None).public,
        {**Signer("RS256", kid="for encryption").public, "use": "enc"},
        {"kty": "OKP", "crv": "X25519", "kid": "unknown", "x": "AAAA"},
        Signer(kid="published").private]})


def ask_much(server, signer, down):
    """Refusals of many reasons."""
    for token, times in (
            (signer.mint(), 60), (down.signer.mint(), 8), (None, 40),
            (signer.mint(exp=int(time.time()) - 600), 25),
            (signer.mint(aud="api://other"), 9),
            (signer.mint(iss="https://unknown.example"), 2),
            (spoil_signature(signer.mint()), 4), ("no token", 3),
            ("no-token", 1)):
        for _ in range(times):
            server.get("/", token)
    for _ in range(12):
        server.get("/tried", signer.mint(aud="api://other"))
        server.get("/scope", signer.mint())


def take_picture(url, path, width, height, scheme):
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [*CHROMIUM, f"--user-data-dir={profile}",
             f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
             f"--window-size={width},{height}", f"--screenshot={path}", url],
            check=True, timeout=120, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)


def take_pictures(server, folder, name):
    for width, height in ((360, 5600), (1280, 3300)):
        for scheme in SCHEMES:
            path = folder / f"{name}-{width}-{scheme}.png"
            take_picture(f"http://127.0.0.1:{server.port}/jwt-status", path,
                         width, height, scheme)
            print(path)


def has_states(server, *states):
    answer = server.get("/jwt-status?format=json")
    return [keys["state"] for keys in json.loads(answer.body)["key_sets"]][
        :len(states)] == list(states)


def show(folder, name, ca, stale_s, *states):
    fresh, down, never = Issuer(ca), Issuer(ca), Issuer(ca, f"/{FOLDER}")
    fresh.documents[KEYS] = odd_keys(fresh)
    fresh.headers[KEYS] = {"Cache-Control": "max-age=3600"}
    never.stop()
    define = {"FRESH": fresh.url, "DOWN": down.url, "NEVER": never.url,
              "CA": ca.path, "STALE": stale_s}
    pages = site(STATUS, guarded("/"), guarded(
        "/tried", "AuthJWTOptional report"), guarded(
            "/scope", "Require jwt-scope orders.write"),
        location("/jwt-status", "AuthType None", "Require all granted"),
        trust=TRUST_FETCHED + CONFIG, serve=ALL_PAGE)
    server = Httpd(pages, define=define, files={
        "keys.json": key_set(Signer("ES384"), Signer("PS256")),
        "secret": "s" * 64})
    try:
        server.start()
        wait_until(lambda: down.fetches and fresh.fetches, "keys")
        ask_much(server, fresh.signer, down)
        down.stop()
        if stale_s < 60:
            fresh.stop()
        wait_until(lambda: has_states(server, *states), f"{states}", 30)
        take_pictures(server, folder, name)
    finally:
        server.clear()
        for issuer in (fresh, down, never):
            issuer.close()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as keys:
        ca = CA(pathlib.Path(keys))
        show(folder, "usual", ca, 86400, "fresh", "due", "never-loaded")
        show(folder, "stale", ca, 3, "stale", "stale", "never-loaded")


main()
