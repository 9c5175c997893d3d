# SPDX-License-Identifier: Apache-2.0
"""What do Require lines do together, and where may they stand?"""
import time

import pytest

from harness.httpd import (LACKING, Httpd, challenge_parameters,
                           expected_parameters)
from harness.reasons import REASONS
from harness.settings import MPMS
from harness.site import TRUST, guarded, location
from harness.tokens import Signer, key_set

SIGNER = Signer()

CLAIM_NAMES = {"_claim_names": {"groups": "src1"},
               "_claim_sources": {"src1": {
                   "endpoint": "https://localhost:1/groups"}}}

ACR = "Require jwt-acr gold silver max-age=600"
ASKED = {"acr_values": "gold silver", "max_age": "600"}
READ, WRITE = {"scope": "read"}, {"scope": "write"}

SLOW = 'Require jwt-claim "name~^(a+)+$"'
ALIAS = '<AuthzProviderAlias jwt-claim banned "groups=banned">'
ISBAD = "<AuthzProviderAlias jwt-claim isbad role=bad>"

SITE = TRUST + "".join(line + "\n</AuthzProviderAlias>\n" for line in (
    ALIAS, ISBAD,
    "<AuthzProviderAlias jwt-claim isworse role=worse>",
    "<AuthzProviderAlias jwt-claim isgood role=good>",
    "<AuthzProviderAlias jwt-claim islocked role=locked>",
    "<AuthzProviderAlias jwt-scope reader read>",
    "<AuthzProviderAlias jwt-scope writer write>",
    '<AuthzProviderAlias jwt-acr strong "gold silver max-age=600">',
    "<AuthzProviderAlias jwt-acr weak bronze>")) + """
ErrorDocument 403 /error/page.txt
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${ROOT}/htdocs/htaccess">
    AllowOverride AuthConfig
    AuthType Bearer
    AuthName "orders"
    Require valid-user
</Directory>
<Directory "${ROOT}/htdocs/merge">
    AuthType Bearer
    AuthName "orders"
    Require jwt-scope read
</Directory>
<Directory "${ROOT}/htdocs/merge/replaced">
    Require jwt-claim tenant=acme
</Directory>
<Directory "${ROOT}/htdocs/merge/and">
    AuthMerging And
    Require jwt-claim tenant=acme
</Directory>
<Directory "${ROOT}/htdocs/merge/or">
    AuthMerging Or
    Require jwt-claim tenant=acme
</Directory>
""" + "".join((
    guarded("/all", "<RequireAll>", "Require jwt-scope read",
            "Require jwt-claim tenant=acme", ACR, "</RequireAll>"),
    guarded("/any", "<RequireAny>", "Require jwt-claim tenant=acme", ACR,
            "Require jwt-scope read", "</RequireAny>"),
    guarded("/nested", "<RequireAny>", "<RequireAll>",
            "Require jwt-scope write", "Require not jwt-claim guest=true",
            "</RequireAll>", "Require jwt-claim role=admin", "</RequireAny>"),
    guarded("/none", "<RequireAll>", "Require valid-user", "<RequireNone>",
            "Require jwt-scope write", "Require jwt-claim guest=true",
            "Require jwt-acr bronze", "</RequireNone>", "</RequireAll>"),
    guarded("/deep", "<RequireAny>", "<RequireAll>", "Require jwt-acr gold",
            "<RequireNone>", "<RequireAll>", "Require jwt-claim guest=true",
            "Require jwt-scope write", "</RequireAll>", "</RequireNone>",
            "</RequireAll>", "Require jwt-claim role=admin", "</RequireAny>"),
    guarded("/not-acr", "<RequireAll>", "Require valid-user",
            "Require not jwt-acr bronze", "</RequireAll>"),

    guarded("/groups", "Require jwt-claim groups=staff"),
    guarded("/groups/not", "<RequireAll>", "Require valid-user",
            "Require not jwt-claim groups=banned", "</RequireAll>"),
    guarded("/groups/none", "<RequireAll>", "Require valid-user",
            "<RequireNone>", "Require jwt-claim groups=banned",
            "</RequireNone>", "</RequireAll>"),
    guarded("/groups/or", "Require jwt-claim groups=staff",
            "Require jwt-claim roles=staff"),
    guarded("/groups/spliced", "<RequireAll>", "Require valid-user",
            "<RequireNone>", "<IfModule auth_jwt_module>",
            "Require jwt-claim groups=banned", "</IfModule>",
            "</RequireNone>", "</RequireAll>"),
    guarded("/groups/alias", "Require banned"),
    guarded("/groups/not-alias", "<RequireAll>", "Require valid-user",
            "Require not banned", "</RequireAll>"),
    guarded("/alias/not", "<RequireAll>", "Require valid-user",
            "Require not isbad", "</RequireAll>"),
    guarded("/alias/none", "<RequireAll>", "Require valid-user",
            "<RequireNone>", "Require jwt-claim role=worst",
            "Require isworse", "</RequireNone>", "</RequireAll>"),
    guarded("/alias/not-scope", "<RequireAll>", "Require valid-user",
            "Require not writer", "</RequireAll>"),
    guarded("/alias/not-acr", "<RequireAll>", "Require valid-user",
            "Require not weak", "</RequireAll>"),
    guarded("/alias/claim", "Require isgood"),
    guarded("/alias/any", "<RequireAny>", "Require isgood", "Require reader",
            "</RequireAny>"),
    guarded("/alias/scope", "Require reader"),
    guarded("/alias/acr", "Require strong"),
    guarded("/alias/user", "<RequireAll>", "Require isgood",
            "Require user bob", "</RequireAll>"),
    guarded("/alias/both", "<RequireAll>", "Require valid-user",
            "Require not banned", "Require jwt-scope read", "</RequireAll>"),

    guarded("/slow", "<RequireAny>", SLOW, "Require jwt-scope read",
            "</RequireAny>"),
    guarded("/slow/report", "AuthJWTOptional report", SLOW),
    guarded("/groups/report", "AuthJWTOptional report", "<RequireAll>",
            "Require valid-user", "Require not banned", "</RequireAll>"),

    guarded("/if", "Require jwt-scope read",
            '<If "%{QUERY_STRING} == \'write\'">', "Require jwt-scope write",
            "</If>", '<If "%{QUERY_STRING} == \'claim\'">',
            "Require jwt-claim tenant=acme", "</If>"),
    guarded("/ssi"),
    guarded("/ssi/part", "Require jwt-claim tenant=acme"),

    guarded("/acr", ACR),
    guarded("/acr/age", "Require jwt-acr max-age=600"),
    guarded("/acr/text", ACR, 'ErrorDocument 401 "log in again"'),
    guarded("/acr/page", ACR, "ErrorDocument 401 /error/page.txt"),
    guarded("/acr/forbidden", ACR, "AuthzSendForbiddenOnFailure On"),
    guarded("/acr/fine", ACR, "ErrorDocument 401 /error/fine.cgi"),
    guarded("/text", "Require jwt-scope read",
            'ErrorDocument 403 "not for you"'),
    guarded("/fine", "Require jwt-scope read",
            "ErrorDocument 403 /error/fine.cgi"),
    guarded("/named", "Require user bob", "ErrorDocument 401 /error/fine.cgi"),
    location("/error", "Require all granted"),
))

