# SPDX-License-Identifier: Apache-2.0
"""No cache gives the answer for one client to another: mod_cache in both of its
modes, and the caches between httpd and its clients."""
import base64
import re

import pytest

from harness import h2, raw
from harness.backend import Backend
from harness.httpd import Httpd
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set

SIGNER = Signer()
TOKENS = {name: SIGNER.mint(sub=name) for name in ("alice", "bob")}

# Each answer has the user's name, a number of its own, and is fresh for caches
PAGE_CGI = """#!/bin/sh
read -r made < /proc/sys/kernel/random/uuid
printf 'Cache-Control: max-age=600\\nContent-Type: text/plain\\n\\n'
echo "user=$REMOTE_USER made=$made"
"""

# It writes the response header field that its path ends with
SAYING_CGI = """#!/bin/sh
printf '%s\\nContent-Type: text/plain\\n\\npage' "${PATH_INFO##*/}"
"""

GO_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"${QUERY_STRING%&*}\"\n"

# The page of an ErrorDocument, fresh for caches
REFUSAL_CGI = """#!/bin/sh
printf 'Cache-Control: public, max-age=600\\n'
printf 'Status: %s\\nContent-Type: text/plain\\n\\nno' "$REDIRECT_STATUS"
"""

# A page with another one in it
SSI = '<!--#include virtual="/ssi/{}/inner.cgi" -->'

BEARER = ("AuthType Bearer", 'AuthName "orders"', "AuthJWTHeader X-User sub")
BASIC = ("AuthType Basic", 'AuthName "orders"', "AuthBasicProvider jwt",
         "AuthJWTHeader X-User sub")
REMOVED = "AuthJWTForwardToken Off"
UNSET = "RequestHeader unset Authorization"

# Where the token is, and whether it stays in the request
SECTIONS = {
    "bearer": BEARER,
    "bearer-removed": (*BEARER, REMOVED),
    "bearer-unset": (*BEARER, UNSET),
    "basic": BASIC,
    "basic-removed": (*BASIC, REMOVED),
    "basic-unset": (*BASIC, UNSET),
    "cookie": (*BEARER, "AuthJWTTokenSource cookie:session"),
    "cookie-removed": (*BEARER, "AuthJWTTokenSource cookie:session", REMOVED),
    "query": (*BEARER, "AuthJWTTokenSource query:token"),
    "query-removed": (*BEARER, "AuthJWTTokenSource query:token", REMOVED),
    "header": (*BEARER, "AuthJWTTokenSource header:X-Token"),
    "header-removed": (*BEARER, "AuthJWTTokenSource header:X-Token", REMOVED),
}
VISIBLE = ["bearer", "basic"]  # caches see the token in Authorization
UNSET_LATER = ["bearer-unset", "basic-unset"]  # ... until mod_headers runs
HIDDEN = [way for way in SECTIONS if way not in VISIBLE + UNSET_LATER]
NOT_QUERY = [way for way in HIDDEN if not way.startswith("query")]
OPTIONAL = [way for way in SECTIONS if not way.startswith("basic")]

# What makes the answer; the first segment of each path
HANDLERS = ["cgi", "proxy", "file", "per-user", "index"]

PUBLIC = '"public, max-age=600"'
FAR = '"Fri, 01 Jan 2100 00:00:00 GMT"'

# What an administrator may write, and over which answers
DIRECTIVE_WAYS = {"cgi": ["bearer-removed", "bearer-unset", "basic-removed",
                          "cookie", "query", "header"],
                  "proxy": ["bearer-removed", "cookie"]}
