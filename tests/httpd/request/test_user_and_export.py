# SPDX-License-Identifier: Apache-2.0
"""Who is the user, and which variables does an application see?"""
import pytest

from harness.httpd import ENV_CGI, Httpd, check_config
from harness.site import TRUST, guarded, location, site
from harness.tokens import Signer, encode_json, key_set

SIGNER = Signer()

SITE = "LimitRequestFieldSize 32768\n" + site(
    guarded("/"),
    location("/mail", "AuthJWTUser email sub"),
    location("/nested", "AuthJWTUser realm.name"),
    location("/template", 'AuthJWTUser "{tid}/{oid}" sub'),
    location("/literal", "AuthJWTUser email =service"),
    location("/uid", "AuthJWTUser uid"),
    location("/uid-or-sub", "AuthJWTUser uid sub"),
    location("/uid-in-template", 'AuthJWTUser "{tenant}#{uid}"'),
    location("/none", "AuthJWTExport none"),
    location("/some", "AuthJWTExport tenant realm.name=NAME "
             "/realm/roles=ROLES absent"),
    location("/many", "AuthJWTExport big=A big=B big=C big=D big=E sub"),
    location("/prefix", "AuthJWTExportPrefix OIDC_CLAIM_"),
    location("/json", "AuthJWTExportFormat json"),
    location("/list", "AuthJWTExportFormat list"),
)


@pytest.fixture(scope="module")
def server():
    with Httpd(SITE, files={"keys.json": key_set(SIGNER)}) as server:
        yield server


def user(server, path, **claims):
    answer = server.accepts(path, SIGNER.mint(**claims))
    assert server.access(answer)[2] == answer.env["REMOTE_USER"]
    return answer.env["REMOTE_USER"]


def variables(server, path="/", prefix="JWT_CLAIM_", **claims):
    """Those that claims became, without the prefix and the usual four."""
    answer = server.accepts(path, SIGNER.mint(**claims))
    return {name[len(prefix):]: value for name, value in answer.env.items()
            if name.startswith(prefix)
            and name[len(prefix):] not in ("iss", "aud", "exp", "iat", "sub")}


# AuthJWTUser

def test_the_user_is_the_subject(server):
    assert user(server, "/") == "alice"
    assert user(server, "/", sub="alice@example.com") == "alice@example.com"


def test_a_user_is_any_text(server):
    answer = server.accepts("/", SIGNER.mint(sub='Zoë "☃" <x>'))
    assert answer.env["REMOTE_USER"] == 'Zoë "☃" <x>'


@pytest.mark.threat("E4")
@pytest.mark.parametrize("subject", [None, "", "a\tb", "a\nb", "a\0b",
                                     "\x7f"])
def test_no_name_for_a_user(server, subject):
    server.refuses("USER_MISSING", "/", SIGNER.mint(sub=subject))


@pytest.mark.threat("E4")
@pytest.mark.parametrize("subject", [
    "alice ", " alice", " ", "alice\u00a0", "\u3000alice", "\ufeffalice",
    "alice\u200b", "al\x80ice", "al\x85ice", "alice\x9f"])
def test_no_name_that_a_reader_takes_for_another(server, subject):
    """Backends remove white space around a header, and applications more."""
    server.refuses("USER_MISSING", "/", SIGNER.mint(sub=subject))
    assert user(server, "/mail", email=subject) == "alice"


def test_the_log_names_what_is_wrong_with_a_name(server):
    token = SIGNER.mint(sub="alice ")
    assert server.get("/", token).status == 401
    assert "claim sub begins or ends with white space" in server.log.take(
        r"\bJWT0312\b")
    assert server.get("/", SIGNER.mint(sub=None)).status == 401
    assert server.log.take(r"\bJWT0312\b").endswith('alg "ES256"')


@pytest.mark.threat("E4")
@pytest.mark.parametrize("subject", [True, 1.5, ["alice"], {"name": "alice"}])
def test_a_subject_that_is_no_name(server, subject):
    server.refuses("USER_MISSING", "/", SIGNER.mint(sub=subject))


