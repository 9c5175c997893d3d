"""AuthJWTResource: what a client is told about whose tokens it needs."""
import json
import re
import ssl
import urllib.parse
import urllib.request

import pytest

from harness import client, h2
from harness.httpd import Httpd, check_config
from harness.issuer import METADATA
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import AUDIENCE, ISSUER, Signer, key_set

WELL_KNOWN = "/.well-known/oauth-protected-resource"
SIGNER = Signer()
FILES = {"keys.json": key_set(SIGNER)}

OTHER = "https://other.example.com"
API = "https://api.example.com"


def issuer_line(name):
    return f"AuthJWTIssuer {name} keys=keys.json"


def host(name, *lines):
    body = "\n".join(lines)
    return f"<VirtualHost *>\nServerName {name}\n{body}\n</VirtualHost>\n"


def ask(server, path, name="api.example.com", **how):
    return server.get(f"http://{name}{path}", **how)


def describe(server, path, name="api.example.com"):
    answer = ask(server, path, name)
    assert answer.status == 200, answer
    return json.loads(answer.body)


# The document

LISTED = "https://listed.example.com"
DOCUMENTS = site(
    location("/plain", f"AuthJWTResource {API}/plain"),
    location("/full", issuer_line(OTHER), issuer_line(LISTED),
             f"AuthJWTResource {API}/full scopes=orders.read,orders.write"
             f" documentation={API}/help"),
    location("/later", f"AuthJWTResource {API}/later", issuer_line(OTHER)),
    location("/nameless", issuer_line("*"),
             f"AuthJWTResource {API}/nameless"),
    location("/mixed", issuer_line("*"), issuer_line("urn:issuer"),
             issuer_line("http://login.example.com"),
             issuer_line("http://localhost:1"), issuer_line(f"{OTHER}?a=b"),
             issuer_line(LISTED), f"AuthJWTResource {API}/mixed"),
    location("/once", f"AuthJWTResource {API}/twice"),
    location("/again", f"AuthJWTResource {API}/twice"),
)

ORDERS = {"resource": f"{API}/plain", "authorization_servers": [ISSUER],
          "bearer_methods_supported": ["header"]}


def document(name, **members):
    changed = {**ORDERS, "resource": f"{API}/{name}", **members}
    return {name: value for name, value in changed.items() if value}


EXPECTED = {
    "plain": document("plain"),
    "full": document(
        "full", authorization_servers=[OTHER, LISTED],
        scopes_supported=["orders.read", "orders.write"],
        resource_documentation=f"{API}/help"),
    "later": document("later", authorization_servers=[OTHER]),
    "nameless": document("nameless", authorization_servers=None),
    "mixed": document("mixed",
                      authorization_servers=["http://localhost:1", LISTED]),
    "twice": document("twice"),
}


@pytest.fixture(scope="module")
def documents():
    with Httpd(DOCUMENTS, files=FILES) as server:
        yield server


@pytest.mark.parametrize("name", EXPECTED)
def test_the_document(documents, name):
    assert describe(documents, f"{WELL_KNOWN}/{name}") == EXPECTED[name]


@pytest.mark.parametrize("path", [
    "", "/", "/plain/", "/Plain", "/plai", "/plain/more", "/%70lain",
    "plain"])
def test_nothing_is_said_of_another_path(documents, path):
    """There env.cgi answers, as everywhere on this site."""
    answer = documents.accepts(WELL_KNOWN + path)
    assert answer.header("Content-Type") == "text/plain"


# Where it is: RFC 9728 3.1

PLACES = {
    "https://api.example.com": "",
    "https://api.example.com/": "",
    "https://api.example.com:8443": "",
    "https://api.example.com/mcp": "/mcp",
    "https://api.example.com/mcp/": "/mcp/",
    "https://api.example.com:8443/a/b;c=d": "/a/b;c=d",
    "https://api.example.com/a%2fb//c": "/a%2fb//c",
    "http://localhost/orders": "/orders",
    "http://127.0.0.1:8080/orders": "/orders",
    "http://[::1]:8080/orders": "/orders",
    "https://[2001:db8::1]/orders": "/orders",
}


def place_name(identifier):
    return f"host-{list(PLACES).index(identifier)}"


@pytest.fixture(scope="module")
def places():
    hosts = [host(place_name(identifier),
                  guarded("/", f"AuthJWTResource {identifier}"))
             for identifier in PLACES]
    with Httpd(site(*hosts), files=FILES) as server:
        yield server


@pytest.mark.parametrize("identifier", PLACES)
def test_where_it_is(places, identifier):
    name = place_name(identifier)
    path = WELL_KNOWN + PLACES[identifier]
    assert describe(places, path, name)["resource"] == identifier
    origin = re.match("[a-z]+://[^/]+", identifier)[0]
    places.refuses("NO_TOKEN", f"http://{name}/",
                   resource_metadata=origin + path)


# Methods and headers

PLACE = WELL_KNOWN + "/plain"


def headers(answer):
    wanted = ("Content-Type", "Cache-Control", "Allow")
    return {name: value for name, value in answer.headers
            if name in wanted or name.startswith("Access-Control-")}


