# SPDX-License-Identifier: Apache-2.0
"""The tool ajwt: what keygen writes and what mint signs, checked by another
library."""
import json
import os
import re
import stat
import subprocess
import time

import pytest
from cryptography.exceptions import InvalidSignature
from jwcrypto.common import base64url_decode as decode
from jwcrypto.jwa import JWA
from jwcrypto.jwk import JWK

from harness.settings import BUILD, PROJECT, SLOWNESS
from harness.tokens import SIGNED_AS, encode

# kind of key -> (kty, crv, its one algorithm if there is but one)
KINDS = {
    "rsa": ("RSA", None, None),
    "rsa-3072": ("RSA", None, None),
    "ec": ("EC", "P-256", "ES256"),
    "ec-384": ("EC", "P-384", "ES384"),
    "ec-521": ("EC", "P-521", "ES512"),
    "secp256k1": ("EC", "secp256k1", "ES256K"),
    "ed25519": ("OKP", "Ed25519", "EdDSA"),
    "ed448": ("OKP", "Ed448", "EdDSA"),
}

ALGORITHMS = {
    "rsa": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    "ec": ["ES256"],
    "ec-384": ["ES384"],
    "ec-521": ["ES512"],
    "secp256k1": ["ES256K"],
    "ed25519": ["EdDSA", "Ed25519"],
    "ed448": ["EdDSA", "Ed448"],
    "secret": ["HS256", "HS384", "HS512"],
}

SIGNED = [(kind, alg) for kind, algs in ALGORITHMS.items() for alg in algs]


def run(*words, **how):
    return subprocess.run([BUILD / "ajwt", *words], check=False,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, timeout=20 * SLOWNESS,
                          **{"stdout": subprocess.PIPE, **how})


def ajwt(*words):
    """Its standard output."""
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refuses(*words, code=2):
    """What it says when it does not do it."""
    done = run(*words)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    return done.stderr


class Keys:
    """A folder in which each kind of key is made once."""

    def __init__(self, folder):
        self.folder = folder
        self.sets = {}

    def path(self, kind):
        path = self.folder / kind
        if not path.exists():
            self.sets[kind] = ajwt("keygen", kind, "--out", path)
        return path

    def public(self, kind):
        self.path(kind)
        key, = json.loads(self.sets[kind])["keys"]
        return key

    def mint(self, kind, *options):
        how = "--secret" if kind == "secret" else "--key"
        return ajwt("mint", how, self.path(kind), *options)

    def verifier(self, kind):
        if kind == "secret":
            data = self.path(kind).read_bytes().removesuffix(b"\n")
            return JWK(kty="oct", k=encode(data))
        return JWK(**self.public(kind))


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


def parts(token):
    """Header, claims, what is signed, and the signature."""
    assert token.endswith("\n")
    signed, signature = token.strip().rsplit(".", 1)
    header, claims = (json.loads(decode(part)) for part in signed.split("."))
    return header, claims, signed.encode(), decode(signature)


# keygen

@pytest.mark.parametrize("kind", KINDS)
def test_the_public_half(keys, kind):
    kty, crv, alg = KINDS[kind]
    public = keys.public(kind)
    assert (public["kty"], public.get("crv")) == (kty, crv)
    assert (public["use"], public.get("alg")) == ("sig", alg)
    assert public["kid"] == JWK(**public).thumbprint()
    assert "d" not in public


@pytest.mark.parametrize("kind", KINDS)
def test_the_private_half(keys, kind):
    pem = keys.path(kind).read_bytes()
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    private = JWK.from_pem(pem)
    assert private.has_private
    assert private.thumbprint() == keys.public(kind)["kid"]


@pytest.mark.parametrize("kind, bits", [("rsa", 2048), ("rsa-3072", 3072)])
def test_the_size_of_an_rsa_key(keys, kind, bits):
    assert len(decode(keys.public(kind)["n"])) * 8 == bits


# One in 128 pairs of 32 bytes has one that begins with a zero byte; that
# none of so many has, would be one chance in 10 ** 10.
ENOUGH = 3000


