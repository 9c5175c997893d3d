# SPDX-License-Identifier: Apache-2.0
"""Claims in request headers: a backend sees ours, and never a client's."""
import itertools
import re

import pytest

from harness.backend import Backend, headers_of
from harness.client import Answer, connect
from harness.httpd import ENV_CGI, Httpd, check_config, free_port
from harness.site import TRUST, guarded, location, site
from harness.tokens import Signer, encode_json, key_set

SIGNER = Signer()

REDIRECT_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"

# What clients send; the module's name for it is X-User.
SPELLINGS = {
    name: [(name, "mallory")] for name in (
        "X-User", "x-user", "X-USER", "x-uSER", "X_User", "x_user", "X_USER",
        "X.User", "x~user", "X!User", "X+User", "X|USER")}
SPELLINGS.update({
    "twice": [("X-User", "mallory"), ("X-User", "mallory2")],
    "two spellings": [("X-User", "mallory"), ("X_User", "mallory")],
    "all at once": [(name, "mallory") for name in
                    ("x_user", "X.User", "X-USER", "X_USER", "x-user")],
    "Connection": [("Connection", "X-User"), ("X-User", "mallory")],
    "Connection alone": [("Connection", "x-user")],
    "Connection with others": [("Connection", "close, X-USER,X_User ;x-user"),
                               ("X_User", "mallory")],
    "Connection twice": [("Connection", "keep-alive"),
                         ("Connection", "X-User")],
    "Proxy-Connection": [("Proxy-Connection", "X-User"),
                         ("X-User", "mallory")],
})

# Where one asks: path, claims of the token or no token, what the backend is
# to see, how else, and what the log says.
ALICE = {"email": "alice@example.com"}
PLACES = {
    "the claim is there": ("/in/x", ALICE, "alice@example.com", {}, ()),
    "the claim is absent": ("/in/x", {}, None, {}, ()),
    "no token": ("/open/x", None, None, {}, ()),
    "a token that nobody checks": ("/open/x", ALICE, None, {}, ()),
    "OPTIONS": ("/options/x", None, None, {"method": "OPTIONS"}, ()),
    "a preflight": ("/preflight/x", None, None, {
        "method": "OPTIONS", "headers": [
            ("Origin", "https://app.example"),
            ("Access-Control-Request-Method", "GET")]}, ()),
    "an optional token": ("/optional/x", ALICE, "alice@example.com", {}, ()),
    "no optional token": ("/optional/x", None, None, {}, ()),
    "a bad token in report mode": ("/report/x", {**ALICE, "exp": 1}, None, {},
                                   ["JWT0307"]),
    "no token in report mode": ("/report/x", None, None, {}, ["JWT0001"]),
    "refused": ("/refused/x", None, None, {}, ["JWT0001"]),
    "forbidden": ("/forbidden/x", ALICE, None, {},
                  ["JWT0401", "AH01631"]),
    "POST": ("/in/x", ALICE, "alice@example.com", {"method": "POST"}, ()),
    "an included part": ("/ssi/page.shtml", ALICE, "alice@example.com", {}, ()),
    "an included open part": ("/ssi/open.shtml", ALICE, None, {}, ()),
    "an index": ("/index/", ALICE, "alice@example.com", {}, ()),
    "an open index": ("/open-index/", None, None, {}, ()),
    "an index in another section": ("/indexed/", ALICE, "alice@example.com",
                                    {}, ()),
    "an internal redirect": ("/redirecting/r.cgi?/in/x", ALICE,
                             "alice@example.com", {}, ()),
    "an internal redirect to where all may go":
        ("/redirecting/r.cgi?/open/x", ALICE, "alice@example.com", {}, ()),
    "a rewritten URL": ("/rewritten/x", ALICE, "alice@example.com", {}, ()),
    "a program": ("/cgi/env.cgi", ALICE, "alice@example.com", {}, ()),
    "a program without a token": ("/open-cgi/env.cgi", None, None, {}, ()),
    "a program as an index": ("/files/", None, None, {}, ()),
    "a program as a fallback": ("/fallback/absent", None, None, {}, ()),
    "a program as a variant": ("/variants/env", None, None, {}, ()),
    "a program as a variant with a token": ("/guarded-variants/env", ALICE,
                                            "alice@example.com", {}, ()),
}

HEADER = "AuthJWTHeader X-User email"

