# SPDX-License-Identifier: Apache-2.0
"""Numbers in tokens: integers beyond 64 bits, times that are no dates."""
import json
import time

import pytest

from harness import tool
from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import (AUDIENCE, ISSUER, Signer, encode, encode_json,
                            key_set)

SIGNER = Signer()

# Of 65 bits, the first ones beyond 64, and of as many digits as a double has
BEYOND = ["18446744073709551615", "9223372036854775808",
          "-9223372036854775809", "1" + "0" * 308]
BIG = BEYOND[0]

DENIED = ["id=18446744073709551615", "id=1.8446744073709552e19",
          "id!=18446744073709551615", "id!=5", "id~.", "id~^18",
          "ids=18446744073709551615", "ids!=5", "deep.id=18446744073709551615",
          "deep.id!=5", "deep!=x"]
GRANTED = ["id", "ids=7", "ids", "deep", "deep.name=x", "n=9007199254740993"]


def token(text, header=None):
    """One with these members of JSON text besides good ones."""
    claims = json.dumps(SIGNER.claims())
    return SIGNER.sign(encode_json(SIGNER.header(**(header or {}))),
                       encode(f"{claims[:-1]}, {text}}}".encode()))


IDS = f'"id": {BIG}, "ids": [7, {BIG}], "n": 9007199254740993, ' \
      f'"deep": {{"id": {BIG}, "name": "x"}}'


def place(kind, row):
    return f"/{kind}/{row}/"


SITE = site(
    guarded("/"),
    guarded("/user", "AuthJWTUser id sub"),
    guarded("/only", "AuthJWTUser id"),
    guarded("/template", 'AuthJWTUser "user-{id}"'),
    guarded("/not", "<RequireAll>", "Require valid-user",
            "Require not jwt-claim id=18446744073709551615", "</RequireAll>"),
    guarded("/none", "<RequireAll>", "Require valid-user", "<RequireNone>",
            "Require jwt-claim id!=5", "</RequireNone>", "</RequireAll>"),
    guarded("/json", "AuthJWTExportFormat json"),
    guarded("/header", "AuthJWTHeader X-Id id", "AuthJWTHeader X-Deep deep"),
    *(guarded(place("denied", row), f'Require jwt-claim "{term}"')
      for row, term in enumerate(DENIED)),
    *(guarded(place("granted", row), f'Require jwt-claim "{term}"')
      for row, term in enumerate(GRANTED)))


@pytest.fixture(scope="module")
def server():
    with Httpd(SITE, files={"keys.json": key_set(SIGNER)}) as server:
        yield server


@pytest.mark.threat("E1")
@pytest.mark.parametrize("number", BEYOND)
def test_an_integer_beyond_64_bits_does_no_harm(server, number):
    answer = server.accepts("/", token(f'"id": {number}, "n": 1'))
    assert "JWT_CLAIM_id" not in answer.env
    assert answer.env["JWT_CLAIM_n"] == "1"
    line = server.log.take('claim "id" is not exported')
    assert "an integer beyond 64 bits" in line


@pytest.mark.parametrize("text", [
    '"id": 9223372036854775807', '"id": -9223372036854775808',
    '"id": 1e30', '"id": 1.5e300', '"id": "18446744073709551615"'])
def test_other_numbers_are_exported_as_ever(server, text):
    value = json.loads("{%s}" % text)["id"]
    found = server.accepts("/", token(text)).env["JWT_CLAIM_id"]
    assert found == value if isinstance(value, str) \
        else json.loads(found) == value


@pytest.mark.parametrize("path", ["/", "/json"])
def test_nor_is_what_holds_one(server, path):
    env = server.accepts(path, token(IDS)).env
    for name in ("id", "ids", "deep"):
        assert f"JWT_CLAIM_{name}" not in env
        server.log.take(f'claim "{name}" is not exported')
    assert env["JWT_CLAIM_n"] == "9007199254740993"


def test_in_a_header_of_the_token(server):
    with server.log.allowing("is not exported"):
        server.accepts("/", SIGNER.mint(header={"x": 2**64}))


@pytest.mark.threat("E1", "E5")
@pytest.mark.parametrize("row", range(len(DENIED)), ids=DENIED)
def test_it_equals_nothing(server, row):
    with server.log.allowing("is not exported"):
        server.refuses("CLAIM_INEXACT", place("denied", row), token(IDS))


@pytest.mark.parametrize("row", range(len(GRANTED)), ids=GRANTED)
def test_what_is_beside_it_can_be_compared(server, row):
    with server.log.allowing("is not exported"):
        server.accepts(place("granted", row), token(IDS))


@pytest.mark.threat("E1", "E5")
@pytest.mark.parametrize("path", ["/not", "/none"])
def test_what_cannot_be_compared_grants_nothing_under_a_not(server, path):
    with server.log.allowing("is not exported"):
        server.refuses("CLAIM_INEXACT", path, token(IDS))
    server.accepts("/not", token('"id": 5'))


