# SPDX-License-Identifier: Apache-2.0
"""A section that lets requests through without a token is reported: by
configtest, at start, in the dump and by `ajwt explain`, on the configurations
that httpd is shipped with.  A section that does not is reported nowhere."""
import random
import re
import subprocess

import pytest

from harness import tool
from harness.httpd import ENV_CGI, Httpd
from harness.settings import HTTPD, SLOWNESS
from harness.site import TRUST, location
from harness.stock import (SHAPES, debian_environment, debian_itself,
                           find_debian)
from harness.tokens import Signer, key_set

SIGNER = Signer()
FOLDER = "/cgi-bin/env.cgi/"
MODULES = ("authz_host", "access_compat", "auth_basic", "authn_file")
MONITORED = [("X-Monitor", "yes")]
ALL = ["GET", "POST", "PUT", "OPTIONS", "DELETE", "FOO"]

# (name, lines of the section, requests that need no token: methods or further
# words of client.send, requests that need one, what the warning says)
OPEN = [
    ("none", [], ALL, [],
     r'no Require line .* Write "Require valid-user"'),
    ("granted", ["Require all granted"], ALL, [],
     r'Require all granted: all requests .*"Require valid-user".*'
     '"AuthType None"'),
    ("ip", ["Require ip 127.0.0.1"], ALL, [],
     "Require ip .*from these addresses .*<RequireAll>"),
    ("local", ["Require local"], ALL, [], "Require local: .*this machine"),
    ("host", ["Require forward-dns localhost"], ALL, [], "these hosts"),
    ("env", ["Require env monitored"], [dict(headers=MONITORED)], [],
     "this variable is set"),
    ("method", ["Require method GET"], ["GET", "HEAD"], [],
     "Require method GET: requests of these methods"),
    ("expr", ["Require expr \"%{REQUEST_METHOD} == 'GET'\""], ["GET"], [],
     "this expression is true"),
    ("no-user", ["Require expr \"%{REMOTE_USER} != 'bob'\""], ALL, [],
     "this expression is true"),
    ("no-claim", ["Require expr \"%{reqenv:JWT_CLAIM_role} != 'guest'\""],
     ALL, [], "this expression is true"),
    ("ip-or", ["Require valid-user", "Require ip 127.0.0.1"], ALL, [],
     "Require ip"),
    ("local-or", ["Require local", "Require jwt-scope read"], ALL, [],
     "Require local"),
    ("env-or", ["Require valid-user", "Require env monitored"],
     [dict(headers=MONITORED)], ["GET"], "Require env"),
    ("method-or", ["Require valid-user", "Require method OPTIONS"],
     ["OPTIONS"], ["GET", "POST"], '"AuthJWTPreflight On"'),
    ("expr-or", ["Require valid-user",
                 "Require expr \"%{QUERY_STRING} == 'x'\""],
     [dict(query="x")], ["GET"], "Require expr"),
    ("granted-or", ["Require valid-user", "Require all granted"], ALL, [],
     "Require all granted"),
    ("not-ip", ["<RequireAll>", "Require not ip 192.0.2.1",
                "Require all granted", "</RequireAll>"], ALL, [],
     '<RequireAll>: .*Add "Require valid-user"'),
    ("not-claim", ["<RequireAll>", "Require all granted",
                   "Require not jwt-claim guest=true", "</RequireAll>"],
     ALL, [], "<RequireAll>"),
    ("nested", ["<RequireAny>", "Require jwt-scope read", "<RequireAll>",
                "Require method GET", "<RequireNone>",
                "Require ip 192.0.2.1", "</RequireNone>", "</RequireAll>",
                "</RequireAny>"], ["GET"], ["POST"], "<RequireAll>"),
    ("limit", ["<Limit GET POST>", "Require valid-user", "</Limit>"],
     ["PUT", "OPTIONS", "DELETE", "FOO"], ["GET", "HEAD", "POST"],
     "<Limit GET POST>: requests of all methods except GET, POST"),
    ("limit-except", ["<LimitExcept OPTIONS>", "Require valid-user",
                      "</LimitExcept>"], ["OPTIONS"], ["GET", "PUT", "FOO"],
     '<LimitExcept OPTIONS>: OPTIONS requests .*"AuthJWTPreflight On"'),
    ("limit-two", ["<Limit GET>", "Require valid-user", "</Limit>",
                   "<Limit POST>", "Require jwt-scope write", "</Limit>"],
     ["PUT", "OPTIONS"], ["GET", "POST"], "except GET, POST"),
    ("limit-in", ["<RequireAll>", "<Limit POST>", "Require valid-user",
                  "</Limit>", "Require all granted", "</RequireAll>"],
     ["GET", "PUT"], ["POST"], "<RequireAll>"),
    ("if", ["<If \"%{QUERY_STRING} == 'x'\">", "Require valid-user", "</If>"],
     ["GET"], [dict(query="x")], "no Require line"),
    ("in-if", ["Require valid-user", "<If \"%{QUERY_STRING} == 'x'\">",
               "Require all granted", "</If>"], [dict(query="x")], ["GET"],
     'Require all granted: .* in <If .*> in <Location "/cgi-bin/env.cgi/in-'),
    ("else", ["<If \"%{QUERY_STRING} == 'x'\">", "Require valid-user",
              "</If>", "<Else>", "Require local", "</Else>"], ["GET"],
     [dict(query="x")], "Require local"),
    ("else-none", ["<If \"%{QUERY_STRING} == 'x'\">", "Require valid-user",
                   "</If>", "<Else>", "AuthJWTUser sub", "</Else>"], ["GET"],
     [dict(query="x")], "no Require line"),
    ("satisfy", ["Require valid-user", "Satisfy Any"], ALL, [],
     'Satisfy Any: .*"Satisfy All"'),
    ("satisfy-local", ["Require valid-user", "Satisfy Any",
                       "Order deny,allow", "Deny from all",
                       "Allow from 127.0.0.1"], ALL, [], "Satisfy Any"),
    ("satisfy-get", ["Require valid-user", "Satisfy Any",
                     "Order deny,allow", "<LimitExcept GET>", "Deny from all",
                     "</LimitExcept>"], ["GET"], ["POST", "PUT"],
     "Satisfy Any"),
    ("or", ["AuthMerging Or", "Require valid-user"], ALL, [],
     "AuthMerging Or: .*Remove this line"),
    ("alias", ["Require inhouse"], ALL, [],
     "Require inhouse: requests from these addresses"),
    ("alias-or", ["Require valid-user", "Require inhouse"], ALL, [],
     "Require inhouse"),
]