FINE_CGI = "#!/bin/sh\nprintf 'Status: 200 OK\\n\\nfine\\n'\n"

HTACCESS = {
    "htaccess": "Require jwt-claim tenant=acme\n",
    "htaccess/acr": ACR,
    "htaccess/alias": "<RequireAll>\nRequire valid-user\n"
                      "Require not islocked\n</RequireAll>\n",
    "htaccess/groups": "<RequireAll>\nRequire valid-user\n<RequireNone>\n"
                       "Require jwt-claim groups=banned\n</RequireNone>\n"
                       "</RequireAll>\n",
}

PLACES = [*HTACCESS, *(f"alias/{name}" for name in (
    "not", "none", "not-scope", "not-acr", "claim", "any", "scope", "acr",
    "user", "both")), "none", "deep", "groups/spliced", "groups/alias",
          "groups/not-alias", "groups/report", "slow", "slow/report",
          "acr/forbidden", "text", "all", "any", "nested", "not-acr", "groups", "groups/not",
          "groups/none", "groups/or", "merge", "merge/replaced", "merge/and",
          "merge/or", "if", "acr", "acr/age", "acr/text",
          "acr/page", "acr/fine", "fine", "error", "ssi/part"]

FILES = {"keys.json": key_set(SIGNER),
         "htdocs/error/fine.cgi": FINE_CGI,
         "htdocs/ssi/page.shtml":
             '[<!--#include virtual="/ssi/part/page.txt" -->]',
         **{f"htdocs/{place}/.htaccess": text
            for place, text in HTACCESS.items()},
         **{f"htdocs/{place}/page.txt": f"page of {place}"
            for place in PLACES}}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, mpm=request.param, files=FILES) as server:
        yield server


