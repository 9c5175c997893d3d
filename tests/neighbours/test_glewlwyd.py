# SPDX-License-Identifier: Apache-2.0
"""Glewlwyd, an issuer in C, found by discovery over TLS; and its example."""
import base64
import http.cookiejar
import json
import pathlib
import sqlite3
import ssl
import urllib.error
import urllib.parse
import urllib.request

import pytest

import needs
from daemon import Daemon
from harness.httpd import ALL_ENV, Httpd, free_port
from harness.settings import PROJECT, SLOWNESS
from harness.site import guarded, site
from harness.tokens import Signer, remember, spoil_signature

SCHEMA = pathlib.Path(
    "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
CONFIG = """
port={port}
bind_address="127.0.0.1"
external_url="https://localhost:{port}"
api_prefix="api"
log_mode="console"
log_level="WARNING"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=true
secure_connection_key_file="{key}"
secure_connection_pem_file="{certificate}"
secure_connection_ca_file="{ca}"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3" path = "{folder}/database" }}
"""
FETCHES = """
AuthJWTFetchCA "${CA}"
AuthJWTCooldown 1
"""
TRUST = FETCHES + """
AuthJWTIssuer "${ISSUER}"
AuthJWTAudience orders
"""
RESOURCE = "https://api.example.com/orders"


class Glewlwyd:
    """Use it in a `with`; then it has a client, a user and a signing key."""

    def __init__(self, ca, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"https://localhost:{self.port}/api"
        self.issuer = f"{self.url}/oidc"
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(
                context=ssl.create_default_context(cafile=ca.path)),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        (folder / "config").write_text(CONFIG.format(
            port=self.port, folder=folder, key=ca.key_path, ca=ca.path,
            certificate=ca.certificate_path))
        with sqlite3.connect(folder / "database") as database:
            database.executescript(SCHEMA.read_text())
        self.daemon = Daemon([needs.command("glewlwyd"), "-c",
                              folder / "config"], self.port,
                             folder / "output")

    def ask(self, path, body=None, method=None, headers=()):
        """body: a dict as JSON, text as a form."""
        kind = "application/json" if isinstance(body, dict) else \
            "application/x-www-form-urlencoded"
        data = json.dumps(body) if isinstance(body, dict) else body
        request = urllib.request.Request(
            self.url + path, data.encode() if data else None,
            {"Content-Type": kind, **dict(headers)}, method=method)
        try:
            with self.opener.open(request, timeout=10 * SLOWNESS) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read()}") from error
        return json.loads(text) if text else None

    def __enter__(self):
        self.daemon.__enter__()
        try:
            self.configure()
        except BaseException:
            self.daemon.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.daemon.__exit__()

    def plugin(self, signer):
        return {"module": "oidc", "name": "oidc", "display_name": "oidc",
                "order_rank": 0, "readonly": False, "parameters": {
                    "iss": self.issuer, "jwt-type": "rsa",
                    "jwt-key-size": "256", "key": signer.private_pem,
                    "cert": signer.public_pem, "jwks-show": True,
                    "access-token-duration": 3600,
                    "refresh-token-duration": 1209600, "code-duration": 600,
                    "refresh-token-rolling": True, "allow-non-oidc": True,
                    "auth-type-client-enabled": True,
                    "auth-type-password-enabled": True,
                    "auth-type-code-enabled": True,
                    "auth-type-token-enabled": True,
                    "auth-type-id-token-enabled": True,
                    "auth-type-implicit-enabled": True,
                    "auth-type-refresh-enabled": True,
                    "auth-type-none-enabled": False,
                    "resource-allowed": True,
                    "resource-scope": {"orders": [RESOURCE]},
                    "subject-type": "public"}}

    def configure(self):
        self.ask("/auth/", {"username": "admin", "password": "password"})
        self.ask("/scope/", {
            "name": "orders", "display_name": "orders", "description": "orders",
            "password_required": True, "password_max_age": 0, "scheme": {}})
        self.ask("/mod/plugin/", self.plugin(Signer("RS256")))
        self.ask("/client/", {
            "client_id": "service", "client_secret": "of-a-test",
            "name": "service", "confidential": True, "enabled": True,
            "authorization_type": ["client_credentials", "password"],
            "redirect_uri": ["https://localhost/callback"],
            "scope": ["orders"],
            "token_endpoint_auth_method": ["client_secret_basic"]})
        self.ask("/user/", {
            "username": "alice", "password": "of-a-test", "name": "Alice",
            "email": "alice@example.com", "enabled": True,
            "scope": ["orders", "openid", "g_profile"]})

    def rotate(self):
        """Another key signs from now on."""
        self.ask("/mod/plugin/oidc", self.plugin(Signer("RS256")), "PUT")
        self.ask("/mod/plugin/oidc/reset", {}, "PUT")

    def token(self, **form):
        login = base64.b64encode(b"service:of-a-test").decode()
        answer = self.ask("/oidc/token", urllib.parse.urlencode({
            "scope": "orders", **form}), "POST", {
                "Authorization": f"Basic {login}"})
        return remember(answer["access_token"])


@pytest.fixture(scope="module")
def issuer(ca, tmp_path_factory):
    with Glewlwyd(ca, tmp_path_factory.mktemp("glewlwyd")) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(issuer, ca):
    with Httpd(site(guarded("/"), guarded("/scope",
                                          "Require jwt-scope orders"),
                    guarded("/other", "Require jwt-scope other"),
                    trust=TRUST),
               define={"ISSUER": issuer.issuer, "CA": ca.path}) as server:
        yield server


def example(issuer, ca, audience):
    """conf-examples/glewlwyd.conf, for this issuer."""
    text = (PROJECT / "conf-examples/glewlwyd.conf").read_text()
    for place, value in [("ISSUER", issuer.issuer), ("AUDIENCE", audience)]:
        assert place in text
        text = text.replace(place, value)
    return Httpd(ALL_ENV + FETCHES + text, define={"CA": ca.path})


def test_a_clients_token(server, issuer):
    token = issuer.token(grant_type="client_credentials")
    server.comes_to_accept("/", token)
    env = server.accepts("/scope", token).env
    assert env["REMOTE_USER"] == "service"
    assert env["JWT_CLAIM_iss"] == issuer.issuer
    server.refuses("SCOPE_MISSING", "/other", token, scope="other")
    server.refuses("SIGNATURE_INVALID", "/", spoil_signature(token))


def test_a_users_token(server, issuer):
    token = issuer.token(grant_type="password", username="alice",
                         password="of-a-test")
    env = server.accepts("/scope", token).env
    assert env["JWT_CLAIM_client_id"] == "service"
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] != "service"


