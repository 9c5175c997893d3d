# SPDX-License-Identifier: Apache-2.0
"""What a token says is hostile, even when an issuer has signed it."""
import contextlib
import json
import socket

import pytest

from harness.backend import Backend, headers_of
from harness.httpd import ENV_CGI, Httpd
from harness.site import TRUST, guarded, location
from harness.tokens import (Signer, encode_json, key_set, remember,
                            spoil_signature)

SIGNER = Signer()

# Lines, terminals, and what ends a C string
HOSTILE = {
    "CR": "a\rb", "LF": "a\nb", "CR LF": "a\r\nSet-Cookie: forged=1\r\n\r\nb",
    "NUL": "a\0b", "ESC": "a\x1b[31mb", "BEL": "a\x07b", "DEL": "a\x7fb",
}

# Claims that a program, a shell or a linker would take for its own
NAMES = ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "HTTP_PROXY", "Proxy",
         "IFS", "BASH_ENV", "REMOTE_USER", "HTTP_AUTHORIZATION",
         "SCRIPT_FILENAME", "CONTENT_LENGTH", "GATEWAY_INTERFACE",
         "REDIRECT_STATUS", "no-gzip", "force-response-1.0",
         "() { :;}; echo", "a\nLD_PRELOAD=x", "a=b"]

SITE = TRUST + """
ScriptAlias /orders ${ROOT}/env.cgi
ScriptAlias /open ${ROOT}/env.cgi
ScriptAlias /error ${ROOT}/env.cgi
ScriptAlias /redirect ${ROOT}/redirect.cgi
ProxyPass /backend http://127.0.0.1:${BACKEND_PORT}/
LogFormat "%{X-Request-Id}i %u|%{JWT_CLAIM_a}e|%{JWT_CLAIM_sub}e" claims
CustomLog "${ROOT}/claims.log" claims
""" + "".join((
    guarded("/orders", 'Header always set X-A "%{JWT_CLAIM_a}e"',
            "AuthJWTUser a sub"),
    guarded("/orders/renamed", "AuthJWTExport a=PATH a=HTTP_PROXY"),
    guarded("/orders/denied", "Require jwt-claim nobody=x",
            "ErrorDocument 403 /error"),
    guarded("/redirect"),
    guarded("/backend", "AuthJWTHeader X-A a"),
    guarded("/open", "AuthJWTOptional On", "Require all granted"),
    location("/error", "Require all granted"),
    guarded("/realm", r'AuthName "a\"b, x=\"y"'),
    guarded("/expression", 'AuthName "%{unescape:%{QUERY_STRING}}"'),
))

REDIRECT_CGI = "#!/bin/sh\nprintf 'Location: /orders\\n\\n'\n"


@pytest.fixture(scope="module")
def server():
    with Backend() as backend, Httpd(
            SITE, files={"keys.json": key_set(SIGNER),
                         "redirect.cgi": REDIRECT_CGI, "env.cgi": ENV_CGI},
            define={"BACKEND_PORT": backend.port}) as server:
        yield server


def claims_log(server, answer):
    server.access(answer)
    lines = (server.root / "claims.log").read_bytes().split(b"\n")
    return next(line for line in lines
                if line.startswith(answer.request_id.encode()))


# F2: values

@pytest.mark.threat("F2", "E4")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_goes_nowhere(server, name):
    """No variable, no header in either direction, no user, no log."""
    value = HOSTILE[name]
    token = SIGNER.mint(a=value)
    answer = server.accepts("/orders", token)
    assert "JWT_CLAIM_a" not in answer.env
    assert answer.env["REMOTE_USER"] == "alice"
    assert answer.header("X-A") in (None, "(null)")
    assert answer.header("Set-Cookie") is None
    assert claims_log(server, answer).endswith(b" alice|-|alice")
    server.log.take('"a"')
    assert "X-A" not in dict(headers_of(server.accepts("/backend/", token)))
    server.log.take('"a"')
    server.refuses("USER_MISSING", "/orders", SIGNER.mint(sub=value))


@pytest.mark.threat("F2")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_is_in_no_redirect_and_no_error_page(server, name):
    token = SIGNER.mint(a=HOSTILE[name])
    env = server.accepts("/redirect", token).env
    assert not [name for name in env if name.endswith("JWT_CLAIM_a")]
    answer = server.get("/orders/denied", token)
    assert answer.status == 403
    assert not [name for name in answer.env if name.endswith("JWT_CLAIM_a")]
    for pattern in ("JWT0402", "AH01631"):
        server.log.take(pattern)
    server.log.take('"a"')
    server.log.take('"a"')


# F2: names

@pytest.mark.threat("F2")
def test_a_name_stays_behind_the_prefix(server):
    usual = server.accepts("/orders", SIGNER.mint()).env
    env = server.accepts("/orders", SIGNER.mint(
        **dict.fromkeys(NAMES, "forged"))).env
    forged = {name for name, value in env.items() if value == "forged"}
    assert forged and all(name.startswith("JWT_CLAIM_") for name in forged)
    for name in ("PATH", "REMOTE_USER", "GATEWAY_INTERFACE",
                 "SCRIPT_FILENAME"):
        assert env[name] == usual[name]
    assert not {"LD_PRELOAD", "HTTP_PROXY", "HTTP_AUTHORIZATION"} & set(env)


