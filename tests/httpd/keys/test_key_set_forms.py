# SPDX-License-Identifier: Apache-2.0
"""Key sets as issuers write them: what is used all the same, and what is
refused, with the member and the cause in the log, on the status page, in `ajwt
fetch` and in `httpd -t`."""
import base64
import datetime
import json
import re
import subprocess

import html5lib
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK

from harness import tool
from harness.httpd import ALL_PAGE, Httpd, check_config
from harness.issuer import KEYS, METADATA, name_of
from harness.settings import wait_until
from harness.site import TRUST, TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set

SIGNER = Signer("RS256")
STATUS = location("/status", "SetHandler jwt-status", "AuthType None",
                  "Require all granted")
PLACES = guarded("/") + STATUS


def run(content, trust=TRUST, name="keys.json", **how):
    return Httpd(site(PLACES, trust=trust.replace("keys.json", name),
                      serve=ALL_PAGE),
                 files={name: content}, **how)


def run_fetched(issuer, ca, option=""):
    trust = f'AuthJWTCooldown 1\nAuthJWTIssuer "{issuer.url}" {option}\n'
    return Httpd(site(PLACES, trust=trust + TRUST_FETCHED, serve=ALL_PAGE),
                 define={"CA": ca.path})


def key_sets(server):
    answer = server.get("/status?format=json")
    return json.loads(answer.body)["key_sets"]


def text_of_page(server):
    tree = html5lib.HTMLParser(
        html5lib.getTreeBuilder("etree"), strict=True,
        namespaceHTMLElements=False).parse(server.get("/status").body)
    return " ".join(" ".join(tree.find("body").itertext()).split())


def fetch(path):
    """What the tool shows of a file, to people and to programs."""
    words = ["fetch", "https://x.example", f"keys={path}"]
    told, data = tool.run(*words), tool.run(*words, "--json")
    assert (told.stderr, data.stderr) == ("", "")
    return " ".join(told.stdout.split()), json.loads(data.stdout)


# Read tolerantly

def padded(text):
    return text + "=" * (-len(text) % 4)


def standard(text):
    """base64 with + and /, as base64.b64encode writes it."""
    return padded(text.replace("-", "+").replace("_", "/"))


def der_of(key):
    return key.public_bytes(serialization.Encoding.DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)


def in_base64(raw):
    return base64.b64encode(raw).decode()


PUBLIC = SIGNER.public
SPKI = der_of(SIGNER.key.get_op_key("verify"))
NULLS = {name: None for name in ("use", "alg", "key_ops", "x5c", "x5t",
                                 "x5t#S256", "issuer", "d", "p", "oth")}