# (name, lines of the section, requests that are refused)
CLOSED = [
    ("valid-user", ["Require valid-user"], ALL),
    ("user", ["Require user alice"], ALL),
    ("scope", ["Require jwt-scope read", "Require jwt-claim role=admin"], ALL),
    ("denied", ["Require all denied"], ALL),
    ("denied-or", ["Require all denied", "Require valid-user"], ALL),
    ("ip-and", ["<RequireAll>", "Require ip 127.0.0.1", "Require valid-user",
                "</RequireAll>"], ALL),
    ("not-ip-and", ["<RequireAll>", "Require not ip 192.0.2.1",
                    "Require valid-user", "</RequireAll>"], ALL),
    ("not-local", ["<RequireAll>", "Require valid-user", "<RequireNone>",
                   "Require method PUT", "Require env x", "</RequireNone>",
                   "</RequireAll>"], ALL),
    ("this-user", ["Require expr \"%{REMOTE_USER} == 'alice'\""], ALL),
    ("these-users",
     ["Require expr \"%{REMOTE_USER} =~ /^a/ && -n %{REMOTE_USER}\""], ALL),
    ("this-claim", ["Require expr \"%{reqenv:JWT_CLAIM_a} == 'b'\""], ALL),
    ("false", ["Require expr false", "Require valid-user"], ALL),
    ("limit-both", ["<Limit GET>", "Require valid-user", "</Limit>",
                    "<LimitExcept GET>", "Require jwt-scope write",
                    "</LimitExcept>"], ALL),
    ("limit-denied", ["<Limit GET POST>", "Require valid-user", "</Limit>",
                      "<LimitExcept GET POST>", "Require all denied",
                      "</LimitExcept>"], ALL),
    ("limit-beside", ["<Limit POST>", "Require jwt-scope write", "</Limit>",
                      "Require valid-user"], ALL),
    ("if-stricter", ["Require valid-user", "<If \"%{QUERY_STRING} == 'x'\">",
                     "Require jwt-scope write", "</If>"],
     ["GET", dict(query="x")]),
    ("if-else", ["<If \"%{QUERY_STRING} == 'x'\">", "Require valid-user",
                 "</If>", "<ElseIf \"%{QUERY_STRING} == 'y'\">",
                 "Require user alice", "</ElseIf>", "<Else>",
                 "Require jwt-scope read", "</Else>"],
     ["GET", dict(query="x"), dict(query="y")]),
    ("satisfy-all", ["Require valid-user", "Satisfy All"], ALL),
    ("satisfy-none", ["Require valid-user", "Satisfy Any",
                      "Order allow,deny"], ALL),
    ("satisfy-deny", ["Require valid-user", "Satisfy Any",
                      "Order deny,allow", "Deny from all"], ALL),
    ("no-address", ["Require all granted", "Order allow,deny"], ALL),
    ("and", ["AuthMerging And", "Require valid-user"], ALL),
    ("off", ["AuthMerging Off", "Require valid-user"], ALL),
    ("alias-and", ["<RequireAll>", "Require inhouse", "Require valid-user",
                   "</RequireAll>"], ALL),
    ("alias-claim", ["Require admins"], ALL),
]

