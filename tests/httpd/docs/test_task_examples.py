# SPDX-License-Identifier: Apache-2.0
"""The examples for common tasks: each does what its question asks for."""
import base64
import json
import re
import time

import pytest

from harness.backend import Backend
from harness.examples import EXAMPLES, EXTRA, serving
from harness.httpd import ENV_CGI, Httpd
from harness.recipes import recipe
from harness.settings import wait_until
from harness.tokens import Signer, key_set, spoil_signature

optional = serving("optional-token")
cors = serving("cors")
report = serving("report-mode")
basic = serving("basic-clients")
changes = serving("application-changes")
step_up = serving("step-up")


def mint(name, **claims):
    signer, = EXAMPLES[name].signers
    return signer.mint(**claims)


# local-key-file, hmac-secret

def test_a_new_key_takes_the_old_ones_place():
    example = EXAMPLES["local-key-file"]
    old, = example.signers
    new = Signer(issuer=old.issuer, audience=old.audience)
    with example.serve() as server:
        server.accepts("/cgi-bin", old.mint())
        path, = example.files
        server.write(path, key_set(new))
        server.comes_to_accept("/cgi-bin", new.mint())
        server.comes_to_refuse("/cgi-bin", old.mint())


def test_another_secret_does_not_do():
    example = EXAMPLES["hmac-secret"]
    signer, = example.signers
    other = Signer("HS256", kid=None, issuer=signer.issuer,
                   audience=signer.audience)
    with example.serve() as server:
        server.accepts("/cgi-bin", signer.mint())
        server.refuses("SIGNATURE_INVALID", "/cgi-bin", other.mint())


# optional-token

def test_public_pages_know_their_users(optional):
    env = optional.accepts("/cgi-bin").env
    assert "REMOTE_USER" not in env and "JWT_CLAIM_sub" not in env
    env = optional.accepts("/cgi-bin", mint("optional-token")).env
    assert env["REMOTE_USER"] == "alice"
    optional.refuses("EXPIRED", "/cgi-bin", mint("optional-token", exp=1))


def test_one_corner_is_for_users(optional):
    optional.refuses("NO_TOKEN", "/cgi-bin/account")
    optional.accepts("/cgi-bin/account", mint("optional-token"))


# cors

PREFLIGHT = [("Origin", "https://app.example"),
             ("Access-Control-Request-Method", "PUT"),
             ("Access-Control-Request-Headers", "authorization")]


def test_a_browser_may_ask_and_then_call(cors):
    answer = cors.get("/cgi-bin", method="OPTIONS", headers=PREFLIGHT)
    assert (answer.status, answer.body) == (204, "")
    assert answer.header("Access-Control-Allow-Origin") == "https://app.example"
    assert "PUT" in answer.header("Access-Control-Allow-Methods")
    assert "Authorization" in answer.header("Access-Control-Allow-Headers")
    assert answer.header("Access-Control-Max-Age") == "600"
    assert "WWW-Authenticate" not in dict(answer.headers)
    answer = cors.accepts("/cgi-bin", mint("cors"), headers=PREFLIGHT[:1])
    assert answer.header("Access-Control-Allow-Origin") == "https://app.example"


def test_a_preflight_runs_no_program(cors):
    """A client need not be a browser to send one."""
    assert cors.get("/cgi-bin", method="OPTIONS",
                    headers=PREFLIGHT).env == {}
    cors.refuses("NO_TOKEN", "/cgi-bin", headers=PREFLIGHT)


def test_a_preflight_reaches_no_backend():
    example = EXAMPLES["cors"]
    with Backend() as backend:
        config = f"ProxyPass /cgi-bin http://{backend.address}\n"
        with Httpd(config + example.text, files=example.files) as server:
            answer = server.get("/cgi-bin/x", method="OPTIONS",
                                headers=PREFLIGHT)
            assert (answer.status, backend.requests) == (204, [])
            # with a token, the application answers OPTIONS that are none
            server.accepts("/cgi-bin/x", mint("cors"), method="OPTIONS",
                           headers=PREFLIGHT[:1])
            server.accepts("/cgi-bin/x", mint("cors"), method="PUT",
                           headers=PREFLIGHT[:1])
            assert backend.requests == ["OPTIONS /x HTTP/1.1",
                                        "PUT /x HTTP/1.1"]


