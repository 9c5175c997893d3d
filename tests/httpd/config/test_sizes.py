# SPDX-License-Identifier: Apache-2.0
"""As many and as large as is allowed, and one more."""
import json

import pytest

from harness.httpd import Httpd
from harness.issuer import KEYS, METADATA
from harness.settings import wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set

MAX_DOCUMENT_BYTES = 512 * 1024
MAX_KEYS = 1000
ISSUERS = 200


def run(issuer, ca, trust='AuthJWTIssuer "${ISSUER}"\n', *sections):
    return Httpd(site(guarded("/"), *sections, trust=TRUST_FETCHED + trust),
                 define={"ISSUER": issuer.url, "CA": ca.path})


def padded(issuer, size):
    text = issuer.document(KEYS)
    return text[:-1] + " " * (size - len(text)) + text[-1]


def test_the_largest_document(issuer, ca):
    issuer.documents[KEYS] = padded(issuer, MAX_DOCUMENT_BYTES)
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())


@pytest.mark.threat("G2")
def test_one_byte_more(issuer, ca):
    issuer.documents[KEYS] = padded(issuer, MAX_DOCUMENT_BYTES + 1)
    with run(issuer, ca) as server:
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        line = server.log.take("auth_jwt:warn.*JWT0603")
        assert f"more than {MAX_DOCUMENT_BYTES} bytes" in line


def key_set_of(count, issuer):
    """The issuer's own key is the last one."""
    others = [{**Signer().public, "kid": "none"} for _ in range(10)]
    jwks = [{**others[number % 10], "kid": f"other-{number}"}
            for number in range(count - 1)]
    return json.dumps({"keys": [*jwks, issuer.signer.public]})


def test_as_many_keys_as_are_allowed(issuer, ca):
    issuer.documents[KEYS] = key_set_of(MAX_KEYS, issuer)
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())


@pytest.mark.threat("G2")
def test_one_key_more(issuer, ca):
    issuer.documents[KEYS] = key_set_of(MAX_KEYS + 1, issuer)
    with run(issuer, ca) as server:
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        server.log.take("auth_jwt:warn.*JWT0107")


def token_of(size, signer):
    """With what "Authorization: Bearer " leaves of a line."""
    rest = size - len("Authorization: Bearer ") - len(signer.mint(x=""))
    return signer.mint(x="x" * (rest * 3 // 4))


@pytest.mark.parametrize("config, longest", [
    ("", 8190), ("LimitRequestFieldSize 16500\n", 16400)])
def test_httpd_refuses_longer_header_lines_itself(config, longest):
    """Before the module is asked: docs/performance.md, Long tokens."""
    signer = Signer()
    with Httpd(config + site(guarded("/")),
               files={"keys.json": key_set(signer)}) as server:
        server.accepts("/", token_of(longest - 8, signer))
        answer = server.get("/", token_of(longest + 150, signer))
        assert answer.status == 400
        assert answer.challenge is None
        wait_until(lambda: "- 400 - -\n" in
                   (server.root / "access.log").read_text(),
                   "a line without a reason in the access log")


class Tenants:
    """Issuers on one host, each with a key set of its own path; those from
    DISCOVERED on name it by discovery."""

    DISCOVERED = ISSUERS - 5

    def __init__(self, issuer):
        self.issuer = issuer

    def name(self, number):
        return f"{self.issuer.url}/{number}"

    def publish(self, number):
        documents = self.issuer.documents
        documents[f"/{number}{KEYS}"] = self.issuer.document(KEYS)
        if number >= self.DISCOVERED:
            documents[f"/{number}{METADATA}"] = json.dumps(
                {"issuer": self.name(number),
                 "jwks_uri": self.name(number) + KEYS})

    def trust(self, number):
        option = "" if number >= self.DISCOVERED \
            else f'"jwks={self.name(number)}{KEYS}"'
        return f'AuthJWTIssuer "{self.name(number)}" {option}\n'

    def serves(self, server, number):
        server.accepts("/", self.issuer.signer.mint(iss=self.name(number)))

    def are_fetched_once(self, count):
        """Every document of the first count, and no other one."""
        return self.issuer.requests == {path: 1 for path in self.paths(count)}

    def paths(self, count):
        return [*(f"/{number}{KEYS}" for number in range(count)),
                *(f"/{number}{METADATA}"
                  for number in range(self.DISCOVERED, count))]


def test_many_issuers(issuer, ca):
    """Each has a slot and a fetch of its own, also one that a reload adds."""
    tenants = Tenants(issuer)
    for number in range(ISSUERS + 1):
        tenants.publish(number)
    trust = "".join(map(tenants.trust, range(ISSUERS)))
    with run(issuer, ca, trust) as server:
        wait_until(lambda: tenants.are_fetched_once(ISSUERS), "fetches", 30)
        for number in range(ISSUERS):
            tenants.serves(server, number)
        config = (server.root / "httpd.conf").read_text()
        server.write("httpd.conf", config + tenants.trust(ISSUERS))
        server.restart()
        for number in (0, ISSUERS - 1, ISSUERS):
            tenants.serves(server, number)
        assert tenants.are_fetched_once(ISSUERS + 1)


def virtual_host(number):
    sections = "".join(
        location(f"/{section}", "AuthType Bearer", 'AuthName "orders"',
                 "Require valid-user", 'AuthJWTIssuer "${ISSUER}"')
        for section in range(10))
    return (f'<VirtualHost *:${{PORT}}>\nServerName {number}.example\n'
            f'ScriptAliasMatch "^/" "${{ROOT}}/env.cgi"\n'
            f'{sections}</VirtualHost>\n')


@pytest.mark.threat("G6")
def test_many_sections_of_many_hosts_share_one_slot(issuer, ca):
    hosts = "".join(virtual_host(number) for number in range(10))
    with run(issuer, ca, "", hosts) as server:
        server.log.take("no issuer, so requests are answered 500")  # of "/"
        for host in range(10):
            for section in range(10):
                server.accepts(f"http://{host}.example/{section}/",
                               issuer.signer.mint())
        assert issuer.fetches == 1


@pytest.mark.parametrize("name", ["x5t", "x5t#S256"])
def test_a_key_among_many_is_found_by_its_thumbprint(issuer, ca, name):
    thumbprint = "A" * (27 if name == "x5t" else 43)
    keys = json.loads(key_set_of(MAX_KEYS, issuer))
    keys["keys"][500] = {**issuer.signer.public, name: thumbprint}
    issuer.documents[KEYS] = json.dumps(keys)
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint(
            header={"kid": None, name: thumbprint}))
