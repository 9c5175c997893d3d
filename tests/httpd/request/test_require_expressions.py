# SPDX-License-Identifier: Apache-2.0
"""Expressions `%{...}` in the terms of Require lines are evaluated for each
request, and never grant what their value does not allow."""
import re

import pytest

from harness.httpd import Httpd, challenge_parameters, check_config
from harness.reasons import REASONS
from harness.settings import MPMS
from harness.site import TRUST, guarded
from harness.tokens import Signer, key_set

SIGNER = Signer()

BEARER = 'AuthType Bearer\n    AuthName "orders"\n    '
TENANT = '"tenant=%{env:MATCH_TENANT}"'
HEADER = "%{env:SENT}"
BROKEN = "%{file:/nonexistent/no-file}"


def matching(pattern, *lines):
    body = "\n    ".join(lines)
    return f'<LocationMatch "{pattern}">\n    {BEARER}{body}\n</LocationMatch>\n'


def alias(name, provider, words):
    return (f'<AuthzProviderAlias {provider} {name} "{words}">\n'
            "</AuthzProviderAlias>\n")


def all_but(*lines):
    return ("<RequireAll>", "Require valid-user", *lines, "</RequireAll>")


def none_of(*lines):
    return ("<RequireNone>", *lines, "</RequireNone>")


def any_of(*lines):
    return ("<RequireAny>", *lines, "</RequireAny>")


# The client chooses the value of SENT.
SECTIONS = {
    "claim": [f'Require jwt-claim "tenant={HEADER}"'],
    "other": [f'Require jwt-claim "tenant!={HEADER}"'],
    "two": [f'Require jwt-claim role=admin "tenant={HEADER}"'],
    "part": ['Require jwt-claim "tenant=the-%{tolower:%{env:SENT}}.de"'],
    "user": ['Require jwt-claim "owner=%{REMOTE_USER}"'],
    "scope": [f'Require jwt-scope "{HEADER}"'],
    "scopes": [f'Require jwt-scope read "{HEADER}"'],
    "scope-part": [f'Require jwt-scope "orders.{HEADER}"'],
    "user-scope": ['Require jwt-scope "of.%{REMOTE_USER}"'],
    "acr": [f'Require jwt-acr gold "{HEADER}"'],
    "not": all_but(f'Require not jwt-claim "tenant={HEADER}"'),
    "not-two": all_but(f'Require not jwt-claim role=bad "tenant={HEADER}"'),
    "not-scope": all_but(f'Require not jwt-scope "{HEADER}"'),
    "not-acr": all_but(f'Require not jwt-acr "{HEADER}"'),
    "none": all_but(*none_of(f'Require jwt-claim "tenant={HEADER}"')),
    "any": any_of(f'Require jwt-claim "tenant={HEADER}"',
                  "Require jwt-scope read"),
    "any-scopes": any_of(f'Require jwt-scope "{HEADER}"',
                         "Require jwt-scope read"),
    "alias": ["Require sent-tenant"],
    "not-alias": all_but("Require not other-tenant"),
    "broken": [f'Require jwt-claim "tenant={BROKEN}"'],
    "broken-scope": [f'Require jwt-scope "{BROKEN}"'],
    "broken-not": all_but(f'Require not jwt-claim "tenant={BROKEN}"'),
    "broken-none": all_but(*none_of(f'Require jwt-scope "{BROKEN}"')),
    "broken-any": any_of(f'Require jwt-claim "tenant={BROKEN}"',
                         "Require jwt-scope read"),
    "broken-alias": all_but("Require not broken-tenant"),
    "optional": ["AuthJWTOptional On",
                 *any_of(f'Require jwt-claim "tenant={HEADER}"')],
    "report": ["AuthJWTOptional report",
               f'Require jwt-claim "tenant={HEADER}"'],
    "report-broken": ["AuthJWTOptional report",
                      f'Require jwt-claim "tenant={BROKEN}"'],
    "literal": ['Require jwt-claim "code=\\%{env:SENT}"'],
    "percent": ["Require jwt-claim code=100% share=%x "
                r"path=CORP\\nick price=$1"],
    "regex": [r'Require jwt-claim "code~^%{2}\d+$"'],
}

