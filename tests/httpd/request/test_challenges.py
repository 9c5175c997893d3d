# SPDX-License-Identifier: Apache-2.0
"""A challenge names all the scopes that an operation needs, each time the same,
and says insufficient_scope only where a scope is lacking: a client that obeys
it succeeds after one login, or does not try in vain."""
import pytest

from harness.httpd import LACKING, Httpd, challenge_parameters
from harness.settings import MPMS
from harness.site import TRUST, guarded
from harness.tokens import Signer, key_set

SIGNER = Signer()

ACR = "Require jwt-acr gold"
ASKED = {"error": "insufficient_user_authentication",
         "error_description": "another or a more recent login is required",
         "acr_values": "gold"}


def all_of(*lines):
    return ["<RequireAll>", *lines, "</RequireAll>"]


def any_of(*lines):
    return ["<RequireAny>", *lines, "</RequireAny>"]


def none_of(*lines):
    return ["<RequireNone>", *lines, "</RequireNone>"]


A, B, C = (f"Require jwt-scope {name}" for name in "abc")
CLAIM = "Require jwt-claim tenant=acme"
ALIAS = "<AuthzProviderAlias jwt-scope reader \"a b\">\n</AuthzProviderAlias>\n"

# (name, lines, scopes that a challenge names)
SECTIONS = [
    ("one", [A], "a"),
    ("line", ["Require jwt-scope b a b"], "b a"),
    ("both", all_of(A, B), "a b"),
    ("twice", all_of(A, "Require jwt-scope b a"), "a b"),
    ("alternatives", [A, B], "a"),
    ("any", any_of(A, B), "a"),
    ("any-in-all", all_of(any_of(A, B)[0], A, B, "</RequireAny>", C), "a c"),
    ("all-in-any", any_of(*all_of(CLAIM, A), B), "a"),
    ("all-after-user", any_of(*all_of("Require valid-user", A), B), "a"),
    ("deep", all_of(*any_of(*all_of(A, CLAIM), *all_of(B, CLAIM)), C), "a c"),
    ("claim-first", all_of(CLAIM, A), "a"),
    ("claim-last", all_of(A, CLAIM), "a"),
    ("acr-first", all_of(ACR, A, B), "a b"),
    ("with-user", all_of("Require user alice", A, "Require valid-user", B),
     "a b"),
    ("not", all_of(A, "Require not jwt-scope b"), "a"),
    ("none", all_of(A, *none_of(B, C)), "a"),
    ("alias", ["Require reader"], "a b"),
    ("alias-in-any", any_of("Require reader", C), "a b"),
    ("limit", ["<Limit GET>", A, "</Limit>", "<Limit POST>", B, "</Limit>"],
     "a"),
    ("claim", [CLAIM], None),
    ("user", ["Require valid-user"], None),
]

SITE = ALIAS + TRUST + """
<Directory "${ROOT}/htdocs/merge">
    AuthType Bearer
    AuthName "orders"
    Require jwt-scope a
</Directory>
<Directory "${ROOT}/htdocs/merge/and">
    AuthMerging And
    Require jwt-scope b
</Directory>
<Directory "${ROOT}/htdocs/merge/or">
    AuthMerging Or
    Require jwt-scope b
</Directory>
<Directory "${ROOT}/htdocs/htaccess">
    AllowOverride AuthConfig
</Directory>
ErrorDocument 403 /public/page.txt
""" + "".join(guarded(f"/{name}", *lines) for name, lines, _ in SECTIONS) \
    + guarded("/basic", "AuthType Basic", "AuthBasicProvider jwt",
              *all_of(A, B)) \
    + guarded("/report", "AuthJWTOptional report", *all_of(A, B))

PAGES = [*(name for name, _, _ in SECTIONS), "merge/and", "merge/or", "public",
         "htaccess", "report"]
FILES = {"keys.json": key_set(SIGNER),
         "htdocs/htaccess/.htaccess":
             "AuthType Bearer\nAuthName orders\n<RequireAll>\n"
             f"{A}\n{B}\n</RequireAll>\n",
         **{f"htdocs/{page}/page.txt": "page" for page in PAGES}}


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, request.param, FILES, ["auth_basic"]) as server:
        server.log.take("warn.*<Limit")
        yield server