# Open, and meant to be.
MEANT = [
    ("optional", ["AuthJWTOptional On", "Require all granted"]),
    ("optional-ip", ["AuthJWTOptional On", "Require ip 127.0.0.1"]),
    ("report", ["AuthJWTOptional report", "Require valid-user"]),
    ("other-type", ["AuthType None", "Require all granted"]),
]

BASIC = ["AuthType Basic", "AuthBasicProvider jwt", 'AuthName "orders"']
BEARER = ["AuthType Bearer", 'AuthName "orders"']

COMMON = TRUST + """
SetEnvIf X-Monitor yes monitored
<AuthzProviderAlias ip inhouse "127.0.0.1 192.0.2.1">
</AuthzProviderAlias>
<AuthzProviderAlias jwt-claim admins role=admin>
</AuthzProviderAlias>
<AuthnProviderAlias jwt tokens>
</AuthnProviderAlias>
"""


def path_of(name):
    return FOLDER + name


def tag_of(name):
    return f'<Location "{path_of(name)}">'


def sections():
    for name, lines, *_ in OPEN + CLOSED + MEANT:
        yield location(path_of(name), *BEARER, *lines)
    yield location(path_of("basic"), *BASIC)
    yield location(path_of("basic-ip"), *BASIC, "Require valid-user",
                   "Require ip 127.0.0.1")
    yield location(path_of("basic-closed"), *BASIC, "Require valid-user")
    yield location(path_of("basic-alias"), "AuthType Basic",
                   "AuthBasicProvider file tokens", 'AuthName "orders"')
    yield location(path_of("basic-other"), "AuthType Basic",
                   "AuthBasicProvider file", 'AuthName "orders"')


class Reports:
    """What a running server's configuration is said to let through."""

    def __init__(self, server, has_explained=True):
        """has_explained: 0 where that would be the same again, and slow."""
        self.server = server
        self.has_explained = has_explained
        self.start = server.log.take_unexpected()
        self.configtest = self._test()[1].splitlines()
        self.dump = [line for line in
                     self._test("-D", "DUMP_AUTH_JWT")[0].splitlines()
                     if line.startswith("# warning: open: ")]

    def _test(self, *words):
        done = subprocess.run(self.server._command("-t", *words), text=True,
                              env=self.server.env, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=20 * SLOWNESS)
        return done.stdout, done.stderr

    def explain(self, path):
        env = {name: value for name, value in self.server.env.items()
               if name.startswith("APACHE_")}
        done = tool.run("explain", "--config", self.server.root / "httpd.conf",
                        "--httpd", HTTPD, "--location", path,
                        stdin=SIGNER.mint(), **env)
        text = " ".join((done.stdout + done.stderr).split())
        return re.split(r"(?=warning: )", text)[1:]

    def everywhere(self, path):
        outputs = {"configtest": self.configtest, "start": self.start,
                   "dump": self.dump}
        if self.has_explained or path == path_of("none"):
            outputs["explain"] = self.explain(path)
        return outputs

    def check_open(self, pattern, path, section=None):
        """Each output has a line with pattern; section: what it names too."""
        for name, lines in self.everywhere(path).items():
            found = [line for line in lines if re.search(pattern, line)
                     and (section or path) in line]
            assert found, (name, lines)

    def check_closed(self, path):
        for name, lines in self.everywhere(path).items():
            found = [line for line in lines
                     if re.search(re.escape(path) + "[\" ]", line)]
            assert found == [], name


def ask(server, path, what):
    """Its status, without a token."""
    how = {"method": what} if isinstance(what, str) else dict(what)
    query = how.pop("query", None)
    with server.log.allowing("JWT0001|AH016|AH01797"):
        return server.get(path + (f"?{query}" if query else ""), **how).status


