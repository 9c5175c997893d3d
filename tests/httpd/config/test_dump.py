# SPDX-License-Identifier: Apache-2.0
"""httpd -t -D DUMP_AUTH_JWT: what each section trusts, and what is risky."""
import re
import subprocess

import pytest

from harness.httpd import Httpd, environment
from harness.settings import PROJECT, SLOWNESS
from harness.tokens import ISSUER, Signer, key_set

SIGNER = Signer("ES256")
SECRET = "x" * 64
FILES = {"keys.json": key_set(SIGNER), "secret": SECRET,
         "more.conf": 'AuthJWTLeeway 30\n'}
KEYS = f"AuthJWTIssuer {ISSUER} keys=keys.json"


def test_config(httpd, *arguments):
    done = subprocess.run(httpd._command("-t", *arguments),
                          env=environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=20 * SLOWNESS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


test_config.__test__ = False


class Dump:
    """Its blocks: the first lines as comments, the rest as it is."""

    def __init__(self, config, modules=()):
        self.httpd = Httpd(config, files=FILES, modules=(
            "auth_basic", "access_compat", "authz_host", *modules))
        try:
            self.text = test_config(self.httpd, "-D", "DUMP_AUTH_JWT")
            self.path = f"{self.httpd.root}/httpd.conf"
            before = (self.httpd.root / "httpd.conf").read_text()
            self.first = before.count("\n") - config.count("\n")
        finally:
            self.httpd.clear()
        self.head, *self.blocks = self.text.split("\n\n")

    @property
    def warnings(self):
        """(line of the configuration given, what) of each; 1 is the first."""
        return [(int(number) - self.first, text) for number, text in
                re.findall(rf"^# warning: (?:open: )?{self.path}:(\d+): "
                           "(.*)$",
                           self.text, re.M)]


def test_the_version_is_told():
    version = re.search(r'VERSION "(.*)"', (
        PROJECT / "src/core/version.h").read_text())[1]
    head = Dump("").head
    assert f"# mod_auth_jwt {version}\n" in head + "\n"
    assert head.count(version) == 1


def test_nothing_without_the_name():
    httpd = Httpd("", files=FILES)
    try:
        assert test_config(httpd) == ""
    finally:
        httpd.clear()


def test_a_section():
    dump = Dump(f"""
AuthJWTLeeway 30
AuthJWTStale 3600
<Location "/orders">
    AuthType Bearer
    AuthName "the orders"
    {KEYS}
    AuthJWTAudience api://orders
    Require jwt-scope orders.read
</Location>
""")
    block, = dump.blocks
    assert block == f"""\
# {dump.path}:{dump.first + 4}
<Location "/orders">
    AuthType Bearer
    AuthName "the orders"
    {KEYS}
    AuthJWTAudience api://orders
    AuthJWTLeeway 30
    Require jwt-scope orders.read
</Location>
"""
    assert f"# ServerRoot {dump.httpd.root}\n" in dump.head + "\n"
    assert "\n# default: AuthJWTUser sub\n" in dump.head
    assert "\nAuthJWTStale 3600" in dump.head
    assert ".htaccess" in dump.head
    assert dump.warnings == []


def test_it_can_be_pasted_back():
    config = f"""
<Location "/a">
    AuthType Bearer
    {KEYS} audience=a,b
    <RequireAll>
        Require jwt-claim "dept=R and D"
        Require not jwt-claim x
    </RequireAll>
    <If "%{{HTTP:X}} == 'y'">
        AuthJWTUser "{{tid}}/{{oid}}" email
        Require valid-user
    </If>
</Location>
"""
    once = Dump(config)
    again = Dump("\n" + once.blocks[0] + "\n" + once.blocks[1])
    strip = re.compile(r"^#.*\n", re.M)
    assert [strip.sub("", block) for block in again.blocks[:1]] == [
        strip.sub("", block) for block in once.blocks[:1]]
    assert "AuthJWTUser \"{tid}/{oid}\" email" in once.blocks[1]


def blocks_by_tag(dump):
    return {re.search("^<.*>", block, re.M)[0] if "\n<" in block else "":
            lines(block) for block in dump.blocks}


def lines(block):
    return [line.strip() for line in block.splitlines()
            if not line.startswith("#")]


def test_what_sections_take_over():
    """As requests find it, in test_merging.py."""
    dump = Dump(f"""
{KEYS}
AuthJWTAudience server
<Location "/">
    AuthType Bearer
    AuthJWTUser a
    Require valid-user
</Location>
<Location "/x/y">
    AuthJWTUser b
</Location>
<Location "/x">
    AuthJWTLeeway 5
</Location>
<Location "/xyz">
    AuthJWTLeeway 6
</Location>
<LocationMatch "^/z">
    AuthJWTLeeway 7
</LocationMatch>
""")
    by_tag = blocks_by_tag(dump)
    inner = by_tag['<Location "/x/y">']
    assert "AuthJWTUser b" in inner and "AuthJWTLeeway 5" in inner
    assert "AuthType Bearer" in inner and "Require valid-user" in inner
    assert "AuthJWTUser a" in by_tag['<Location "/x">']
    assert "AuthJWTLeeway 5" not in by_tag['<Location "/xyz">']
    assert "AuthJWTUser a" in by_tag['<LocationMatch "^/z">']
    assert "AuthJWTLeeway 5" not in by_tag['<LocationMatch "^/z">']


FOLDERS = f"""
{KEYS}
AuthJWTAudience server
<Directory "/srv/www/inner">
    AuthType Bearer
    AuthJWTAudience inner
    <Files "x">
        AuthJWTUser c
    </Files>
    Require valid-user
</Directory>
<Directory "/srv/www">
    AuthJWTAudience outer
    AuthJWTLeeway 8
</Directory>
"""


def test_what_folders_take_over():
    dump = Dump(FOLDERS)
    by_tag = blocks_by_tag(dump)
    files = next(lines(block) for block in dump.blocks if '<Files' in block)
    assert files[:2] == ['<Directory "/srv/www/inner">', '<Files "x">']
    for line in ("AuthJWTAudience inner", "AuthJWTLeeway 8", "AuthJWTUser c",
                 "Require valid-user", "</Files>"):
        assert line in files
    assert "AuthJWTAudience outer" in by_tag['<Directory "/srv/www">']


def test_folders_below_all_urls():
    """httpd merges <Location> after them."""
    dump = Dump(FOLDERS + """
<Location "/">
    AuthJWTUser a
    AuthJWTLeeway 9
</Location>
""")
    inner = blocks_by_tag(dump)['<Directory "/srv/www/inner">']
    for line in ("AuthJWTUser a", "AuthJWTLeeway 9", "AuthJWTAudience inner",
                 "Require valid-user"):
        assert line in inner


def test_aliases_of_rules():
    dump = Dump("""
<AuthzProviderAlias jwt-claim isbad "role=bad worse">
</AuthzProviderAlias>
""")
    assert ('\n<AuthzProviderAlias jwt-claim isbad "role=bad worse">\n'
            '</AuthzProviderAlias>\n') in dump.text


def test_what_is_open_is_told_of_each_section():
    """Who reads of one section alone does not miss it."""
    dump = Dump("\n".join(['<Location "/a">', *GOOD, "Require local",
                           "</Location>", '<Location "/a/b">',
                           "AuthJWTUser x", "</Location>", ""]))
    assert [line for line, _ in dump.warnings] == [6, 6]
    assert "in <Location \"/a/b\">, which has no" in dump.warnings[1][1]


def test_a_place_where_nobody_asks_any_more():
    dump = Dump(f"""
<Location "/a">
    AuthType Bearer
    {KEYS} audience=a
    Require valid-user
</Location>
<Location "/a/open">
    AuthType None
    Require all granted
</Location>
<Location "/b">
    AuthType None
</Location>
""")
    _, block = dump.blocks
    assert lines(block)[:2] == ['<Location "/a/open">', "AuthType None"]


def test_virtual_hosts():
    dump = Dump(f"""
AuthJWTAudience server
<VirtualHost *:80>
    ServerName one.example
    {KEYS}
    <Location "/a">
        AuthType Bearer
        Require valid-user
    </Location>
</VirtualHost>
<VirtualHost *:80>
    ServerName two.example
    AuthJWTAudience two
    {KEYS}
    <Location "/a">
        AuthType Bearer
        Require valid-user
    </Location>
</VirtualHost>
""")
    hosts = [(re.search("# virtual host (.*)", block)[1],
              "<Location" in block,
              "AuthJWTAudience two" in block) for block in dump.blocks]
    assert hosts == [("*:80 one.example", False, False),
                     ("*:80 one.example", True, False),
                     ("*:80 two.example", False, True),
                     ("*:80 two.example", True, True)]


def test_lines_of_other_files():
    dump = Dump(f"""
<Location "/a">
    AuthType Bearer
    <IfModule auth_jwt_module>
        Include "${{ROOT}}/more.conf"
    </IfModule>
    {KEYS} audience=a
    Require valid-user
</Location>
""")
    assert "    AuthJWTLeeway 30\n" in dump.blocks[0]


def test_no_secret_is_told():
    dump = Dump(f"""
<Location "/a">
    AuthType Bearer
    AuthJWTIssuer {ISSUER} secret=secret audience=a
    Require valid-user
</Location>
""")
    assert "secret=secret" in dump.text
    assert "x" * 8 not in dump.text


def test_basic_clients():
    dump = Dump(f"""
<Location "/a">
    AuthType Basic
    AuthBasicProvider jwt
    AuthName a
    {KEYS} audience=a
    Require valid-user
</Location>
""")
    assert "    AuthBasicProvider jwt\n" in dump.blocks[0]
    assert dump.warnings == []


GOOD = ["AuthType Bearer", KEYS, "AuthJWTAudience a", "Require valid-user"]
NO_AUDIENCE = [line for line in GOOD if "Audience" not in line]
NO_RULE = GOOD[:3]

# (lines in a section, the line that is risky or 0 for the section, what)
RISKS = [
    (NO_AUDIENCE, 0, "no audience, so requests are answered 500"),
    (NO_AUDIENCE[:1] + [f"{KEYS} audience=*"] + NO_AUDIENCE[2:], 2,
     "any other application"),
    (GOOD[:2] + ["AuthJWTAudience *"] + GOOD[3:], 3, "any other application"),
    (GOOD + [f"AuthJWTIssuer https://y.example secret=secret"], 5, "HS"),
    (GOOD + ["AuthJWTLeeway 121"], 5, "long after they expire"),
    (GOOD + ['AuthJWTLeeway "300"'], 5, "long after they expire"),
    (GOOD + ["AuthJWTTokenSource header query:t"], 5,
     "logs and browser histories"),
    (GOOD + ["AuthJWTIssuer http://y.example keys=keys.json"], 5,
     "begins with http"),
    (GOOD + ["AuthJWTIssuer * keys=keys.json"], 5, "any issuer"),
    (GOOD + ["AuthJWTIssuer https://y.example/{tenantid} keys=keys.json "
             "tenants=*"], 5, "every tenant"),
    (NO_RULE, 0, "no Require line was found"),
    (NO_RULE + ["Require all granted"], 4, "all requests are let through"),
    (NO_RULE + ["<RequireAny>", "Require valid-user", "<RequireAny>",
                "Require all granted", "</RequireAny>", "</RequireAny>"], 7,
     "all requests are let through without"),
    (GOOD + ["Satisfy Any"], 5, "each address that is not denied"),
    (GOOD + ["AuthJWTExport a.b c=a_b"], 5,
     "a.b and c have the same variable name"),
    (GOOD + ["AuthJWTOptional report"], 5, "no request is refused"),
    (GOOD + ["AuthJWTRequiredClaims none"], 5, "never expire"),
    (GOOD + ["AuthJWTRequiredClaims sub expires"], 5, "add exp"),
    (NO_RULE + ["AuthJWTOptional Off", "Require all granted"], 5,
     "all requests are let through without a token"),
    (["AuthType Bearer", "Require valid-user"], 0, "write AuthJWTIssuer"),
]


@pytest.mark.parametrize("section, number, says", RISKS,
                         ids=[row[2] for row in RISKS])
def test_a_risk(section, number, says):
    dump = Dump("\n".join(['<Location "/a">', *section, "</Location>", ""]))
    (line, text), = dump.warnings
    assert line == number + 1
    assert says in text
    assert ": " in text and "\n" not in text
    if number:
        assert text.startswith(section[number - 1] + ": ")


@pytest.mark.parametrize("section", [
    GOOD, GOOD + ["AuthJWTLeeway 120"],
    GOOD + ["AuthJWTRequiredClaims exp sub"],
    GOOD + ["AuthJWTExport a.b c"],
    NO_RULE + ["AuthJWTOptional On", "Require all granted"],
    NO_RULE + ["<RequireAll>", "Require valid-user", "</RequireAll>"],
    NO_RULE + ["<RequireAll>", "Require valid-user", "Require all granted",
               "</RequireAll>"],
    GOOD + ["Satisfy All"], GOOD + ["Require user granted"],
    GOOD + ["Require jwt-claim granted=1"],
    GOOD + ["AuthJWTRequiredClaims expires exp"],
    NO_AUDIENCE[:1] + [f"{KEYS} audience=a"] + NO_AUDIENCE[2:],
])
def test_no_risk(section):
    dump = Dump("\n".join(['<Location "/a">', *section, "</Location>", ""]))
    assert dump.warnings == []


def test_rules_that_others_took_the_place_of():
    dump = Dump("\n".join(['<Location "/">', "Require all granted",
                           "</Location>", '<Location "/a">', *NO_RULE,
                           "<RequireAny>", "Require valid-user",
                           "</RequireAny>", "</Location>", ""]))
    assert dump.warnings == []


def test_what_sections_further_in_may_add():
    dump = Dump("\n".join([KEYS, '<Location "/a">', GOOD[0], *GOOD[2:],
                           "</Location>", ""]))
    assert len(dump.blocks) == 2
    assert dump.warnings == []


def test_a_risk_is_told_once():
    dump = Dump("\n".join(["AuthJWTLeeway 300", '<Location "/a">', *GOOD,
                           "</Location>", '<Location "/a/b">',
                           "AuthJWTUser x", "</Location>", ""]))
    assert [line for line, _ in dump.warnings] == [1]


SUEXEC = 'SuexecUserGroup "#65534" "#65534"'


@pytest.mark.parametrize("more, is_risky", [
    ([], True), (["AuthJWTExport sub"], True), (["AuthJWTExport none"], False),
    (["AuthJWTHeader X-User sub"], False)])
def test_suexec_drops_variables(more, is_risky):
    lines = ["<VirtualHost *>", SUEXEC, '<Location "/a">', *GOOD, *more,
             "</Location>", "</VirtualHost>", '<Location "/b">', *GOOD,
             "</Location>", ""]
    warnings = Dump("\n".join(lines), modules=["suexec"]).warnings
    assert [line for line, _ in warnings] == [2] * is_risky
    assert all("AuthJWTHeader" in text for _, text in warnings)
