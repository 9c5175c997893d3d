"""No cache gives the answer to one client to another: mod_cache in both of its
modes, and caches between httpd and its clients."""
import base64
import re

import pytest

from harness import h2
from harness.backend import Backend
from harness.httpd import Httpd
from harness.settings import MPMS
from harness.site import TRUST, location
from harness.tokens import Signer, key_set

SIGNER = Signer()
TOKENS = {name: SIGNER.mint(sub=name) for name in ("alice", "bob")}

# Fresh for a shared cache, with the user's name and a number of its own
PAGE_CGI = """#!/bin/sh
read -r made < /proc/sys/kernel/random/uuid
printf 'Cache-Control: max-age=600\\nContent-Type: text/plain\\n\\n'
echo "user=$REMOTE_USER made=$made"
"""

# What the application itself writes, by the last segment of the path
SAYING_CGI = """#!/bin/sh
case $PATH_INFO in
*/max-age)    say='Cache-Control: public, max-age=60' ;;
*/s-maxage)   say='Cache-Control: s-maxage=60, must-revalidate' ;;
*/no-store)   say='Cache-Control: no-store' ;;
*/no-cache)   say='Cache-Control: no-cache="Set-Cookie", max-age=60, max-age=30' ;;
*/private)    say='Cache-Control: private="X-User", no-transform' ;;
*/odd)        say='Cache-Control: ,, max-age="1" , Public ,x' ;;
*/fresh)      say='Expires: Fri, 01 Jan 2100 00:00:00 GMT' ;;
*/expired)    say='Expires: Sat, 01 Jan 2000 00:00:00 GMT' ;;
*/invalid)    say='Expires: 0' ;;
*/surrogate)  say='Surrogate-Control: max-age=60' ;;
*/edge)       say='Edge-Control: max-age=60' ;;
*/cdn)        say='CDN-Cache-Control: max-age=60' ;;
*/provider)   say='Cloudflare-CDN-Cache-Control: max-age=60' ;;
*/nginx)      say='X-Accel-Expires: 60' ;;
*)            say='X-Nothing: x' ;;
esac
printf '%s\\nContent-Type: text/plain\\n\\npage' "$say"
"""

GO_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"
REFUSAL_CGI = """#!/bin/sh
printf 'Cache-Control: public, max-age=600\\n'
printf 'Status: %s\\nContent-Type: text/plain\\n\\nno' "$REDIRECT_STATUS"
"""

BEARER = ("AuthType Bearer", 'AuthName "orders"', "AuthJWTHeader X-User sub")
BASIC = ("AuthType Basic", 'AuthName "orders"', "AuthBasicProvider jwt",
         "AuthJWTHeader X-User sub")
REMOVED = "AuthJWTForwardToken Off"

# The ways in which a token is sent, and what the section says about it
SECTIONS = {
    "bearer": BEARER,
    "bearer-removed": (*BEARER, REMOVED),
    "basic": BASIC,
    "basic-removed": (*BASIC, REMOVED),
    "cookie": (*BEARER, "AuthJWTTokenSource cookie:session"),
    "cookie-removed": (*BEARER, "AuthJWTTokenSource cookie:session", REMOVED),
    "query": (*BEARER, "AuthJWTTokenSource query:token"),
    "query-removed": (*BEARER, "AuthJWTTokenSource query:token", REMOVED),
    "header": (*BEARER, "AuthJWTTokenSource header:X-Token"),
    "header-removed": (*BEARER, "AuthJWTTokenSource header:X-Token", REMOVED),
    "unset-later": (*BEARER, "RequestHeader unset Authorization"),
    "basic-unset-later": (*BASIC, "RequestHeader unset Authorization"),
}
OPTIONAL = [way for way in SECTIONS if not way.startswith("basic")]
IN_AUTHORIZATION = ["bearer", "basic"]  # and still there
UNSET_LATER = ["unset-later", "basic-unset-later"]
HIDDEN = [way for way in SECTIONS
          if way not in IN_AUTHORIZATION + UNSET_LATER]

