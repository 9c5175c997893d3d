# SPDX-License-Identifier: Apache-2.0
"""The first inputs of each fuzz target, made of tests/vectors and by hand.

    tests/fuzz/seeds.py FOLDER

Writes FOLDER/TARGET/NUMBER.  Public keys are made for this run; nobody keeps
their private halves.
"""
import base64
import datetime
import itertools
import json
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (ec, ed448, ed25519, rsa,
                                                       x25519)

VECTORS = "tests/vectors"
ISSUER = "https://issuer.example"
NOW = 1700000000

HEADER = {"typ": "JWT", "alg": "ES256", "kid": "P-256"}
CLAIMS = {"iss": ISSUER, "aud": "api://orders", "sub": "alice",
          "iat": NOW - 60, "exp": NOW + 600}
RICH = {**CLAIMS, "scope": "read write", "scp": ["read", "openid"],
        "roles": ["admin", "user"], "groups": ["a,b", "c"], "acr": "gold",
        "auth_time": NOW - 30, "realm_access": {"roles": ["x"]}, "Sub": "bob",
        "a.b": 1, "a-b": 2, "n": 1.5, "flag": True, "nothing": None,
        "https://x/user": "carol",
        "tid": "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "crlf": "a\r\nb"}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_number(number, length=0):
    length = length or (number.bit_length() + 7) // 8
    return encode(number.to_bytes(length, "big"))


def vectors():
    for path in sorted(pathlib.Path(VECTORS).glob("*.jsonl")):
        yield from map(json.loads, path.read_text().splitlines())


# --- tokens, as test_vectors.c makes them

def part(vector, name, default):
    """The text of header or claims."""
    value = vector.get(name)
    if value is None:
        value = {**default, **vector.get(f"set_{name}", {})}
        for dropped in vector.get(f"drop_{name}", []):
            value.pop(dropped, None)
    text = value if isinstance(value, str) else json.dumps(
        value, separators=(",", ":"))
    for mark, (repeated, times) in vector.get("repeat", {}).items():
        text = text.replace(mark, repeated * times)
    return text.replace("\n", " ")


def tokens():
    """(header, claims, vector)"""
    for vector in vectors():
        if not {"jwk", "document"} & set(vector):
            alg = vector.get("sign", "ES256")
            yield (part(vector, "header", {**HEADER, "alg": alg}),
                   part(vector, "claims", CLAIMS), vector)


def compacts():
    for header, claims, vector in tokens():
        text = vector.get("compact", "{header}.{claims}.{signature}")
        for name, value in (("header", encode(header.encode())),
                            ("claims", encode(claims.encode())),
                            ("signature", encode(b"\1" * 64))):
            text = text.replace("{%s}" % name, value)
        yield text


# --- keys

def make_keys():
    return {"RSA": rsa.generate_private_key(65537, 2048),
            "P-256": ec.generate_private_key(ec.SECP256R1()),
            "P-384": ec.generate_private_key(ec.SECP384R1()),
            "P-521": ec.generate_private_key(ec.SECP521R1()),
            "secp256k1": ec.generate_private_key(ec.SECP256K1()),
            "Ed25519": ed25519.Ed25519PrivateKey.generate(),
            "Ed448": ed448.Ed448PrivateKey.generate(),
            "X25519": x25519.X25519PrivateKey.generate()}


KEYS = make_keys()


def jwk(name):
    """By the names of tests/unit/support.h; others are as good."""
    if name.startswith("oct"):
        return {"kty": "oct", "k": encode(b"no secret at all, but long" * 3)}
    name = name.removesuffix("-other").removesuffix("-3072")
    public = KEYS[name].public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": encode_number(numbers.n),
                "e": encode_number(numbers.e)}
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers, length = public.public_numbers(), (public.key_size + 7) // 8
        return {"kty": "EC", "crv": name,
                "x": encode_number(numbers.x, length),
                "y": encode_number(numbers.y, length)}
    return {"kty": "OKP", "crv": name, "x": encode(public.public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw))}


def certificate(name):
    key = KEYS[name]
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    day = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1,
                                      day, day + datetime.timedelta(1))
    digest = None if name.startswith("Ed") else hashes.SHA256()
    return builder.sign(key, digest)


