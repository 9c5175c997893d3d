# SPDX-License-Identifier: Apache-2.0
"""The fetcher process: one, replaced when it dies, and no thread elsewhere."""
import concurrent.futures
import os
import signal
import subprocess
import time

import pytest

from harness import processes
from harness.httpd import ALL_ENV, ALL_PAGE, Httpd, unprivileged_user
from harness.issuer import Issuer
from harness.log import ErrorLog
from harness.processes import exists, fetcher_of, kill
from harness.settings import BUILD, MPMS, SLOWNESS, wait_until
from harness.site import TRUST, TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set
from harness.traffic import Traffic

ENDED = r"the fetcher process \d+ ended"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def run(issuer, ca, mpm="event", further="", serve=ALL_PAGE):
    trust = TRUST_FETCHED + 'AuthJWTCooldown 1\nAuthJWTIssuer "${ISSUER}"\n'
    return Httpd(site(guarded("/"), serve=serve, trust=trust) + further, mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


@pytest.fixture(params=MPMS)
def mpm(request):
    return request.param


def test_one_process_fetches_and_prefork_children_have_one_thread(issuer, ca):
    with run(issuer, ca, "prefork") as server:
        server.accepts("/", issuer.signer.mint())
        fetcher = fetcher_of(server)
        children = processes.serving_children(server)
        assert len(children) >= 4
        assert {processes.threads_of(child) for child in children} == {1}
        assert {processes.user_of(child) for child in children} == \
            {processes.user_of(fetcher)}
        assert not processes.has_listener(fetcher, server.port)


def test_where_only_secrets_are_there_is_no_fetcher():
    with Httpd(site(guarded("/"), trust="""
AuthJWTIssuer https://issuer.example secret=secret
AuthJWTAudience *
"""), files={"secret": "s" * 64}) as server:
        assert processes.fetchers_of(server) == []


def test_no_program_inherits_the_pipe(issuer, ca, mpm):
    """A CGI that lists its descriptors; an httpd without us has as many."""
    listing = "#!/bin/sh\necho 'Content-Type: text/plain'\necho\n" \
              "ls -l /proc/self/fd\n"
    serve = 'ScriptAliasMatch "^/" "${ROOT}/fds.cgi"\n'
    with run(issuer, ca, mpm, serve=serve) as server:
        server.write("fds.cgi", listing)
        with_us = server.accepts("/", issuer.signer.mint()).body
    with Httpd(serve, mpm, {"fds.cgi": listing},
               with_module=False) as server:
        without = server.get("/").body
    for kind in ("pipe:", "socket:"):
        assert with_us.count(kind) == without.count(kind)


@pytest.mark.threat("G6")
def test_a_fetcher_that_is_killed_is_replaced(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        with Traffic(server, "/", token) as traffic:
            killed = fetcher_of(server)
            kill(killed)
            wait_until(lambda: processes.fetchers_of(server)
                       not in ([], [killed]), "another one")
            traffic.more()
        assert set(traffic.statuses) == {200}
        line = server.log.take(ENDED)
        assert "auth_jwt:error" in line and "signal 9" in line
        server.comes_to_accept("/", issuer.rotate().mint())


@pytest.mark.threat("G6")
def test_a_fetcher_that_is_stopped_is_replaced(issuer, ca, mpm):
    """SIGSTOP, as a stand-in for whatever hangs."""
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server, server.log.allowing(ENDED):
        server.accepts("/", token)
        stopped = fetcher_of(server)
        kill(stopped, signal.SIGSTOP)
        new = issuer.rotate().mint()
        began = time.monotonic()
        server.comes_to_accept("/", new, 15)
        assert time.monotonic() - began < 8 * SLOWNESS
        assert not exists(stopped)
        assert fetcher_of(server) != stopped


@pytest.mark.threat("G6")
def test_httpd_notices_a_fetcher_that_hangs_without_any_request(issuer, ca):
    with run(issuer, ca) as server, server.log.allowing(ENDED):
        server.accepts("/", issuer.signer.mint())
        stopped = fetcher_of(server)
        kill(stopped, signal.SIGSTOP)
        wait_until(lambda: not exists(stopped), "it is ended", 40)
        wait_until(lambda: processes.fetchers_of(server)
                   not in ([], [stopped]), "another one")


@pytest.mark.threat("G6")
def test_a_child_cannot_hang_httpds_parent(issuer, ca):
    """It fills what wakes the fetcher, which hangs, and has writers wait."""
    clog = (f'LoadModule clog_module "{BUILD}/modules/clog.so"\n'
            + location("/clog", "SetHandler clog"))
    with run(issuer, ca, further=clog) as server, server.log.allowing(ENDED):
        token = issuer.signer.mint()
        server.accepts("/", token)
        stopped = fetcher_of(server)
        kill(stopped, signal.SIGSTOP)
        assert server.accepts("/clog", token).body == "1\n"
        wait_until(lambda: not exists(stopped), "it is ended", 40)
        server.comes_to_accept("/", issuer.rotate().mint())


@pytest.mark.threat("G6")
def test_requests_do_not_wait_for_a_fetcher_that_is_not_there(issuer, ca):
    """Never loaded keys and a fetcher that hangs: 503 soon, not after the
    whole time-out."""
    issuer.stop()
    with run(issuer, ca, further="AuthJWTFetchTimeout 30\n") as server, \
            server.log.allowing(ENDED + "|JWT0205|JWT0601"):
        server.log.take("JWT0601")
        kill(fetcher_of(server), signal.SIGSTOP)
        time_of_fetch = time.monotonic()
        wait_until(lambda: time.monotonic() > time_of_fetch + 1.2,
                   "the cool-down is over")
        began = time.monotonic()
        assert server.get("/", issuer.signer.mint()).status == 503
        assert time.monotonic() - began < 4 * SLOWNESS
        issuer.start()
        server.comes_to_accept("/", issuer.signer.mint(), 20)


@pytest.mark.threat("G6")
def test_one_that_dies_again_and_again_is_started_more_slowly(issuer, ca):
    with run(issuer, ca) as server, server.log.allowing("JWT0601"):
        token = issuer.signer.mint()
        server.accepts("/", token)
        killed = set()
        for _ in range(3):
            last = wait_until(lambda: set(processes.fetchers_of(server))
                              - killed, "a new fetcher", 15).pop()
            killed.add(last)
            kill(last)
        line = server.log.take(ENDED)
        assert "auth_jwt:error" in line and "to fetch after 1 s" in line
        wait_until(lambda: server.log.text().count("the fetcher process") == 3,
                   "three ends")
        assert "to fetch after 4 s" in server.log.text()
        assert len([line for line in server.log.remarkable()
                    if "the fetcher process" in line]) == 0
        server.accepts("/", token)
        server.comes_to_accept("/", issuer.rotate().mint(), 30)


@pytest.mark.threat("G6")
@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGHUP])
def test_a_restart_replaces_it(issuer, ca, mpm, how):
    token = issuer.signer.mint()
    with run(issuer, ca, mpm) as server:
        server.accepts("/", token)
        before = fetcher_of(server)
        server.restart(how)
        assert not exists(before)
        assert fetcher_of(server) != before
        server.accepts("/", token)
        assert issuer.fetches == 1
        server.comes_to_accept("/", issuer.rotate().mint())