def test_an_applications_own_rewrite_rules_go_on_to_work():
    """Rules of <Location> would replace those of .htaccess."""
    example = EXAMPLES["cors"]
    rules = "RewriteEngine On\nRewriteRule ^page$ env.cgi [L]\n"
    allow = ('<Directory "${ROOT}/htdocs">\nAllowOverride FileInfo\n'
             "</Directory>\n")
    with Httpd(allow + example.text, files={
            **example.files, "htdocs/cgi-bin/.htaccess": rules,
            "htdocs/cgi-bin/env.cgi": ENV_CGI}) as server:
        assert server.get("/cgi-bin/page", method="OPTIONS",
                          headers=PREFLIGHT).status == 204
        env = server.accepts("/cgi-bin/page", mint("cors")).env
        assert env["REMOTE_USER"] == "alice"


def test_a_page_can_read_why_it_was_refused(cors):
    answer = cors.refuses("EXPIRED", "/cgi-bin", mint("cors", exp=1),
                          headers=PREFLIGHT[:1])
    assert answer.header("Access-Control-Allow-Origin") == "https://app.example"
    assert "WWW-Authenticate" in answer.header("Access-Control-Expose-Headers")


def test_only_a_preflight_needs_no_token(cors):
    cors.refuses("NO_TOKEN", "/cgi-bin", method="OPTIONS")


# report-mode

def logged(server, tag):
    """The access log's last line with that tag at its end, once there is."""
    def find():
        lines = (server.root / "logs/orders_log").read_text().splitlines()
        return [line for line in lines if line.endswith(" " + tag)]
    return wait_until(find, f"{tag} in the access log")[-1]


@pytest.mark.parametrize("tag, claims", [
    ("JWT0307", {"exp": 1}), ("JWT0306", {"aud": "other"}),
    ("JWT0401", {"scope": "other"})])
def test_nobody_is_refused_and_the_log_says_why(report, tag, claims):
    answer = report.get("/cgi-bin", mint("report-mode", **claims))
    assert (answer.status, answer.challenge) == (200, None)
    report.log.take(rf"\b{tag}\b.*let through")
    if tag == "JWT0401":
        report.log.take("AH01631")
    assert '"GET /cgi-bin" 200' in logged(report, tag)


def test_the_lack_of_a_token_is_in_the_log(report):
    assert report.get("/cgi-bin").status == 200
    report.log.take(r"\bJWT0001\b.*let through")
    assert " - " in logged(report, "JWT0001")


def test_a_good_token_leaves_no_reason(report):
    report.accepts("/cgi-bin", mint("report-mode", scope="orders.read"))
    line = logged(report, "-")
    assert " alice " in line and '"GET /cgi-bin" 200' in line


def test_virtual_hosts_with_logs_of_their_own_are_in_it_too():
    example = EXAMPLES["report-mode"]
    host = """
        <VirtualHost *>
            ServerName localhost
            ScriptAliasMatch "^/" "${ROOT}/env.cgi"
            CustomLog "logs/own_log" "%r"
        </VirtualHost>
        """
    with Httpd(example.text + host,
               files={**example.files, "logs/here": ""}) as server:
        assert server.get("/cgi-bin").status == 200
        server.log.take(r"\bJWT0001\b.*let through")
        assert '"GET /cgi-bin" 200' in logged(server, "JWT0001")


# basic-clients

def credentials(token):
    pair = base64.b64encode(f"token:{token}".encode()).decode()
    return [("Authorization", f"Basic {pair}")]


def test_a_token_as_a_password(basic):
    token = mint("basic-clients", scope="repos.read")
    for how in ({"headers": credentials(token)}, {"token": token}):
        env = basic.accepts("/repos/orders.git", **how).env
        assert env["REMOTE_USER"] == "alice"


def test_a_client_of_basic_is_asked_for_a_password(basic):
    answer = basic.get("/repos")
    assert answer.status == 401
    assert answer.header("WWW-Authenticate") == 'Basic realm="repositories"'
    bad = spoil_signature(mint("basic-clients", scope="repos.read"))
    assert basic.get("/repos", headers=credentials(bad)).status == 401
    basic.log.take(r"\bJWT0204\b")
    basic.log.take("AH0161[78]")
    basic.refuses("SIGNATURE_INVALID", "/repos", bad, realm="repositories",
                  scope="repos.read")


