# SPDX-License-Identifier: Apache-2.0
"""Request headers that an application could take for claims or for the token
that httpd checked: removed in every spelling, wherever they arrive."""
import re
import subprocess

import pytest

from harness import client
from harness.backend import Backend
from harness.fastcgi import FastCGI
from harness.httpd import ENV_CGI, Httpd, check_config
from harness.settings import SLOWNESS, wait_until
from harness.site import TRUST, guarded, location, site
from harness.tokens import Signer, key_set

SIGNER = Signer()

OIDC = "AuthJWTExportPrefix OIDC_CLAIM_"
HEADER = "AuthJWTHeader X-User email"
GATEWAY = "AuthJWTTokenSource header:X-Amzn-Oidc-Data"

ERRORS = [f"ErrorDocument {status} /errors/env.cgi"
          for status in (400, 401, 403, 404)]

# Server-wide copies, as some sites make them for their programs
COPIES = """
SetEnvIf OIDC-CLAIM-groups "(.+)" HTTP_OIDC_CLAIM_GROUPS=$1
SetEnvIf OIDC-CLAIM-groups "(.+)" OIDC_CLAIM_groups=$1
SetEnvIf X-User "(.+)" HTTP_X_USER=$1
"""

SITE = TRUST + COPIES + """
DirectoryIndex env.cgi
ProxyPassMatch ^/proxied http://${BACKEND}/
ProxyPassMatch ^/fcgi fcgi://${FASTCGI}/fcgi
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${ROOT}/htdocs/variants">
    Options +MultiViews
    MultiviewsMatch Handlers
</Directory>
<Directory "${ROOT}/htdocs/fallback">
    FallbackResource /fallback/env.cgi
</Directory>
<DirectoryMatch "^${ROOT}/htdocs/(fallback|index|variants)">
    <Files "env.cgi">
        AuthType Bearer
        AuthJWTExportPrefix OIDC_CLAIM_
        AuthJWTHeader X-User email
        Require valid-user
    </Files>
</DirectoryMatch>
RewriteEngine On
RewriteRule ^/refused/early - [F]
""" + "".join(
    guarded(f"/{way}{name}", *lines)
    for way in ("cgi", "proxied", "fcgi") for name, lines in {
        "": [OIDC, HEADER],
        "/open": [OIDC, HEADER, "Require all granted"],
        "/optional": [OIDC, HEADER, "AuthJWTOptional On",
                      "Require all granted"],
        "-default": [],
        "-gateway": [GATEWAY],
        "-gateway/off": [GATEWAY, "AuthJWTForwardToken Off"],
        "/plain": ["AuthType None", "Require all granted"],
    }.items()) + "".join((
        location("/cgi/basic", "AuthType Basic", 'AuthName "orders"',
                 "AuthBasicProvider jwt", OIDC, HEADER,
                 "Require all granted"),
        guarded("/ssi", OIDC, HEADER),
        guarded("/redirecting", OIDC, HEADER),
        *(guarded(f"/refused{name}", OIDC, HEADER, *ERRORS, *lines)
          for name, lines in {
              "": [], "/denied": ["Require all denied"],
              "/absent": ["Require all granted"]}.items()),
        location("/errors", "Require all granted"),
        guarded("/errors/in", OIDC, "Require all granted"),
        guarded("/refused/scope", OIDC, "Require jwt-scope absent",
                "ErrorDocument 403 /errors/in/env.cgi"),
        location("/public", "Require all granted"),
    ))

NAMES = ["", "/open", "/optional", "-default", "-gateway", "-gateway/off",
         "/plain", "/basic"]

