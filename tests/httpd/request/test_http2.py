# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: each stream is checked for itself, as HTTP/1.1 is."""
import time

import pytest

from harness import h2
from harness.httpd import Httpd
from harness.site import guarded, site
from harness.tokens import Signer, key_set

SIGNER = Signer()

# prefork cannot: mod_http2 refuses to work there
MPMS = ["event", "worker"]

SITE = "Protocols h2c http/1.1\n" + site(
    guarded("/orders"),
    guarded("/scope", "Require jwt-scope read"),
    guarded("/acr", "Require jwt-acr gold max-age=600"),
    guarded("/any", "<RequireAny>", "Require jwt-scope never",
            "Require valid-user", "</RequireAny>"),
    guarded("/echo", 'Header set X-Sub "%{JWT_CLAIM_sub}e"'),
)


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    with Httpd(SITE, request.param, {"keys.json": key_set(SIGNER)},
               modules=["http2"]) as server:
        yield server


def send(server, path, token=None):
    return h2.send(server, [path], token)[0]


def test_no_token(server):
    answer = send(server, "/orders")
    assert answer[":status"] == "401"
    assert answer["www-authenticate"] == 'Bearer realm="orders"'
    server.log.take("JWT0001")


def test_a_token_that_is_not_accepted(server):
    answer = send(server, "/orders", SIGNER.mint(exp=int(time.time()) - 3600))
    assert answer[":status"] == "401"
    assert 'error="invalid_token"' in answer["www-authenticate"]
    server.log.take("JWT0307")


def test_a_scope_rule_fails(server):
    answer = send(server, "/scope", SIGNER.mint())
    assert answer[":status"] == "403"
    assert 'scope="read"' in answer["www-authenticate"]
    server.log.take("JWT0401")
    server.log.take("AH01631")


def test_another_login_is_needed(server):
    answer = send(server, "/acr", SIGNER.mint(acr="bronze"))
    assert answer[":status"] == "401"
    assert 'error="insufficient_user_authentication"' in \
        answer["www-authenticate"]
    assert answer["www-authenticate"].endswith(
        'acr_values="gold", max_age="600"')
    server.log.take("JWT0404")
    server.log.take("AH01631")


def test_accepted(server):
    answer = send(server, "/echo", SIGNER.mint())
    assert answer[":status"] == "200"
    assert answer["x-sub"] == "alice"
    assert "www-authenticate" not in answer


@pytest.mark.threat("F4")
def test_streams_do_not_mix(server):
    paths = [f"{path}?{number}" for number in range(5)
             for path in ("/orders", "/scope", "/any", "/echo")]
    answers = h2.send(server, paths, SIGNER.mint())
    found = [(a[":status"], "www-authenticate" in a) for a in answers]
    assert sorted(found) == sorted([("200", False), ("403", True),
                                    ("200", False), ("200", False)] * 5)
    for _ in range(5):
        server.log.take("JWT0401")
        server.log.take("AH01631")


@pytest.mark.threat("F1")
@pytest.mark.parametrize("second", ["Bearer a.b.c", "Basic YTpi", "x"])
def test_two_fields(server, second):
    """HTTP/2 joins no lines: each is a field of its own."""
    answer = h2.send(server, ["/orders"], SIGNER.mint(),
                     {"authorization": second})[0]
    assert answer[":status"] == "400"
    server.log.take("JWT0004")