DIRECTIVES = {
    "set": f"Header set Cache-Control {PUBLIC}",
    "always": f"Header always set Cache-Control {PUBLIC}",
    "both": f"Header set Cache-Control {PUBLIC}\n"
            f"Header always set Cache-Control {PUBLIC}",
    "merge": "Header merge Cache-Control public\n"
             'Header always add Cache-Control "s-maxage=600"',
    "edit": "Header edit Cache-Control private public\n"
            "Header always edit* Cache-Control private public",
    "unset": "Header unset Cache-Control\nHeader always unset Cache-Control\n"
             f"Header set Expires {FAR}",
    "surrogate": 'Header always set Surrogate-Control "max-age=600"\n'
                 'Header set CDN-Cache-Control "max-age=600"\n'
                 f"Header always set Expires {FAR}",
    "expires": 'ExpiresActive On\nExpiresDefault "access plus 1 hour"',
    "env": "UnsetEnv no-cache\nSetEnvIf Request_URI . !no-cache\n"
           f"Header set Cache-Control {PUBLIC}",
    "rewrite": "RewriteEngine On\nRewriteRule . - [E=!no-cache]\n"
               f"Header set Cache-Control {PUBLIC}",
    "filter": f"SetOutputFilter CACHE\nHeader set Cache-Control {PUBLIC}",
    "store": "CacheStorePrivate On\nCacheStoreNoStore On\n"
             "CacheStoreExpired On\n"
             'Header set Cache-Control "private, max-age=600"',
}

# The same for an anonymous page, which caches may store
VARY_DIRECTIVES = {
    "nothing": "# nothing",
    "unset": "Header unset Vary\nHeader always unset Vary",
    "another": 'Header set Vary Accept\nHeader always set Vary "X-Shape"',
    "filter": "SetOutputFilter CACHE\nHeader unset Vary",
}


def sections(path, ways=SECTIONS, more=(), require="Require valid-user"):
    return "".join(location(f"{path}/{way}", *SECTIONS[way], *more, require)
                   for way in ways)


def optional(path, ways, more=()):
    return sections(path, ways, ("AuthJWTOptional On", *more),
                    "Require all granted")


def site(quick):
    return TRUST + f"""
Protocols h2c http/1.1
CacheRoot "${{ROOT}}/cache"
CacheEnable disk /
CacheQuickHandler {quick}
CacheIgnoreCacheControl On
CacheMinExpire 600
CacheHeader On
AddOutputFilter INCLUDES .shtml
ScriptAliasMatch "^(?:/optional)?/cgi/" "${{ROOT}}/page.cgi"
ScriptAliasMatch "^/ssi/.*\\.cgi$" "${{ROOT}}/page.cgi"
ScriptAlias /saying "${{ROOT}}/saying.cgi"
ScriptAlias /go "${{ROOT}}/go.cgi"
ScriptAlias /refusal "${{ROOT}}/refusal.cgi"
AliasMatch "^(?:/optional)?/file/" "${{ROOT}}/page.txt"
AliasMatch "^(?:/optional)?/per-user/" "${{ROOT}}/htdocs/per-user/page.txt"
AliasMatch "^(?:/optional)?/index/[^/]+/[^/]+/(.*)" "${{ROOT}}/htdocs/index/$1"
ProxyPassMatch "^(?:/optional)?/proxy/" "http://${{BACKEND}}/"
<Directory "${{ROOT}}/htdocs">
    Options +Includes +ExecCGI
    DirectoryIndex page.cgi
</Directory>
<Directory "${{ROOT}}/htdocs/per-user">
    RewriteEngine On
    RewriteCond %{{REMOTE_USER}} (.+)
    RewriteRule ^ /names/%1.txt [END]
    RewriteRule ^ /names/nobody.txt [END]
</Directory>
RewriteEngine On
RewriteCond %{{LA-U:REMOTE_USER}} (.+)
RewriteRule ^/ahead/ /names/%1.txt [PT]
""" + "".join((
        *(sections(f"/{handler}") + optional(f"/optional/{handler}", OPTIONAL)
          for handler in HANDLERS),
        *(sections(f"/{handler}/with/{name}", DIRECTIVE_WAYS[handler], [lines])
          for handler in DIRECTIVE_WAYS
          for name, lines in DIRECTIVES.items()),
        *(optional(f"/optional/{handler}/with/{name}", ["bearer"], [lines])
          for handler in ("cgi", "proxy")
          for name, lines in VARY_DIRECTIVES.items()),
        sections("/saying", more=["AuthJWTAudience *"]), sections("/go"),
        sections("/ssi"), sections("/ahead"),
        sections("/refused", more=["ErrorDocument 401 /refusal",
                                   "ErrorDocument 403 /refusal"],
                 require="Require jwt-scope none"),
        sections("/canned", more=[f"Header always set Cache-Control {PUBLIC}"],
                 require="Require jwt-scope none"),
        sections("/open", ["cookie", "query"], require="Require all granted"),
        location("/cgi/form", "AuthType form", "AuthFormProvider jwt",
                 'AuthName "orders"', "AuthFormDisableNoStore On",
                 "Session On", "SessionCookieName form path=/",
                 "Require valid-user"),
        location("/saying/password", "AuthType Basic", 'AuthName "orders"',
                 "AuthBasicProvider jwt file", REMOVED,
                 'AuthUserFile "${ROOT}/passwords"', "Require valid-user"),
    ))


