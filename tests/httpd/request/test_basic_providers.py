# SPDX-License-Identifier: Apache-2.0
"""AuthBasicProvider with several providers: a token of an issuer that one
provider does not trust is left to the next one; every other refusal stands."""
import base64
import hashlib
import re
import urllib.parse

import pytest

from harness.httpd import ENV_CGI, Httpd, check_config
from harness.reasons import REASONS
from harness.settings import MPMS
from harness.site import location
from harness.tokens import AUDIENCE, ISSUER, Signer, key_set, spoil_signature

OTHER = "https://other.example/"
THIRD = "https://third.example/"
FIRST, SECOND, FOREIGN, TENANT = (
    Signer(issuer=issuer) for issuer in (ISSUER, OTHER, THIRD, ISSUER))

GRAPH = "00000003-0000-0000-c000-000000000000"
TEMPLATE = "https://login.microsoftonline.com/{tenantid}/v2.0"
TENANTS = ["11111111-1111-1111-1111-111111111111",
           "22222222-2222-2222-2222-222222222222",
           "33333333-3333-3333-3333-333333333333"]

# As a password of mod_authn_file: no provider of ours knows its issuer
PASSWORD = FOREIGN.mint()


def alias(name, *lines):
    return "\n".join([f"<AuthnProviderAlias jwt {name}>", *lines,
                      "</AuthnProviderAlias>\n"])


def trusting(name, issuer, keys, *lines):
    return alias(name, f"AuthJWTIssuer {issuer} {keys}",
                 f"AuthJWTAudience {AUDIENCE}", *lines)


def basic(path, providers, *lines):
    return location(path, "AuthType Basic", 'AuthName "orders"',
                    f"AuthBasicProvider {providers}",
                    'AuthUserFile "${ROOT}/passwords"', "CGIPassAuth On",
                    "ErrorDocument 401 /error/env.cgi",
                    *(lines or ["Require valid-user"]))


PROVIDERS = {"a-b": "a b", "b-a": "b a", "a-any": "a any", "a-c": "a c",
             "a-half-b": "a no-audience b", "half-b": "no-audience b",
             "down-b": "down b", "b-down": "b down", "a-file": "a file",
             "file-a": "file a", "a-b-file": "a b file",
             "one-two": "one two"}

SITE = "".join((
    "AuthJWTFetchTimeout 1\n",
    trusting("a", ISSUER, "keys=first.json"),
    trusting("b", OTHER, "keys=second.json"),
    trusting("c", ISSUER, "keys=first.json").replace(AUDIENCE, "api://other"),
    trusting("any", "*", "keys=third.json"),
    alias("no-audience", f"AuthJWTIssuer {OTHER} keys=second.json"),
    trusting("down", ISSUER, "jwks=http://127.0.0.1:9/keys"),
    *(trusting(name, TEMPLATE, f"keys=tenants.json tenants={tenant}")
      for name, tenant in zip(("one", "two"), TENANTS)),
    *(basic(f"/{place}", names) for place, names in PROVIDERS.items()),
    basic("/scope", "a b", "Require jwt-scope read"),
    basic("/off", "a b", "AuthJWTForwardToken Off", "Require valid-user"),
    basic("/off-file", "a file", "AuthJWTForwardToken Off",
          "Require valid-user"),
    basic("/file-off", "file a", "AuthJWTForwardToken Off",
          "Require valid-user"),
    basic("/lax", "a b", "AuthBasicAuthoritative Off", "Require valid-user"),
    location("/error", "CGIPassAuth On"),
    location("/status", "SetHandler jwt-status"),
))

PLACES = [*PROVIDERS, "scope", "off", "off-file", "file-off", "lax", "error"]


def hashed(password):
    digest = hashlib.sha1(password.encode()).digest()
    return "{SHA}" + base64.b64encode(digest).decode()


FILES = {"first.json": key_set(FIRST), "second.json": key_set(SECOND),
         "third.json": key_set(FOREIGN), "tenants.json": key_set(TENANT),
         "passwords": f"bob:{hashed('secret')}\ncarol:{hashed(PASSWORD)}\n",
         **{f"htdocs/{place}/env.cgi": ENV_CGI for place in PLACES}}

MODULES = ["auth_basic", "authn_file"]


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    server = Httpd(SITE, mpm=request.param, files=FILES, modules=MODULES)
    with server.log.allowing(r"\bJWT0601\b"), server:
        yield server


def field(user, password):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Basic {pair}"


def ask(server, place, password, user="whoever"):
    return server.get(f"/{place}/env.cgi",
                      headers=[("Authorization", field(user, password))])


def accepts(server, place, password, name="alice", user="whoever"):
    answer = ask(server, place, password, user)
    assert answer.status == 200, (answer, server.log.remarkable())
    assert answer.env["REMOTE_USER"] == name
    assert "JWT_REASON" not in answer.env
    assert server.access(answer)[:2] == ["200", "-"]
    return answer.env


