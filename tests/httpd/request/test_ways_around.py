# SPDX-License-Identifier: Apache-2.0
"""Methods, <Limit>, Satisfy and kept connections: does one lead past us?"""
import re

import pytest

from harness import client, raw
from harness.backend import Backend, headers_of
from harness.httpd import Httpd
from harness.settings import MPMS
from harness.site import guarded, location, site
from harness.tokens import Signer, key_set, spoil_signature

SIGNER = Signer()

SITE = "TraceEnable On\nProxyPass /proxied http://127.0.0.1:9/\n" + site(
    guarded("/orders"), guarded("/proxied"),
    guarded("/limit", "<Limit GET POST>", "Require valid-user", "</Limit>",
            "<LimitExcept GET POST>", "Require all denied", "</LimitExcept>"),
    guarded("/limit-except", "<LimitExcept OPTIONS>", "Require valid-user",
            "</LimitExcept>"),
    guarded("/any", "Satisfy any", "Order allow,deny", "Require valid-user"),
    guarded("/any-but-local", "Satisfy any", "Order allow,deny",
            "Allow from 127.0.0.1", "Require valid-user"),
    guarded("/all", "Satisfy all", "Order allow,deny", "Allow from all",
            "Require valid-user"),
    guarded("/outer"), location("/outer/inner", "AuthJWTExport none"),
    location("/outer/inner/most", "AuthName orders"),
)


@pytest.fixture(scope="module")
def server():
    with Httpd(SITE, files={"keys.json": key_set(SIGNER)}, is_open=True,
               modules=["access_compat"]) as server:
        yield server


@pytest.mark.threat("F4")
@pytest.mark.parametrize("method", [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND",
    "get", "BREW"])
def test_no_method_leads_past_it(server, method):
    answer = server.get("/orders", method=method)
    assert answer.status == 401, answer
    server.log.take("JWT0001")
    answer = server.get("/orders", spoil_signature(SIGNER.mint()),
                        method=method)
    assert answer.status == 401, answer
    server.log.take("JWT0204")


@pytest.mark.threat("F4")
def test_each_version_of_http(server):
    for version in (b"HTTP/1.0", b"HTTP/1.1"):
        server.check_refusal(raw.send(server, path=b"/orders",
                                      version=version), "NO_TOKEN")


@pytest.mark.threat("F4")
def test_trace(server):
    """httpd echoes a request before it asks anybody, and does no more: a
    backend is not asked, and no variable of ours is in it."""
    answer = server.get("/orders", SIGNER.mint(), method="TRACE")
    assert answer.status == 200
    assert answer.body.startswith("TRACE /orders HTTP/1.1\r\n")
    assert "alice" not in answer.body and "JWT_" not in answer.body
    server.refuses("NO_TOKEN", "/proxied", method="TRACE")


@pytest.mark.threat("F4")
@pytest.mark.parametrize("target", [
    b"http://localhost/orders", b"http://other.example/orders", b"//orders",
    b"/./orders", b"/x/../orders", b"/%6frders", b"/orders/", b"/orders?",
    b"/orders/x/..", b"/orders/x;/../"])
def test_another_spelling_of_the_url(server, target):
    server.check_refusal(raw.send(server, path=target), "NO_TOKEN")


@pytest.mark.threat("F4")
def test_limit(server):
    for method in ("GET", "HEAD", "POST"):
        server.refuses("NO_TOKEN", "/limit", method=method)
        server.accepts("/limit", SIGNER.mint(), method=method)
    for token in (None, SIGNER.mint()):
        assert server.get("/limit", token, method="PUT").status in (401, 403)
        server.log.take("AH01630")
    for method in ("GET", "HEAD", "PUT", "BREW"):
        server.refuses("NO_TOKEN", "/limit-except", method=method)


@pytest.mark.threat("F4")
def test_satisfy_any(server):
    """Who is let in by address needs no token; nobody else does without."""
    with server.log.allowing("AH01797"):
        server.refuses("NO_TOKEN", "/any")
        server.refuses("SIGNATURE_INVALID", "/any",
                       spoil_signature(SIGNER.mint()))
        env = server.accepts("/any", SIGNER.mint()).env
    assert env["REMOTE_USER"] == "alice"
    env = server.accepts("/any-but-local").env
    assert "REMOTE_USER" not in env and "JWT_CLAIM_sub" not in env
    server.refuses("NO_TOKEN", "/all")
    server.accepts("/all", SIGNER.mint())


@pytest.mark.threat("F4")
@pytest.mark.parametrize("path", ["/outer/inner", "/outer/inner/most"])
def test_an_inner_section_keeps_the_guard(server, path):
    server.refuses("NO_TOKEN", path)
    env = server.accepts(path, SIGNER.mint()).env
    assert env["REMOTE_USER"] == "alice" and "JWT_CLAIM_sub" not in env


# One connection, several requests

KEPT = site(
    guarded("/orders"),
    guarded("/open", "AuthJWTOptional On", "Require all granted"),
    guarded("/backend", "AuthJWTOptional On", "AuthJWTHeader X-Mail email",
            "Require all granted"),
    location("/elsewhere", "Require all granted"),
    serve='ProxyPass "/backend" "http://127.0.0.1:${BACKEND_PORT}/"\n'
          'ScriptAliasMatch "^/(orders|open|elsewhere)" "${ROOT}/env.cgi"\n')


def is_anonymous(env):
    return not [name for name in env
                if name.startswith(("JWT_", "REMOTE_USER", "AUTH_TYPE"))]


@pytest.mark.threat("F4")
@pytest.mark.parametrize("mpm", MPMS)
def test_nothing_stays_on_a_connection(mpm):
    """Nor in the one to the backend, which httpd keeps as well."""
    with Backend() as backend, Httpd(
            KEPT, mpm, {"keys.json": key_set(SIGNER)},
            define={"BACKEND_PORT": backend.port}) as server:
        connection = client.connect(server.port)
        used = set()

        def send(path, token=None):
            answer = client.send(connection, path, token)
            used.add(connection.sock)
            assert answer.status == 200, answer
            return answer
        for number in range(5):
            alice = SIGNER.mint(email="a@example.com", only=str(number))
            env = send("/orders", alice).env
            assert env["JWT_CLAIM_only"] == str(number)
            assert is_anonymous(send("/open").env)
            assert is_anonymous(send("/elsewhere", alice).env)
            env = send("/open", SIGNER.mint(sub="bob")).env
            assert env["REMOTE_USER"] == "bob" and "JWT_CLAIM_only" not in env
            assert dict(headers_of(send("/backend", alice)))["X-Mail"] == \
                "a@example.com"
            assert "X-Mail" not in dict(headers_of(send("/backend")))
            assert "X-Mail" not in dict(
                headers_of(send("/backend", SIGNER.mint())))
        assert len(used) == 1
        connection.close()


@pytest.mark.threat("F4")
def test_requests_at_once_on_a_connection(server):
    """Pipelined: a good one, one without a token, and a good one."""
    bearer = b"Authorization: Bearer " + SIGNER.mint().encode()
    said = raw.send_at_once(server, [bearer], [],
                            [bearer, b"Connection: close"], path=b"/orders")
    assert re.findall(rb"HTTP/1.1 (\d{3})", said) == [b"200", b"401", b"200"]
    assert said.count(b"REMOTE_USER=alice") == 2
    server.log.take("JWT0001")