def pem(public):
    return public.public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def vector_jwk(value):
    if isinstance(value, str):
        return {**jwk(value), "kid": value}
    if not isinstance(value, dict):
        return value
    made = jwk(value["of"]) if "of" in value else {}
    made.update({name: member for name, member in value.items()
                 if name not in ("of", "x5c_of", "null")})
    if value.get("x5c_of") in KEYS:
        der = certificate(value["x5c_of"]).public_bytes(
            serialization.Encoding.DER)
        made["x5c"] = [base64.b64encode(der).decode()]
    made = {name: member for name, member in made.items()
            if member is not None}
    return {**made, **dict.fromkeys(value.get("null", []))}


def key_sets():
    for vector in vectors():
        keys = [vector["jwk"]] if "jwk" in vector else vector.get("keys")
        if keys and len(json.dumps(keys)) < 2000:
            text = json.dumps({"keys": [vector_jwk(key) for key in keys]})
            yield part({**vector, "keys": text}, "keys", {})
        if "document" in vector:
            yield part(vector, "document", {})
    yield json.dumps({"keys": [{**jwk("P-256"), "kid": kid}
                               for kid in "abcde"]})
    yield json.dumps({"keys": [
        {**jwk("RSA"), "kid": "x", "use": "sig", "alg": "RS256",
         "key_ops": ["verify"], "x5t": "y", "x5t#S256": "z",
         "issuer": "https://login.example/{tenantid}/"}]})


def pkcs1(public):
    return public.public_bytes(serialization.Encoding.PEM,
                               serialization.PublicFormat.PKCS1).decode()


def pem_files():
    yield pkcs1(KEYS["RSA"].public_key())
    for name in ("RSA", "P-256", "Ed25519", "X25519"):
        yield pem(KEYS[name].public_key())
    for name in ("P-256", "Ed448"):
        yield certificate(name).public_bytes(
            serialization.Encoding.PEM).decode()
    yield pem(KEYS["P-256"].public_key()) + pem(KEYS["Ed448"].public_key())
    yield "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    yield "-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n"


# --- what each target reads

