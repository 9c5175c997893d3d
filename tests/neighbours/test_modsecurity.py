# SPDX-License-Identifier: Apache-2.0
"""A quota for each client, counted by mod_security2."""
import pytest

from harness import client
from harness.httpd import ALL_ENV, Httpd
from harness.recipes import FILES, SIGNER, recipe
from places import give_to_httpd, open_folder


@pytest.fixture(scope="module")
def server():
    folder = open_folder("modsecurity")
    give_to_httpd(folder)
    block = recipe("A quota for each client", "apacheconf", [
        ("/var/cache/modsecurity", str(folder)), ("@gt 100", "@gt 3")])
    with Httpd(ALL_ENV + block, files=FILES,
               modules=["unique_id", "security2"]) as server:
        with server.log.allowing("ModSecurity"):
            yield server


def one_after_another(server, token, count):
    """mod_security2 saves a counter after httpd has sent the answer.  On one
    connection, httpd reads the next request only after that."""
    connection = client.connect(server.port)
    try:
        return [client.send(connection, "/orders", token).status
                for _ in range(count)]
    finally:
        connection.close()


def test_each_client_has_its_own(server):
    first, second = (SIGNER.mint(client_id=name) for name in ("a", "b"))
    assert one_after_another(server, first, 5) == [200, 200, 200, 429, 429]
    server.accepts("/orders", second)


def test_a_request_that_is_refused_does_not_count(server):
    """Nobody uses up another client's quota without that client's token."""
    forged = SIGNER.mint(client_id="c", exp=1)
    for _ in range(5):
        server.refuses("EXPIRED", "/orders", forged)
    server.accepts("/orders", SIGNER.mint(client_id="c"))
    server.refuses("CLAIM_RULE", "/orders", SIGNER.mint())
