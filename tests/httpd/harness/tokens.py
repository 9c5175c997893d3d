# SPDX-License-Identifier: Apache-2.0
"""Keys and tokens, made at run time."""
import base64
import itertools
import json
import threading
import time

from jwcrypto.jwa import JWA
from jwcrypto.jwk import JWK

ISSUER = "https://login.example.com/tenant/v2.0"
AUDIENCE = "api://orders"

KEY_OF = {
    "RS": {"kty": "RSA", "size": 2048},
    "PS": {"kty": "RSA", "size": 2048},
    "HS": {"kty": "oct", "size": 512},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "ES384": {"kty": "EC", "crv": "P-384"},
    "ES512": {"kty": "EC", "crv": "P-521"},
    "ES256K": {"kty": "EC", "crv": "secp256k1"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519"},
    "Ed448": {"kty": "OKP", "crv": "Ed448"},
}

# jwcrypto has the one name for both curves
SIGNED_AS = {"Ed25519": "EdDSA", "Ed448": "EdDSA"}

# Every token of this run, so that no log may hold a piece of one.
minted = []

serial = itertools.count(1)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_json(value):
    return encode(json.dumps(value).encode())


def without_none(members):
    return {name: value for name, value in members.items()
            if value is not None}


def remember(token):
    minted.append(token)
    return token


class Signer:
    """A key of an issuer, and the tokens that it signs.  A new key is made
    when it is first needed: there are signers for each example, and an RSA key
    takes half a second."""

    making = threading.Lock()

    def __init__(self, alg="ES256", kid="", key=None, issuer=ISSUER,
                 audience=AUDIENCE):
        self.alg = alg
        self.kid = f"key-{next(serial)}" if kid == "" else kid
        self.issuer = issuer
        self.audience = audience
        self.made = key

    @property
    def key(self):
        with self.making:
            if self.made is None:
                self.made = JWK.generate(
                    **(KEY_OF.get(self.alg) or KEY_OF[self.alg[:2]]))
        return self.made

    def like(self, alg):
        """The same key, for another algorithm."""
        return Signer(alg, self.kid, self.key, self.issuer, self.audience)

    @property
    def public(self):
        return without_none({**self.key.export_public(as_dict=True),
                             "kid": self.kid})

    @property
    def private(self):
        return without_none({**self.key.export(as_dict=True),
                             "kid": self.kid})

    @property
    def secret(self):
        """The bytes of an HMAC key."""
        return base64.urlsafe_b64decode(self.private["k"] + "==")

    @property
    def public_pem(self):
        return self.key.export_to_pem().decode()

    @property
    def private_pem(self):
        return self.key.export_to_pem(private_key=True, password=None).decode()

    def claims(self, **changes):
        """Good claims, with changes; None takes one away."""
        now = int(time.time())
        return without_none({"iss": self.issuer, "aud": self.audience,
                             "sub": "alice", "iat": now, "exp": now + 600,
                             **changes})

    def header(self, **changes):
        return without_none({"alg": self.alg, "typ": "JWT", "kid": self.kid,
                             **changes})

    def sign(self, header, payload):
        """header and payload: what stands in the token, already encoded."""
        signing_input = f"{header}.{payload}"
        algorithm = JWA.signing_alg(SIGNED_AS.get(self.alg, self.alg))
        signature = algorithm.sign(self.key, signing_input.encode())
        return remember(f"{signing_input}.{encode(signature)}")

    def mint(self, header=None, **claims):
        return self.sign(encode_json(self.header(**(header or {}))),
                         encode_json(self.claims(**claims)))


def key_set(*signers):
    """A JWK Set of their public keys."""
    return json.dumps({"keys": [signer.public for signer in signers]})


def spoil_signature(token):
    """The same token with another first byte in its signature."""
    head, signature = token.rsplit(".", 1)
    return remember(f"{head}.{'B' if signature[0] == 'A' else 'A'}"
                    f"{signature[1:]}")
