# SPDX-License-Identifier: Apache-2.0
"""The refusals that an application's own token check used to tell apart."""
import time

import pytest

from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import Signer, encode, key_set, spoil_signature

SIGNER = Signer("RS256")
STRANGER = Signer("RS256")


def authorization(value):
    return [("Authorization", value)]


def bearer(token):
    return authorization(f"Bearer {token}")


VERDICTS = [
    ("missing header", [], 401, None, "JWT0001"),
    ("not Bearer", authorization("Basic YTpi"), 401, None, "JWT0002"),
    ("Bearer without token", authorization("Bearer"), 400,
     "malformed credentials", "JWT0003"),
    ("too many parts", authorization("Bearer one two"), 400,
     "malformed credentials", "JWT0003"),
    ("unparsable token header", bearer(f"{encode(b'not JSON')}.e30.AAAA"),
     401, "header is not a JSON object", "JWT0104"),
    ("expired", bearer(SIGNER.mint(exp=int(time.time()) - 3600)), 401,
     "token expired", "JWT0307"),
    ("wrong claims", bearer(SIGNER.mint(aud="api://invoices")), 401,
     "audience not accepted", "JWT0306"),
    ("everything else", bearer(spoil_signature(SIGNER.mint())), 401,
     "signature does not verify", "JWT0204"),
    ("wrong kid", bearer(STRANGER.mint()), 401,
     "signing key not known", "JWT0201"),
]

ERRORS = {400: "invalid_request", 401: "invalid_token"}


@pytest.fixture(scope="module")
def server():
    with Httpd(site(guarded("/")),
               files={"keys.json": key_set(SIGNER)}) as server:
        yield server


@pytest.mark.parametrize("headers, status, description, tag",
                         [result[1:] for result in VERDICTS],
                         ids=[result[0] for result in VERDICTS])
def test_each_is_told_apart(server, headers, status, description, tag):
    answer = server.get("/", headers=headers)
    expected = 'Bearer realm="orders"'
    if description:
        expected += (f', error="{ERRORS[status]}"'
                     f', error_description="{description}"')
    assert answer.status == status
    assert answer.challenge.value == expected
    server.log.take(rf"\[auth_jwt:(info|warn)\].*{tag}")
    assert server.access(answer)[1] == tag


def test_a_good_token_passes(server):
    server.accepts("/", SIGNER.mint())