def serve(stock, config):
    files = {"keys.json": key_set(SIGNER), "cgi-bin/env.cgi": ENV_CGI,
             "ports.conf": ""}
    if stock == "debian itself":
        folder = find_debian()
        if not folder:
            pytest.skip("not here: Debian's package apache2, which "
                        "cannot be fetched")
        server = Httpd(debian_itself(folder) + config, files=files,
                       modules=MODULES)
        server.env.update(debian_environment(server.root))
        return server
    text, more = SHAPES[stock]
    return Httpd(text + config, files={**files, **more}, modules=MODULES)


@pytest.fixture(scope="module", params=[*SHAPES, "debian itself"])
def reports(request):
    with serve(request.param, COMMON + "".join(sections())) as server:
        yield Reports(server, request.param == "debian")


@pytest.mark.threat("F4")
@pytest.mark.parametrize("name, lines, opens, closes, says", OPEN,
                         ids=[row[0] for row in OPEN])
def test_an_open_section_is_reported(reports, name, lines, opens, closes,
                                     says):
    for what in opens:
        assert ask(reports.server, path_of(name), what) == 200, what
    for what in closes:
        assert ask(reports.server, path_of(name), what) == 401, what
    reports.check_open(says, path_of(name), tag_of(name))


@pytest.mark.parametrize("name, lines, refused", CLOSED,
                         ids=[row[0] for row in CLOSED])
def test_a_closed_section_is_not_reported(reports, name, lines, refused):
    for what in refused:
        assert ask(reports.server, path_of(name), what) in (401, 403), what
    reports.check_closed(path_of(name))


@pytest.mark.parametrize("name, lines", MEANT, ids=[row[0] for row in MEANT])
def test_what_is_meant_to_be_open_is_not_reported(reports, name, lines):
    with reports.server.log.allowing("JWT0001"):
        assert ask(reports.server, path_of(name), "GET") == 200
    for lines in (reports.configtest, reports.start, reports.dump):
        assert not any(tag_of(name) in line for line in lines)


def test_sections_for_tokens_as_passwords(reports):
    assert ask(reports.server, path_of("basic"), "GET") == 200
    assert ask(reports.server, path_of("basic-ip"), "GET") == 200
    assert ask(reports.server, path_of("basic-closed"), "GET") == 401
    reports.check_open("no Require line", path_of("basic"), tag_of("basic"))
    reports.check_open("Require ip", path_of("basic-ip"), tag_of("basic-ip"))
    reports.check_closed(path_of("basic-closed"))
    for lines in (reports.configtest, reports.start, reports.dump):
        assert any(tag_of("basic-alias") in line for line in lines)
        assert not any(tag_of("basic-other") in line for line in lines)


# Sections that apply to other requests than they seem to

GUARD = ["AuthType Bearer", 'AuthName "orders"', "Require valid-user"]


def section(tag, *lines):
    return "\n".join([tag, *lines, f"</{tag[1:].split()[0].rstrip('>')}>", ""])


# (tag, a request, its status without a token, what is said of it)
TAGS = [
    ("<Location cgi-bin/env.cgi/t1>", "t1", 200,
     'begins with "/".*Write <Location "/cgi-bin/env.cgi/t1">'),
    ("<Location \u201c/cgi-bin/env.cgi/t2\u201d>", "t2", 200,
     'Write <Location "/cgi-bin/env.cgi/t2">'),
    ('<Location "https://orders.example/cgi-bin/env.cgi/t3">', "t3", 200,
     'without host.*Write <Location "/cgi-bin/env.cgi/t3">'),
    ('<Location "//cgi-bin//env.cgi/t4">', "t4", 200,
     'Write <Location "/cgi-bin/env.cgi/t4">'),
    ('<Location "/cgi-bin/env.cgi/t%205">', "t%205", 200, "decoded %XX"),
    ('<Location "/cgi-bin/./env.cgi/t6">', "t6", 200, "removed"),
    ('<Location "/cgi-bin/env.cgi/t7?x=1">', "t7?x=1", 200, "without query"),
    ('<LocationMatch "^cgi-bin/env.cgi/t8">', "t8", 200,
     'Write <LocationMatch "\\^/cgi-bin/env.cgi/t8">'),
    ("<LocationMatch \u201c^/cgi-bin/env.cgi/t17\u201d>", "t17", 200,
     "Write plain quotation marks"),
    ("<Files \u201cenv.cgi\u201d>", "f", 200, 'Write <Files "env.cgi">'),
    ('<Location "/cgi-bin/env.cgi/t9/*">', "t9/a/b", 200,
     r'<LocationMatch "\^/cgi-bin/env\[.\]cgi/t9/\[\^/\]\*\(/\|\$\)">'),
    ('<Location "/cgi-bin/env.cgi/t10/a?c">', "t10/abc/d", 200,
     "such as /cgi-bin/env.cgi/t10/axc/x, needs no token"),
    ("<Directory cgi-bin>", "d", 200, "path of a directory"),
    ('<Files "cgi-bin/env.cgi">', "f", 200, 'Write <Files "env.cgi">'),
    ('<Location "/cgi-bin/env.cgi/t11">', "t11", 401, None),
    ('<Location "/cgi-bin/env.cgi/t12/">', "t12/", 401, None),
    ('<Location "/cgi-bin/env.cgi/t9/*">', "t9/a", 401, None),
    (r'<LocationMatch "^/cgi-bin/env\.cgi/t13/[^/]*(/|$)">', "t13/a/b", 401,
     None),
    ('<LocationMatch "^(cgi-bin|/cgi-bin)/env.cgi/t14">', "t14", 401, None),
    ('<Location ~ "env.cgi/t15">', "t15", 401, None),
    ('<Location "/cgi-bin/env.cgi/t16">', "t16/*", 401, None),
    ('<Location "/cgi-bin/env.cgi/t16/*">', "t16/a/b", 401, None),
]


