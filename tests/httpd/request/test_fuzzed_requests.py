# SPDX-License-Identifier: Apache-2.0
"""Does a server outlive whatever bytes a client sends, and let nobody in?

The same requests each time, but for keys and times; after each hundred a good
one.
What stands in a token is changed and signed; then the bytes of the request
are, whatever they stand for.
"""
import base64
import random
import re
import socket

import pytest

from harness.httpd import ALL_PAGE, Httpd
from harness.settings import SLOWNESS
from harness.site import guarded, location, site
from harness.tokens import Signer, key_set, spoil_signature

SEED = 20260101
ROUNDS = 40
REQUESTS = 100  # in each

SIGNER = Signer()

EVERYWHERE = ("AuthJWTTokenSource header header:X-Token cookie:session"
              " query:access_token")

SITE = "HttpProtocolOptions Require1.0\n" + site(
    guarded("/", EVERYWHERE, "AuthJWTHeader X-User sub",
            "AuthJWTHeader X-Role /roles/0"),
    guarded("/claim", "Require jwt-claim roles~^a|b$ /n!=1"),
    guarded("/scope", "Require jwt-scope read"),
    guarded("/acr", "Require jwt-acr gold max-age=60"),
    guarded("/taken", "AuthJWTForwardToken Off", "AuthJWTExport roles=R /n=N",
            "AuthJWTExportFormat json", "AuthJWTUser {sub}/{n} =nobody"),
    location("/basic", "AuthType Basic", 'AuthName "orders"',
             "AuthBasicProvider jwt", "Require valid-user"),
    serve=ALL_PAGE)

# 501, 505: what httpd says about methods and versions that it does not know
ALLOWED = re.compile(rb"2..|4..|501|505")
STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)

# The module's own error is not among them, nor is the end of a child.
EXPECTED = (r"^(?!.*(exit signal|JWT0503|JWT0205|Sanitizer|runtime error))"
            r"\[.*\] \[(auth_jwt|core|authz_core|auth_basic|http|proxy):")

VALUES = [None, True, -1, 1.5, 2**62, 1e300, "", "\0", "a\r\nX-Evil: x",
          "\x7f", "\u2603", "\U0001f600", "a" * 3000, [], {}, [[]], [None],
          ["a", 1], ["a,b", "c"], {"a": {"b": {}}}, "read", "read  write",
          "gold", ["a"]]
CLAIMS = ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "cnf", "scope",
          "scp", "roles", "n", "acr", "auth_time", "Sub", "tid", "a.b", "\r\n"]
PARAMETERS = ["alg", "kid", "typ", "crit", "zip", "enc", "b64", "x5t", "jwk",
              "x5t#S256", "nonce", "iss", "sub"]

PIECES = [b"\0", b"\r\n", b"\n", b"\r\n\r\n", b" ", b"\t", b",", b";", b"=",
          b"&", b"?", b"%00", b"%", b"%zz", b"+", b".", b"..", b"\"", b"\\",
          b"\x7f", b"\xff\xfe", b"Bearer ", b"Basic ", b"access_token=",
          b"session=", b"Authorization: Bearer x\r\n", b"X-Token: y\r\n",
          b"Cookie: session=z\r\n", b"A" * 9000]


def make_token(dice):
    """A token, and whether anybody may be let in by it."""
    claims = {dice.choice(CLAIMS): dice.choice(VALUES)
              for _ in range(dice.randrange(4))}
    header = {dice.choice(PARAMETERS): dice.choice(VALUES)
              for _ in range(dice.choice((0, 0, 1)))}
    token = SIGNER.mint(header, **claims)
    if dice.random() < 0.2:
        return spoil_signature(token), False
    return token, True


def make_request(dice, token):
    """Its bytes, and those that stand for the token."""
    path = dice.choice(("/", "/claim", "/scope", "/acr", "/taken/x", "/basic"))
    place = "basic" if path == "/basic" else dice.choice(
        ("header", "header", "header:X-Token", "cookie", "query"))
    credentials = base64.b64encode(f"alice:{token}".encode()).decode()
    line, spelled = {
        "header": (f"Authorization: Bearer {token}", token),
        "header:X-Token": (f"X-Token: {token}", token),
        "cookie": (f"Cookie: a=b; session={token}; c=d", token),
        "query": ("X-Nothing: x", token),
        # without the user's name, and without what pads it
        "basic": (f"Authorization: Basic {credentials}", credentials[8:-4]),
    }[place]
    query = f"?a=b&access_token={token}&c" if place == "query" else ""
    request = (f"GET {path}{query} HTTP/1.1\r\nHost: localhost\r\n{line}\r\n"
               "Connection: close\r\n\r\n")
    return request.encode(), spelled.encode()


def change(dice, data):
    start = dice.randrange(len(data))
    end = start + dice.choice((0, 1, 1, 4, 40, 400))
    middle = dice.choice((
        lambda: b"", lambda: data[start:end] * 2,
        lambda: dice.choice(PIECES), lambda: dice.randbytes(end - start),
        lambda: dice.choice(PIECES) + data[start:end],
        lambda: data[start:end].swapcase()))()
    return data[:start] + middle + data[end:]


def exchange(port, data):
    """All that the server answers until it closes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port),
                                  timeout=20 * SLOWNESS) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionError:
            pass  # it need not read on when it has refused
    return answer


def ask(server, dice):
    token, is_good = make_token(dice)
    data, spelled = make_request(dice, token)
    for _ in range(dice.choice((0, 1, 1, 2, 4))):
        data = change(dice, data)
    statuses = STATUS.findall(exchange(server.port, data))
    assert all(map(ALLOWED.fullmatch, statuses)), (statuses, data)
    if any(status.startswith(b"2") for status in statuses):
        assert is_good and spelled in data, data
    return statuses


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_bytes_that_nobody_thought_of(mpm):
    dice = random.Random(SEED)
    seen = set()
    with Httpd(SITE, mpm=mpm, modules=("auth_basic",),
               files={"keys.json": key_set(SIGNER)}) as server:
        for _ in range(ROUNDS):
            with server.log.allowing(EXPECTED):
                for _ in range(REQUESTS):
                    seen.update(ask(server, dice))
            server.accepts("/", SIGNER.mint())
    assert {b"200", b"400", b"401", b"403"} <= seen