@pytest.mark.threat("F2")
def test_a_name_that_the_administrator_gives_does_too(server):
    env = server.accepts("/orders/renamed", SIGNER.mint(a="forged")).env
    assert env["JWT_CLAIM_PATH"] == env["JWT_CLAIM_HTTP_PROXY"] == "forged"
    assert env["PATH"] != "forged" and "HTTP_PROXY" not in env


@pytest.mark.threat("F2")
@pytest.mark.parametrize("path", ["/orders", "/open", "/error"])
def test_a_header_named_proxy_is_no_variable(server, path):
    """httpoxy, CVE-2016-5385: httpd leaves it out, and we leave it so."""
    token = SIGNER.mint() if path == "/orders" else None
    env = server.accepts(path, token, headers=[("Proxy", "forged")]).env
    assert "HTTP_PROXY" not in env


# F6, D9: nothing of a token is in an answer

MARK = "m4rk3d"

REFUSED = {
    "iss": lambda: SIGNER.mint(iss=MARK),
    "kid": lambda: SIGNER.mint(header={"kid": MARK}),
    "alg": lambda: SIGNER.mint(header={"alg": MARK}),
    "typ": lambda: SIGNER.mint(header={"typ": MARK}),
    "aud": lambda: SIGNER.mint(aud=MARK),
    "sub": lambda: SIGNER.mint(sub=MARK, exp=1),
    "a name": lambda: SIGNER.mint(**{MARK: 1}, exp=1),
    "no JSON": lambda: SIGNER.sign(encode_json(SIGNER.header()),
                                   encode_json(MARK)),
    "a bad signature": lambda: spoil_signature(SIGNER.mint(sub=MARK)),
    "opaque": lambda: remember(MARK * 3),
}


@pytest.mark.threat("F6", "D9")
@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_reflects_nothing(server, name):
    token = REFUSED[name]()
    answer = server.get("/orders", token)
    assert answer.status == 401
    server.log.take(r"JWT0[123]\d\d")
    said = str(answer.headers) + answer.body
    assert MARK not in said
    assert not [part for part in token.split(".") if part in said]
    assert len(said) < 1000


@pytest.mark.threat("D9")
@pytest.mark.parametrize("place", ["kid", "alg", "typ", "iss", "aud", "sub"])
def test_an_answer_is_short_whatever_was_sent(server, place):
    text = "x" * 5000
    token = SIGNER.mint(**{place: text, "exp": 1}) \
        if place in ("iss", "aud", "sub") \
        else SIGNER.mint(header={place: text})
    answer = server.get("/orders", token)
    assert answer.status == 401
    assert len(server.log.take(r"JWT0[123]\d\d")) < 600
    assert len(str(answer.headers) + answer.body) < 1000


@pytest.mark.threat("F6")
def test_a_realm_is_one_quoted_string(server):
    answer = server.refuses("NO_TOKEN", "/realm", realm='a"b, x="y')
    assert answer.challenge.value == r'Bearer realm="a\"b, x=\"y"'


@pytest.mark.threat("F6")
@pytest.mark.parametrize("query", ["a%22,%20x=%22y", "a%5c", "a%5c%22",
                                   "a%0d%0aX-Forged:%201", "a%1b[31m"])
def test_a_realm_that_a_client_chose_breaks_out_of_nothing(server, query):
    """AuthName may be an expression; httpd sends no header with a control
    character in it."""
    with server.log.allowing("AH02430"):
        answer = server.get(f"/expression?{query}")
    server.log.take("JWT0001")
    assert answer.status == (500 if "%0d" in query or "%1b" in query else 401)
    assert answer.header("X-Forged") is None
    if answer.challenge:
        assert set(answer.challenge.parameters) == {"realm"}


# B1, B2: what a header names is not looked up

@contextlib.contextmanager
def listening():
    """A port, and how often somebody has connected to it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        listener.setblocking(False)

        def connections():
            count = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
                    count += 1
            return count
        yield listener.getsockname()[1], connections


@pytest.mark.threat("B1")
def test_no_address_in_a_header_is_asked():
    """Whether the token is good or not, and whether its kid is known."""
    other = Signer()
    with listening() as (port, connections), Httpd(
            TRUST + 'ScriptAliasMatch "^/" "${ROOT}/env.cgi"\n'
            + guarded("/"), files={"keys.json": key_set(SIGNER)}) as server:
        for scheme in ("http", "https"):
            url = f"{scheme}://127.0.0.1:{port}/keys"
            places = {"jku": url, "x5u": url, "jwk": other.public,
                      "x5c": [url], "iss_url": url}
            server.accepts("/", SIGNER.mint(header=places))
            server.refuses("KEY_UNKNOWN", "/", other.mint(header=places))
            server.refuses("SIGNATURE_INVALID", "/", other.mint(
                header={**places, "kid": SIGNER.kid}))
            server.refuses("KEY_UNKNOWN", "/", SIGNER.mint(
                header={**places, "kid": url}))
            server.refuses("ISSUER_UNKNOWN", "/", SIGNER.mint(iss=url))
            server.accepts("/", SIGNER.mint(
                _claim_names={"groups": "s"},
                _claim_sources={"s": {"endpoint": url}}))
        assert connections() == 0


@pytest.mark.threat("B2")
def test_a_kid_is_no_path(server):
    """A key that lies where the kid points is not found there."""
    other = Signer()
    path = server.write("other.json", json.dumps({"keys": [other.public]}))
    for kid in (str(path), "other.json", f"file://{path}", "../other.json"):
        server.refuses("KEY_UNKNOWN", "/orders",
                       other.mint(header={"kid": kid}))