def as_logged(text):
    """As httpd's log escapes it."""
    return "".join(chr(byte) if byte < 128 else f"\\x{byte:02x}"
                   for byte in text.encode())


@pytest.fixture(scope="module")
def tags():
    config = COMMON + "".join(section(tag, *GUARD) for tag in
                              dict.fromkeys(row[0] for row in TAGS))
    with serve("debian", config) as server:
        yield Reports(server)


@pytest.mark.threat("F4")
@pytest.mark.parametrize("tag, path, status, says", TAGS)
def test_a_section_that_misses_its_requests(tags, tag, path, status, says):
    assert ask(tags.server, path_of(path), "GET") == status
    for lines in (tags.configtest, tags.start, tags.dump):
        about = [line for line in lines
                 if f": {tag}: " in line or f": {as_logged(tag)}: " in line]
        if says:
            assert any(re.search(says, line) for line in about), lines
        elif not any(row[0] == tag and row[3] for row in TAGS):
            assert about == []


def test_explain_names_what_misses_a_location(tags):
    tags.check_open("applies to no request", path_of("t1"),
                    'Write <Location "/cgi-bin/env.cgi/t1">')


def test_a_forward_proxy_has_urls_with_hosts():
    code, output = check(COMMON + "ProxyRequests On\n"
                         + section('<Location "http://a.example/x">', *GUARD))
    assert (code, output) == (0, "Syntax OK\n")


def check(config):
    return serve("debian", config).check_config()


# AuthJWT lines without AuthType

KEYS = TRUST.strip().split("\n")


@pytest.mark.parametrize("config, says", [
    (section(tag_of("x"), *KEYS),
     "AuthJWTIssuer .*: this line has no effect .*"
     f'{re.escape(tag_of("x"))}.*Write "AuthType Bearer"'),
    (section(tag_of("x"), *KEYS, "Require valid-user"), "AuthJWTIssuer"),
    ("\n".join([*KEYS, section(tag_of("x"), "AuthJWTLeeway 5")]),
     "AuthJWTLeeway 5: "),
    ("\n".join(KEYS) + "\n", 'in the <Location> to protect'),
    (section('<Directory "/srv/x">', *KEYS), "AuthJWTIssuer"),
    (section(tag_of("x"), *KEYS) + section(tag_of("y"), *GUARD, *KEYS),
     f'in {re.escape(tag_of("x"))}'),
    (section(tag_of("x"), *KEYS) + section(tag_of("x/y"), *GUARD), None),
    (section(tag_of("x/y"), *KEYS) + section(tag_of("x"), *GUARD, *KEYS),
     None),
    (section('<Directory "/srv/x">', *KEYS) + section("<Location /x>", *GUARD),
     None),
    (section(tag_of("x"), *KEYS, "<If true>", *GUARD, "</If>"), None),
    (section(tag_of("x"), *KEYS, "AuthType Basic", "AuthName x",
             "AuthBasicProvider file", "Require valid-user"), None),
    (section('<Directory "/srv/x">', *KEYS, "AllowOverride AuthConfig"), None),
    (section(tag_of("x"), *KEYS, "SetHandler jwt-events"), None),
    ("AuthJWTLeeway 5\nAuthJWTRefresh 600\n", None),
])
def test_trust_without_a_type(config, says):
    code, output = check(config)
    assert code == 0
    if says:
        assert re.search(says, output), output
    else:
        assert output == "Syntax OK\n"