HTACCESS = {"htaccess": f'Require jwt-claim "tenant={HEADER}"\n',
            "htaccess-file": f'Require jwt-claim "tenant={BROKEN}"\n'}

SITE = TRUST + (
    'SetEnvIf X-Sent "^(.*)$" SENT=$1\n'
    + alias("sent-tenant", "jwt-claim", f"tenant={HEADER}")
    + alias("other-tenant", "jwt-claim", f"tenant={HEADER}")
    + alias("broken-tenant", "jwt-claim", f"tenant={BROKEN}")
    + matching("^/t/(?<TENANT>[^/]*)/", f"Require jwt-claim {TENANT}")
    + matching("^/maybe(/(?<TENANT>[a-z]+))?/page", "Require jwt-claim "
               + TENANT)
    + '<DirectoryMatch "^${ROOT}/htdocs/(t/acme/)?ssi">\n    Options +Includes\n'
      "    AddOutputFilter INCLUDES .shtml\n</DirectoryMatch>\n"
    + "".join(f'<Directory "${{ROOT}}/htdocs/{place}">\n'
              f"    AllowOverride AuthConfig\n    {BEARER}Require valid-user\n"
              "</Directory>\n"
              for place in HTACCESS)
    + "".join(guarded(f"/{name}", *lines)
              for name, lines in SECTIONS.items())
    + guarded("/ssi"))

FILES = {"keys.json": key_set(SIGNER),
         "htdocs/ssi/page.shtml":
             '[<!--#include virtual="/t/acme/page.txt" -->]',
         "htdocs/t/acme/ssi/page.shtml":
             '[<!--#include virtual="/maybe/page.txt" -->]',
         **{f"htdocs/{place}/.htaccess": text
            for place, text in HTACCESS.items()},
         **{f"htdocs/{place}/page.txt": f"page of {place}"
            for place in [*SECTIONS, *HTACCESS, "t/acme", "t/other", "t/a b",
                          "maybe", "maybe/acme"]}}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, mpm=request.param, files=FILES) as server:
        yield server


def page(place):
    return f"/{place}/page.txt"


def sent(value):
    return [] if value is None else [("X-Sent", value)]


def grants(server, place, value=None, **claims):
    return server.accepts(page(place), SIGNER.mint(**claims),
                          headers=sent(value))


def denies(server, reason, place, value=None, scope=None, **claims):
    return server.refuses(reason, page(place), SIGNER.mint(**claims),
                          headers=sent(value), scope=scope)


def denies_undecided(server, reason, place, value, **claims):
    """Behind an alias: httpd's own log has no line about it."""
    row = REASONS[reason]
    answer = server.get(page(place), SIGNER.mint(**claims),
                        headers=sent(value))
    assert answer.status == row.status
    assert challenge_parameters(answer) == {"realm": "orders"}
    server.log.take(rf"\b{row.tag}\b")


def fails(server, place, line, **claims):
    """An internal error; one line names the Require line and the cause."""
    answer = server.get(page(place), SIGNER.mint(**claims))
    assert answer.status == 500, answer
    assert answer.challenge is None
    logged = server.log.take("JWT0503")
    assert f"an expression failed in {line}" in logged
    assert "Cannot open file /nonexistent/no-file" in logged
    return answer


# The tenant in the path is that of the token

@pytest.mark.threat("E5")
def test_the_tenant_of_the_path(server):
    server.accepts("/t/acme/page.txt", SIGNER.mint(tenant="acme"))
    server.accepts("/t/a%20b/page.txt", SIGNER.mint(tenant="a b"))
    server.accepts("/t/acme/page.txt", SIGNER.mint(tenant=["x", "acme"]))
    for claims in ({"tenant": "other"}, {}, {"tenant": "ACME"},
                   {"tenant": ""}, {"tenant": "%{env:MATCH_TENANT}"},
                   {"tenant": ["a", "cme"]}):
        server.refuses("CLAIM_RULE", "/t/acme/page.txt", SIGNER.mint(**claims))
    server.refuses("NO_TOKEN", "/t/acme/page.txt")