def page(name):
    return f"/{name}/page.txt"


def refusal(server, name, **claims):
    """Status and parameters of the challenge, the same each time; without
    claims no token is sent."""
    token = SIGNER.mint(**claims) if claims else None
    with server.log.allowing("JWT0001|JWT040|AH01631|AH01630"):
        answers = [server.get(page(name), token) for _ in range(2)]
    assert answers[0].challenge.value == answers[1].challenge.value
    return answers[0].status, challenge_parameters(answers[0])


def expected(scope, **more):
    return {"realm": "orders", **({"scope": scope} if scope else {}), **more}


@pytest.mark.parametrize("name, scope", [(name, scope) for name, _, scope
                                         in SECTIONS])
def test_without_a_token_it_names_the_scopes(server, name, scope):
    assert refusal(server, name) == (401, expected(scope))


@pytest.mark.parametrize("name, scope", [
    (name, scope) for name, _, scope in SECTIONS
    if scope and name not in ("acr-first", "with-user")])
def test_with_a_token_that_has_none_of_them(server, name, scope):
    assert refusal(server, name, tenant="evil") == (
        403, expected(scope, **LACKING))


@pytest.mark.parametrize("has", ["a", "b"])
def test_with_one_of_two_it_names_both(server, has):
    """Clients replace what they have: one that is told of the lacking scope
    alone loses the other one, and logs in for ever."""
    assert refusal(server, "both", scope=has) == (
        403, expected("a b", **LACKING))
    server.accepts(page("both"), SIGNER.mint(scope="a b"))


@pytest.mark.parametrize("name", ["claim-first", "claim-last"])
def test_another_rule_fails(server, name):
    """With all scopes that are needed there is no error: another consent would
    be of no use."""
    assert refusal(server, name, scope="a") == (403, expected("a"))
    assert refusal(server, name, tenant="acme", scope="b") == (
        403, expected("a", **LACKING))


def test_no_scope_is_needed(server):
    assert refusal(server, "claim", scope="a") == (403, expected(None))


def test_a_forbidden_scope(server):
    assert refusal(server, "not", scope="a b") == (403, expected("a"))
    assert refusal(server, "none", scope="c a") == (403, expected("a"))


def test_another_login_is_needed_too(server):
    assert refusal(server, "acr-first", scope="x") == (
        401, expected("a b", **ASKED))


def test_another_user(server):
    """httpd's own rule fails, and the challenge is written for it."""
    assert refusal(server, "with-user", sub="bob", scope="a b") == (
        401, expected("a b"))


def test_methods_have_rules_of_their_own(server):
    with server.log.allowing("JWT0001"):
        answer = server.get(page("limit"), method="POST")
    assert challenge_parameters(answer)["scope"] == "b"


def test_sections_are_merged(server):
    assert refusal(server, "merge/and") == (401, expected("a b"))
    assert refusal(server, "merge/and", scope="a") == (
        403, expected("a b", **LACKING))
    assert refusal(server, "merge/or") == (401, expected("a"))


def test_rules_of_a_htaccess_file(server):
    assert refusal(server, "htaccess") == (401, expected("a b"))
    assert refusal(server, "htaccess", scope="b") == (
        403, expected("a b", **LACKING))


def test_a_bad_token(server):
    server.refuses("EXPIRED", page("both"), SIGNER.mint(exp=1), scope="a b")


def test_a_password_is_asked_for_by_its_own_challenge(server):
    with server.log.allowing("JWT"):
        answer = server.get("/basic/page.txt")
    assert answer.status == 401
    assert "scope" not in answer.header("WWW-Authenticate")


def test_what_is_let_through_has_no_challenge(server):
    with server.log.allowing("JWT0401|AH01631"):
        answer = server.accepts(page("report"), SIGNER.mint())
    assert answer.challenge is None


def test_httpd_logs_nothing_of_it(server):
    """To ask mod_authz_core once more leaves no line at error."""
    before = server.log.text().count("AH0163")
    refusal(server, "both")
    refusal(server, "claim")
    assert server.log.text().count("AH0163") == before
