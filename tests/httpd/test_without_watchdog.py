"""mod_watchdog is not loaded: requests have key sets renewed."""
import concurrent.futures
import json
import time

import pytest

from harness.httpd import ALL_ENV, ALL_PAGE, Httpd
from harness.settings import BUILD, MPMS, SLOWNESS, wait_until
from harness.site import TRUST, TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set
from harness.traffic import Traffic

WITHOUT = f'LoadModule no_watchdog_module "{BUILD}/modules/no_watchdog.so"\n'
SAID = "auth_jwt:warn.*mod_watchdog is not loaded.*LoadModule"


def run(issuer, ca, *lines, mpm="event", serve=ALL_ENV):
    trust = TRUST_FETCHED + 'AuthJWTIssuer "${ISSUER}"\nAuthJWTCooldown 1\n'
    trust += "".join(f"{line}\n" for line in lines)
    return Httpd(WITHOUT + site(guarded("/"), trust=trust, serve=serve), mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


@pytest.fixture(params=MPMS)
def mpm(request):
    return request.param


def test_it_is_said_once(issuer, ca, mpm):
    with run(issuer, ca, mpm=mpm) as server:
        server.log.take(SAID)
        server.accepts("/", issuer.signer.mint())
        assert server.log.text().count("mod_watchdog is not loaded") == 1


def test_nothing_is_said_where_no_keys_are_loaded():
    with Httpd(WITHOUT) as server:
        assert server.get("/page.txt").status == 404


def test_the_first_request_has_keys_fetched(issuer, ca, mpm):
    with run(issuer, ca, mpm=mpm) as server:
        server.log.take(SAID)
        assert issuer.fetches == 0
        server.accepts("/", issuer.signer.mint())
        assert issuer.fetches == 1


def test_before_the_first_request_a_fetch_is_due_now(issuer, ca):
    status = location("/", "SetHandler jwt-status", "Require all granted")
    trust = TRUST_FETCHED + f'AuthJWTIssuer "{issuer.url}"\n'
    with Httpd(WITHOUT + site(status, guarded("/orders"), trust=trust,
                              serve=""),
               define={"CA": ca.path}) as server:
        server.log.take(SAID)
        shown = json.loads(server.get("/?format=json").body)
        [keys] = shown["key_sets"]
        assert keys["state"] == "never-loaded"
        assert keys["next_fetch_at"] == shown["now"]
        assert issuer.fetches == 0


def test_one_fetch_serves_all_processes(issuer, ca, mpm):
    issuer.gate.clear()
    token = issuer.signer.mint()
    with run(issuer, ca, mpm=mpm) as server:
        server.log.take(SAID)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            waiting = [threads.submit(server.get, "/", token)
                       for _ in range(8)]
            wait_until(lambda: issuer.requests, "a fetch")
            issuer.gate.set()
            assert {answer.result().status for answer in waiting} == {200}
        assert issuer.fetches == 1


def test_a_rotation(issuer, ca, mpm):
    with run(issuer, ca, mpm=mpm) as server:
        server.log.take(SAID)
        old = issuer.signer.mint()
        server.accepts("/", old)
        time_of_fetch = time.monotonic()
        issuer.rotate()
        wait_until(lambda: time.monotonic() > time_of_fetch + 1.1,
                   "the cool-down is over")
        server.accepts("/", issuer.signer.mint())
        server.comes_to_refuse("/", old, 3)


def test_requests_renew_what_is_due(issuer, ca, mpm):
    """And none of them waits for that."""
    with run(issuer, ca, "AuthJWTRefresh 1", mpm=mpm) as server:
        server.log.take(SAID)
        token = issuer.signer.mint()
        server.accepts("/", token)
        with Traffic(server, "/", token, threads=2) as traffic:
            wait_until(lambda: issuer.fetches >= 3, "fetches", 20)
            issuer.gate.clear()
            goal = issuer.fetches + 1
            wait_until(lambda: sum(issuer.requests.values()) > 2 * goal - 2,
                       "a fetch that hangs", 20)
            began = time.monotonic()
            traffic.more(20)
            assert time.monotonic() - began < 2 * SLOWNESS
            issuer.gate.set()
        assert set(traffic.statuses) == {200}


def test_an_outage(issuer, ca, mpm):
    with run(issuer, ca, "AuthJWTRefresh 1", mpm=mpm) as server:
        server.log.take(SAID)
        token = issuer.signer.mint()
        server.accepts("/", token)
        issuer.stop()
        with server.log.allowing("JWT0601|JWT0201"), \
                Traffic(server, "/", token, threads=1) as traffic:
            server.log.take("JWT0601")
            issuer.start()
            issuer.rotate()
            server.comes_to_accept("/", issuer.signer.mint(), 30)
        assert set(traffic.statuses) <= {200, 401}
        assert 200 in traffic.statuses


def test_a_key_file_that_changes(mpm):
    old, new = Signer(), Signer()
    with Httpd(WITHOUT + site(guarded("/"), trust=TRUST), mpm,
               {"keys.json": key_set(old)}) as server:
        server.log.take(SAID)
        server.accepts("/", old.mint())
        server.write("keys.json", key_set(new))
        server.comes_to_accept("/", new.mint())
        server.comes_to_refuse("/", old.mint())


def test_a_graceful_restart(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm=mpm, serve=ALL_PAGE) as server:
        server.log.take(SAID)
        with Traffic(server, "/", token) as traffic:
            for _ in range(2):
                traffic.more()
                server.restart()
                server.log.take(SAID)
            traffic.more()
        assert set(traffic.statuses) == {200}
        assert issuer.fetches == 1
