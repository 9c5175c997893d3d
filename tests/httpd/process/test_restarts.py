# SPDX-License-Identifier: Apache-2.0
"""Restarts and stops while requests run: nobody notices, nothing crashes."""
import contextlib
import os
import signal

import pytest

from harness.httpd import ALL_PAGE, Httpd
from harness.issuer import KEYS, METADATA, Issuer
from harness.processes import children_of
from harness.settings import MPMS, wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set
from harness.traffic import Traffic

SITE = site(guarded("/"), serve=ALL_PAGE, trust=TRUST_FETCHED + """
AuthJWTCooldown 1
AuthJWTIssuer "${ISSUER}"
""")

MECHANISMS = ["pthread", "sysvsem", "posixsem", "fcntl:${ROOT}",
              "flock:${ROOT}"]

# On a busy machine a connection is now and then reset during a graceful restart.
# Whether httpd does that without the module too has not been measured.
pytestmark = pytest.mark.alone


def run(issuer, ca, mpm="event", further=""):
    return Httpd(SITE + further, mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


@pytest.fixture(scope="module", params=MPMS)
def mpm(request):
    return request.param


@contextlib.contextmanager
def lull(server, traffic):
    """For what ends children hard, which httpd does in a signal's handler
    (prefork) or by closing connections that are in use (event, worker): with
    requests under way it now and then crashes or hangs, whatever is loaded."""
    with traffic.pause():
        server.settle()
        yield


@pytest.mark.threat("G3")
def test_graceful_restarts_under_traffic(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        with Traffic(server, "/", token) as traffic:
            for _ in range(3):
                traffic.more()
                server.restart()
            traffic.more()
        assert set(traffic.statuses) == {200}
        assert traffic.failures == []
        assert issuer.requests == {METADATA: 1, KEYS: 1}
        server.comes_to_accept("/", issuer.rotate().mint())


def test_hard_restarts_amid_traffic(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        with Traffic(server, "/", token) as traffic:
            for _ in range(3):
                traffic.more()
                with lull(server, traffic):
                    server.restart(signal.SIGHUP)
            traffic.more()
        assert set(traffic.statuses) == {200}
        assert traffic.failures == []
        assert issuer.requests == {METADATA: 1, KEYS: 1}
        server.comes_to_accept("/", issuer.rotate().mint())


def test_stopping_under_traffic(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        with Traffic(server, "/", token) as traffic:
            traffic.more()
            assert server.stop(signal.SIGWINCH) == 0
        assert set(traffic.statuses) == {200}


def test_stopping_hard_after_traffic(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        with Traffic(server, "/", token) as traffic:
            traffic.more()
            with lull(server, traffic):
                assert server.stop() == 0
        assert set(traffic.statuses) == {200}


def test_stopping_while_a_fetch_hangs(issuer, ca, mpm):
    """httpd's log would say so if it had to kill a child."""
    issuer.gate.clear()
    with run(issuer, ca, mpm, "AuthJWTFetchTimeout 30\n") as server, \
            server.log.allowing("JWT0205|JWT0601"):
        with Traffic(server, "/", issuer.signer.mint(), threads=1):
            wait_until(lambda: issuer.requests, "a fetch")
            assert server.stop() == 0


@pytest.mark.threat("G6")
@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGHUP])
def test_restarting_while_a_fetch_hangs(issuer, ca, mpm, how):
    issuer.gate.clear()
    token = issuer.signer.mint()
    with run(issuer, ca, mpm, "AuthJWTFetchTimeout 3\n") as server, \
            server.log.allowing("JWT0205|JWT0601"):
        with Traffic(server, "/", token, threads=1):
            wait_until(lambda: issuer.requests, "a fetch")
            server.restart(how)
            issuer.gate.set()
            server.comes_to_accept("/", token)


@pytest.mark.threat("G6")
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_kind_of_mutex_survives_restarts(issuer, ca, mechanism):
    token = issuer.signer.mint()
    with run(issuer, ca, further=f'Mutex "{mechanism}" auth-jwt\n') as server:
        with Traffic(server, "/", token) as traffic:
            for how in (signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR1):
                traffic.more()
                with lull(server, traffic):
                    server.restart(how)
            traffic.more()
        server.comes_to_accept("/", issuer.rotate().mint())


@pytest.mark.threat("G6")
def test_issuers_come_and_go_with_a_reload(issuer, ca):
    further = [Issuer(ca) for _ in range(6)]
    sections = [location(f"/more-{number}", f'AuthJWTIssuer "{more.url}"')
                for number, more in enumerate(further)]
    try:
        with run(issuer, ca) as server:
            config = (server.root / "httpd.conf").read_text()
            server.accepts("/", issuer.signer.mint())
            for count in (1, 6, 2):
                server.write("httpd.conf",
                             config + "".join(sections[:count]))
                server.restart()
                server.accepts("/", issuer.signer.mint())
                for number in range(count):
                    server.accepts(f"/more-{number}/",
                                   further[number].signer.mint())
            assert [more.fetches for more in [issuer, *further]] == [1] * 7
    finally:
        for more in further:
            more.close()


@pytest.mark.threat("G6")
def test_children_that_die_are_replaced(issuer, ca, mpm):
    """The fetcher process among them, or who held the mutex."""
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        with server.log.allowing("AH00052|AH01238|AH01239|the fetcher process"):
            killed = set(children_of(server.process.pid))
            for child in killed:
                os.kill(child, signal.SIGKILL)
            wait_until(lambda: killed.isdisjoint(
                children_of(server.process.pid)), "the dead are gone")
            server.comes_to_accept("/", token)
            server.comes_to_accept("/", issuer.rotate().mint(), 40)


def test_no_token_is_lost_when_a_file_is_replaced_under_traffic(mpm):
    old, new = Signer(), Signer()
    with Httpd(site(guarded("/"), serve=ALL_PAGE), mpm,
               {"keys.json": key_set(old)}) as server:
        with Traffic(server, "/", old.mint()) as traffic:
            for signers in ((old, new), (new, old), (old, new)):
                traffic.more()
                server.write("keys.json", key_set(*signers))
            traffic.more()
            server.comes_to_accept("/", new.mint())
        assert set(traffic.statuses) == {200}