def test_coordinates_have_full_length(tmp_path):
    for number in range(ENOUGH):
        text = ajwt("keygen", "ec", "--out", tmp_path / str(number))
        key, = json.loads(text)["keys"]
        x, y = decode(key["x"]), decode(key["y"])
        assert (len(x), len(y)) == (32, 32)
        if 0 in (x[0], y[0]):
            return
    raise AssertionError("no coordinate begins with a zero byte")


def test_a_secret(keys, tmp_path):
    text = keys.path("secret").read_text()
    assert text.endswith("\n")
    assert len(decode(text.removesuffix("\n"))) == 64
    assert ajwt("keygen", "secret", "--out", tmp_path / "other") == ""
    assert (tmp_path / "other").read_text() != text


@pytest.mark.parametrize("kind", [*KINDS, "secret"])
def test_only_the_owner_reads_the_private_half(keys, kind):
    assert stat.S_IMODE(keys.path(kind).stat().st_mode) == 0o600


def test_the_public_half_in_a_file(tmp_path):
    jwks = tmp_path / "jwks"
    old = os.umask(0o022)
    try:
        assert ajwt("keygen", "ec", "--out", tmp_path / "key",
                    "--jwks", jwks) == ""
    finally:
        os.umask(old)
    assert json.loads(jwks.read_text())["keys"][0]["kty"] == "EC"
    assert stat.S_IMODE(jwks.stat().st_mode) == 0o644


def test_kid_and_alg_as_asked_for(tmp_path):
    public, = json.loads(ajwt("keygen", "rsa", "--out", tmp_path / "key",
                              "--kid", "first", "--alg", "PS256"))["keys"]
    assert (public["kid"], public["alg"]) == ("first", "PS256")


def test_no_file_is_overwritten(keys, tmp_path):
    before = keys.path("ec").read_bytes()
    for kind in ("ec", "secret"):
        said = refuses("keygen", kind, "--out", keys.path("ec"), code=1)
        assert "File exists" in said
    assert keys.path("ec").read_bytes() == before
    said = refuses("keygen", "ec", "--out", tmp_path / "key",
                   "--jwks", keys.path("ec"), code=1)
    assert "File exists" in said
    assert keys.path("ec").read_bytes() == before
    assert not (tmp_path / "key").exists(), "half of a pair was left"


def test_a_folder_that_is_not_there(tmp_path):
    said = refuses("keygen", "ec", "--out", tmp_path / "no" / "key", code=1)
    assert "No such file" in said


# mint

@pytest.mark.parametrize("kind, alg", SIGNED)
def test_a_signature(keys, kind, alg):
    header, _, signed, signature = parts(keys.mint(kind, "--alg", alg))
    assert header["alg"] == alg
    algorithm = JWA.signing_alg(SIGNED_AS.get(alg, alg))
    algorithm.verify(keys.verifier(kind), signed, signature)
    with pytest.raises(InvalidSignature):
        algorithm.verify(keys.verifier(kind), signed + b"x", signature)


def test_ecdsa_signatures_have_full_length(keys):
    for _ in range(ENOUGH):
        signature = parts(keys.mint("ec"))[3]
        assert len(signature) == 64
        if 0 in (signature[0], signature[32]):
            return
    raise AssertionError("no R or S begins with a zero byte")


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_the_algorithm_of_a_key(keys, kind):
    assert parts(keys.mint(kind))[0]["alg"] == ALGORITHMS[kind][0]


def test_the_header(keys):
    thumbprint = keys.public("ec")["kid"]
    assert parts(keys.mint("ec"))[0] == {
        "alg": "ES256", "typ": "JWT", "kid": thumbprint}
    assert parts(keys.mint("ec", "--kid", "first", "--typ", "at+jwt"))[0] == {
        "alg": "ES256", "typ": "at+jwt", "kid": "first"}
    assert parts(keys.mint("ec", "--kid", "none", "--typ", "none"))[0] == {
        "alg": "ES256"}
    assert parts(keys.mint("secret"))[0] == {"alg": "HS256", "typ": "JWT"}
    assert parts(keys.mint("secret", "--kid", "first"))[0]["kid"] == "first"


