"""Claims in request headers: a backend sees ours, and never a client's."""
import itertools
import re

import pytest

from harness.backend import Backend, headers_of
from harness.client import Answer, connect
from harness.httpd import ENV_CGI, Httpd, check_config, free_port
from harness.site import TRUST, guarded, location, site
from harness.tokens import Signer, key_set

SIGNER = Signer()

REDIRECT_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"

# What clients send; the module's name for it is X-User.
SPELLINGS = {
    name: [(name, "mallory")] for name in (
        "X-User", "x-user", "X-USER", "x-uSER", "X_User", "x_user", "X_USER",
        "X.User", "x~user", "X!User", "X-User'", "X+User", "X|USER")
    if name != "X-User'"}
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
    "the claim is there": ("/in/x", ALICE, "alice@example.com", {}, None),
    "the claim is absent": ("/in/x", {}, None, {}, None),
    "no token": ("/open/x", None, None, {}, None),
    "a token that nobody judges": ("/open/x", ALICE, None, {}, None),
    "OPTIONS": ("/options/x", None, None, {"method": "OPTIONS"}, None),
    "refused": ("/refused/x", None, None, {}, r"\bJWT0001\b"),
    "forbidden": ("/forbidden/x", ALICE, None, {}, "AH01631"),
    "POST": ("/in/x", ALICE, "alice@example.com", {"method": "POST"}, None),
    "an included part": ("/ssi/page.shtml", ALICE, "alice@example.com", {},
                         None),
    "an included open part": ("/ssi/open.shtml", ALICE, None, {}, None),
    "an index": ("/index/", ALICE, "alice@example.com", {}, None),
    "an open index": ("/open-index/", None, None, {}, None),
    "an index in another section": ("/indexed/", ALICE, "alice@example.com",
                                    {}, None),
    "an internal redirect": ("/redirecting/r.cgi?/in/x", ALICE,
                             "alice@example.com", {}, None),
    "an internal redirect to where all may go":
        ("/redirecting/r.cgi?/open/x", ALICE, None, {}, None),
    "a rewritten URL": ("/rewritten/x", ALICE, "alice@example.com", {}, None),
    "a program": ("/cgi/env.cgi", ALICE, "alice@example.com", {}, None),
    "a program without a token": ("/open-cgi/env.cgi", None, None, {}, None),
    "a program as an index": ("/files/", None, None, {}, None),
}

HEADER = "AuthJWTHeader X-User email"

SITE = TRUST + """
Define BACKEND "http://127.0.0.1:${BACKEND_PORT}"
ProxyPass "/in"        "${BACKEND}/"
ProxyPass "/open"      "${BACKEND}/"
ProxyPass "/options"   "${BACKEND}/"
ProxyPass "/refused"   "${BACKEND}/"
ProxyPass "/forbidden" "${BACKEND}/"
ProxyPass "/error"     "${BACKEND}/"
ProxyPass "/values"    "${BACKEND}/"
ProxyPass "/json"      "${BACKEND}/"
ProxyPass "/replaced"  "${BACKEND}/"
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${ROOT}/htdocs/rewritten">
    RewriteEngine On
    RewriteRule ^ ${BACKEND}/ [P]
</Directory>
<Directory "${ROOT}/htdocs/files">
    DirectoryIndex env.cgi
    <Files "env.cgi">
        AuthType Bearer
        AuthJWTHeader X-User email
        Require all granted
    </Files>
</Directory>
""" + "".join((
    guarded("/in", HEADER),
    guarded("/open", HEADER, "Require all granted"),
    guarded("/options", HEADER, "<RequireAny>", "Require method OPTIONS",
            "Require valid-user", "</RequireAny>"),
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
    guarded("/replaced", HEADER, 'RequestHeader set X-User "%{JWT_REASON}e"'
            ' env=JWT_REASON', 'RequestHeader edit X-User "^" "corp/"'),
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
    "htdocs/files/env.cgi": ENV_CGI,
}


@pytest.fixture(scope="module")
def backend():
    with Backend() as backend:
        yield backend


@pytest.fixture(scope="module")
def server(backend):
    with Httpd("LimitRequestFieldSize 32768\n" + SITE, files=FILES,
               define={"BACKEND_PORT": backend.port}) as server:
        yield server


def fold(name):
    """As backends and CGI take names."""
    return re.sub("[^a-z0-9]", "_", name.lower()).removeprefix("http_")


def values(answer, name="x_user"):
    return [value for key, value in headers_of(answer) if fold(key) == name]


@pytest.mark.parametrize("spelling, place",
                         itertools.product(SPELLINGS, PLACES))
def test_no_header_of_a_client_arrives(server, spelling, place):
    path, claims, expected, how, logged = PLACES[place]
    token = None if claims is None else SIGNER.mint(**claims)
    answer = server.get(path, token, headers=SPELLINGS[spelling], **how)
    if logged:
        server.log.take(logged)
    assert "mallory" not in answer.body
    assert headers_of(answer), answer  # of a backend or a program
    assert values(answer) == ([expected] if expected else [])