FILES = {
    "keys.json": key_set(SIGNER),
    # the name and password of a user of mod_authn_file: carol, secret
    "passwords": "carol:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n",
    "page.cgi": PAGE_CGI, "saying.cgi": SAYING_CGI, "go.cgi": GO_CGI,
    "refusal.cgi": REFUSAL_CGI,
    "htdocs/index/page.cgi": PAGE_CGI,
    "htdocs/per-user/page.txt": "for somebody\n",
    **{f"htdocs/names/{name}.txt": f"user={name}\n"
       for name in ("alice", "bob")},
    "htdocs/names/nobody.txt": "user=\n",
    **{f"htdocs/{way}.shtml": SSI.format(way) for way in SECTIONS},
    **{f"htdocs/ssi/{way}/page.shtml": SSI.format(way) for way in SECTIONS},
    **{f"htdocs/open/{way}/page.txt": "open\n" for way in SECTIONS},
}


@pytest.fixture(scope="module", params=["on", "off"])
def server(request):
    fresh = [("Cache-Control", "max-age=600")]
    with Backend(headers=fresh) as backend, httpd_with_cache(
            site(request.param), {"BACKEND": backend.address}) as server:
        yield server


def httpd_with_cache(config, define):
    server = Httpd(config, files=FILES, define=define, is_open=True,
                   modules=["cache", "cache_disk", "http2", "expires",
                            "auth_basic", "authn_file", "auth_form", "request",
                            "session", "session_cookie"])
    (server.root / "cache").mkdir()
    (server.root / "cache").chmod(0o777)
    return server


def is_stored(server, path):
    """Whether mod_cache_disk has an answer for this path, or one below it."""
    return any(re.search(rb"http://[^/\s]+" + re.escape(path.encode()),
                         file.read_bytes())
               for file in (server.root / "cache").glob("**/*.header"))


def credentials(way, token):
    """What is added to the path, and the headers."""
    if token is None:
        return "", []
    kind = way.partition("-")[0]
    if kind == "query":
        return f"?token={token}", []
    return "", [{
        "bearer": ("Authorization", f"Bearer {token}"),
        "basic": ("Authorization", "Basic " + base64.b64encode(
            f"x:{token}".encode()).decode()),
        "cookie": ("Cookie", f"a=b; session={token}"),
        "header": ("X-Token", token)}[kind]]


# mod_cache says so where its filter is named and it has no use for it
USELESS_FILTER = "AH00776"


def ask(server, path, way, who, headers=(), **how):
    suffix, sent = credentials(way, TOKENS.get(who))
    if suffix and "?" in path:
        suffix = suffix.replace("?", "&")
    with server.log.allowing(r"\bJWT0001\b|\bJWT0401\b|AH01631|"
                             + USELESS_FILTER):
        return server.get(path + suffix, headers=[*sent, *headers], **how)


def user_of(answer):
    found = re.search(r"^(?:user|X-User)=(\w+)", answer.body, re.M)
    return found[1] if found else "-"


def is_hidden(way, who):
    """From a cache: the token, or that there is none.  With Basic, only the
    token says that the section has to do with tokens."""
    if who == "-":
        return way in HIDDEN and not way.startswith("basic")
    return way not in VISIBLE