SITE = TRUST + """
Define BACKEND "http://127.0.0.1:${BACKEND_PORT}"
ProxyPass "/in"        "${BACKEND}/"
ProxyPass "/open"      "${BACKEND}/"
ProxyPass "/options"   "${BACKEND}/"
ProxyPass "/preflight" "${BACKEND}/"
ProxyPass "/optional"  "${BACKEND}/"
ProxyPass "/report"    "${BACKEND}/"
ProxyPass "/refused"   "${BACKEND}/"
ProxyPass "/forbidden" "${BACKEND}/"
ProxyPass "/error"     "${BACKEND}/"
ProxyPass "/values"    "${BACKEND}/"
ProxyPass "/json"      "${BACKEND}/"
ProxyPass "/edited"    "${BACKEND}/"
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${ROOT}/htdocs/own">
    AllowOverride AuthConfig
</Directory>
<Directory "${ROOT}/htdocs/rewritten">
    RewriteEngine On
    RewriteRule ^ ${BACKEND}/ [P]
</Directory>
<Directory "${ROOT}/htdocs/files">
    DirectoryIndex env.cgi
</Directory>
<Directory "${ROOT}/htdocs/fallback">
    FallbackResource /fallback/env.cgi
</Directory>
<DirectoryMatch "^${ROOT}/htdocs/(guarded-)?variants">
    Options +MultiViews
    MultiviewsMatch Handlers
</DirectoryMatch>
<DirectoryMatch "^${ROOT}/htdocs/(files|fallback|variants)">
    <Files "env.cgi">
        AuthType Bearer
        AuthJWTHeader X-User email
        Require all granted
    </Files>
</DirectoryMatch>
<Directory "${ROOT}/htdocs/guarded-variants">
    AuthType Bearer
    Require valid-user
    <Files "env.cgi">
        AuthJWTHeader X-User email
    </Files>
</Directory>
""" + "".join((
    guarded("/in", HEADER),
    guarded("/open", HEADER, "Require all granted"),
    guarded("/options", HEADER, "<RequireAny>", "Require method OPTIONS",
            "Require valid-user", "</RequireAny>"),
    guarded("/preflight", HEADER, "AuthJWTPreflight On"),
    guarded("/optional", HEADER, "AuthJWTOptional On", "Require all granted"),
    guarded("/report", HEADER, "AuthJWTOptional report"),
    guarded("/refused", HEADER, "ErrorDocument 401 /error/page"),
    guarded("/forbidden", HEADER, "ErrorDocument 403 /error/page",
            "Require jwt-scope absent"),
    location("/error", "Require all granted"),
    guarded("/ssi", HEADER),
    guarded("/index", HEADER, "DirectoryIndex /in/x"),
    guarded("/open-index", HEADER, "DirectoryIndex /open/x",
            "Require all granted"),
    guarded("/indexed", "AuthJWTHeader X-Other sub", "DirectoryIndex /in/x"),
    guarded("/redirecting", HEADER),
    guarded("/rewritten", HEADER),
    guarded("/cgi", HEADER),
    guarded("/open-cgi", HEADER, "Require all granted"),
    guarded("/values", "AuthJWTHeader X-Value a",
            "AuthJWTHeader X-Inner /b/c"),
    guarded("/json", "AuthJWTHeader X-Value a", "AuthJWTExportFormat json"),
    guarded("/edited", HEADER, 'RequestHeader edit X-User "^" "corp/"'),
    guarded("/in/inner", "AuthJWTHeader X-Other sub"),
    location("/own", "Require all granted"),
))

FILES = {
    "keys.json": key_set(SIGNER),
    "htdocs/ssi/page.shtml": '<!--#include virtual="/in/x" -->',
    "htdocs/ssi/open.shtml": '<!--#include virtual="/open/x" -->',
    "htdocs/index/keep.txt": "",
    "htdocs/open-index/keep.txt": "",
    "htdocs/indexed/keep.txt": "",
    "htdocs/redirecting/r.cgi": REDIRECT_CGI,
    "htdocs/rewritten/x": "",
    "htdocs/cgi/env.cgi": ENV_CGI,
    "htdocs/open-cgi/env.cgi": ENV_CGI,
    **{f"htdocs/{name}/env.cgi": ENV_CGI for name in (
        "files", "fallback", "variants", "guarded-variants")},
}