def test_a_section_without_a_type_is_open():
    config = section(tag_of("x"), *KEYS)
    with serve("debian", config) as server:
        reports = Reports(server)
        assert ask(server, path_of("x"), "GET") == 200
        reports.check_open("AuthJWTIssuer .*no effect", path_of("x"))


# Sections that httpd merges

MERGED = COMMON + "".join([
    section(tag_of("m1"), *GUARD),
    section(tag_of("m1/in"), "Require local"),
    section(tag_of("m2"), *GUARD),
    section(tag_of("m2/in"), "AuthMerging Or", "Require jwt-scope read"),
    section(tag_of("m3"), *GUARD),
    section(tag_of("m3/in"), "AuthMerging And", "Require local"),
    section(tag_of("m4"), *GUARD),
    section(tag_of("m4/in"), "AuthMerging Off"),
    section(tag_of("m5/in"), *GUARD),
    section(tag_of("m5"), "Require all granted"),
    section(tag_of("m6"), *GUARD),
    section('<LocationMatch "^/cgi-bin/env.cgi/m6">', "Require local"),
    section(tag_of("m7"), "<If \"%{QUERY_STRING} == 'open'\">",
            "Require all granted", "</If>"),
    section(tag_of("m7/in"), *GUARD),
    section(tag_of("m8"), *GUARD),
    section(tag_of("m8/open"), "AuthType None", "Require all granted"),
    section(tag_of("m9"), "AuthType None", "Require all granted"),
    section(tag_of("m9/in"), "AuthType Bearer"),
    section(tag_of("m10"), *GUARD, "Satisfy Any"),
    section(tag_of("m10/in"), "Order allow,deny", "Allow from all"),
    section(tag_of("m11"), *GUARD, "Order allow,deny", "Allow from all"),
    section(tag_of("m11/in"), "Satisfy Any"),
])

# (path, its status without a token, what is said of the section there)
MERGES = [
    ("m1", 401, None), ("m1/in", 200, "Require local: .*this machine"),
    ("m2", 401, None), ("m2/in", 200, "AuthMerging Or"),
    ("m3", 401, None), ("m3/in", 401, None),
    ("m4", 401, None), ("m4/in", 500, "no Require line .* 500"),
    ("m5/in", 200, "Require all granted: .* replaces its Require lines"),
    ("m6", 200, "Require local: .*because <LocationMatch .* replaces"),
    ("m7/in", 401, None),
    ("m7/in?open", 200, "Require all granted: .*because <If .* replaces"),
    ("m8", 401, None), ("m8/open", 200, None),
    ("m9/in", 200, "Require all granted: .*no Require line of its own"),
    ("m10", 200, "Satisfy Any"), ("m10/in", 401, None),
    ("m11", 401, None), ("m11/in", 200, "Satisfy Any"),
]


@pytest.fixture(scope="module")
def merged():
    with serve("debian", MERGED) as server:
        yield Reports(server)


@pytest.mark.threat("F4")
@pytest.mark.parametrize("path, status, says", MERGES)
def test_what_is_merged_is_reported(merged, path, status, says):
    with merged.server.log.allowing("AH01627|AH00571"):
        assert ask(merged.server, path_of(path), "GET") == status
    name = path.split("?")[0]
    if says:
        merged.check_open(says, path_of(name), tag_of(name))
    elif not any(row[0].startswith(f"{path}?") for row in MERGES):
        lines = [line for line in merged.dump if f"in {tag_of(name)}" in line]
        assert lines == []


@pytest.mark.parametrize("rule, says", [
    ("Require ssl", "Require ssl: requests over TLS are let through"),
    ("Require ssl-verify-client", "requests with a client certificate"),
    ("Require host example.com", "Require host .*from these hosts"),
])
def test_other_rules_that_need_no_user(rule, says):
    server = Httpd(SHAPES["debian"][0] + COMMON
                   + section(tag_of("x"), *GUARD, rule),
                   files={"keys.json": key_set(SIGNER)},
                   modules=(*MODULES, "socache_shmcb", "ssl"))
    code, output = server.check_config()
    assert code == 0 and re.search(says, output), output


# Directories and files

