# SPDX-License-Identifier: Apache-2.0
"""Secrets and private keys: in no log, and gone when their configuration is."""
import base64
import json
import time

from harness import leak, memory
from harness.httpd import Httpd
from harness.reasons import REASONS
from harness.settings import PRELOAD, wait_until
from harness.site import guarded, location, site
from harness.tokens import (AUDIENCE, ISSUER, Signer, key_set, minted,
                            spoil_signature)

SIGNER, OTHER = Signer(), Signer()
SECRET, FILE_SECRET = Signer("HS256"), Signer("HS256")
BUSINESS = "nobody's business"
ANOTHER = "api://another-audience-of-the-token"


def trust(option):
    return f"AuthJWTIssuer {ISSUER} {option}"


REPORT = "AuthJWTOptional report"
SECTIONS = (
    guarded("/open"),
    guarded("/secret", trust("secret=secret")),
    guarded("/file", trust("keys=private.json algs=HS256,ES256")),
    guarded("/report", REPORT),
    guarded("/report/scope", REPORT, "Require jwt-scope x"),
    guarded("/scope", "Require jwt-scope x"),
    guarded("/claim", "Require jwt-claim secret=x"),
    guarded("/regex", "Require jwt-claim long~^(a+)+$"),
    guarded("/acr", "Require jwt-acr gold"),
    guarded("/all", "AuthJWTExport all"),
    guarded("/user", "AuthJWTUser secret_name"),
    guarded("/header", "AuthJWTHeader X-Secret secret"),
    guarded("/wrong", "AuthJWTAudience other"),
    location("/basic", "AuthType Basic", 'AuthName "orders"',
             "AuthBasicProvider jwt", "Require valid-user"))
FILES = {"keys.json": key_set(SIGNER),
         "secret": SECRET.secret,
         "private.json": json.dumps({"keys": [OTHER.private,
                                              FILE_SECRET.private]})}
NEEDLES = {"secret=": SECRET.secret,
           "k": FILE_SECRET.secret,
           "k as text": FILE_SECRET.private["k"].encode(),
           "d as text": OTHER.private["d"].encode()}
NEEDED = {"secret=", "k"}


def run(sections=SECTIONS):
    return Httpd(site(*sections), files=FILES, modules=["auth_basic"])


def basic(token):
    pair = base64.b64encode(f"alice:{token}".encode()).decode()
    return [("Authorization", f"Basic {pair}")]


def mint(signer=SIGNER, **changes):
    return signer.mint(**{"secret": BUSINESS, "aud": [AUDIENCE, ANOTHER],
                          **changes})


# (place, token, what is logged, or None)
ASKED = [
    ("/open", lambda: mint(), None),
    ("/secret", lambda: mint(SECRET), None),
    ("/file", lambda: mint(FILE_SECRET), None),
    ("/file", lambda: mint(OTHER), None),
    ("/all", lambda: mint(secret=f"{BUSINESS}\n"), None),
    ("/all", lambda: mint(**{"Secret": BUSINESS * 800}), None),
    ("/header", lambda: mint(secret=f"{BUSINESS} "), None),
    ("/report", lambda: mint(exp=1), "EXPIRED"),
    ("/report/scope", lambda: mint(), "SCOPE_MISSING"),
    ("/open", lambda: mint() + ".", "NOT_COMPACT"),
    ("/open", lambda: mint(header={"crit": ["x"]}), "CRITICAL_PARAMETER"),
    ("/open", lambda: mint(header={"zip": "DEF"}), "COMPRESSED"),
    ("/open", lambda: mint(header={"kid": "other"}), "KEY_UNKNOWN"),
    ("/open", lambda: spoil_signature(mint()), "SIGNATURE_INVALID"),
    ("/secret", lambda: spoil_signature(mint(SECRET)), "SIGNATURE_INVALID"),
    ("/open", lambda: mint(SECRET), "ALGORITHM_REFUSED"),
    ("/open", lambda: mint(exp=int(time.time()) - 3600), "EXPIRED"),
    ("/open", lambda: mint(iat=BUSINESS), "CLAIM_TYPE"),
    ("/open", lambda: mint(aud=BUSINESS), "AUDIENCE_REFUSED"),
    ("/open", lambda: mint(cnf={"x": BUSINESS}), "TOKEN_BOUND"),
    ("/wrong", lambda: mint(), "AUDIENCE_REFUSED"),
    ("/user", lambda: mint(), "USER_MISSING"),
    ("/scope", lambda: mint(scope=BUSINESS), "SCOPE_MISSING"),
    ("/claim", lambda: mint(), "CLAIM_RULE"),
    ("/claim", lambda: mint(secret=2**64), "CLAIM_INEXACT"),
    ("/open", lambda: mint(exp=10**18), "CLAIM_TYPE"),
    ("/claim", lambda: mint(secret=None, _claim_names={"secret": BUSINESS}),
     "CLAIM_OVERAGE"),
    ("/regex", lambda: mint(long="a" * 40 + BUSINESS), "INTERNAL"),
    ("/acr", lambda: mint(acr=BUSINESS), "STEP_UP_NEEDED"),
]


def ask(server, place, token, reason):
    for headers in (None, basic(token)) if place == "/open" else (None,):
        if headers:
            server.get("/basic", headers=headers)
        else:
            server.get(place, token)
        if reason:
            server.log.take(rf"\b{REASONS[reason].tag}\b")


def test_nothing_of_them_is_in_any_log():
    with run() as server, server.log.allowing("error|JWT0"):
        for place, token, reason in ASKED:
            ask(server, place, token(), reason)
        server.restart()
        server.accepts("/secret", mint(SECRET))
        text = "".join((server.root / name).read_text()
                       for name in ("error.log", "access.log", "output"))
        assert leak.find_leaks(minted, text) == []
        assert leak.find_leaks([SECRET.private["k"], FILE_SECRET.private["k"],
                                OTHER.private["d"]], text) == []
        assert BUSINESS not in text
        assert ANOTHER not in text
        # what the section expects is logged, and not what a token has
        assert AUDIENCE not in text.replace(f'expected aud "{AUDIENCE}"', "")


def check_nothing_of_them_is_in_memory_afterwards():
    """When a graceful restart has taken their sections away."""
    with run() as server:
        server.accepts("/secret", mint(SECRET))
        server.accepts("/file", mint(FILE_SECRET))
        server.accepts("/file", mint(OTHER))
        before = set(memory.processes_of(server)) - {server.process.pid}
        found = memory.find(server, NEEDLES)
        # what is needed to verify, and nothing of a private key
        assert set.union(*found.values()) == NEEDED
        config = (server.root / "httpd.conf").read_text()
        server.write("httpd.conf", "".join(
            line for line in config.splitlines(keepends=True)
            if trust("") not in line or "keys.json" in line))
        server.restart()
        wait_until(lambda: not before & set(memory.processes_of(server)),
                   "the old children end", 30)
        server.accepts("/open", mint())
        found = memory.find(server, NEEDLES)
        assert found[server.process.pid] == set()
        server.log.take("JWT0706")
        assert set.union(*found.values()) == set()


if not PRELOAD:  # a sanitizer keeps what is freed
    test_nothing_of_them_is_in_memory_afterwards = \
        check_nothing_of_them_is_in_memory_afterwards