@pytest.fixture(scope="module")
def backend():
    with Backend() as backend:
        yield backend


@pytest.fixture(scope="module")
def server(backend):
    with Httpd("LimitRequestFieldSize 32768\n" + SITE, files=FILES,
               is_open=True,
               modules=["negotiation"],
               define={"BACKEND_PORT": backend.port}) as server:
        yield server


def fold(name):
    """As backends and CGI take names."""
    return re.sub("[^a-z0-9]", "_", name.lower()).removeprefix("http_")


def values(answer, name="x_user"):
    return [value for key, value in headers_of(answer) if fold(key) == name]


@pytest.mark.threat("F2")
@pytest.mark.parametrize("spelling, place",
                         itertools.product(SPELLINGS, PLACES))
def test_no_header_of_a_client_arrives(server, spelling, place):
    path, claims, expected, how, logged = PLACES[place]
    token = None if claims is None else SIGNER.mint(**claims)
    sent = {**how, "headers": SPELLINGS[spelling] + how.get("headers", [])}
    answer = server.get(path, token, **sent)
    for pattern in logged:
        server.log.take(pattern)
    assert "mallory" not in answer.body
    assert headers_of(answer), answer  # of a backend or a program
    assert values(answer) == ([expected] if expected else [])


def test_connection_keeps_what_is_not_ours(server):
    answer = server.accepts("/in/x", SIGNER.mint(**ALICE), headers=[
        ("Connection", "close, X-User, X-Hop"), ("X-Hop", "1"),
        ("X-User-Agent", "a"), ("XUser", "b")])
    assert answer.header("Connection") == "close"
    assert values(answer, "x_hop") == []
    assert values(answer, "x_user_agent") == ["a"]
    assert values(answer, "xuser") == ["b"]


# Trailers

def send_trailers(server, path, token, trailers):
    """A chunked body of one byte, and what comes behind it."""
    connection = connect(server.port)
    try:
        connection.putrequest("POST", path)
        connection.putheader("Authorization", f"Bearer {token}")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        connection.send(b"1\r\nx\r\n0\r\n")
        for name, value in trailers:
            connection.send(f"{name}: {value}\r\n".encode())
        connection.send(b"\r\n")
        return Answer(connection.getresponse(), None)
    finally:
        connection.close()


TRAILERS = [("X-Trailer", "1"), ("X_User", "mallory"), ("X-USER", "mallory"),
            ("Connection", "X-User")]

# The dead member is asked first.  The body is read by then, so that its
# trailers are among the headers that the second one gets.
BALANCED = "MergeTrailers On\n" + TRUST + """
<Proxy "balancer://orders">
    BalancerMember "http://127.0.0.1:${DEAD_PORT}" lbset=0
    BalancerMember "http://127.0.0.1:${BACKEND_PORT}" lbset=1
    ProxySet maxattempts=1
</Proxy>
ProxyPass "/unguarded" "balancer://orders/"
ProxyPass "/in"        "balancer://orders/"
""" + location("/unguarded", "Require all granted") + guarded("/in", HEADER)


@pytest.fixture
def balancer(backend):
    with Httpd(BALANCED, files=FILES, define={
            "BACKEND_PORT": backend.port, "DEAD_PORT": free_port()},
            modules=["slotmem_shm", "proxy_balancer",
                     "lbmethod_byrequests"]) as server:
        with server.log.allowing(r"AH0(0957|1114|1171|0959)"):
            yield server


@pytest.mark.threat("F2")
@pytest.mark.parametrize("path, claims, expected", [
    ("/unguarded", {}, ["mallory"]),  # that they do arrive
    ("/in", ALICE, ["alice@example.com"]),
    ("/in", {}, []),
])
def test_no_trailer_of_a_client_arrives(balancer, path, claims, expected):
    answer = send_trailers(balancer, path, SIGNER.mint(**claims), TRAILERS)
    assert values(answer, "x_trailer") == ["1"]
    assert values(answer) == expected


# What the token says

@pytest.mark.parametrize("value, text", [
    ("plain", "plain"),
    ("", ""),
    ("with blank, comma; =\"'$`\\", "with blank, comma; =\"'$`\\"),
    ("Zoë ☃", "Zoë ☃"),
    (-7, "-7"),
    (0.1, "0.1"),
    (True, "true"),
    (["a", 1, False], "a,1,false"),
    (["a,b", "c"], '["a,b","c"]'),
    ({"c": [None]}, '{"c":[null]}'),
    ("x" * 8000, "x" * 8000),
])
def test_how_a_value_is_written(server, value, text):
    answer = server.accepts("/values/x", SIGNER.mint(a=value))
    data = [value.encode("latin-1").decode()
              for value in values(answer, "x_value")]
    assert data == [text]


