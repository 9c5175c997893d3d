# SPDX-License-Identifier: Apache-2.0
"""An index, a fallback and a variant take the place of what was asked for:
httpd puts a sub-request there, and only what was checked in it is known."""
import base64
import re

import pytest

from harness.httpd import ENV_CGI, Httpd
from harness.settings import BUILD, MPMS, wait_until
from harness.site import TRUST
from harness.tokens import Signer, key_set, spoil_signature

SIGNER = Signer()

GUARDED = """
        AuthType Bearer
        AuthName "orders"
        AuthJWTTokenSource header header:X-Token cookie:session query:token
        AuthJWTForwardToken Off
        AuthJWTHeader X-User sub
        CGIPassAuth On
        Require valid-user
"""

# Folders that all may enter, with a program that asks for a token
SITE = f'LoadModule notes_module "{BUILD}/modules/notes.so"\n' + TRUST + """
LogFormat "%{X-Request-Id}i %r|%q|%{Authorization}i|%{Cookie}i" whole
CustomLog "${ROOT}/whole.log" whole
LogFormat "%{X-Request-Id}i %{ALL_NOTES}e" notes
CustomLog "${ROOT}/notes.log" notes
<Directory "${ROOT}/htdocs/index">
    DirectoryIndex absent.cgi env.cgi
</Directory>
<Directory "${ROOT}/htdocs/nested">
    DirectoryIndex /index/
</Directory>
<Directory "${ROOT}/htdocs/fallback">
    FallbackResource /fallback/env.cgi
</Directory>
<Directory "${ROOT}/htdocs/variants">
    Options +MultiViews
    MultiviewsMatch Handlers
</Directory>
<Directory "${ROOT}/htdocs/smiling">
    DirectoryIndex env.cgi
    ErrorDocument 401 /fine.cgi
</Directory>
<DirectoryMatch "^${ROOT}/htdocs/(index|smiling|fallback|variants)">
    <FilesMatch "\\.cgi$">""" + GUARDED + """
    </FilesMatch>
</DirectoryMatch>
<Directory "${ROOT}/htdocs/known">
    DirectoryIndex env.cgi
    AuthType Bearer
    AuthJWTTokenSource header header:X-Token cookie:session
    Require valid-user
    <Files "env.cgi">""" + GUARDED + """
        AuthJWTUser /name
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/ruled">
    DirectoryIndex env.cgi
    FallbackResource /ruled/env.cgi
    <Files "env.cgi">
        AuthType Bearer
        AuthName "orders"
        Require jwt-scope read
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/ruled/page">
    ErrorDocument 401 /page.txt
    ErrorDocument 403 /page.txt
    FallbackResource /ruled/page/env.cgi
</Directory>
<Directory "${ROOT}/htdocs/listed">
    Options +Indexes
    DirectoryIndex disabled
    <Files "env.cgi">""" + GUARDED + """
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/reported">
    DirectoryIndex env.cgi
    <Files "env.cgi">""" + GUARDED + """
        AuthJWTOptional report
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/basic">
    DirectoryIndex env.cgi
    <Files "env.cgi">
        AuthType Basic
        AuthName "orders"
        AuthBasicProvider jwt file
        AuthUserFile "${ROOT}/passwords"
        AuthJWTForwardToken Off
        CGIPassAuth On
        Require valid-user
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/basic/taken">
    AuthType Basic
    AuthName "orders"
    AuthBasicProvider jwt
    AuthJWTForwardToken Off
    Require valid-user
    RewriteEngine On
    RewriteRule ^pretty$ /basic/taken/env.cgi [L]
    <Files "env.cgi">
        CGIPassAuth On
        Require jwt-claim name=Alice
    </Files>
</Directory>
<Directory "${ROOT}/htdocs/rewritten">
    RewriteEngine On
    RewriteRule ^pretty$ /rewritten/env.cgi [L]
    <Files "env.cgi">""" + GUARDED + """
    </Files>
</Directory>
"""

