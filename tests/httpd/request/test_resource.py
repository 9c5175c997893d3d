# SPDX-License-Identifier: Apache-2.0
"""Can a client find out by itself whose tokens it needs?  (RFC 9728)"""
import json
import ssl
import urllib.request

import pytest

from harness.httpd import Httpd, check_config
from harness.issuer import METADATA
from harness.site import TRUST, TRUST_FETCHED, guarded, location, site
from harness.tokens import ISSUER, Signer, key_set, spoil_signature

SIGNER = Signer()

WELL_KNOWN = "/.well-known/oauth-protected-resource"
HOST = "https://api.example.com"
GUID, OTHER = ("8f1f3b0e-0a6c-4c2e-9d55-0123456789ab",
               "11111111-2222-3333-4444-555555555555")
TEMPLATE = "https://login.example.com/{tenantid}/v2.0"

SITE = site(
    guarded("/"),
    guarded("/plain", f"AuthJWTResource {HOST}"),
    guarded("/full", f"AuthJWTResource {HOST}/full scopes=read,write"
            " documentation=https://docs.example.com/api",
            "Require jwt-scope read"),
    guarded("/slash", f"AuthJWTResource {HOST}:8443/a/b/"),
    guarded("/own", "AuthJWTIssuer https://own.example keys=keys.json",
            "AuthJWTIssuer accounts.example keys=keys.json",
            f'AuthJWTIssuer "{TEMPLATE}" keys=keys.json tenants={GUID},{OTHER}',
            "AuthJWTIssuer * keys=keys.json", f"AuthJWTResource {HOST}/own",
            "AuthJWTTokenSource header query:access_token cookie:t"),
    guarded("/nobody", "AuthJWTIssuer * keys=keys.json",
            "AuthJWTTokenSource header:X-Token",
            f"AuthJWTResource {HOST}/nobody"),
    guarded("/named", f"AuthJWTResource {HOST}/named", "Require user bob"),
    guarded("/optional", f"AuthJWTResource {HOST}/optional",
            "AuthJWTOptional On", "Require all granted"),
    location(WELL_KNOWN, "Require all denied"),
    """
<VirtualHost *>
    ServerName localhost
    ScriptAliasMatch "^/" "${ROOT}/env.cgi"
</VirtualHost>
<VirtualHost *>
    ServerName other.example.com
    AuthJWTIssuer https://vhost.example keys=keys.json
    AuthJWTAudience api://vhost
    AuthJWTResource https://other.example.com/full scopes=vhost
    ScriptAliasMatch "^/" "${ROOT}/env.cgi"
</VirtualHost>
""")

FILES = {"keys.json": key_set(SIGNER)}


@pytest.fixture(scope="module")
def server():
    with Httpd(SITE, files=FILES) as server:
        yield server


def on(host, path):
    """The same path of a virtual host."""
    return f"http://{host}{path}"


LOCAL = "localhost"


def ask(server, path="", host=LOCAL, **how):
    return server.get(on(host, WELL_KNOWN + path), **how)


def document(server, path="", host=LOCAL):
    answer = ask(server, path, host)
    assert answer.status == 200, answer
    return json.loads(answer.body)


# The document

def test_as_little_as_there_is(server):
    assert document(server) == {
        "resource": HOST, "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"]}


def test_all_that_there_is(server):
    assert document(server, "/full") == {
        "resource": f"{HOST}/full", "authorization_servers": [ISSUER],
        "scopes_supported": ["read", "write"],
        "bearer_methods_supported": ["header"],
        "resource_documentation": "https://docs.example.com/api"}


def test_the_path_is_that_of_the_identifier(server):
    assert document(server, "/a/b/")["resource"] == f"{HOST}:8443/a/b/"
    for path in ("/", "/a/b", "/a/b//", "/A/b/", "/fullx", "/x", "x"):
        assert ask(server, path).status in (401, 403, 404), path
        server.log.take(r"\bJWT0001\b|AH01630")


