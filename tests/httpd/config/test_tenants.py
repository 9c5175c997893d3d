# SPDX-License-Identifier: Apache-2.0
"""Issuers of many tenants, as Entra ID is one, and AD FS beside it."""
import contextlib
import json

import pytest

from harness.httpd import Httpd
from harness.issuer import KEYS, METADATA, Issuer
from harness.settings import wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, spoil_signature
from harness.traffic import Traffic

A = "0a1b2c3d-0000-4000-8000-00000000000a"
B = "0a1b2c3d-0000-4000-8000-00000000000b"
C = "0a1b2c3d-0000-4000-8000-00000000000c"

V2 = "https://login.example/{tenantid}/v2.0"
V1 = "https://sts.example/{tenantid}/"
ADFS = "https://adfs.example/adfs"
ADFS_TOKENS = "http://adfs.example/adfs/services/trust"


def of_tenant(template, tenant):
    return template.replace("{tenantid}", tenant)


def claims(tenant, template=V2, **changes):
    return {"iss": of_tenant(template, tenant), "tid": tenant,
            "oid": "of-alice", **changes}


def as_entra_publishes(signer, issuer=None):
    """A key without alg, and with the issuer that it is for."""
    key = {**signer.public, "use": "sig"}
    assert "alg" not in key
    return {**key, "issuer": issuer} if issuer else key


class Publisher(Issuer):
    """Speaks for issuers that are not its own URL."""

    def publish(self, issuer, keys, folder="", **members):
        self.documents[folder + METADATA] = json.dumps(
            {"issuer": issuer, "jwks_uri": self.url + folder + KEYS,
             **members})
        self.documents[folder + KEYS] = json.dumps({"keys": keys})


EVERYBODYS = Signer("RS256")
OF_V1 = Signer("RS256", kid=EVERYBODYS.kid)
OF_A = Signer("RS256")
SAME_KID_A = Signer("RS256", kid="same")
SAME_KID_B = Signer("RS256", kid="same")
STRANGER = Signer("RS256")
OF_ADFS = Signer("RS256")

PUBLISHED = [
    as_entra_publishes(EVERYBODYS, V2),
    as_entra_publishes(OF_A, of_tenant(V2, A)),
    as_entra_publishes(SAME_KID_A, of_tenant(V2, A)),
    as_entra_publishes(SAME_KID_B, of_tenant(V2, B)),
]


@pytest.fixture(scope="module")
def publisher(ca):
    publisher = Publisher(ca)
    publisher.publish(V2, PUBLISHED)
    publisher.publish(V1, [as_entra_publishes(OF_V1)], "/v1")
    publisher.publish(ADFS, [OF_ADFS.public], "/adfs",
                      access_token_issuer=ADFS_TOKENS)
    yield publisher
    publisher.close()


def trust(issuer, options="", folder=""):
    return f'AuthJWTIssuer {issuer} "metadata=${{URL}}{folder}{METADATA}" ' \
        + options


SITE = site(
    guarded("/"),
    location("/any", trust(V2, "tenants=*")),
    location("/upper-case", trust(V2, f"tenants={A.upper()}")),
    location("/both-versions", trust(V2, f"tenants={A}"),
             trust(V1, f"tenants={A}", "/v1")),
    location("/exact", trust(V2, f"tenants={A},{B}"),
             trust(of_tenant(V2, C), folder="/c"),
             "AuthJWTIssuer * keys=keys.json"),
    location("/user", 'AuthJWTUser "{tid}/{oid}"'),
    location("/adfs", trust(ADFS_TOKENS, folder="/adfs")),
    location("/adfs-documents", trust(ADFS, folder="/adfs")),
    trust=TRUST_FETCHED + trust(V2, f"tenants={A},{B}") + "\n")


@pytest.fixture(scope="module")
def server(publisher, ca):
    publisher.publish(of_tenant(V2, C), [STRANGER.public], "/c")
    with Httpd(SITE, define={"URL": publisher.url, "CA": ca.path},
               files={"keys.json": json.dumps({"keys": [OF_V1.public]})}
               ) as server:
        yield server