@pytest.mark.threat("G6")
def test_it_ends_with_a_parent_that_is_killed(issuer, ca, mpm):
    with run(issuer, ca, mpm) as server:
        server.accepts("/", issuer.signer.mint())
        fetcher = fetcher_of(server)
        kill(server.process.pid)
        server.process.wait()
        wait_until(lambda: not exists(fetcher), "the fetcher ends", 5)
        for left in processes.session_of(server.process.pid):
            kill(left)


@pytest.mark.threat("G6")
def test_graceful_stop_ends_it_last(issuer, ca, mpm):
    with run(issuer, ca, mpm) as server:
        server.accepts("/", issuer.signer.mint())
        fetcher = fetcher_of(server)
        assert server.stop(signal.SIGWINCH) == 0
        assert not exists(fetcher)


# --- ways to start httpd

def start_by_hand(server, *arguments, command=()):
    """Instead of Httpd.start."""
    with open(server.root / "output", "wb") as output:
        server.process = subprocess.Popen(
            [*command, *server._command(*arguments)], env=server.env,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True)
    Httpd.running.append(server)
    wait_until(lambda: processes.listeners(server.port), "httpd listens")


def port_is_free(server):
    return not processes.listeners(server.port)


@pytest.mark.parametrize("mpm_of_x", ["event", "prefork"])
def test_single_process_mode(issuer, ca, mpm_of_x):
    """httpd -X: the parent serves, and the fetcher is beside it."""
    server = run(issuer, ca, mpm_of_x)
    try:
        start_by_hand(server, "-X")
        server.accepts("/", issuer.signer.mint())
        fetcher = fetcher_of(server)
        server.comes_to_accept("/", issuer.rotate().mint())
        server.settle()
        server.stop()
        wait_until(lambda: not exists(fetcher), "the fetcher ends")
        assert port_is_free(server)
    finally:
        server.clear()


