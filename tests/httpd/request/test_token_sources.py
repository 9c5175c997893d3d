# SPDX-License-Identifier: Apache-2.0
"""Where may a token be, who else gets to see it, and who may keep the answer?"""
import time
import urllib.parse

import pytest

from harness.backend import Backend
from harness.fastcgi import FastCGI
from harness.httpd import ENV_CGI, Httpd
from harness.settings import MPMS, wait_until
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set, spoil_signature

SIGNER = Signer()

EVERYWHERE = ("AuthJWTTokenSource header header:X-Token cookie:session"
              " query:access_token")

SITE = TRUST + """
DirectoryIndex index.cgi
LogFormat "%{X-Request-Id}i %r|%q|%U|%{Referer}i" whole
CustomLog "${ROOT}/whole.log" whole
ProxyPass /proxied/raw http://${BACKEND}/raw nocanon
ProxyPass /proxied http://${BACKEND}/proxied
ProxyPass /fcgi fcgi://${FASTCGI}/fcgi
RewriteEngine On
RewriteRule ^/rewritten$ http://${BACKEND}/rewritten [P,QSA]
RewriteRule ^/again$ http://${BACKEND}/again?x=1&%{QUERY_STRING} [P]
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
""" + "".join((
    guarded("/all", EVERYWHERE, "CGIPassAuth On"),
    guarded("/taken", EVERYWHERE, "CGIPassAuth On", "AuthJWTForwardToken Off",
            "ErrorDocument 401 /error/env.cgi"),
    guarded("/only/header"),
    guarded("/only/custom", "AuthJWTTokenSource header:X-Token"),
    guarded("/only/cookie", "AuthJWTTokenSource cookie:session"),
    guarded("/only/query", "AuthJWTTokenSource query:access_token"),
    guarded("/inner", "AuthJWTTokenSource header",
            "AuthJWTForwardToken Off"),
    guarded("/proxied", EVERYWHERE),
    guarded("/proxied/taken", "AuthJWTForwardToken Off"),
    guarded("/fcgi", EVERYWHERE, "CGIPassAuth On"),
    guarded("/fcgi/taken", "AuthJWTForwardToken Off"),
    guarded("/rewritten", EVERYWHERE), guarded("/again", EVERYWHERE),
    guarded("/ssi", EVERYWHERE, "AuthJWTForwardToken Off"),
    guarded("/headers", EVERYWHERE, "Require jwt-scope read",
            "ErrorDocument 403 /headers-error/page.txt"),
    guarded("/unjudged", EVERYWHERE, "CGIPassAuth On", "AuthJWTPreflight On"),
    guarded("/reported", EVERYWHERE, "AuthJWTOptional report",
            "AuthJWTForwardToken Off"),
    guarded("/unjudged/open", "Require all granted"),
    location("/headers-error", "Require all granted"),
    location("/error", "Require all granted", "CGIPassAuth On"),
))

SAYING = {  # what the application says about caches
    "public": "Cache-Control: public, max-age=600",
    "store": "Cache-Control: no-store",
    "shared": "Cache-Control: s-maxage=60, must-revalidate",
    "referrer": "Referrer-Policy: unsafe-url",
    "silent": "X-Nothing: x",
}

FILES = {
    "keys.json": key_set(SIGNER),
    **{f"htdocs/{place}/env.cgi": ENV_CGI for place in (
        "all", "taken", "only/header", "only/custom", "only/cookie",
        "only/query", "inner", "error", "unjudged", "unjudged/open")},
    "htdocs/all/page.txt": "a page", "htdocs/headers-error/page.txt": "no",
    "htdocs/all/folder/index.cgi": ENV_CGI,
    "htdocs/taken/folder/index.cgi": ENV_CGI,
    **{f"htdocs/{place}/go.cgi":
       "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"
       for place in ("all", "taken", "reported")},
    "htdocs/ssi/page.shtml": '<!--#include virtual="/inner/env.cgi" -->'
                             '<!--#printenv -->',
    **{f"htdocs/headers/{name}.cgi":
       f"#!/bin/sh\nprintf '{line}\\nContent-Type: text/plain\\n\\nx'\n"
       for name, line in SAYING.items()},
}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Backend() as backend, FastCGI() as fastcgi:
        with Httpd(SITE, mpm=request.param, files=FILES, is_open=True,
                   modules=["proxy_fcgi"],
                   define={"BACKEND": backend.address,
                           "FASTCGI": fastcgi.address}) as server:
            yield server


def quote(token):
    return urllib.parse.quote(token, safe="")


