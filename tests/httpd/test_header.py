"""What does a backend learn in request headers, and can a client forge it?"""
import pytest

from harness import client
from harness.backend import Backend
from harness.httpd import ENV_CGI, Httpd
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set, spoil_signature

SIGNER = Signer()

HEADERS = ("AuthJWTHeader X-User sub", "AuthJWTHeader X-Roles roles",
           "AuthJWTHeader X-Deep realm_access.roles")

SITE = TRUST + """
MergeTrailers On
LimitRequestFieldSize 32768
DirectoryIndex index.cgi
ProxyPass /proxied http://${BACKEND}/proxied
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
SetEnvIf X-Remote-User "(.*)" REMOTE_USER=$1 JWT_CLAIM_sub=$1 jwt_claim_x=$1
""" + "".join((
    guarded("/proxied", *HEADERS),
    guarded("/proxied/open", "AuthJWTOptional On", "Require all granted"),
    guarded("/proxied/granted", "Require all granted"),
    guarded("/proxied/preflight", "AuthJWTPreflight On"),
    guarded("/proxied/json", "AuthJWTExportFormat json"),
    guarded("/proxied/other", "AuthJWTHeader X-Other sub"),
    guarded("/proxied/forward", "AuthJWTForwardToken Off"),
    guarded("/proxied/scoped", "Require jwt-scope read"),
    location("/proxied/error", "Require all granted"),
    guarded("/refused", *HEADERS, "ErrorDocument 401 /proxied/error/401"),
    guarded("/cgi", *HEADERS),
    guarded("/indexed", *HEADERS),
    guarded("/ssi", *HEADERS),
    guarded("/granted", *HEADERS, "Require all granted",
            'SetEnvIf X-Remote-User "(.*)" REMOTE_USER=$1 JWT_CLAIM_iss=$1'),
    guarded("/redirecting", *HEADERS),
))

FILES = {"keys.json": key_set(SIGNER),
         "htdocs/cgi/env.cgi": ENV_CGI, "htdocs/indexed/index.cgi": ENV_CGI,
         "htdocs/granted/env.cgi": ENV_CGI,
         "htdocs/ssi/page.shtml":
             '<!--#include virtual="/cgi/env.cgi" -->',
         "htdocs/redirecting/to.cgi":
             "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"}


@pytest.fixture(scope="module")
def server():
    with Backend() as backend:
        with Httpd(SITE, files=FILES,
                   define={"BACKEND": backend.address}) as server:
            yield server


# What arrives

@pytest.mark.parametrize("claims, name, value", [
    ({}, "X-User", "alice"),
    ({"sub": "J\u00fcrgen"}, "X-User", "J\u00fcrgen"),
    ({"roles": ["a", "b"]}, "X-Roles", "a,b"),
    ({"roles": "a b"}, "X-Roles", "a b"),
    ({"roles": 7}, "X-Roles", "7"),
    ({"roles": True}, "X-Roles", "true"),
    ({"roles": {"a": 1}}, "X-Roles", '{"a":1}'),
    ({"realm_access": {"roles": ["x"]}}, "X-Deep", "x"),
    ({"roles": ""}, "X-Roles", "")], ids=str)
def test_a_claim_becomes_a_header(server, claims, name, value):
    answer = server.accepts("/proxied/page", SIGNER.mint(**claims))
    got = answer.env[name]
    assert got.encode("latin-1", "surrogateescape").decode("utf-8", "replace") \
        == value or got == value


def test_the_format_is_that_of_variables(server):
    headers = server.accepts("/proxied/json",
                             SIGNER.mint(roles=["a", "b"])).env
    assert headers["X-Roles"] == '["a","b"]'


def test_an_inner_section_replaces_the_list(server):
    headers = server.accepts("/proxied/other", SIGNER.mint()).env
    assert headers["X-Other"] == "alice"
    assert "X-User" not in headers


def test_a_cgi_sees_it_as_well(server):
    env = server.accepts("/cgi/env.cgi", SIGNER.mint()).env
    assert env["HTTP_X_USER"] == "alice"


def test_the_token_need_not_be_forwarded(server):
    token = SIGNER.mint()
    headers = server.accepts("/proxied/forward", token).env
    assert "Authorization" not in headers and headers["X-User"] == "alice"
    headers = server.accepts("/proxied/page", token).env
    assert headers["Authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("value", [
    "a\r\nX-Admin: 1", "a\nb", "a\x00b", "a\x1bb", "a\x7fb", "\t",
    "x" * 8193], ids=lambda value: repr(value)[:20])
def test_what_cannot_be_a_header_is_none(server, value):
    headers = server.accepts("/proxied/page", SIGNER.mint(roles=value)).env
    assert "X-Roles" not in headers and "X-Admin" not in headers
    assert headers["X-User"] == "alice"