def check_private(fields):
    """fields: what shared caches read, as pairs."""
    assert not {name.lower() for name, _ in fields} & {
        "expires", "surrogate-control", "cdn-cache-control"}
    said = [value for name, value in fields if name.lower() == "cache-control"]
    assert len(said) == 1
    words = said[0].split(", ")
    assert words[0] == "private"
    assert "public" not in words and "s-maxage" not in said[0]


# Each arrangement

def test_it_really_caches(server):
    """Otherwise the tests below would show nothing."""
    for path in ("/cgi/public/page", "/proxy/public/page", "/file/public/page",
                 "/names/nobody.txt"):
        first, second = server.get(path), server.get(path)
        assert first.status == second.status == 200
        assert first.header("X-Cache").startswith("MISS")
        assert second.header("X-Cache").startswith("HIT")
        assert first.body == second.body
        assert second.header("Cache-Control") != "private"
        assert is_stored(server, path)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("way", SECTIONS)
def test_each_client_gets_its_own_answer(server, handler, way):
    for path, clients in ((f"/{handler}/{way}/a/", "alice bob - alice"),
                          (f"/{handler}/{way}/b/", "- bob - alice bob")):
        for who in clients.split():
            answer = ask(server, path, way, who)
            assert answer.status == (401 if who == "-" else 200)
            if who != "-" and handler != "file":
                assert user_of(answer) == who
            if is_hidden(way, who):
                check_private(answer.headers)
        assert not is_stored(server, path)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("way", OPTIONAL)
def test_so_does_an_anonymous_client(server, handler, way):
    """Where the token is optional; and no user gets the anonymous page."""
    for path, clients in (
            (f"/optional/{handler}/{way}/a/", "alice - bob -"),
            (f"/optional/{handler}/{way}/b/", "- alice - bob")):
        for who in clients.split():
            answer = ask(server, path, way, who)
            assert answer.status == 200
            # the cache of CacheQuickHandler Off sees no Authorization there
            if handler != "file" and (way not in UNSET_LATER or who == "-"):
                assert user_of(answer) == who
            if way in HIDDEN:
                check_private(answer.headers)
        assert way not in HIDDEN or not is_stored(server, path)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("handler", ["cgi", "proxy"])
@pytest.mark.parametrize("name", VARY_DIRECTIVES)
def test_an_anonymous_page_may_be_cached(server, handler, name):
    """Where caches see that a request has no Authorization."""
    path = f"/optional/{handler}/with/{name}/bearer/page"
    seen = [ask(server, path, "bearer", who) for who in ("-", "-", "alice")]
    assert [user_of(answer) for answer in seen] == ["-", "-", "alice"]
    assert seen[0].body == seen[1].body
    if name == "another":
        assert set(re.findall(r"[^, ]+", seen[1].header("Vary"))) == {
            "X-Shape", "Accept", "Authorization"}


# Whatever an administrator or an application writes

@pytest.mark.threat("F3")
@pytest.mark.parametrize("handler, way", [
    (handler, way) for handler, ways in DIRECTIVE_WAYS.items()
    for way in ways])
@pytest.mark.parametrize("name", DIRECTIVES)
def test_no_directive_makes_it_public(server, handler, name, way):
    path = f"/{handler}/with/{name}/{way}/page"
    for who in "alice bob - alice".split():
        answer = ask(server, path, way, who)
        assert answer.status == (401 if who == "-" else 200)
        if who != "-":
            assert user_of(answer) == who
        if is_hidden(way, who):
            check_private(answer.headers)
    assert not is_stored(server, path)


