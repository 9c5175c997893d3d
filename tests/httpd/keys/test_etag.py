# SPDX-License-Identifier: Apache-2.0
"""A key set that has not changed is not sent again."""
import pytest

from harness.httpd import Httpd
from harness.issuer import KEYS, Issuer
from harness.settings import wait_until
from harness.site import TRUST_FETCHED, guarded, site


class ConditionalIssuer(Issuer):
    """Answers 304 to who has its key set already (RFC 9110 13.1.2)."""

    def __init__(self, ca):
        super().__init__(ca)
        self.unchanged = 0
        self.whole = 0

    def answer(self, request):
        etag = f'"{self.signer.kid}"'
        if request.path != self.path + KEYS:
            super().answer(request)
        elif request.headers["If-None-Match"] == etag:
            self.unchanged += 1
            request.send_response(304)
            request.end_headers()
        else:
            self.whole += 1
            self.headers[request.path] = {"ETag": etag}
            super().answer(request)


@pytest.fixture
def issuer(ca):
    issuer = ConditionalIssuer(ca)
    yield issuer
    issuer.close()


def run(issuer, ca):
    trust = TRUST_FETCHED + ('AuthJWTIssuer "${ISSUER}"\nAuthJWTCooldown 1\n'
                             "AuthJWTRefresh 1\nAuthJWTStale 4\n")
    return Httpd(site(guarded("/"), trust=trust),
                 define={"ISSUER": issuer.url, "CA": ca.path})


def test_an_unchanged_set_gets_young_again(issuer, ca):
    """For longer than it could serve otherwise, and after a restart."""
    token = issuer.signer.mint()
    with run(issuer, ca) as server:
        server.accepts("/", token)
        for _ in range(2):
            goal = issuer.unchanged + 4
            wait_until(lambda: issuer.unchanged >= goal, "answers 304", 15)
            server.accepts("/", token)
            server.restart()
        assert issuer.whole == 1


def test_a_changed_set_is_seen(issuer, ca):
    with run(issuer, ca) as server:
        old = issuer.signer.mint()
        server.accepts("/", old)
        wait_until(lambda: issuer.unchanged, "an answer 304")
        issuer.rotate()
        server.comes_to_accept("/", issuer.signer.mint())
        server.comes_to_refuse("/", old)
        assert issuer.whole == 2
