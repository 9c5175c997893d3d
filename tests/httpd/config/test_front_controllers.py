# SPDX-License-Identifier: Apache-2.0
"""What an application sees whose entry point is outside the guarded section: the
claims arrive there by an internal redirect."""
import base64
import hashlib

import pytest

from harness.backend import Backend
from harness.httpd import ENV_CGI, Httpd
from harness.settings import MPMS
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set

SIGNER = Signer()
MODULES = ["auth_basic", "authn_file", "actions"]

LOCATION_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"

SSI = '<!--#echo var="REMOTE_USER" -->|<!--#include virtual="/part.shtml" -->'
SSI_PART = ('<!--#echo var="REMOTE_USER" -->|<!--#echo var="APP_NAME" -->|'
            '<!--#echo var="JWT_CLAIM_sub" -->')

# As the documentation of Laravel and WordPress has it, each in a folder: what
# is no file is answered by index.cgi
SITE = TRUST + """
<Directory "${ROOT}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${ROOT}/htdocs/laravel">
    RewriteEngine On
    RewriteCond %{REQUEST_FILENAME} !-d
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteRule ^ index.cgi [L]
</Directory>
<Directory "${ROOT}/htdocs/wordpress">
    RewriteEngine On
    RewriteBase /wordpress/
    RewriteRule ^index\\.cgi$ - [L]
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteCond %{REQUEST_FILENAME} !-d
    RewriteRule . /wordpress/index.cgi [L]
</Directory>
<Directory "${ROOT}/htdocs/fallback">
    FallbackResource /fallback/index.cgi
</Directory>
Action orders /index.cgi virtual
ErrorDocument 404 /index.cgi
AuthJWTHeader X-User sub
SetEnvIf X-Forged "(.+)" JWT_CLAIM_sub=$1 APP_NAME=$1
ProxyPass /proxied http://${BACKEND}/
""" + "".join((
    guarded("/laravel/api", "AuthJWTForwardToken Off",
            "ErrorDocument 401 /laravel/refused",
            "ErrorDocument 403 /laravel/denied"),
    guarded("/laravel/api/admin", "Require jwt-claim role=admin"),
    guarded("/wordpress/wp-json"),
    guarded("/fallback/api"),
    guarded("/action", "SetHandler orders"),
    guarded("/redirecting"),
    guarded("/cookie", "AuthJWTTokenSource cookie:token"),
    guarded("/redirecting/some", "AuthJWTExport sub=NAME",
            "AuthJWTExportPrefix APP_"),
    location("/open", "AuthType Bearer", 'AuthName "orders"',
             "AuthJWTExportPrefix OPEN_", "Require all granted"),
    location("/optional", "AuthType Bearer", 'AuthName "orders"',
             "AuthJWTAudience another", "AuthJWTTokenSource cookie:none",
             "AuthJWTOptional On", "Require all granted"),
    location("/none", "AuthType None", "Require all granted"),
    location("/password", "AuthType Basic", 'AuthName "orders"',
             "AuthBasicProvider file", 'AuthUserFile "${ROOT}/users"',
             "Require valid-user"),
    location("/token-as-password", "AuthType Basic", 'AuthName "orders"',
             "AuthBasicProvider jwt", "Require valid-user"),
))

FOLDERS = ["laravel", "wordpress", "fallback", "open", "optional", "none"]
FILES = {
    "keys.json": key_set(SIGNER),
    "users": "bob:{SHA}" + base64.b64encode(
        hashlib.sha1(b"secret").digest()).decode() + "\n",
    "htdocs/index.cgi": ENV_CGI,
    "htdocs/page.shtml": SSI,
    "htdocs/part.shtml": SSI_PART,
    "htdocs/public.cgi": LOCATION_CGI,
    **{f"htdocs/{folder}/index.cgi": ENV_CGI for folder in FOLDERS},
    **{f"htdocs/{folder}/go.cgi": LOCATION_CGI for folder in (
        "redirecting", "redirecting/some", "password", "token-as-password",
        "cookie")},
}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Backend() as backend, Httpd(
            SITE, request.param, FILES, MODULES, is_open=True,
            define={"BACKEND": backend.address}) as server:
        with server.log.allowing(r"needs no token\. Write <LocationMatch"):
            pass
        yield server


def claims_in(env, prefix="JWT_CLAIM_"):
    return {name.removeprefix(prefix): value for name, value in env.items()
            if name.startswith(prefix)}


def is_alices(env):
    """Everything that the guarded section itself would have shown."""
    return (env.get("REMOTE_USER"), env.get("AUTH_TYPE")) == \
        ("alice", "Bearer") and claims_in(env).keys() == {
            "iss", "aud", "sub", "iat", "exp", "tenant"}


def is_nobodys(env):
    return not {"REMOTE_USER", "AUTH_TYPE"} & env.keys() and \
        not claims_in(env)


@pytest.mark.parametrize("path", [
    "/laravel/api/orders/42", "/wordpress/wp-json/v2/orders",
    "/fallback/api/orders", "/action/orders",
    "/redirecting/go.cgi?/index.cgi", "/redirecting/go.cgi?/none/index.cgi"])
