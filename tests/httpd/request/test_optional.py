# SPDX-License-Identifier: Apache-2.0
"""Who comes in without a token that is accepted?"""
import re

import pytest

from harness.httpd import ENV_CGI, Httpd
from harness.reasons import REASONS
from harness.settings import MPMS
from harness.site import guarded, location, site
from harness.tokens import Signer, key_set, spoil_signature

SIGNER = Signer()

ORIGIN = ("Origin", "https://app.example.com")
WANTED = ("Access-Control-Request-Method", "PUT")

GRANTED = "Require all granted"

SITE = site(
    guarded("/public", "AuthJWTOptional On", GRANTED),
    guarded("/members", "AuthJWTOptional On"),
    guarded("/scoped", "AuthJWTOptional On", "Require jwt-scope read"),
    guarded("/public/closed", "AuthJWTOptional Off", "Require valid-user"),
    guarded("/either", "AuthJWTOptional On", "<RequireAny>",
            "Require ip 192.0.2.1", "Require jwt-scope read", "</RequireAny>"),
    guarded("/blind", "AuthJWTOptional On", "AuthJWTAudience other", GRANTED),

    guarded("/report/granted", "AuthJWTOptional report", GRANTED),
    guarded("/report/members", "AuthJWTOptional report"),
    guarded("/report/scoped", "AuthJWTOptional report",
            "Require jwt-scope read"),
    guarded("/report/named", "AuthJWTOptional report", "Require user bob"),
    guarded("/report/denied", "AuthJWTOptional report", "Require all denied"),
    guarded("/report/far", "AuthJWTOptional report", "<RequireAll>",
            "Require ip 192.0.2.1", "Require valid-user", "</RequireAll>"),
    guarded("/report/none", "AuthJWTOptional report", "<RequireAll>",
            "Require valid-user", "Require not jwt-claim sub=alice",
            "</RequireAll>"),

    guarded("/app", "AuthJWTPreflight On", "Require jwt-scope read"),
    guarded("/app/closed", "AuthJWTPreflight Off"),
    guarded("/page", "AuthJWTOptional On", GRANTED),
    location("/open", GRANTED),
)

FILES = {"keys.json": key_set(SIGNER)}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, mpm=request.param, files=FILES,
               modules=["authz_host"]) as server:
        yield server


def is_anonymous(answer):
    return answer.status == 200 and answer.challenge is None and not any(
        name in ("REMOTE_USER", "AUTH_TYPE")
        or name.startswith("JWT_CLAIM_") for name in answer.env)


def passes_reported(server, reason, path, token=None, **how):
    """It goes on, and the log says what it would have been refused for."""
    tag = REASONS[reason].tag
    answer = server.get(path, token, **how)
    assert (answer.status, answer.challenge) == (200, None), answer
    line = server.log.take(rf"\b{tag}\b.*let through by AuthJWTOptional report")
    assert re.search(r"\[auth_jwt:(warn|error)\]", line), line
    assert server.access(answer)[:2] == ["200", tag]
    assert answer.env["JWT_REASON"] == tag
    return answer


# AuthJWTOptional On

def scope_of(path):
    """What the challenges of a section ask for."""
    return "read" if path in ("/scoped", "/either") else None


@pytest.mark.parametrize("headers", [[], [("Authorization", "Basic YTpi")]])
def test_without_a_token_it_goes_on_unauthenticated(server, headers):
    answer = server.get("/public", headers=headers)
    assert is_anonymous(answer), answer
    assert "JWT_REASON" not in answer.env
    assert server.access(answer) == ["200", "-", "-"]


def test_with_a_token_the_user_is_known(server):
    env = server.accepts("/public", SIGNER.mint()).env
    assert env["REMOTE_USER"] == "alice"
    assert env["AUTH_TYPE"] == "Bearer"
    assert env["JWT_CLAIM_sub"] == "alice"


@pytest.mark.threat("E3")
@pytest.mark.parametrize("path", ["/public", "/members", "/scoped", "/either"])
def test_a_bad_token_is_refused_all_the_same(server, path):
    scope = scope_of(path)
    server.refuses("SIGNATURE_INVALID", path, spoil_signature(SIGNER.mint()),
                   scope=scope)
    server.refuses("EXPIRED", path, SIGNER.mint(exp=1), scope=scope)
    server.refuses("ISSUER_UNKNOWN", path, SIGNER.mint(iss="https://a.example"),
                   scope=scope)
    server.refuses("MALFORMED_CREDENTIALS", path, scope=scope,
                   headers=[("Authorization", "Bearer a b")])


@pytest.mark.parametrize("path", ["/members", "/scoped", "/either",
                                  "/public/closed"])
def test_a_rule_that_needs_a_user_needs_a_token(server, path):
    server.refuses("NO_TOKEN", path, scope=scope_of(path))


def test_rules_hold_for_those_with_a_token(server):
    server.accepts("/scoped", SIGNER.mint(scope="read"))
    server.refuses("SCOPE_MISSING", "/scoped", SIGNER.mint(), scope="read")
    server.accepts("/either", SIGNER.mint(scope="read"))


def test_an_audience_counts_for_those_with_a_token(server):
    assert is_anonymous(server.get("/blind"))
    server.refuses("AUDIENCE_REFUSED", "/blind", SIGNER.mint())


@pytest.mark.threat("F4")
def test_nothing_is_remembered_from_one_request_to_the_next(server):
    for _ in range(3):
        server.accepts("/public", SIGNER.mint())
        assert is_anonymous(server.get("/public"))


# AuthJWTOptional report

@pytest.mark.parametrize("path", ["/report/members", "/report/scoped",
                                  "/report/named", "/report/none"])