@needs_root
def test_started_by_an_ordinary_user(ca, mpm):
    issuer = Issuer()
    user = unprivileged_user()
    server = run(issuer, ca, mpm)
    try:
        subprocess.run(["chown", "-R", user, server.root], check=True)
        start_by_hand(server, "-DFOREGROUND",
                      command=["setpriv", f"--reuid={user}", "--clear-groups"])
        server.accepts("/", issuer.signer.mint())
        server.comes_to_accept("/", issuer.rotate().mint())
        kill(fetcher_of(server))
        server.comes_to_accept("/", issuer.rotate().mint())
        server.settle()
        assert server.stop() == 0
        assert processes.session_of(server.process.pid) == []
    finally:
        server.clear()
        issuer.close()


@needs_root
def test_in_a_chroot(ca):
    """Requests and fetches work; a key file out of reach keeps its keys, and a
    graceful restart reads it, as that is outside."""
    issuer = Issuer()
    outside = Signer()
    trust = TRUST_FETCHED.replace('AuthJWTFetchCA "${CA}"', "") + """
AuthJWTCooldown 1
AuthJWTIssuer "${ISSUER}"
"""
    server = Httpd(
        site(guarded("/file.txt", f"AuthJWTIssuer {outside.issuer} "
                                  "keys=private/keys.json"),
             guarded("/page.txt"), trust=trust,
             serve='ChrootDir "${ROOT}/jail"\n'),
        "prefork", {"private/keys.json": key_set(outside)},
        define={"ISSUER": issuer.url})
    for name in ("page.txt", "file.txt"):
        server.write(f"jail{server.root}/htdocs/{name}", "in the jail")
    server.write("jail/etc/hosts", "127.0.0.1 localhost\n")
    with server:
        server.accepts("/page.txt", issuer.signer.mint())
        server.accepts("/file.txt", outside.mint())
        fetcher = fetcher_of(server)
        server.log.take("auth_jwt:info.*cannot see this file")
        kill(fetcher)
        server.log.take(ENDED)
        server.comes_to_accept("/page.txt", issuer.rotate().mint())
        server.accepts("/file.txt", outside.mint())
    issuer.close()


def test_piped_logs_and_their_rotation(issuer, ca, mpm):
    """A logger ends with the restart: the old fetcher does not hold its pipe
    open, and the new one writes to the new logger."""
    logger = 'ErrorLog "|$/bin/cat >> ${ROOT}/piped.log"\n'
    server = run(issuer, ca, mpm, logger)
    piped = server.root / "piped.log"
    server.log = ErrorLog(piped)
    with server:
        server.accepts("/", issuer.signer.mint())
        wait_until(lambda: "usable keys" in piped.read_text(),
                   "the fetcher's line")
        loggers = [pid for pid in processes.session_of(server.process.pid)
                   if processes.name_of(pid) in ("cat", "sh")]
        assert loggers
        server.restart()
        wait_until(lambda: not any(exists(pid) for pid in loggers),
                   "the old logger ends")
        server.comes_to_accept("/", issuer.rotate().mint())
        wait_until(lambda: piped.read_text().count("usable keys") == 2,
                   "the new fetcher's line")


# --- files

@needs_root
def test_a_file_that_only_root_can_read(mpm):
    """It is read at start; a change asks for a graceful restart."""
    old, new = Signer(), Signer()
    server = Httpd(site(guarded("/"), trust=TRUST), mpm,
                   {"keys.json": key_set(old)})
    (server.root / "keys.json").chmod(0o600)
    with server:
        server.accepts("/", old.mint())
        server.write("new.json", key_set(new)).chmod(0o600)
        (server.root / "new.json").rename(server.root / "keys.json")
        line = server.log.take("auth_jwt:warn.*JWT0609")
        assert "graceful restart" in line
        server.accepts("/", old.mint())
        server.restart()
        server.comes_to_accept("/", new.mint())
        server.comes_to_refuse("/", old.mint())