# How a token is sent: (what is added to the path, headers)
WAYS = {
    "header": lambda token: ("", [("Authorization", f"Bearer {token}")]),
    "custom": lambda token: ("", [("X-Token", token)]),
    "cookie": lambda token: ("", [("Cookie", f"a=b; session={token}; c=d")]),
    "query": lambda token: (f"?a=b&access_token={token}&c=%20d", []),
}


def send(server, path, way, token, **how):
    suffix, headers = WAYS[way](token)
    return server.get(path + suffix, headers=headers, **how)


def accepts(server, path, way, token=None):
    suffix, headers = WAYS[way](token or SIGNER.mint())
    return server.accepts(path + suffix, headers=headers)


# Each place

@pytest.mark.parametrize("way", WAYS)
def test_each_place_and_no_other(server, way):
    for other in WAYS:
        path = f"/only/{way}/env.cgi"
        if way == other:
            env = accepts(server, path, other).env
            assert env["REMOTE_USER"] == "alice"
        else:
            suffix, headers = WAYS[other](SIGNER.mint())
            server.refuses("NO_TOKEN", path + suffix, headers=headers)
    assert accepts(server, "/all/env.cgi", way).env["REMOTE_USER"] == "alice"


@pytest.mark.parametrize("way", WAYS)
def test_a_bad_token_is_refused_wherever_it_is(server, way):
    bad = spoil_signature(SIGNER.mint())
    suffix, headers = WAYS[way](bad)
    server.refuses("SIGNATURE_INVALID", "/all/env.cgi" + suffix,
                   headers=headers)


@pytest.mark.threat("F1")
@pytest.mark.parametrize("one", WAYS)
@pytest.mark.parametrize("other", WAYS)
@pytest.mark.parametrize("is_same", [True, False])
def test_two_tokens_are_too_many(server, one, other, is_same):
    if one == other:
        return
    first = SIGNER.mint()
    second = first if is_same else SIGNER.mint(sub="bob")
    suffixes, headers = zip(WAYS[one](first), WAYS[other](second))
    server.refuses("SEVERAL_TOKENS", "/all/env.cgi" + "".join(suffixes),
                   headers=headers[0] + headers[1])


def test_other_credentials_beside_a_token(server):
    basic = [("Authorization", "Basic YTpi")]
    for way in ("custom", "cookie", "query"):
        suffix, headers = WAYS[way](SIGNER.mint())
        server.accepts("/all/env.cgi" + suffix, headers=headers + basic)
    server.refuses("OTHER_SCHEME", "/all/env.cgi", headers=basic)


NONE, MALFORMED, SEVERAL = "NO_TOKEN", "MALFORMED_CREDENTIALS", "SEVERAL_TOKENS"

ODD = [
    ([("X-Token", "")], "", NONE), ([("X-Token", "  ")], "", NONE),
    ([("X-Token", '"{}"')], "", MALFORMED),
    ([("X-Token", "Bearer")], "", MALFORMED),
    ([("X-Token", "Bearer ")], "", MALFORMED),
    ([("X-Token", "Bearer Bearer {}")], "", MALFORMED),
    ([("X-Token", "Basic {}")], "", MALFORMED),
    ([("X-Token", "Bearer {}, Bearer {}")], "", SEVERAL),
    ([("Authorization", "Bearer"), ("X-Token", "{}")], "", SEVERAL),
    ([("X-Token", "{}"), ("X-Token", "{}")], "", SEVERAL),
    ([("X_Token", "{}"), ("x.token", "{}")], "", SEVERAL),
    ([("XToken", "{}")], "", NONE),
    ([("Authorization", "")], "", NONE),
    ([("Cookie", "session=")], "", NONE), ([("Cookie", "session")], "", NONE),
    ([("Cookie", 'session="{}"')], "", MALFORMED),
    ([("Cookie", "Session={}")], "", NONE),
    ([("Cookie", "xsession={}")], "", NONE),
    ([("Cookie", "session={}x; session={}")], "", SEVERAL),
    ([], "?access_token=", NONE), ([], "?access_token", NONE),
    ([], "?access_token=a+b", MALFORMED), ([], "?access_token=%zz", MALFORMED),
    ([], "?access_token={}&access_token={}", SEVERAL),
    ([], "?access_token={}&access%5Ftoken={}", SEVERAL),
    ([("Cookie", "session={}"), ("Cookie", "session=x")], "", SEVERAL),
    ([], "?access_token=&access_token=", NONE),
    ([], "?Access_token={}", NONE), ([], "?access_tokens={}", NONE),
    ([], "?x=access_token={}", NONE), ([], "?a=1;access_token={}", NONE),
    ([], "?", NONE), ([], "?&&", NONE),
]


