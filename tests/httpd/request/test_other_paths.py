# SPDX-License-Identifier: Apache-2.0
"""Other paths to a guarded application: a front controller's own name before
the path, and what a servlet container removes from one.  What httpd lets
through, what shuts it, and what is reported of it."""
import re

import pytest

from harness.backend import Backend
from harness.httpd import ENV_CGI, Httpd, check_config
from harness.pages import blocks_of, read_page
from harness.site import TRUST
from harness.tokens import Signer, key_set

SIGNER = Signer()
GUARD = "AuthType Bearer\nAuthName orders\nRequire valid-user\n"
API = f'<Location "/api">\n{GUARD}</Location>\n'
API_SHUT = f'<LocationMatch "^(/index[.]php)?/api(/|$)">\n{GUARD}' \
           "</LocationMatch>\n"
SITE = TRUST + "AddHandler cgi-script .php\n"
FILES = {"keys.json": key_set(SIGNER), "htdocs/index.php": ENV_CGI,
         "htdocs/index.html": "page", "htdocs/real/page.txt": "page",
         "mime.types": "text/html html\n"}

FALLBACK = "FallbackResource /index.php\n"
REWRITE = "RewriteEngine On\nRewriteCond %{REQUEST_URI} !^/index[.]php\n"
IN_HOST = REWRITE + 'RewriteRule "^/(?!index[.]php)(.*)" /index.php/$1 [L]\n'
IN_FOLDER = '<Directory "${ROOT}/htdocs">\nRewriteEngine On\n' \
            "RewriteRule ^index[.]php - [L]\n" \
            "RewriteRule ^(.*)$ index.php/$1 [L]\n</Directory>\n"

CONTROLLERS = {"fallback": FALLBACK, "host": IN_HOST, "folder": IN_FOLDER}


def serve(config, **how):
    server = Httpd(SITE + config, files=FILES, **how)
    (server.root / "htdocs/index.php").chmod(0o755)
    return server


def ask(server, path):
    with server.log.allowing("JWT0001"):
        return server.get(path)


@pytest.mark.threat("F4")
@pytest.mark.parametrize("controller", CONTROLLERS.values(),
                         ids=CONTROLLERS.keys())
def test_a_front_controller_is_another_path(controller):
    with serve(controller + API) as server:
        assert "/index.php/api can be the same as /api" in server.log.take(
            r"\[auth_jwt:warn\]")
        assert ask(server, "/api/orders").status == 401
        answer = ask(server, "/index.php/api/orders")
        assert answer.status == 200
        assert answer.env["PATH_INFO"] == "/api/orders"
    with serve(controller + API_SHUT) as server:
        for path in ("/api", "/api/orders", "/index.php/api",
                     "/index.php/api/orders", "/index.php//api/orders",
                     "//index.php/./api/orders", "/index.php/x/../api",
                     "/index.php/%61pi"):
            assert ask(server, path).status == 401, path
        assert ask(server, "/index.php/public").status == 200
        assert server.get("/api/orders", SIGNER.mint()).status == 200


def warnings(config, modules=()):
    code, output = check_config(SITE + config, files=FILES, modules=modules)
    assert code == 0, output
    return re.findall(r"\[auth_jwt:warn\] .*?httpd.conf:\d+: (.*)", output)


@pytest.mark.parametrize("config", [
    FALLBACK + API,
    '<Directory "${ROOT}/htdocs">\n' + FALLBACK + "</Directory>\n" + API,
    "<VirtualHost *>\n" + FALLBACK + API + "</VirtualHost>\n",
    API + "<VirtualHost *>\n" + FALLBACK + "</VirtualHost>\n",
    IN_HOST + API, IN_FOLDER + API,
    REWRITE + 'RewriteRule "^/(.*)$" "/index.php?q=$1" [L,QSA]\n' + API,
    REWRITE + 'RewriteRule ^ "%{DOCUMENT_ROOT}/index.php" [L]\n' + API,
])
def test_it_is_reported(config):
    warning, = warnings(config)
    assert warning.startswith(("FallbackResource ", "RewriteRule "))
    assert ('Write <LocationMatch "^(/index[.]php)?/api(/|$)"> instead of '
            '<Location "/api">') in warning


