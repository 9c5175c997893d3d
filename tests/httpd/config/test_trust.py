# SPDX-License-Identifier: Apache-2.0
"""Who is trusted: each directive and option, with a token that it lets in and
one that it keeps out."""
import datetime
import json
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from jwcrypto.jwk import JWK

from harness.httpd import Httpd
from harness.issuer import name_of
from harness.site import guarded, location, site
from harness.tokens import (AUDIENCE, ISSUER, Signer, encode, encode_json,
                            key_set, remember)

OTHER = "https://other.example.com"

RSA = Signer("RS256", kid="rsa")
SIGNERS = {
    **{alg: RSA.like(alg) for alg in ("RS256", "RS384", "RS512",
                                      "PS256", "PS384", "PS512")},
    **{alg: Signer(alg, kid=alg) for alg in ("ES256", "ES384", "ES512",
                                             "ES256K", "EdDSA", "Ed448")},
}
SIGNERS["Ed25519"] = SIGNERS["EdDSA"].like("Ed25519")
SIGNERS["EdDSA of Ed448"] = SIGNERS["Ed448"].like("EdDSA")
BY_DEFAULT = [name for name in SIGNERS if name != "ES256K"]

SIGNER = SIGNERS["ES256"]
OTHERS = Signer("ES256", issuer=OTHER)
IN_PEM = Signer("ES256", kid=None)
IN_CERTIFICATE = Signer("ES256", kid=None)
SECRET = Signer("HS256", kid=None)
LOCAL_SECRET = Signer("HS256", kid="local")


def trust(options, issuer=ISSUER):
    return f"AuthJWTIssuer {issuer} {options}"