@pytest.mark.threat("F1")
@pytest.mark.parametrize("headers, suffix, reason", ODD, ids=str)
def test_odd_ways(server, headers, suffix, reason):
    token = SIGNER.mint()
    server.refuses(reason, "/all/env.cgi" + suffix.replace("{}", token),
                   headers=[(name, value.replace("{}", token))
                            for name, value in headers])


EMPTY = [("Authorization", ""), ("X-Token", ""), ("x_token", " "),
         ("Cookie", "session=")]

GOOD = [
    ([("x-TOKEN", " {} ")], "", None),
    ([("X_Token", "{}")], "", None),
    ([("X-Token", "Bearer {}")], "", None),
    ([("X-Token", "bearer\t {} ")], "", None),
    # an empty one beside it
    ([("X-Token", "{}"), ("X-Token", "")], "", None),
    ([("X-Token", ""), ("X-Token", "Bearer {}")], "", None),
    ([("Cookie", "session=;session={}")], "", None),
    ([("Cookie", "session={}; session=")], "", None),
    ([("Cookie", "session="), ("Cookie", "session={}")], "", None),
    (EMPTY + [("X-Token", "{}")], "?access_token=", None),
    (EMPTY + [("Cookie", "session={}")], "?access_token=", None),
    (EMPTY, "?access_token={}&a", "a"),
    (EMPTY[1:] + [("Authorization", "Bearer {}")], "?access_token&a", "a"),
    ([], "?access_token=&access_token={}&a", "a"),
    ([], "?access_token={}&b&access_token=&access_token", "b"),
    ([], "?access_token=+&access_token={}", ""),
    ([("Cookie", "session={}")], "", None),
    ([("Cookie", "session={}; session={}")], "", None),
    ([("Cookie", "a=b"), ("Cookie", "session={}")], "", None),
    ([], "?access_token={}", ""), ([], "?access_token={}&", ""),
    ([], "?a&access_token={}", "a"), ([], "?access_token={}&a=b=c", "a=b=c"),
    ([], "?a=%2541&access%5ftoken={}&b=%26", "a=%2541&b=%26"),
    ([], "?b=2&&access_token={}&a=1", "b=2&&a=1"),
    ([], "?" + "x=1&" * 1500 + "access_token={}", "&".join(["x=1"] * 1500)),
]


@pytest.mark.parametrize("headers, suffix, rest", GOOD,
                         ids=[str(row)[:60] for row in GOOD])
def test_good_ways(server, headers, suffix, rest):
    token = SIGNER.mint()
    env = server.accepts("/all/env.cgi" + suffix.replace("{}", token),
                         headers=[(name, value.replace("{}", token))
                                  for name, value in headers]).env
    if rest is not None:
        assert env["QUERY_STRING"] == rest


def test_a_parameter_may_be_escaped(server):
    escaped = "".join(f"%{ord(byte):02x}" for byte in SIGNER.mint())
    server.accepts(f"/all/env.cgi?access_token={escaped}")


# Gone from the query string

def in_the_log(server, answer):
    """What the access log says of it, %r and all."""
    def find():
        lines = (server.root / "whole.log").read_text().splitlines()
        return [line for line in lines
                if line.startswith(answer.request_id + " ")]
    return wait_until(find, "a line in the log")[0]


@pytest.mark.threat("F3")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_it_is_nowhere_in_the_request(server, method):
    token = SIGNER.mint()
    answer = send(server, "/all/env.cgi", "query", token, method=method)
    assert answer.status == 200
    assert token not in answer.body
    line = in_the_log(server, answer)
    assert token not in line and "access_token" not in line
    assert "/all/env.cgi?a=b&c=%20d HTTP/1.1|?a=b&c=%20d|" in line
    if method == "GET":
        assert answer.env["QUERY_STRING"] == "a=b&c=%20d"
        assert answer.env["REQUEST_URI"] == "/all/env.cgi?a=b&c=%20d"


@pytest.mark.threat("F3")
def test_nor_when_it_is_refused(server):
    token = SIGNER.mint(exp=1)
    answer = send(server, "/taken/env.cgi", "query", token)
    server.log.take(r"\bJWT0307\b")
    assert answer.status == 401
    assert token not in answer.body
    assert answer.env["REDIRECT_QUERY_STRING"] == "a=b&c=%20d"
    assert token not in in_the_log(server, answer)


