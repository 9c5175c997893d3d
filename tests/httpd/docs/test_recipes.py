# SPDX-License-Identifier: Apache-2.0
"""The recipes of docs that need nothing but httpd: each is run word for word,
with addresses of this machine.  tests/neighbours runs the others."""
import http.server
import json
import re
import threading

import pytest

from harness import raw
from harness.ajp import AJP
from harness.backend import Backend
from harness.httpd import ALL_ENV, ENV_CGI, Httpd, free_port
from harness.recipes import FILES, PAGE, SIGNER, recipe
from harness.tokens import Signer

BACKEND = "127.0.0.1:8080"
OPEN = "needs no token. Write <LocationMatch"
FRONT_CONTROLLER = """
<Directory "${ROOT}/htdocs">
    RewriteEngine On
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteRule ^ index.cgi [L]
</Directory>
"""


def mint(**claims):
    return SIGNER.mint(**claims)


@pytest.fixture
def backend():
    with Backend() as backend:
        yield backend


def serve(config, files=(), **how):
    return Httpd(config, files={**FILES, **dict(files)}, **how)


def test_each_recipe_is_in_the_list():
    listed = re.findall(r"\[([^]]+)\]\(#", PAGE.partition("\n## ")[0])
    headings = re.findall(r"^###? (.+)$", PAGE, re.MULTILINE)
    assert [name.lower() for name in listed] == [
        name.lower() for name in headings
        if name != "An error page beside a proxied application"]


def test_tomcat():
    with AJP() as tomcat, serve(recipe("Tomcat", replace=[
            ("127.0.0.1:8009", tomcat.address)]),
            modules=["proxy_ajp"]) as server:
        sent = server.accepts("/orders/7", mint(tenant="acme"), headers=[
            ("AJP_JWT_tenant", "forged"), ("AJP-JWT-tenant", "forged")]).env
        assert sent["path"] == "/orders/7"
        assert sent["remote_user"] == "alice"
        assert sent["JWT_tenant"] == "acme"
        assert "authorization" not in sent
        assert "forged" not in sent.values()
        server.refuses("NO_TOKEN", "/orders/7")


# HTTP/2 and gRPC

def test_an_http2_backend():
    """The backend is an httpd that speaks HTTP/2 alone."""
    with Httpd("Protocols h2c\n" + ALL_ENV, modules=["http2"]) as backend:
        with serve(recipe("HTTP/2 and gRPC", replace=[
                (BACKEND, f"127.0.0.1:{backend.port}")]),
                modules=["proxy_http2", "http2"]) as server:
            answer = server.accepts("/orders.Orders/List", mint())
            assert answer.env["SERVER_PROTOCOL"] == "HTTP/2.0"
            assert answer.env["HTTP_X_USER"] == "alice"
            server.refuses("NO_TOKEN", "/orders.Orders/List")


# The tenant in the path

def test_the_tenant_in_the_path():
    files = {f"htdocs/{place}page.txt": f"page of {place}"
             for place in ("acme/", "acme/deep/", "shop/")}
    with serve(recipe("The tenant in the path"), files) as server:
        for path in ("/acme/page.txt", "/acme/deep/page.txt",
                     "/shop/../acme/page.txt", "//acme//page.txt"):
            server.accepts(path, mint(tenant="acme"))
            server.refuses("NO_TOKEN", path)
        for path in ("/shop/page.txt", "/acme/../shop/page.txt",
                     "/acme/%2e%2e/shop/page.txt", "/shop", "/shop?x=/",
                     "/s%68op"):
            for claims in ({"tenant": "acme"}, {}, {"tenant": ""}):
                server.refuses("CLAIM_RULE", path, mint(**claims))
        server.accepts("/shop/page.txt", mint(tenant=["acme", "shop"]))


# A backend for each tenant