FINE_CGI = "#!/bin/sh\nprintf 'Status: 200 OK\\n\\nfine\\n'\n"

# What is asked for, and in which folder
PLACES = {"index": "/index/", "fallback": "/fallback/none",
          "variants": "/variants/env", "nested": "/nested/"}

FILES = {"keys.json": key_set(SIGNER), "htdocs/fine.cgi": FINE_CGI, "htdocs/page.txt": "no",
         # the name and password of a user of mod_authn_file: bob, secret
         "passwords": "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n",
         **{f"htdocs/{folder}/env.cgi": ENV_CGI for folder in (
             *PLACES, "smiling", "known", "ruled", "ruled/page", "listed", "reported", "basic", "basic/taken", "rewritten")}}

WAYS = {
    "header": lambda token: ("", [("Authorization", f"Bearer {token}")]),
    "custom": lambda token: ("", [("X-Token", token)]),
    "cookie": lambda token: ("", [("Cookie", f"a=b; session={token}")]),
    "query": lambda token: (f"?a=b&token={token}", []),
}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, mpm=request.param, files=FILES,
               modules=["auth_basic", "authn_file", "negotiation",
                        "autoindex"]) as server:
        yield server


def ask(server, path, way, token):
    suffix, headers = WAYS[way](token)
    return server.get(path + suffix,
                      headers=headers + [("X-User", "mallory")])


def in_the_log(server, answer, name="whole.log"):
    def find():
        lines = (server.root / name).read_text().splitlines()
        return [line for line in lines
                if line.startswith(answer.request_id + " ")]
    return wait_until(find, "a line in the log")[0]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_the_user_is_known_and_the_token_is_gone(server, place, way):
    token = SIGNER.mint()
    answer = ask(server, PLACES[place], way, token)
    assert answer.status == 200 and answer.challenge is None
    env = answer.env
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
    assert env["AUTH_TYPE"] == "Bearer"
    assert env["HTTP_X_USER"] == "alice"
    assert token not in answer.body
    assert token not in in_the_log(server, answer)
    if way == "query":
        assert env["QUERY_STRING"] == "a=b"
        assert env["REQUEST_URI"] == PLACES[place] + "?a=b"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_no_cache_may_give_it_to_others(server, place, way):
    answer = ask(server, PLACES[place], way, SIGNER.mint())
    assert answer.header("Cache-Control") == "private"
    assert answer.header("Referrer-Policy") == (
        "no-referrer" if way == "query" else None)


@pytest.mark.threat("F4")
@pytest.mark.parametrize("path", [*PLACES.values(), "/index/env.cgi",
                                  "/reported/", "/basic/", "/rewritten/pretty"])
@pytest.mark.parametrize("claims", [{}, {"exp": 1}])
def test_no_note_holds_an_address(server, path, claims):
    """Any module and any LogFormat can read notes."""
    token = SIGNER.mint(**claims)
    how = {"headers": credentials(token)} if path == "/basic/" \
        else {"token": token}
    with server.log.allowing(r"\bJWT0307\b|AH0161[78]|AH00687"):
        answer = server.get(path, **how)
        notes = in_the_log(server, answer, "notes.log")
    assert not re.search(r"(?<![\w-])(0x)?[0-9a-f]{8,16}(?!\w)",
                         notes.removeprefix(answer.request_id)), notes


@pytest.mark.threat("F4")
@pytest.mark.parametrize("path", ["/index/", "/index/env.cgi", "/page.txt"])
@pytest.mark.parametrize("value", ["1", "deadbeef", "7f0000000010", "x", ""])
def test_what_others_write_in_notes_is_not_believed(server, path, value):
    note = [("X-Note", f"auth_jwt-result={value}")]
    server.accepts(path, SIGNER.mint(), headers=note)
    with server.log.allowing(r"\bJWT0001\b"):
        answer = server.get(path, headers=note)
    assert answer.status == (200 if path == "/page.txt" else 401)