PREFLIGHT = [("Origin", "https://app.example"),
             ("Access-Control-Request-Method", "GET")]


@pytest.mark.threat("F3")
@pytest.mark.parametrize("path, how", [
    ("/unjudged/env.cgi", {"method": "OPTIONS", "headers": PREFLIGHT}),
    ("/unjudged/open/env.cgi", {})])
def test_nor_where_nobody_is_checked(server, path, how):
    token = SIGNER.mint()
    answer = server.accepts(f"{path}?a=b&access_token={token}", **how)
    assert token not in answer.body
    assert answer.env["QUERY_STRING"] == "a=b"
    assert "REMOTE_USER" not in answer.env
    assert token not in in_the_log(server, answer)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("path", ["/proxied/page", "/proxied/raw/page",
                                  "/rewritten", "/again"])
def test_nor_at_a_backend(server, path):
    token = SIGNER.mint()
    answer = send(server, path, "query", token)
    assert answer.status == 200
    assert token not in answer.body and "access_token" not in answer.body
    assert "a=b&c=%20d" in answer.env["request"]


@pytest.mark.threat("F3")
def test_nor_where_a_forward_proxy_is_asked():
    """There the whole URL is what httpd calls a path."""
    section = """ProxyRequests On
        <Proxy "http://${BACKEND}/">
            AuthType Bearer
            AuthJWTTokenSource query:access_token
            Require jwt-scope read
        </Proxy>
        CustomLog "${ROOT}/whole.log" "%{X-Request-Id}i %r|%U"
        """
    with Backend() as backend, Httpd(TRUST + section, files=FILES, define={
            "BACKEND": backend.address}) as server:
        url = f"http://{backend.address}/page?a=b&access_token="
        token = SIGNER.mint(scope="read")
        answer = server.accepts(url + token)
        assert answer.env["request"] == "GET /page?a=b HTTP/1.1"
        assert token not in in_the_log(server, answer)
        token = SIGNER.mint()
        assert server.get(url + token).status == 403
        server.log.take(r"\bJWT0401\b")
        assert token not in server.log.take("AH01631")


@pytest.mark.threat("F3")
def test_nor_where_httpd_sends_a_browser(server):
    answer = send(server, "/all/folder", "query", SIGNER.mint())
    assert answer.status == 301
    assert answer.header("Location").endswith("/all/folder/?a=b&c=%20d")


# AuthJWTForwardToken

SEEN = {"header": "HTTP_AUTHORIZATION", "custom": "HTTP_X_TOKEN",
        "cookie": "HTTP_COOKIE"}


@pytest.mark.parametrize("way", SEEN)
def test_a_program_sees_it_unless_it_is_taken(server, way):
    token = SIGNER.mint()
    assert token in accepts(server, "/all/env.cgi", way, token).env[SEEN[way]]
    env = accepts(server, "/taken/env.cgi", way, token).env
    assert token not in str(env)
    if way == "cookie":
        assert [pair.strip() for pair in env["HTTP_COOKIE"].split(";")
                if pair.strip()] == ["a=b", "c=d"]
    else:
        assert SEEN[way] not in env


@pytest.mark.parametrize("way", SEEN)
def test_a_refused_one_is_taken_too(server, way):
    token = SIGNER.mint(exp=1)
    answer = send(server, "/taken/env.cgi", way, token)
    server.log.take(r"\bJWT0307\b")
    assert answer.status == 401 and token not in answer.body


@pytest.mark.parametrize("way", WAYS)
def test_a_backend_sees_it_unless_it_is_taken(server, way):
    token = SIGNER.mint()
    assert (token in accepts(server, "/proxied/page", way, token).body) \
        == (way != "query")
    body = accepts(server, "/proxied/taken/page", way, token).body
    assert token not in body and "Bearer" not in body


@pytest.mark.parametrize("way", WAYS)
def test_a_fastcgi_program_sees_it_unless_it_is_taken(server, way):
    token = SIGNER.mint()
    env = accepts(server, "/fcgi/page", way, token).env
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
    if way == "query":
        assert token not in str(env)
        assert env["QUERY_STRING"] == "a=b&c=%20d"
    else:
        assert token in env[SEEN[way]]
    env = accepts(server, "/fcgi/taken/page", way, token).env
    assert env["REMOTE_USER"] == "alice" and token not in str(env)


def test_other_credentials_are_not_taken(server):
    suffix, headers = WAYS["cookie"](SIGNER.mint())
    env = server.accepts("/taken/env.cgi" + suffix, headers=headers + [
        ("Authorization", "Basic YTpi")]).env
    assert env["HTTP_AUTHORIZATION"] == "Basic YTpi"