def test_a_program_of_its_own():
    warning, = warnings(REWRITE + "RewriteRule ^/api/(.*) /api.php/$1\n" + API)
    assert '"^(/api[.]php)?/api(/|$)"' in warning


@pytest.mark.threat("F4")
def test_pass_through_leads_out_of_a_location():
    """httpd compares the path that RewriteRule has made of the URL."""
    rule = REWRITE + "RewriteRule ^/api/(.*)$ /index.php/v2/$1 [PT]\n"
    with serve(rule + API) as server:
        assert re.search("RewriteRule .*httpd compares /api/x with <Location> "
                         "as /index.php/v2/x, .*Remove the flag PT",
                         server.log.take(r"\[auth_jwt:warn\]"))
        assert ask(server, "/api/orders").status == 200
        assert ask(server, "/api").status == 401
    shut = rule + API + API.replace("/api", "/index.php/v2")
    with serve(shut) as server:
        assert ask(server, "/api/orders").status == 401
        assert ask(server, "/index.php/v2/orders").status == 401


@pytest.mark.parametrize("config", [
    REWRITE + "RewriteRule ^/shop/(.*) /x/$1 [PT]\n" + API,
    REWRITE + "RewriteRule ^/api/v1/(.*) /api/$1 [PT]\n" + API,
    REWRITE + "RewriteRule ^/(.*) /%{HTTP_HOST}/$1 [PT]\n" + API,
    FALLBACK + API_SHUT,
    FALLBACK + API + API.replace("/api", "/index.php"),
    FALLBACK + API.replace("/api", "/"),
    FALLBACK + API.replace("/api", "/real"),
    FALLBACK + API.replace(GUARD, GUARD + "SetHandler server-status\n"),
    FALLBACK + API.replace(GUARD, GUARD + "AuthJWTOptional On\n"),
    FALLBACK + "ScriptAlias /api ${ROOT}/env.cgi\n" + API,
    FALLBACK + "AliasMatch ^/ap ${ROOT}/htdocs\n" + API,
    FALLBACK + "ProxyPass /api http://127.0.0.1:9/\n" + API,
    "FallbackResource disabled\n" + API,
    "FallbackResource /index.html\n" + API,
    "<Location /other>\n" + FALLBACK + "</Location>\n" + API,
    "<VirtualHost *:1>\n" + FALLBACK + "</VirtualHost>\n<VirtualHost *:2>\n"
    + API + "</VirtualHost>\n",
    REWRITE + "RewriteRule ^/shop /index.php\n" + API,
    REWRITE + "RewriteRule !^/shop /index.php\n" + API,
    REWRITE + "RewriteRule ^ http://127.0.0.1:9/index.php [P]\n" + API,
    REWRITE + "RewriteRule ^/old /index.php [R=301]\n" + API,
    REWRITE + "RewriteRule ^ - [E=x:y]\n" + API,
    REWRITE + "RewriteRule ^/(.*)$ /$1.php\n" + API,
    '<Directory "${ROOT}/htdocs/blog">\nRewriteEngine On\n'
    "RewriteRule ^ index.php\n</Directory>\n" + API,
])
def test_nothing_is_reported_of_other_rules(config):
    assert warnings(config) == []


# Servlet containers

ADMIN = f'<Location "/app/admin">\n{GUARD}</Location>\n'
PASS = "ProxyPass /app http://127.0.0.1:${BACKEND_PORT}/app%s\n"
DISGUISES = ["/app/;/admin", "/app/x/..;/admin", "/app/admin;x",
             "/app/x/..;a=b/admin/", "/app/;x/admin"]


@pytest.mark.threat("F4")
def test_a_servlet_container_takes_out_more():
    """httpd compares all of a segment; Tomcat what is before the semicolon."""
    with Backend() as backend, serve(
            PASS % "" + ADMIN, define={"BACKEND_PORT": backend.port}) as server:
        assert ask(server, "/app/admin").status == 401
        for path in DISGUISES:
            assert ask(server, path).status == 200, path
            assert f"GET {path} HTTP" in backend.requests[-1]


