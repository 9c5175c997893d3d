# SPDX-License-Identifier: Apache-2.0
"""Tokens of a real issuer, found by discovery, checked by the module."""
import time

import pytest

from harness.httpd import Httpd
from harness.settings import MPMS, wait_until
from harness.site import guarded, site
from harness.tokens import spoil_signature
from harness.traffic import Traffic
from provider import ALGS

COOLDOWN_S = 1

TRUST = f"""
AuthJWTFetchCA "${{CA}}"
AuthJWTCooldown {COOLDOWN_S}
AuthJWTIssuer "${{ISSUER}}"
"""


def run(provider, ca, mpm="event"):
    audiences = " ".join(provider.audience(alg) for alg in ALGS)
    config = site(guarded("/"), guarded("/write", "Require jwt-scope write"),
                  guarded("/staff", "Require jwt-claim roles=staff"),
                  trust=TRUST + f"AuthJWTAudience {audiences}\n")
    return Httpd(config, mpm, define={"ISSUER": provider.url, "CA": ca.path})


def test_tokens_of_each_algorithm(provider, ca):
    with run(provider, ca) as server:
        for alg in ALGS:
            token = provider.token(alg)
            env = server.accepts("/", token).env
            assert env["REMOTE_USER"] == "service"
            assert env["JWT_CLAIM_iss"] == provider.url
            assert env["JWT_CLAIM_aud"] == provider.audience(alg)
            assert env["JWT_CLAIM_scope"] == "read write"
            assert env["JWT_CLAIM_roles"] == "staff,ops"
            server.refuses("SIGNATURE_INVALID", "/", spoil_signature(token))


def test_rules_over_its_claims(provider, ca):
    with run(provider, ca) as server:
        server.accepts("/staff", provider.token("ES256"))
        server.accepts("/write", provider.token("ES256"))
        server.refuses("SCOPE_MISSING", "/write",
                       provider.token("ES256", scope="read"), scope="write")


@pytest.mark.parametrize("mpm", MPMS)
def test_keys_rotate_while_requests_run(provider, ca, mpm):
    old = {alg: provider.token(alg) for alg in ALGS}
    with run(provider, ca, mpm) as server:
        began = time.monotonic()
        with Traffic(server, "/", old["RS256"]) as traffic:
            traffic.more()
            provider.rotate()
            wait_until(lambda: time.monotonic() > began + COOLDOWN_S + 1,
                       "a fetch is allowed")
            for alg in ALGS:
                server.accepts("/", provider.token(alg))
                server.accepts("/", old[alg])
            traffic.more()
        assert set(traffic.statuses) == {200}
        assert traffic.failures == []