FOLDERS = COMMON + "".join([
    section('<Directory "${ROOT}/cgi-bin/d1">', *GUARD[:2]),
    section('<Directory "${ROOT}/cgi-bin/d2">', *GUARD,
            '<Files "open.cgi">', "Require all granted", "</Files>"),
    section('<Directory "${ROOT}/cgi-bin/d3">', *GUARD[:2],
            '<Files "env.cgi">', "Require valid-user", "</Files>"),
    section('<Directory "${ROOT}/cgi-bin/d4">', *GUARD),
    section('<Directory "${ROOT}/cgi-bin/d5">', *GUARD[:2], "AuthMerging Or",
            "Require valid-user"),
    section('<DirectoryMatch "/cgi-bin/d6/">', *GUARD),
    section('<Directory "${ROOT}/cgi-bin/d7">', *GUARD),
    section('<DirectoryMatch "/cgi-bin/d7/">', "Require local"),
])
CSS = '<FilesMatch "^style">'
EVERYWHERE = '<Location "/">'

# (path, further sections, its status, what is said of it)
IN_FOLDERS = [
    ("d1/env.cgi", "", 200, "Require all granted: .*d1.*no Require line of"),
    ("d2/env.cgi", "", 401, None),
    ("d2/open.cgi", "", 200,
     'Require all granted: .*<Files "open.cgi"> in <Directory .*d2'),
    ("d3/env.cgi", "", 401, None),
    ("d3/open.cgi", "", 200, "Require all granted: .*d3"),
    ("d4/env.cgi", "", 401, None),
    ("d4/style.cgi", "", 401, None),
    ("d4/style.cgi", section(CSS, "Require all granted"), 200,
     "Require all granted: .*d4.*because <FilesMatch"),
    ("d4/style.cgi", section(CSS, "Require valid-user"), 401, None),
    ("d4/env.cgi", section(EVERYWHERE, "Require all granted"), 200,
     "Require all granted: .*d4.*because <Location"),
    ("d4/env.cgi", section(EVERYWHERE, "Require valid-user"), 401, None),
    ("d4/env.cgi", section('<LocationMatch "^/">', "Require local"), 200,
     "Require local: .*d4.*because <LocationMatch"),
    ("d4/env.cgi", section('<LocationMatch "^/status">', "Require local"), 401,
     None),
    ("d4/env.cgi", section("<If \"%{QUERY_STRING} == ''\">",
                           "Require all granted"), 200,
     "Require all granted: .*d4.*because <If"),
    ("d4/env.cgi", section("<If \"%{REQUEST_URI} == '/health'\">",
                           "Require all granted"), 401, None),
    ("d4/env.cgi", section("<If \"%{QUERY_STRING} == 'x'\">",
                           "Require all denied"), 401, None),
    ("d5/env.cgi", "", 200, "AuthMerging Or"),
    ("d6/env.cgi", "", 401, None),
    ("d7/env.cgi", "", 200, "Require local: .*d7.*because <DirectoryMatch"),
]


def in_folders(more=""):
    server = serve("debian", FOLDERS + more)
    for name in ("d1", "d2", "d3", "d4", "d5", "d6", "d7"):
        for program in ("env.cgi", "open.cgi", "style.cgi"):
            server.write(f"cgi-bin/{name}/{program}", ENV_CGI)
    return server


@pytest.mark.threat("F4")
@pytest.mark.parametrize("more", dict.fromkeys(row[1] for row in IN_FOLDERS))
def test_folders_and_files(more):
    with in_folders(more) as server:
        reports = Reports(server)
        for path, further, status, says in IN_FOLDERS:
            if further != more:
                continue
            assert ask(server, "/cgi-bin/" + path, "GET") == status, path
            folder = f"/cgi-bin/{path.split('/', 1)[0]}"
            for lines in (reports.configtest, reports.start, reports.dump):
                about = [line for line in lines if folder in line]
                if says:
                    assert any(re.search(says, line) for line in about), lines
                elif not any(row[3] and row[0].split("/")[0] in folder
                             for row in IN_FOLDERS if row[1] in ("", more)):
                    assert about == []


HOSTS = COMMON + section(tag_of("v1"), *GUARD) + \
    section(tag_of("v2/in"), *GUARD) + """
<VirtualHost *>
    ServerName one.example
</VirtualHost>
<VirtualHost *>
    ServerName two.example
""" + section(tag_of("v1"), "Require local") + \
    section(tag_of("v2"), "Require all granted") + """
</VirtualHost>
"""


