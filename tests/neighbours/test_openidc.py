# SPDX-License-Identifier: Apache-2.0
"""mod_auth_openidc for browsers and tokens for programs, on one path."""
import pytest

from harness.httpd import ALL_ENV, Httpd
from harness.recipes import FILES, SIGNER, recipe

METADATA = "OIDCProviderMetadataURL https://login.example/" \
    ".well-known/openid-configuration\n"
# What it would fetch
PROVIDER = """
OIDCProviderIssuer                https://login.example
OIDCProviderAuthorizationEndpoint https://login.example/authorize
OIDCProviderTokenEndpoint         https://login.example/token
OIDCProviderJwksUri               https://login.example/keys
"""


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request):
    block = recipe("Browser login and tokens on one path", "apacheconf", [
        (METADATA, PROVIDER), ("/etc/apache2/passphrase",
                               "${ROOT}/passphrase"),
        ("https://www.example/", "http://127.0.0.1:${PORT}/")])
    with Httpd(ALL_ENV + block, request.param,
               {**FILES, "passphrase": "a passphrase\n"},
               ["auth_openidc"]) as server:
        with server.log.allowing('OIDCRedirectURI SHOULD be "https"'):
            pass
        yield server


def test_a_browser_is_sent_to_the_login(server):
    answer = server.get("/orders", headers=[("Accept", "text/html")])
    assert answer.status == 302
    assert answer.header("Location").startswith(
        "https://login.example/authorize?")
    assert answer.challenge is None


def test_a_program_sends_a_token(server):
    answer = server.accepts("/orders", SIGNER.mint(tenant="acme"), headers=[
        ("OIDC_CLAIM_sub", "forged"), ("OIDC-CLAIM-sub", "forged")])
    assert "forged" not in answer.body
    assert answer.env["REMOTE_USER"] == answer.env["OIDC_CLAIM_sub"] == "alice"
    assert answer.env["OIDC_CLAIM_tenant"] == "acme"
    assert answer.header("Location") is None
    server.refuses("EXPIRED", "/orders", SIGNER.mint(exp=1))
    server.refuses("NOT_COMPACT", "/orders", "opaque")
