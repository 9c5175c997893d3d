# SPDX-License-Identifier: Apache-2.0
"""What the logs say of a refusal, and what they never say."""
import os
import re
import signal
import subprocess
import time

import pytest

from harness import leak
from harness.httpd import Httpd
from harness.settings import wait_until
from harness.site import guarded, location, site
from harness.tokens import (ISSUER, Signer, encode, key_set, minted, remember,
                            spoil_signature)

SIGNER = Signer()


@pytest.fixture(scope="module")
def server():
    with Httpd(site(guarded("/"), guarded("/scope", "Require jwt-scope x")),
               files={"keys.json": key_set(SIGNER)}) as server:
        yield server


def line_of(server, tag, token):
    answer = server.get("/", token)
    assert answer.status == 401
    line = server.log.take(tag)
    assert server.log.remarkable() == []
    return line


def test_a_line_has_tag_name_issuer_kid_and_algorithm(server):
    line = line_of(server, "JWT0307",
                   SIGNER.mint(exp=int(time.time()) - 3600))
    for part in ("[auth_jwt:", "[client 127.0.0.1:", "JWT0307",
                 "EXPIRED", f'"{ISSUER}"', f'"{SIGNER.kid}"', '"ES256"'):
        assert part in line
    assert "alice" not in line


def test_what_could_not_be_read_is_left_out(server):
    line = line_of(server, "JWT0104", remember(f"{encode(b'[1]')}.e30.AAAA"))
    assert '"' not in line.split("JWT0104", 1)[1]


@pytest.mark.threat("D9")
@pytest.mark.parametrize("place", ["iss", "kid", "alg"])
def test_what_a_client_chose_is_cut(server, place):
    text = "y" * 200
    token = SIGNER.mint(iss=text) if place == "iss" \
        else SIGNER.mint(header={place: text})
    line = line_of(server, r"JWT0(113|201|304)", token)
    assert "y" * 128 in line
    assert "y" * 129 not in line


@pytest.mark.threat("F2", "B2")
@pytest.mark.parametrize("place", ["iss", "kid", "alg"])
def test_what_a_client_chose_makes_no_line_of_its_own(server, place):
    text = 'a" JWT0000 \\\r\n[Mon Jan 01] [core:emerg] [pid 1] forged\x1b[0m'
    token = SIGNER.mint(iss=text) if place == "iss" \
        else SIGNER.mint(header={place: text})
    line = line_of(server, r"JWT0(113|201|304)", token)
    assert r'\"' in line
    assert "\x1b" not in line
    assert not [other for other in server.log.text().splitlines()
                if other.startswith("[Mon Jan 01]")]


@pytest.mark.threat("D9")
def test_no_piece_of_a_token_is_in_any_log(server):
    """For accepted tokens, and for each way to refuse one; every other server
    of these tests is checked alike when it stops."""
    good = SIGNER.mint(secret="a claim that is nobody's business")
    server.accepts("/", good)
    server.refuses("SCOPE_MISSING", "/scope", good, scope="x")
    server.refuses("SIGNATURE_INVALID", "/", spoil_signature(good))
    server.refuses("NOT_COMPACT", "/", remember(good.replace(".", "_")))
    server.refuses("NOT_COMPACT", "/", remember(good + "." + good))
    server.refuses("BASE64URL_INVALID", "/", remember(good + "="))
    server.refuses("MALFORMED_CREDENTIALS", "/", remember(good + ";"))
    server.refuses("OTHER_SCHEME", "/",
                   headers=[("Authorization", f"DPoP {good}")])
    text = server.log.text() + (server.root / "access.log").read_text()
    assert leak.find_leaks(minted, text) == []
    assert "nobody's business" not in text


TRUSTED = """
AuthJWTAudience orders
AuthJWTFetchTimeout 1
AuthJWTIssuer https://one.test keys=keys.json
AuthJWTIssuer https://two.test secret=secret
AuthJWTIssuer https://three.test jwks=http://127.0.0.1:9/keys
AuthJWTIssuer http://127.0.0.1:9/four
AuthJWTIssuer https://five.test metadata=http://127.0.0.1:9/five
"""
ONE = "AuthJWTIssuer https://one.test keys=keys.json"
ELSEWHERE = "AuthJWTIssuer https://one.test secret=secret"