@pytest.mark.threat("F4")
def test_mapping_by_servlet_shuts_it():
    with Backend() as backend, serve(
            PASS % " mapping=servlet" + ADMIN,
            define={"BACKEND_PORT": backend.port}) as server:
        for path in ["/app/admin", *DISGUISES]:
            assert ask(server, path).status == 401, path
        assert ask(server, "/app/public;x=1").status == 200
        assert backend.requests == ["GET /app/public;x=1 HTTP/1.1"]


AJP = "ProxyPass /app ajp://127.0.0.1:8009/app\n"


@pytest.mark.parametrize("config, path", [
    (AJP + ADMIN, "/app/;/admin"),
    ("ProxyPass / ajp://127.0.0.1:8009/\n" + ADMIN, "/;/app/admin"),
    ("<Location /app>\nProxyPass ajp://127.0.0.1:8009/app\n</Location>\n"
     + ADMIN, "/app/;/admin"),
])
def test_ajp_without_it_is_reported(config, path):
    warning, = warnings(config, modules=("proxy_ajp",))
    assert warning.startswith("ProxyPass ")
    assert f"{path} is the same as /app/admin for a servlet" in warning
    assert "Add mapping=servlet" in warning


@pytest.mark.parametrize("config", [
    AJP.replace("/app\n", "/app mapping=servlet\n") + ADMIN,
    "ProxyPass /app http://127.0.0.1:8080/app\n" + ADMIN,
    AJP + ADMIN.replace("/app/admin", "/app"),
    AJP + ADMIN.replace("/app/admin", "/app") + ADMIN,
    AJP + ADMIN.replace("/app/admin", "/other"),
    AJP + ADMIN.replace("/app/admin", "/application"),
    "ProxyPass /app/admin !\n" + ADMIN,
])
def test_nothing_is_reported_of_other_backends(config):
    assert warnings(config, modules=("proxy_ajp",)) == []


# Backends that compare paths otherwise

WIDE = "ProxyPass / http://127.0.0.1:${BACKEND_PORT}/%s\n"
ODD_PATHS = ["/app%5Cadmin", "/app/x/..%5Cadmin", "/app/%2561dmin",
             "/app/admin%3Bx", "/app/x/..%3B/admin", *DISGUISES]


def odd_paths_refused():
    """The block that docs/security.md shows."""
    return next(block for block in blocks_of(read_page("security"), "apache")
                if "THE_REQUEST" in block) + "\n"


@pytest.mark.threat("F4")
@pytest.mark.parametrize("how", ["", " nocanon"])
def test_odd_paths_can_be_refused(how):
    with Backend() as backend, serve(
            WIDE % how + ADMIN, define={"BACKEND_PORT": backend.port}) as server:
        for path in ODD_PATHS:
            assert ask(server, path).status == 200, path
    with Backend() as backend, serve(
            WIDE % how + ADMIN + odd_paths_refused(),
            define={"BACKEND_PORT": backend.port}) as server:
        with server.log.allowing("AH01630"):
            for path in [*ODD_PATHS, "/app%2Fadmin"]:
                assert ask(server, path).status in (403, 404), path
        assert backend.requests == []
        assert ask(server, "/app/admin?x=;%2F").status == 401
        assert server.get("/app/admin?x=;", SIGNER.mint()).status == 200


@pytest.mark.threat("F4")
def test_a_pattern_can_ignore_case():
    with Backend() as backend, serve(
            WIDE % "" + ADMIN, define={"BACKEND_PORT": backend.port}) as server:
        assert ask(server, "/App/ADMIN").status == 200
    ignoring = f'<LocationMatch "(?i)^/app/admin(/|$)">\n{GUARD}' \
               "</LocationMatch>\n"
    with Backend() as backend, serve(
            WIDE % "" + ignoring,
            define={"BACKEND_PORT": backend.port}) as server:
        for path in ("/App/ADMIN", "/app/admin", "/APP/admin/x"):
            assert ask(server, path).status == 401