@pytest.mark.threat("E5")
@pytest.mark.parametrize("tenant", ["", "acme", None, ["", "acme"]], ids=str)
def test_a_group_that_matched_nothing_denies(server, tenant):
    claims = {} if tenant is None else {"tenant": tenant}
    server.refuses("VALUE_EMPTY", "/maybe/page.txt", SIGNER.mint(**claims))
    server.accepts("/maybe/acme/page.txt", SIGNER.mint(tenant="acme"))


def test_in_a_sub_request(server):
    path = "/ssi/page.shtml"
    assert "[page of t/acme]" in server.accepts(
        path, SIGNER.mint(tenant="acme")).body
    answer = server.accepts(path, SIGNER.mint(tenant="other"))
    assert "page of" not in answer.body
    server.log.take(r"\bJWT0402\b.*tenant=%\{env:MATCH_TENANT\}")
    server.log.take("AH01631")
    server.log.take("AH01374|unable to include")


def test_an_optional_group_of_a_sub_request(server):
    """httpd copies the variable of the main request, as docs warn."""
    path = "/t/acme/ssi/page.shtml"
    assert "[page of maybe]" in server.accepts(
        path, SIGNER.mint(tenant="acme")).body


# Values that the client chooses

def test_claims(server):
    grants(server, "claim", "acme", tenant="acme")
    denies(server, "CLAIM_RULE", "claim", "acme", tenant="other")
    denies(server, "CLAIM_RULE", "claim", "acme")
    grants(server, "other", "acme", tenant="other")
    denies(server, "CLAIM_RULE", "other", "acme", tenant="acme")
    denies(server, "CLAIM_RULE", "other", "acme")
    grants(server, "part", "ACME", tenant="the-acme.de")
    denies(server, "CLAIM_RULE", "part", "ACME", tenant="the-ACME.de")
    grants(server, "user", owner="alice")
    denies(server, "CLAIM_RULE", "user", owner="bob")


@pytest.mark.parametrize("place", ["claim", "other", "two", "not", "not-two",
                                   "none"])
@pytest.mark.parametrize("tenant", ["", "acme"])
@pytest.mark.parametrize("value", ["", None], ids=str)
def test_an_empty_value_of_a_claim_denies(server, place, tenant, value):
    denies(server, "VALUE_EMPTY", place, value, tenant=tenant, role=["admin",
                                                                     "bad"])


@pytest.mark.parametrize("place", ["alias", "not-alias"])
@pytest.mark.parametrize("tenant", ["", "acme"])
@pytest.mark.parametrize("value", ["", None], ids=str)
def test_behind_an_alias_too(server, place, tenant, value):
    denies_undecided(server, "VALUE_EMPTY", place, value, tenant=tenant)


def test_a_false_term_beside_an_empty_value_decides(server):
    denies(server, "CLAIM_RULE", "two", role="guest", tenant="acme")
    grants(server, "not-two", role="good", tenant="acme")


def test_a_value_is_one_value(server):
    grants(server, "claim", "acme other", tenant="acme other")
    denies(server, "CLAIM_RULE", "claim", "acme role=admin", tenant="acme")
    denies(server, "CLAIM_RULE", "claim", "%{REMOTE_USER}", tenant="alice")
    grants(server, "claim", "%{REMOTE_USER}", tenant="%{REMOTE_USER}")


def test_scopes(server):
    grants(server, "scope", "read", scope="read write")
    denies(server, "SCOPE_MISSING", "scope", "admin", "admin", scp="read")
    grants(server, "scopes", "write", scp=["read", "write"])
    denies(server, "SCOPE_MISSING", "scopes", "write", "read write",
           scp="read")
    grants(server, "scope-part", "read", scp="orders.read")
    denies(server, "SCOPE_MISSING", "scope-part", "read", "orders.read",
           scp="read")
    grants(server, "user-scope", scp="of.alice")
    denies(server, "SCOPE_MISSING", "user-scope", scope="of.alice",
           scp="of.bob")