# How the answer is made, and the path below which it is
HANDLERS = ["cgi", "proxy", "file", "per-user", "index"]

# What an administrator may write, over an application that is silent or not
DIRECTIVES = {
    "set": 'Header set Cache-Control "public, max-age=600"',
    "always": 'Header always set Cache-Control "max-age=600"',
    "both": 'Header set Cache-Control "public, max-age=600"\n'
            'Header always set Cache-Control "public, max-age=600"',
    "merge": 'Header merge Cache-Control "public, s-maxage=600"\n'
             'Header always add Cache-Control "public"',
    "edit": "Header edit Cache-Control private public\n"
            "Header always edit* Cache-Control private public",
    "unset": "Header unset Cache-Control\nHeader always unset Cache-Control\n"
             'Header set Expires "Fri, 01 Jan 2100 00:00:00 GMT"',
    "surrogate": 'Header always set Surrogate-Control "max-age=600"\n'
                 'Header set CDN-Cache-Control "max-age=600"\n'
                 'Header always set Expires "Fri, 01 Jan 2100 00:00:00 GMT"',
    "expires": 'ExpiresActive On\nExpiresDefault "access plus 1 hour"',
    "unset-env": 'UnsetEnv no-cache\nSetEnvIf Request_URI . !no-cache\n'
                 'Header set Cache-Control "public, max-age=600"',
    "rewrite": 'RewriteEngine On\nRewriteRule . - [E=!no-cache]\n'
               'Header always set Cache-Control "public, max-age=600"',
    "filter": 'SetOutputFilter CACHE\n'
              'Header set Cache-Control "public, max-age=600"',
    "store": "CacheStorePrivate On\nCacheStoreNoStore On\n"
             "CacheStoreExpired On\n"
             'Header always set Cache-Control "private, max-age=600"',
}


def sections(path, ways=SECTIONS, more=(), require="Require valid-user"):
    return "".join(location(f"{path}/{way}", *SECTIONS[way], *more, require)
                   for way in ways)


def site(quick):
    by_handler = "".join(
        sections(f"/{handler}")
        + sections(f"/optional/{handler}", OPTIONAL, ["AuthJWTOptional On"],
                   "Require all granted")
        for handler in HANDLERS)
    by_directive = "".join(
        sections(f"/{handler}/with/{name}", HIDDEN, [lines])
        for handler in ("cgi", "proxy") for name, lines in DIRECTIVES.items())
    return TRUST + f"""
Protocols h2c http/1.1
CacheRoot "${{ROOT}}/cache"
CacheEnable disk /
CacheQuickHandler {quick}
CacheIgnoreCacheControl On
CacheMinExpire 600
CacheHeader On
CacheDetailHeader On
AddOutputFilter INCLUDES .shtml
ScriptAliasMatch "^(?:/optional)?/cgi/" "${{ROOT}}/page.cgi"
ScriptAlias /saying "${{ROOT}}/saying.cgi"
ScriptAlias /go "${{ROOT}}/go.cgi"
ScriptAlias /refusal "${{ROOT}}/refusal.cgi"
AliasMatch "^(?:/optional)?/file/" "${{ROOT}}/page.txt"
AliasMatch "^(?:/optional)?/index/[^/]+/[^/]+/(.*)" "${{ROOT}}/htdocs/index/$1"
AliasMatch "^(?:/optional)?/per-user/.*" "${{ROOT}}/htdocs/per-user/page.txt"
ProxyPassMatch "^/proxy/" "http://${{BACKEND}}/"
ProxyPassMatch "^/optional/proxy/" "http://${{BACKEND}}/"
<Directory "${{ROOT}}/htdocs">
    Options +Includes +ExecCGI +Indexes
</Directory>
<Directory "${{ROOT}}/htdocs/index">
    DirectoryIndex page.cgi
</Directory>
<Directory "${{ROOT}}/htdocs/per-user">
    RewriteEngine On
    RewriteCond %{{REMOTE_USER}} (.+)
    RewriteRule ^ /users/%1.txt [END]
    RewriteRule ^ /users/nobody.txt [END]
</Directory>
""" + by_handler + by_directive + sections("/saying") + sections("/go") + "".join((
        sections("/refused", more=["ErrorDocument 401 /refusal",
                                   "ErrorDocument 403 /refusal"],
                 require="Require jwt-scope none"),
        sections("/canned", more=[
            'Header always set Cache-Control "public, max-age=600"'],
            require="Require jwt-scope none"),
        sections("/ssi"), sections("/listed", more=["DirectoryIndex disabled"]),
    ))