FILES = {
    "keys.json": key_set(SIGNER),
    **{f"htdocs/cgi{name}/env.cgi": ENV_CGI for name in NAMES},
    **{f"htdocs/{name}/env.cgi": ENV_CGI for name in (
        "errors", "errors/in", "fallback", "refused", "refused/denied",
        "index", "variants")},
    "htdocs/ssi/page.shtml": '<!--#include virtual="/cgi/env.cgi" -->'
                             '<!--#printenv -->',
    **{f"htdocs/{name}/r.cgi": "#!/bin/sh\nprintf 'Location: %s\\n\\n' "
                               '"$QUERY_STRING"\n'
       for name in ("redirecting", "public")},
}


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request):
    with Backend() as backend, FastCGI() as fastcgi:
        with Httpd(SITE, mpm=request.param, files=FILES,
                   modules=["proxy_fcgi", "auth_basic", "negotiation"],
                   is_open=True, define={"BACKEND": backend.address,
                                       "FASTCGI": fastcgi.address}) as server:
            yield server


WAYS = {"cgi": "/cgi%s/env.cgi", "fcgi": "/fcgi%s/x",
        "proxied": "/proxied%s/x"}

CLAIMS = [[(name, "mallory")] for name in (
    "OIDC-CLAIM-groups", "oidc_claim_groups", "OIDC_CLAIM_GROUPS",
    "Oidc.Claim~groups", "OIDC-CLAIM-", "X-User", "x_user")]


# Claims

@pytest.mark.threat("F2")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["", "/open", "/optional"])
@pytest.mark.parametrize("headers", CLAIMS, ids=str)
def test_no_header_poses_as_a_claim(server, way, name, headers):
    answer = server.accepts(
        WAYS[way] % name, SIGNER.mint(groups="clerk"), headers=headers)
    assert "mallory" not in answer.body
    if way != "proxied" and name == "":
        assert answer.env["OIDC_CLAIM_groups"] == "clerk"


@pytest.mark.threat("F2")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["JWT-CLAIM-groups", "jwt_claim_groups"])
def test_nor_with_the_default_prefix(server, way, name):
    path = WAYS[way] % "-default"
    answer = server.accepts(path, SIGNER.mint(), headers=[
        (name, "mallory"), ("JWT-Claims", "kept"), ("OIDC-CLAIM-x", "kept")])
    assert "mallory" not in answer.body
    assert answer.body.count("kept") == 2


@pytest.mark.threat("F2")
@pytest.mark.parametrize("path", [
    "/cgi/", "/ssi/page.shtml", "/redirecting/r.cgi?/cgi/env.cgi",
    "/redirecting/r.cgi?/cgi/open/env.cgi", "/cgi/basic/env.cgi",
    "/public/r.cgi?/cgi/env.cgi", "/public/r.cgi?/cgi/open/env.cgi",
    "/fallback/absent", "/index/", "/variants/env"])
@pytest.mark.parametrize("headers", CLAIMS[:2] + CLAIMS[-2:], ids=str)
def test_nor_on_any_way_through_httpd(server, path, headers):
    answer = server.accepts(path, SIGNER.mint(), headers=headers)
    assert "mallory" not in answer.body


@pytest.mark.threat("F2")
@pytest.mark.parametrize("path, token, status, logged", [
    ("/refused/env.cgi", None, 401, ["JWT0001"]),
    ("/refused/denied/env.cgi", SIGNER.mint(), 403, ["AH01630"]),
    ("/refused/absent/x", SIGNER.mint(), 404, []),
    ("/refused/early", SIGNER.mint(), 403, []),
], ids=["no token", "denied", "absent", "RewriteRule"])
@pytest.mark.parametrize("headers", CLAIMS[:2] + CLAIMS[-2:], ids=str)
def test_nor_to_an_error_document(server, path, token, status, logged,
                                  headers):
    answer = server.get(path, token, headers=headers)
    assert answer.status == status
    assert "mallory" not in answer.body
    for tag in logged:
        server.log.take(tag)


@pytest.mark.parametrize("headers", [[], *CLAIMS[:2]], ids=str)
def test_the_claims_behind_an_error_document(server, headers):
    """Those that the token has are still there as REDIRECT_ variables."""
    answer = server.get("/refused/scope/x", SIGNER.mint(groups="clerk"),
                        headers=headers)
    assert answer.status == 403
    assert answer.env["REDIRECT_OIDC_CLAIM_groups"] == "clerk"
    assert "mallory" not in answer.body
    server.log.take("JWT0401")
    server.log.take("AH01631")


