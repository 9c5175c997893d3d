# SPDX-License-Identifier: Apache-2.0
"""Which Authorization headers are understood (RFC 6750 2.1, RFC 9110 11)?"""
import pytest

from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import Signer, key_set

SIGNER = Signer()
TOKEN = SIGNER.mint()


@pytest.fixture(scope="module")
def server():
    with Httpd(site(guarded("/")),
               files={"keys.json": key_set(SIGNER)}) as server:
        yield server


@pytest.mark.threat("F1")
@pytest.mark.parametrize("value", [
    f"Bearer {TOKEN}",
    f"bEaReR {TOKEN}",
    f"BEARER    {TOKEN}",
    f"Bearer\t{TOKEN}",
    f"  Bearer {TOKEN}  ",
])
def test_understood(server, value):
    server.accepts("/", headers=[("Authorization", value)])


@pytest.mark.threat("F1")
@pytest.mark.parametrize("reason, value", [
    ("NO_TOKEN", ""),
    ("NO_TOKEN", "  "),
    ("MALFORMED_CREDENTIALS", "Bearer"),
    ("MALFORMED_CREDENTIALS", "Bearer  "),
    ("MALFORMED_CREDENTIALS", "Bearer a b"),
    ("MALFORMED_CREDENTIALS", f"Bearer {TOKEN} {TOKEN}"),
    ("MALFORMED_CREDENTIALS", f"Bearer {TOKEN};"),
    ("MALFORMED_CREDENTIALS", f'Bearer "{TOKEN}"'),
    ("MALFORMED_CREDENTIALS", f"Bearer {TOKEN}=x"),
    ("MALFORMED_CREDENTIALS", "Bearer ="),
    ("MALFORMED_CREDENTIALS", "Bearer a\u00e9b"),
    ("MALFORMED_CREDENTIALS", "Bearer \u00ff"),
    ("SEVERAL_TOKENS", f"Bearer {TOKEN}, Bearer {TOKEN}"),
    ("SEVERAL_TOKENS", f"Bearer {TOKEN},{TOKEN}"),
    ("OTHER_SCHEME", "Basic YWxpY2U6eA=="),
    ("OTHER_SCHEME", f"Bearer{TOKEN}"),
    ("OTHER_SCHEME", f"Bearer={TOKEN}"),
    ("OTHER_SCHEME", f"DPoP {TOKEN}"),
    ("OTHER_SCHEME", TOKEN),
    ("OTHER_SCHEME", "\u00e9 \u00e9"),
])
def test_not_understood(server, reason, value):
    server.refuses(reason, "/", headers=[("Authorization", value)])


@pytest.mark.threat("F1")
@pytest.mark.parametrize("values", [
    (f"Bearer {TOKEN}", f"Bearer {TOKEN}"),
    (f"Bearer {TOKEN}", ""),
    (f"Bearer {TOKEN}", "Basic YWxpY2U6eA=="),
])
def test_two_headers(server, values):
    """Whoever is behind us might take the other one."""
    server.refuses("SEVERAL_TOKENS", "/",
                   headers=[("Authorization", value) for value in values])


@pytest.mark.threat("F1")
def test_two_headers_and_the_first_is_not_ours(server):
    server.refuses("OTHER_SCHEME", "/",
                   headers=[("Authorization", "Basic YWxpY2U6eA=="),
                            ("Authorization", f"Bearer {TOKEN}")])


@pytest.mark.threat("F1")
@pytest.mark.parametrize("name", ["Proxy-Authorization", "X-Token",
                                  "Authorization_", "Cookie"])
def test_only_one_header_counts(server, name):
    server.refuses("NO_TOKEN", "/", headers=[(name, f"Bearer {TOKEN}")])


@pytest.mark.threat("F1", "F3")
def test_a_token_in_the_query_does_not_count(server):
    server.refuses("NO_TOKEN", f"/?access_token={TOKEN}")