def test_the_example_for_a_client(issuer, ca):
    """Its tokens are for the resource that it asked for."""
    token = issuer.token(grant_type="client_credentials", resource=RESOURCE)
    with example(issuer, ca, RESOURCE) as server:
        server.comes_to_accept("/cgi-bin", token)
        env = server.accepts("/cgi-bin", token).env
        assert env["REMOTE_USER"] == "service"
        assert env["JWT_CLAIM_aud"] == RESOURCE
        server.refuses("AUDIENCE_REFUSED", "/cgi-bin", scope="orders",
                       token=issuer.token(grant_type="client_credentials"))


def test_the_example_for_a_user(issuer, ca):
    """The password grant ignores resource=: the scope is the audience."""
    token = issuer.token(grant_type="password", username="alice",
                         password="of-a-test", resource=RESOURCE)
    with example(issuer, ca, "orders") as server:
        server.comes_to_accept("/cgi-bin", token)
        env = server.accepts("/cgi-bin", token).env
        assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] != "service"
        assert env["JWT_CLAIM_aud"] == "orders"


def test_keys_rotate(server, issuer):
    old = issuer.token(grant_type="client_credentials")
    server.accepts("/", old)
    issuer.rotate()
    server.comes_to_accept("/", issuer.token(grant_type="client_credentials"))
    server.comes_to_refuse("/", old)
