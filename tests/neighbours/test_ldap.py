# SPDX-License-Identifier: Apache-2.0
"""conf-examples/ldap-groups.conf with a real directory, slapd."""
import base64

import pytest

import needs
from daemon import Daemon
from harness.examples import EXAMPLES, EXTRA
from harness.httpd import ALL_ENV, Httpd, free_port
from repositories import run

EXAMPLE = EXAMPLES["ldap-groups"]
SIGNER, = EXAMPLE.signers
MODULES = [*EXTRA, "ldap", "authnz_ldap"]

SLAPD = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/pid
database mdb
suffix "dc=example,dc=com"
directory {folder}/db
"""

PERSON = """
dn: uid={0},ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: {0}
cn: {0}
sn: {0}
"""
GROUP = """
dn: cn={},ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: {}
member: uid={},ou=people,dc=example,dc=com
"""
UNIT = """
dn: ou={0},dc=example,dc=com
objectClass: organizationalUnit
ou: {0}
"""
ENTRIES = """dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: example
dc: example
""" + "".join([
    *map(UNIT.format, ["people", "groups"]),
    *map(PERSON.format, ["alice", "bob", "carol"]),
    GROUP.format("managers", "managers", "alice"),
    GROUP.format("clerks", "clerks", "alice")
    + "member: uid=bob,ou=people,dc=example,dc=com\n"])

# Beside the example: 401 where its line is missing; as a password
BESIDE = """
<Location "/cgi-bin/as-before">
    AuthzSendForbiddenOnFailure Off
</Location>
<Location "/cgi-bin/basic">
    AuthType          Basic
    AuthBasicProvider jwt
</Location>
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Its port."""
    folder = tmp_path_factory.mktemp("slapd")
    (folder / "db").mkdir()
    (folder / "conf").write_text(SLAPD.format(
        folder=folder, schema=needs.find("/etc/*ldap/schema"),
        modules=needs.find("/usr/lib*/*ldap")))
    (folder / "entries").write_text(ENTRIES)
    code, output = run(needs.command("slapadd"), "-f", folder / "conf",
                       "-l", folder / "entries")
    assert code == 0, output
    port = free_port()
    with Daemon([needs.command("slapd"), "-d", "0", "-f", folder / "conf",
                 "-h", f"ldap://127.0.0.1:{port}"], port,
                folder / "output"):
        yield port


@pytest.fixture(scope="module")
def server(directory):
    text = EXAMPLE.text.replace("ldap://localhost/",
                                f"ldap://127.0.0.1:{directory}/")
    assert text != EXAMPLE.text
    with Httpd(ALL_ENV + text + BESIDE, modules=MODULES,
               files=EXAMPLE.files) as server:
        yield server


def mint(user, **claims):
    return SIGNER.mint(preferred_username=user, **claims)


def denied(server):
    server.log.take("AH01631")


def test_a_group(server):
    for user in ("alice", "bob"):
        assert server.accepts("/cgi-bin", mint(user)).env["REMOTE_USER"] == user
    answer = server.get("/cgi-bin", mint("carol"))
    assert (answer.status, answer.challenge) == (403, None)
    denied(server)
    server.refuses("NO_TOKEN", "/cgi-bin")


def test_a_scope_and_a_group(server):
    path, scope = "/cgi-bin/cancel", {"scope": "orders.write"}
    server.accepts(path, mint("alice", **scope))
    server.refuses("SCOPE_MISSING", path, mint("alice"), scope="orders.write")
    answer = server.get(path, mint("bob", **scope))
    assert answer.status == 403
    denied(server)


def test_without_the_line_for_403(server):
    """What the example warns of."""
    answer = server.get("/cgi-bin/as-before", mint("carol"))
    assert answer.status == 401
    assert answer.header("WWW-Authenticate") == 'Bearer realm="orders"'
    denied(server)


@pytest.mark.parametrize("user", ["*", "alice)(uid=*", "ali*", "dave",
                                  "alice,ou=people"])
def test_a_name_is_no_filter(server, user):
    assert server.get("/cgi-bin", mint(user)).status == 403
    denied(server)


def test_a_token_as_a_password(server):
    def ask(user):
        pair = base64.b64encode(f"x:{mint(user)}".encode()).decode()
        return server.get("/cgi-bin/basic",
                          headers=[("Authorization", f"Basic {pair}")])
    answer = ask("bob")
    assert (answer.status, answer.env["REMOTE_USER"]) == (200, "bob")
    assert ask("carol").status == 403
    denied(server)


def test_a_directory_that_is_down():
    text = EXAMPLE.text.replace("localhost", f"127.0.0.1:{free_port()}")
    with Httpd(ALL_ENV + text, modules=MODULES,
               files=EXAMPLE.files) as server:
        assert server.get("/cgi-bin", mint("alice")).status == 403
        denied(server)
