# SPDX-License-Identifier: Apache-2.0
"""Basic with a token as password: the application never sees the user name
that the client sent, in whatever way the header reaches it."""
import base64
import hashlib

import pytest

from harness.backend import Backend
from harness.fastcgi import FastCGI
from harness.httpd import ENV_CGI, Httpd, check_config
from harness.site import TRUST, location
from harness.tokens import Signer, key_set

SIGNER = Signer()
TOKEN = SIGNER.mint()

# With its colon a multiple of three bytes, so that base64 shows it as such
FORGED = "mallory1"

COLON = "AuthJWTUser {iss}#{sub}"
OFF = "AuthJWTForwardToken Off"


def basic(path, *lines):
    if not any(line.lstrip("<").startswith("Require") for line in lines):
        lines += ("Require valid-user",)
    return location(path, "AuthType Basic", 'AuthName "orders"',
                    "AuthBasicProvider jwt", *lines)


# Each way in which sites hand Authorization to programs
COPIES = """
SetEnvIfNoCase ^Authorization$ "(.+)" HTTP_AUTHORIZATION=$1 COPY=$1
SetEnvIf Authorization "^Basic (.+)" PART=$1
RewriteEngine On
RewriteCond %{HTTP:Authorization} (.+)
RewriteRule ^ - [E=REWRITTEN:%1]
"""

SITE = TRUST + COPIES + """
DirectoryIndex env.cgi
ProxyPass /proxied http://${BACKEND}/
ProxyPass /fcgi fcgi://${FASTCGI}/fcgi
<AuthnProviderAlias jwt orders>
    AuthJWTAudience api://orders
</AuthnProviderAlias>
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${ROOT}/htdocs/fallback">
    FallbackResource /fallback/env.cgi
    <Files "env.cgi">
        AuthType Basic
        AuthName "orders"
        AuthBasicProvider jwt
        CGIPassAuth On
        Require valid-user
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/own">
    AllowOverride AuthConfig
    AuthType Basic
    AuthName "orders"
    CGIPassAuth On
    Require valid-user
</Directory>
RewriteRule ^/refused/early - [F]
<Directory "${ROOT}/htdocs/rewriting">
    RewriteEngine On
    RewriteRule ^ - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
</Directory>
""" + "".join(
    basic(f"/{way}{name}", *lines)
    for way in ("cgi", "proxied", "fcgi") for name, lines in {
        "": ["CGIPassAuth On"],
        "/off": ["CGIPassAuth On", OFF],
        "/colon": ["CGIPassAuth On", COLON],
        "/colon/off": ["CGIPassAuth On", COLON, OFF],
        "/alias": ["CGIPassAuth On", "AuthBasicProvider orders"],
        "/open": ["CGIPassAuth On", "Require all granted"],
        "/open/off": ["CGIPassAuth On", OFF, "Require all granted"],
    }.items()) + "".join((
        basic("/folder", "CGIPassAuth On", 'SetEnvIf Authorization "(.+)" '
              "HTTP_AUTHORIZATION=$1 FOLDER=$1"),
        basic("/rewriting", "CGIPassAuth On"),
        basic("/ssi", "CGIPassAuth On"),
        basic("/redirecting", "CGIPassAuth On"),
        basic("/errors", "CGIPassAuth On", "Require all granted"),
        *(basic(f"/refused{name}", "ErrorDocument 401 /errors/env.cgi",
                "ErrorDocument 403 /errors/env.cgi",
                "ErrorDocument 404 /errors/env.cgi", *lines)
          for name, lines in {
              "": [], "/off": [OFF], "/denied": ["Require all denied"],
              "/absent": ["Require all granted"],
              "/ip": ["<RequireAll>", "Require valid-user",
                      "Require ip 192.0.2.1", "</RequireAll>"]}.items()),
        location("/file", "AuthType Basic", 'AuthName "orders"',
                 "AuthBasicProvider file jwt", "CGIPassAuth On",
                 'AuthUserFile "${ROOT}/passwords"', "Require valid-user"),
        location("/others", "AuthType Basic", 'AuthName "orders"',
                 "CGIPassAuth On", "Require all granted"),
        basic("/others/inner", "AuthBasicProvider file", "CGIPassAuth On",
              "Require all granted").replace("AuthBasicProvider jwt", ""),
        basic("/twice", "AuthBasicProvider file", "CGIPassAuth On",
              'AuthUserFile "${ROOT}/passwords"'),
        basic("/twice/inner", "AuthBasicProvider file", "CGIPassAuth On",
              "Require all granted").replace("AuthBasicProvider jwt", ""),
    ))