# Which tenants

@pytest.mark.parametrize("tenant", [A, B])
def test_tenants_of_the_list(server, tenant):
    server.accepts("/", EVERYBODYS.mint(**claims(tenant)))


def test_another_tenant(server):
    server.refuses("TENANT_REFUSED", "/", EVERYBODYS.mint(**claims(C)))


def test_any_tenant(server):
    server.accepts("/any", EVERYBODYS.mint(**claims(C)))


def test_the_case_of_guids_means_nothing_in_the_list(server):
    server.accepts("/upper-case", EVERYBODYS.mint(**claims(A)))
    server.accepts("/upper-case", EVERYBODYS.mint(**claims(A.upper())))
    server.refuses("TENANT_REFUSED", "/upper-case",
                   EVERYBODYS.mint(**claims(B)))


@pytest.mark.threat("E3")
@pytest.mark.parametrize("tid", [B, C, A.upper(), A + "\0", "", None, 1, [A]])
@pytest.mark.parametrize("path", ["/", "/any"])
def test_tid_and_iss_have_to_agree(server, path, tid):
    server.refuses("TENANT_INVALID", path,
                   EVERYBODYS.mint(**claims(A, tid=tid)))


@pytest.mark.parametrize("name", ["TID", "Tid", "tiD"])
@pytest.mark.parametrize("other", [A, B, 1])
def test_tid_is_there_once_in_whatever_case(server, name, other):
    server.refuses("TENANT_INVALID", "/any",
                   EVERYBODYS.mint(**claims(A, **{name: other})))


@pytest.mark.parametrize("issuer", [
    of_tenant(V2, "common"), of_tenant(V2, A) + "/",
    of_tenant(V2, A[:-1]), of_tenant(V2, A + "/" + A),
    of_tenant(V2, A).replace("https", "http"), of_tenant(V1, A)])
def test_an_issuer_that_is_not_of_the_template(server, issuer):
    server.refuses("ISSUER_UNKNOWN", "/any",
                   EVERYBODYS.mint(**claims(A, iss=issuer)))


def test_the_template_itself_is_nobodys_issuer(server):
    server.refuses("ISSUER_UNKNOWN", "/any", EVERYBODYS.mint(
        **claims("{tenantid}")))


def test_no_issuer(server):
    server.refuses("ISSUER_MISSING", "/any",
                   EVERYBODYS.mint(**claims(A, iss=None)))


@pytest.mark.threat("E4")
def test_tenants_are_told_apart_by_their_users_names(server):
    answer = server.accepts("/user", EVERYBODYS.mint(**claims(B)))
    assert answer.env["REMOTE_USER"] == f"{B}/of-alice"


# Which issuer, where a section has several

def test_two_versions_of_tokens_side_by_side(server):
    """Their keys have the same kid, and do not check each other's tokens."""
    v1, v2 = claims(A, V1), claims(A, V2)
    server.accepts("/both-versions", EVERYBODYS.mint(**v2))
    server.accepts("/both-versions", OF_V1.mint(**v1))
    server.refuses("SIGNATURE_INVALID", "/both-versions", OF_V1.mint(**v2))
    server.refuses("SIGNATURE_INVALID", "/both-versions",
                   EVERYBODYS.mint(**v1))
    server.refuses("TENANT_REFUSED", "/both-versions",
                   OF_V1.mint(**claims(B, V1)))
    server.refuses("ISSUER_UNKNOWN", "/", OF_V1.mint(**v1))


def test_an_exact_issuer_is_found_before_a_template(server):
    server.accepts("/exact", STRANGER.mint(**claims(C)))
    server.refuses("KEY_UNKNOWN", "/exact", EVERYBODYS.mint(**claims(C)))


def test_a_template_is_found_before_any_issuer(server):
    server.accepts("/exact", EVERYBODYS.mint(**claims(A)))
    server.refuses("SIGNATURE_INVALID", "/exact", OF_V1.mint(**claims(A)))
    server.accepts("/exact", OF_V1.mint(iss="https://else.example"))


