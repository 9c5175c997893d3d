# SPDX-License-Identifier: Apache-2.0
"""A token in a URL is in no log and not on the status page, whatever answer
the request gets."""
import http.client
import itertools
import subprocess

import pytest

from harness import client, h2, raw
from harness.backend import Backend
from harness.httpd import ENV_CGI, Httpd
from harness.settings import wait_until
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set

SIGNER = Signer()
QUERY = "AuthJWTTokenSource header query:tok query:other"

serial = itertools.count(1)

# Every field that shows a URL
LOG = """
LogFormat "%r|%q|%U|%f|%{Referer}i|%{Location}o|%{QUERY_STRING}e" whole
CustomLog "${ROOT}/whole.log" whole
"""

WAIT_CGI = """#!/bin/sh
touch "$CONTEXT_DOCUMENT_ROOT/../running"
read line < "$CONTEXT_DOCUMENT_ROOT/../fifo"
printf 'Content-Type: text/plain\\n\\ndone\\n'
"""

SITE = TRUST + LOG + """
LimitRequestLine 4000
TraceEnable On
ExtendedStatus On
<IfModule http2_module>
    Protocols h2c http/1.1
</IfModule>
Redirect /moved /orders
Redirect gone /gone
RewriteEngine On
RewriteRule ^/forbidden - [F]
ProxyPass /proxied http://${BACKEND}/
<Location /server-status>
    SetHandler server-status
    Require all granted
</Location>
<Directory "${ROOT}/htdocs/orders/links">
    Options -FollowSymLinks
</Directory>
""" + "".join((
    guarded("/orders", QUERY),
    guarded("/denied", QUERY, "Require all denied"),
    guarded("/both", QUERY, "<RequireAll>", "Require valid-user",
            "Require ip 192.0.2.1", "</RequireAll>"),
    guarded("/report", QUERY, "AuthJWTOptional report"),
    guarded("/proxied", QUERY),
    *(guarded(f"/{name}", QUERY, "Require all denied",
              "ErrorDocument 403 /plain/env.cgi")
      for name in ("errors", "forbidden")),
    location("/plain", "Require all granted"),
))

FILES = {"keys.json": key_set(SIGNER),
         **{f"htdocs/{name}/env.cgi": ENV_CGI for name in (
             "orders", "plain", "report")},
         "htdocs/orders/wait.cgi": WAIT_CGI,
         "htdocs/orders/links/keep.txt": "", "htdocs/errors/keep": "",
         "htdocs/orders/page.txt": "x"}


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request):
    with Backend() as backend, Httpd(
            SITE, mpm=request.param, files=FILES,
            modules=["status", "authz_host"] + [
                "http2"] * (request.param == "event"),
            define={"BACKEND": backend.address}) as server:
        (server.root / "htdocs/orders/links/link").symlink_to("keep.txt")
        yield server


def mark():
    """A piece of a URL by which a request is found in the log."""
    return f"mark-{next(serial)}x"


def check_logs(server, marked, token):
    """Its line is there, and no file shows the token."""
    path = server.root / "whole.log"
    wait_until(lambda: marked in path.read_text(), "a line in the log")
    for name in ("whole.log", "access.log", "error.log"):
        text = (server.root / name).read_text()
        assert token not in text
        assert "tok=" not in text.replace("%74ok=%", "")
    return next(line for line in path.read_text().splitlines()
                if marked in line)


def check_status(server, token):
    page = server.get("/server-status")
    assert page.status == 200 and "Scoreboard Key" in page.body
    assert token[:40] not in page.body


# What becomes of the request

@pytest.mark.threat("F3")
@pytest.mark.parametrize("path, status, logged", [
    ("/orders/page.txt", 200, []), ("/denied/x", 403, ["AH01630"]),
    ("/both/x", 403, ["AH01630"]), ("/orders/absent", 404, []),
    ("/orders/links/link", 403, ["AH00037"]), ("/moved/x", 302, []),
    ("/gone", 410, []), ("/proxied/x", 200, []),
    ("/orders/" + "x" * 300, 403, ["AH00036"]),
    ("/orders/%2f", 404, []),
    ("/errors/x", 403, ["AH01630"]), ("/forbidden/x", 403, []),
    ("/errors/" + "x" * 300, 403, ["AH00036"]), ("/plain/env.cgi", 200, []),
])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_answer(server, path, status, logged, method):
    token, marked = SIGNER.mint(), mark()
    answer = server.get(f"{path}?{marked}&tok={token}&a=b", method=method)
    assert answer.status == status
    for tag in logged:
        server.log.take(tag)
    line = check_logs(server, marked, token)
    assert f"{marked}&a=b" in line
    check_status(server, token)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("path", ["/errors/x", "/forbidden/x"])