@pytest.mark.parametrize("way", ["header", "custom", "cookie"])
def test_nor_a_list_of_what_he_may_see(server, way):
    answer = ask(server, "/listed/", way, SIGNER.mint())
    assert answer.status == 200 and "env.cgi" in answer.body
    assert answer.header("Cache-Control") == "private"


@pytest.mark.parametrize("place", PLACES)
def test_a_bad_token_is_refused(server, place):
    """mod_negotiation then knows of no variant."""
    with server.log.allowing(r"\bJWT0204\b|AH00687"):
        answer = server.get(PLACES[place], spoil_signature(SIGNER.mint()))
        if place == "variants":
            assert (answer.status, answer.challenge) == (404, None)
        else:
            assert answer.status == 401
            assert answer.challenge.parameters["error"] == "invalid_token"
            assert server.access(answer)[:2] == ["401", "JWT0204"]


@pytest.mark.parametrize("path", ["/ruled/", "/ruled/none", "/ruled/page/",
                                  "/ruled/page/none"])
def test_a_rule_that_fails(server, path):
    server.accepts(path, SIGNER.mint(scope="read"))
    server.refuses("SCOPE_MISSING", path, SIGNER.mint(), scope="read")
    server.refuses("NO_TOKEN", path, scope="read")


def test_no_challenge_on_a_success(server):
    answer = server.get("/smiling/")
    server.log.take(r"\bJWT0001\b")
    assert (answer.status, answer.body) == (200, "fine\n")
    assert answer.challenge is None


@pytest.mark.parametrize("way", ["header", "custom", "cookie"])
def test_the_inner_section_says_who_it_is(server, way):
    token = SIGNER.mint(name="Alice")
    answer = ask(server, "/known/", way, token)
    assert answer.env["REMOTE_USER"] == "Alice"
    assert token not in answer.body


@pytest.mark.parametrize("way", WAYS)
def test_a_bad_token_that_is_let_through_is_gone_too(server, way):
    token = SIGNER.mint(exp=1)
    answer = ask(server, "/reported/", way, token)
    assert answer.status == 200 and "REMOTE_USER" not in answer.env
    server.log.take(r"\bJWT0307\b")
    assert token not in answer.body
    assert token not in in_the_log(server, answer)


def credentials(password, user="whoever"):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return [("Authorization", f"Basic {pair}")]


def test_a_password(server):
    env = server.accepts("/basic/", headers=credentials(SIGNER.mint())).env
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
    assert "HTTP_AUTHORIZATION" not in env


def test_a_password_that_is_no_token_stays(server):
    bob = credentials("secret", "bob")
    env = server.accepts("/basic/", headers=bob).env
    assert env["HTTP_AUTHORIZATION"] == bob[0][1]
    assert not any(name.startswith("JWT_CLAIM_") for name in env)


def test_a_password_that_was_taken_before(server):
    how = {"headers": credentials(SIGNER.mint(name="Alice"))}
    env = server.accepts("/basic/taken/", **how).env
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
    assert "HTTP_AUTHORIZATION" not in env
    env = server.accepts("/basic/taken/pretty", **how).env
    assert env["REMOTE_USER"] == "alice"
    assert "HTTP_AUTHORIZATION" not in env
    answer = server.get("/basic/taken/", headers=credentials(SIGNER.mint()))
    assert answer.status == 403
    server.log.take(r"\bJWT0402\b")
    server.log.take("AH01631")


@pytest.mark.parametrize("way", WAYS)
def test_a_rewritten_url(server, way):
    """Here it is an internal redirect, from where nobody is checked."""
    token = SIGNER.mint()
    answer = ask(server, "/rewritten/pretty", way, token)
    assert answer.env["REMOTE_USER"] == "alice"
    assert token not in answer.body
    assert token not in in_the_log(server, answer)