def test_an_absent_claim_is_no_header(server):
    for claims in ({}, {"roles": None}, {"realm_access": {}}):
        headers = server.accepts("/proxied/page", SIGNER.mint(**claims)).env
        assert "X-Roles" not in headers and "X-Deep" not in headers


# What does not

FORGED = [[(name, "mallory")] for name in (
    "X-User", "x-user", "X-USER", "x-UsEr", "X_User", "x_user", "X_USER",
    "X.User", "X~User", "X+User", "X|USER", "X'user")] + [
    [("X-User", "mallory"), ("X-User", "mallory")],
    [("X-User", "mallory"), ("X_User", "mallory"), ("x.user", "mallory")],
    [("X-Roles", "mallory"), ("X_DEEP", "mallory")],
    [("X-User", "mallory"), ("Connection", "X-User")],
    [("X-User", ""), ("X_USER", "mallory")]]

GOOD, NAMELESS = SIGNER.mint(), SIGNER.mint(roles=None)
BAD = spoil_signature(SIGNER.mint())
PREFLIGHT = [("Origin", "https://app.example"),
             ("Access-Control-Request-Method", "PUT")]

# path, token, method, further headers, status, X-User at the backend
PATHS = {
    "good token": ("/proxied/page", GOOD, "GET", [], 200, "alice"),
    "HEAD": ("/proxied/page", GOOD, "HEAD", [], 200, None),
    "OPTIONS with a token": ("/proxied/page", GOOD, "OPTIONS", [], 200,
                             "alice"),
    "optional, without": ("/proxied/open", None, "GET", [], 200, None),
    "optional, with": ("/proxied/open", GOOD, "GET", [], 200, "alice"),
    "all granted": ("/proxied/granted", None, "GET", [], 200, None),
    "preflight": ("/proxied/preflight", None, "OPTIONS", PREFLIGHT, 200, None),
    "error document": ("/refused", BAD, "GET", [], 200, None),
    "redirect": ("/redirecting/to.cgi?/proxied/page", GOOD, "GET", [], 200,
                 "alice"),
    "redirect, unauthenticated": ("/redirecting/to.cgi?/proxied/open", GOOD,
                                  "GET", [], 200, "alice"),
}


@pytest.mark.parametrize("forged", FORGED, ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_a_forged_header_does_not_arrive(server, path, forged):
    uri, token, method, headers, status, user = PATHS[path]
    answer = server.get(uri, token, method=method, headers=forged + headers)
    assert answer.status == status, answer
    assert "mallory" not in answer.body
    assert answer.env.get("X-User") == user
    names = [line.partition("=")[0] for line in answer.body.splitlines()]
    assert len([name for name in names if name.lower() in (
        "x-user", "x_user", "x.user")]) == (user is not None)
    if token is BAD:
        server.log.take(r"\bJWT0204\b")


@pytest.mark.parametrize("forged", FORGED, ids=str)
@pytest.mark.parametrize("uri, user", [
    ("/cgi/env.cgi", "alice"), ("/indexed/", "alice"),
    ("/ssi/page.shtml", "alice"), ("/granted/env.cgi", None)])
def test_nor_to_a_program(server, uri, user, forged):
    token = GOOD if user else None
    answer = server.get(uri, token, headers=forged)
    assert answer.status == 200
    assert "mallory" not in answer.body
    assert answer.env.get("HTTP_X_USER") == user


def test_what_only_resembles_it_arrives(server):
    headers = server.accepts("/proxied/page", GOOD, headers=[
        ("X-Users", "1"), ("XUser", "2"), ("X-User-Agent", "3"),
        ("Connection", "X-Users")]).env
    assert (headers["XUser"], headers["X-User-Agent"]) == ("2", "3")
    assert "X-Users" not in headers
    assert headers["X-User"] == "alice"


def test_a_trailer_does_not_arrive(server):
    connection = client.connect(server.port)
    try:
        connection.putrequest("POST", "/proxied/page")
        connection.putheader("Authorization", f"Bearer {NAMELESS}")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("X-Request-Id", "trailer")
        connection.endheaders()
        connection.send(b"3\r\nabc\r\n0\r\nX-Roles: mallory\r\n"
                        b"X_User: mallory\r\n\r\n")
        answer = client.Answer(connection.getresponse(), "trailer")
    finally:
        connection.close()
    assert answer.status == 200
    assert "mallory" not in answer.body
    assert answer.env["X-User"] == "alice"


# Variables

@pytest.mark.parametrize("path", ["/granted/env.cgi", "/cgi/env.cgi"])
def test_no_variable_is_made_of_what_a_client_sent(server, path):
    token = None if path.startswith("/granted") else GOOD
    answer = server.accepts(path, token,
                            headers=[("X-Remote-User", "mallory")])
    env = {name: value for name, value in answer.env.items()
           if not name.startswith("HTTP_")}
    assert "mallory" not in env.values()
    assert env.get("REMOTE_USER") == ("alice" if token else None)