def test_elsewhere_they_are_left_alone(server):
    answer = server.accepts("/cgi/plain/env.cgi", headers=CLAIMS[0])
    assert answer.env["HTTP_OIDC_CLAIM_GROUPS"] == "mallory"


@pytest.mark.parametrize("prefix, header", [
    ("A", "Accept"), ("Conn", "Connection"), ("Host", "Host"), ("x_", "X-"),
    ("X_Forwarded_", "X-Forwarded-For"), ("authorization", "Authorization"),
    ("If_", "If-")])
def test_a_prefix_that_other_headers_have(prefix, header):
    code, output = check_config(
        site(guarded("/", f"AuthJWTExportPrefix {prefix}")), files=FILES)
    assert code != 0
    assert f"AuthJWTExportPrefix: '{prefix}': request headers with this prefix are removed, and {header}" \
        in output


def test_a_token_source_with_the_prefix():
    lines = ["AuthJWTTokenSource header:OIDC-Claim-Token", OIDC]
    for order in (lines, lines[::-1]):
        code, output = check_config(site(guarded("/", *order)), files=FILES)
        assert code != 0
        assert "OIDC-Claim-Token cannot be a token source" in output


# Trailers

TRAILERS = [("X-Trailer", "kept"), ("OIDC-Claim-groups", "mallory"),
            ("x_user", "mallory"), ("X_Amzn_Oidc_Data", "mallory"),
            ("Authorization", "mallory")]

def send_trailers(server, path, token, header="Authorization: Bearer "):
    """A chunked body of one byte, and what comes after it."""
    connection = client.connect(server.port)
    name, _, before = header.partition(": ")
    try:
        connection.putrequest("POST", path)
        connection.putheader("X-Request-Id", "trailers")
        connection.putheader(name, before + token)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        connection.send(b"1\r\nx\r\n0\r\n")
        for name, value in TRAILERS:
            connection.send(f"{name}: {value}\r\n".encode())
        connection.send(b"\r\n")
        return client.Answer(connection.getresponse(), "trailers")
    finally:
        connection.close()


# As programs within httpd see them: among the headers, and by themselves
LOGGED = " ".join("%%{%s}i %%{%s}^ti" % (name, name) for name, _ in TRAILERS)


@pytest.fixture(params=["On", "Off"])
def reading(request):
    config = (f"MergeTrailers {request.param}\nProtocols h2c http/1.1\n" + TRUST
              + f'LogFormat "{LOGGED}" trailers\n'
              'CustomLog "${ROOT}/trailers.log" trailers\n'
              'ScriptAliasMatch "^/" "${ROOT}/read.cgi"\n'
              + guarded("/in", OIDC, HEADER)
              + guarded("/gateway", GATEWAY, HEADER)
              + location("/plain", "AuthType None", "Require all granted"))
    with Httpd(config, files={**FILES, "read.cgi": "#!/bin/sh\ncat > /dev/null"
                              "\nprintf 'Content-Type: text/plain\\n\\n'"},
               modules=["http2"]) as server:
        server.kept = "kept" if request.param == "On" else "-"
        yield server


def send_over_http2(server, path, token, header, *options):
    (server.root / "body").write_text("x")
    command = ["nghttp", "-v", "--no-dep", "-d", server.root / "body",
               "-H", header + token, *options]
    for name, value in TRAILERS:
        command += ["--trailer", f"{name.lower()}: {value}"]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}"], check=True,
        stdout=subprocess.PIPE, text=True, timeout=20 * SLOWNESS)
    assert ":status: \x1b[0m200" in done.stdout or ":status: 200" in re.sub(
        r"\x1b\[[0-9;]*m", "", done.stdout), done.stdout


@pytest.mark.threat("F2")
@pytest.mark.parametrize("path, header, is_kept", [
    ("/plain", "X-Nothing: ", lambda name: True),
    ("/in", "Authorization: Bearer ",
     lambda name: name in ("X-Trailer", "X_Amzn_Oidc_Data")),
    ("/gateway", "X-Amzn-Oidc-Data: ",
     lambda name: name in ("X-Trailer", "OIDC-Claim-groups"))])