@needs_root
def test_a_file_in_a_folder_that_only_root_can_enter(mpm):
    old, new = Signer(), Signer()
    server = Httpd(site(guarded("/"), trust=TRUST.replace(
        "keys.json", "private/keys.json")), mpm,
        {"private/keys.json": key_set(old)})
    (server.root / "private").chmod(0o700)
    with server:
        server.accepts("/", old.mint())
        assert "read at start and restart only" in server.log.take(
            "auth_jwt:info.*cannot see this file")
        server.write("private/keys.json", key_set(new))
        server.restart()
        server.comes_to_accept("/", new.mint())
        server.log.take("auth_jwt:info.*cannot see this file")


# --- waiting

# prefork starts another child a second after all are busy, which a request
# would wait for.
ALL_CHILDREN = "<IfModule mpm_prefork_module>\nStartServers 16\n" \
    "MinSpareServers 1\nMaxSpareServers 17\n</IfModule>\n"


def ask_all(server, tokens):
    with concurrent.futures.ThreadPoolExecutor(len(tokens)) as threads:
        return list(threads.map(lambda token: timed(server, token), tokens))


def timed(server, token):
    began = time.monotonic()
    status = server.get("/", token).status
    return status, time.monotonic() - began


@pytest.mark.alone
@pytest.mark.threat("G2")
@pytest.mark.parametrize("mpm_and_places", [("event", 8), ("prefork", 4)])
def test_few_requests_wait_for_an_issuer_that_never_answers(issuer, ca,
                                                            mpm_and_places):
    """A quarter of the workers; the others answer at once, and it is logged
    once at warn."""
    name, places = mpm_and_places
    issuer.gate.clear()
    with run(issuer, ca, name, "AuthJWTFetchTimeout 3\n" + ALL_CHILDREN
             ) as server, \
            server.log.allowing("JWT0601"):
        wait_until(lambda: issuer.requests, "a fetch")
        with server.log.allowing("JWT0205"):
            answers = ask_all(server, [issuer.signer.mint()] * 14)
        assert {status for status, _ in answers} == {503}
        assert sum(took > 1 for _, took in answers) <= places
        lines = [line for line in server.log.text().splitlines()
                 if "JWT0205" in line]
        assert len(lines) == 14
        assert sum("auth_jwt:warn" in line for line in lines) == 1
        issuer.gate.set()
        server.comes_to_accept("/", issuer.signer.mint())


@pytest.mark.alone
@pytest.mark.threat("G1")
def test_few_requests_wait_for_unknown_keys(issuer, ca):
    with run(issuer, ca, "prefork", "AuthJWTFetchTimeout 3\n" + ALL_CHILDREN
             ) as server, server.log.allowing("JWT0201|JWT0601"):
        token = issuer.signer.mint()
        server.accepts("/", token)
        issuer.gate.clear()
        time_of_fetch = time.monotonic()
        wait_until(lambda: time.monotonic() > time_of_fetch + 1.1,
                   "the cool-down is over")
        answers = ask_all(server, [
            Signer(issuer=issuer.url).mint() for _ in range(14)])
        assert {status for status, _ in answers} == {401}
        assert sum(took > 1 for _, took in answers) <= 4
        issuer.gate.set()
        server.accepts("/", token)


def test_an_outage_is_logged_when_it_ends(issuer, ca):
    issuer.stop()
    with run(issuer, ca) as server, server.log.allowing("JWT0601"):
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        issuer.start()
        server.comes_to_accept("/", issuer.signer.mint(), 40)
        line = server.log.take("keys are available again")
        assert "auth_jwt:warn" in line


# --- stopping under load

@pytest.mark.threat("G6")
def test_stops_under_cgi_load(mpm):
    """With a thread in a prefork child, fork() and the signal handler deadlock:
    of these stops two or three left children behind for ever."""
    signer = Signer()
    for _ in range(6 if mpm == "prefork" else 1):
        server = Httpd(site(guarded("/"), serve=ALL_ENV), mpm,
                       {"keys.json": key_set(signer)})
        server.start()
        try:
            with Traffic(server, "/", signer.mint(), threads=4) as traffic:
                traffic.more(20)
                began = time.monotonic()
                server.stop()
                # event and worker take ten seconds by themselves
                assert mpm != "prefork" or \
                    time.monotonic() - began < 3 * SLOWNESS
            wait_until(lambda: processes.session_of(server.process.pid) == [],
                       "nobody is left", 5)
            assert port_is_free(server)
        finally:
            server.clear()