# What changes in the JWK, and what is said of it
REPAIRED = {
    "use": ({"use": None}, "use is null: it is treated as absent"),
    "alg": ({"alg": None}, "alg is null: it is treated as absent"),
    "all nulls": (NULLS, "key_ops is null"),
    "n padded": ({"n": padded(PUBLIC["n"])}, "n has padding"),
    "n and e in base64": ({"n": standard(PUBLIC["n"]),
                           "e": standard(PUBLIC["e"])},
                          "n is base64, not base64url"),
    "x5c null": ({"x5c": None}, "x5c is null"),
    "x5c empty": ({"x5c": []}, "x5c is empty: it is ignored"),
    "x5c a string": ({"x5c": "MIIC"}, "x5c is not an array"),
    "x5c base64 of PEM": (
        {"x5c": [in_base64(b"-----BEGIN CERTIFICATE-----\nMIIC\n")]},
        "x5c is base64 of PEM instead of DER"),
    "x5c PEM": ({"x5c": ["-----BEGIN CERTIFICATE-----\nMIIC\n"]},
                "x5c is not base64"),
    "x5c a public key": ({"x5c": [in_base64(SPKI)]},
                         "x5c is a public key, not a certificate"),
    "an integer beyond 64 bits": ({"created": 2**64},
                                  "created contains an integer beyond 64 "
                                  "bits"),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_does_no_harm_is_used(issuer, ca, name):
    changes, words = REPAIRED[name]
    signer = Signer("RS256", SIGNER.kid, SIGNER.key, issuer=issuer.url)
    issuer.documents[KEYS] = json.dumps({"keys": [{**PUBLIC, **changes}]})
    with run_fetched(issuer, ca) as server:
        line = server.log.take(r"auth_jwt:info.*JWT0707 KEY_REPAIRED")
        assert f'key 0, kid "{SIGNER.kid}"' in line and words in line
        server.accepts("/", signer.mint())
        shown, = key_sets(server)
        key, = shown["keys"]
        assert key["is_used"] and key["problem"] is None
        assert words in key["repairs"]
        assert words in text_of_page(server)


@pytest.mark.parametrize("name", REPAIRED)
def test_the_same_in_a_file(tmp_path, name):
    changes, words = REPAIRED[name]
    content = json.dumps({"keys": [{**PUBLIC, **changes}]})
    code, output = check_config(site(guarded("/")), {"keys.json": content})
    assert code == 0 and "Syntax OK" in output
    assert re.search(rf"\[auth_jwt:warn\].*JWT0707.*keys\.json: key 0.*"
                     rf"{re.escape(words)}", output)
    (tmp_path / "keys.json").write_text(content)
    text, data = fetch(tmp_path / "keys.json")
    assert words in text and "usable: 1 of 1 keys" in text
    assert words in data["keys"][0]["repairs"]
    assert data["keys"][0]["usable"] is True


def test_kid_null_is_no_kid(issuer, ca):
    signer = Signer("RS256", None, SIGNER.key, issuer=issuer.url)
    issuer.documents[KEYS] = json.dumps({"keys": [{**PUBLIC, "kid": None}]})
    with run_fetched(issuer, ca) as server:
        server.log.take("JWT0707.*kid is null")
        server.accepts("/", signer.mint())


def test_a_repair_is_logged_when_it_is_new(issuer, ca):
    """Not at each fetch of the same set."""
    signer = Signer("RS256", SIGNER.kid, SIGNER.key, issuer=issuer.url)
    issuer.documents[KEYS] = json.dumps({"keys": [{**PUBLIC, "use": None}]})
    trust = f'AuthJWTRefresh 1\nAuthJWTCooldown 1\nAuthJWTIssuer ' \
            f'"{issuer.url}"\n'
    with Httpd(site(PLACES, trust=trust + TRUST_FETCHED, serve=ALL_PAGE),
               define={"CA": ca.path}) as server:
        server.log.take("JWT0707")
        server.accepts("/", signer.mint())
        wait_until(lambda: issuer.fetches > 3, "more fetches", 20)
        assert server.log.text().count("JWT0707") == 1


@pytest.mark.parametrize("local", [True, False], ids=["file", "URL"])
def test_an_integer_beyond_64_bits_beside_keys(issuer, ca, local):
    document = json.dumps({"id": 2**64, "keys": [PUBLIC]})
    signer = SIGNER if local else Signer("RS256", SIGNER.kid, SIGNER.key,
                                         issuer=issuer.url)
    issuer.documents[KEYS] = document
    with run(document) if local else run_fetched(issuer, ca) as server:
        line = server.log.take(r"auth_jwt:info.*JWT0613 KEYSET_REPAIRED")
        words = "id contains an integer beyond 64 bits: it is ignored"
        assert words in line
        server.accepts("/", signer.mint())
        remark, = key_sets(server)[0]["remarks"]
        assert (remark["tag"], remark["detail"]) == ("JWT0613", words)
        assert words in text_of_page(server)


def test_and_in_a_discovery_document(issuer, ca):
    document = json.loads(issuer.document(METADATA))
    issuer.documents[METADATA] = json.dumps({**document, "x": 2**64})
    with run_fetched(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())


# Left out, with the member and the cause

def certificate(name, key, issuer_name=None, issuer_key=None, usage=None,
                is_ca=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    issuer_key = issuer_key or key
    builder = (x509.CertificateBuilder()
               .subject_name(name_of(name))
               .issuer_name(name_of(issuer_name or name))
               .public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=1))
               .not_valid_after(now + datetime.timedelta(days=1)))
    if is_ca:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), True)
    if usage is not None:
        names = ("digital_signature", "content_commitment",
                 "key_encipherment", "data_encipherment", "key_agreement",
                 "key_cert_sign", "crl_sign", "encipher_only",
                 "decipher_only")
        builder = builder.add_extension(x509.KeyUsage(
            **{name: name in usage for name in names}), True)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(made):
    return made.public_bytes(serialization.Encoding.PEM).decode()


OTHER = rsa.generate_private_key(65537, 2048)
X5C = in_base64(certificate("other", OTHER).public_bytes(
    serialization.Encoding.DER))