def minted_claims(keys, *options):
    """And the times in them as offsets from now."""
    before = int(time.time())
    claims = parts(keys.mint("ec", *options))[1]
    assert before <= claims["iat"] <= time.time()
    return {name: value - claims["iat"] if name in ("exp", "nbf") else value
            for name, value in claims.items() if name != "iat"}


def test_the_claims_of_a_plain_token(keys):
    assert minted_claims(keys) == {"exp": 300}


def test_the_claims_that_have_options(keys):
    assert minted_claims(
        keys, "--issuer", "https://issuer.example", "--subject", "alice",
        "--audience", "api://orders", "--scope", "a b", "--expires", "-60",
        "--not-before", "30") == {
            "iss": "https://issuer.example", "sub": "alice",
            "aud": "api://orders", "scope": "a b", "exp": -60, "nbf": 30}
    assert minted_claims(keys, "--expires", "none") == {}


def test_several_audiences(keys):
    options = [word for name in "abc" for word in ("--audience", name)]
    assert minted_claims(keys, *options)["aud"] == ["a", "b", "c"]
    assert minted_claims(keys, *options[:4])["aud"] == ["a", "b"]


@pytest.mark.parametrize("argument, name, value", [
    ("team=red", "team", "red"),
    ("team=", "team", ""),
    ("team=a=b:=c", "team", "a=b:=c"),
    ("team=5", "team", "5"),
    ("https://example.com/team=rød", "https://example.com/team", "rød"),
    ("a:b=c", "a:b", "c"),
    ("level:=5", "level", 5),
    ("level:=5.25", "level", 5.25),
    ("team:=\"red\"", "team", "red"),
    ("roles:=[\"a\", {\"b\": null}]", "roles", ["a", {"b": None}]),
    ("admin:=false", "admin", False),
    ("sub:=7", "sub", 7),
])
def test_any_claim(keys, argument, name, value):
    assert minted_claims(keys, "--claim", argument, "--expires", "none") == {
        name: value}


def test_the_last_word_about_a_claim_counts(keys):
    assert minted_claims(keys, "--subject", "alice", "--claim", "sub=bob",
                         "--claim", "exp:=null", "--expires", "none") == {
                             "sub": "bob"}


# What makes no sense

@pytest.mark.parametrize("words, says", [
    ([], "usage: ajwt COMMAND"),
    (["nonsense"], "unknown command 'nonsense'"),
    (["keygen"], "write a KIND"),
    (["keygen", "dsa", "--out", "x"], "unknown kind of key 'dsa'"),
    (["keygen", "ec"], "--out is missing"),
    (["keygen", "ec", "rsa", "--out", "x"], "unexpected argument 'rsa'"),
    (["keygen", "ec", "--out"], "missing argument: --out"),
    (["keygen", "ec", "--in", "x"], "--in"),
    (["keygen", "ec", "--out", "x", "--alg", "RS256"],
     "used with algorithm 'RS256'"),
    (["keygen", "ec", "--out", "x", "--alg", "none"],
     "used with algorithm 'none'"),
    (["keygen", "ec", "--out", "x", "--kid", ""], "a kid must have 1 to 256"),
    (["keygen", "ec", "--out", "x", "--kid", "k" * 257],
     "a kid must have 1 to 256"),
    (["keygen", "secret", "--out", "x", "--jwks", "y"], "no public key"),
    (["mint"], "either --key or --secret"),
    (["mint", "--key", "KEY", "--secret", "KEY"], "either --key or --secret"),
    (["mint", "--key", "KEY", "more"], "unexpected argument 'more'"),
    (["mint", "--key", "KEY", "--alg", "RS256"],
     "used with algorithm 'RS256'"),
    (["mint", "--key", "KEY", "--alg", "HS256"],
     "used with algorithm 'HS256'"),
    (["mint", "--key", "KEY", "--alg", "none"], "used with algorithm 'none'"),
    (["mint", "--key", "KEY", "--expires", "soon"], "'soon' is not a number"),
    (["mint", "--key", "KEY", "--expires", ""], "'' is not a number"),
    (["mint", "--key", "KEY", "--expires", "1" * 20], "is not a number"),
    (["mint", "--key", "KEY", "--not-before", "none"],
     "'none' is not a number"),
    (["mint", "--key", "KEY", "--claim", "a"], "neither NAME=TEXT"),
    (["mint", "--key", "KEY", "--claim", "=a"], "neither NAME=TEXT"),
    (["mint", "--key", "KEY", "--claim", ":=1"], "neither NAME=TEXT"),
    (["mint", "--key", "KEY", "--claim", "a:=x"], "'x' is not a JSON value"),
    (["mint", "--key", "KEY", "--claim", "a:="], "'' is not a JSON value"),
    (["mint", "--key", "KEY", "--claim", 'a:=1,"b":2'], "is not a JSON value"),
    (["mint", "--key", "KEY", "--claim", b"a=\xff"], "not UTF-8"),
    (["mint", "--key", "KEY", "--audience", b"\xff"], "not UTF-8"),
    (["mint", "--key", "KEY", "--kid", b"\xff"], "not UTF-8"),
])
def test_wrong_use(keys, words, says):
    words = [keys.path("ec") if word == "KEY" else word for word in words]
    assert says in refuses(*words)
    assert not os.path.exists("x")