# What the application writes, and what is left of it
SAYINGS = [
    ("X-Nothing: x", "private"),
    ("Cache-Control: public, max-age=60", "private, max-age=60"),
    ("Cache-Control: s-maxage=60, must-revalidate", "private, must-revalidate"),
    ("Cache-Control: no-store", "private, no-store"),
    ('Cache-Control: no-cache="Set-Cookie", max-age=60, max-age=30',
     "private, no-cache, max-age=30"),
    ('Cache-Control: private="X-User", no-transform', "private, no-transform"),
    ("Cache-Control: ,, No-Store ,Public ,x", "private, no-store"),
    ('Cache-Control: max-age="60"', "private, max-age=0"),
    ("Cache-Control: max-age=-1", "private, max-age=0"),
    ("Cache-Control: x-public, max-agent=60, no-storefront", "private"),
    ("Expires: Sat, 01 Jan 2000 00:00:00 GMT", "private, max-age=0"),
    ("Expires: 0", "private, max-age=0"),
    ("Surrogate-Control: max-age=60", "private"),
    ("Edge-Control: max-age=60", "private"),
    ("CDN-Cache-Control: max-age=60", "private"),
    ("Cloudflare-CDN-Cache-Control: max-age=60", "private"),
    ("X-Accel-Expires: 60", "private"),
]


@pytest.mark.threat("F3")
@pytest.mark.parametrize("said, left", SAYINGS)
def test_what_the_clients_own_cache_heeds_is_kept(server, said, left):
    path = "/saying/cookie/" + said.replace(" ", "%20").replace('"', "%22")
    answer = ask(server, path, "cookie", "alice")
    assert answer.header("Cache-Control") == left
    name = said.partition(":")[0]
    assert answer.header(name) == {"Cache-Control": left,
                                   "X-Nothing": "x"}.get(name)


def test_expires_becomes_an_age(server):
    path = "/saying/cookie/Expires:%20Fri,%2001%20Jan%202100%2000:00:00%20GMT"
    answer = ask(server, path, "cookie", "alice")
    kept = re.fullmatch(r"private, max-age=(\d{9,10})",
                        answer.header("Cache-Control"))
    assert kept and answer.header("Expires") is None


# However the answer comes about

@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", HIDDEN + UNSET_LATER)
def test_no_body(server, way):
    """HEAD, and a page that has not changed."""
    for handler in HANDLERS:
        answer = ask(server, f"/{handler}/{way}/head/", way, "alice",
                     method="HEAD")
        assert (answer.status, answer.body) == (200, "")
        check_private(answer.headers)
    first = ask(server, f"/file/{way}/page", way, "alice")
    answer = ask(server, f"/file/{way}/page", way, "alice",
                 [("If-None-Match", first.header("ETag"))])
    assert answer.status == 304
    check_private(answer.headers)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("handler", HANDLERS)
def test_http2(server, handler):
    for who in ("alice", "bob"):
        (name, value), = credentials("cookie", TOKENS[who])[1]
        fields, = h2.send(server, [f"/{handler}/cookie/h2/"],
                          more={name.lower(): value})
        assert fields[":status"] == "200"
        check_private(fields.items())
    assert not is_stored(server, f"/{handler}/cookie/h2/")


@pytest.mark.threat("F3")
@pytest.mark.parametrize("place", ["refused", "canned"])
@pytest.mark.parametrize("way", SECTIONS)
def test_a_refusal(server, place, way):
    """By an ErrorDocument, and by httpd's own page."""
    for who in "- alice - alice".split():
        answer = ask(server, f"/{place}/{way}/page", way, who)
        assert answer.status == (401 if who == "-" else 403)
        if way in HIDDEN and is_hidden(way, who):
            check_private(answer.headers)
    assert not is_stored(server, f"/{place}/")
    assert not is_stored(server, "/refusal")


@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", HIDDEN + UNSET_LATER)
def test_a_redirect_within_httpd(server, way):
    """Also to a public page, which is cached: that of the first path is not."""
    server.get("/cgi/public/target")
    answer = ask(server, f"/go/{way}/page?/cgi/public/target&", way, "alice")
    assert answer.status == 200 and "made=" in answer.body
    check_private(answer.headers)
    answer = server.get("/cgi/public/target")
    assert answer.header("Cache-Control") == "max-age=600"
    assert not is_stored(server, "/go/")


@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", HIDDEN)
def test_a_page_that_includes_another(server, way):
    for who in "alice bob alice".split():
        answer = ask(server, f"/ssi/{way}/page.shtml", way, who)
        assert user_of(answer) == who
        check_private(answer.headers)
    assert not is_stored(server, f"/ssi/{way}/")