NAMES = ["", "/off", "/colon", "/colon/off", "/alias", "/open", "/open/off"]

FILES = {
    "keys.json": key_set(SIGNER),
    # the name and password of a user of mod_authn_file: bob, secret
    "passwords": "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
                 "eve:{SHA}" + base64.b64encode(hashlib.sha1(
                     TOKEN.encode()).digest()).decode() + "\n",
    "htdocs/own/.htaccess": "AuthBasicProvider jwt\n",
    **{f"htdocs/cgi{name}/env.cgi": ENV_CGI for name in NAMES},
    **{f"htdocs/{name}/env.cgi": ENV_CGI for name in (
        "folder", "rewriting", "errors", "file", "others", "fallback", "own",
        "others/inner", "twice", "twice/inner",
        "refused", "refused/off", "refused/denied", "refused/ip")},
    "htdocs/ssi/page.shtml": '<!--#include virtual="/cgi/env.cgi" -->'
                             '<!--#include virtual="/ssi/part.shtml" -->',
    "htdocs/ssi/part.shtml": "<!--#printenv -->",
    "htdocs/redirecting/r.cgi": "#!/bin/sh\nprintf 'Location: %s\\n\\n' "
                                '"$QUERY_STRING"\n',
}


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request):
    with Backend() as backend, FastCGI() as fastcgi:
        with Httpd(SITE, mpm=request.param, files=FILES, modules=[
                "auth_basic", "authn_file", "authz_host", "proxy_fcgi"],
                is_open=True, define={"BACKEND": backend.address,
                        "FASTCGI": fastcgi.address}) as server:
            yield server


def encode(user, password):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def send(server, path, token, user=FORGED):
    return server.get(path, headers=[
        ("Authorization", f"Basic {encode(user, token)}")])


def accepts(server, path, token, user=FORGED):
    answer = send(server, path, token, user)
    assert answer.status == 200, (answer, server.log.remarkable())
    return answer


def check_no_name(answer):
    assert FORGED not in answer.body
    assert encode(FORGED, "x" * 30)[:12] not in answer.body


def check_no_token(answer, token):
    check_no_name(answer)
    assert token not in answer.body
    assert "Basic" not in re_without_type(answer.body)
    for user in (FORGED, "alice", ""):
        assert encode(user, token)[-60:] not in answer.body


def re_without_type(body):
    return body.replace("AUTH_TYPE=Basic", "")


def credentials_in(answer):
    """Name and password of each Basic header that the program found."""
    values = {line.partition("=")[2] for line in answer.body.splitlines()
              if "=Basic " in line}
    return {tuple(base64.b64decode(value.split()[1]).decode()
                  .split(":", 1)) for value in values}


WAYS = {"cgi": "/cgi%s/env.cgi", "fcgi": "/fcgi%s/x",
        "proxied": "/proxied%s/x"}


@pytest.mark.threat("E4")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["", "/alias"])
def test_the_application_sees_the_user_of_the_token(server, way, name):
    token = SIGNER.mint()
    answer = accepts(server, WAYS[way] % name, token)
    check_no_name(answer)
    assert credentials_in(answer) == {("alice", token)}
    if way != "proxied":
        assert answer.env["REMOTE_USER"] == "alice"
        assert answer.env["HTTP_AUTHORIZATION"] == \
            f"Basic {encode('alice', token)}"


@pytest.mark.threat("E4")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["/off", "/colon", "/colon/off",
                                  "/open/off"])
def test_nothing_of_the_header_goes_on(server, way, name):
    token = SIGNER.mint()
    answer = accepts(server, WAYS[way] % name, token)
    check_no_token(answer, token)
    assert "HTTP_AUTHORIZATION" not in answer.env


