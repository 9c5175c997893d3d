# SPDX-License-Identifier: Apache-2.0
"""ajwt fetch: an issuer's documents and keys as a server sees them."""
import json
import socket

import pytest
from jwcrypto.jwk import JWK

from harness import tool
from harness.issuer import CA, KEYS, METADATA, Issuer
from harness.reasons import REASONS
from harness.tokens import Signer, key_set


def fetch(ca, *words):
    """Its exit code, what people are told, and what programs are."""
    options = ["--fetch-ca", ca.path] if ca else []
    told = tool.run("fetch", *words, *options)
    data = tool.run("fetch", *words, *options, "--json")
    assert (told.stderr, data.stderr) == ("", "")
    assert told.returncode == data.returncode
    text = " ".join(told.stdout.split())
    return told.returncode, text, json.loads(data.stdout)


def test_an_issuer(ca, issuer):
    issuer.headers[KEYS] = {"Cache-Control": "public, max-age=600",
                            "ETag": '"v1"'}
    code, text, data = fetch(ca, issuer.url)
    assert (code, data["usable"], data["reason"]) == (0, True, None)
    assert [document["url"] for document in data["documents"]] == [
        issuer.url + METADATA, issuer.url + KEYS]
    metadata, keys = data["documents"]
    assert metadata["status"] == keys["status"] == 200
    assert keys["bytes"] == len(key_set(issuer.signer))
    assert (keys["max_age"], keys["etag"]) == (600, '"v1"')
    assert (metadata["max_age"], metadata["etag"]) == (None, None)
    key, = data["keys"]
    assert (key["kid"], key["kty"], key["usable"], key["reason"]) == (
        issuer.signer.kid, issuer.signer.public["kty"], True, None)
    assert issuer.signer.alg in key["verifies"].split()
    for words in (issuer.url + METADATA, issuer.url + KEYS, "status 200",
                  "Cache-Control max-age 600", 'ETag "v1"',
                  f'kid "{issuer.signer.kid}"', "usable: 1 of 1 keys"):
        assert words in text


@pytest.mark.parametrize("words", [
    lambda issuer: [issuer.url + METADATA],
    lambda issuer: [issuer.keys_url],
    lambda issuer: ["https://other.example", f"jwks={issuer.keys_url}"],
    lambda issuer: [issuer.url, f"metadata={issuer.url}{METADATA}"],
])
def test_other_ways_to_name_it(ca, issuer, words):
    code, _, data = fetch(ca, *words(issuer))
    assert code == 0
    assert data["keys"][0]["kid"] == issuer.signer.kid


def test_each_key_and_why_not(ca, issuer):
    good, private = Signer("ES256"), Signer("ES256")
    short = {"kty": "RSA", "n": "AQAB" * 30, "e": "AQAB", "kid": "short"}
    keys = [good.public, private.private, short,
            {"kty": "AKP", "kid": "new"}, {"kty": "oct", "k": "AAAA"},
            {**Signer("RS256", kid="enc").public, "use": "enc"}, {}]
    issuer.documents[KEYS] = json.dumps({"keys": keys})
    code, text, data = fetch(ca, issuer.url)
    assert (code, len(data["keys"])) == (0, len(keys))
    reasons = [key["reason"] and key["reason"]["name"]
               for key in data["keys"]]
    assert reasons == [None, "KEY_PRIVATE", "KEY_SIZE", "KEY_TYPE_UNKNOWN",
                       "KEY_SYMMETRIC", "KEY_PURPOSE", "KEY_MALFORMED"]
    assert [key["usable"] for key in data["keys"]] == [True] * 2 + [False] * 5
    assert data["keys"][5]["use"] == "enc"
    assert [(key["kty"], key["bits"]) for key in data["keys"]] == [
        ("EC", 256), ("EC", 256), ("RSA", 713), ("AKP", None), ("oct", None),
        ("RSA", 2048), (None, None)]
    assert "RSA, 713 bits JWT" in text and "RSA, 2048 bits JWT" in text
    assert "usable: 2 of 7 keys" in text
    for name in reasons[1:]:
        row = REASONS[name]
        assert f"{row.tag} {name}: {row.text} fix {row.fix}" in text
    assert private.private["d"] not in text + json.dumps(data)
    assert "AAAA" not in text