def test_the_entry_point_sees_user_and_claims(server, path):
    answer = server.accepts(path, SIGNER.mint(tenant="acme"))
    assert is_alices(answer.env), answer
    assert answer.env["JWT_CLAIM_tenant"] == "acme"
    assert server.access(answer)[2] == "alice"
    server.get(path)
    server.log.take(r"\bJWT0001\b")


def test_programs_that_read_redirect_names_go_on_to_work(server):
    env = server.accepts("/laravel/api/x", SIGNER.mint(tenant="acme")).env
    assert env["REDIRECT_REMOTE_USER"] == "alice"
    assert claims_in(env, "REDIRECT_JWT_CLAIM_") == claims_in(env)


def test_two_redirects_in_a_row(server):
    path = "/redirecting/go.cgi?/public.cgi?/laravel/not/a/file"
    env = server.accepts(path, SIGNER.mint(tenant="acme")).env
    assert is_alices(env)
    assert env["SCRIPT_NAME"] == "/laravel/index.cgi"


def test_the_rules_of_the_guarded_section_hold(server):
    """Which claims are exported, and by which names, is said there."""
    path = "/redirecting/some/go.cgi?/index.cgi"
    env = server.accepts(path, SIGNER.mint()).env
    assert claims_in(env, "APP_") == {"NAME": "alice"}
    assert not claims_in(env)
    page = server.accepts("/redirecting/some/go.cgi?/page.shtml",
                          SIGNER.mint()).body
    assert page == "alice|alice|alice|(none)"


def test_a_section_for_bearers_has_its_own_rules(server):
    env = server.accepts("/redirecting/go.cgi?/open/index.cgi",
                         SIGNER.mint()).env
    assert env["REMOTE_USER"] == env["OPEN_sub"] == "alice"
    assert not claims_in(env)


def test_a_token_that_came_as_a_password(server):
    pair = base64.b64encode(f"x:{SIGNER.mint()}".encode()).decode()
    env = server.accepts("/token-as-password/go.cgi?/index.cgi", headers=[
        ("Authorization", f"Basic {pair}")]).env
    assert (env["REMOTE_USER"], env["AUTH_TYPE"]) == ("alice", "Basic")
    assert env["JWT_CLAIM_sub"] == "alice"


def test_a_header_for_a_backend(server):
    headers = server.accepts("/redirecting/go.cgi?/proxied/x", SIGNER.mint(),
                             headers=[("X_User", "mallory")]).env
    assert headers["X-User"] == "alice"
    assert "mallory" not in headers.values()


# Where there are none

@pytest.mark.threat("F4")
@pytest.mark.parametrize("path", ["/index.cgi", "/laravel/index.cgi",
                                  "/laravel/no/api", "/wordpress/x",
                                  "/public.cgi?/index.cgi"])
def test_a_token_that_no_section_asked_for_names_no_one(server, path):
    env = server.accepts(path, SIGNER.mint()).env
    assert is_nobodys(env)
    assert "REDIRECT_REMOTE_USER" not in env


@pytest.mark.threat("F2")
def test_a_client_writes_no_claim(server):
    forged = [("X-Forged", "mallory")]
    env = server.accepts("/redirecting/go.cgi?/index.cgi",
                         SIGNER.mint(tenant="acme"), headers=forged).env
    assert is_alices(env) and env["JWT_CLAIM_sub"] == "alice"
    env = server.accepts("/redirecting/some/go.cgi?/index.cgi",
                         SIGNER.mint(), headers=forged).env
    assert claims_in(env, "APP_") == {"NAME": "alice"}


@pytest.mark.threat("F4")
@pytest.mark.parametrize("path, status, token, tag", [
    ("/laravel/api/x", 401, {"exp": 1}, "JWT0307"),
    ("/laravel/api/x", 401, None, "JWT0001"),
    ("/laravel/api/admin", 403, {"role": "clerk"}, "JWT0402"),
    ("/redirecting/nothing", 404, {}, None)])
def test_an_error_document_has_the_redirect_names_alone(server, path, status,
                                                        token, tag):
    """Also where it is answered by a front controller itself."""
    answer = server.get(path, SIGNER.mint(**token) if token is not None
                        else None)
    assert answer.env["REDIRECT_STATUS"] == str(status)
    assert is_nobodys(answer.env), answer
    assert ("REDIRECT_REMOTE_USER" in answer.env) == (status > 401)
    if tag:
        server.log.take(rf"\b{tag}\b")
    if status == 403:
        server.log.take("AH01631")
        assert answer.env["REDIRECT_REDIRECT_JWT_CLAIM_sub"] == "alice"


@pytest.mark.threat("F4")
def test_a_section_that_looked_for_a_token_itself(server):
    env = server.accepts("/redirecting/go.cgi?/optional/index.cgi",
                         SIGNER.mint()).env
    assert is_nobodys(env)


@pytest.mark.threat("F4")
def test_claims_are_never_those_of_an_earlier_user(server):
    """alice's request is redirected to where bob's password is asked for."""
    pair = base64.b64encode(b"bob:secret").decode()
    env = server.accepts(
        "/cookie/go.cgi?/password/go.cgi?/index.cgi", headers=[
            ("Authorization", f"Basic {pair}"),
            ("Cookie", f"token={SIGNER.mint()}")]).env
    assert is_nobodys(env)
    assert env["REDIRECT_REMOTE_USER"] == "bob"
