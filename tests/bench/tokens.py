# SPDX-License-Identifier: Apache-2.0
"""Keys and tokens for all contestants, made for this run."""
import base64
import concurrent.futures
import json
import os
import secrets
import ssl
import time

from cryptography.hazmat.primitives.serialization import Encoding
from harness import issuer
from harness.tokens import Signer, spoil_signature

ISSUER = "https://issuer.example"
AUDIENCE = "api"
LIFETIME_S = 4 * 3600
# Such that there are 22 claims in a token of 2.4 KB
EXTRA_CLAIMS = {f"claim_{i}": secrets.token_urlsafe(53) for i in range(16)}
SIZES = {"small": {}, "2.4 KB": EXTRA_CLAIMS}

made = {}


def once(function):
    """Keys and tokens are made when first asked for, and kept."""
    def ask(*what):
        if (function, what) not in made:
            made[function, what] = function(*what)
        return made[function, what]
    return ask


@once
def signer(alg):
    return Signer(alg, issuer=ISSUER, audience=AUDIENCE)


@once
def further_signer(alg, _):
    return Signer(alg)


def jwk(one):
    """With a certificate where it is RSA, as the large issuers publish it."""
    if one.alg == "HS256":
        return one.private
    if one.public["kty"] != "RSA":
        return one.public
    key = one.key.get_op_key("sign")
    der = issuer.certificate("bench", key, "bench", key, []).public_bytes(
        Encoding.DER)
    return {**one.public, "use": "sig",
            "x5c": [base64.b64encode(der).decode()]}


@once
def key_set(alg, count):
    """The signer's key among so many: first RSA keys, then EC keys."""
    further = [further_signer("RS256" if i < 6 else "ES256", i)
               for i in range(count - 1)]
    return json.dumps({"keys": [jwk(one) for one in [*further, signer(alg)]]})


def certificates(count):
    """Kids, and certificates in PEM, of the RSA keys of RS256's set."""
    for key in json.loads(key_set("RS256", count))["keys"]:
        der = base64.b64decode(key["x5c"][0])
        yield key["kid"], ssl.DER_cert_to_PEM_cert(der)


def one_key(number):
    """Of another issuer."""
    return json.dumps({"keys": [jwk(further_signer("ES256", number))]})


def key_text(alg):
    """What the signature alone is verified with: PEM, or a secret."""
    one = signer(alg)
    return one.secret if alg == "HS256" else one.public_pem.encode()


def claims(size, number):
    return {"jti": f"token-{number:08}", "exp": int(time.time()) + LIFETIME_S,
            **SIZES[size]}


def mint(alg, size, number):
    return signer(alg).mint(**claims(size, number))


def mint_all(alg, size, numbers):
    return [mint(alg, size, number) for number in numbers]


@once
def stock(alg, size):
    return []


def tokens(alg, size, count):
    """So many different ones; the same ones for whoever asks again."""
    have = stock(alg, size)
    assert signer(alg).key  # made here, for the processes below to share
    workers = os.cpu_count() or 1
    if count > len(have):
        with concurrent.futures.ProcessPoolExecutor(workers) as pool:
            shares = [range(start, count, workers)
                      for start in range(len(have), len(have) + workers)]
            for share in pool.map(mint_all, [alg] * workers, [size] * workers,
                                  shares):
                have += share
    return have[:count]


@once
def refused(kind):
    good = tokens("RS256", "2.4 KB", 1)[0]
    if kind == "signature":
        return spoil_signature(good)
    if kind == "expired":
        now = int(time.time())
        return signer("RS256").mint(**{**claims("2.4 KB", 0),
                                       "iat": now - 7200, "exp": now - 3600})
    return secrets.token_urlsafe(1800)