# Which key

@pytest.mark.threat("B5")
def test_a_key_serves_its_issuer_alone(server):
    server.accepts("/any", OF_A.mint(**claims(A)))
    server.refuses("KEY_ISSUER", "/any", OF_A.mint(**claims(B)))


@pytest.mark.threat("B5", "B3")
def test_keys_of_one_kid_and_two_issuers(server):
    server.accepts("/any", SAME_KID_A.mint(**claims(A)))
    server.accepts("/any", SAME_KID_B.mint(**claims(B)))
    server.refuses("KEY_ISSUER", "/any", SAME_KID_A.mint(**claims(C)))
    server.refuses("SIGNATURE_INVALID", "/any", SAME_KID_A.mint(**claims(B)))


def test_a_key_without_alg_serves_every_alg_of_its_type(server):
    server.accepts("/any", EVERYBODYS.like("PS512").mint(**claims(A)))


# Tokens for Microsoft Graph

def for_graph(signer, **changes):
    return spoil_signature(signer.mint({"nonce": "a-nonce"}, **changes))


FOR_GRAPH = {
    "a key that is known": for_graph(EVERYBODYS, **claims(A)),
    "another key": for_graph(STRANGER, **claims(A)),
    "an issuer that is not known": for_graph(EVERYBODYS, **claims(A, V1)),
}


@pytest.mark.parametrize("what", FOR_GRAPH)
def test_a_token_for_graph(server, what):
    server.refuses("GRAPH_TOKEN", "/", FOR_GRAPH[what])


def test_a_nonce_in_the_header_of_a_token_that_verifies(server):
    server.accepts("/", EVERYBODYS.mint({"nonce": "a-nonce"}, **claims(A)))


# What no fetch can fix

def test_keys_are_not_fetched_for_what_they_cannot_verify(publisher, ca):
    """A key that another issuer's tokens ask for is, as often as it may be."""
    config = site(
        guarded("/"),
        location("/other", 'AuthJWTIssuer "*" "jwks=${URL}/v1' + KEYS + '"'),
        trust=TRUST_FETCHED + trust(V2, "tenants=*")
        + "\nAuthJWTCooldown 1\n")
    tokens = [*FOR_GRAPH.values(), OF_A.mint(**claims(B))]
    with Httpd(config, define={"URL": publisher.url, "CA": ca.path}) as server:
        server.accepts("/", EVERYBODYS.mint(**claims(A)))
        before, others = (publisher.requests[path]
                          for path in (KEYS, "/v1" + KEYS))
        with server.log.allowing("JWT020[178]"), contextlib.ExitStack() as stack:
            for token in tokens:
                stack.enter_context(Traffic(server, "/", token, threads=1))
            stack.enter_context(
                Traffic(server, "/other", STRANGER.mint(), threads=1))
            wait_until(lambda: publisher.requests["/v1" + KEYS] >= others + 3,
                       "fetches of the other's keys")
        assert publisher.requests[KEYS] == before


# AD FS

def test_adfs_has_another_issuer_for_access_tokens(server):
    token = OF_ADFS.mint(iss=ADFS_TOKENS)
    server.accepts("/adfs", token)
    server.refuses("ISSUER_UNKNOWN", "/adfs", OF_ADFS.mint(iss=ADFS))
    server.accepts("/adfs-documents", OF_ADFS.mint(iss=ADFS))
    server.refuses("ISSUER_UNKNOWN", "/adfs-documents", token)


def test_a_document_of_neither_issuer_names_both(publisher, ca):
    config = site(guarded("/"), trust=TRUST_FETCHED + trust(
        "https://else.example", folder="/adfs") + "\n")
    with Httpd(config, define={"URL": publisher.url, "CA": ca.path}) as server:
        line = server.log.take("METADATA_ISSUER")
        assert f'its issuer is "{ADFS}", ' \
            f'its access_token_issuer is "{ADFS_TOKENS}"' in line


def test_two_issuers_with_one_kid():
    """Each token is checked by its own issuer's key, whoever signed it."""
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