@pytest.mark.parametrize("version", ["1.1", "2", "2, unknown length"])
def test_no_trailer_poses_as_one(reading, path, header, is_kept, version):
    token = SIGNER.mint()
    if version == "1.1":
        assert send_trailers(reading, path, token, header).status == 200
    else:
        send_over_http2(reading, path, token, header,
                        *["--no-content-length"] * ("unknown" in version))
    reading.settle()
    log = reading.root / "trailers.log"
    line = wait_until(log.read_text, "a line in the log")
    line = line.replace(f"Bearer {token}", "token")
    expected = []
    for name, value in TRAILERS:
        if name == "Authorization" and version != "1.1":
            value = "-"  # mod_http2 drops it
        merged = value if reading.kept == "kept" and is_kept(name) else "-"
        if header.startswith(name) and path == "/in":
            merged = "token"
        expected += [merged, value if is_kept(name) else "-"]
    assert line.split() == expected


# The header that brings the token

SPELLINGS = ["X_Amzn_Oidc_Data", "x-amzn_oidc-data", "X.Amzn.Oidc.Data",
             "X_AMZN_OIDC_DATA"]


@pytest.mark.threat("F1")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["-gateway", "-gateway/off"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_of_the_header_counts(server, way, name, spelling):
    path = WAYS[way] % name
    token = SIGNER.mint()
    answer = server.accepts(path, headers=[(spelling, token)])
    if name.endswith("off"):
        assert token not in answer.body
    for first, second in ((token, "other"), ("other", token),
                          (token, token)):
        server.refuses("SEVERAL_TOKENS", path, headers=[
            ("X-Amzn-Oidc-Data", first), (spelling, second)])


@pytest.mark.threat("F1")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_empty_spelling_does_not_count(server, way, spelling):
    token = SIGNER.mint()
    for sent in ([("X-Amzn-Oidc-Data", token), (spelling, "")],
                 [(spelling, " "), ("X-Amzn-Oidc-Data", token)]):
        answer = server.accepts(WAYS[way] % "-gateway/off", headers=sent)
        assert token not in answer.body
        assert not re.search("(?i)x.amzn.oidc.data", answer.body)


@pytest.mark.parametrize("line, error", [
    ("header:X-Token header:x_TOKEN", "x_TOKEN names a source twice"),
    ("header:Proxy_Authorization", "is not a token source")])
def test_spellings_in_the_configuration(line, error):
    code, output = check_config(
        site(guarded("/", f"AuthJWTTokenSource {line}")), files=FILES)
    assert code != 0
    assert error in output


# Copies in the environment

COPYING = TRUST + """
SetEnvIfNoCase ^Authorization$ "(.+)" HTTP_AUTHORIZATION=$1 COPY=$1
SetEnvIf Authorization "^Bearer (.+)" PART=$1
SetEnvIf X-Token "(.+)" HTTP_X_TOKEN=$1 OTHER=$1
SetEnvIf Cookie "(.+)" HTTP_COOKIE=$1 OTHER=$1
SetEnvIf Cookie "session=([^;]+)" SESSION=$1
RewriteEngine On
RewriteCond %{HTTP:Authorization} (.+)
RewriteRule ^ - [E=REWRITTEN:%1]
RewriteCond %{QUERY_STRING} token=([^&]+)
RewriteRule ^ - [E=QUERY:%1,E=REWRITTEN:%{QUERY_STRING}]
ProxyPass /fcgi fcgi://${FASTCGI}/fcgi
""" + "".join((
    guarded("/cgi", "AuthJWTTokenSource header header:X-Token cookie:session",
            "AuthJWTForwardToken Off", "CGIPassAuth On"),
    guarded("/cgi/open", "Require all granted"),
    guarded("/fcgi", "AuthJWTTokenSource header header:X-Token cookie:session",
            "AuthJWTForwardToken Off"),
    guarded("/denied", "AuthJWTForwardToken Off", "Require all denied",
            "ErrorDocument 403 /errors/env.cgi"),
    guarded("/forwarded", "CGIPassAuth On",
            "AuthJWTTokenSource header query:token"),
    location("/redirecting", "Require all granted"),
    location("/errors", "CGIPassAuth On"),
))


@pytest.fixture(scope="module")
def copying():
    files = {**FILES, "htdocs/forwarded/env.cgi": ENV_CGI}
    with FastCGI() as fastcgi, Httpd(
            COPYING, files=files, modules=["proxy_fcgi"],
            is_open=True, define={"FASTCGI": fastcgi.address}) as server:
        yield server


TOKENS = {"header": lambda token: ("Authorization", f"Bearer {token}"),
          "custom": lambda token: ("X-Token", token),
          "custom with scheme": lambda token: ("X-Token", f"Bearer {token}"),
          "cookie": lambda token: ("Cookie", f"a=b; session={token}")}


@pytest.mark.threat("F1")
@pytest.mark.parametrize("path", [
    "/cgi/env.cgi", "/cgi/open/env.cgi", "/fcgi/x",
    "/redirecting/r.cgi?/cgi/env.cgi"])
@pytest.mark.parametrize("way", TOKENS)
def test_a_token_that_is_removed_leaves_no_copy(copying, path, way):
    token = SIGNER.mint()
    answer = copying.accepts(path, headers=[TOKENS[way](token)])
    assert token not in answer.body
    assert "Bearer " not in answer.body
    if "open" not in path:
        assert answer.env["REMOTE_USER"] == "alice"


@pytest.mark.threat("F1")
def test_nor_for_an_error_document(copying):
    token = SIGNER.mint()
    answer = copying.get("/denied/x", token)
    assert answer.status == 403
    copying.log.take("AH01630")
    assert "HTTP_X_REQUEST_ID" in answer.env and token not in answer.body


@pytest.mark.threat("F3")
def test_one_in_the_query_never_leaves_a_copy(copying):
    token = SIGNER.mint()
    answer = copying.accepts(f"/forwarded/env.cgi?a=b&token={token}")
    assert answer.env["REMOTE_USER"] == "alice"
    assert token not in answer.body


def test_one_that_is_forwarded_keeps_its_copies(copying):
    token = SIGNER.mint()
    env = copying.accepts("/forwarded/env.cgi", token).env
    assert env["HTTP_AUTHORIZATION"] == env["COPY"] == f"Bearer {token}"
    assert env["PART"] == token


LUA = """
function replace(r)
    r.headers_in["Authorization"] = "Bearer " .. r.headers_in["X-Next"]
    return apache2.OK
end
"""


@pytest.mark.parametrize("forwards", ["On", "Off"])
def test_another_module_may_replace_the_token(forwards):
    """As one does that exchanges an opaque token for a JWT."""
    config = site(guarded("/", f"AuthJWTForwardToken {forwards}",
                          'LuaHookAccessChecker "${ROOT}/replace.lua" '
                          "replace early"))
    with Httpd(config, files={**FILES, "replace.lua": LUA},
               modules=["lua"]) as server:
        good = SIGNER.mint()
        for sent in ([], [("Authorization", "Bearer opaque")],
                     [("Authorization", f"Bearer {SIGNER.mint(exp=1)}")]):
            env = server.accepts("/", headers=[*sent, ("X-Next", good)]).env
            assert env["REMOTE_USER"] == "alice"
        server.refuses("EXPIRED", "/", good,
                       headers=[("X-Next", SIGNER.mint(exp=1))])


@pytest.mark.threat("F2")
@pytest.mark.parametrize("text", ["1", "127.0.0.1", "0.0.1", "a.b.c"])
def test_a_client_cannot_choose_variables_to_remove(copying, text):
    """A text that is not a token removes nothing but its own header."""
    answer = copying.get("/cgi/open/env.cgi", text)
    assert answer.status == 200
    assert answer.env["PART"] == text
    assert answer.env["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_AUTHORIZATION" not in answer.env