SHORT = JWK.generate(kty="RSA", size=1024).export_public(as_dict=True)

# The key, its tag, what is said
DROPPED = {
    "1024 bits": ({**SHORT, "kid": "odd"}, "JWT0703",
                  "n has 1024 bits, and must have 2048 to 8192"),
    "use enc": ({**PUBLIC, "kid": "odd", "use": "enc"}, "JWT0704",
                'use is "enc", not "sig"'),
    "kid 7": ({**PUBLIC, "kid": 7}, "JWT0701", "kid is 7, not a string"),
    "x5c of another key": ({**PUBLIC, "kid": "odd", "x5c": [X5C]}, "JWT0701",
                           "x5c contradicts n and e"),
    "x5c alone and empty": ({"kty": "RSA", "kid": "odd", "x5c": []},
                            "JWT0701", "x5c is empty, and there are no other"),
    "n missing": ({"kty": "RSA", "kid": "odd", "e": "AQAB"}, "JWT0701",
                  "n is missing"),
    "crv": ({"kty": "EC", "kid": "odd", "crv": "P-224"}, "JWT0702",
            'crv is "P-224"'),
    "hostile": ({"kty": "EC", "kid": "odd", "crv": "<b>\r\nx\u202e\x1b[0m"},
                "JWT0702", 'crv is "<b>%0D%0Ax%E2%80%AE%1B[0m"'),
    "alg": ({**PUBLIC, "kid": "odd", "alg": "ES256"}, "JWT0701",
            'alg is "ES256", and the key is RSA'),
}


def pattern_of(tag, words):
    return rf"{tag} .*key 1\b.*: {re.escape(words)}"


@pytest.mark.parametrize("name", DROPPED)
def test_why_a_key_is_left_out(issuer, ca, name):
    key, tag, words = DROPPED[name]
    issuer.documents[KEYS] = json.dumps(
        {"keys": [issuer.signer.public, key]})
    with run_fetched(issuer, ca) as server:
        server.log.take(pattern_of(tag, words))
        server.accepts("/", issuer.signer.mint())
        _, shown = key_sets(server)[0]["keys"]
        assert shown["problem"]["tag"] == tag and not shown["is_used"]
        assert words in shown["problem"]["detail"]
        assert words in text_of_page(server)


@pytest.mark.parametrize("name", DROPPED)
def test_the_same_of_a_file(tmp_path, name):
    key, tag, words = DROPPED[name]
    content = json.dumps({"keys": [PUBLIC, key]})
    code, output = check_config(site(guarded("/")), {"keys.json": content})
    assert code == 0
    assert re.search(r"\[auth_jwt:warn\].*" + pattern_of(tag, words), output)
    (tmp_path / "keys.json").write_text(content)
    text, data = fetch(tmp_path / "keys.json")
    assert words in text and words in data["keys"][1]["detail"]


@pytest.mark.parametrize("name", DROPPED)
def test_nothing_but_such_a_key(issuer, ca, name):
    """The line about the set has the cause, whatever the log level is."""
    key, _, words = DROPPED[name]
    content = json.dumps({"keys": [key]})
    code, output = check_config(site(guarded("/")), {"keys.json": content})
    assert code != 0 and "keys.json: key set has no usable key: key 0" in output
    assert words in output
    issuer.documents[KEYS] = content
    with run_fetched(issuer, ca) as server, server.log.allowing("JWT07"):
        line = server.log.take(r"auth_jwt:warn.*JWT0608 KEYSET_UNUSABLE")
        assert words in line
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        assert words in key_sets(server)[0]["last_failure"]["detail"]


# Documents that are none