def test_the_lack_of_a_token_is_reported(server, path):
    assert is_anonymous(passes_reported(server, "NO_TOKEN", path))
    assert is_anonymous(passes_reported(server, "OTHER_SCHEME", path, headers=[
        ("Authorization", "Basic YTpi")]))


@pytest.mark.parametrize("path", ["/report/granted", "/report/members",
                                  "/report/scoped", "/report/named"])
def test_a_bad_token_is_reported(server, path):
    for reason, token in (("EXPIRED", SIGNER.mint(exp=1)),
                          ("AUDIENCE_REFUSED", SIGNER.mint(aud="other")),
                          ("NOT_COMPACT", "opaque")):
        assert is_anonymous(passes_reported(server, reason, path, token))


def test_where_everybody_is_granted_nobody_lacks_a_token(server):
    assert is_anonymous(server.get("/report/granted"))


@pytest.mark.parametrize("path", ["/report/granted", "/report/members"])
def test_a_good_token_names_the_user(server, path):
    env = server.accepts(path, SIGNER.mint()).env
    assert env["REMOTE_USER"] == "alice"
    assert "JWT_REASON" not in env


def test_a_rule_that_fails_is_reported(server):
    server.accepts("/report/scoped", SIGNER.mint(scope="read"))
    answer = passes_reported(server, "SCOPE_MISSING", "/report/scoped",
                             SIGNER.mint())
    assert answer.env["REMOTE_USER"] == "alice"
    passes_reported(server, "CLAIM_RULE", "/report/none", SIGNER.mint())
    server.log.take("AH01631")
    server.log.take("AH01631")


def test_a_rule_of_httpds_own_that_fails_is_reported(server):
    server.accepts("/report/named", SIGNER.mint(sub="bob"))
    passes_reported(server, "CLAIM_RULE", "/report/named", SIGNER.mint())
    server.log.take("AH01631")


@pytest.mark.parametrize("path", ["/report/denied", "/report/far"])
def test_what_no_user_could_change_is_refused(server, path):
    for token in (None, SIGNER.mint(), SIGNER.mint(exp=1)):
        answer = server.get(path, token)
        assert (answer.status, answer.challenge) == (403, None)
        server.log.take("AH01630")


def test_a_section_that_cannot_check_refuses_nobody_in_report_mode():
    config = site(guarded("/", "AuthJWTOptional report"),
                  guarded("/on", "AuthJWTOptional On", GRANTED),
                  trust="AuthJWTIssuer https://a.example keys=keys.json\n")
    with Httpd(config, files=FILES) as server:
        answer = server.get("/", SIGNER.mint())
        assert is_anonymous(answer)
        line = server.log.take(r"\bJWT0502\b")
        assert "AuthJWTAudience" in line and "let through" in line
        server.log.take('"/on">: no audience, so requests are answered 500')
        server.refuses("AUDIENCE_UNCONFIGURED", "/on")


# AuthJWTPreflight

def preflight(server, path, *headers, method="OPTIONS"):
    return server.get(path, method=method, headers=headers)


def test_a_preflight_needs_no_token(server):
    assert is_anonymous(preflight(server, "/app", ORIGIN, WANTED))


@pytest.mark.threat("F4")
@pytest.mark.parametrize("method, headers", [
    ("OPTIONS", []), ("OPTIONS", [ORIGIN]), ("OPTIONS", [WANTED]),
    ("OPTIONS", [("Origin", ""), WANTED]),
    ("OPTIONS", [ORIGIN, (WANTED[0], "")]),
    ("GET", [ORIGIN, WANTED]), ("HEAD", [ORIGIN, WANTED]),
    ("options", [ORIGIN, WANTED])])
def test_what_is_no_preflight_needs_one(server, method, headers):
    server.refuses("NO_TOKEN", "/app", method=method, headers=headers,
                   scope="read")


@pytest.mark.threat("F4")
def test_a_preflight_is_refused_where_it_is_off(server):
    for path in ("/app/closed", "/members"):
        server.refuses("NO_TOKEN", path, method="OPTIONS",
                       headers=[ORIGIN, WANTED])


@pytest.mark.threat("F4")
def test_a_preflight_is_not_checked(server):
    for token in (SIGNER.mint(), SIGNER.mint(exp=1), "opaque"):
        assert is_anonymous(server.get("/app", token, method="OPTIONS",
                                       headers=[ORIGIN, WANTED]))


# Sub-requests and redirects

REDIRECT_CGI = "#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"

PAGES = {**FILES,
         "htdocs/open/env.cgi": ENV_CGI, "htdocs/public/env.cgi": ENV_CGI,
         "htdocs/members/env.cgi": ENV_CGI,
         "htdocs/open/go.cgi": REDIRECT_CGI, "htdocs/members/go.cgi": REDIRECT_CGI,
         "htdocs/public/go.cgi": REDIRECT_CGI,
         "htdocs/public/index.cgi": ENV_CGI}


@pytest.fixture(scope="module")
def pages():
    config = site(guarded("/public", "AuthJWTOptional On", GRANTED),
                  guarded("/members"), serve="DirectoryIndex index.cgi\n")
    with Httpd(config, files=PAGES) as server:
        yield server


@pytest.mark.threat("F4")
def test_a_redirect_does_not_lead_past_the_rules(pages):
    path = "/public/go.cgi?/members/env.cgi"
    pages.refuses("NO_TOKEN", path)
    assert pages.accepts(path, SIGNER.mint()).env["REMOTE_USER"] == "alice"


@pytest.mark.threat("F4")
def test_a_redirect_knows_nobody_without_a_token(pages):
    for path in ("/open/go.cgi?/public/env.cgi", "/public/"):
        assert is_anonymous(pages.get(path))
        env = pages.accepts(path, SIGNER.mint()).env
        assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
