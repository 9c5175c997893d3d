# SPDX-License-Identifier: Apache-2.0
"""conf-examples/mcp-server.conf and the recipes for MCP, as a client made with
MCP's own SDK finds them: every message of it, in order.  `pytest -s` prints
them."""
import pytest

from harness.recipes import recipe
from mcp import METADATA, RESOURCE, World

READ, BOTH = "orders.read", "orders.read orders.write"
LIST = ("/mcp", "list_orders")
CANCEL = ("/mcp", "cancel_order")
CANCEL_THERE = ("/mcp/write", "cancel_order")

LACKING = 'error="insufficient_scope", error_description="scope not granted", '
NAMED = f'resource_metadata="{METADATA}"'
WRITE = recipe("A path for each scope")


def challenge(error="", scope=READ):
    needed = f'scope="{scope}", ' if scope else ""
    return f'Bearer realm="orders", {error}{needed}{NAMED}'


# Pieces of a conversation

DISCOVERY = [
    "client: GET api.example/.well-known/oauth-protected-resource/mcp -> 200",
    # the SDK looks for RFC 8414 first; this issuer has OpenID's alone
    "client: GET login.example/.well-known/oauth-authorization-server -> 404",
    "client: GET login.example/.well-known/openid-configuration -> 200"]


def asks_for_consent(scope, back):
    return (f"browser: GET login.example/auth response_type=code "
            f"code_challenge_method=S256 scope={scope} resource={RESOURCE} "
            f"-> 303 to {back}")


PAGE = [
    "browser: GET login.example/interaction/ID -> 303 to login.example/auth/ID",
    "browser: GET login.example/auth/ID -> 303 to "]
CALLBACK = "http://127.0.0.1:1/callback"


def authorization(scope, pages):
    """pages: who the user is, what she agrees to; the second alone, where the
    issuer knows her already."""
    lines = [asks_for_consent(scope, "/interaction/ID")]
    for i in range(pages):
        more = i < pages - 1
        lines += [PAGE[0], PAGE[1] + (
            "/interaction/ID" if more else f"{CALLBACK}?code&iss")]
    return [*lines, *DISCOVERY,
            "client: POST login.example/token grant_type=authorization_code "
            f"resource={RESOURCE} -> 200"]


def refused(path, scope, status, value, method="initialize"):
    return [f"client: POST api.example{path} {method} with {scope} "
            f"-> {status} {value}"]


def first_login(scope=READ):
    return [*refused("/mcp", "no token", 401, challenge(scope=scope)),
            *DISCOVERY,
            f"client: POST login.example/reg scope={scope} -> 201",
            *authorization(scope, pages=2)]


def connects(path, scope):
    place = f"api.example{path}"
    return [f"client: POST {place} initialize with {scope} -> 200",
            f"client: POST {place} notifications/initialized with {scope} "
            "-> 202",
            f"client: GET {place} -> 405"]  # no stream here, which is allowed


def calls(path, tool, scope):
    return [f"client: POST api.example{path} tools/call {tool} with {scope} "
            "-> 200"]


def succeeds(call, scope):
    path, tool = call
    return [*connects(path, scope), *calls(path, tool, scope)]


def logins(lines):
    return len([line for line in lines
                if line.startswith("browser: GET login.example/auth ")])


@pytest.fixture(scope="module")
def world(provider_folder, ca, tmp_path_factory):
    with World(provider_folder, tmp_path_factory.mktemp("mcp"), ca) as world:
        yield world


@pytest.fixture
def user(world, tmp_path):
    """user(MORE, **options): see World.serve."""
    def make(*more, **options):
        return world.serve(tmp_path, *more, **options)
    return make


def expect_in_log(server, *tags):
    for tag in tags:
        server.log.take(rf"\b{tag}\b")
        if tag.startswith("JWT04"):
            server.log.take("AH01631")


# From nothing to a call, and to one that needs more

@pytest.mark.parametrize("write", [
    WRITE,
    WRITE.replace("Require jwt-scope orders.read orders.write",
                  "AuthMerging And\nRequire jwt-scope orders.write"),
    WRITE.replace("Require jwt-scope orders.read orders.write",
                  "<RequireAll>\nRequire jwt-scope orders.read\n"
                  "Require jwt-scope orders.write\n</RequireAll>")],
    ids=["one-line", "AuthMerging-And", "RequireAll"])
