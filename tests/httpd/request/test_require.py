# SPDX-License-Identifier: Apache-2.0
"""Which tokens does a Require line let pass?"""
import pytest

from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import Signer, key_set

SIGNER = Signer()

CLAIMS = {
    "tenant": "acme",
    "number": 42,
    "real": 1.5,
    "big": 9007199254740993,
    "negative": -7,
    "flag": True,
    "matrix": [[1, 2], ["a"]],
    "objects": [{"name": "x"}, {"name": "y"}],
    "nothing": None,
    "empty": "",
    "roles": ["staff", "ops", 7, False],
    "realm_access": {"roles": ["admin"], "deep": {"er": "yes"}},
    "dotted.name": "top",
    "dotted": {"name": "walked"},
    "https://example.com/roles": ["web"],
    "mail": "alice@example.com",
}

GRANTED = [
    "tenant=acme", "number=42", "real=1.5", "flag=true",
    "roles=staff", "roles=ops", "roles=7", "roles=false",
    "realm_access.roles=admin", "realm_access.deep.er=yes",
    "dotted.name=top", "/dotted/name=walked",
    "/https:~1~1example.com~1roles=web", "/tenant=acme",
    "tenant!=other", "roles!=boss", "number!=43",
    "mail~@example\\.com$", "mail~^alice", "roles~^o", "tenant~.",
    "tenant", "number", "flag", "realm_access", "realm_access.deep", "empty",
    "big=9007199254740993", "negative=-7", "real!=2", "real~^1\\.5$",
    "/roles/0=staff", "/roles/3=false", "/matrix/1/0=a", "/matrix/0=2",
    "/objects/1/name=y", "matrix=[1,2]", "matrix!=1",
    "tenant=acme number=42 roles",
]

DENIED = [
    "tenant=Acme", "tenant=acm", "tenant=acmee", "tenant=", "number=43",
    "flag=false", "roles=staf", "roles=staff,ops", "absent=x",
    "realm_access=admin", "realm_access.roles=user",
    "dotted.name=walked", "/dotted.name=walked",
    "tenant!=acme", "roles!=ops", "absent!=x",
    "mail~^example", "mail~@example\\.org", "absent~.",
    "absent", "realm_access.absent", "/absent", "tenant.deeper",
    "number=42.0", "number=042", "real=1.50", "big=9007199254740992",
    "flag=True", "flag=1", "nothing", "nothing=null", "matrix=1", "matrix=a",
    "/roles/1=staff", "/roles/00=staff", "/roles/4", "/roles/-", "roles.0",
    "/objects/name=x", "objects.name=x",
    "tenant=acme number=43", "tenant=acme absent",
]

# scope names of the line, claims, whether they grant
SCOPES = [
    ("read", {"scope": "read"}, True),
    ("read", {"scope": "write read admin"}, True),
    ("read write", {"scope": "write read"}, True),
    ("read", {"scp": "read write"}, True),
    ("read", {"scp": ["write", "read"]}, True),
    ("read write", {"scp": ["write", "read"]}, True),
    ("read", {"scope": ["write", "read"]}, True),
    ("read write", {"scope": ["write", "read", "x"]}, True),
    ("read write", {"scope": ["write"], "scp": "read"}, True),
    ("read", {"scope": ["write", 7], "scp": ["read"]}, True),
    ("read write", {"scope": "read"}, False),
    ("read", {"scope": "reader"}, False),
    ("read", {"scope": "READ"}, False),
    ("read", {"scope": ""}, False),
    ("read", {"scp": ["read write"]}, False),
    ("read", {"scp": []}, False),
    ("read", {"scope": []}, False),
    ("read", {"scope": ["read write"]}, False),
    ("read", {"scope": ["reader", "READ"]}, False),
    ("read", {"scope": ["read", 7]}, False),
    ("read", {"scope": [None, "read"]}, False),
    ("read", {"scope": ["read", ["x"]]}, False),
    ("read", {"scp": ["read", 7]}, False),
    ("read", {"scp": [{"read": True}, "read"]}, False),
    ("read", {"scope": {"read": True}}, False),
    ("read", {}, False),
]