def test_a_challenge_names_scopes_before_there_is_a_token(server):
    server.refuses("NO_TOKEN", page("scopes"), headers=sent("write"),
                   scope="read write")
    server.refuses("NO_TOKEN", page("scope"), headers=sent("write"),
                   scope="write")


@pytest.mark.parametrize("value", ["read write", 'a"b', "a\\b", "a\tb",
                                   "\xe4", 'x", error="y'])
def test_a_challenge_names_only_scopes(server, value):
    for scp in ("read write", ["read", "write"]):
        answer = server.get(page("scope"), SIGNER.mint(scp=scp),
                            headers=sent(value))
        assert answer.status == 403
        assert challenge_parameters(answer) == {"realm": "orders"}
        server.log.take("JWT0401")
        server.log.take("AH01631")
    server.refuses("NO_TOKEN", page("scope"), headers=sent(value))
    server.refuses("NO_TOKEN", page("scopes"), headers=sent(value),
                   scope="read")


def test_names_of_several_words_are_one_name(server):
    answer = server.get(page("scopes"), SIGNER.mint(scp="read write more"),
                        headers=sent("write more"))
    assert answer.status == 403
    assert challenge_parameters(answer) == {"realm": "orders",
                                            "scope": "read"}
    server.log.take("JWT0401")
    server.log.take("AH01631")


@pytest.mark.threat("E5")
@pytest.mark.parametrize("value", ["", None], ids=str)
def test_an_empty_scope_denies(server, value):
    denies(server, "VALUE_EMPTY", "scope", value, scp="read write")
    denies(server, "VALUE_EMPTY", "scope", value, scp=["", "read"])
    denies(server, "VALUE_EMPTY", "scopes", value, "read", scp="read")
    answer = server.get(page("scopes"), SIGNER.mint(), headers=sent(value))
    assert answer.status == 403
    assert challenge_parameters(answer)["scope"] == "read"
    assert challenge_parameters(answer)["error"] == "insufficient_scope"
    server.log.take("JWT0401")
    server.log.take("AH01631")
    denies(server, "VALUE_EMPTY", "not-scope", value, scp="read")


def test_acr(server):
    grants(server, "acr", "silver", acr="silver")
    grants(server, "acr", "silver", acr="gold")
    grants(server, "acr", "", acr="gold")
    for value, asked in [("silver", "gold silver"), ('a"b', "gold"),
                         ("two words", "gold")]:
        server.refuses("STEP_UP_NEEDED", page("acr"), SIGNER.mint(acr="iron"),
                       headers=sent(value), asked={"acr_values": asked})
    denies(server, "VALUE_EMPTY", "acr", "", acr="")
    denies(server, "VALUE_EMPTY", "acr", "", acr="iron")
    denies(server, "VALUE_EMPTY", "not-acr", "", acr="iron")
    grants(server, "not-acr", "iron", acr="gold")


# Blocks and aliases

def test_under_not(server):
    for place in ("not", "none", "not-alias"):
        grants(server, place, "acme", tenant="other")
        denies(server, "CLAIM_RULE", place, "acme", tenant="acme")
    grants(server, "not-scope", "admin", scp="read")


def test_alternatives(server):
    grants(server, "any", "acme", tenant="acme")
    grants(server, "any", "acme", scp="read")
    grants(server, "any", "", scp="read")
    answer = server.get(page("any"), SIGNER.mint(tenant=""), headers=sent(""))
    assert answer.status == 403
    assert challenge_parameters(answer)["scope"] == "read"
    server.log.take("JWT0406")
    server.log.take("AH01631")
    denies(server, "SCOPE_MISSING", "any-scopes", "admin", "admin")
    server.refuses("NO_TOKEN", page("any-scopes"), headers=sent(""),
                   scope="read")


def test_aliases(server):
    grants(server, "alias", "acme", tenant="acme")
    denies(server, "CLAIM_RULE", "alias", "acme", tenant="other")