def test_keys_that_cannot_sign(keys, tmp_path):
    """A public key, no key, none at all, too short a secret."""
    public = tmp_path / "public.pem"
    public.write_bytes(keys.verifier("ec").export_to_pem())
    assert "not a private key" in refuses("mint", "--key", public, code=1)
    assert "not a private key" in refuses("mint", "--key",
                                          keys.path("secret"), code=1)
    assert "No such file" in refuses("mint", "--key", tmp_path / "no", code=1)
    short = tmp_path / "short"
    short.write_text("x" * 31)
    assert "32 bytes" in refuses("mint", "--secret", short, code=1)


def test_a_key_with_a_password_asks_nobody(keys, tmp_path):
    path = tmp_path / "locked.pem"
    key = JWK.from_pem(keys.path("ec").read_bytes())
    path.write_bytes(key.export_to_pem(private_key=True, password=b"1234"))
    assert "without a passphrase" in refuses("mint", "--key", path, code=1)


def test_standard_output_that_is_full(keys):
    with open("/dev/full", "wb") as full:
        done = run("mint", "--key", keys.path("ec"), stdout=full)
    assert done.returncode == 1
    assert "cannot write to standard output" in done.stderr


@pytest.mark.parametrize("words, says", [
    (["--help"], ["keygen", "mint"]),
    (["keygen", "--help"], [*KINDS, "secret", "--out", "--jwks", "--kid"]),
    (["mint", "--help"], ["--key", "--secret", "--alg", "--claim"]),
    (["mint", "--subject", "alice", "-h"], ["usage: ajwt mint"]),
])
def test_help(words, says):
    text = ajwt(*words)
    for word in says:
        assert word in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", ["keygen", "mint", "explain", "fetch"])
def test_the_manual_has_each_option(command):
    text = (PROJECT / "docs/man/ajwt.1").read_text().replace("\\-", "-")
    part = text.split(f".SS ajwt {command}\n")[1].split("\n.S")[0]
    options = set(re.findall(r"^  (--[a-z-]+)", ajwt(command, "--help"), re.M))
    assert set(re.findall(r"--[a-z-]+", part)) >= options - {"--help"}


@pytest.mark.parametrize("words", [["-h"], ["help"]])
def test_ways_to_ask_for_help(words):
    assert ajwt(*words) == ajwt("--help")


def test_version():
    assert re.fullmatch(r"ajwt \d+\.\d+\.\d+\S*\n", ajwt("--version"))