def certificate_of(signer):
    key = serialization.load_pem_private_key(signer.private_pem.encode(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder()
            .subject_name(name_of("a key")).issuer_name(name_of("a key"))
            .public_key(key.public_key()).serial_number(1)
            .not_valid_before(now).not_valid_after(now)
            .sign(key, hashes.SHA256()))
    return made.public_bytes(serialization.Encoding.PEM)


FILES = {
    "keys.json": key_set(*{signer.kid: signer
                           for signer in SIGNERS.values()}.values()),
    "others.json": key_set(OTHERS),
    "key.pem": IN_PEM.public_pem,
    "certificate.pem": certificate_of(IN_CERTIFICATE),
    "both.pem": IN_PEM.public_pem.encode() + certificate_of(IN_CERTIFICATE),
    "secret": SECRET.secret + b"\n",
    "local.json": json.dumps({"keys": [LOCAL_SECRET.private,
                                       SIGNER.public]}),
}

SITE = site(
    guarded("/"),
    # AuthJWTIssuer
    location("/several", trust("keys=keys.json"),
             trust("keys=others.json audience=api://others", OTHER)),
    location("/any-issuer", trust("keys=keys.json", "*")),
    location("/pem", trust("keys=key.pem")),
    location("/certificate", trust("keys=certificate.pem")),
    location("/both", trust("keys=both.pem")),
    location("/secret", trust("secret=secret")),
    location("/any-secret", trust("secret=secret", "*")),
    location("/local", trust("keys=local.json algs=HS256,ES256")),
    location("/local-without-algs", trust("keys=local.json")),
    location("/algs", trust("keys=keys.json algs=ES384,ES512")),
    location("/audience", trust("keys=keys.json audience=api://a,api://b")),
    location("/audience-claim",
             trust("keys=keys.json audience-claim=client_id")),
    # the other directives
    location("/audiences", "AuthJWTAudience api://a api://b"),
    location("/five", "AuthJWTAudience api://1 api://2 api://3 api://4 api://5"),
    location("/any-audience", "AuthJWTAudience *"),
    location("/only-es384", "AuthJWTAlgorithms ES384"),
    location("/only-rs256", "AuthJWTAlgorithms RS256"),
    location("/es256k", "AuthJWTAlgorithms ES256K"),
    location("/eddsa", "AuthJWTAlgorithms EdDSA"),
    location("/ed448", "AuthJWTAlgorithms Ed448"),
    location("/leeway-0", "AuthJWTLeeway 0"),
    location("/leeway-300", "AuthJWTLeeway 300"),
    location("/lifetime", "AuthJWTMaxLifetime 600"),
    location("/types", "AuthJWTTokenType at+jwt custom+jwt"),
    location("/types-or-absent", "AuthJWTTokenType at+jwt -"),
    location("/required", "AuthJWTRequiredClaims exp nbf tenant"),
    location("/required-none", "AuthJWTRequiredClaims none"),
)


@pytest.fixture(scope="module")
def server():
    with Httpd(SITE, files=FILES) as server:
        yield server


def now(offset_s=0):
    return int(time.time()) + offset_s


# AuthJWTIssuer

def test_issuer(server):
    server.accepts("/", SIGNER.mint())
    server.refuses("ISSUER_UNKNOWN", "/", SIGNER.mint(iss=OTHER))
    server.refuses("ISSUER_MISSING", "/", SIGNER.mint(iss=None))


@pytest.mark.threat("E3")
@pytest.mark.parametrize("name", [ISSUER + "/", ISSUER.upper(), ISSUER[:-1],
                                  ISSUER.replace("https", "http"), "", "*"])
def test_an_issuer_is_compared_byte_by_byte(server, name):
    server.refuses("ISSUER_UNKNOWN", "/", SIGNER.mint(iss=name))


@pytest.mark.threat("E3")
@pytest.mark.parametrize("issuer", [1, None, [ISSUER], {"a": ISSUER}, True])
def test_an_issuer_of_another_type(server, issuer):
    payload = {**SIGNER.claims(), "iss": issuer}
    token = SIGNER.sign(encode_json(SIGNER.header()), encode_json(payload))
    server.refuses("CLAIM_TYPE", "/", token)


def test_several_issuers_are_told_apart(server):
    server.accepts("/several", SIGNER.mint())
    server.accepts("/several", OTHERS.mint(aud="api://others"))
    server.refuses("AUDIENCE_REFUSED", "/several", OTHERS.mint())
    server.refuses("AUDIENCE_REFUSED", "/several",
                   SIGNER.mint(aud="api://others"))


@pytest.mark.threat("B5")
def test_an_issuers_key_signs_for_no_other(server):
    server.refuses("KEY_UNKNOWN", "/several",
                   SIGNER.mint(iss=OTHER, aud="api://others"))
    server.refuses("KEY_UNKNOWN", "/several", OTHERS.mint(iss=ISSUER))
    server.refuses("SIGNATURE_INVALID", "/several", SIGNER.mint(
        header={"kid": OTHERS.kid}, iss=OTHER, aud="api://others"))


def test_any_issuer(server):
    server.accepts("/any-issuer", SIGNER.mint(iss=OTHER))
    server.accepts("/any-issuer", SIGNER.mint(iss=None))
    server.refuses("KEY_UNKNOWN", "/any-issuer", OTHERS.mint())


# Where keys are

def test_pem_files(server):
    server.accepts("/pem", IN_PEM.mint())
    server.refuses("SIGNATURE_INVALID", "/pem", IN_CERTIFICATE.mint())
    server.accepts("/certificate", IN_CERTIFICATE.mint())
    server.refuses("SIGNATURE_INVALID", "/certificate", IN_PEM.mint())
    server.accepts("/both", IN_PEM.mint())
    server.accepts("/both", IN_CERTIFICATE.mint())


def test_a_secret(server):
    server.accepts("/secret", SECRET.mint())
    server.accepts("/secret", SECRET.like("HS384").mint())
    server.accepts("/secret", SECRET.like("HS512").mint())
    server.accepts("/any-secret", SECRET.mint(iss=None))
    server.refuses("SIGNATURE_INVALID", "/secret",
                   Signer("HS256", kid=None).mint())
    server.refuses("ALGORITHM_REFUSED", "/secret", SIGNER.mint())


def test_a_secret_in_a_local_key_set_counts_where_algs_names_hs(server):
    server.accepts("/local", LOCAL_SECRET.mint())
    server.accepts("/local", SIGNER.mint())
    server.refuses("ALGORITHM_REFUSED", "/local-without-algs",
                   LOCAL_SECRET.mint())
    server.accepts("/local-without-algs", SIGNER.mint())


@pytest.mark.threat("A2")
@pytest.mark.parametrize("path", ["/", "/pem", "/local"])
def test_a_public_key_is_no_secret(server, path):
    """The classic: HS256 over the text of the public key."""
    for text in (SIGNER.public_pem, IN_PEM.public_pem, FILES["keys.json"]):
        key = JWK(kty="oct", k=encode(text.encode()))
        forged = Signer("HS256", kid=SIGNER.kid, key=key).mint()
        answer = server.get(path, forged)
        assert answer.status == 401
        server.log.take(r"\bJWT0(114|201|202|204)\b")


def test_without_kid_every_fitting_key_is_tried(server):
    server.accepts("/", SIGNER.mint(header={"kid": None}))
    server.accepts("/", SIGNERS["ES384"].mint(header={"kid": None}))
    server.refuses("SIGNATURE_INVALID", "/",
                   Signer("ES256", kid=None).mint())


@pytest.mark.threat("B3")
def test_a_key_with_a_kid_serves_no_other_kid(server):
    server.refuses("KEY_UNKNOWN", "/", SIGNER.mint(header={"kid": "no"}))
    server.refuses("KEY_UNSUITABLE", "/",
                   SIGNER.mint(header={"kid": "ES384"}))


# Audience

def test_audience(server):
    server.accepts("/", SIGNER.mint(aud=AUDIENCE))
    server.accepts("/", SIGNER.mint(aud=["api://x", AUDIENCE]))
    server.refuses("AUDIENCE_REFUSED", "/", SIGNER.mint(aud="api://x"))
    server.refuses("AUDIENCE_REFUSED", "/", SIGNER.mint(aud=[]))
    server.refuses("AUDIENCE_REFUSED", "/", SIGNER.mint(aud=AUDIENCE + "/"))
    server.refuses("AUDIENCE_REFUSED", "/", SIGNER.mint(aud="*"))
    server.refuses("AUDIENCE_MISSING", "/", SIGNER.mint(aud=None))
    server.refuses("CLAIM_TYPE", "/", SIGNER.mint(aud={"a": AUDIENCE}))
    server.refuses("CLAIM_TYPE", "/", SIGNER.mint(aud=[AUDIENCE, 1]))


def test_several_audiences(server):
    for path in ("/audiences", "/audience"):
        server.accepts(path, SIGNER.mint(aud="api://a"))
        server.accepts(path, SIGNER.mint(aud="api://b"))
        server.refuses("AUDIENCE_REFUSED", path, SIGNER.mint())


def test_the_log_has_what_the_section_expects(server):
    server.refuses("ISSUER_UNKNOWN", "/several", SIGNER.mint(iss="https://x"))
    server.refuses("AUDIENCE_REFUSED", "/five", SIGNER.mint())
    server.refuses("AUDIENCE_REFUSED", "/audience-claim",
                   SIGNER.mint(client_id="api://x"))
    text = server.log.text()
    assert f'expected iss "{ISSUER}", "{OTHER}" (section /several)' in text
    assert ('expected aud "api://1", "api://2", "api://3" and 2 more '
            "(section /five)") in text
    assert (f'expected client_id "{AUDIENCE}" (section /audience-claim)'
            in text)


def test_any_audience(server):
    server.accepts("/any-audience", SIGNER.mint(aud="api://x"))
    server.accepts("/any-audience", SIGNER.mint(aud=None))


def test_another_claim_holds_the_audience(server):
    server.accepts("/audience-claim",
                   SIGNER.mint(aud=None, client_id=AUDIENCE))
    server.refuses("AUDIENCE_REFUSED", "/audience-claim",
                   SIGNER.mint(client_id="api://x"))
    server.refuses("AUDIENCE_MISSING", "/audience-claim", SIGNER.mint())


# Algorithms

@pytest.mark.parametrize("name", BY_DEFAULT)
def test_an_algorithm_of_the_default(server, name):
    server.accepts("/", SIGNERS[name].mint())
    path = "/only-rs256" if name == "ES384" else "/only-es384"
    if name != "ES384":
        server.refuses("ALGORITHM_REFUSED", path, SIGNERS[name].mint())


def test_es256k_is_accepted_where_it_is_named(server):
    server.accepts("/es256k", SIGNERS["ES256K"].mint())
    server.refuses("ALGORITHM_REFUSED", "/", SIGNERS["ES256K"].mint())


@pytest.mark.threat("A2")
def test_hs256_is_not_accepted_by_default(server):
    server.refuses("ALGORITHM_REFUSED", "/", LOCAL_SECRET.mint())


def test_eddsa_stands_for_both_curves(server):
    for name in ("EdDSA", "Ed25519", "Ed448", "EdDSA of Ed448"):
        server.accepts("/eddsa", SIGNERS[name].mint())
    server.refuses("ALGORITHM_REFUSED", "/eddsa", SIGNER.mint())
    server.accepts("/ed448", SIGNERS["Ed448"].mint())
    server.refuses("ALGORITHM_REFUSED", "/ed448", SIGNERS["Ed25519"].mint())


@pytest.mark.threat("A4")
def test_algs_replaces_the_algorithms(server):
    server.accepts("/algs", SIGNERS["ES384"].mint())
    server.accepts("/algs", SIGNERS["ES512"].mint())
    server.refuses("ALGORITHM_REFUSED", "/algs", SIGNER.mint())


@pytest.mark.threat("A1")
@pytest.mark.parametrize("name", ["none", "None", "NONE"])
@pytest.mark.parametrize("path", ["/", "/any-issuer", "/secret"])
def test_unsigned(server, path, name):
    unsigned = ".".join((encode_json(SIGNER.header(alg=name)),
                         encode_json(SIGNER.claims()), ""))
    answer = server.get(path, remember(unsigned))
    assert answer.status == 401
    server.log.take(r"\bJWT0(101|112|113)\b")


# Times

@pytest.mark.threat("E1")
def test_leeway(server):
    server.accepts("/", SIGNER.mint(exp=now(-40)))
    server.refuses("EXPIRED", "/", SIGNER.mint(exp=now(-80)))
    server.accepts("/", SIGNER.mint(nbf=now(40)))
    server.refuses("NOT_YET_VALID", "/", SIGNER.mint(nbf=now(80)))
    server.accepts("/", SIGNER.mint(iat=now(40)))
    server.refuses("ISSUED_IN_FUTURE", "/", SIGNER.mint(iat=now(80)))


def test_leeway_of_the_administrator(server):
    server.accepts("/leeway-0", SIGNER.mint())
    server.refuses("EXPIRED", "/leeway-0", SIGNER.mint(exp=now(-5)))
    server.accepts("/leeway-300", SIGNER.mint(exp=now(-280)))
    server.refuses("EXPIRED", "/leeway-300", SIGNER.mint(exp=now(-320)))


def test_max_lifetime(server):
    server.accepts("/lifetime", SIGNER.mint(iat=now(), exp=now(600)))
    server.refuses("LIFETIME_TOO_LONG", "/lifetime",
                   SIGNER.mint(iat=now(-1), exp=now(600)))
    server.refuses("CLAIM_MISSING", "/lifetime", SIGNER.mint(iat=None))
    server.accepts("/", SIGNER.mint(exp=now(10**7)))


# Types

@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT",
                                 "application/at+jwt", "application/jwt",
                                 None])
