# SPDX-License-Identifier: Apache-2.0
"""The examples for real issuers, word for word: each lets a token of its issuer
in, and keeps out what that issuer did not sign for this place."""
import json
import uuid

import pytest

from harness.httpd import ALL_ENV, Httpd
from harness.internet import Internet
from harness.providers import (MICROSOFT, PROVIDERS, STRANGER, TENANT, entra,
                               now)
from harness.settings import PROJECT, wait_until
from harness.tokens import Signer

FETCHES = """
AuthJWTFetchProxy ${PROXY}
AuthJWTFetchCA "${CA}"
"""


def example(name):
    return (PROJECT / "conf-examples" / f"{name}.conf").read_text()


# What the challenges of an example ask for
SCOPES = {"adfs": "user_impersonation", "glewlwyd": "orders",
          "okta": "orders.read"}


class Site:
    """An example at work."""

    def __init__(self, name, provider, server, internet):
        self.name, self.provider = name, provider
        self.server, self.internet = server, internet

    def how(self, token):
        """How the token is sent."""
        place = self.provider.sent_in
        return {"headers": [(place, token)]} if place else {"token": token}

    def accepts(self, token, path=None):
        return self.server.accepts(path or self.provider.place,
                                   **self.how(token))

    def refuses(self, reason, token, path=None, **asked):
        """token is None: none is sent."""
        name = "deploy" if "deploy" in self.provider.place else "orders"
        how = self.how(token) if token else {}
        return self.server.refuses(reason, path or self.provider.place,
                                   realm=name, scope=SCOPES.get(self.name),
                                   **asked, **how)


def run(name, provider, ca):
    """The server, and the world around it."""
    internet = Internet(ca, provider.documents())
    files = {provider.keys_path: json.dumps(provider.key_set())} \
        if provider.keys_path else None
    config = ALL_ENV + FETCHES + provider.fill_in(example(name))
    return internet, Httpd(config, files=files, define={
        "PROXY": internet.url, "CA": ca.path})


@pytest.fixture(scope="module", params=PROVIDERS)
def site(request, ca):
    provider = PROVIDERS[request.param]
    internet, server = run(request.param, provider, ca)
    with internet, server:
        yield Site(request.param, provider, server, internet)


def test_a_token_of_the_issuer(site):
    provider = site.provider
    env = site.accepts(provider.mint()).env
    assert env["REMOTE_USER"] == provider.user
    assert env["AUTH_TYPE"] == "Bearer"
    for name, value in provider.env.items():
        assert env[f"JWT_CLAIM_{name}"] == value
    wait_until(lambda: set(site.internet.asked) >= set(provider.documents()),
               "fetches")
    assert set(site.internet.asked) == set(provider.documents())


def test_no_token(site):
    site.refuses("NO_TOKEN", None)


def test_a_token_for_another_audience(site):
    site.refuses("AUDIENCE_REFUSED",
                 site.provider.mint(**site.provider.wrong_audience))


def test_a_token_of_another_tenant(site):
    if not site.provider.wrong_tenant:
        # one issuer for all: claims and audience tell them apart
        assert site.name in ("google", "github-actions", "google-iap")
        return
    claims, reason = site.provider.wrong_tenant
    site.refuses(reason, site.provider.mint(**claims))


def test_a_token_by_another_key(site):
    site.accepts(site.provider.mint())
    site.refuses("SIGNATURE_INVALID",
                 site.provider.mint(site.provider.imitation()))


def test_a_token_by_a_key_that_nobody_published(site):
    site.refuses("KEY_UNKNOWN", site.provider.mint(Signer(
        site.provider.alg, issuer=site.provider.issuer,
        audience=site.provider.audience)))


def test_a_token_that_expired(site):
    site.refuses("EXPIRED", site.provider.mint(iat=now(-900), exp=now(-600),
                                               nbf=None))


def test_a_token_without_an_end(site):
    site.refuses("CLAIM_MISSING", site.provider.mint(exp=None))


def test_a_token_of_another_issuer(site):
    site.refuses("ISSUER_UNKNOWN",
                 site.provider.mint(iss="https://evil.example"))


def test_a_token_that_the_rules_deny(site):
    for claims in site.provider.denied:
        answer = site.server.get(site.provider.place, **site.how(
            site.provider.mint(**claims)))
        assert answer.status == 403
        site.server.log.take(r"\bJWT040[12]\b")
        site.server.log.take("AH01631")


# Claims that make a token longer than httpd's 8190 bytes for a header line
LONG = {
    **dict.fromkeys(
        ["entra-id", "entra-id-many-tenants", "entra-id-v1-and-v2"],
        {"groups": [str(uuid.uuid4()) for _ in range(200)]}),
    "keycloak": {"realm_access": {
        "roles": [f"orders-of-the-branch-{number:05}"
                  for number in range(250)]}},
}


