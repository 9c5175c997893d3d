# SPDX-License-Identifier: Apache-2.0
"""What is answered to whom: the table of responses, on each MPM."""
import time

import pytest

from harness import client
from harness.httpd import Httpd
from harness.reasons import REASONS
from harness.settings import MPMS
from harness.site import guarded, location, site
from harness.tokens import AUDIENCE, ISSUER, Signer, key_set

SIGNER = Signer()

SITE = site(
    guarded("/orders"),
    guarded("/scope", "Require jwt-scope read write"),
    guarded("/claim", "Require jwt-claim tenant=acme"),
    guarded("/user", "Require user bob"),
    guarded("/any", "<RequireAny>", "Require jwt-scope never",
            "Require jwt-claim never", "Require valid-user", "</RequireAny>"),
    guarded("/not", "<RequireAll>", "Require valid-user",
            "Require not jwt-claim tenant=evil", "</RequireAll>"),
    guarded("/all", "<RequireAll>", "Require jwt-scope read",
            "Require jwt-claim tenant=acme", "</RequireAll>"),
    guarded("/scope-and-bob", "<RequireAll>", "Require jwt-scope read",
            "Require user bob", "</RequireAll>"),
    guarded("/bob-and-scope", "<RequireAll>", "Require user bob",
            "Require jwt-scope read", "</RequireAll>"),
    guarded("/not-slow", "<RequireAll>", "Require valid-user",
            'Require not jwt-claim "name~(a+)+c|evil"', "</RequireAll>"),
    guarded("/quoted", r'AuthName "say \"hi\""'),
    location("/nameless", "AuthType Bearer", "Require valid-user"),
    location("/open", "Require all granted"),
    guarded("/pages", "ErrorDocument 400 /open/error",
            "ErrorDocument 401 /open/error"),
    guarded("/pages/scope", "ErrorDocument 403 /open/error",
            "Require jwt-scope read"),
    guarded("/inner-pages", "ErrorDocument 401 /inner-pages/error"),
)


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, request.param,
               {"keys.json": key_set(SIGNER)}) as server:
        yield server


def token(**claims):
    return SIGNER.mint(**claims)


def wrong_token():
    return SIGNER.mint(exp=int(time.time()) - 3600)


def test_no_credentials(server):
    answer = server.refuses("NO_TOKEN", "/orders")
    assert answer.status == 401
    assert answer.challenge.value == 'Bearer realm="orders"'


def test_other_credentials(server):
    answer = server.refuses("OTHER_SCHEME", "/orders",
                            headers=[("Authorization", "Basic YTpi")])
    assert answer.status == 401
    assert answer.challenge.value == 'Bearer realm="orders"'


def test_malformed_authorization(server):
    answer = server.refuses("MALFORMED_CREDENTIALS", "/orders",
                            headers=[("Authorization", "Bearer a b")])
    assert answer.status == 400
    assert answer.challenge.parameters["error"] == "invalid_request"


def test_two_tokens(server):
    header = ("Authorization", f"Bearer {token()}")
    answer = server.refuses("SEVERAL_TOKENS", "/orders",
                            headers=[header, header])
    assert answer.status == 400
    assert answer.challenge.parameters["error"] == "invalid_request"


def test_a_token_that_is_not_accepted(server):
    answer = server.refuses("EXPIRED", "/orders", wrong_token())
    assert answer.status == 401
    assert answer.challenge.parameters == {
        "realm": "orders", "error": "invalid_token",
        "error_description": "token expired"}


def test_a_scope_rule_fails(server):
    answer = server.refuses("SCOPE_MISSING", "/scope", token(scope="read"),
                            scope="read write")
    assert answer.status == 403
    assert answer.challenge.parameters["error"] == "insufficient_scope"


def test_a_claim_rule_fails(server):
    answer = server.refuses("CLAIM_RULE", "/claim", token())
    assert answer.status == 403
    assert answer.challenge.parameters == {"realm": "orders"}


def test_a_negated_claim_rule_fails(server):
    server.accepts("/not", token(tenant="acme"))
    server.refuses("CLAIM_RULE", "/not", token(tenant="evil"))


def test_one_of_two_rules_fails(server):
    server.accepts("/all", token(scope="read", tenant="acme"))
    server.refuses("SCOPE_MISSING", "/all", token(tenant="acme"),
                   scope="read")
    server.refuses("CLAIM_RULE", "/all", token(scope="read"), scope="read")


def test_require_user_is_httpds_own(server):
    server.accepts("/user", token(sub="bob"))
    answer = server.get("/user", token())
    assert answer.status == 401
    assert answer.challenge.scheme == "Bearer"
    server.log.take("AH01631")