def test_arrays_as_json(server):
    answer = server.accepts("/json/x", SIGNER.mint(a=["x", "y"]))
    assert values(answer, "x_value") == ['["x","y"]']


def test_a_claim_inside_another(server):
    answer = server.accepts("/values/x", SIGNER.mint(b={"c": "d"}))
    assert values(answer, "x_inner") == ["d"]
    assert values(answer, "x_value") == []


def test_null_is_no_value(server):
    payload = encode_json({**SIGNER.claims(), "a": None})
    token = SIGNER.sign(encode_json(SIGNER.header()), payload)
    answer = server.accepts("/values/x", token, headers=[("X-Value", "m")])
    assert values(answer, "x_value") == []


@pytest.mark.threat("F2")
@pytest.mark.parametrize("value", [
    "a\nX-Admin: 1", "a\rb", "a\tb", "a\0b", "\x1b[0m", "\x01", "\x7f",
    ["ok", "a\nb"], "x" * 9216, " a", "a ", " ", "a\u00a0", "\u3000a",
    "a\u200b", "a\u0085", ["a", "b\u2003"]])
def test_a_value_that_is_not_sent(server, value):
    token = SIGNER.mint(a=value, b={"c": "d"})
    answer = server.accepts("/values/x", token,
                            headers=[("X-Value", "mallory")])
    assert values(answer, "x_value") == values(answer, "x_admin") == []
    assert values(answer, "x_inner") == ["d"]
    line = server.log.take('"a" is not sent as X-Value: ')
    assert "[auth_jwt:info]" in line
    assert not [line for line in server.log.read() if "is not sent" in line]


def test_mod_headers_comes_later(server):
    answer = server.accepts("/edited/x", SIGNER.mint(**ALICE))
    assert values(answer) == ["corp/alice@example.com"]


def test_an_inner_list_replaces_the_outer_one(server):
    answer = server.accepts("/in/inner/x", SIGNER.mint(**ALICE),
                            headers=[("X-User", "a"), ("X_Other", "b")])
    assert values(answer) == ["a"]
    assert values(answer, "x_other") == ["alice"]


# What is no directive

@pytest.mark.parametrize("line, fix", [
    ("X-User", "write the name of a header and a claim, like X-User sub"),
    ("X-User sub email", "write the name of a header and a claim"),
    ('"" sub', "'' is not a header name: write one like X-User"),
    ('"X User" sub', "'X User' is not a header name"),
    ("X-User: sub", "'X-User:' is not a header name"),
    ("X-Ü sub", "'X-"),
    ("X-User /a~2", "'/a~2': in a JSON Pointer"),
    ("X-User sub\nAuthJWTHeader x_USER email",
     "many backends cannot tell X-User and x_USER apart: remove one of "
     "them from this section"),
] + [(f"{name} sub", f"{name} belongs to HTTP itself: write another name, "
                     "like X-User") for name in (
    "Authorization", "authorization", "Proxy-Authorization",
    "Proxy_Authorization", "Cookie", "Host", "Content-Length",
    "Transfer-Encoding", "transfer.encoding", "Connection", "TE", "Trailer",
    "Upgrade", "Expect", "Keep-Alive", "Proxy-Connection", "Proxy")])
def test_what_is_no_directive(line, fix):
    code, output = check_config(site(guarded("/", f"AuthJWTHeader {line}")),
                                files=FILES)
    assert code != 0
    assert f"AuthJWTHeader: {fix}" in output


def test_the_same_name_in_two_sections():
    config = site(guarded("/", HEADER, "AuthJWTHeader X-Other /a/b"),
                  guarded("/x", HEADER))
    code, output = check_config(HEADER + "\n" + config, files=FILES)
    assert code == 0, output


def test_not_in_htaccess(server):
    server.write("htdocs/own/.htaccess", HEADER)
    server.write("htdocs/own/page.txt", "a page")
    assert server.get("/own/page.txt", SIGNER.mint()).status == 500
    server.log.take("AuthJWTHeader not allowed here")