def test_types_of_the_default(server, typ):
    server.accepts("/", SIGNER.mint(header={"typ": typ}))


NEVER = ["dpop+jwt", "logout+jwt", "secevent+jwt", "statuslist+jwt"]


@pytest.mark.threat("D8")
@pytest.mark.parametrize("typ", ["custom+jwt", "", "text/jwt"] + NEVER)
def test_other_types(server, typ):
    server.refuses("TYPE_REFUSED", "/", SIGNER.mint(header={"typ": typ}))


def test_types_of_the_administrator(server):
    for typ in ("at+jwt", "application/at+jwt", "Custom+JWT"):
        server.accepts("/types", SIGNER.mint(header={"typ": typ}))
    for typ in ("JWT", None, "logout+jwt"):
        server.refuses("TYPE_REFUSED", "/types",
                       SIGNER.mint(header={"typ": typ}))
    server.accepts("/types-or-absent", SIGNER.mint(header={"typ": None}))
    server.refuses("TYPE_REFUSED", "/types-or-absent", SIGNER.mint())


# Required claims

def test_required_claims(server):
    server.refuses("CLAIM_MISSING", "/", SIGNER.mint(exp=None))
    server.accepts("/required", SIGNER.mint(nbf=now(), tenant="acme"))
    server.refuses("CLAIM_MISSING", "/required", SIGNER.mint(nbf=now()))
    server.refuses("CLAIM_MISSING", "/required",
                   SIGNER.mint(nbf=now(), tenant="acme", exp=None))
    server.accepts("/required-none", SIGNER.mint(exp=None))
    server.refuses("EXPIRED", "/required-none", SIGNER.mint(exp=now(-3600)))


@pytest.mark.threat("D8")
def test_a_bound_token_is_no_bearer_token(server):
    server.refuses("TOKEN_BOUND", "/", SIGNER.mint(cnf={"jkt": "x"}))