def refuses(server, reason, place, password, user="whoever"):
    answer = ask(server, place, password, user)
    row = REASONS[reason]
    assert answer.status == row.status, (answer, server.log.remarkable())
    server.log.take(rf"\b{row.tag}\b")
    if row.status == 401:
        assert answer.header("WWW-Authenticate") == 'Basic realm="orders"'
        # without AuthBasicAuthoritative, httpd looks for another module
        server.log.take("AH0161[78]|AH01796")
        assert answer.env["REDIRECT_JWT_REASON"] == row.tag
    assert server.access(answer)[:2] == [str(row.status), row.tag]
    return answer


def tenant_token(number):
    return TENANT.mint(iss=TEMPLATE.replace("{tenantid}", TENANTS[number]),
                       tid=TENANTS[number])


@pytest.mark.threat("B5")
@pytest.mark.parametrize("place", ["a-b", "b-a", "a-b-file"])
def test_each_token_goes_to_the_provider_of_its_issuer(server, place):
    for signer in (FIRST, SECOND):
        token = signer.mint(iss=signer.issuer)
        env = accepts(server, place, token)
        assert env["JWT_CLAIM_iss"] == signer.issuer
        assert env["HTTP_AUTHORIZATION"] == field("alice", token)
        accepts(server, place, token)  # as the caches have it


def test_one_of_no_issuer_goes_to_the_provider_of_any(server):
    accepts(server, "a-any", FOREIGN.mint(iss=None))
    accepts(server, "a-any", PASSWORD)
    refuses(server, "ISSUER_MISSING", "a-b", FOREIGN.mint(iss=None))


def test_one_for_graph_too(server):
    accepts(server, "a-any", FOREIGN.mint(aud=[GRAPH, AUDIENCE]))


def test_one_of_another_tenant_too(server):
    accepts(server, "one-two", tenant_token(0))
    accepts(server, "one-two", tenant_token(1))


@pytest.mark.threat("B5")
def test_no_key_of_one_serves_another(server):
    for place in ("a-b", "b-a"):
        refuses(server, "KEY_UNKNOWN", place, FIRST.mint(iss=OTHER))
        refuses(server, "KEY_UNKNOWN", place, SECOND.mint(iss=ISSUER))
    refuses(server, "KEY_UNKNOWN", "a-any", FOREIGN.mint(iss=ISSUER))


@pytest.mark.parametrize("place", ["a-b", "a-any", "a-file", "a-b-file",
                                   "lax"])
def test_a_refusal_by_its_own_provider_is_the_last(server, place):
    refuses(server, "EXPIRED", place, FIRST.mint(exp=1))
    refuses(server, "SIGNATURE_INVALID", place, spoil_signature(FIRST.mint()))
    refuses(server, "USER_MISSING", place, FIRST.mint(sub=None))


def test_another_audience_is_no_matter_for_the_next(server):
    refuses(server, "AUDIENCE_REFUSED", "a-c", FIRST.mint(aud="api://other"))


@pytest.mark.parametrize("place", ["a-b", "b-a", "a-file", "a-b-file", "lax"])
def test_one_that_nobody_knows(server, place):
    answer = refuses(server, "ISSUER_UNKNOWN", place, PASSWORD, "mallory")
    assert answer.env["HTTP_AUTHORIZATION"] == field("", PASSWORD)
    assert "mallory" not in answer.body


def test_the_last_refusal_is_the_one(server):
    refuses(server, "EXPIRED", "a-b", SECOND.mint(exp=1))
    refuses(server, "TENANT_REFUSED", "one-two", tenant_token(2))


@pytest.mark.parametrize("place", ["down-b", "b-down"])
def test_without_keys_it_is_503_all_the_same(server, place):
    accepts(server, place, SECOND.mint(iss=OTHER))
    answer = refuses(server, "KEYS_UNAVAILABLE", place, FIRST.mint())
    assert int(answer.header("Retry-After")) > 0


@pytest.mark.parametrize("place", ["half-b", "a-half-b"])
def test_one_that_cannot_check_is_500_all_the_same(server, place):
    refuses(server, "AUDIENCE_UNCONFIGURED", place, SECOND.mint(iss=OTHER))


def test_rules_hold(server):
    accepts(server, "scope", SECOND.mint(iss=OTHER, scope="read"))
    answer = ask(server, "scope", SECOND.mint(iss=OTHER))
    assert answer.status == 403
    server.log.take("JWT0401")
    server.log.take("AH01631")