def test_an_error_document_does_not_see_it(server, path):
    """Also where a RewriteRule refuses before the section is complete."""
    token = SIGNER.mint()
    with server.log.allowing("AH01630"):
        answer = server.get(f"{path}?a=b&tok={token}")
    assert answer.status == 403
    assert answer.env["REDIRECT_QUERY_STRING"] == "a=b"
    assert answer.env["REQUEST_URI"] == f"{path}?a=b"
    assert token not in answer.body
    assert answer.header("Referrer-Policy") == "no-referrer"


@pytest.mark.threat("F3")
def test_trace(server):
    token, marked = SIGNER.mint(), mark()
    answer = server.get(f"/orders/?{marked}&tok={token}", method="TRACE")
    assert answer.status == 200
    check_logs(server, marked, token)
    check_status(server, token)


BROKEN = {
    "a header without a colon": b"GET /orders?%s HTTP/1.1\r\nHost: x\r\n"
                                b"no colon\r\n\r\n",
    "no Host": b"GET /orders?%s HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /orders?%s HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a bad host": b"GET /orders?%s HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a control character": b"GET /orders?%s\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad version": b"GET /orders?%s HTTP/x\r\nHost: x\r\n\r\n",
    "a version to come": b"GET /orders?%s HTTP/3.0\r\nHost: x\r\n\r\n",
    "a blank": b"GET /orders?x y&%s HTTP/1.1\r\nHost: x\r\n\r\n",
    "two blanks": b"GET /orders?%s  HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /orders?%s\r\n\r\n",
    "a method": b"G(T /orders?%s HTTP/1.1\r\nHost: x\r\n\r\n",
    "a large header": b"GET /orders?%s HTTP/1.1\r\nHost: x\r\nX: "
                      + b"x" * 9000 + b"\r\n\r\n",
    "a length": b"GET /orders?%s HTTP/1.1\r\nHost: x\r\n"
                b"Content-Length: x\r\n\r\n",
    "expectation": b"GET /orders?%s HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n",
    "an absolute form": b"GET http://x:y@localhost/orders?%s HTTP/1.1\r\n"
                        b"Host: x\r\n\r\n",
    "a star": b"GET *?%s HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": b"GET /orders?%s#x HTTP/1.1\r\nHost: x\r\n\r\n",
}


def send(server, data):
    with raw.connect(server) as opened:
        opened.sendall(data)
        response = http.client.HTTPResponse(opened)
        response.begin()
        return response.status


@pytest.mark.threat("F3")
@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("spelling", ["tok", "%74ok"])
def test_requests_that_httpd_refuses(server, name, spelling):
    token, marked = SIGNER.mint(), mark()
    query = f"{marked}&{spelling}={token}".encode()
    with server.log.allowing("core|http|JWT|"):
        with raw.connect(server) as opened:
            opened.sendall(BROKEN[name] % query)
            opened.shutdown(1)
            with opened.makefile("rb") as answer:
                assert answer.read()
    check_logs(server, marked, token)
    check_status(server, token)


@pytest.mark.threat("F3")
def test_a_url_that_is_too_long(server):
    token, marked = SIGNER.mint(), mark()
    start = f"/orders?{marked}&tok={token}{'A' * 4000}"
    data = f"GET {start} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert send(server, data) == 414
    check_logs(server, marked, token)
    check_status(server, token)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("path", ["/orders/page.txt", "/denied/x",
                                  "/moved/x", "/orders/absent"])
def test_http2(server, path):
    if server.mpm == "prefork":
        return
    token, marked = SIGNER.mint(), mark()
    with server.log.allowing("AH01630"):
        h2.send(server, [f"{path}?{marked}&tok={token}"])
    check_logs(server, marked, token)
    check_status(server, token)


# The status page, while a request runs

@pytest.mark.threat("F3")
def test_the_status_page_of_a_running_request(server):
    token, marked = SIGNER.mint(), mark()
    for name in ("running", "fifo"):
        (server.root / name).unlink(missing_ok=True)
    subprocess.run(["mkfifo", "-m", "666", server.root / "fifo"], check=True)
    server.root.chmod(0o777)
    connection = client.connect(server.port)
    connection.putrequest("GET", f"/orders/wait.cgi?{marked}&tok={token}")
    connection.endheaders()
    wait_until((server.root / "running").exists, "the program runs")
    page = server.get("/server-status")
    assert marked in page.body and token[:40] not in page.body
    (server.root / "fifo").write_text("\n")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"done\n")
    connection.close()
    check_logs(server, marked, token)
    check_status(server, token)