def test_rules_hold_for_both(basic):
    token = mint("basic-clients")
    assert basic.get("/repos", headers=credentials(token)).status == 403
    basic.log.take(r"\bJWT0401\b")
    basic.log.take("AH01631")
    basic.refuses("SCOPE_MISSING", "/repos", token, realm="repositories",
                  scope="repos.read")


READS = [("GET", "/repos/a"), ("HEAD", "/repos/a"), ("OPTIONS", "/repos/a"),
         ("PROPFIND", "/repos/a"), ("REPORT", "/repos/a"),
         ("GET", "/repos/a.git/info/refs?service=git-receive-pack"),
         ("POST", "/repos/a.git/git-upload-pack")]
WRITES = [*((method, "/repos/a") for method in (
    "PUT", "POST", "DELETE", "PATCH", "MKCOL", "COPY", "MOVE", "LOCK",
    "PROPPATCH", "MERGE", "CHECKOUT", "MKACTIVITY", "BREW")),
    ("POST", "/repos/a.git/git-receive-pack"),
    ("POST", "/repos/git-upload-pack/"), ("PUT", "/repos/a/git-upload-pack"),
    ("POST", "/repos/a/git-upload-pack/../x")]


@pytest.mark.threat("F4")
@pytest.mark.parametrize("method, path", READS + WRITES)
def test_a_reader_does_not_write(basic, method, path):
    reader, writer = (mint("basic-clients", scope=f"repos.{what}")
                      for what in ("read", "write"))
    may_read = (method, path) in READS
    for token, may in ((reader, may_read), (writer, not may_read)):
        answer = basic.get(path, headers=credentials(token), method=method)
        assert answer.status == (200 if may else 403)
        if not may:
            basic.log.take(r"\bJWT0401\b")
            basic.log.take("AH01631")


# What docker asks a registry for when it pushes a layer, then the manifest
PUSH = [("HEAD", "/v2/orders/blobs/sha256:1"),
        ("POST", "/v2/orders/blobs/uploads/"),
        ("PATCH", "/v2/orders/blobs/uploads/7"),
        ("PUT", "/v2/orders/blobs/uploads/7?digest=sha256:1"),
        ("PUT", "/v2/orders/manifests/latest")]
PULL = [("GET", "/v2/"), ("GET", "/v2/orders/manifests/latest"),
        ("GET", "/v2/orders/blobs/sha256:1")]


@pytest.mark.parametrize("scope, may_push", [("repos.read", False),
                                             ("repos.read repos.write", True)])
def test_a_docker_registry(scope, may_push):
    example = EXAMPLES["basic-clients"]
    text = example.text.replace('"/repos"', '"/v2"')
    with Backend() as backend:
        config = f"ProxyPass /v2 http://{backend.address}/v2\n" + text
        with Httpd(config, modules=EXTRA, files=example.files) as server:
            password = credentials(mint("basic-clients", scope=scope))
            answer = server.get("/v2/")
            assert answer.header("WWW-Authenticate").startswith("Basic ")
            for method, path in PULL + PUSH:
                may = may_push or method in ("GET", "HEAD")
                answer = server.get(path, method=method, headers=password)
                assert answer.status == (200 if may else 403)
                if not may:
                    server.log.take(r"\bJWT0401\b")
                    server.log.take("AH01631")
            assert len(backend.requests) == (8 if may_push else 4)


# application-changes

@pytest.mark.parametrize("roles", [["clerk"], ["clerk", "manager"], None])
def test_what_it_says_of_perl(roles):
    example = EXAMPLES["application-changes"]
    line = re.search(r"^#   Perl +(.+)$", example.text, re.MULTILINE)[1]
    program = f"""#!/usr/bin/perl
        use strict;
        {line}
        print "Content-Type: text/plain\\n\\n";
        print join "|", $ENV{{REMOTE_USER}}, @roles;
        """
    alias = 'ScriptAliasMatch "^/" "${ROOT}/roles.cgi"\n'
    with Httpd(alias + example.text,
               files={**example.files, "roles.cgi": program}) as server:
        body = server.accepts("/cgi-bin", mint("application-changes",
                                               roles=roles)).body
        assert body == "|".join(["alice", *(roles or [])])


