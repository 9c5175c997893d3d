# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a configuration is said by `httpd -t`, with the name of
the directive and what to write instead."""
import json
import re
import subprocess

import pytest

from harness.httpd import Httpd, check_config
from harness.site import guarded, location, site
from harness.tokens import ISSUER, Signer, key_set

SIGNER = Signer()
SECRET = Signer("HS256")

FILES = {
    "keys.json": key_set(SIGNER),
    "garbage.json": "<html>not a key set</html>",
    "empty.json": '{"keys": []}',
    "garbage.pem": "-----BEGIN PUBLIC KEY-----\nAAAA\n"
                   "-----END PUBLIC KEY-----\n",
    "private.pem": SIGNER.private_pem,
    "secret": SECRET.secret,
    "short-secret": b"31 bytes, and that is too few\n",
    "empty-secret": b"\n",
    "secrets.json": json.dumps({"keys": [SECRET.private]}),
    "both.json": json.dumps({"keys": [SECRET.private, SIGNER.public]}),
    "ca.pem": subprocess.run(
        ["openssl", "req", "-x509", "-subj", "/CN=ca", "-key", "/dev/stdin"],
        input=SIGNER.private_pem.encode(), stdout=subprocess.PIPE,
        check=True).stdout,
}


def issuer(options, name=ISSUER):
    return f"AuthJWTIssuer {name} {options}"


GUID = "8f1f3b0e-0a6c-4c2e-9d55-0123456789ab"
TEMPLATE = "https://login.example.com/{tenantid}/v2.0"

GOOD = [
    "AuthJWTLeeway 0", "AuthJWTLeeway 300",
    "AuthJWTMaxLifetime 86400",
    "AuthJWTAudience *", "AuthJWTAudience a b",
    "AuthJWTAlgorithms RS256 ES256K Ed25519 Ed448 EdDSA",
    "AuthJWTTokenType at+jwt -",
    "AuthJWTRequiredClaims none", "AuthJWTRequiredClaims exp nbf jti",
    issuer("keys=keys.json"), issuer("keys=keys.json", "*"),
    issuer("secret=secret algs=HS256"), issuer("secret=secret", "*"),
    issuer("keys=secrets.json algs=HS256"),
    issuer("keys=both.json"), issuer("keys=both.json algs=HS256"),
    issuer("keys=keys.json algs=ES256,EdDSA audience=a,b"
           " audience-claim=client_id"),
    issuer(""), issuer("metadata=https://login.example.com/metadata"),
    issuer("jwks=https://login.example.com/keys"),
    issuer("jwks=http://127.0.0.1:8080/keys"),
    issuer("jwks=http://localhost/keys"), issuer("jwks=http://[::1]/keys"),
    issuer("jwks=https://login.example.com/keys", "*"),
    issuer(f"keys=keys.json tenants={GUID}", TEMPLATE),
    issuer(f"metadata=https://a.example/m tenants={GUID},{GUID.upper()}",
           TEMPLATE),
    issuer("jwks=https://a.example/k tenants=*", TEMPLATE),
    "AuthJWTTokenSource header", "AuthJWTTokenSource header:X-Token cookie:t",
    "AuthJWTTokenSource query:access_token header",
    "AuthJWTForwardToken Off", "AuthJWTOptional report", "AuthJWTOptional on",
    "AuthJWTPreflight On",
    "AuthJWTHeader X-User sub\nAuthJWTHeader X-Roles realm_access.roles",
    "AuthJWTUser sub", 'AuthJWTUser "{tid}/{oid}" =x',
    "AuthJWTUser ={x", "AuthJWTUser =x}",
    "AuthJWTExport all", "AuthJWTExport a.b=C /d~1e=F g",
    "AuthJWTExportPrefix CLAIM_", "AuthJWTExportFormat json",
    "Require jwt-scope read write", "Require jwt-acr gold max-age=60 silver",
    "Require jwt-acr max-age=0",
    'Require jwt-claim a=b c!=d e~^f$ g "h=i j"',
]

# the line, and what the message has to say besides the directive's name
BAD = [
    (issuer("keys=keys.json colour=red"), "colour"),
    (issuer("keys"), "write keys=VALUE, without blanks"),
    (issuer("keys = keys.json"), "write keys=VALUE, without blanks"),
    (issuer("keys= keys.json"), "write keys=VALUE, without blanks"),
    (issuer("keys =keys.json"), "write keys=VALUE, without blanks"),
    (issuer("keys=keys.json audience="), "write audience=VALUE"),
    (issuer("keys=keys.json algs="), "write algs=VALUE"),
    (issuer("= keys.json"), "unknown option"),
    (issuer("keys=keys.json algs=none"), "none"),
    (issuer("keys=keys.json algs=RS257"), "RS257"),
    (issuer("keys=keys.json algs=HS256,ES256", "https://a.example") + "\n"
     + issuer("keys=keys.json", "https://a.example"), "https://a.example"),
    (issuer("keys=keys.json jwks=https://login.example.com/keys"),
     "one|only|both"),
    (issuer("secret=secret keys=keys.json"), "one|only|both"),
    (issuer("metadata=https://a.example/m jwks=https://a.example/k"),
     "one|only|both"),
    (issuer("keys=keys.json keys=keys.json"), "keys"),
    (issuer("", "*"), "keys=|jwks=|secret="),
    (issuer("metadata=https://a.example/m", "*"), "keys=|jwks=|secret="),
    (issuer("", "not-a-url"), "not-a-url|https"),
    (issuer("", "http://login.example.com"), "https"),
    (issuer("jwks=http://login.example.com/keys"), "https"),
    (issuer("metadata=http://login.example.com/m"), "https"),
    (issuer("jwks=http://127.0.0.1.example.com/keys"), "https"),
    (issuer("jwks=http://localhost@login.example.com/keys"),
     "user|password|@"),
    (issuer("jwks=https://alice:x@login.example.com/keys"),
     "user|password|@"),
    (issuer("", "https://alice@login.example.com"), "user|password|@"),
    (issuer("jwks=ftp://login.example.com/keys"), "https"),
    (issuer("jwks=file:///etc/keys.json"), "keys=PATH"),
    (issuer("jwks=file://localhost/etc/keys.json"), "keys=PATH"),
    (issuer("jwks=/etc/keys.json"), "keys=PATH"),
    (issuer("jwks=keys.json"), "keys=PATH"),
    (issuer("keys=https://login.example.com/keys"), "jwks=URL"),
    (issuer("keys=file:///etc/keys.json"), "path"),
    (issuer("secret=file:///etc/secret"), "path"),
    (issuer("keys=keys.json", TEMPLATE), "tenants=GUID,GUID"),
    (issuer("tenants=*", TEMPLATE), "metadata=URL"),
    (issuer("secret=secret tenants=*", TEMPLATE), "metadata=URL"),
    (issuer("keys=keys.json tenants=*"), "{tenantid}"),
    (issuer("keys=keys.json tenants=contoso", TEMPLATE), "not a GUID"),
    (issuer(f"keys=keys.json tenants={GUID},*", TEMPLATE), "not a GUID"),
    (issuer("keys=keys.json tenants=,", TEMPLATE), "tenants= is empty"),
    (issuer("keys=keys.json tenants=*", TEMPLATE + "{tenantid}"), "once"),
    (issuer("keys=keys.json tenants=*", TEMPLATE + "{x}"), "no other braces"),
    (issuer("keys=keys.json tenants=*", "https://a.example/{tenant}"),
     "{tenantid}"),
    ("AuthJWTTokenSource", "write header, header:NAME"),
    ("AuthJWTTokenSource body", "is not a token source"),
    ("AuthJWTTokenSource header:", "not a token source"),
    ("AuthJWTTokenSource header:Authorization",
     r"write header \(Authorization\)"),
    ('AuthJWTTokenSource "header:X Token"', "not a token source"),
    ('AuthJWTTokenSource "cookie:a;b"', "not a token source"),
    ("AuthJWTTokenSource query:a&b", "not a token source"),
    ("AuthJWTTokenSource header header", "twice"),
    ("AuthJWTTokenSource header:X-T header:x-t", "twice"),
    ("AuthJWTTokenSource header:X-Token\nAuthJWTHeader x_token sub",
     "both a token source"),
    ("AuthJWTHeader X-Token sub\nAuthJWTTokenSource header:X-Token",
     "both a token source"),
    ("AuthJWTForwardToken", "On or Off"),
    ("AuthJWTForwardToken maybe", "On or Off"),
    ("AuthJWTOptional", "Off, On or report"),
    ("AuthJWTOptional On report", "Off, On or report"),
    ("AuthJWTPreflight report", "On or Off"),
    (issuer("keys=missing.json"), "missing.json"),
    (issuer("keys=garbage.json"), "garbage.json"),
    (issuer("keys=empty.json"), "empty.json"),
    (issuer("keys=garbage.pem"), "garbage.pem"),
    (issuer("keys=private.pem"),
     "private key.*openssl pkey -pubout -in [^ ]*/private.pem"),
    (issuer("keys=keys.json algs=HS256"),
     "keys.json: .*algs=HS256.*write algs=ES256, or"),
    (issuer("keys=keys.json algs=RS256,PS256"), "write algs=ES256, or"),
    (issuer("keys=secrets.json"), "write algs=HS256,HS384,HS512, or"),
    (issuer("keys=secrets.json algs=ES256"), "write algs=HS256,"),
    (issuer("secret=missing"), "missing"),
    (issuer("secret=short-secret"), "short-secret|bytes|bytes"),
    (issuer("secret=empty-secret"), "empty-secret|bytes|bytes"),
    (issuer("secret=keys.json"), "keys.json.*write keys="),
    (issuer("secret=secret algs=ES256"), "HS"),
    (issuer("jwks=https://login.example.com/keys algs=HS256"), "HS"),
    (issuer("algs=HS256"), "HS"),
    ("AuthJWTIssuer", r"ISSUER \[OPTION=VALUE \.\.\.\]"),
    ("AuthJWTIssuer keys=keys.json", r"ISSUER \[OPTION=VALUE \.\.\.\]"),
    ("AuthJWTAudience", "audience"),
    ("AuthJWTAudience * api://orders", r"\*"),
    ("AuthJWTAlgorithms", "supported are .*ES256"),
    ("AuthJWTAlgorithms none", "none"),
    ("AuthJWTAlgorithms ES256 none", "none"),
    ("AuthJWTAlgorithms NONE", "none"),
    ("AuthJWTAlgorithms rs256", "rs256"),
    ("AuthJWTAlgorithms HS256", "HS256|secret="),
    ("AuthJWTLeeway 301", "300"),
    ("AuthJWTLeeway -1", "300"),
    ("AuthJWTLeeway 1m", "300"),
    ("AuthJWTLeeway 99999999999999999999", "300"),
    ("AuthJWTLeeway 1 2", ""),
    ("AuthJWTMaxLifetime -1", "-1|number|seconds"),
    ("AuthJWTMaxLifetime soon", "soon|number|seconds"),
    ("AuthJWTTokenType", ""),
    ("AuthJWTTokenType dpop+jwt", r"dpop\+jwt"),
    ("AuthJWTTokenType application/logout+jwt", r"logout\+jwt"),
    ("AuthJWTTokenType SecEvent+jwt", r"(?i)secevent\+jwt"),
    ("AuthJWTTokenType statuslist+jwt", r"statuslist\+jwt"),
    ("AuthJWTRequiredClaims none exp", "none"),
    ("AuthJWTRequiredClaims", ""),
    ("AuthJWTUser", r"CLAIM.*\{CLAIM\}.*=TEXT"),
    ("AuthJWTUser /a~2b", "~"),
    ('AuthJWTUser "{tid"', r"\{tid\}/\{oid\}"),
    ("AuthJWTUser {tid/{oid}", r"\{tid\}/\{oid\}"),
    ("AuthJWTUser {tid}}/{oid}", r"\{tid\}/\{oid\}"),
    ("AuthJWTUser sub {{tid}}", r"\{tid\}/\{oid\}"),
    ("AuthJWTUser tid}", r"\{tid\}/\{oid\}"),
    ("AuthJWTExport all sub", "all"),
    ("AuthJWTExport none sub", "none"),
    ("AuthJWTExport sub=A-B", "A-B"),
    ("AuthJWTExport sub=", "name"),
    ("AuthJWTExport /a~2b", "~"),
    ("AuthJWTExportPrefix A-B", "letters|A-B"),
    ("AuthJWTExportPrefix HTTP_", "HTTP_"),
    ("AuthJWTExportPrefix 9_", "digit|9_"),
    ("AuthJWTExportFormat xml", "list|json"),
    ("Require jwt-scope", r"write Require jwt-scope SCOPE \.\.\."),
    ('Require jwt-scope "a\\"b"', "scope"),
    ("Require jwt-claim", "write Require jwt-claim CLAIM.*=.*!=.*~"),
    ("Require jwt-acr", r"write Require jwt-acr VALUE \.\.\. "),
    ("Require jwt-acr gold max-age=soon", "max-age=SECONDS"),
    ("Require jwt-acr max-age=1 max-age=2", "max-age=SECONDS once"),
    ("Require jwt-acr gold max_age=600", "max-age=SECONDS"),
    ("Require jwt-acr gold Max-Age=600", "max-age=SECONDS"),
    ("Require jwt-acr gold max-age 600", "max-age=SECONDS"),
    ("Require jwt-acr max-age=400000000", "0 to 315360000"),
    ('Require jwt-acr "a\\"b"', "visible ASCII"),
    ("Require jwt-claim a = b", "without blanks"),
    ("Require jwt-claim a != b", "without blanks"),
    ("Require jwt-claim a ~ b", "without blanks"),
    ("Require jwt-claim a~(", "regular expression"),
    ("Require jwt-claim =x", ""),
]

GOOD_OF_SERVER = [
    "AuthJWTRefresh 60", "AuthJWTStale 60", "AuthJWTCooldown 1",
    "AuthJWTFetchTimeout 1", "AuthJWTFetchCA ca.pem",
    "AuthJWTFetchProxy http://proxy.example.com:3128",
    "Mutex sysvsem auth-jwt", "Mutex file:${ROOT} auth-jwt",
]

BAD_OF_SERVER = [
    ("AuthJWTRefresh 0", "0|number|seconds"),
    ("AuthJWTRefresh -1", "-1|number|seconds"),
    ("AuthJWTRefresh x", "x|number|seconds"),
    ("AuthJWTStale -1", "-1|number|seconds"),
    ("AuthJWTCooldown 0", "0|number|seconds"),
    ("AuthJWTCooldown now", "now|number|seconds"),
    ("AuthJWTFetchTimeout 0", "0|number|seconds"),
    ("AuthJWTFetchTimeout 61", "60"),
    ("AuthJWTFetchCA missing.pem", "missing.pem"),
    ("AuthJWTFetchProxy nonsense", "nonsense|http"),
]


def trust_for(line):
    return "" if line.startswith("AuthJWTIssuer") \
        else issuer("keys=keys.json")


def in_a_section(line):
    return site(guarded("/", *line.split("\n"), trust_for(line)),
                trust="AuthJWTAudience orders\n")


@pytest.mark.parametrize("line", GOOD)
def test_good_lines(line):
    code, output = check_config(in_a_section(line), FILES)
    assert (code, output) == (0, "Syntax OK\n")


@pytest.mark.parametrize("line", GOOD_OF_SERVER)
def test_good_lines_of_the_server(line):
    code, output = check_config(site(guarded("/")) + line + "\n", FILES)
    assert (code, output) == (0, "Syntax OK\n")


def check_message(code, output, directive, words):
    assert code != 0, output
    assert directive in output
    assert re.search(words, output.split("httpd.conf", 1)[-1]), output


@pytest.mark.parametrize("line, words", BAD)
def test_bad_lines(line, words):
    code, output = check_config(in_a_section(line), FILES)
    check_message(code, output, line.split()[0], words)


@pytest.mark.parametrize("line, words", BAD_OF_SERVER)
def test_bad_lines_of_the_server(line, words):
    code, output = check_config(site(guarded("/")) + line + "\n", FILES)
    check_message(code, output, line.split()[0], words)


@pytest.mark.parametrize("section", ["Limit POST", "LimitExcept OPTIONS"])
def test_no_line_is_of_some_methods_alone(section):
    """It would hold for all of them."""
    config = in_a_section(f"<{section}>\nAuthJWTOptional report\n"
                          f"</{section.split()[0]}>")
    code, output = check_config(config, FILES)
    check_message(code, output, "AuthJWTOptional", "<Limit>")


@pytest.mark.parametrize("line", GOOD_OF_SERVER[:6])
@pytest.mark.parametrize("section", ["VirtualHost *", "Location /"])
def test_lines_of_the_server_belong_nowhere_else(line, section):
    name = section.split()[0]
    code, output = check_config(
        site(guarded("/")) + f"<{section}>\n{line}\n</{name}>\n", FILES)
    check_message(code, output, line.split()[0], "")


# What a mode allows, the line that names the file, the command to type
MODES = [
    ("keys.json", 0o666, "keys=keys.json", "chmod go-w ROOT/keys.json"),
    ("keys.json", 0o664, "keys=keys.json", "chmod go-w ROOT/keys.json"),
    ("keys.json", 0o644, "keys=keys.json", None),
    ("secret", 0o666, "secret=secret", "chmod go-w,o= ROOT/secret"),
    ("secret", 0o604, "secret=secret", "chmod go-w,o= ROOT/secret"),
    ("secret", 0o640, "secret=secret", None),
    ("both.json", 0o644, "keys=both.json algs=HS256", "o= ROOT/both.json"),
    ("both.json", 0o640, "keys=both.json algs=HS256", None),
    ("ca.pem", 0o646, "keys=keys.json\nAuthJWTFetchCA ca.pem",
     "chmod go-w ROOT/ca.pem"),
    ("", 0o777, "keys=keys.json", "chmod o-w ROOT"),
    ("", 0o1777, "keys=keys.json", None),
]


@pytest.mark.threat("B4")
@pytest.mark.parametrize("name, mode, options, fix", MODES)
def test_files_that_others_can_change_or_read(name, mode, options, fix):
    """At `httpd -t`, and once at each start."""
    lines = site(guarded("/"), trust=f"AuthJWTAudience a\n{issuer(options)}\n")
    checked = Httpd(lines, files=FILES)
    (checked.root / name).chmod(mode)
    root = str(checked.root)
    code, output = checked.check_config()
    assert code == 0, output
    assert ("auth_jwt:warn" in output) == (fix is not None), output
    started = Httpd(lines, files=FILES)
    (started.root / name).chmod(mode)
    with started as server:
        if fix:
            line = server.log.take(r"\[auth_jwt:warn\]")
            command = fix.replace("ROOT", root)
            assert f"mode {mode:04o}" in output and command in output
            assert line.endswith(fix.replace("ROOT", str(server.root)))
            server.restart()
            server.log.take(r"\[auth_jwt:warn\]")


OPEN = ["AuthType Bearer", 'AuthName "orders"']


@pytest.mark.parametrize("rules, says", [
    (["Require valid-user"], None),
    (["AuthJWTOptional On", "Require all granted"], None),
    ([], "no Require line was found .* Write \"Require valid-user\""),
    (["Require all granted"], "all requests are let through without a token"),
])
def test_an_open_door_is_told(rules, says):
    """Also to those who do not know of the dump, and at each start.  More of
    it is in test_open_sections.py."""
    lines = site(location("/a", *OPEN, *rules))
    code, output = check_config(lines, FILES)
    assert code == 0, output
    assert ("auth_jwt:warn" in output) == (says is not None), output
    assert not says or re.search(says, output), output
    with Httpd(lines, files=FILES) as server:
        if says:
            server.log.take(rf"\[auth_jwt:warn\] .*{says}")
