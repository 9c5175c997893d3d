"""Issuers of several tenants, as Entra ID has them, and whose keys are whose."""
import json
import uuid

import pytest

from harness.httpd import Httpd
from harness.issuer import KEYS, METADATA
from harness.site import TRUST_FETCHED, guarded, site
from harness.tokens import Signer, spoil_signature

ONE, OTHER, STRANGER = (str(uuid.uuid4()) for _ in range(3))

TEMPLATE = "/{tenantid}/v2.0"
COMMON = "/common/v2.0"
OLD = "/sts/{tenantid}/"
OLD_COMMON = "/common"


class Tenants:
    """What Entra ID's two generations publish, at one test issuer."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.new = Signer("RS256")
        self.old = Signer("RS256")
        self.of_one = Signer("RS256")  # a key that belongs to ONE alone
        self.twin = Signer("RS256", kid=self.of_one.kid)  # the same of OTHER
        self.publish(COMMON, TEMPLATE, [
            {**self.new.public, "issuer": issuer.url + TEMPLATE},
            {**self.of_one.public, "issuer": self.name(ONE)},
            {**self.twin.public, "issuer": self.name(OTHER)}])
        self.publish(OLD_COMMON, OLD, [self.old.public])

    def publish(self, path, issuer, keys):
        """Without alg, as there."""
        for key in keys:
            key["use"] = "sig"
        documents = self.issuer.documents
        documents[path + METADATA] = json.dumps(
            {"issuer": self.issuer.url + issuer,
             "jwks_uri": self.issuer.url + path + KEYS})
        documents[path + KEYS] = json.dumps({"keys": keys})

    def name(self, tenant, template=TEMPLATE):
        return self.issuer.url + template.replace("{tenantid}", tenant)

    def mint(self, tenant, signer=None, template=TEMPLATE, **claims):
        return (signer or self.new).mint(**{
            "iss": self.name(tenant, template), "tid": tenant,
            "oid": "1-2-3", "ver": "2.0", **claims})


TRUST = TRUST_FETCHED + (
    f'AuthJWTIssuer "${{ISSUER}}{TEMPLATE}"'
    f' "metadata=${{ISSUER}}{COMMON}{METADATA}" tenants={ONE},{OTHER}\n'
    f'AuthJWTIssuer "${{ISSUER}}{OLD}"'
    f' "metadata=${{ISSUER}}{OLD_COMMON}{METADATA}" tenants={ONE}\n')

ANY = (f'AuthJWTIssuer "${{ISSUER}}{TEMPLATE}"'
       f' "metadata=${{ISSUER}}{COMMON}{METADATA}" tenants=*')

EXACT = (f'AuthJWTIssuer "${{ISSUER}}{TEMPLATE.format(tenantid=ONE)}"'
         f' "jwks=${{ISSUER}}{COMMON}{KEYS}" audience=api://one')


@pytest.fixture
def tenants(issuer):
    return Tenants(issuer)


@pytest.fixture
def server(tenants, ca):
    config = site(guarded("/", "AuthJWTUser {tid}/{oid}"),
                  guarded("/any", ANY),
                  guarded("/exact", EXACT, ANY), trust=TRUST)
    with Httpd(config, define={"ISSUER": tenants.issuer.url,
                               "CA": ca.path}) as server:
        yield server


def test_tenants_that_may_come_in(server, tenants):
    for tenant in (ONE, OTHER):
        env = server.accepts("/", tenants.mint(tenant)).env
        assert env["REMOTE_USER"] == f"{tenant}/1-2-3"
        assert env["JWT_CLAIM_tid"] == tenant
    server.accepts("/any", tenants.mint(STRANGER))


def test_another_tenant(server, tenants):
    server.refuses("TENANT_REFUSED", "/", tenants.mint(STRANGER))
    server.refuses("TENANT_REFUSED", "/", tenants.mint(
        OTHER, tenants.old, OLD, ver="1.0"))


@pytest.mark.parametrize("claims", [
    {"tid": OTHER}, {"tid": None}, {"tid": ONE.upper()}, {"tid": [ONE]},
    {"Tid": STRANGER}, {"tid": None, "TID": ONE}], ids=str)
def test_a_tenant_that_contradicts_the_issuer(server, tenants, claims):
    server.refuses("TENANT_INVALID", "/", tenants.mint(ONE, **claims))
    server.refuses("TENANT_INVALID", "/any", tenants.mint(ONE, **claims))


@pytest.mark.parametrize("tenant", ["contoso", "{tenantid}", "common",
                                    ONE + "0", ""])
def test_what_is_no_tenant(server, tenants, tenant):
    server.refuses("ISSUER_UNKNOWN", "/any", tenants.mint(tenant))


def test_the_signature_comes_first(server, tenants):
    for token in (tenants.mint(STRANGER), tenants.mint(ONE, tid=OTHER)):
        server.refuses("SIGNATURE_INVALID", "/", spoil_signature(token))


# Two generations side by side

def test_each_generation_has_its_keys(server, tenants):
    server.accepts("/", tenants.mint(ONE, tenants.old, OLD))
    server.refuses("KEY_UNKNOWN", "/", tenants.mint(ONE, tenants.new, OLD))
    server.refuses("KEY_UNKNOWN", "/", tenants.mint(ONE, tenants.old))


# Keys that belong to an issuer

def test_a_key_of_one_tenant_signs_for_no_other(server, tenants):
    server.accepts("/", tenants.mint(ONE, tenants.of_one))
    server.accepts("/", tenants.mint(OTHER, tenants.twin))
    server.refuses("SIGNATURE_INVALID", "/",
                   tenants.mint(OTHER, tenants.of_one))
    server.refuses("KEY_ISSUER", "/any",
                   tenants.mint(STRANGER, tenants.of_one))


def test_a_key_of_another_issuer_causes_no_fetch(server, tenants):
    server.accepts("/", tenants.mint(ONE))
    before = dict(tenants.issuer.requests)
    server.refuses("KEY_ISSUER", "/any",
                   tenants.mint(STRANGER, tenants.of_one))
    assert tenants.issuer.requests == before


def test_an_exact_issuer_before_a_template(server, tenants):
    server.accepts("/exact", tenants.mint(ONE, aud="api://one"))
    server.refuses("AUDIENCE_REFUSED", "/exact", tenants.mint(ONE))
    server.accepts("/exact", tenants.mint(OTHER))


# Microsoft Graph

def graph_token(tenants, **how):
    return spoil_signature(tenants.mint(
        ONE, header={"nonce": "x1"},
        aud="00000003-0000-0000-c000-000000000000", **how))


def test_a_token_for_graph(server, tenants):
    server.accepts("/", tenants.mint(ONE))
    before = dict(tenants.issuer.requests)
    server.refuses("GRAPH_TOKEN", "/", graph_token(tenants))
    server.refuses("GRAPH_TOKEN", "/", graph_token(
        tenants, template="/elsewhere/{tenantid}"))
    server.refuses("GRAPH_TOKEN", "/", graph_token(tenants,
                                                   signer=tenants.old))
    assert tenants.issuer.requests == before
    server.accepts("/", tenants.mint(ONE, header={"nonce": "x1"}))


# AD FS

def test_the_issuer_of_access_tokens(issuer, ca):
    name = "http://sts.example.com/adfs/services/trust"
    issuer.documents["/adfs" + METADATA] = json.dumps(
        {"issuer": issuer.url + "/adfs", "access_token_issuer": name,
         "jwks_uri": issuer.url + KEYS})
    config = site(guarded("/"), trust=TRUST_FETCHED + f"""
        AuthJWTIssuer {name} "metadata=${{ISSUER}}/adfs{METADATA}"
        """)
    with Httpd(config, define={"ISSUER": issuer.url, "CA": ca.path}) as server:
        server.accepts("/", issuer.signer.mint(iss=name))
        server.refuses("ISSUER_UNKNOWN", "/",
                       issuer.signer.mint(iss=issuer.url + "/adfs"))


def test_two_issuers_with_one_kid():
    """Each token is judged by its own issuer's key, whoever signed it."""
    names = ["https://a.example", "https://b.example"]
    signers = [Signer("RS256", kid="k1", issuer=name) for name in names]
    trust = "AuthJWTAudience api://orders\n" + "".join(
        f"AuthJWTIssuer {name} keys={index}.json\n"
        for index, name in enumerate(names))
    files = {f"{index}.json": json.dumps({"keys": [signer.public]})
             for index, signer in enumerate(signers)}
    with Httpd(site(guarded("/"), trust=trust), files=files) as server:
        for signer, other in (signers, signers[::-1]):
            server.accepts("/", signer.mint())
            server.refuses("SIGNATURE_INVALID", "/",
                           signer.mint(iss=other.issuer))