def test_a_backend_for_each_tenant(backend):
    with serve(recipe("A backend for each tenant", replace=[
            (BACKEND, backend.address)])) as server:
        for tenant in ("acme", "shop"):
            body = server.accepts("/orders/7?a=b", mint(tenant=tenant)).body
            assert body.startswith(f"request=GET /{tenant}/7?a=b HTTP/1.1")
        for tenant in ("acme.evil.example", "other", "", None):
            assert server.get("/orders/7", mint(tenant=tenant)).status == 404
        assert len(backend.requests) == 2
        with server.log.allowing("JWT0001|JWT0307"):  # looked ahead, too
            for token in (None, mint(tenant="acme", exp=1)):
                answer = server.get("/orders/7", token)
                assert answer.status == 401
                assert answer.challenge.scheme == "Bearer"
        assert len(backend.requests) == 2


# A public path of a protected application

PUBLIC = ["/public", "/public/", "/public/a/b", "/x/../public/y",
          "/%70ublic/x", "//public/x", "/public?/../admin.cgi"]
GUARDED = ["/", "/index.cgi", "/admin.cgi", "/other", "/publicx",
           "/public/../admin.cgi", "/public/%2e%2e/admin.cgi",
           "/public/./../admin.cgi", "/index.cgi/public", "/index.cgi?/public"]


@pytest.fixture(scope="module", params=["rewrite", "fallback"])
def application(request):
    entry = FRONT_CONTROLLER if request.param == "rewrite" else \
        '<Directory "${ROOT}/htdocs">\nFallbackResource /index.cgi\n' \
        "</Directory>\n"
    with serve(entry + recipe("A public path of a protected application"), {
            "htdocs/index.cgi": ENV_CGI, "htdocs/admin.cgi": ENV_CGI}) \
            as server:
        with server.log.allowing(OPEN):
            pass
        yield server


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_path(application, path):
    answer = raw.send(application, path=path.encode())
    assert answer.status == 200, answer
    assert answer.env["SCRIPT_NAME"] == "/index.cgi"
    assert "REMOTE_USER" not in answer.env


@pytest.mark.threat("F4")
@pytest.mark.parametrize("path", GUARDED)
def test_paths_beside_a_public_one(application, path):
    answer = raw.send(application, b"IS_PUBLIC: 1", b"REDIRECT-IS-PUBLIC: 1",
                      path=path.encode())
    assert answer.status == 401, answer
    with application.log.allowing("JWT0001"):
        pass
    application.accepts(path, mint())


@pytest.mark.threat("F4")
def test_the_request_line_is_no_guide():
    """What the page warns of."""
    block = recipe("A public path of a protected application", replace=[
        ("-n reqenv('IS_PUBLIC') || -n reqenv('REDIRECT_IS_PUBLIC')",
         r"%{THE_REQUEST} =~ m#^\S+ /public(/|\?| )#")])
    with serve(block, {"htdocs/admin.cgi": ENV_CGI}) as server:
        answer = raw.send(server, path=b"/public/../admin.cgi")
        assert answer.status == 200


# Error answers in JSON

def test_error_answers_in_json():
    with serve(ALL_ENV + recipe("Error answers in JSON", replace=[
            ("valid-user", "jwt-scope read")])) as server:
        answer = server.refuses("EXPIRED", "/orders",
                                mint(scope="read", exp=1), scope="read")
        assert answer.header("Content-Type") == "application/json"
        assert json.loads(answer.body) == {"error": "unauthorized",
                                           "reason": "JWT0307"}
        answer = server.refuses("SCOPE_MISSING", "/orders", mint(),
                                scope="read")
        assert answer.header("Content-Type") == "application/json"
        assert json.loads(answer.body)["reason"] == "JWT0401"
        answer = server.accepts("/orders", mint(scope="read"))
        assert answer.header("Content-Type") == "text/plain"


# An issuer without https