@pytest.mark.parametrize("path", ["/scope-and-bob", "/bob-and-scope"])
def test_require_user_beside_a_rule_that_grants(server, path):
    """Only a jwt-* rule that failed makes it a 403."""
    server.accepts(path, token(sub="bob", scope="read"))
    answer = server.get(path, token(scope="read"))
    assert answer.status == 401
    assert "error" not in answer.challenge.parameters
    server.log.take("AH01631")


@pytest.mark.threat("E5")
def test_a_pattern_that_gives_up_grants_nothing_by_not(server):
    server.accepts("/not-slow", token(name="good"))
    server.refuses("CLAIM_RULE", "/not-slow", token(name="evil"))
    answer = server.get("/not-slow", token(name="a" * 40 + "evil"))
    assert answer.status == 500
    server.log.take("JWT0503 INTERNAL: .*gave up")


def test_accepted(server):
    answer = server.accepts("/orders", token())
    assert answer.env["REMOTE_USER"] == "alice"
    assert answer.env["AUTH_TYPE"] == "Bearer"
    assert answer.env["JWT_CLAIM_sub"] == "alice"
    assert server.access(answer) == ["200", "-", "alice"]


def test_a_granting_alternative_leaves_no_challenge(server):
    server.accepts("/any", token())


@pytest.mark.threat("F4")
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "DELETE"])
def test_every_method_is_checked(server, method):
    server.refuses("NO_TOKEN", "/orders", method=method)
    server.refuses("SCOPE_MISSING", "/scope", token(), scope="read write",
                   method=method)
    server.accepts("/orders", token(), method=method)


@pytest.mark.threat("F4")
def test_refused_then_accepted_on_one_connection(server):
    connection = client.connect(server.port)
    server.check_refusal(client.send(connection, "/orders"), "NO_TOKEN")
    socket = connection.sock
    good = client.send(connection, "/orders", token())
    assert (good.status, good.challenge) == (200, None)
    server.check_refusal(client.send(connection, "/scope", token()),
                         "SCOPE_MISSING", scope="read write")
    good = client.send(connection, "/any", token())
    assert (good.status, good.challenge) == (200, None)
    assert connection.sock is socket
    connection.close()


@pytest.mark.threat("F6")
def test_a_realm_is_quoted(server):
    answer = server.refuses("NO_TOKEN", "/quoted", realm='say "hi"')
    assert answer.challenge.value == r'Bearer realm="say \"hi\""'


def test_no_realm(server):
    answer = server.refuses("NO_TOKEN", "/nameless", realm=None)
    assert answer.challenge.value == "Bearer"
    server.refuses("EXPIRED", "/nameless", wrong_token(), realm=None)


@pytest.mark.threat("F4")
@pytest.mark.parametrize("reason, path, authorization, scope", [
    ("NO_TOKEN", "/pages", lambda: [], None),
    ("MALFORMED_CREDENTIALS", "/pages", lambda: ["Bearer"], None),
    ("EXPIRED", "/pages", lambda: [f"Bearer {wrong_token()}"], None),
    ("SCOPE_MISSING", "/pages/scope", lambda: [f"Bearer {token()}"], "read"),
])
def test_error_documents(server, reason, path, authorization, scope):
    """check_refusal looks at status, challenge and both logs."""
    headers = [("Authorization", value) for value in authorization()]
    answer = server.refuses(reason, path, scope=scope, headers=headers)
    assert answer.env["REDIRECT_URL"] == path
    assert answer.env["REDIRECT_STATUS"] == str(answer.status)
    assert not any(name.startswith("JWT_CLAIM_") for name in answer.env)


@pytest.mark.threat("F4")
def test_an_error_document_that_is_protected_itself(server):
    answer = server.refuses("NO_TOKEN", "/inner-pages")
    assert answer.status == 401


@pytest.mark.parametrize("path, reason, fix", [
    ("/no-audience", "AUDIENCE_UNCONFIGURED", "AuthJWTAudience"),
    ("/no-issuer", "ISSUER_UNCONFIGURED", "AuthJWTIssuer"),
])
def test_a_misconfigured_section(path, reason, fix):
    trust = f"AuthJWTIssuer {ISSUER} keys=keys.json"
    bare = site(guarded("/no-issuer"), guarded("/no-audience", trust),
                guarded("/good", trust, f"AuthJWTAudience {AUDIENCE}"),
                trust="")
    with Httpd(bare, files={"keys.json": key_set(SIGNER)}) as server:
        for lacking in ("issuer", "audience"):
            server.log.take(f'warn.*<Location "/no-{lacking}">: no {lacking}, '
                            "so requests are answered 500")
        server.accepts("/good", token())
        answer = server.get(path, token())
        assert (answer.status, answer.challenge) == (500, None)
        line = server.log.take(rf"auth_jwt:error.*{REASONS[reason].tag}")
        assert path in line
        assert fix in line