@pytest.mark.parametrize("controller", [
    "FallbackResource /cgi-bin/env.cgi",
    "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\n"
    "RewriteRule ^ /cgi-bin/env.cgi [L]"])
def test_behind_a_front_controller(controller):
    example = EXAMPLES["application-changes"]
    folder = f'<Directory "${{ROOT}}/htdocs/cgi-bin">\n{controller}\n' \
        "</Directory>\n"
    files = {**example.files, "htdocs/cgi-bin/env.cgi": ENV_CGI}
    with Httpd(folder + example.text, files=files) as server:
        env = server.accepts("/cgi-bin/orders/42",
                             mint("application-changes", roles=["a"])).env
        assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
        assert env["JWT_CLAIM_roles"] == "a"


def test_another_modules_names(changes):
    env = changes.accepts("/cgi-bin/openidc", mint(
        "application-changes", preferred_username="alice@example.com")).env
    assert env["REMOTE_USER"] == "alice@example.com"
    assert env["OIDC_CLAIM_sub"] == "alice"
    assert "JWT_CLAIM_sub" not in env


def test_lists_as_json(changes):
    env = changes.accepts("/cgi-bin/json", mint(
        "application-changes", realm_access={"roles": ["a", "b"]})).env
    assert json.loads(env["APP_ROLES"]) == ["a", "b"]


# step-up

def test_a_fresh_login_with_a_second_factor(step_up):
    now = int(time.time())
    asked = {"acr_values": "urn:example:mfa", "max_age": "300"}
    step_up.accepts("/cgi-bin", mint("step-up"))
    step_up.accepts("/cgi-bin/transfer", mint(
        "step-up", acr="urn:example:mfa", auth_time=now))
    for claims in ({}, {"acr": "urn:example:mfa", "auth_time": now - 400},
                   {"acr": "urn:example:pwd", "auth_time": now}):
        step_up.refuses("STEP_UP_NEEDED", "/cgi-bin/transfer",
                        mint("step-up", **claims), asked=asked)


# mcp-server

@pytest.fixture(scope="module")
def mcp():
    example = EXAMPLES["mcp-server"]
    with Backend() as backend:
        text = example.text.replace("127.0.0.1:8080", backend.address)
        assert text != example.text
        with Httpd(text, modules=EXTRA, files=example.files) as server:
            yield server


def test_a_client_finds_the_login(mcp):
    asked = {"resource_metadata": "https://api.example"
             "/.well-known/oauth-protected-resource/mcp"}
    mcp.refuses("NO_TOKEN", "/mcp", asked=asked, scope="orders.read")
    place = asked["resource_metadata"].removeprefix("https://api.example")
    metadata = json.loads(mcp.accepts(place).body)
    assert metadata == {
        "resource": "https://api.example/mcp",
        "authorization_servers": ["https://login.example"],
        "scopes_supported": ["orders.read", "orders.write"],
        "bearer_methods_supported": ["header"]}
    headers = mcp.accepts("/mcp", mint("mcp-server", scope="orders.read")).env
    assert headers["X-User"] == "alice"
    assert headers["X-Scope"] == "orders.read"
    assert "Authorization" not in headers
    mcp.refuses("SCOPE_MISSING", "/mcp", mint("mcp-server", scope="x"),
                scope="orders.read", asked=asked)
    mcp.refuses("AUDIENCE_REFUSED", "/mcp", mint("mcp-server", aud="other"),
                scope="orders.read",
                asked=asked)


def test_the_first_challenge_can_name_more_than_is_demanded():
    """The recipe's line for that, behind the example."""
    example = EXAMPLES["mcp-server"]
    with Backend() as backend:
        text = example.text.replace("127.0.0.1:8080", backend.address) \
            + recipe("All scopes at the first login")
        with Httpd(text, modules=EXTRA, files=example.files) as server:
            asked = {"resource_metadata": "https://api.example"
                     "/.well-known/oauth-protected-resource/mcp"}
            both = "orders.read orders.write"
            server.refuses("NO_TOKEN", "/mcp", asked=asked, scope=both)
            for scope in (both, "orders.read"):
                server.accepts("/mcp", mint("mcp-server", scope=scope))
            server.refuses("SCOPE_MISSING", "/mcp",
                           mint("mcp-server", scope="orders.write"),
                           asked=asked, scope=both)