def page(place):
    return f"/{place}/page.txt"


def strong(**claims):
    return {"acr": "gold", "auth_time": int(time.time()), **claims}


def grants(server, place, **claims):
    server.accepts(page(place), SIGNER.mint(**claims))


def denies(server, reason, place, asked=None, **claims):
    return server.refuses(reason, page(place), SIGNER.mint(**claims),
                          asked=asked)


def denies_with(server, reason, place, line, asked=None, **claims):
    """The same, and the log shows this Require line."""
    row = REASONS[reason]
    answer = server.get(page(place), SIGNER.mint(**claims))
    assert answer.status == row.status, answer
    assert challenge_parameters(answer) == expected_parameters(
        row, "orders", None, asked)
    assert line in server.log.take(rf"\b{row.tag}\b")
    server.log.take("AH01631")
    assert server.access(answer)[:2] == [str(row.status), row.tag]
    return answer


# <RequireAll>, <RequireAny>, <RequireNone>

def test_all(server):
    good = strong(scope="read", tenant="acme")
    grants(server, "all", **good)
    denies(server, "SCOPE_MISSING", "all", READ, **{**good, "scope": "write"})
    denies(server, "CLAIM_RULE", "all", READ, **{**good, "tenant": "evil"})
    denies(server, "STEP_UP_NEEDED", "all", asked={**ASKED, **READ},
           **{**good, "acr": "bronze"})


def test_any(server):
    for claims in ({"scope": "read"}, {"tenant": "acme"}, strong()):
        grants(server, "any", **claims)
    denies(server, "CLAIM_RULE", "any", {**READ, **LACKING})


def test_nested(server):
    grants(server, "nested", scope="write")
    grants(server, "nested", role="admin", guest=True)
    denies(server, "SCOPE_MISSING", "nested", WRITE, scope="read")
    denies(server, "CLAIM_RULE", "nested", WRITE, guest=True, scp=["write"])


def test_none(server):
    grants(server, "none", scope="read", guest=False, acr="gold")
    for claims in (WRITE, {"guest": True}, {"acr": "bronze"}):
        denies(server, "CLAIM_RULE", "none", **claims)


def test_deep(server):
    grants(server, "deep", acr="gold", guest=True)
    grants(server, "deep", acr="gold", **WRITE)
    grants(server, "deep", role="admin", guest=True, **WRITE)
    denies(server, "CLAIM_RULE", "deep", acr="gold", guest=True,
           scp=["write"])
    denies(server, "STEP_UP_NEEDED", "deep", asked={"acr_values": "gold"})


def test_not_acr(server):
    grants(server, "not-acr")
    denies(server, "CLAIM_RULE", "not-acr", acr="bronze")


# A claim that was left out

@pytest.mark.threat("E5")
@pytest.mark.parametrize("place", ["groups", "groups/not", "groups/none",
                                   "groups/or", "groups/spliced",
                                   "htaccess/groups"])
def test_what_was_left_out_grants_nothing(server, place):
    denies(server, "CLAIM_OVERAGE", place, **CLAIM_NAMES)
    denies(server, "CLAIM_OVERAGE", place, hasgroups=True)


def test_what_is_there_counts(server):
    grants(server, "groups", groups=["staff"], **CLAIM_NAMES)
    grants(server, "groups/not", groups=["staff"])
    grants(server, "groups/none", groups=["staff"])
    grants(server, "groups/or", roles=["staff"], **CLAIM_NAMES)
    denies(server, "CLAIM_RULE", "groups")
    denies(server, "CLAIM_RULE", "groups/not", groups=["banned"])


def refused_undecided(server, reason, place, line, **claims):
    """httpd's own log has no line of a rule that says neither."""
    row = REASONS[reason]
    answer = server.get(page(place), SIGNER.mint(**claims))
    assert answer.status == row.status
    assert line in server.log.take(rf"\b{row.tag}\b")
    assert server.access(answer)[:2] == [str(row.status), row.tag]
    return answer


@pytest.mark.threat("E5")
@pytest.mark.parametrize("place", ["groups/alias", "groups/not-alias"])
def test_behind_an_alias_nobody_sees_a_not(server, place):
    for claims in (CLAIM_NAMES, {"hasgroups": True}):
        answer = refused_undecided(server, "CLAIM_OVERAGE", place, ALIAS,
                                   **claims)
        assert answer.challenge.parameters == {"realm": "orders"}