SERVED = {"Content-Type": "application/json",
          "Cache-Control": "public, max-age=3600",
          "Access-Control-Allow-Origin": "*"}
METHODS = "GET, HEAD, OPTIONS"


def test_get(documents):
    answer = documents.get(PLACE)
    assert (answer.status, headers(answer)) == (200, SERVED)
    assert answer.header("Content-Length") == str(len(answer.body))
    assert answer.challenge is None


def test_head(documents):
    answer = documents.get(PLACE, method="HEAD")
    assert (answer.status, headers(answer)) == (200, SERVED)
    assert answer.body == ""
    length = len(documents.get(PLACE).body)
    assert answer.header("Content-Length") in (str(length), None)


def test_a_query_changes_nothing(documents):
    assert documents.get(PLACE + "?a=b").body == documents.get(PLACE).body


def test_credentials_change_nothing(documents):
    answer = documents.get(PLACE, token="not.a.token")
    assert (answer.status, headers(answer)) == (200, SERVED)


def test_options(documents):
    preflight = [("Origin", "https://app.example.com"),
                 ("Access-Control-Request-Method", "GET"),
                 ("Access-Control-Request-Headers", "mcp-protocol-version")]
    answer = documents.get(PLACE, method="OPTIONS", headers=preflight)
    assert (answer.status, answer.body) == (204, "")
    assert answer.header("Content-Type") is None
    assert headers(answer) == {
        "Allow": METHODS,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "3600"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE",
                                    "MOVE", "get", "BREW"])
def test_other_methods(documents, method):
    answer = documents.get(PLACE, method=method)
    assert (answer.status, answer.body) == (405, "")
    assert headers(answer) == {"Allow": METHODS,
                               "Access-Control-Allow-Origin": "*"}


def test_a_body_that_nobody_asked_for(documents):
    connection = client.connect(documents.port)
    connection.request("POST", PLACE, b"x" * 100000)
    refused = connection.getresponse()
    assert (refused.status, refused.read()) == (405, b"")
    socket = connection.sock
    answer = client.send(connection, PLACE)
    assert (answer.status, headers(answer)) == (200, SERVED)
    assert connection.sock is socket
    connection.close()


def test_over_http2():
    config = "Protocols h2c http/1.1\n" + DOCUMENTS
    with Httpd(config, files=FILES, modules=["http2"]) as server:
        answer, = h2.send(server, [PLACE])
        assert answer[":status"] == "200"
        assert answer["content-type"] == "application/json"


# Nothing is in its way

@pytest.mark.parametrize("lines", [
    ("Require all denied",),
    ("Require user bob", "AuthType Bearer", 'AuthName "orders"'),
    ("Require ip 192.0.2.1",),
    ("Redirect 301 / https://elsewhere.example.com/",),
    ("SetHandler server-status",),
])
def test_nothing_protects_it(lines):
    config = site(guarded("/orders", f"AuthJWTResource {API}/orders"),
                  location("/", *lines), "RewriteEngine On\n"
                  "RewriteRule ^ - [F]\n")
    with Httpd(config, files=FILES) as server:
        described = describe(server, WELL_KNOWN + "/orders")
        assert described == document("orders")


# Whose issuers, and which host's

VHOST = "https://vhost.example.com"
HOSTS = site(
    location("/shared", f"AuthJWTResource {API}/shared"),
    location("/own", f"AuthJWTResource {API}/own", issuer_line(OTHER)),
    host("inherits", location("/x", f"AuthJWTResource {API}/x")),
    host("replaces", issuer_line(VHOST),
         location("/x", f"AuthJWTResource {API}/x")),
    host("shadows", location("/shared", issuer_line(LISTED),
                             f"AuthJWTResource {API}/shared scopes=a")),
    host("another", issuer_line(VHOST), f"AuthJWTResource {API}/another"),
)

WHOSE = [  # host, path, issuers; None: nothing is served
    ("localhost", "/shared", [ISSUER]),
    ("localhost", "/own", [OTHER]),
    ("localhost", "/x", None),
    ("localhost", "/another", None),
    ("inherits", "/shared", [ISSUER]),
    ("inherits", "/own", [OTHER]),
    ("inherits", "/x", [ISSUER]),
    ("replaces", "/shared", [VHOST]),
    ("replaces", "/own", [OTHER]),
    ("replaces", "/x", [VHOST]),
    ("shadows", "/shared", [LISTED]),
    ("shadows", "/x", None),
    ("another", "/another", [VHOST]),
    ("another", "/root", [VHOST]),
    ("inherits", "/root", [ISSUER]),
    ("localhost", "/root", [ISSUER]),
]


@pytest.fixture(scope="module")
def hosts():
    """/root is of the main server as a whole, and one host has another."""
    first = host("127.0.0.1.example.com")
    with Httpd(HOSTS + first, files=FILES) as server:
        yield server


@pytest.mark.parametrize("name, path, issuers",
                         [row for row in WHOSE if row[1] != "/root"])
def test_whose_issuers(hosts, name, path, issuers):
    answer = ask(hosts, WELL_KNOWN + path, name)
    if issuers is None:
        assert answer.header("Content-Type") == "text/plain"
    else:
        assert json.loads(answer.body)["authorization_servers"] == issuers