def test_only_issuers_that_are_urls_are_listed(server):
    own = document(server, "/own")
    assert own["authorization_servers"] == [
        "https://own.example", TEMPLATE.format(tenantid=GUID),
        TEMPLATE.format(tenantid=OTHER)]
    assert own["bearer_methods_supported"] == ["header", "query"]
    assert document(server, "/nobody") == {"resource": f"{HOST}/nobody"}


def test_a_virtual_host_has_its_own(server):
    other = document(server, "/full", host="other.example.com")
    assert other["resource"] == "https://other.example.com/full"
    assert other["authorization_servers"] == ["https://vhost.example"]
    assert other["scopes_supported"] == ["vhost"]


def test_a_virtual_host_has_the_main_servers(server):
    assert document(server, "/own", host="other.example.com") \
        == document(server, "/own")


def test_a_virtual_host_lists_its_own_issuers(server):
    """A section of the main server without an issuer of its own, and so what
    holds for a token there."""
    assert document(server, "/full")["authorization_servers"] == [ISSUER]
    there = document(server, "/optional", host="other.example.com")
    assert there["authorization_servers"] == ["https://vhost.example"]


# Its answer

def test_it_is_for_everybody(server):
    answer = ask(server, headers=[("Origin", "https://app.example")])
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Access-Control-Allow-Origin") == "*"
    assert answer.header("Cache-Control") == "public, max-age=3600"
    assert answer.challenge is None
    assert ask(server, "?x=1").status == 200


def test_head(server):
    answer, whole = ask(server, method="HEAD"), ask(server)
    assert (answer.status, answer.body) == (200, "")
    assert answer.header("Content-Length") == str(len(whole.body))


def test_a_preflight(server):
    answer = ask(server, method="OPTIONS", headers=[
        ("Origin", "https://app.example"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "mcp-protocol-version")])
    assert answer.status == 204
    assert answer.header("Access-Control-Allow-Origin") == "*"
    assert "GET" in answer.header("Access-Control-Allow-Methods")
    assert answer.header("Access-Control-Allow-Headers") == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "XYZZY"])
def test_it_is_read_only(server, method):
    answer = ask(server, method=method)
    assert answer.status == 405
    assert "GET" in answer.header("Allow")
    assert answer.header("Access-Control-Allow-Origin") == "*"


# The challenge

def told(path):
    return {"resource_metadata": HOST + WELL_KNOWN + path}


def test_every_challenge_names_it(server):
    server.refuses("NO_TOKEN", "/plain", asked=told(""))
    server.refuses("NO_TOKEN", "/full", asked=told("/full"), scope="read")
    server.refuses("NO_TOKEN", "/slash", asked={
        "resource_metadata": f"{HOST}:8443{WELL_KNOWN}/a/b/"})
    server.refuses("MALFORMED_CREDENTIALS", "/full", asked=told("/full"),
                   scope="read", headers=[("Authorization", "Bearer")])
    server.refuses("SIGNATURE_INVALID", "/full",
                   spoil_signature(SIGNER.mint()), asked=told("/full"),
                   scope="read")
    server.refuses("SCOPE_MISSING", "/full", SIGNER.mint(), scope="read",
                   asked=told("/full"))
    server.refuses("EXPIRED", "/optional", SIGNER.mint(exp=1),
                   asked=told("/optional"))


def test_also_where_a_rule_of_httpd_refuses(server):
    answer = server.get("/named", SIGNER.mint())
    assert answer.status == 401
    assert answer.challenge.parameters == {"realm": "orders",
                                           **told("/named")}
    server.log.take("AH01631")


def test_where_there_is_none_none_is_named(server):
    server.refuses("NO_TOKEN", "/")


def test_a_success_has_no_challenge(server):
    server.accepts("/full", SIGNER.mint(scope="read"))
    server.accepts("/optional")


# From a 401 to a token

def fetch(url, ca):
    trust = ssl.create_default_context(cafile=ca.path)
    with urllib.request.urlopen(url, context=trust, timeout=20) as answer:
        return json.load(answer)