# Referer

@pytest.mark.threat("F3")
@pytest.mark.parametrize("path, status", [
    ("/plain/env.cgi", 200), ("/report/env.cgi", 200), ("/denied/x", 403),
    ("/absent", 404), ("/moved/x", 302)])
def test_the_referer_of_the_next_request(server, path, status):
    token, marked = SIGNER.mint(), mark()
    referer = f"http://localhost/orders?{marked}&tok={token}&a=b"
    answer = server.get(path, headers=[("Referer", referer)])
    assert answer.status == status
    if path == "/denied/x":
        assert f"referer: http://localhost/orders?{marked}&a=b" in \
            server.log.take("AH01630")
    if path == "/report/env.cgi":
        server.log.take("JWT0001.*let through")
    line = check_logs(server, marked, token)
    assert f"|http://localhost/orders?{marked}&a=b|" in line
    if status == 200:
        assert answer.env["HTTP_REFERER"] == \
            f"http://localhost/orders?{marked}&a=b"


@pytest.mark.threat("F3")
def test_the_answer_asks_for_no_referer(server):
    """Also where httpd refuses without a look at the token."""
    token = SIGNER.mint()
    for path in ("/denied/x", "/orders/absent"):
        with server.log.allowing("AH01630"):
            answer = server.get(f"{path}?tok={token}")
        assert answer.header("Referrer-Policy") == "no-referrer"


# What is not ours

def test_an_application_elsewhere_keeps_its_query(server):
    """Only what httpd logs and shows of it is cleaned."""
    marked = mark()
    answer = server.get(f"/plain/env.cgi?{marked}&tok=value")
    assert answer.env["QUERY_STRING"] == f"{marked}&tok=value"
    assert answer.env["REQUEST_URI"] == f"/plain/env.cgi?{marked}&tok=value"
    check_logs(server, marked, "tok=value")
    location_of = server.get(f"/moved/x?{marked}&tok=value").header("Location")
    assert location_of.endswith(f"/orders/x?{marked}&tok=value")


HOSTS = TRUST + LOG + """
<VirtualHost *:${PORT}>
    ServerName first
    CustomLog "${ROOT}/first.log" "%r %{Referer}i"
""" + guarded("/", "AuthJWTTokenSource query:first") + """
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName second
    CustomLog "${ROOT}/second.log" "%r %{Referer}i"
""" + guarded("/", "AuthJWTTokenSource query:second") + """
</VirtualHost>
""" + guarded("/shared", "AuthJWTTokenSource query:shared")


@pytest.fixture(scope="module")
def hosts():
    with Httpd(HOSTS, files=FILES) as server:
        yield server


@pytest.mark.parametrize("host", ["first", "second"])
def test_each_virtual_host_has_names_of_its_own(hosts, host):
    marked = mark()
    query = "&".join(f"{name}=a-{name}"
                     for name in ("first", "second", "shared"))
    with hosts.log.allowing("JWT0"):
        data, _ = raw.request(path=f"/?{marked}&{query}".encode(),
                                method=b"TRACE")
        data = data.replace(b"Host: localhost", b"Host: " + host.encode())
        assert send(hosts, data) == 200
    path = hosts.root / f"{host}.log"
    wait_until(lambda: marked in path.read_text(), "a line in the log")
    rest = {"first": "second=a-second", "second": "first=a-first"}[host]
    assert f"/?{marked}&{rest} HTTP/1.1" in path.read_text()


@pytest.mark.threat("F3")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_request_for_whichever_host(hosts, name):
    """httpd does not know yet which one it was for."""
    for host in ("first", "second"):
        token, marked = SIGNER.mint(), mark()
        data = BROKEN[name].replace(b"Host: x", b"Host: " + host.encode())
        data = data.replace(b"localhost", host.encode())
        with hosts.log.allowing("core|http|JWT|"):
            with raw.connect(hosts) as opened:
                opened.sendall(data % f"{marked}&{host}={token}".encode())
                opened.shutdown(1)
                with opened.makefile("rb") as answer:
                    assert answer.read()
        logs = [hosts.root / f"{one}.log" for one in ("first", "second")]

        def text():
            return "".join(log.read_text() for log in logs)
        wait_until(lambda: marked in text(), "a line in the log")
        assert token not in text()
