# SPDX-License-Identifier: Apache-2.0
"""Clients that only speak Basic send the token as their password."""
import base64
import re
import time

import pytest

from harness.httpd import ENV_CGI, Httpd
from harness.reasons import REASONS
from harness.settings import MPMS, wait_until
from harness.site import (TRUST, TRUST_FETCHED, guarded, location, site)
from harness.tokens import Signer, key_set, spoil_signature

SIGNER = Signer()


def basic(path, *lines):
    if not any(line.lstrip("<").startswith("Require") for line in lines):
        lines += ("Require valid-user",)
    return location(path, "AuthType Basic", 'AuthName "orders"',
                    "AuthBasicProvider jwt", *lines)


SITE = TRUST + "".join((
    basic("/basic"),
    basic("/lower", "AuthType basic"),
    basic("/scoped", "Require jwt-scope read"),
    basic("/acr", "Require jwt-acr gold"),
    basic("/kept", "CGIPassAuth On"),
    basic("/taken", "CGIPassAuth On", "AuthJWTForwardToken Off",
          "ErrorDocument 401 /error/env.cgi"),
    location("/error", "CGIPassAuth On"),
    basic("/both", '<If "%{HTTP:Authorization} =~ /^Bearer /i">',
          "AuthType Bearer", "</If>"),
    basic("/file", "AuthBasicProvider jwt file",
          'AuthUserFile "${ROOT}/passwords"'),
    basic("/cached", "AuthBasicProvider socache jwt",
          "AuthnCacheProvideFor jwt", "AuthnCacheTimeout 600"),
    basic("/nothing", 'AuthJWTAudience other'),
    basic("/optional", "AuthJWTOptional On"),
    basic("/reported", "AuthJWTOptional report", "Require jwt-scope read"),
))

PLACES = ["basic", "lower", "scoped", "acr", "kept", "taken", "both", "file",
          "cached", "nothing", "optional", "reported"]

FILES = {"keys.json": key_set(SIGNER),
         # the name and password of a user of mod_authn_file: bob, secret
         "passwords": "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n",
         **{f"htdocs/{place}/env.cgi": ENV_CGI
            for place in [*PLACES, "error"]}}

MODULES = ["auth_basic", "authn_file", "authn_socache", "socache_shmcb"]


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, mpm=request.param, files=FILES,
               modules=MODULES) as server:
        yield server


def page(place):
    return f"/{place}/env.cgi"


def credentials(password, user="whoever"):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return [("Authorization", f"Basic {pair}")]


def ask(server, place, password, user="whoever"):
    return server.get(page(place), headers=credentials(password, user))


def accepts(server, place, password, user="whoever"):
    answer = ask(server, place, password, user)
    assert answer.status == 200, (answer, server.log.remarkable())
    assert answer.header("WWW-Authenticate") is None
    return answer.env


def refuses(server, reason, place, password, user="whoever"):
    """With httpd's own challenge: a Bearer one would mean nothing here."""
    answer = ask(server, place, password, user)
    row = REASONS[reason]
    assert answer.status == row.status, (answer, server.log.remarkable())
    if row.status == 401:
        assert answer.header("WWW-Authenticate") == 'Basic realm="orders"'
    else:
        assert answer.header("WWW-Authenticate") is None
    server.log.take(rf"\b{row.tag}\b")
    if row.tag.startswith("JWT04"):
        server.log.take("AH01631")
    elif row.status == 401:
        server.log.take("AH0161[78]")
    assert server.access(answer)[:2] == [str(row.status), row.tag]
    return answer


@pytest.mark.threat("E4")
@pytest.mark.parametrize("place", ["basic", "lower", "both", "file"])
@pytest.mark.parametrize("user", ["whoever", "", "root", "alice:bob"])
def test_the_password_is_the_token(server, place, user):
    env = accepts(server, place, SIGNER.mint(), user.replace(":", ""))
    assert env["REMOTE_USER"] == "alice"
    assert env["AUTH_TYPE"].lower() == "basic"
    assert env["JWT_CLAIM_sub"] == "alice"


@pytest.mark.parametrize("place", ["basic", "both"])
def test_a_bad_token_is_refused(server, place):
    refuses(server, "EXPIRED", place, SIGNER.mint(exp=1))
    refuses(server, "SIGNATURE_INVALID", place, spoil_signature(SIGNER.mint()))
    refuses(server, "ISSUER_UNKNOWN", place,
            SIGNER.mint(iss="https://other.example"))
    refuses(server, "TOKEN_BOUND", place, SIGNER.mint(cnf={"jkt": "x"}))
    refuses(server, "NOT_COMPACT", place, "password")
    refuses(server, "NOT_COMPACT", place, "")
    refuses(server, "AUDIENCE_REFUSED", "nothing", SIGNER.mint())


@pytest.mark.threat("E4")
@pytest.mark.parametrize("subject", ["alice ", "\u00a0alice", "al\x85ice"])
def test_no_name_that_a_reader_takes_for_another(server, subject):
    refuses(server, "USER_MISSING", "basic", SIGNER.mint(sub=subject))


@pytest.mark.parametrize("place", ["basic", "optional"])
def test_without_credentials_httpd_asks_for_them(server, place):
    answer = server.get(page(place))
    assert answer.status == 401
    assert answer.header("WWW-Authenticate") == 'Basic realm="orders"'


def test_rules_hold(server):
    accepts(server, "scoped", SIGNER.mint(scope="read"))
    refuses(server, "SCOPE_MISSING", "scoped", SIGNER.mint())
    accepts(server, "acr", SIGNER.mint(acr="gold"))
    refuses(server, "STEP_UP_NEEDED", "acr", SIGNER.mint())