def test_a_client_starts_from_a_401(issuer, ca):
    """As an MCP client does: challenge, metadata, issuer, token."""
    config = site("AuthJWTResource http://localhost:${PORT}/mcp\n",
                  guarded("/mcp"),
                  trust=TRUST_FETCHED + 'AuthJWTIssuer "${ISSUER}"\n')
    with Httpd(config, define={"ISSUER": issuer.url, "CA": ca.path}) as server:
        answer = server.get("/mcp")
        server.log.take(r"\bJWT0001\b")
        url = answer.challenge.parameters["resource_metadata"]
        place = url.removeprefix(f"http://localhost:{server.port}")
        metadata = json.loads(server.accepts(place).body)
        assert metadata["resource"] == f"http://localhost:{server.port}/mcp"
        found = fetch(metadata["authorization_servers"][0] + METADATA, ca)
        assert found["issuer"] == issuer.url
        server.accepts("/mcp", issuer.signer.mint(iss=found["issuer"]))


def test_a_reload_changes_it():
    with Httpd(SITE, files=FILES) as server:
        assert document(server)["resource"] == HOST
        config = (server.root / "httpd.conf").read_text()
        server.write("httpd.conf", config.replace(
            f"AuthJWTResource {HOST}\n", f"AuthJWTResource {HOST}/ scopes=a\n"))
        server.restart()
        assert document(server) == {
            "resource": f"{HOST}/", "authorization_servers": [ISSUER],
            "scopes_supported": ["a"], "bearer_methods_supported": ["header"]}


# httpd -t

BAD = [
    ("AuthJWTResource", "write the URL"),
    ("AuthJWTResource api", "not a URL"),
    ("AuthJWTResource 'https://api.example.com/a\"b'", "%XX"),
    ("AuthJWTResource https://api.example.com/\u00e9", "%XX"),
    (f"AuthJWTResource {HOST}\nAuthJWTResource {HOST}/b", "already"),
    ("AuthJWTResource http://api.example.com", "https"),
    ("AuthJWTResource https://api.example.com/#a", "fragment"),
    ("AuthJWTResource https://api.example.com/?a=b", "query"),
    ("AuthJWTResource https://user@api.example.com/", "user"),
    (f"AuthJWTResource {HOST} colour=red", "colour=red"),
    (f"AuthJWTResource {HOST} scopes", "write scopes=VALUE"),
    (f"AuthJWTResource {HOST} scopes=,", "scopes= is empty"),
    (f"AuthJWTResource {HOST} scopes=", "scopes has no value"),
    (f"AuthJWTResource {HOST} scopes=a scopes=b", "twice"),
    (f'AuthJWTResource {HOST} "scopes=a b"', "is not a scope"),
    (f"AuthJWTResource {HOST} scopes=read,offline_access", "offline_access"),
    (f"AuthJWTResource {HOST} documentation=docs", "documentation=docs"),
    (f"AuthJWTResource {HOST} documentation={HOST} documentation={HOST}",
     "twice"),
    (f"AuthJWTResource {HOST}\n<Location /a>\nAuthJWTResource {HOST} "
     "scopes=x\n</Location>", "differently"),
]


@pytest.mark.parametrize("lines, said", BAD)
def test_bad_lines(lines, said):
    code, output = check_config(site(lines + "\n"), files=FILES)
    assert code == 1
    assert "AuthJWTResource" in output and said in output


def test_a_resource_without_issuers():
    code, output = check_config(site(
        guarded("/", f"AuthJWTResource {HOST}"), trust=""), files=FILES)
    assert code == 1
    assert ("AuthJWTResource: no issuer is configured: write AuthJWTIssuer"
            in output)


@pytest.mark.parametrize("lines", [
    f"AuthJWTResource {HOST}\n<Location /a>\nAuthJWTResource {HOST}\n"
    "</Location>\n",
    f"<Location /a>\nAuthJWTResource {HOST}/a\n</Location>\n"
    f"<Location /b>\nAuthJWTResource {HOST}/b\n</Location>\n"])
def test_good_lines(lines):
    assert check_config(site(guarded("/c"), serve=lines), files=FILES) == (
        0, "Syntax OK\n")
