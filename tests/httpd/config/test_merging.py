# SPDX-License-Identifier: Apache-2.0
"""An inner section replaces what an outer one says; .htaccess may not choose
whom to trust."""
import time

import pytest

from harness.httpd import ENV_CGI, Httpd
from harness.site import guarded, location, site
from harness.tokens import Signer, key_set

OTHER = "https://other.example.com"
SIGNER = Signer()
OTHERS = Signer(issuer=OTHER)

SECTIONS = site(
    guarded("/outer", "AuthJWTMaxLifetime 900",
            "AuthJWTAudience api://a api://orders", "AuthJWTUser email sub",
            "AuthJWTExport tenant", "AuthJWTExportPrefix OUTER_",
            "AuthJWTLeeway 300", "AuthJWTExportFormat json",
            "AuthJWTAlgorithms ES256 ES384", "AuthJWTTokenType JWT at+jwt"),
    location("/outer/issuer", f"AuthJWTIssuer {OTHER} keys=others.json"),
    location("/outer/audience", "AuthJWTAudience api://inner"),
    location("/outer/lifetime", "AuthJWTMaxLifetime 0"),
    location("/outer/leeway", "AuthJWTLeeway 0"),
    location("/outer/algorithms", "AuthJWTAlgorithms ES512"),
    location("/outer/types", "AuthJWTTokenType custom+jwt"),
    location("/outer/user", "AuthJWTUser sub"),
    location("/outer/export", "AuthJWTExport none"),
    location("/outer/prefix", "AuthJWTExportPrefix INNER_"),
    location("/outer/format", "AuthJWTExportFormat list"),
    location("/outer/required", "AuthJWTRequiredClaims none"),
    location("/outer/required/more", "AuthJWTRequiredClaims tenant"),
    guarded("/if", "<If \"%{HTTP:X-Strict} == '1'\">",
            "AuthJWTAudience api://strict", "</If>"),
    guarded("/hosts"),
)

HOSTS = f"""
<VirtualHost *>
    ServerName first.example.com
</VirtualHost>
<VirtualHost *>
    ServerName second.example.com
    AuthJWTAudience api://second
</VirtualHost>
<VirtualHost *>
    ServerName third.example.com
    AuthJWTIssuer {OTHER} keys=others.json
</VirtualHost>
"""

HTACCESS = """
<Directory "${ROOT}/htdocs">
    AllowOverride All
    AuthType Bearer
    AuthName "orders"
    Require valid-user
</Directory>
<Directory "${ROOT}/htdocs/listed">
    AllowOverride None
    AllowOverrideList AuthJWTIssuer
</Directory>
"""

ALLOWED = {
    "user": "AuthJWTUser =local",
    "export": "AuthJWTExport tenant=WHO",
    "prefix": "AuthJWTExportPrefix LOCAL_",
    "format": "AuthJWTExportFormat json",
    "forward": "CGIPassAuth On\nAuthJWTForwardToken Off",
    "require": "Require jwt-claim tenant=acme\nRequire jwt-scope read",
}

FORBIDDEN = [
    f"AuthJWTIssuer {OTHER} keys=others.json",
    "AuthJWTAudience *",
    "AuthJWTAlgorithms ES256",
    "AuthJWTLeeway 300",
    "AuthJWTMaxLifetime 0",
    "AuthJWTTokenType at+jwt",
    "AuthJWTRequiredClaims none",
    "AuthJWTTokenSource cookie:t",
    "AuthJWTOptional On",
    "AuthJWTPreflight On",
    "AuthJWTResource https://api.example",
    "AuthJWTRefresh 60",
    "AuthJWTStale 60",
    "AuthJWTCooldown 1",
    "AuthJWTFetchTimeout 1",
    "AuthJWTFetchProxy http://127.0.0.1:3128",
    "AuthJWTFetchCA ca.pem",
    "AuthJWTStateDir state",
]


def folder_of(line):
    return line.split()[0].lower()


FILES = {
    "keys.json": key_set(SIGNER),
    "others.json": key_set(OTHERS),
    **{f"htdocs/{name}/env.cgi": ENV_CGI for name in ALLOWED},
    **{f"htdocs/{name}/.htaccess": text for name, text in ALLOWED.items()},
    **{f"htdocs/{folder_of(line)}/.htaccess": line for line in FORBIDDEN},
    "htdocs/listed/.htaccess":
        'AuthJWTIssuer "https://b.example" keys=others.json',
}


@pytest.fixture(scope="module")
def server():
    with Httpd(SECTIONS + HOSTS, files=FILES) as server:
        yield server


@pytest.fixture(scope="module")
def htaccess_server():
    everything = SECTIONS.replace('ScriptAliasMatch "^/"',
                                  'ScriptAliasMatch "^/outer"')
    with Httpd(everything + HTACCESS, files=FILES) as server:
        yield server


def mint(signer=SIGNER, lifetime_s=600, **claims):
    now = int(time.time())
    return signer.mint(**{"iat": now, "exp": now + lifetime_s, **claims})


