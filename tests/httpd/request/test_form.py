# SPDX-License-Identifier: Apache-2.0
"""Tokens and keys that are wrong in their form: what httpd answers and logs.

Which forms are wrong is for tests/vectors to say; here one of each kind goes
the whole way, so that every tag of the log is seen by a test on a real httpd.
"""
import json

import pytest
from jwcrypto.jwk import JWK

from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import Signer, encode, encode_json, key_set, remember

SIGNER = Signer("RS256")
SHORT = Signer(key=JWK.generate(kty="RSA", size=1024))
NAMELESS = [Signer(kid=None) for _ in range(5)]
TWICE = '{"sub": "alice", "sub": "admin"}'


def with_header(**members):
    return SIGNER.mint(header=members)


def with_payload(text):
    return SIGNER.sign(encode_json(SIGNER.header()), encode(text.encode()))


def encrypted():
    return remember(f"{encode_json({'alg': 'dir', 'enc': 'A128GCM'})}"
                    "..aaaa.bbbb.cccc")


TOKENS = [
    ("TOKEN_TOO_LONG", SIGNER.mint(groups="g" * 16384)),
    ("ENCRYPTED", encrypted()),
    ("PAYLOAD_INVALID", with_payload('["alice"]')),
    ("DUPLICATE_MEMBER", with_payload(TWICE)),
    ("NUMBER_RANGE", with_payload('{"sub": "alice", "n": 1e400}')),
    ("OVER_LIMIT", with_header(kid="k" * 257)),
    ("PARAMETER_TYPE", with_header(kid=1)),
    ("CRITICAL_PARAMETER", with_header(crit=["exp"])),
    ("UNENCODED_PAYLOAD", with_header(b64=False)),
    ("COMPRESSED", with_header(zip="DEF")),
    ("ALGORITHM_NONE", with_header(alg="none")),
    ("ALGORITHM_UNKNOWN", with_header(alg="RS257")),
    ("REPLICATED_CLAIM", with_header(sub="admin")),
]

KEYS = [
    ("JWT0701", "warn", {"kty": "RSA", "e": "AQAB"}),
    ("JWT0702", "debug", {"kty": "AKP"}),
    ("JWT0703", "warn", SHORT.public),
    ("JWT0704", "debug", {**Signer().public, "use": "enc"}),
    ("JWT0706", "warn", Signer().private),
    ("JWT0707", "info", {**Signer().public, "use": None}),
]


@pytest.fixture(scope="module")
def server():
    config = "LimitRequestFieldSize 32768\n" + site(guarded("/"))
    with Httpd(config, files={"keys.json": key_set(SIGNER)}) as server:
        yield server


@pytest.mark.parametrize("reason, token", TOKENS,
                         ids=[reason for reason, _ in TOKENS])
def test_a_token_of_another_form(server, reason, token):
    server.refuses(reason, "/", token)


def test_more_keys_than_are_tried():
    signer = NAMELESS[0]
    with Httpd(site(guarded("/")),
               files={"keys.json": key_set(*NAMELESS)}) as server:
        server.log.take("JWT0612 KEYSET_AMBIGUOUS")
        server.refuses("KEY_AMBIGUOUS", "/", signer.mint())


@pytest.mark.parametrize("tag, level, key", KEYS,
                         ids=[tag for tag, _, _ in KEYS])
def test_a_key_of_another_form(tag, level, key):
    """It is named by its place and its kid; the others serve."""
    keys = json.dumps({"keys": [SIGNER.public, {**key, "kid": "odd"}]})
    with Httpd(site(guarded("/")), files={"keys.json": keys}) as server:
        line = server.log.take(rf"\[auth_jwt:{level}\] .*{tag}")
        assert "keys.json: key 1" in line and 'kid "odd"' in line
        server.accepts("/", SIGNER.mint())