@pytest.mark.parametrize("number", [1234, 0, -7, 9223372036854775807])
def test_a_user_may_be_an_integer(server, number):
    assert user(server, "/uid", uid=number) == str(number)
    assert user(server, "/uid", uid=number, sub=42) == str(number)
    assert user(server, "/uid-or-sub", sub=number) == str(number)
    assert user(server, "/", sub=number) == str(number)
    assert user(server, "/uid-in-template", tenant=7, uid=number) == \
        f"7#{number}"


@pytest.mark.parametrize("unused", [7, 1.5, True, ["a"], {"a": 1}, 2**64])
def test_what_names_no_user_may_be_anything(server, unused):
    with server.log.allowing("is not exported"):
        assert user(server, "/uid", uid="bob", sub=unused) == "bob"
        assert user(server, "/", jti=unused) == "alice"


def test_the_first_claim_that_fits(server):
    assert user(server, "/mail", email="a@example.com") == "a@example.com"
    assert user(server, "/mail") == "alice"
    assert user(server, "/mail", email="") == "alice"
    assert user(server, "/mail", email=["a@example.com"]) == "alice"
    server.refuses("USER_MISSING", "/mail", SIGNER.mint(sub=None))


def test_a_claim_inside_another(server):
    assert user(server, "/nested", realm={"name": "bob"}) == "bob"
    server.refuses("USER_MISSING", "/nested", SIGNER.mint(realm="bob"))


def test_a_template(server):
    assert user(server, "/template", tid="t1", oid="o1") == "t1/o1"
    assert user(server, "/template", tid="t1") == "alice"
    assert user(server, "/template", tid="", oid="o1") == "alice"


@pytest.mark.threat("E4")
def test_a_template_gives_two_users_two_names(server):
    assert user(server, "/template", tid="x", oid="y/z") == "x/y/z"
    assert user(server, "/template", tid="x/y", oid="z") == "alice"


@pytest.mark.threat("E4")
@pytest.mark.parametrize("words, says", [
    ("{tid}{oid}", "two adjacent claims"),
    ("'{tid} '", "white space"),
    ("'= guest'", "white space"),
    ("=gu\u0085est", "control character"),
])
def test_rules_that_give_no_good_name(words, says):
    code, output = check_config(guarded("/", f"AuthJWTUser {words}"))
    assert code != 0
    assert "AuthJWTUser" in output and says in output


def test_a_literal(server):
    assert user(server, "/literal") == "service"
    assert user(server, "/literal", email="a@example.com") == "a@example.com"


# AuthJWTExport

def test_all_claims_become_variables(server):
    answer = server.accepts("/", SIGNER.mint(tenant="acme"))
    names = {name for name in answer.env if name.startswith("JWT_CLAIM_")}
    assert names == {f"JWT_CLAIM_{name}" for name in
                     ("iss", "aud", "sub", "iat", "exp", "tenant")}
    assert answer.env["JWT_CLAIM_aud"] == "api://orders"
    assert answer.env["JWT_CLAIM_exp"].isdigit()


@pytest.mark.parametrize("value, text", [
    ("plain", "plain"),
    ("", ""),
    ("with space, comma; =\"'$`\\", "with space, comma; =\"'$`\\"),
    ("Zoë ☃", "Zoë ☃"),
    (0, "0"),
    (-7, "-7"),
    (9223372036854775807, "9223372036854775807"),
    (0.1, "0.1"),
    (1.5, "1.5"),
    (100.25, "100.25"),
    (True, "true"),
    (False, "false"),
    (["a", "b"], "a,b"),
    (["a"], "a"),
    (["a", 1, True, 2.5], "a,1,true,2.5"),
    (["a,b", "c"], '["a,b","c"]'),
    ([["a"], "b"], '[["a"],"b"]'),
    ([{"a": 1}], '[{"a":1}]'),
    ({"a": [1, "x"], "b": {"c": None}}, '{"a":[1,"x"],"b":{"c":null}}'),
])
def test_how_a_value_is_written(server, value, text):
    assert variables(server, claim=value) == {"claim": text}


def test_null_is_not_exported(server):
    payload = encode_json({**SIGNER.claims(), "claim": None})
    token = SIGNER.sign(encode_json(SIGNER.header()), payload)
    assert "JWT_CLAIM_claim" not in server.accepts("/", token).env