def test_what_is_there_counts_behind_an_alias(server):
    grants(server, "groups/alias", groups=["banned"])
    grants(server, "groups/not-alias", groups=["staff"])
    denies(server, "CLAIM_RULE", "groups/alias", groups=["staff"])


# Rules behind an alias

@pytest.mark.parametrize("place, claims, line", [
    ("alias/not", {"role": "bad"}, f"Require not isbad ({ISBAD})"),
    ("alias/none", {"role": ["worse"]}, "Require not isworse (<Auth"),
    ("alias/not-scope", WRITE, "Require not writer (<Auth"),
    ("alias/not-acr", {"acr": "bronze"}, "Require not weak (<Auth"),
    ("groups/not-alias", {"groups": ["banned"]}, ALIAS),
    ("alias/both", {"groups": ["banned"], "scp": ["read"]}, ALIAS),
    ("htaccess/alias", {"role": "locked"},
     "<AuthzProviderAlias jwt-claim islocked")])
def test_a_negated_alias_forbids(server, place, claims, line):
    """The token is good: another one is of no use."""
    denies_with(server, "CLAIM_RULE", place, line,
                READ if place == "alias/both" else None, **claims)
    grants(server, place, scope="read", role="other", acr="gold",
           groups=["staff"])


@pytest.mark.parametrize("place, reason, asked, line", [
    ("alias/claim", "CLAIM_RULE", None, "Require isgood (<Auth"),
    ("alias/any", "CLAIM_RULE", {**READ, **LACKING}, "Require isgood (<Auth"),
    ("alias/scope", "SCOPE_MISSING", READ, "Require reader (<Auth"),
    ("alias/acr", "STEP_UP_NEEDED", ASKED, "Require strong (<Auth")])
def test_an_alias_asks_for_what_it_stands_for(server, place, reason, asked,
                                              line):
    answer = denies_with(server, reason, place, line, asked)
    assert answer.challenge
    grants(server, place, role="good", **READ, **strong())


def test_behind_an_alias_the_first_clear_reason_counts(server):
    denies(server, "SCOPE_MISSING", "alias/both", READ, groups=["staff"])


def test_a_rule_of_httpds_own_beside_an_alias(server):
    """As without one: httpd asks for another user."""
    answer = server.get(page("alias/user"), SIGNER.mint(role="good"))
    assert answer.status == 401
    server.log.take("AH01631")
    server.accepts(page("alias/user"), SIGNER.mint(role="good", sub="bob"))


# A regular expression that gives up

@pytest.mark.threat("E5")
def test_one_that_gives_up_lets_no_other_rule_grant(server):
    answer = refused_undecided(server, "INTERNAL", "slow", SLOW,
                               name="a" * 40 + "!", **READ)
    assert answer.challenge is None
    grants(server, "slow", name="aaa")
    grants(server, "slow", name="b", **READ)
    denies(server, "CLAIM_RULE", "slow", {**READ, **LACKING}, name="b")


@pytest.mark.parametrize("place, reason, claims", [
    ("slow/report", "INTERNAL", {"name": "a" * 40 + "!"}),
    ("groups/report", "CLAIM_OVERAGE", CLAIM_NAMES)])
def test_what_says_neither_is_reported(server, place, reason, claims):
    answer = server.accepts(page(place), SIGNER.mint(**claims))
    tag = REASONS[reason].tag
    assert "let through" in server.log.take(rf"\b{tag}\b")
    assert server.access(answer)[:2] == ["200", tag]


# AuthMerging

def test_an_inner_section_replaces_the_rules(server):
    grants(server, "merge/replaced", tenant="acme")
    denies(server, "CLAIM_RULE", "merge/replaced", scope="read")


def test_merging_and(server):
    grants(server, "merge/and", tenant="acme", scope="read")
    denies(server, "CLAIM_RULE", "merge/and", READ, scope="read")
    denies(server, "SCOPE_MISSING", "merge/and", READ, tenant="acme")


def test_merging_or(server):
    grants(server, "merge/or", tenant="acme")
    grants(server, "merge/or", scope="read")
    denies(server, "SCOPE_MISSING", "merge/or", READ)


# Where rules may stand