def test_virtual_hosts():
    with serve("debian", HOSTS) as server:
        reports = Reports(server)
        for host, status in (("one.example", 401), ("two.example", 200)):
            for path in ("v1", "v2/in"):
                url = f"http://{host}{path_of(path)}"
                assert ask(server, url, "GET") == status
        for lines in (reports.configtest, reports.start, reports.dump):
            assert any(re.search("Require local: .*v1", line)
                       for line in lines)
            assert any(re.search("Require all granted: .*v2/in", line)
                       for line in lines), lines


# Rules by chance: whatever httpd lets through, is reported

RULES = ["valid-user", "user bob", "jwt-scope a", "all granted", "all denied",
         "ip 127.0.0.1", "ip 192.0.2.1", "method GET", "method POST PUT",
         "env monitored", "inhouse", "admins",
         "expr \"%{QUERY_STRING} == 'x'\"", "expr \"%{REMOTE_USER} != 'a'\""]
LIMITS = ["Limit GET", "Limit POST PUT", "LimitExcept OPTIONS",
          "LimitExcept GET POST"]


class Chance:
    """Sections that httpd accepts, the same for each seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def happens(self, probability):
        return self.random.random() < probability

    def rule(self, word="Require "):
        return word + self.random.choice(RULES)

    def block(self, depth=0):
        """A <RequireAny> or <RequireAll>; in the latter a negated rule may
        follow one that is not."""
        kind = self.random.choice(["Any", "All"])
        lines = [self.rule()]
        for _ in range(self.random.randint(0, 2)):
            if depth < 2 and self.happens(0.4):
                lines += self.block(depth + 1)
            elif kind == "All" and self.happens(0.5):
                lines += ["<RequireNone>", self.rule(), "</RequireNone>"] \
                    if self.happens(0.3) else [self.rule("Require not ")]
            else:
                lines.append(self.rule())
        return [f"<Require{kind}>", *lines, f"</Require{kind}>"]

    def rules(self):
        lines = []
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 3])):
            if self.happens(0.25):
                limit = self.random.choice(LIMITS)
                lines += [f"<{limit}>", self.rule(), *self.block(1),
                          f"</{limit.split()[0]}>"]
            else:
                lines += self.block() if self.happens(0.4) else [self.rule()]
        return lines

    def further(self):
        lines = []
        if self.happens(0.2):
            lines.append("AuthMerging " + self.random.choice(["Or", "And"]))
        if self.happens(0.12):
            lines += ["Satisfy " + self.random.choice(["Any", "All"]),
                      "Order " + self.random.choice(["allow,deny",
                                                     "deny,allow"])]
            lines += [f"{word} from 127.0.0.1" for word in ("Allow", "Deny")
                      if self.happens(0.4)]
        return lines

    def conditions(self):
        if not self.happens(0.25):
            return []
        lines = ["<If \"%{QUERY_STRING} == 'y'\">", *self.further(),
                 *self.rules(), "</If>"]
        if self.happens(0.5):
            lines += ["<Else>", *self.further(), *self.rules(), "</Else>"]
        return lines

    def sections(self, name):
        lines = [*self.further(), *self.rules(), *self.conditions()]
        yield section(tag_of(name), *BEARER, *lines)
        if self.happens(0.5):
            yield section(tag_of(name + "/in"), self.rule(), *self.further(),
                          *self.rules(), *self.conditions())
        if self.happens(0.2):
            yield section(tag_of(name), *self.further(), *self.rules())
        if self.happens(0.2):
            yield section(f'<LocationMatch "^{path_of(name)}(/|$)">',
                          *self.further(), *self.rules())


@pytest.mark.threat("F4")
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_that_is_open_is_missed(seed):
    chance = Chance(seed)
    names = [f"x{number}" for number in range(60)]
    config = "".join(text for name in names for text in chance.sections(name))
    names += [f"{name}/in" for name in names if tag_of(name + "/in") in config]
    count = 0
    with serve("debian", COMMON + config) as server:
        reports = Reports(server)
        for name in names:
            is_open = any(
                ask(server, path_of(name), {"method": method, "query": query,
                                            "headers": headers}) == 200
                for method in ("GET", "PUT", "OPTIONS")
                for query in ("", "x", "y") for headers in ([], MONITORED))
            count += is_open
            assert not is_open or any(tag_of(name) in line
                                      for line in reports.dump), (
                re.findall(rf"{path_of(name)}.*?</Location", config, re.S))
    assert len(names) / 4 < count < len(names)