@pytest.mark.threat("F2")
@pytest.mark.parametrize("name, variable", [
    ("Tenant", "Tenant"),
    ("a.b-c", "a_b_c"),
    ("https://example.com/x", "https___example_com_x"),
    ("9lives", "9lives"),
    ("a b=c", "a_b_c"),
    ("", ""),
    ("é", "__"),
])
def test_how_a_variable_is_named(server, name, variable):
    assert variables(server, **{name: "x"}) == {variable: "x"}


@pytest.mark.threat("F2")
def test_the_name_that_needed_no_change_wins(server):
    assert variables(server, **{"a.b": "no", "a_b": "yes"}) == {"a_b": "yes"}
    assert variables(server, **{"a_b": "yes", "a.b": "no"}) == {"a_b": "yes"}
    server.log.take(r'"a\.b"')
    server.log.take(r'"a\.b"')


@pytest.mark.threat("F2")
def test_two_changed_names_export_neither(server):
    assert variables(server, **{"a.b": "1", "a-b": "2"}) == {}
    assert variables(server, **{"a.b": "1", "a-b": "2", "a/b": "3"}) == {}
    assert variables(server, **{"a.b": "1", "a-b": "2", "a_b": "3"}) == \
        {"a_b": "3"}
    server.log.take(r'"a\.b"')
    server.log.take(r'"a-b"')


@pytest.mark.threat("F2")
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\tb", "\x1b[0m", "a\0b",
                                   "\x7f", ["ok", "a\nb"], "x" * 8193])
def test_a_value_that_is_not_exported(server, value):
    assert variables(server, claim=value) == {}
    server.log.take('"claim"')


def test_a_long_value(server):
    assert variables(server, claim="x" * 8192) == {"claim": "x" * 8192}


@pytest.mark.threat("F2")
def test_too_much_in_all(server):
    found = variables(server, "/many", big="x" * 7000)
    assert len(found) == 4
    assert set(found.values()) == {"x" * 7000}
    server.log.take('"big"')


def test_export_none(server):
    assert variables(server, "/none", tenant="acme") == {}


def test_export_some(server):
    realm = {"name": "bob", "roles": ["a", "b"]}
    assert variables(server, "/some", tenant="acme", realm=realm, x="y") == {
        "tenant": "acme", "NAME": "bob", "ROLES": "a,b"}
    answer = server.accepts("/some", SIGNER.mint())
    assert not any(name.startswith("JWT_CLAIM_") for name in answer.env)


def test_another_prefix(server):
    assert variables(server, "/prefix", "OIDC_CLAIM_", tenant="acme") == \
        {"tenant": "acme"}
    assert variables(server, "/prefix", tenant="acme") == {}


def test_arrays_as_json(server):
    assert variables(server, "/json", a=["x", "y"], b="z") == \
        {"a": '["x","y"]', "b": "z"}
    assert variables(server, "/list", a=["x", "y"]) == {"a": "x,y"}


@pytest.mark.threat("F2")
def test_a_client_cannot_forge_a_variable(server):
    headers = [("JWT_CLAIM_tenant", "evil"), ("JWT-CLAIM-tenant", "evil"),
               ("JWT_REASON", "evil"), ("REMOTE_USER", "evil")]
    answer = server.accepts("/", SIGNER.mint(), headers=headers)
    assert "JWT_CLAIM_tenant" not in answer.env
    assert "JWT_REASON" not in answer.env
    assert answer.env["REMOTE_USER"] == "alice"


@pytest.mark.threat("F2")
def test_another_spelling_takes_no_place(server):
    """An environment folds case: SUB must not stand where sub was."""
    answer = server.accepts("/", SIGNER.mint(SUB="admin", Groups="x",
                                             groups="y"))
    assert answer.env["REMOTE_USER"] == "alice"
    assert not {name.lower() for name in answer.env} & {
        "jwt_claim_sub", "jwt_claim_groups"}
    for _ in range(4):
        server.log.take("has the same variable name")


# What stands in a variable's place before it is set

FORGED = {"REMOTE_USER", "remote_user", "AUTH_TYPE", "JWT_CLAIM_sub",
          "jwt_claim_admin", "JWT_CLAIM_a.b"}