@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", NOT_QUERY)
def test_a_guarded_part_of_a_public_page(server, way):
    """mod_cache stores neither.  Other caches are out of reach: the header of
    the page has been sent when mod_include asks for the part."""
    for who in "alice bob alice".split():
        assert user_of(ask(server, f"/{way}.shtml", way, who)) == who
    assert not is_stored(server, f"/ssi/{way}/")
    assert not is_stored(server, f"/{way}.shtml")


@pytest.mark.threat("F3")
def test_a_guarded_part_over_http2(server):
    (name, value), = credentials("cookie", TOKENS["alice"])[1]
    h2.send(server, ["/cookie.shtml"], more={name.lower(): value})
    assert user_of(ask(server, "/cookie.shtml", "cookie", "bob")) == "bob"


@pytest.mark.threat("F3")
@pytest.mark.parametrize("way", NOT_QUERY)
def test_a_look_ahead(server, way):
    """mod_rewrite asks who the user would be."""
    for who in "alice bob alice".split():
        answer = ask(server, f"/ahead/{way}/page", way, who)
        assert user_of(answer) == who
        check_private(answer.headers)
    assert not is_stored(server, f"/ahead/{way}/")


# Where no token is needed

def test_a_page_without_a_rule_is_public(server):
    """Below AuthType Bearer, too: nothing depends on a token there."""
    for _ in range(2):
        answer = ask(server, "/open/cookie/page.txt", "cookie", "-")
        assert answer.header("Cache-Control") is None
    assert answer.header("X-Cache").startswith("HIT")


@pytest.mark.threat("F3")
def test_a_login_form(server):
    """mod_auth_form then has the token in the cookie of its session."""
    for who in "alice", "bob":
        body = f"httpd_username={who}&httpd_password={TOKENS[who]}".encode()
        login = raw.send(server, b"Content-Length: %d" % len(body),
                         b"Content-Type: application/x-www-form-urlencoded",
                         method=b"POST", path=b"/cgi/form/page", body=body)
        cookie = login.header("Set-Cookie").partition(";")[0]
        answer = server.get("/cgi/form/page", headers=[("Cookie", cookie)])
        assert user_of(answer) == who
        check_private(answer.headers)
    assert not is_stored(server, "/cgi/form/")


def test_a_password_is_no_token(server):
    """What the application says of such a page is left alone."""
    word = base64.b64encode(b"carol:secret").decode()
    answer = server.get("/saying/password/Cache-Control:%20public",
                        headers=[("Authorization", f"Basic {word}")])
    assert (answer.status, answer.header("Cache-Control")) == (200, "public")


@pytest.mark.threat("F3")
def test_a_token_in_a_url_is_not_stored(server):
    """The URL is the name under which a cache stores an answer."""
    answer = ask(server, "/open/query/page.txt", "query", "alice")
    assert answer.status == 200
    check_private(answer.headers)
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert not is_stored(server, "/open/query/page.txt")


@pytest.mark.threat("F3")
@pytest.mark.parametrize("quick", ["on", "off"])
def test_a_forward_proxy(quick):
    """Caches do not look at Proxy-Authorization."""
    config = TRUST + f"""
CacheRoot "${{ROOT}}/cache"
CacheEnable disk http://${{BACKEND}}/
CacheQuickHandler {quick}
ProxyRequests On
<Proxy "http://${{BACKEND}}/guarded">
    AuthType Bearer
    Require valid-user
</Proxy>
"""
    fresh = [("Cache-Control", "max-age=600")]
    with Backend(headers=fresh) as backend, httpd_with_cache(
            config, {"BACKEND": backend.address}) as server:
        for path, count in (("guarded", 2), ("open", 1)):
            for _ in range(2):
                answer = server.accepts(
                    f"http://{backend.address}/{path}", headers=[
                        ("Proxy-Authorization", f"Bearer {TOKENS['alice']}")])
            assert answer.header("Cache-Control").startswith("private") == (
                path == "guarded")
            assert len(backend.requests) == count
            backend.requests.clear()
