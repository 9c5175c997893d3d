# SPDX-License-Identifier: Apache-2.0
"""Authorization in forms that only an attacker would write."""
import pytest

from harness import raw
from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import Signer, key_set

SIGNER = Signer()
TOKEN = SIGNER.mint().encode()
BEARER = b"Authorization: Bearer " + TOKEN


@pytest.fixture(scope="module")
def server():
    config = "MergeTrailers On\n" + site(
        guarded("/"), guarded("/all", "AuthJWTTokenSource header "
                              "header:X-Token cookie:session query:token"))
    with Httpd(config, files={"keys.json": key_set(SIGNER)}) as server:
        yield server


GOOD = {
    "as usual": [BEARER],
    "a tab": [b"Authorization: Bearer\t" + TOKEN],
    "no blank behind the colon": [b"Authorization:Bearer " + TOKEN],
    "many blanks": [b"Authorization: \t  Bearer   \t " + TOKEN + b"  \t"],
    # RFC 9112 5.2: a server may take a fold for blanks
    "folded": [b"Authorization: Bearer", b" " + TOKEN],
    "folded before the scheme": [b"Authorization:", b"\tBearer " + TOKEN],
}


@pytest.mark.threat("F1")
@pytest.mark.parametrize("name", GOOD)
def test_accepted(server, name):
    answer = raw.send(server, *GOOD[name])
    assert answer.status == 200, answer
    assert answer.env["REMOTE_USER"] == "alice"


REFUSED = {
    "folded within the token": ("MALFORMED_CREDENTIALS", [
        b"Authorization: Bearer " + TOKEN[:20], b" " + TOKEN[20:]]),
    "another one in the fold": ("SEVERAL_TOKENS", [
        BEARER, b" , Bearer " + TOKEN]),
    "a fold, then another line": ("SEVERAL_TOKENS", [
        b"Authorization: Bearer", b" " + TOKEN, BEARER]),
    "eight bits before": ("OTHER_SCHEME", [
        b"Authorization: \xff\xfeBearer " + TOKEN]),
    "a no-break space": ("OTHER_SCHEME", [
        b"Authorization: Bearer\xa0" + TOKEN]),
    "eight bits behind": ("MALFORMED_CREDENTIALS", [BEARER + b"\x80"]),
    "each byte with its high bit": ("MALFORMED_CREDENTIALS", [
        b"Authorization: Bearer " + bytes(c | 0x80 for c in TOKEN)]),
    "Bearer later": ("OTHER_SCHEME", [
        b"Authorization: Negotiate AAAA Bearer " + TOKEN]),
    "Bearer behind a comma": ("OTHER_SCHEME", [
        b"Authorization: Basic YTpi, Bearer " + TOKEN]),
    "two lines in two cases": ("SEVERAL_TOKENS", [
        BEARER, b"AUTHORIZATION: Bearer " + TOKEN]),
    "the second is empty": ("SEVERAL_TOKENS", [BEARER, b"Authorization:"]),
    "the first is empty": ("MALFORMED_CREDENTIALS", [
        b"Authorization:", BEARER]),
    "one that is empty": ("NO_TOKEN", [b"Authorization:", b"X-Other: x"]),
    "Bearer and nothing": ("MALFORMED_CREDENTIALS", [b"Authorization: Bearer"]),
    "a name that ends otherwise": ("NO_TOKEN", [
        b"Authorization-: Bearer " + TOKEN]),
    "a name with an underscore": ("NO_TOKEN", [
        b"HTTP_AUTHORIZATION: Bearer " + TOKEN]),
}


@pytest.mark.threat("F1")
@pytest.mark.parametrize("name", REFUSED)
def test_refused(server, name):
    reason, lines = REFUSED[name]
    server.check_refusal(raw.send(server, *lines), reason)


# What httpd itself refuses before any module sees it
MALFORMED = {
    "a blank before the colon": [b"Authorization : Bearer " + TOKEN],
    "NUL": [BEARER + b"\x00"],
    "a bare carriage return": [b"Authorization: Bearer\r" + TOKEN],
    "a control character": [BEARER + b"\x01"],
    "DEL": [BEARER + b"\x7f"],
}


@pytest.mark.threat("F1")
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(server, name):
    with server.log.allowing(r"core:(debug|info|error)"):
        answer = raw.send(server, *MALFORMED[name])
    assert answer.status != 200
    assert TOKEN.decode() not in answer.body


@pytest.mark.threat("F1")
def test_a_trailer_is_no_header(server):
    answer = raw.send(server, b"Transfer-Encoding: chunked", method=b"POST",
                      body=b"1\r\nx\r\n0\r\n" + BEARER + b"\r\n\r\n")
    server.check_refusal(answer, "NO_TOKEN")


@pytest.mark.threat("F1")
def test_a_body_has_no_token(server):
    """RFC 6750 2.2 is not spoken here."""
    body = b"access_token=" + TOKEN
    answer = raw.send(server,
                      b"Content-Type: application/x-www-form-urlencoded",
                      b"Content-Length: %d" % len(body), method=b"POST",
                      body=body)
    server.check_refusal(answer, "NO_TOKEN")


@pytest.mark.threat("F1")
def test_three_places_at_once(server):
    answer = raw.send(server, BEARER, b"X-Token: " + TOKEN,
                      b"Cookie: session=" + TOKEN,
                      path=b"/all?token=" + TOKEN)
    server.check_refusal(answer, "SEVERAL_TOKENS")


@pytest.mark.threat("D5")
@pytest.mark.parametrize("text, reason", [
    (b'{"payload":"%(payload)b","protected":"%(header)b",'
     b'"signature":"%(signature)b"}', "SEVERAL_TOKENS"),
    (b'{"payload":"%(payload)b","signatures":[{"protected":"%(header)b",'
     b'"signature":"%(signature)b"}]}', "SEVERAL_TOKENS"),
    (b'{"x":"%(header)b.%(payload)b.%(signature)b"}',
     "MALFORMED_CREDENTIALS")])
def test_the_json_serialisation(server, text, reason):
    parts = zip((b"header", b"payload", b"signature"), TOKEN.split(b"."))
    token = text % dict(parts)
    server.check_refusal(
        raw.send(server, b"Authorization: Bearer " + token), reason)
    server.check_refusal(
        raw.send(server, b"X-Token: " + token, path=b"/all"), reason)
    server.check_refusal(
        raw.send(server, b"Cookie: session=" + token, path=b"/all"),
        "MALFORMED_CREDENTIALS")