def path_of(table, row):
    return f"/{table}/{row}/"


def claim_lines(table, terms):
    return [guarded(path_of(table, row), f'Require jwt-claim {quote(words)}')
            for row, words in enumerate(terms)]


def quote(words):
    return " ".join(f'"{word}"' for word in words.split(" "))


def scope_lines():
    return [guarded(path_of("scope", row), f"Require jwt-scope {names}")
            for row, (names, _, _) in enumerate(SCOPES)]


ALTERNATIVES = [
    guarded("/alternatives", "Require jwt-scope read",
            "Require jwt-claim tenant=acme"),
    guarded("/none", "<RequireAll>", "Require valid-user", "<RequireNone>",
            "Require jwt-claim tenant=evil", "Require jwt-scope banned",
            "</RequireNone>", "</RequireAll>"),
    guarded("/user", "Require user bob carol"),
]


@pytest.fixture(scope="module")
def server():
    config = site(*claim_lines("granted", GRANTED),
                  *claim_lines("denied", DENIED), *scope_lines(),
                  *ALTERNATIVES)
    with Httpd(config, files={"keys.json": key_set(SIGNER)}) as server:
        yield server


TOKEN = SIGNER.mint(**{name: value for name, value in CLAIMS.items()
                       if value is not None})


@pytest.mark.parametrize("row", range(len(GRANTED)), ids=GRANTED)
def test_claim_terms_that_hold(server, row):
    server.accepts(path_of("granted", row), TOKEN)


@pytest.mark.parametrize("row", range(len(DENIED)), ids=DENIED)
def test_claim_terms_that_do_not_hold(server, row):
    server.refuses("CLAIM_RULE", path_of("denied", row), TOKEN)


@pytest.mark.threat("E5")
@pytest.mark.parametrize("row", range(len(SCOPES)), ids=map(str, SCOPES))
def test_scopes(server, row):
    names, claims, granted = SCOPES[row]
    if granted:
        server.accepts(path_of("scope", row), SIGNER.mint(**claims))
    else:
        server.refuses("SCOPE_MISSING", path_of("scope", row),
                       SIGNER.mint(**claims), scope=names)


def test_several_lines_are_alternatives(server):
    server.accepts("/alternatives", SIGNER.mint(scope="read"))
    server.accepts("/alternatives", SIGNER.mint(tenant="acme"))
    answer = server.get("/alternatives", SIGNER.mint())
    assert answer.status == 403
    assert answer.challenge.parameters["error"] == "insufficient_scope"
    assert answer.challenge.parameters["scope"] == "read"
    server.log.take(r"\bJWT040[12]\b")
    server.log.take("AH01631")


def test_require_none(server):
    server.accepts("/none", SIGNER.mint(tenant="acme"))
    for claims in ({"tenant": "evil"}, {"scope": "banned"}):
        answer = server.get("/none", SIGNER.mint(**claims))
        assert answer.status == 403
        assert answer.challenge.parameters == {"realm": "orders"}
        server.log.take(r"\bJWT040[12]\b")
        server.log.take("AH01631")


def test_a_token_is_asked_for_before_any_rule(server):
    for path, scope in (("/alternatives", "read"), ("/none", None),
                        ("/user", None), (path_of("scope", 0), SCOPES[0][0]),
                        (path_of("granted", 0), None)):
        server.refuses("NO_TOKEN", path, scope=scope)


def test_require_user(server):
    server.accepts("/user", SIGNER.mint(sub="bob"))
    server.accepts("/user", SIGNER.mint(sub="carol"))
    assert server.get("/user", SIGNER.mint(sub="dave")).status == 401
    server.log.take("AH01631")
