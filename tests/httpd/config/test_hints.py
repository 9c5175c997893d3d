# SPDX-License-Identifier: Apache-2.0
"""Values that are allowed but match no real token: `httpd -t`, the start, the
dump and `ajwt explain` warn, with what to write instead."""
import re
import subprocess

import pytest

from harness import tool
from harness.examples import EXAMPLES
from harness.httpd import Httpd, check_config
from harness.settings import HTTPD
from harness.site import guarded, site
from harness.tokens import ISSUER, Signer, key_set

SIGNER = Signer()
FILES = {"keys.json": key_set(SIGNER), "REALM.json": key_set(SIGNER)}
KEYS = f"AuthJWTIssuer {ISSUER} keys=keys.json"
BASE = "https://login.example.com/realms/a"
WELL_KNOWN = f"{BASE}/.well-known"

HINTS = [
    ("AuthJWTAudience a,b", '"a,b" is one value that contains a comma: '
     "separate values with blanks, not commas"),
    ("AuthJWTAudience a, b", '"a," is one value that contains a comma'),
    ("AuthJWTTokenType JWT,at+jwt", '"JWT,at+jwt" is one value'),
    ("AuthJWTRequiredClaims exp,nbf", '"exp,nbf" is one value'),
    ("AuthJWTUser email,sub", '"email,sub" is one value'),
    ("AuthJWTExport sub,email", '"sub,email" is one value'),
    ("Require jwt-scope read,write", '"read,write" is one value'),
    ("Require not jwt-scope read,write", '"read,write" is one value'),
    ("Require jwt-acr a,b", '"a,b" is one value'),
    (f"AuthJWTIssuer {WELL_KNOWN}/openid-configuration",
     "it is the URL of a document, not an issuer: write AuthJWTIssuer "
     f'{BASE}, or the value of "issuer" in that document'),
    (f"AuthJWTIssuer {WELL_KNOWN}/openid-configuration keys=keys.json",
     f"write AuthJWTIssuer {BASE}, or"),
    ("AuthJWTIssuer https://login.example.com/.well-known/"
     "oauth-authorization-server/realms/a", f"write AuthJWTIssuer {BASE}, or"),
    (f"AuthJWTIssuer {WELL_KNOWN}/jwks.json", f"write AuthJWTIssuer {BASE}"),
    (f"AuthJWTIssuer {BASE}/protocol/openid-connect/certs",
     "it is probably the URL of a key set: write the issuer as it is in iss, "
     f"and jwks={BASE}/protocol/openid-connect/certs"),
    (f"AuthJWTIssuer {BASE} jwks={WELL_KNOWN}/openid-configuration",
     "it is the URL of a discovery document: write metadata= instead of jwks="),
    (f"AuthJWTIssuer {BASE} metadata={BASE}/protocol/openid-connect/certs",
     "it is probably the URL of a key set: write jwks= instead of metadata="),
    ('AuthJWTAudience "orders "', '"orders " begins or ends with a blank: '
     'write "orders"'),
    (f'AuthJWTIssuer " {BASE}" keys=keys.json', "begins or ends with a blank"),
    ("AuthJWTAudience orders\u00a0", "contains an invisible character"),
    ("AuthJWTAudience or\u200bders", "contains an invisible character"),
    ("AuthJWTAudience \u201corders\u201d", "quotes are part of the value"),
    ('AuthJWTAudience "\'orders\'"', "quotes are part of the value"),
    ("AuthJWTAudience \\\"orders\\\"", "quotes are part of the value"),
    (f"{KEYS} \"audience='orders'\"", "quotes are part of the value"),
    ("AuthJWTAudience <client-id>", '"<client-id>" is a placeholder'),
    ("AuthJWTAudience {client-id}", '"{client-id}" is a placeholder'),
    ("AuthJWTAudience ${UNDEFINED_HERE}",
     '"${UNDEFINED_HERE}" is a placeholder: write the value, or Define it'),
    ("AuthJWTAudience CLIENT-ID", '"CLIENT-ID" is a placeholder: write '
     "your own value"),
    ("AuthJWTAudience api://CLIENT-ID", '"CLIENT-ID" is a placeholder'),
    (f"{KEYS} audience=a,api://CLIENT-ID", '"CLIENT-ID" is a placeholder'),
    ("AuthJWTAudience AUDIENCE", '"AUDIENCE" is a placeholder'),
    ("AuthJWTAudience your-client-id", '"your-client-id" is a placeholder'),
    ("AuthJWTAudience YOUR_CLIENT_ID", '"YOUR_CLIENT_ID" is a placeholder'),
    ("AuthJWTAudience changeme", '"changeme" is a placeholder'),
    ("AuthJWTIssuer https://login.microsoftonline.com/TENANT-ID/v2.0",
     '"TENANT-ID" is a placeholder'),
    ("AuthJWTIssuer https://dev-xxxx.okta.com/oauth2/SERVER-ID",
     '"SERVER-ID" is a placeholder'),
    ("Require jwt-claim project_id=PROJECT-ID", '"PROJECT-ID" is a place'),
]