@pytest.mark.threat("E4")
def test_passwords_beside_it(server):
    for place in ("a-file", "a-b-file", "off-file"):
        env = accepts(server, place, "secret", "bob", "bob")
        assert env["HTTP_AUTHORIZATION"] == field("bob", "secret")
        env = accepts(server, place, PASSWORD, "carol", "carol")
        assert env["HTTP_AUTHORIZATION"] == field("carol", PASSWORD)
        assert not any(name.startswith("JWT_CLAIM_") for name in env)
        refuses(server, "ISSUER_UNKNOWN", place, PASSWORD, "bob")
    accepts(server, "file-a", FIRST.mint())
    accepts(server, "file-a", "secret", "bob", "bob")
    refuses(server, "ISSUER_UNKNOWN", "file-a", PASSWORD, "whoever")


def test_a_user_of_the_file_is_not_asked_for_a_token(server):
    for place in ("file-a", "file-off"):
        answer = ask(server, place, FIRST.mint(), "bob")
        assert answer.status == 401
        server.log.take("AH01617")
        assert server.access(answer)[:2] == ["401", "-"]
        assert "Ym9i" not in answer.body  # bob, in base64


@pytest.mark.threat("E4")
def test_a_token_that_is_kept_from_the_application(server):
    for signer in (FIRST, SECOND):
        env = accepts(server, "off", signer.mint(iss=signer.issuer))
        assert "HTTP_AUTHORIZATION" not in env
    for place in ("off", "off-file"):
        answer = refuses(server, "ISSUER_UNKNOWN", place, PASSWORD)
        assert "HTTP_AUTHORIZATION" not in answer.env


def test_only_the_last_refusal_is_counted():
    with Httpd(SITE, files=FILES, modules=MODULES) as server:
        with server.log.allowing(r"\bJWT0601\b"):
            accepts(server, "a-b", SECOND.mint(iss=OTHER))
            refuses(server, "ISSUER_UNKNOWN", "a-b", PASSWORD)
            rows = server.get("/status?format=prometheus").body
    counts = {tag: int(count) for tag, count in re.findall(
        r'^auth_jwt_requests_total{reason="(\w+)".*} (\d+)$', rows, re.M)}
    assert {tag: count for tag, count in counts.items() if count} == {
        "JWT0000": 1, "JWT0304": 1}


def test_a_form_asks_them_too():
    """mod_auth_form keeps the name that was sent: it must be the user's."""
    config = trusting("a", ISSUER, "keys=first.json") \
        + trusting("b", OTHER, "keys=second.json") \
        + location("/form", "AuthType form", 'AuthName "orders"',
                   "AuthFormProvider a b", "Session On",
                   "SessionCookieName session path=/", "Require valid-user")
    files = {**FILES, "htdocs/form/env.cgi": ENV_CGI}
    with Httpd(config, files=files, modules=[
            "auth_form", "session", "session_cookie", "request"]) as server:
        for token, name, status in [
                (FIRST.mint(), "alice", 200),
                (SECOND.mint(iss=OTHER), "alice", 200),
                (SECOND.mint(iss=OTHER), "bob", 401),
                (SECOND.mint(iss=OTHER, exp=1), "alice", 401),
                (PASSWORD, "alice", 401)]:
            session = urllib.parse.urlencode({"orders-user": name,
                                              "orders-pw": token})
            with server.log.allowing("JWT03|AH0180"):
                answer = server.get("/form/env.cgi", headers=[
                    ("Cookie", f"session={session}")])
            assert answer.status == status, (answer, server.log.text())
        logged = server.log.text()
        assert re.search("JWT0304.*the next AuthBasicProvider is tried", logged)
        assert "JWT0307" in logged and "JWT0312" in logged


@pytest.mark.threat("F2")
@pytest.mark.parametrize("line", ["AuthJWTHeader X-Mail email",
                                  "AuthJWTExportPrefix OIDC_CLAIM_"])
def test_what_clients_forge_is_named_by_the_section(line):
    """Forged headers are removed before a provider is asked: in an alias, the
    line would remove none."""
    lines = (f"AuthJWTIssuer {ISSUER} keys=first.json",
             f"AuthJWTAudience {AUDIENCE}")
    code, output = check_config(
        alias("a", *lines, line) + basic("/a", "a"), files=FILES,
        modules=MODULES)
    assert code == 1, output
    assert re.search(rf"{line.split()[0]}: .*<AuthnProviderAlias>.*write it "
                     "into the section that has AuthBasicProvider", output)
    assert check_config(alias("a", *lines) + basic(
        "/a", "a", line, "Require valid-user"), files=FILES,
        modules=MODULES) == (0, "Syntax OK\n")


def test_digest_does_without_them():
    config = trusting("a", ISSUER, "keys=first.json") + location(
        "/", "AuthType Digest", 'AuthName "orders"', "AuthDigestProvider a",
        "Require valid-user")
    code, output = check_config(config, files=FILES,
                                modules=MODULES + ["auth_digest"])
    print(output)
    assert code == 1, output
    assert 'Digest' in output