def test_in_if(server):
    reader, writer = SIGNER.mint(**READ), SIGNER.mint(**WRITE)
    server.accepts(page("if"), reader)
    server.accepts(page("if") + "?write", writer)
    server.refuses("SCOPE_MISSING", page("if") + "?write", reader,
                   scope="write")
    server.refuses("CLAIM_RULE", page("if") + "?claim", reader)
    server.accepts(page("if") + "?claim", SIGNER.mint(tenant="acme"))


def test_in_htaccess(server):
    grants(server, "htaccess", tenant="acme")
    denies(server, "CLAIM_RULE", "htaccess")
    server.refuses("NO_TOKEN", page("htaccess"))


def test_acr_in_htaccess(server):
    grants(server, "htaccess/acr", **strong())
    denies(server, "STEP_UP_NEEDED", "htaccess/acr", asked=ASKED)


def test_in_a_sub_request(server):
    path = "/ssi/page.shtml"
    assert "[page of ssi/part]" in server.accepts(
        path, SIGNER.mint(tenant="acme")).body
    answer = server.accepts(path, SIGNER.mint())
    assert "page of" not in answer.body
    server.log.take(r"\bJWT0402\b.*Require jwt-claim tenant=acme")
    server.log.take("AH01631")
    server.log.take("AH01374|unable to include")


# Step-up

def minutes_ago(minutes):
    return int(time.time()) - 60 * minutes


@pytest.mark.parametrize("claims", [
    {}, {"acr": "gold"}, {"auth_time": minutes_ago(0)},
    strong(acr="bronze"), strong(acr=["gold"]), strong(acr="GOLD"),
    strong(auth_time=minutes_ago(11)), strong(auth_time=str(minutes_ago(0))),
    strong(auth_time=True), strong(auth_time=1.5),
    strong(auth_time=minutes_ago(-60)),
    strong(auth_time=minutes_ago(0) * 1000)], ids=str)
@pytest.mark.parametrize("place", ["acr", "acr/text", "acr/page",
                                   "acr/forbidden"])
def test_a_login_that_does_not_do(server, place, claims):
    denies(server, "STEP_UP_NEEDED", place, asked=ASKED, **claims)


@pytest.mark.parametrize("place", ["acr", "acr/text", "acr/page", "acr/fine"])
def test_a_login_that_does(server, place):
    grants(server, place, **strong())
    grants(server, place, **strong(acr="silver", auth_time=minutes_ago(9)))
    grants(server, place, **strong(auth_time=minutes_ago(1) + 0.25))
    grants(server, place, **strong(auth_time=minutes_ago(-1)))


def test_the_age_alone(server):
    grants(server, "acr/age", auth_time=minutes_ago(9))
    denies(server, "STEP_UP_NEEDED", "acr/age", asked={"max_age": "600"},
           acr="gold")


def test_a_token_is_asked_for_first(server):
    for place in ("acr", "acr/age", "groups", "groups/not", "not-acr"):
        server.refuses("NO_TOKEN", page(place))


# What the error document makes of it

def test_a_text_says_it_with_a_challenge(server):
    answer = denies(server, "SCOPE_MISSING", "text", READ)
    assert answer.body == "not for you"
    answer = denies(server, "STEP_UP_NEEDED", "acr/text", asked=ASKED)
    assert answer.body == "log in again"


@pytest.mark.parametrize("place, tag, claims", [
    ("acr/fine", "JWT0404", {"acr": "bronze"}), ("fine", "JWT0401", {})])
def test_no_trace_on_a_success(server, place, tag, claims):
    answer = server.accepts(page(place), SIGNER.mint(**claims))
    assert answer.body == "fine\n"
    server.log.take(rf"\b{tag}\b")
    server.log.take("AH01631")
    assert server.access(answer)[:2] == ["200", tag]


def test_nor_of_a_rule_of_httpds_own(server):
    assert server.accepts("/named/page.txt", SIGNER.mint()).body == "fine\n"
    server.log.take("AH01631")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_every_method_alike(server, method):
    server.refuses("STEP_UP_NEEDED", page("acr"), SIGNER.mint(), asked=ASKED,
                   method=method)
    server.refuses("SCOPE_MISSING", page("merge"), SIGNER.mint(),
                   scope="read", method=method)


def test_the_log_names_the_line(server):
    server.get(page("any"), SIGNER.mint())
    line = server.log.take(r"\bJWT0402\b")
    assert line.endswith(": Require jwt-claim tenant=acme")
    server.log.take("AH01631")