@pytest.mark.parametrize("name", LONG)
def test_a_token_with_many_groups_or_roles(name, ca):
    provider = PROVIDERS[name]
    internet, server = run(name, provider, ca)
    token = provider.mint(**LONG[name])
    assert 8190 < len(token) < 16384
    with internet, server:
        server.accepts(provider.place, token)


# What one of them alone has

def one(name, ca):
    provider = PROVIDERS[name]
    internet, server = run(name, provider, ca)
    return provider, internet, server


def test_both_tenants_and_their_roles(ca):
    provider, internet, server = one("entra-id-many-tenants", ca)
    first = entra(TENANT, values={})
    application = {"idtyp": "app", "scp": None, "roles": ["Orders.Write"]}
    with internet, server:
        for tenant in (TENANT, provider.claims["tid"]):
            token = {"iss": f"{MICROSOFT}/{tenant}/v2.0", "tid": tenant}
            assert server.accepts("/cgi-bin", provider.mint(**token)).env[
                "REMOTE_USER"] == f"{tenant}/{first.claims['oid']}"
            server.accepts("/cgi-bin/approve", provider.mint(**token))
            server.accepts("/cgi-bin/approve",
                           provider.mint(**token, **application))
        server.refuses("CLAIM_RULE", "/cgi-bin/approve", provider.mint(
            **{**application, "roles": ["Orders.Read"]}))
        server.refuses("TENANT_INVALID", "/cgi-bin",
                       provider.mint(tid=STRANGER))


def test_groups_that_are_too_many(ca):
    provider, internet, server = one("entra-id", ca)
    server.write("httpd.conf", (server.root / "httpd.conf").read_text()
                 + '<Location "/cgi-bin/group">\n'
                   "Require jwt-claim groups=g1\n</Location>\n")
    overage = {"_claim_names": {"groups": "src1"}, "_claim_sources": {
        "src1": {"endpoint": "https://graph.windows.net/x/getMemberObjects"}}}
    with internet, server:
        server.accepts("/cgi-bin/group", provider.mint(groups=["g1"]))
        server.refuses("CLAIM_OVERAGE", "/cgi-bin/group",
                       provider.mint(**overage))
        assert not any("graph" in url for url in internet.asked)


def test_a_token_for_graph(ca):
    provider, internet, server = one("entra-id", ca)
    with internet, server:
        server.accepts("/cgi-bin", provider.mint())
        graph = {"aud": "00000003-0000-0000-c000-000000000000"}
        server.refuses("GRAPH_TOKEN", "/cgi-bin", provider.imitation().mint(
            header={"nonce": "x"}, **graph))
        server.refuses("GRAPH_TOKEN", "/cgi-bin", provider.imitation().mint(
            header={"nonce": "x"}, **graph,
            iss=f"https://sts.windows.net/{TENANT}/"))


def test_both_versions_of_entras_tokens(ca):
    old, internet, server = one("entra-id-v1-and-v2", ca)
    new = PROVIDERS["entra-id"]
    with internet, server:
        for provider in (old, new):
            assert server.accepts("/cgi-bin", provider.mint()).env[
                "REMOTE_USER"] == provider.claims["oid"]
        server.refuses("AUDIENCE_REFUSED", "/cgi-bin",
                       new.mint(aud=old.audience))
        server.refuses("KEY_UNKNOWN", "/cgi-bin",
                       new.mint(old.signer, iss=new.issuer))


def test_googles_other_name(ca):
    provider, internet, server = one("google", ca)
    with internet, server:
        server.accepts("/cgi-bin", provider.mint(iss="accounts.google.com"))


ADMINS = [
    ("cognito", "/cgi-bin/admin", {}, {"cognito:groups": ["staff"]}),
    ("keycloak", "/cgi-bin/approve", {"realm_access": {"roles": []}},
     {"realm_access": {"roles": []}, "resource_access": {}}),
    ("okta", "/cgi-bin/admin", {"groups": ["Admins"]}, {}),
    ("auth0", "/cgi-bin/admin", {}, {"https://example.com/roles": ["user"]}),
]


@pytest.mark.parametrize("name, path, good, bad", ADMINS)
def test_places_for_some(ca, name, path, good, bad):
    provider, internet, server = one(name, ca)
    with internet, server:
        server.accepts(path, provider.mint(**good))
        server.refuses("CLAIM_RULE", path, provider.mint(**bad))


def test_a_machine_of_oktas_has_no_uid(ca):
    provider, internet, server = one("okta", ca)
    with internet, server:
        env = server.accepts("/cgi-bin", provider.mint(
            uid=None, sub="0oabv6kx4qq6h1U5l0h7")).env
        assert env["REMOTE_USER"] == "0oabv6kx4qq6h1U5l0h7"


@pytest.mark.parametrize("name", ["cloudflare-access", "google-iap"])
def test_only_the_proxys_header_counts(ca, name):
    provider, internet, server = one(name, ca)
    with internet, server:
        server.refuses("NO_TOKEN", "/cgi-bin", provider.mint())