class Keys(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = FILES["conf/login.jwks"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_an_issuer_without_https():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys) as issuer:
        threading.Thread(target=issuer.serve_forever, daemon=True,
                         args=(0.02,)).start()
        name = f"127.0.0.1:{issuer.server_port}"
        block = recipe("An issuer without https", replace=[
            ('"http://issuer.internal:8080/keys"', f'"http://{name}/keys"'),
            ("127.0.0.1:8081", f"127.0.0.1:{free_port()}")])
        token = Signer(SIGNER.alg, SIGNER.kid, SIGNER.key,
                       "http://issuer.internal:8080", "orders").mint()
        with serve(ALL_ENV + block) as server:
            server.comes_to_accept("/orders", token)
            server.refuses("ISSUER_UNKNOWN", "/orders", mint())
        issuer.shutdown()


# A secret from systemd

def test_a_secret_from_systemd():
    signer = Signer("HS256", kid=None, issuer="https://login.example",
                    audience="orders")
    server = Httpd(ALL_ENV + recipe("A secret from systemd", "apacheconf"),
                   files={"credentials/login": signer.secret})
    server.env["CREDENTIALS_DIRECTORY"] = str(server.root / "credentials")
    (server.root / "credentials/login").chmod(0o400)  # as systemd does
    with server:
        server.accepts("/orders", signer.mint())


# Traps: what the table says

SECTION = "<Location" + \
    recipe("A backend for each tenant").partition("<Location")[2]


@pytest.mark.parametrize("variable, is_seen", [
    ("ENV:JWT_CLAIM_tenant", False), ("LA-U:ENV:JWT_CLAIM_tenant", True)])
def test_a_rule_of_the_server(variable, is_seen):
    rules = (f'RewriteEngine On\nRewriteCond "%{{{variable}}}" "acme"\n'
             "RewriteRule ^ - [E=SEEN:yes]\n")
    with serve(ALL_ENV + rules + SECTION) as server:
        env = server.accepts("/orders", mint(tenant="acme")).env
        assert env.get("SEEN") == ("yes" if is_seen else None)


def test_interpolation(backend):
    # httpd itself would take ${...} for a variable of its configuration
    lines = ("Define D $\nSetEnvIf Request_URI ^ SEEN=yes\n"
             "ProxyPassInterpolateEnv On\nProxyPass /orders http://"
             f"{backend.address}/${{D}}{{SEEN}}/${{D}}{{JWT_CLAIM_tenant}}/x "
             "interpolate\n")
    with serve(lines + SECTION) as server:
        server.accepts("/orders", mint(tenant="acme"))
        assert backend.requests == ["GET /yes//x HTTP/1.1"]


def test_a_condition_over_claims():
    lines = """<If "reqenv('JWT_CLAIM_tenant') == 'acme'">
        Header always set X-If yes
        </If>
        Header always set X-Expr yes "expr=reqenv('JWT_CLAIM_tenant') == 'acme'"
        RequestHeader set X-Early "%{JWT_CLAIM_sub}e" early
        """
    with serve(ALL_ENV + SECTION + lines) as server:
        server.log.take("auth_jwt:warn.*<If .*claims are not available")
        answer = server.accepts("/orders", mint(tenant="acme"))
        assert answer.header("X-If") is None
        assert answer.header("X-Expr") == "yes"
        assert answer.env["HTTP_X_EARLY"] == "(null)"


def test_an_error_page_of_the_backend(backend):
    """The trap, and what to write."""
    block = recipe("An error page beside a proxied application", replace=[
        (BACKEND, backend.address)])
    files = {"htdocs/errors/login.html": "please log in"}
    with serve(block, files) as server:
        answer = server.refuses("NO_TOKEN", "/x")
        assert answer.body == "please log in"
        assert backend.requests == []
        server.accepts("/x", mint())
    with serve(block.replace('ProxyPass "/errors" "!"\n', ""), files) \
            as server:
        assert server.get("/x").status == 200
        server.log.take("JWT0001")