@pytest.mark.threat("E4")
@pytest.mark.parametrize("way", WAYS)
def test_where_no_user_is_required_the_name_is_empty(server, way):
    token = SIGNER.mint()
    answer = accepts(server, WAYS[way] % "/open", token)
    check_no_name(answer)
    assert credentials_in(answer) == {("", token)}


@pytest.mark.threat("E4")
@pytest.mark.parametrize("path", [
    "/folder/env.cgi", "/folder/", "/rewriting/env.cgi", "/ssi/page.shtml",
    "/own/env.cgi", "/own/", "/twice/env.cgi",
    "/redirecting/r.cgi?/cgi/env.cgi", "/fallback/absent"])
def test_no_way_through_httpd_keeps_the_name(server, path):
    token = SIGNER.mint()
    answer = accepts(server, path, token)
    check_no_name(answer)
    assert credentials_in(answer) == {("alice", token)}


@pytest.mark.threat("E4")
@pytest.mark.parametrize("path", [
    "/redirecting/r.cgi?/cgi/off/env.cgi", "/cgi/off/"])
def test_nor_the_token(server, path):
    answer = accepts(server, path, token := SIGNER.mint())
    check_no_token(answer, token)
    assert answer.env["REMOTE_USER"] == "alice"


@pytest.mark.threat("E4")
@pytest.mark.parametrize("path, status, token, logged", [
    ("/refused/env.cgi", 401, SIGNER.mint(exp=1), ["JWT0307", "AH01617"]),
    ("/refused/off/env.cgi", 401, SIGNER.mint(exp=1), ["JWT0307", "AH01617"]),
    ("/refused/denied/env.cgi", 403, SIGNER.mint(), ["AH01630"]),
    ("/refused/ip/env.cgi", 403, SIGNER.mint(), ["AH01630"]),
    ("/refused/absent/env.cgi", 404, SIGNER.mint(), []),
    ("/refused/early", 403, SIGNER.mint(), []),
], ids=["expired", "expired and removed", "denied", "address", "absent",
        "RewriteRule"])
def test_an_error_document_does_not_see_it(server, path, status, token,
                                           logged):
    answer = send(server, path, token)
    assert answer.status == status
    check_no_name(answer)
    assert {user for user, _ in credentials_in(answer)} <= {"", "alice"}
    for tag in logged:
        server.log.take(tag)


@pytest.mark.threat("F2")
@pytest.mark.parametrize("text", ["1.2.3", "..", "a.b.c"])
def test_a_client_cannot_choose_variables_to_remove(server, text):
    with server.log.allowing("JWT01|AH0161[78]"):
        answer = send(server, "/refused/env.cgi", text)
    assert answer.status == 401
    assert answer.env["REDIRECT_PART"] == encode(FORGED, text)


def test_a_refused_name_is_not_logged_as_a_user(server):
    answer = send(server, "/cgi/env.cgi", SIGNER.mint(exp=1))
    server.log.take("JWT0307")
    server.log.take("AH01617")
    assert server.access(answer) == ["401", "JWT0307", "-"]


@pytest.mark.parametrize("user, password", [("bob", "secret"), ("eve", TOKEN)],
                         ids=["bob", "eve"])
def test_the_credentials_of_another_provider(server, user, password):
    """They go on as they came, even if the password looks like a token."""
    answer = accepts(server, "/file/env.cgi", password, user)
    assert answer.env["REMOTE_USER"] == user
    assert answer.env["HTTP_AUTHORIZATION"] == answer.env["COPY"] == \
        f"Basic {encode(user, password)}"


@pytest.mark.parametrize("path", ["/others/env.cgi", "/others/inner/env.cgi",
                                  "/twice/inner/env.cgi"])
def test_sections_without_the_provider(server, path):
    token = SIGNER.mint()
    answer = accepts(server, path, token)
    assert credentials_in(answer) == {(FORGED, token)}


@pytest.mark.parametrize("provider", ["jwt", "file"])
def test_without_mod_auth_basic(provider):
    code, output = check_config(
        TRUST + location("/", f"AuthBasicProvider {provider}"), files=FILES)
    assert code != 0
    assert "AuthBasicProvider needs mod_auth_basic" in output