def test_login_then_step_up(user, write):
    """One login for each set of scopes, and the last token is good for both
    paths."""
    with user(write) as alice:
        lines, results = alice.call(LIST, CANCEL_THERE, LIST)
        assert lines == [
            *first_login(), *succeeds(LIST, READ),
            *refused("/mcp/write", READ, 403, challenge(LACKING, BOTH)),
            *DISCOVERY, *authorization(BOTH, pages=1),
            *succeeds(CANCEL_THERE, BOTH),
            *succeeds(LIST, BOTH)]
        assert logins(lines) == 2
        assert results == ["list_orders for alice", "cancel_order for alice",
                           "list_orders for alice"]
        expect_in_log(alice.server, "JWT0001", "JWT0401")


def test_the_application_asks_for_a_scope(user):
    """In the middle of a session: httpd hands its challenge on as it is."""
    with user() as alice:
        lines, results = alice.call(CANCEL, CANCEL)
        assert lines == [
            *first_login(), *connects("/mcp", READ),
            *refused("/mcp", READ, 403,
                     f'Bearer error="insufficient_scope", scope="{BOTH}", '
                     + NAMED, method="tools/call cancel_order"),
            *DISCOVERY, *authorization(BOTH, pages=1),
            *calls(*CANCEL, BOTH), *succeeds(CANCEL, BOTH)]
        assert logins(lines) == 2
        assert results == ["cancel_order for alice"] * 2
        expect_in_log(alice.server, "JWT0001")


STAFF = """
<Location "/mcp/staff">
    <RequireAll>
        Require jwt-scope orders.read
        Require jwt-claim roles=staff
    </RequireAll>
</Location>
"""


def test_no_consent_for_what_no_scope_can_give(user):
    """Each call is refused once, and the client does not log in again."""
    staff = ("/mcp/staff", "list_orders")
    with user(STAFF) as alice:
        lines, results = alice.call(LIST, staff, staff)
        denied = refused("/mcp/staff", READ, 403, challenge())
        assert "error=" not in denied[0]
        assert lines == [*first_login(), *succeeds(LIST, READ),
                         *denied, *denied]
        assert logins(lines) == 1
        assert results[0] == "list_orders for alice"
        assert all("403 Forbidden" in result for result in results[1:])
        expect_in_log(alice.server, "JWT0001", "JWT0402", "JWT0402")


# Issuers with which this SDK gets no further scope, and what helps

def test_with_a_refresh_token_it_refreshes_and_gives_up(user):
    with user(WRITE, refresh_tokens=True) as alice:
        lines, results = alice.call(LIST, CANCEL_THERE, LIST)
        lacking = refused("/mcp/write", READ, 403, challenge(LACKING, BOTH))
        assert lines == [
            *first_login(), *succeeds(LIST, READ), *lacking, *DISCOVERY,
            "client: POST login.example/token grant_type=refresh_token "
            f"resource={RESOURCE} -> 200",
            *lacking, *succeeds(LIST, READ)]
        assert logins(lines) == 1
        assert "403 after trying upscoping" in results[1]
        expect_in_log(alice.server, "JWT0001", "JWT0401", "JWT0401")


def test_an_issuer_may_hold_it_to_the_scopes_that_it_registered(user):
    with user(WRITE, binds_scopes=True) as alice:
        lines, results = alice.call(LIST, CANCEL_THERE, LIST)
        assert lines == [
            *first_login(), *succeeds(LIST, READ),
            *refused("/mcp/write", READ, 403, challenge(LACKING, BOTH)),
            *DISCOVERY,
            asks_for_consent(
                BOTH, f"{CALLBACK}?error&error_description&iss&scope"),
            *succeeds(LIST, READ)]
        assert logins(lines) == 2
        assert results[1] == "failed: login: invalid_scope"
        expect_in_log(alice.server, "JWT0001", "JWT0401")


@pytest.mark.parametrize("options", [
    {"refresh_tokens": True}, {"binds_scopes": True}], ids="-".join)
def test_the_first_challenge_can_name_all(user, options):
    with user(recipe("All scopes at the first login"), **options) as alice:
        lines, results = alice.call(LIST, CANCEL)
        assert lines == [*first_login(BOTH), *succeeds(LIST, BOTH),
                         *succeeds(CANCEL, BOTH)]
        assert logins(lines) == 1
        assert results == ["list_orders for alice", "cancel_order for alice"]
        expect_in_log(alice.server, "JWT0001")