def openssl(*words, raw=None):
    return subprocess.run(["openssl", *words], input=raw, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


PRIVATE_PEM = SIGNER.private_pem.encode()
DER_KEY = der_of(SIGNER.key.get_op_key("verify"))
DER_PRIVATE = openssl("pkey", "-outform", "DER", raw=PRIVATE_PEM)
DER_CERTIFICATE = certificate("x", OTHER).public_bytes(
    serialization.Encoding.DER)

# The content, and what helps: of a file, of a URL
DOCUMENTS = {
    "empty": (b"", "it is empty: write a JWK Set into PATH", None),
    "an array": (json.dumps([PUBLIC]), "it is a JSON array, not a JWK Set: "
                 "wrap it: jq '{keys: .}' PATH",
                 "the issuer must publish {\"keys\": [...]}"),
    "a JWK": (json.dumps(PUBLIC), "it is a single JWK, not a JWK Set: wrap "
              "it: jq '{keys: [.]}' PATH",
              "it is a single JWK, not a JWK Set"),
    "a private JWK": (json.dumps(SIGNER.private), "it is a private JWK, not a "
                      "JWK Set: keep it secret, and use the output of jq",
                      "the issuer published a private key"),
    "DER of a key": (DER_KEY, "it is a public key in DER: openssl pkey -pubin "
                     "-inform DER -in PATH -out NEW.pem",
                     "it is a public key in DER: a URL must give a JWK Set"),
    "DER of a certificate": (DER_CERTIFICATE, "it is a certificate in DER: "
                             "openssl x509 -inform DER -in PATH -out NEW.pem",
                             "it is a certificate in DER"),
    "DER of a private key": (DER_PRIVATE, "it is a private key in DER: openssl "
                             "pkey -inform DER -in PATH -pubout -out NEW.pem",
                             "it is a private key in DER"),
    "HTML": ("<!DOCTYPE html><title>Sign in</title>", "it is HTML or XML, such "
             "as a login or error page", "write the URL of the key set itself"),
    "a discovery document": (json.dumps({
        "issuer": "https://x.example", "jwks_uri": "https://x.example/k"}),
        "it is a discovery document: fetch the key set that its jwks_uri "
        "names: curl -o PATH URL", "it is a discovery document: write "
        "metadata=URL instead of jwks=URL"),
    "a private key": (PRIVATE_PEM, "it contains only a private key; write the "
                      "public key instead: openssl pkey -pubout -in PATH",
                      "it is PEM: a URL must give a JWK Set"),
    "a request": (openssl("req", "-new", "-subj", "/CN=x", "-key",
                          "/dev/stdin", raw=PRIVATE_PEM),
                  'the block is "CERTIFICATE REQUEST", not a public key or '
                  "certificate", "it is PEM"),
    "half a set": ('{"keys": [\n', "it ends too early (line 2, column 0)",
                   "it ends too early"),
    "UTF-16": ('{"keys": []}'.encode("utf-16"), "it is UTF-16: write it as "
               "UTF-8: iconv -t UTF-8 PATH", "it is UTF-16"),
    "a secret": (b"x" * 32, "it is neither JSON nor PEM: if PATH is an HMAC "
                 "secret, write secret= instead of keys=",
                 "it is neither JSON nor PEM"),
    "a member twice": ('{"keys": [], "keys": []}', 'the member "keys" appears '
                       "twice (line 1, column 19)", 'the member "keys"'),
    "a number": ('{"keys": [], "x": 1e400}', "a number is too large",
                 "a number is too large"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_that_is_no_key_set(name):
    content, words, _ = DOCUMENTS[name]
    server = Httpd(site(guarded("/")), files={"keys.json": content})
    words = words.replace("PATH", f"{server.root}/keys.json")
    code, output = server.check_config()
    assert code != 0 and words in output
    for secret in (SIGNER.private["d"], SIGNER.private["p"]):
        assert secret not in output


@pytest.mark.parametrize("name", [name for name, row in DOCUMENTS.items()
                                  if row[2]])
def test_a_url_that_gives_none(issuer, ca, name):
    content, _, words = DOCUMENTS[name]
    issuer.documents[KEYS] = content
    with run_fetched(issuer, ca, f"jwks={issuer.keys_url}") as server:
        line = server.log.take(r"auth_jwt:warn.*JWT0(607|608|106|117)")
        assert words in line
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        shown, = key_sets(server)
        assert words in shown["last_failure"]["detail"]
        for secret in (SIGNER.private["d"], SIGNER.private["p"]):
            assert secret not in server.log.text() + json.dumps(shown)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_tool_says_the_same(tmp_path, name):
    """Of a file, as of the configuration: before anything else."""
    content, words, _ = DOCUMENTS[name]
    path = tmp_path / "keys.json"
    path.write_bytes(content if isinstance(content, bytes)
                     else content.encode())
    done = tool.run("fetch", "https://x.example", f"keys={path}")
    assert done.returncode == 2
    assert words.replace("PATH", str(path)) in done.stderr


# PEM

def test_pkcs1(tmp_path):
    signer = Signer("RS256", kid=None)
    content = signer.key.get_op_key("verify").public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
    assert content.startswith("-----BEGIN RSA PUBLIC KEY-----")
    with run(content, name="keys.pem") as server:
        server.accepts("/", signer.mint())
        server.accepts("/", signer.like("PS384").mint())
    (tmp_path / "keys.pem").write_text(content)
    assert fetch(tmp_path / "keys.pem")[1]["keys"][0]["bits"] == 2048


def pss_key(*options):
    """A private key of id-RSASSA-PSS, and its public half."""
    private = openssl("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt",
                      "rsa_keygen_bits:2048",
                      *(word for option in options
                        for word in ("-pkeyopt", option)))
    return private, openssl("pkey", "-pubout", raw=private).decode()


def pss_signer(private, alg):
    numbers = serialization.load_pem_private_key(
        private, None).private_numbers()
    return Signer(alg, kid=None, key=JWK.from_pyca(numbers.private_key()))


def test_rsa_pss():
    private, public = pss_key()
    signer = pss_signer(private, "PS256")
    with run(public, name="keys.pem") as server:
        server.accepts("/", signer.mint())
        server.accepts("/", signer.like("PS512").mint())
        server.refuses("KEY_UNKNOWN", "/", signer.like("RS256").mint())


def test_rsa_pss_with_one_hash():
    private, public = pss_key("rsa_pss_keygen_md:sha384",
                              "rsa_pss_keygen_mgf1_md:sha384",
                              "rsa_pss_keygen_saltlen:48")
    signer = pss_signer(private, "PS384")
    with run(public, name="keys.pem") as server:
        server.accepts("/", signer.mint())
        server.refuses("KEY_UNKNOWN", "/", signer.like("PS256").mint())


def test_rsa_pss_that_fits_no_algorithm():
    _, public = pss_key("rsa_pss_keygen_md:sha256",
                        "rsa_pss_keygen_mgf1_md:sha1")
    code, output = check_config(site(guarded("/")), {"keys.json": public})
    assert code != 0
    assert "its RSA-PSS parameters do not fit any JWS algorithm" in output


# Certificates

def es256(kid=None):
    signer = Signer("ES256", kid=kid)
    return signer, signer.key.get_op_key("sign")


CA_USAGE = ("key_cert_sign", "crl_sign")


@pytest.mark.threat("B3")
@pytest.mark.parametrize("usage", [CA_USAGE, None],
                         ids=["keyUsage", "no keyUsage"])
def test_a_chain_of_certificates(usage):
    """fullchain.pem: what the CA signs is no token."""
    leaf, leaf_key = es256()
    authority, ca_key = es256()
    root, root_key = es256()
    chain = pem(certificate("leaf", leaf_key, "CA", ca_key)) + \
        pem(certificate("CA", ca_key, "root", root_key, usage, True)) + \
        pem(certificate("root", root_key, "root", root_key, usage, True))
    with run(chain, name="fullchain.pem") as server, \
            server.log.allowing("JWT0704"):
        server.accepts("/", leaf.mint())
        for other in (authority, root):
            server.refuses("SIGNATURE_INVALID", "/", other.mint())
    code, output = check_config(site(guarded("/")), {"keys.json": chain})
    assert code == 0
    words = "has neither digitalSignature nor nonRepudiation" if usage \
        else 'the certificate \\"CN=CA\\" issued \\"CN=leaf\\" of the same file'
    assert re.search(r"\[auth_jwt:warn\].*JWT0704.*key 1: .*"
                     + words.replace('\\"', '"'), output)


@pytest.mark.parametrize("usage", [None, ("digital_signature",),
                                   ("content_commitment",),
                                   ("key_cert_sign", "digital_signature")])
def test_a_certificate_alone(usage):
    """As `openssl req -x509` writes it: CA:TRUE, self-signed."""
    signer, key = es256()
    with run(pem(certificate("x", key, usage=usage, is_ca=True)),
             name="x.pem") as server:
        server.accepts("/", signer.mint())


def test_what_openssl_writes(tmp_path):
    """The very command of many guides."""
    private, public = tmp_path / "key.pem", tmp_path / "cert.pem"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            str(private), "-out", str(public), "-days", "3", "-subj", "/CN=x")
    signer = Signer("RS256", kid=None,
                    key=JWK.from_pem(private.read_bytes()))
    with run(public.read_text(), name="cert.pem") as server:
        server.accepts("/", signer.mint())


@pytest.mark.threat("B3")
@pytest.mark.parametrize("usage", [CA_USAGE, ("key_encipherment",)])
def test_a_certificate_that_may_not_sign(usage):
    _, key = es256()
    content = pem(certificate("x", key, usage=usage))
    code, output = check_config(site(guarded("/")), {"keys.json": content})
    assert code != 0
    assert "has neither digitalSignature nor nonRepudiation" in output


def test_certificates_of_one_name():
    """Of a rotation: each of them verifies."""
    old, old_key = es256()
    new, new_key = es256()
    content = pem(certificate("x", old_key)) + pem(certificate("x", new_key))
    with run(content, name="both.pem") as server:
        server.accepts("/", old.mint())
        server.accepts("/", new.mint())


def test_a_certificate_renewed_with_its_key():
    signer, key = es256()
    content = pem(certificate("x", key)) + pem(certificate("x", key))
    with run(content, name="both.pem") as server:
        server.accepts("/", signer.mint())


# Keys that cannot be told apart

@pytest.mark.threat("B3")
@pytest.mark.parametrize("kid", [None, "same"])
def test_equal_keys_count_once(kid):
    signer = Signer("ES256", kid=kid)
    with run(key_set(*[signer] * 9)) as server:
        server.accepts("/", signer.mint())
    code, output = check_config(site(guarded("/")),
                                {"keys.json": key_set(*[signer] * 9)})
    assert (code, output) == (0, "Syntax OK\n")


def test_equal_keys_in_pem():
    signer, key = es256()
    content = signer.public_pem * 3 + pem(certificate("x", key)) * 3
    with run(content, name="keys.pem") as server:
        server.accepts("/", signer.mint())


MANY = "can verify ES256, and such tokens are refused, because at most 4 keys"


@pytest.mark.threat("B3")
@pytest.mark.parametrize("kid, whose", [
    (None, "5 keys without kid"), ("same", '5 keys with kid "same"')])
def test_five_keys_that_cannot_be_told_apart(kid, whose):
    signers = [Signer("ES256", kid=kid) for _ in range(5)]
    content = key_set(*signers)
    code, output = check_config(site(guarded("/")), {"keys.json": content})
    assert code == 0 and "Syntax OK" in output
    assert re.search(rf"\[auth_jwt:warn\] .*JWT0612 KEYSET_AMBIGUOUS: keys=.*"
                     rf"keys\.json: .*{whose} {MANY}", output)
    with run(content) as server:
        server.log.take(rf"\[auth_jwt:warn\].*JWT0612.*{whose}")
        server.refuses("KEY_AMBIGUOUS", "/", signers[0].mint())
        remark, = key_sets(server)[0]["remarks"]
        assert remark["tag"] == "JWT0612" and whose in remark["detail"]
        assert f"{whose} {MANY}" in text_of_page(server)


def test_five_pem_keys(tmp_path):
    content = "".join(Signer("ES256").public_pem for _ in range(5))
    _, output = check_config(site(guarded("/")), {"keys.json": content})
    assert re.search(rf"JWT0612.*5 keys without kid {MANY}", output)
    (tmp_path / "keys.pem").write_text(content)
    text, data = fetch(tmp_path / "keys.pem")
    assert f"5 keys without kid {MANY}" in text
    assert data["remarks"][0]["reason"]["tag"] == "JWT0612"


def test_five_that_were_fetched(issuer, ca):
    signers = [Signer("ES256", kid=None, issuer=issuer.url) for _ in range(5)]
    issuer.documents[KEYS] = key_set(issuer.signer, *signers)
    with run_fetched(issuer, ca) as server:
        server.log.take(rf"\[auth_jwt:warn\].*JWT0612.*5 keys without kid "
                        rf"{MANY}")
        server.accepts("/", issuer.signer.mint())


def test_four_and_others_are_no_matter():
    signers = [Signer("ES256", kid=None) for _ in range(4)]
    others = [Signer("RS256", kid=None), Signer("ES384", kid=None),
              Signer("EdDSA", kid=None), signers[0]]
    content = key_set(*signers, *others)
    code, output = check_config(site(guarded("/")), {"keys.json": content})
    assert (code, output) == (0, "Syntax OK\n")
    with run(content) as server:
        for signer in signers:
            server.accepts("/", signer.mint())
