# SPDX-License-Identifier: Apache-2.0
"""Whatever an issuer does, nobody who has keys notices."""
import time

import pytest

from harness.fickle import TAGS, FickleIssuer
from harness.httpd import Httpd
from harness.settings import SLOWNESS
from harness.site import TRUST_FETCHED, guarded, site
from harness.traffic import Traffic

OFTEN = """
AuthJWTIssuer "${ISSUER}"
AuthJWTCooldown 1
AuthJWTRefresh 1
AuthJWTFetchTimeout 1
"""


@pytest.fixture
def issuer(ca):
    issuer = FickleIssuer(ca)
    yield issuer
    issuer.close()


def run(issuer, ca, mpm="event"):
    return Httpd(site(guarded("/"), trust=TRUST_FETCHED + OFTEN), mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


def expect_survived(issuer, ca, behaviour, mpm="event"):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        with server.log.allowing("JWT060[1-8]"):
            with Traffic(server, "/", token, threads=2) as traffic:
                issuer.behave(behaviour)
                line = server.log.take(rf"auth_jwt:warn.*{TAGS[behaviour]}")
                assert "stay in use until" in line
                began = time.monotonic()
                traffic.more(20)
                assert time.monotonic() - began < 2 * SLOWNESS
            assert set(traffic.statuses) == {200}
            assert traffic.failures == []
            issuer.behave()
            server.comes_to_accept("/", issuer.rotate().mint(), 60)


@pytest.mark.threat("G2", "G3")
@pytest.mark.parametrize("behaviour", TAGS)
def test_survived(issuer, ca, behaviour):
    expect_survived(issuer, ca, behaviour)


@pytest.mark.threat("G2", "G3")
@pytest.mark.parametrize("mpm", ["worker", "prefork"])
@pytest.mark.parametrize("behaviour", ["down", "silent", "endless"])
def test_survived_by_other_mpms(issuer, ca, behaviour, mpm):
    expect_survived(issuer, ca, behaviour, mpm)


@pytest.mark.threat("G2")
@pytest.mark.parametrize("behaviour", ["silent", "accepts and is silent",
                                       "one byte a second", "endless"])
def test_without_keys_nobody_waits_longer_than_the_timeout(issuer, ca,
                                                           behaviour):
    issuer.behave(behaviour)
    server = run(issuer, ca)
    with server.log.allowing("JWT060[13]"), server:  # until its end
        began = time.monotonic()
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        assert time.monotonic() - began < 1 + SLOWNESS
