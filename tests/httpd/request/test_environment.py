# SPDX-License-Identifier: Apache-2.0
"""Where httpd's own modules and programs see the claims, on each MPM."""
import pytest

from harness.httpd import ENV_CGI, Httpd
from harness.settings import MPMS
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set

SIGNER = Signer()

SITE = TRUST + """
DirectoryIndex index.cgi
ProxyPass        "/proxied" "http://127.0.0.1:${PORT}/backend" disablereuse=on
<Directory "${ROOT}/htdocs/rewritten">
    RewriteEngine On
    RewriteCond %{ENV:JWT_CLAIM_tenant} ^(acme)$
    RewriteRule ^page\\.txt$ %1.txt [L]
</Directory>
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
""" + "".join((
    guarded("/cgi"),
    guarded("/rewritten"),
    guarded("/headers", 'Header set X-Sub "%{JWT_CLAIM_sub}e"',
            'Header always set X-Reason "%{JWT_REASON}e"'),
    guarded("/proxied", "RequestHeader unset X_User",
            'RequestHeader set X-User "%{JWT_CLAIM_sub}e"'),
    guarded("/ssi"),
    guarded("/strict", "AuthJWTAudience api://strict"),
    guarded("/strict-target", "AuthJWTAudience api://strict"),
    guarded("/indexed"),
    guarded("/redirecting"),
    guarded("/smiling", "ErrorDocument 401 /error/fine.cgi"),
    location("/error", "Require all granted"),
))

REDIRECT_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"

FINE_CGI = "#!/bin/sh\nprintf 'Status: 200 OK\\n\\nfine\\n'\n"

SSI = ('<!--#echo var="REMOTE_USER" -->|<!--#include virtual="/ssi/part.shtml"'
       ' -->')

FILES = {
    "keys.json": key_set(SIGNER),
    "htdocs/cgi/env.cgi": ENV_CGI,
    "htdocs/rewritten/page.txt": "everyone's page",
    "htdocs/rewritten/acme.txt": "acme's page",
    "htdocs/headers/page.txt": "a page",
    "htdocs/backend/env.cgi": ENV_CGI,
    "htdocs/ssi/page.shtml": SSI,
    "htdocs/ssi/part.shtml": '<!--#echo var="JWT_CLAIM_tenant" -->',
    "htdocs/ssi/stranger.shtml":
        '[<!--#include virtual="/strict/part.txt" -->]',
    "htdocs/strict/part.txt": "for strict readers",
    "htdocs/strict-target/env.cgi": ENV_CGI,
    "htdocs/indexed/index.cgi": ENV_CGI,
    "htdocs/redirecting/redirect.cgi": REDIRECT_CGI,
    "htdocs/redirecting/env.cgi": ENV_CGI,
    "htdocs/error/env.cgi": ENV_CGI,
    "htdocs/error/fine.cgi": FINE_CGI,
}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, request.param, FILES) as server:
        yield server


def token(**claims):
    return SIGNER.mint(**claims)


def test_cgi(server):
    env = server.accepts("/cgi/env.cgi", token(tenant="acme")).env
    assert env["REMOTE_USER"] == "alice"
    assert env["AUTH_TYPE"] == "Bearer"
    assert env["JWT_CLAIM_tenant"] == "acme"
    assert "HTTP_AUTHORIZATION" not in env


def test_mod_rewrite_in_a_directory(server):
    path = "/rewritten/page.txt"
    assert server.accepts(path, token(tenant="acme")).body == "acme's page"
    assert server.accepts(path, token()).body == "everyone's page"


def test_mod_headers(server):
    answer = server.accepts("/headers/page.txt", token())
    assert answer.header("X-Sub") == "alice"
    answer = server.refuses("NO_TOKEN", "/headers/page.txt")
    assert answer.header("X-Sub") is None
    assert answer.header("X-Reason") == "JWT0001"


def test_a_proxied_backend(server):
    good = token()
    env = server.accepts("/proxied/env.cgi", good,
                         headers=[("X-User", "mallory"),
                                  ("X_User", "mallory")]).env
    assert env["HTTP_X_USER"] == "alice"
    assert "REMOTE_USER" not in env
    server.refuses("NO_TOKEN", "/proxied/env.cgi")


def test_a_sub_request(server):
    answer = server.accepts("/ssi/page.shtml", token(tenant="acme"))
    assert answer.body == "alice|acme"


@pytest.mark.threat("F4")
def test_a_sub_request_into_a_stricter_section(server):
    """The page is served, its part is not, and nobody is challenged."""
    answer = server.accepts("/ssi/stranger.shtml", token())
    assert "strict readers" not in answer.body
    assert answer.body.startswith("[")
    server.log.take(r"\bJWT0306\b")
    server.log.take("unable to include")
    both = token(aud=["api://orders", "api://strict"])
    answer = server.accepts("/ssi/stranger.shtml", both)
    assert answer.body == "[for strict readers]"


def test_a_directory_index(server):
    env = server.accepts("/indexed/", token(tenant="acme")).env
    assert env["SCRIPT_NAME"] == "/indexed/index.cgi"
    assert env["REMOTE_USER"] == "alice"
    assert env["JWT_CLAIM_tenant"] == "acme"
    server.refuses("NO_TOKEN", "/indexed/")


def test_an_internal_redirect(server):
    answer = server.accepts("/redirecting/redirect.cgi?/redirecting/env.cgi",
                            token(tenant="acme"))
    assert answer.env["REDIRECT_STATUS"] == "200"
    assert answer.env["REMOTE_USER"] == "alice"
    assert answer.env["JWT_CLAIM_tenant"] == "acme"


@pytest.mark.threat("F4")
def test_an_internal_redirect_into_a_stricter_section(server):
    path = "/redirecting/redirect.cgi?/strict-target/env.cgi"
    server.refuses("AUDIENCE_REFUSED", path, token())
    both = token(aud=["api://orders", "api://strict"])
    assert server.accepts(path, both).env["REMOTE_USER"] == "alice"


def test_an_internal_redirect_to_where_all_may_go(server):
    env = server.accepts("/redirecting/redirect.cgi?/error/env.cgi",
                         token()).env
    assert env["REMOTE_USER"] == "alice"
    assert env["JWT_CLAIM_sub"] == "alice"


@pytest.mark.threat("F4")
def test_an_error_document_that_makes_it_a_success(server):
    """The challenge is never on a 2xx, whoever made it one."""
    answer = server.get("/smiling/page")
    assert answer.status == 200
    assert not answer.challenge
    server.log.take("JWT0001 NO_TOKEN")