@pytest.mark.threat("E4")
def test_it_names_no_user(server):
    with server.log.allowing("is not exported"):
        assert server.accepts("/user", token(IDS)).env["REMOTE_USER"] == "alice"
    for path in ("/only", "/template"):
        server.refuses("USER_MISSING", path, token(IDS))


def test_it_goes_into_no_header(server):
    with server.log.allowing("is not exported"):
        answer = server.accepts("/header", token(IDS))
    assert "HTTP_X_ID" not in answer.env and "HTTP_X_DEEP" not in answer.env
    server.log.take('claim "id" is not sent as X-Id')
    server.log.take('claim "deep" is not sent as X-Deep')


@pytest.mark.threat("E6")
def test_two_of_them_are_not_one(server):
    """Their digits are lost, so nobody can say that header and payload agree."""
    claims = {**SIGNER.claims(), "sub": 2**64}
    for replica in (2**64, 2**65):
        header = encode_json(SIGNER.header(sub=replica))
        server.refuses("REPLICATED_CLAIM", "/",
                       SIGNER.sign(header, encode_json(claims)))


@pytest.mark.threat("E1")
@pytest.mark.parametrize("text", ['"id": 1e400', '"id": -1e400',
                                  '"id": 1' + "0" * 309,
                                  f'"other": {BIG}, "id": [1e400]'])
def test_a_number_beyond_any_double(server, text):
    server.refuses("NUMBER_RANGE", "/", token(text))


def test_in_the_header_too(server):
    header = encode(json.dumps(SIGNER.header())[:-1].encode()
                    + b', "x": 1e400}')
    server.refuses("NUMBER_RANGE", "/",
                   SIGNER.sign(header, encode_json(SIGNER.claims())))


# Times

def in_milliseconds(offset_s=600):
    return int((time.time() + offset_s) * 1000)


@pytest.mark.threat("E1")
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_a_time_in_milliseconds(server, claim):
    answer = server.refuses("CLAIM_TYPE", "/", SIGNER.mint(
        **{claim: in_milliseconds(-600 if claim != "exp" else 600)}))
    assert answer.challenge.parameters["error_description"] == \
        "claim has the wrong type"


@pytest.mark.parametrize("claims, words", [
    ({"exp": in_milliseconds()}, "exp is after the year 9999, probably "
     "milliseconds: the issuer must write seconds since 1970"),
    ({"iat": in_milliseconds(-60)}, "iat is after the year 9999, probably"),
    ({"nbf": 253402300800}, "nbf is after the year 9999"),
    ({"exp": 10**18}, "exp is after the year 9999: the issuer must"),
    ({"exp": 2**64}, "exp is after the year 9999: the issuer must"),
    ({"exp": "tomorrow"}, "exp is not a number"),
    ({"aud": {"a": 1}}, "aud is neither a string nor an array of strings"),
    ({"iss": 7}, "iss is not a string"),
])
def test_the_log_names_the_claim(server, claims, words):
    minted = SIGNER.mint(**claims)
    answer = server.get("/", minted)
    assert answer.status == 401
    line = server.log.take(r"\bJWT0301 CLAIM_TYPE\b")
    assert words in line
    assert not any(str(value) in line for value in claims.values()
                   if isinstance(value, int) and value > 1000)


def test_the_last_second_that_is_a_date(server):
    server.accepts("/", SIGNER.mint(exp=253402300799))
    server.accepts("/", SIGNER.mint(exp=253402300799.5))


# ajwt

@pytest.fixture
def explain(tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_text(key_set(SIGNER))

    def run(minted, *options):
        words = ["explain", ISSUER, f"keys={keys}", "--audience", AUDIENCE,
                 *options]
        told = tool.run(*words, stdin=minted)
        data = tool.run(*words, "--json", stdin=minted)
        assert (told.stderr, data.stderr) == ("", "")
        return " ".join(told.stdout.split()), json.loads(data.stdout)
    return run


def test_the_tool_does_not_print_it_rounded(explain):
    text, data = explain(token(IDS), "--require", "jwt-claim id!=5")
    assert data["reason"]["name"] == "CLAIM_INEXACT"
    words = "an integer beyond 64 bits"
    assert data["claims"]["id"] == words
    assert data["claims"]["ids"] == [7, words]
    assert data["claims"]["deep"] == {"id": words, "name": "x"}
    assert data["claims"]["n"] == 9007199254740993
    assert f'id "{words}"' in text
    for written in (text, json.dumps(data)):
        for rounded in ("1.8446744073709552", "1.797693", "17976931",
                        "18446744073709551616"):
            assert rounded not in written


@pytest.mark.parametrize("value, shown", [
    (10**18, "exp 1000000000000000000 (not a date)"),
    (2**64, 'exp "an integer beyond 64 bits" (not a date)'),
    (1700000000000, "exp 1700000000000 (not a date)")])
def test_the_tool_shows_a_time_that_is_no_date(explain, value, shown):
    text, data = explain(SIGNER.mint(exp=value))
    assert data["reason"]["name"] == "CLAIM_TYPE"
    times, = (step for step in data["steps"] if step["about"] == "times")
    assert "exp is after the year 9999" in times["actual"]
    assert shown in text