def discovery():
    documents = [
        {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": ISSUER, "jwks_uri": "https://keys.example/a?b=c"},
        {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": "x", "access_token_issuer": ISSUER,
         "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": ISSUER}, {"issuer": ISSUER, "jwks_uri": 1}]
    for uri in ("http://127.0.0.1:80/jwks", "http://[::1]/", "https://a@b/",
                "https://b/#f", "https://169.254.169.254/",
                "https://[fd00:ec2::254]/", "https://[64:ff9b::a9fe:a9fe]/",
                "https://[fe80::1]/", "https:/a/://b", "https:///x",
                "HTTPS://X", "https://\u00e9/", "file:///x",
                "https://10.0.0.1:443/", "https://issuer.example:444/jwks"):
        documents.append({"issuer": ISSUER, "jwks_uri": uri})
    for mode in "inlx4":
        for document in documents:
            yield f"{mode}\n\"tag\"\n{json.dumps(document)}"


# A claim of each place where it may be
BEYOND = json.dumps({**CLAIMS, "id": 2**64, "ids": [7, -2**64],
                     "deep": {"id": 2**65}, "scope": ["read", "write"],
                     "scp": ["read", 7]})

REQUIRE = [
    "scope read write", "claim id=18446744073709551616", "claim ids 7",
    "claim id!=5 ids=7", "claim deep!=x", "claim id 5",
    "claim missing groups", "claim groups missing",
    "scope read", "scope read write", "scope admin", "scope \"", "scope",
    "claim roles=admin", "claim roles!=admin", "claim sub~^al", "claim groups",
    "claim realm_access.roles=x", "claim /realm_access/roles/0=x",
    "claim n=1.5", "claim flag=true", "claim sub~(a+)+$", "claim sub~(",
    "claim roles=admin sub!=bob iss~example$", "claim https://x/user=carol",
    "claim /https:~1~1x~1user~^c", "claim =x", "claim /~2",
    "acr gold", "acr gold silver max-age=60", "acr max-age=5", "acr max_age=1",
    "acr max-age=x", "scope %{env:X}", "claim sub=%{env:X}",
    "claim n!=%{x} sub", "claim %{x}=a", "claim sub~%{2}", "acr gold %{x}"]

# More than all variables together may have, of a few bytes
MUCH = "\n".join([" ".join(f"sub={letter}" for letter in "abcdefghijklmnopqr"),
                  "JWT_CLAIM_", "sub", json.dumps({"sub": "x" * 2000})])

EXPORT = ["all", "none", "sub", "sub=USER", "realm_access.roles",
          "/realm_access/roles", "/roles/0", "/roles/00", "groups roles n flag",
          "sub Sub", "tid=sub",
          "https://x/user=CAROL", "a=b=c", "crlf", ""]
USER = ["sub", "{tid}/{sub}", "=guest", "missing sub", "{", "crlf n sub"]


def policies(claims):
    """Each of fuzz_verify's letters, alone and with some others."""
    for letters in ("e", "h", "eb", "hb", "eo", "r", "en", "et", "ea", "eT",
                    "el", "es", "hk", "eu"):
        yield f"{letters}\n{json.dumps(HEADER)}\n{claims}"


def damage():
    """Each field of a slot, as fuzz_shared names them, of one value."""
    values = [bytes(8), b"\xff" * 8, b"\x7f" * 8, b"\1" + bytes(7),
              b"x" * 8]
    places = {"start": range(0, 24, 4), "times": range(0, 32, 8),
              "refresh": range(0, 48, 8), "mark": [0], "failure": [0, 8],
              "body": [0, 8, 12, 44], "other": [0, 8, 44]}
    for place, offsets in places.items():
        for offset in offsets:
            for sets, value in enumerate(values):
                yield f"{place} {offset} {sets % 4}\n".encode() + value
    for length in (130, 513, 700, 2000):
        yield b"validator 0 1\n" + b"x" * length
        yield b"failure 0 2\n" + b"x" * length
        yield b"start 0 3\n" + bytes(length)
    yield b'validator 513 1\n"1"\r\nX: y\0'
    yield b"start 0 0\n" + b"y" * 4000


def seeds():
    headers = [(header, claims) for header, claims, _ in tokens()]
    rich = json.dumps(RICH, separators=(",", ":"))
    left_out = json.dumps({**RICH, "_claim_names": {"groups": "s"},
                           "groups": None, "hasgroups": True})
    hs256 = json.dumps({**HEADER, "alg": "HS256", "kid": "oct-32"})
    return {
        "base64url": ["", "Zg", "Zm8", "Zm9v", "_-_-", "Zh", "Zm-", "Z",
                      "Zg==", "Zm9vYg==", "+/+/", "a.b", "Zm 9v"],
        "json": [*dict.fromkeys(itertools.chain(*headers)), rich, left_out,
                 BEYOND, *key_sets()],
        "bearer": [vector.get("authorization", "Bearer {token}").replace(
            "{token}", "ab.c-_~+/=") for vector in vectors()
            if isinstance(vector.get("authorization", ""), str)]
        + ["read write", "gold max-age=60", "urn:x \" y", "Basic eDp5"],
        "token": [f"raw\n{compact}" for compact in compacts()]
        + [f"{encode(b'x' * 64)}\n{header}\n{claims}"
           for header, claims in headers],
        "keyset": [f"{origin}\n{text}" for text in key_sets()
                   for origin in ("local", "fetched")]
        + [f"local\n{text}" for text in pem_files()],
        "discovery": [*discovery()],
        "require": [f"{line}\n{claims}" for line in REQUIRE
                    for claims in (rich, left_out, BEYOND)],
        "export": [f"{words}\nJWT_CLAIM_\n{user}\n{rich}"
                   for words in EXPORT for user in USER] + [MUCH]
        + [f"{words}\nJWT_CLAIM_\nid sub\n{BEYOND}"
           for words in ("all", "id", "ids", "deep", "deep.id")],
        "verify": [f"e\n{header}\n{claims}" for header, claims in headers]
        + [f"h\n{hs256}\n{claims}" for _, claims in headers]
        + [*policies(rich)],
        "query": ["token\na=b&token=c", "token\ntoken=c", "token\n",
                  "token\n%74oken=c%2E&x", "token\ntoken=a&token=b",
                  "t\n&&t&t=&=t&", "t\nt=%zz", "t\nx=1&t=a b?t=2"],
        "shared": [*damage()],
    }


def main(folder):
    for name, inputs in seeds().items():
        place = pathlib.Path(folder, f"fuzz_{name}")
        place.mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(dict.fromkeys(inputs)):
            (place / str(number)).write_bytes(
                text if isinstance(text, bytes)
                else text.encode("utf-8", "surrogatepass"))


main(*sys.argv[1:])