def origins(server):
    """What is said at the start about issuers, in its order."""
    return re.findall(r"\[auth_jwt:info\] .*?\bissuer (http\S+: .*)",
                      server.log.text())


def test_the_start_says_where_each_issuers_keys_come_from():
    """Once, however many sections name it there; and again at a restart."""
    sections = guarded("/a", ONE), guarded("/b", ONE), guarded("/c", ELSEWHERE)
    with Httpd(site(*sections, trust=TRUSTED), files={
            "keys.json": key_set(SIGNER), "secret": "s" * 32}) as server, \
            server.log.allowing("JWT0601"):
        expected = [
            f"https://one.test: keys from the file {server.root}/keys.json",
            f"https://two.test: the secret in the file {server.root}/secret",
            "https://three.test: keys fetched from http://127.0.0.1:9/keys",
            "http://127.0.0.1:9/four: keys by discovery from "
            "http://127.0.0.1:9/four/.well-known/openid-configuration",
            "https://five.test: keys by discovery from "
            "http://127.0.0.1:9/five",
            f"https://one.test: the secret in the file {server.root}/secret"]
        assert origins(server) == expected
        server.restart()
        assert origins(server) == expected * 2
        assert server.stop() == 0  # as long as fetches may fail


def levels(server, tag):
    return re.findall(rf"\[auth_jwt:(\w+)\].* {tag} ", server.log.text())


def test_the_first_of_each_reason_in_an_hour_is_a_warning():
    """Of all processes together: whoever looks at a log of level warn sees
    each reason once, and is told where the others are."""
    config = site(guarded("/"))
    with Httpd(config, "prefork", {"keys.json": key_set(SIGNER)}) as server, \
            server.log.allowing("JWT030[67]"):
        for _ in range(12):
            server.get("/", SIGNER.mint(exp=1))
        server.get("/", SIGNER.mint(aud="other"))
        server.get("/", SIGNER.mint(aud="other"))
        assert levels(server, "JWT0307") == ["warn"] + ["info"] * 11
        assert levels(server, "JWT0306") == ["warn", "info"]
        first = next(line for line in server.log.text().splitlines()
                     if "JWT0307" in line)
        assert first.endswith("for an hour, further ones are logged at level "
                              "info")


@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGHUP],
                         ids=["graceful", "hard"])
def test_after_a_restart_the_first_is_a_warning_again(how):
    """Someone who corrected the configuration sees at level warn what it
    still refuses."""
    with Httpd(site(guarded("/")),
               files={"keys.json": key_set(SIGNER)}) as server, \
            server.log.allowing("JWT0307"):
        def refuse():
            return server.get("/", SIGNER.mint(exp=1)).status == 401
        assert refuse() and refuse()
        assert levels(server, "JWT0307") == ["warn", "info"]
        server.restart(how)
        wait_until(lambda: refuse() and
                   levels(server, "JWT0307").count("warn") == 2,
                   "a warning after the restart")
        assert refuse() and refuse()
        assert levels(server, "JWT0307").count("warn") == 2


def test_a_request_without_a_token_is_no_warning(server):
    for _ in range(2):
        server.refuses("NO_TOKEN", "/")
    assert set(levels(server, "JWT0001")) == {"info"}


def test_a_daemon_logs_its_warnings():
    """httpd -k start closes the terminal before it opens its error log."""
    server = Httpd(site(location("/", "AuthType Bearer", 'AuthName "orders"')),
                   files={"keys.json": key_set(SIGNER)}, is_open=True)
    server.write("keys.json", key_set(SIGNER))
    os.chmod(server.root / "keys.json", 0o666)
    try:
        for action in ("start", "stop"):
            subprocess.run(server._command("-k", action), env=server.env,
                           stdin=subprocess.DEVNULL, check=True, timeout=20)
            if action == "start":
                wait_until(lambda: "resuming normal operations"
                           in server.log.text(), "httpd runs", 15)
        text = server.log.text()
        wait_until(lambda: not (server.root / "httpd.pid").exists(),
                   "httpd has ended", 15)
        assert text.count('no Require line') == 1, text
        assert text.count("keys.json") >= 1, text
    finally:
        server.clear()