@pytest.mark.threat("F4")
def test_the_outer_section_rules_where_the_inner_is_silent(server):
    token = mint(aud="api://a", email="a@example.com", tenant=["acme"])
    env = server.accepts("/outer/user", token).env
    assert env["REMOTE_USER"] == "alice"
    assert env["OUTER_tenant"] == '["acme"]'
    server.refuses("LIFETIME_TOO_LONG", "/outer/user", mint(lifetime_s=901))


def test_a_list_is_replaced_whole(server):
    server.accepts("/outer", mint())
    server.accepts("/outer/audience", mint(aud="api://inner"))
    server.refuses("AUDIENCE_REFUSED", "/outer/audience", mint())
    server.accepts("/outer/issuer", mint(OTHERS))
    server.refuses("ISSUER_UNKNOWN", "/outer/issuer", mint())
    server.refuses("ISSUER_UNKNOWN", "/outer", mint(OTHERS))
    server.refuses("ALGORITHM_REFUSED", "/outer/algorithms", mint())
    server.accepts("/outer/types", mint(header={"typ": "custom+jwt"}))
    server.refuses("TYPE_REFUSED", "/outer/types", mint())


def test_zero_and_none_are_values(server):
    server.refuses("LIFETIME_TOO_LONG", "/outer", mint(lifetime_s=901))
    server.accepts("/outer/lifetime", mint(lifetime_s=901))
    expired = mint(lifetime_s=-5)
    server.accepts("/outer", expired)
    server.refuses("EXPIRED", "/outer/leeway", expired)
    names = server.accepts("/outer/export", mint(tenant="acme")).env
    assert not any(name.startswith("OUTER_") for name in names)


def test_required_claims_in_three_steps(server):
    server.refuses("CLAIM_MISSING", "/outer",
                   SIGNER.mint(exp=None))
    token = SIGNER.mint(exp=None)
    # a lifetime is asked for by the outer section, and needs exp
    answer = server.get("/outer/required", token)
    assert answer.status == 401
    server.log.take(r"\bJWT03(02|10)\b")
    server.refuses("CLAIM_MISSING", "/outer/required/more", mint())
    server.accepts("/outer/required/more", mint(tenant="acme"))


def test_one_value_is_replaced(server):
    token = mint(tenant=["acme"])
    assert server.accepts("/outer/prefix", token).env["INNER_tenant"] == \
        '["acme"]'
    assert server.accepts("/outer/format", token).env["OUTER_tenant"] == "acme"


def test_if(server):
    strict = [("X-Strict", "1")]
    server.accepts("/if", mint())
    server.refuses("AUDIENCE_REFUSED", "/if", mint(), headers=strict)
    server.accepts("/if", mint(aud="api://strict"), headers=strict)


def ask(server, host, token):
    """A request to a virtual host."""
    return server.get(f"http://{host}.example.com/hosts", token).status


def test_virtual_hosts(server):
    assert ask(server, "first", mint()) == 200
    assert ask(server, "second", mint(aud="api://second")) == 200
    assert ask(server, "third", mint(OTHERS)) == 200
    assert ask(server, "second", mint()) == 401
    server.log.take("JWT0306")
    assert ask(server, "third", mint()) == 401
    server.log.take("JWT0304")
    assert ask(server, "first", mint(OTHERS)) == 401
    server.log.take("JWT0304")


def test_what_htaccess_may_say(htaccess_server):
    def env(name, **claims):
        return htaccess_server.accepts(f"/{name}/env.cgi",
                                       mint(**claims)).env
    assert env("user")["REMOTE_USER"] == "local"
    assert env("export", tenant="acme")["JWT_CLAIM_WHO"] == "acme"
    assert env("prefix")["LOCAL_sub"] == "alice"
    assert env("format", roles=["a", "b"])["JWT_CLAIM_roles"] == '["a","b"]'
    assert "HTTP_AUTHORIZATION" not in env("forward")
    env("require", tenant="acme")
    env("require", scope="read")
    answer = htaccess_server.get("/require/env.cgi", mint())
    assert answer.status == 403
    htaccess_server.log.take(r"\bJWT040[12]\b")
    htaccess_server.log.take("AH01631")


@pytest.mark.threat("F4")
@pytest.mark.parametrize("line", FORBIDDEN, ids=folder_of)
def test_what_htaccess_may_not_say(htaccess_server, line):
    answer = htaccess_server.get(f"/{folder_of(line)}/x", mint())
    assert answer.status == 500
    htaccess_server.log.take(
        rf"core:alert.*\.htaccess: {line.split()[0]} not allowed")


@pytest.mark.threat("F4")
def test_an_override_list_opens_no_trust(htaccess_server):
    answer = htaccess_server.get("/listed/x", mint())
    assert answer.status == 500
    htaccess_server.log.take(r"core:alert.*\.htaccess: AuthJWTIssuer")