NO_HINTS = [
    "AuthJWTAudience a b", "AuthJWTAudience client-id audience region",
    "AuthJWTAudience my-AUDIENCE-2", "AuthJWTAudience REGIONAL",
    "AuthJWTAudience https://a.example/x?y=z",
    "AuthJWTUser {tid}/{oid} =guest", 'AuthJWTUser "=a, b"',
    "AuthJWTExport region=REGION sub", "AuthJWTExport roles=AUDIENCE",
    'Require jwt-claim "name=Doe, John"', "Require jwt-claim a~^(x|y),z$",
    'Require jwt-scope "%{env:A,B}"',
    f"{KEYS} audience=a,b algs=ES256",
    f"AuthJWTIssuer {ISSUER} keys=REALM.json",
    "AuthJWTIssuer https://login.example.com/{tenantid}/v2.0 keys=keys.json "
    "tenants=*",
    "AuthJWTIssuer https://login.example.com/oauth/token keys=keys.json",
    f"AuthJWTIssuer {BASE} jwks={WELL_KNOWN}/openid-configuration/jwks",
    f"AuthJWTIssuer {BASE} metadata={WELL_KNOWN}/openid-configuration",
    f"AuthJWTIssuer {BASE} jwks={BASE}/certs",
]


def config(line):
    trust = "" if line.startswith("AuthJWTIssuer") else KEYS
    if line.startswith("Require not"):
        line = f"<RequireAll>\nRequire valid-user\n{line}\n</RequireAll>"
    lines = [trust, line]
    return site(guarded("/", *filter(None, lines)),
                trust="" if "AuthJWTAudience" in line
                else "AuthJWTAudience orders\n")


def warnings(output):
    return re.findall(r"\[auth_jwt:warn\] .*", output)


def as_logged(text):
    """httpd's log has a backslash before quotes, and \\xNN for bytes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


@pytest.mark.parametrize("line, says", HINTS)
def test_a_value_that_matches_no_token(line, says):
    code, output = check_config(config(line), FILES)
    assert code == 0, output
    warning, = warnings(output)
    name = line.split()[0]
    assert re.search(rf"httpd\.conf:\d+: {name} ", warning), warning
    assert says in warning or as_logged(says) in warning, warning


@pytest.mark.parametrize("line", NO_HINTS)
def test_a_value_that_may_match(line):
    code, output = check_config(config(line), FILES)
    assert (code, output) == (0, "Syntax OK\n")


def test_errors_that_name_the_separator():
    for line, says in (
            ("AuthJWTAlgorithms ES256,RS256", "separate algorithms with "
             "blanks, not commas"),
            (f"{KEYS} algs=ES256 RS256", "separate the values of one option "
             "with commas, without blanks"),
            (f"{KEYS} audience=a, b", "with commas, without blanks")):
        code, output = check_config(config(line), FILES)
        assert code != 0 and says in output, output


LINE = "AuthJWTAudience CLIENT-ID"
SAYS = '"CLIENT-ID" is a placeholder: write your own value'


def test_start_dump_and_explain_warn_too():
    with Httpd(config(LINE), files=FILES) as server:
        line = server.log.take(r"\[auth_jwt:warn\] .*CLIENT-ID")
        assert SAYS in line or as_logged(SAYS) in line
        conf = server.root / "httpd.conf"
        done = subprocess.run(
            [HTTPD, "-f", conf, "-t", "-D", "DUMP_AUTH_JWT"], text=True,
            check=True, env=server.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=20)
        assert warnings(done.stderr) == []
        hint, = re.findall("^# warning: hint: (.*)$", done.stdout, re.M)
        assert hint.startswith(f"{conf}:") and SAYS in hint
        told = tool.run("explain", "--config", conf, "--httpd", HTTPD,
                        "--location", "/", stdin=SIGNER.mint())
        assert f"warning: {conf}" in told.stdout
        assert SAYS in " ".join(told.stdout.split())


PROVIDER_EXAMPLES = sorted(name for name, example in EXAMPLES.items()
                           if example.provider)


@pytest.mark.parametrize("name", PROVIDER_EXAMPLES)
def test_an_example_as_it_is(name):
    """The values of each provider are of its own; the example has capitals."""
    example = EXAMPLES[name]
    text = example.path.read_text()
    code, output = check_config(text, {"conf/cluster.jwks": key_set(SIGNER),
                                       "logs/here": ""})
    if code == 0:
        found = " ".join(warnings(output))
        for place in example.provider.values:
            assert place in found, (place, output)
    else:  # a placeholder that is an error already
        assert "TENANT-A" in output or "keys=" in output


@pytest.mark.parametrize("name", PROVIDER_EXAMPLES)
def test_an_example_that_is_filled_in(name):
    example = EXAMPLES[name]
    code, output = check_config(example.text, {**example.files,
                                               "logs/here": ""})
    assert code == 0, output
    assert "placeholder" not in output