FROM_A_HEADER = "SetEnvIf X-Forged (.+) OTHER=$1 " + " ".join(
    f'"{name}=$1"' for name in sorted(FORGED))

FORGING = TRUST + FROM_A_HEADER + """
DirectoryIndex env.cgi
RewriteEngine On
RewriteCond %{HTTP:X-Forged} (.+)
RewriteRule ^ - [E=REMOTE_USER:%1,E=JWT_CLAIM_email:%1]
<Directory "${ROOT}/htdocs/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
""" + "".join((
    guarded("/in", FROM_A_HEADER),
    guarded("/open", FROM_A_HEADER, "Require all granted"),
    guarded("/optional", FROM_A_HEADER, "AuthJWTOptional On",
            "Require all granted"),
    guarded("/report", FROM_A_HEADER, "AuthJWTOptional report"),
    guarded("/preflight", FROM_A_HEADER, "AuthJWTPreflight On"),
    guarded("/prefix", FROM_A_HEADER, "Require all granted",
            "AuthJWTExportPrefix OIDC_"),
    location("/elsewhere", FROM_A_HEADER, "Require all granted"),
    location("/ssi", "Require all granted"),
))


@pytest.fixture(scope="module")
def forging():
    files = {f"htdocs/{name}/env.cgi": ENV_CGI
             for name in ("in", "open", "optional", "report",
                          "preflight", "prefix", "elsewhere")}
    files.update({
        "keys.json": key_set(SIGNER),
        "htdocs/in/r.cgi": "#!/bin/sh\nprintf 'Location: %s\\n\\n' "
                           '"$QUERY_STRING"\n',
        "htdocs/ssi/open.shtml": '<!--#include virtual="/open/env.cgi" -->'})
    with Httpd(FORGING, files=files, is_open=True) as server:
        yield server


def forged(server, path, token=None, headers=(), **how):
    """The variables that the client wrote, and all of them."""
    env = server.accepts(path, token, headers=[("X-Forged", "mallory"),
                                               *headers], **how).env
    return {name for name, value in env.items() if value == "mallory"
            and not name.startswith("REDIRECT_")}, env


@pytest.mark.threat("F2")
@pytest.mark.parametrize("path, has_token", [
    ("/open/env.cgi", False), ("/open/env.cgi", True), ("/open/", False),
    ("/in/env.cgi", True), ("/in/", True), ("/ssi/open.shtml", False),
    ("/in/r.cgi?/in/env.cgi", True), ("/in/r.cgi?/open/env.cgi", True)])
def test_nothing_forged_stays(forging, path, has_token):
    token = SIGNER.mint() if has_token else None
    names, env = forged(forging, path, token)
    assert names == {"OTHER", "HTTP_X_FORGED"}
    is_ours = has_token and path.startswith("/in/")
    assert env.get("REMOTE_USER") == ("alice" if is_ours else None)
    assert env.get("JWT_CLAIM_sub") == ("alice" if is_ours else None)


def test_nothing_forged_goes_on_unauthenticated(forging):
    preflight = {"method": "OPTIONS", "headers": [
        ("Origin", "https://app.example"),
        ("Access-Control-Request-Method", "GET")]}
    for path, how in (("/optional/env.cgi", {}),
                      ("/report/env.cgi", {}),
                      ("/report/env.cgi", {"token": SIGNER.mint(exp=1)}),
                      ("/preflight/env.cgi", preflight)):
        names, env = forged(forging, path, **how)
        assert names == {"OTHER", "HTTP_X_FORGED"}, path
        assert not env.keys() & FORGED, path
    forging.log.take(r"\bJWT0001\b.*let through")
    forging.log.take(r"\bJWT0307\b.*let through")


def test_only_what_the_section_exports_is_cleared(forging):
    names, _ = forged(forging, "/prefix/env.cgi")
    assert {"JWT_CLAIM_sub", "jwt_claim_admin"} <= names
    assert not names & {"REMOTE_USER", "remote_user", "AUTH_TYPE"}
    names, _ = forged(forging, "/elsewhere/env.cgi")
    assert {"REMOTE_USER", "JWT_CLAIM_sub"} <= names