FILES = {
    "keys.json": key_set(SIGNER),
    "page.cgi": PAGE_CGI, "saying.cgi": SAYING_CGI, "go.cgi": GO_CGI,
    "refusal.cgi": REFUSAL_CGI,
    "htdocs/index/page.cgi": PAGE_CGI,
    "htdocs/per-user/page.txt": "for somebody\n",
    **{f"htdocs/users/{name}.txt": f"user={name}\n"
       for name in ("alice", "bob")},
    "htdocs/users/nobody.txt": "user=\n",
}


@pytest.fixture(scope="module", params=["on", "off"])
def server(request):
    fresh = [("Cache-Control", "max-age=600")]
    with Backend(headers=fresh) as backend:
        server = Httpd(site(request.param), files=FILES,
                       define={"BACKEND": backend.address},
                       modules=["cache", "cache_disk", "http2", "expires",
                                "auth_basic", "autoindex"])
        (server.root / "cache").mkdir()
        (server.root / "cache").chmod(0o777)
        server.backend = backend
        server.quick = request.param
        with server:
            yield server


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
        "unset": ("Authorization", f"Bearer {token}"),
        "basic": ("Authorization", "Basic " + base64.b64encode(
            f"x:{token}".encode()).decode()),
        "cookie": ("Cookie", f"a=b; session={token}"),
        "header": ("X-Token", token)}[kind]]


def ask(server, path, way, who, headers=(), **how):
    suffix, sent = credentials(way, TOKENS.get(who))
    with server.log.allowing(r"\bJWT0001\b|\bJWT0401\b|AH01631"):
        return server.get(path + suffix, headers=[*sent, *headers], **how)


def user_of(answer):
    found = re.search(r"^(?:user|X-User)=(\w+)", answer.body, re.M)
    return found and found[1]


def test_it_really_caches(server):
    """What is public is stored and served again: otherwise the tests below
    would show nothing."""
    for path in ("/cgi/public/page", "/proxy/public/page", "/file/public/page",
                 "/users/nobody.txt"):
        first, second = server.get(path), server.get(path)
        assert first.status == second.status == 200
        assert first.header("X-Cache").startswith("MISS")
        assert second.header("X-Cache").startswith("HIT")
        assert first.body == second.body
        assert is_stored(server, path)


@pytest.mark.threat("F3")
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("way", SECTIONS)
def test_each_client_gets_its_own_answer(server, handler, way):
    for path, clients in ((f"/{handler}/{way}/a/", "alice bob - alice"),
                          (f"/{handler}/{way}/b/", "- bob - alice bob")):
        for who in clients.split():
            answer = ask(server, path, way, who)
            assert answer.header("X-Cache") is None \
                or answer.header("X-Cache").startswith("MISS")
            assert answer.status == (401 if who == "-" else 200)
            if who != "-" and handler != "file":
                assert user_of(answer) == who
            if way in HIDDEN or way in UNSET_LATER and who != "-":
                assert "private" in answer.header("Cache-Control")
        assert not is_stored(server, path)