def test_files(tmp_path):
    """PEM, where keys have no members; and none of a secret."""
    pem = tmp_path / "keys.pem"
    small = JWK.generate(kty="RSA", size=1024).export_to_pem().decode()
    pem.write_text(Signer("ES256").public_pem + small +
                   Signer("RS256").public_pem)
    code, text, data = fetch(None, "https://x.example", f"keys={pem}")
    assert (code, [(key["kty"], key["crv"], key["bits"], key["verifies"])
                   for key in data["keys"]]) == (0, [
        ("EC", "P-256", 256, "ES256"),
        ("RSA", None, 1024, None),
        ("RSA", None, 2048, "RS256 RS384 RS512 PS256 PS384 PS512")])
    assert "EC P-256, 256 bits, verifies ES256" in text
    assert "RSA, 1024 bits JWT" in text
    secret = tmp_path / "secret"
    secret.write_text("s" * 64)
    done = tool.run("fetch", "https://x.example", f"secret={secret}")
    assert (done.returncode, done.stdout) == (2, "")


def says(ca, reason, *words):
    """What the tool says came, when it fails for that reason."""
    code, text, data = fetch(ca, *words)
    row = REASONS[reason]
    assert (code, data["usable"]) == (1, False)
    assert data["reason"]["tag"] == row.tag
    assert f"{row.tag} {reason}: {row.text}" in text
    assert row.fix in text
    return data["error"] or ""


def test_another_issuer(ca, issuer):
    issuer.documents[METADATA] = json.dumps({"issuer": "https://x.example"})
    assert "https://x.example" in says(ca, "METADATA_ISSUER", issuer.url)


def test_another_issuer_with_a_name_that_is_cut(ca, issuer):
    """What a log line quotes may end within a character."""
    issuer.documents[METADATA] = json.dumps({"issuer": "\U0001f600" * 100},
                                            ensure_ascii=False)
    assert "issuer is" in says(ca, "METADATA_ISSUER", issuer.url)


def test_a_url_that_is_no_utf_8():
    done = tool.run("fetch", "http://127.0.0.1:9/\udcff", "--json")
    document = json.loads(done.stdout)["documents"][0]
    assert (done.returncode, done.stderr) == (1, "")
    assert document["url"].startswith("http://127.0.0.1:9/\\xff/")


def test_no_such_documents(ca, issuer):
    issuer.documents.update({METADATA: None, KEYS: None})
    assert "status 404" in says(ca, "FETCH_STATUS", issuer.url)


def test_a_page_that_is_no_key_set(ca, issuer):
    issuer.documents[KEYS] = "<html>"
    says(ca, "KEYSET_INVALID", issuer.url)


def test_no_key_that_is_usable(ca, issuer):
    issuer.documents[KEYS] = json.dumps({"keys": [{"kty": "AKP"}]})
    says(ca, "KEYSET_UNUSABLE", issuer.url)


def test_a_ca_that_is_not_known(issuer):
    assert "certificate" in says(None, "FETCH_FAILED", issuer.url)


def test_a_certificate_of_another_host(ca, tmp_path):
    (tmp_path / "ca").mkdir()
    other = CA(tmp_path / "ca", host="other.example")
    issuer = Issuer(other)
    try:
        assert "other.example" in says(other, "FETCH_FAILED", issuer.url) or \
            "localhost" in says(other, "FETCH_FAILED", issuer.url)
    finally:
        issuer.close()


def test_a_certificate_that_has_expired(tmp_path):
    (tmp_path / "ca").mkdir()
    old = CA(tmp_path / "ca", is_expired=True)
    issuer = Issuer(old)
    try:
        assert "expired" in says(old, "FETCH_FAILED", issuer.url)
    finally:
        issuer.close()


def test_nobody_there():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{probe.getsockname()[1]}"
        assert "connect" in says(None, "FETCH_FAILED", url).lower()


def test_no_answer_in_time(ca, issuer):
    issuer.gate.clear()
    said = says(ca, "FETCH_FAILED", issuer.url, "--timeout", "1")
    assert "timed out" in said.lower()


@pytest.mark.parametrize("words, says", [
    ([], "a URL or an issuer"),
    (["not a URL"], "not a URL"),
    (["http://issuer.example"], "must be https"),
    (["https://x.example", "kyes=x"], "unknown option 'kyes=x'"),
    (["https://x.example", "--timeout", "0"], "--timeout"),
    (["https://x.example", "--fetch-proxy", "x"], "--fetch-proxy"),
])
def test_wrong_use(words, says):
    done = tool.run("fetch", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_help():
    text = tool.run("fetch", "--help").stdout
    for word in ("--fetch-ca", "--fetch-proxy", "--timeout", "--json"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80