# Expressions that fail

@pytest.mark.threat("E5")
@pytest.mark.parametrize("place, line", [
    ("broken", "Require jwt-claim"), ("broken-scope", "Require jwt-scope"),
    ("broken-not", "Require not jwt-claim"),
    ("broken-none", "Require jwt-scope"), ("broken-any", "Require jwt-claim"),
    ("broken-alias", "Require not broken-tenant")])
def test_one_that_fails_lets_nobody_in(server, place, line):
    for claims in ({}, {"tenant": ""}, {"scp": "read", "tenant": "acme"}):
        fails(server, place, line, **claims)


def test_without_a_token_one_that_fails_is_a_401(server):
    for place in ("broken", "broken-scope", "broken-any"):
        server.refuses("NO_TOKEN", page(place), scope={
            "broken-any": "read"}.get(place))


# Optional tokens

def test_optional_tokens(server):
    grants(server, "optional", "acme", tenant="acme")
    denies(server, "CLAIM_RULE", "optional", "acme", tenant="other")
    denies(server, "VALUE_EMPTY", "optional", "", tenant="")
    server.refuses("NO_TOKEN", page("optional"), headers=sent("acme"))


def test_report(server):
    grants(server, "report", "acme", tenant="acme")
    grants(server, "report", "", tenant="")
    server.log.take(r"JWT0406.*let through")
    server.log.take("AH01631")
    grants(server, "report-broken", tenant="")
    server.log.take(r"JWT0503.*let through.*an expression failed")


# .htaccess

def test_in_htaccess(server):
    grants(server, "htaccess", "acme", tenant="acme")
    denies(server, "CLAIM_RULE", "htaccess", "acme", tenant="other")
    denies(server, "VALUE_EMPTY", "htaccess", "", tenant="")


def test_a_htaccess_file_reads_no_file(server):
    answer = server.get(page("htaccess-file"), SIGNER.mint(tenant=""))
    assert answer.status == 500
    server.log.take("not an expression of httpd")


# What is no expression

def test_a_backslash_makes_it_text(server):
    grants(server, "literal", "x", code="%{env:SENT}")
    denies(server, "CLAIM_RULE", "literal", "x", code="x")


def test_words_without_an_expression_are_literal(server):
    good = {"code": "100%", "share": "%x", "path": "CORP\\nick",
            "price": "$1"}
    grants(server, "percent", **good)
    for name in good:
        denies(server, "CLAIM_RULE", "percent", **{**good, name: "x"})


def test_a_quantifier_is_none(server):
    grants(server, "regex", code="%%12")
    denies(server, "CLAIM_RULE", "regex", code="%12")


@pytest.mark.parametrize("line, words", [
    ('jwt-claim "tenant=%{env:X"', "'%{env:X' is not an expression of httpd"),
    ('jwt-claim "tenant=a%{"', r"write %{env:NAME} or the like, or \\%{"),
    ('jwt-claim "tenant=%{nonesuch:X}"', "nonesuch"),
    ('jwt-scope "read.%{env:X"',
     "'read.%{env:X' is not an expression of httpd"),
    ('jwt-acr "%{env:X"', "'%{env:X' is not an expression of httpd"),
    ('jwt-acr gold "max-age=%{env:X}"', "write max-age=SECONDS"),
    ('jwt-claim "%{env:X}=acme"', "only a VALUE may contain an expression"),
    ('jwt-claim "%{env:X}"', "only a VALUE may contain an expression"),
    ('not jwt-claim "a.%{env:X}~b"', "only a VALUE may contain an expression"),
    ('jwt-claim "tenant~^%{env:X}$"', r"write CLAIM=VALUE, or %\\{"),
])
def test_what_httpd_t_says(line, words):
    lines = all_but(f"Require {line}")
    code, output = check_config(TRUST + guarded("/x", *lines),
                                files={"keys.json": key_set(SIGNER)})
    assert code != 0
    assert words in output, output
    assert re.search(r"on line \d+ of .*Require: ", output, re.DOTALL), output