# What comes of a request knows its token all the same

@pytest.mark.parametrize("way", WAYS)
def test_an_index(server, way):
    env = accepts(server, "/taken/folder/", way).env
    assert env["REMOTE_USER"] == "alice"


@pytest.mark.threat("F4")
def test_a_sub_request_into_another_section(server):
    body = accepts(server, "/ssi/page.shtml", "header").body
    assert "REMOTE_USER=alice" in body and "JWT_CLAIM_sub=alice" in body
    body = accepts(server, "/ssi/page.shtml", "cookie").body
    assert body.startswith("[an error occurred")
    server.log.take(r"\bJWT0001\b")
    server.log.take("AH01374|unable to include")


@pytest.mark.threat("F4")
def test_a_redirect_into_another_section(server):
    path = "/taken/go.cgi?/inner/env.cgi"
    token = SIGNER.mint()
    env = server.accepts(path, token).env
    assert env["REMOTE_USER"] == "alice"
    assert token not in str(env)
    server.refuses("NO_TOKEN", path, headers=WAYS["cookie"](token)[1])


def test_a_redirect_with_several_tokens(server):
    """None of them is better for having been taken out."""
    path = "/reported/go.cgi?/all/env.cgi"
    suffix, cookie = WAYS["cookie"](SIGNER.mint(sub="bob"))
    answer = server.get(path, SIGNER.mint(), headers=cookie)
    assert answer.status == 400
    server.log.take(r"\bJWT0004\b.*let through")
    server.log.take(r"\bJWT0004\b.*more than one token$")


# Who may keep the answer

@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAYING)
def test_no_cache_may_give_it_to_others(server, way, name):
    token = SIGNER.mint(scope="read")
    answer = accepts(server, f"/headers/{name}.cgi", way, token)
    said = SAYING[name].partition(": ")
    own_cache = {"public": ", max-age=600", "store": ", no-store",
                 "shared": ", must-revalidate"}
    expected = {"header": said[2] if said[0] == "Cache-Control" else None}.get(
        way, "private" + own_cache.get(name, ""))
    assert answer.header("Cache-Control") == expected
    referrer = "unsafe-url" if name == "referrer" else None
    assert answer.header("Referrer-Policy") == (
        "no-referrer" if way == "query" else referrer)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", WAYS)
def test_nor_a_refusal(server, way):
    for path, claims in (("/headers/public.cgi", {}),
                         ("/all/env.cgi", {"exp": 1})):
        answer = send(server, path, way, SIGNER.mint(**claims))
        assert answer.status in (401, 403)
        assert answer.header("Cache-Control") == (
            None if way == "header" else "private")
        assert answer.header("Referrer-Policy") == (
            "no-referrer" if way == "query" else None)
        server.log.take(r"\bJWT0(401|307)\b")
        if answer.status == 403:
            server.log.take("AH01631")


@pytest.mark.parametrize("way", WAYS)
def test_the_variable_that_keeps_mod_cache_from_storing(server, way):
    assert accepts(server, "/taken/env.cgi", way).env["no_cache"] == "1"
    assert accepts(server, "/all/env.cgi", way).env.get("no_cache") == (
        None if way == "header" else "1")


def test_a_page_that_did_not_change(server):
    first = accepts(server, "/all/page.txt", "cookie")
    suffix, headers = WAYS["cookie"](SIGNER.mint())
    answer = server.get("/all/page.txt", headers=headers + [
        ("If-None-Match", first.header("ETag"))])
    assert answer.status == 304
    assert answer.header("Cache-Control") == "private"


@pytest.mark.threat("F3")
def test_httpds_own_cache_keeps_nothing():
    """It answers before anybody is asked for a token."""
    config = TRUST + """
        CacheEnable socache /
        CacheSocache shmcb
        CacheQuickHandler On
        CacheIgnoreNoLastMod On
        Alias / "${ROOT}/page.cgi/"
        AddHandler cgi-script .cgi
        """ + guarded("/", EVERYWHERE)
    page = ("#!/bin/sh\nprintf 'Cache-Control: public, max-age=600\\n"
            f"Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT\\nX-Made: {time.time()}"
            "\\nContent-Type: text/plain\\n\\nsecret'\n")
    with Httpd(config, files={**FILES, "page.cgi": page},
               modules=["cache", "cache_socache", "socache_shmcb"]) as server:
        for way in WAYS:
            assert accepts(server, "/page", way).body == "secret"
            server.refuses("NO_TOKEN", "/page")