def test_report_mode_is_for_bearers_alone(server):
    accepts(server, "reported", SIGNER.mint(scope="read"))
    refuses(server, "SCOPE_MISSING", "reported", SIGNER.mint())


def test_bearers_beside_it(server):
    env = server.accepts(page("both"), SIGNER.mint()).env
    assert (env["REMOTE_USER"], env["AUTH_TYPE"]) == ("alice", "Bearer")
    server.refuses("EXPIRED", page("both"), SIGNER.mint(exp=1))


def test_the_next_provider_knows_other_passwords(server):
    env = accepts(server, "file", "secret", "bob")
    assert env["REMOTE_USER"] == "bob"
    assert not any(name.startswith("JWT_CLAIM_") for name in env)
    refuses(server, "EXPIRED", "file", SIGNER.mint(exp=1), "bob")
    refuses(server, "NOT_COMPACT", "file", "wrong", "bob")


def test_the_token_may_be_kept_from_the_application(server):
    token = SIGNER.mint()
    kept = accepts(server, "kept", token)["HTTP_AUTHORIZATION"]
    assert kept == credentials(token, "alice")[0][1]
    assert "HTTP_AUTHORIZATION" not in accepts(server, "taken", token)


def test_a_refused_one_too(server):
    answer = refuses(server, "EXPIRED", "taken", SIGNER.mint(exp=1))
    assert answer.env["REDIRECT_STATUS"] == "401"
    assert "HTTP_AUTHORIZATION" not in answer.env


@pytest.mark.threat("G5")
def test_no_token_is_cached_as_a_password(server):
    """mod_authn_socache would remember it for ten minutes."""
    token = SIGNER.mint(exp=int(time.time()) - 58)  # leeway: 60
    accepts(server, "cached", token)
    with server.log.allowing(r"\bJWT0307\b|AH01617|AH01618"):
        wait_until(lambda: ask(server, "cached", token).status == 401,
                   "the end of the token")


def test_without_keys_it_is_503(issuer, ca):
    issuer.status["/keys"] = 500
    config = site(basic("/"), trust=TRUST_FETCHED
                  + 'AuthJWTFetchTimeout 1\n'
                  + 'AuthJWTIssuer "${ISSUER}" "jwks=${ISSUER}/keys"\n')
    with Httpd(config, modules=MODULES,
               define={"ISSUER": issuer.url, "CA": ca.path}) as server:
        with server.log.allowing(r"\bJWT0602\b"):
            answer = server.get("/", headers=credentials(issuer.signer.mint()))
        assert answer.status == 503
        assert int(answer.header("Retry-After")) > 0
        assert answer.header("WWW-Authenticate") is None
        server.log.take(r"\bJWT0205\b")


# OpenSSL with this configuration has no digest, no signature and no MAC.
WITHOUT_ALGORITHMS = """
openssl_conf = init
[init]
providers = providers
[providers]
base = base
[base]
activate = 1
"""


@pytest.mark.parametrize("place", ["basic", "file", "bearer"])
def test_an_internal_error_is_logged_and_counted(place, tmp_path):
    (tmp_path / "openssl.cnf").write_text(WITHOUT_ALGORITHMS)
    config = site(basic("/basic"),
                  basic("/file", "AuthBasicProvider jwt file",
                        'AuthUserFile "${ROOT}/passwords"'),
                  guarded("/bearer"),
                  location("/status", "SetHandler jwt-status"),
                  trust=TRUST.replace("keys=keys.json",
                                      "jwks=https://127.0.0.1:9/"))
    token = SIGNER.mint()
    headers = [("Authorization", f"Bearer {token}")] if place == "bearer" \
        else credentials(token)
    server = Httpd(config, files=FILES, modules=MODULES,
                   env={"OPENSSL_CONF": str(tmp_path / "openssl.cnf")})
    with server.log.allowing("has no GMAC|cannot open its keys|"
                             "JWT0601"), server:  # until its last child
        answer = server.get(f"/{place}", headers=headers)
        assert answer.status == 500
        assert answer.header("WWW-Authenticate") is None
        assert "auth_jwt:error" in server.log.take(r"\bJWT0503\b")
        assert server.access(answer)[:2] == ["500", "JWT0503"]
        counts = server.get("/status?format=prometheus").body
        assert re.search(r"^[^#]*JWT0503.* 1$", counts, re.M)


def test_a_misconfigured_section_is_500():
    config = site(basic("/"), trust="AuthJWTIssuer https://a.example "
                  "keys=keys.json\n")
    with Httpd(config, files=FILES, modules=MODULES) as server:
        answer = server.get("/", headers=credentials(SIGNER.mint()))
        assert answer.status == 500
        assert "AuthJWTAudience" in server.log.take(r"\bJWT0502\b")
        server.log.take("no audience, so requests are answered 500")


def test_a_section_without_an_issuer_is_500():
    with Httpd(site(basic("/"), trust=""), files=FILES,
               modules=MODULES) as server:
        answer = server.get("/", headers=credentials(SIGNER.mint()))
        assert answer.status == 500
        assert "AuthJWTIssuer" in server.log.take(r"\bJWT0501\b")
        server.log.take("no issuer, so requests are answered 500")


def test_digest_does_without_it():
    config = site(location("/", "AuthType Digest", 'AuthName "orders"',
                           "AuthDigestProvider jwt", "Require valid-user"))
    code, output = Httpd(config, files=FILES,
                         modules=MODULES + ["auth_digest"]).check_config()
    assert code == 1
    assert "doesn't support Digest" in output
