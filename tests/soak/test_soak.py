# SPDX-License-Identifier: Apache-2.0
"""Hours of an ugly life in minutes.  SOAK_SECONDS is how long the two long
runs take; CORPORA a folder with real key sets, or nothing."""
import collections
import json
import os
import pathlib
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from harness import processes
from harness.fickle import TAGS
from harness.httpd import ALL_ENV, ALL_PAGE, Httpd, MPM_SETTINGS
from harness.settings import wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, encode_json, key_set
from harness.traffic import Traffic

LONG_S = int(os.environ.get("SOAK_SECONDS", "120"))
SHORT_S = 8
CORPORA = os.environ.get("CORPORA", "")
LOAD = pathlib.Path(__file__).with_name("load.py")

COOLDOWN_S, TIMEOUT_S, LEASE_MARGIN_S = 1, 1, 5
P99_RATIO = 1.5


def run(issuer, ca, *lines, mpm="event", sections=""):
    trust = TRUST_FETCHED + (
        'AuthJWTIssuer "${ISSUER}" "jwks=${ISSUER}/keys"\n'
        f"AuthJWTCooldown {COOLDOWN_S}\nAuthJWTFetchTimeout {TIMEOUT_S}\n")
    trust += "".join(f"{line}\n" for line in lines)
    return Httpd(site(guarded("/"), sections, trust=trust, serve=ALL_PAGE), mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


def begin_load(server, tokens, threads, seconds=0, *how):
    process = subprocess.Popen(
        [sys.executable, LOAD, str(server.port), str(threads), str(seconds),
         *how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write("\n".join(tokens))
    process.stdin.close()
    return process


def end_load(process):
    result = json.load(process.stdout)
    assert process.wait(60) == 0
    return result


def p99(latencies):
    return statistics.quantiles(latencies, n=100)[98]


class Compared:
    """Good tokens under two kinds of load, taken in turns so that what else
    the machine does falls on both."""

    def __init__(self):
        self.latencies = {"usual": [], "ugly": []}
        self.statuses = collections.Counter()

    def add(self, kind, result):
        self.latencies[kind] += result["latencies"]
        self.statuses.update(result["statuses"])

    def check(self):
        usual, ugly = (p99(self.latencies[kind])
                       for kind in ("usual", "ugly"))
        assert set(self.statuses) == {"200"}, self.statuses
        figures = (f"{sum(self.statuses.values())} good tokens, 0 refused; "
                   f"p99 {ugly:.2f} ms, usual {usual:.2f} ms, "
                   f"ratio {ugly / usual:.2f}")
        assert ugly <= P99_RATIO * usual, figures
        return figures


# 1

class Rotation:
    """The published key, and a token of it, change together.

    A token is good when its key was published from the sending to the answer;
    one that was withdrawn meanwhile may be accepted or refused.
    """

    def __init__(self, issuer):
        self.issuer = issuer
        self.token = issuer.signer.mint()
        self.withdrawn = {}  # token -> when
        self.rotations = 0

    def rotate(self):
        signer = self.issuer.new_signer()
        token, old = signer.mint(), self.token
        self.issuer.published = [signer]
        self.token = token
        self.withdrawn[old] = time.monotonic()
        self.rotations += 1


def send_current(server, rotation, until, seen):
    while time.monotonic() < until:
        token = rotation.token
        status = server.get("/", token).status
        is_good = token == rotation.token
        seen[status, "good" if is_good else "withdrawn meanwhile"] += 1


def send_withdrawn(server, rotation, until, seen):
    """Half a cool-down after the withdrawal, which is stricter than need be:
    once the cool-down is over, an unknown key would have keys fetched, and the
    next rotation would fall into the cool-down of that."""
    while time.monotonic() < until:
        for token, when in list(rotation.withdrawn.items())[-1:]:
            if COOLDOWN_S / 2 < time.monotonic() - when < COOLDOWN_S * 0.9:
                seen[server.get("/", token).status, "late"] += 1
        time.sleep(0.05)  # a pace, not a condition


def test_rotation_every_two_seconds(issuer, ca, report):
    rotation, seen = Rotation(issuer), collections.Counter()
    with run(issuer, ca) as server, server.log.allowing("JWT020[14]"):
        server.accepts("/", rotation.token)
        until = time.monotonic() + LONG_S
        threads = [threading.Thread(target=send, args=(
            server, rotation, until, seen))
            for send in [send_current] * 4 + [send_withdrawn]]
        for thread in threads:
            thread.start()
        while time.monotonic() < until - 2:
            time.sleep(2)  # the pace of the rotation
            rotation.rotate()
        for thread in threads:
            thread.join()
        for token in rotation.withdrawn:
            seen[server.get("/", token).status, "late"] += 1
    assert set(status for status, kind in seen if kind == "good") == {200}
    assert (200, "late") not in seen
    report(f"{rotation.rotations} rotations, {issuer.fetches} fetches, "
           f"good tokens {seen[200, 'good']}, refused {seen[401, 'good']}; "
           f"withdrawn ones accepted half a cool-down later 0 of "
           f"{seen[401, 'late']}")


# 2

def compare_outage(issuer, server, behaviour, seconds):
    token, compared, rounds = issuer.signer.mint(), Compared(), 2
    for _ in range(rounds):
        for kind, name in (("usual", None), ("ugly", behaviour)):
            issuer.behave(name)
            compared.add(kind, end_load(begin_load(
                server, [token], 4, seconds / rounds / 2)))
    issuer.behave()
    return compared


@pytest.mark.parametrize("behaviour", [
    name for name in TAGS if not TAGS[name].startswith(("JWT0605", "JWT0606"))])
def test_outage(issuer, ca, report, behaviour):
    seconds = 2 * LONG_S if behaviour == "down" else 2 * SHORT_S
    with run(issuer, ca, "AuthJWTRefresh 1") as server, \
            server.log.allowing("JWT060"):
        server.accepts("/", issuer.signer.mint())
        report(compare_outage(issuer, server, behaviour, seconds).check())


# 3

def with_header(token, **members):
    _, rest = token.split(".", 1)
    return encode_json({"alg": "ES256", **members}) + "." + rest


def test_random_kids(issuer, ca, report):
    """Beside refused tokens that need no key: of another issuer."""
    good, other = issuer.signer.mint(), issuer.signer.mint(iss="https://x")
    compared, floods, flooding_s = Compared(), 10, 0
    with run(issuer, ca) as server, server.log.allowing("JWT0201|JWT0304"):
        server.accepts("/", good)
        before = issuer.fetches
        began = time.monotonic()
        for number in range(2 * floods):
            kind = ("usual", "ugly")[number % 2]
            flood = [with_header(good, kid=secrets.token_hex(8))
                     for _ in range(1000)] if kind == "ugly" else [other] * 1000
            flooding = begin_load(server, flood, 2)
            while flooding.poll() is None:
                compared.add(kind, end_load(begin_load(server, [good], 4, 1)))
                if len(compared.latencies[kind]) > 200000:
                    break
            assert set(end_load(flooding)["statuses"]) == {"401"}
        flooding_s = time.monotonic() - began
        fetches = issuer.fetches - before
    assert fetches <= flooding_s / COOLDOWN_S + 1
    report(f"{floods * 1000} kids in {flooding_s:.0f} s, {fetches} fetches; "
           + compared.check())


# 4

def shared_memory_kb(pid):
    """Anonymous memory that the parent shares with its children."""
    total = 0
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            span, rights, *_, name = line.split(maxsplit=5) \
                if len(line.split()) > 5 else [*line.split(), ""]
            if "s" in rights and ("zero" in name or "SYSV" in name):
                first, last = (int(text, 16) for text in span.split("-"))
                total += (last - first) // 1024
    return total


def rss_kb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status
                    if line.startswith("VmRSS"))


def sizes(server):
    return shared_memory_kb(server.process.pid), rss_kb(server.process.pid)


def restart_often(server, count, settle_at):
    """The sizes after the first restarts, and after the last one."""
    for number in range(1, count + 1):
        server.restart()
        if number == settle_at:
            early = sizes(server)
    return early, sizes(server)


def check_growth(early, late):
    """Of a page's worth a restart nothing would be left to see."""
    assert late[0] == early[0], (early, late)
    assert late[1] - early[1] <= 256, (early, late)
    return (f"shm {early[0]} -> {late[0]} KiB, "
            f"parent RSS {early[1]} -> {late[1]} KiB")


def test_graceful_restarts_under_load(issuer, ca, report):
    token = issuer.signer.mint()
    with run(issuer, ca) as server:
        server.accepts("/", token)
        with Traffic(server, "/", token) as traffic:
            early, late = restart_often(server, 50, 20)
        assert set(traffic.statuses) == {200}
        assert traffic.failures == []
        assert issuer.fetches == 1
        report(f"50 restarts, {len(traffic.statuses)} requests, 0 failed, "
               f"fetches {issuer.fetches}; " + check_growth(early, late))


def test_a_hundred_graceful_restarts(issuer, ca, report):
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())
        early, late = restart_often(server, 100, 20)
        server.accepts("/", issuer.signer.mint())
        assert issuer.fetches == 1
        report("100 restarts; " + check_growth(early, late))


# 5

def kill_one(server, child=None):
    killed = child or random.choice(processes.serving_children(server))
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not processes.exists(killed), "the dead is gone")
    wait_until(lambda: processes.serving_children(server), "another child", 20)


@pytest.mark.parametrize("mutex", ["default", "posixsem"])
def test_kills(issuer, ca, report, mutex):
    token = issuer.signer.mint()
    with run(issuer, ca, "AuthJWTRefresh 2", f"Mutex {mutex} auth-jwt"
             ) as server, server.log.allowing(
                 "AH00052|JWT0601|AH01382|AH0|the fetcher process"):
        server.accepts("/", token)
        with Traffic(server, "/", token) as traffic:
            for _ in range(30):
                kill_one(server)
                traffic.more(5)
        assert set(traffic.statuses) <= {200}
        server.comes_to_accept("/", issuer.rotate().mint(), 20)
        before = issuer.fetches
        began = time.monotonic()
        kill_one(server, processes.fetcher_of(server))
        wait_until(lambda: issuer.fetches > before, "the next fetch", 60)
        waited_s = time.monotonic() - began
        server.accepts("/", issuer.signer.mint())
        assert waited_s <= 2 + TIMEOUT_S + LEASE_MARGIN_S
        report(f"30 children killed, {len(traffic.statuses)} answers 200, "
               f"{len(traffic.failures)} connections broken; after the "
               f"fetcher's death the next fetch in {waited_s:.1f} s")


# 6

def cold_start(issuer, ca, *lines):
    """The first answer, and after how many seconds it came"""
    with run(issuer, ca, *lines) as server, \
            server.log.allowing("JWT0601|JWT0205"):
        began = time.monotonic()
        answer = server.get("/", issuer.signer.mint())
        return answer, time.monotonic() - began


def test_cold_start(issuer, ca, report):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-state-"))
    if os.geteuid() == 0:
        from harness.httpd import unprivileged_user
        subprocess.run(["chown", unprivileged_user(), folder], check=True)
    line = f'AuthJWTStateDir "{folder}"'
    with run(issuer, ca, line) as server:
        server.accepts("/", issuer.signer.mint())
        wait_until(lambda: list(folder.glob("*.json")), "a saved set")
    issuer.behave("accepts and is silent")
    with_state, with_s = cold_start(issuer, ca, line)
    without, without_s = cold_start(issuer, ca)
    assert with_state.status == 200
    assert without.status == 503 and int(without.header("Retry-After")) > 0
    assert without_s <= TIMEOUT_S + 1
    report(f"with a state dir {with_state.status} in {with_s:.2f} s, without "
           f"{without.status}, Retry-After {without.header('Retry-After')}, "
           f"in {without_s:.2f} s")
    subprocess.run(["rm", "-r", folder], check=True)


# 7

def snapshots():
    path = pathlib.Path(CORPORA) / "idp" / "history" / "entra-common.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def keys_of(snapshot):
    return (snapshot.get("jwks") or snapshot)["keys"]


def replay(issuer, server, snapshot, old):
    """Real keys, and one of ours to see that they serve"""
    signer = issuer.rotate()
    issuer.documents["/keys"] = json.dumps(
        {"keys": [*keys_of(snapshot), signer.public]})
    server.comes_to_accept("/", signer.mint(), 20)
    if old:
        server.comes_to_refuse("/", old.mint(), 5)
    return signer


def test_a_real_issuers_history(issuer, ca, report):
    if not CORPORA:
        report("LEFT OUT: no CORPORA=FOLDER was given")
        return
    history, old = snapshots(), None
    with run(issuer, ca) as server, server.log.allowing("JWT020"):
        began = time.monotonic()
        for snapshot in history:
            old = replay(issuer, server, snapshot, old)
    report(f"{len(history)} snapshots in {time.monotonic() - began:.0f} s, "
           f"{issuer.fetches} fetches, each one taken up, none reported")


# 8

def stop_under_load(mpm, with_module, files, token, how):
    """Seconds until the stop, or the restart and then a stop, was done; and
    who was left."""
    server = Httpd(site(guarded("/"), serve=ALL_ENV) if with_module
                   else ALL_ENV, mpm, files, with_module=with_module)
    server.start()
    try:
        with Traffic(server, "/", token, threads=4) as traffic:
            traffic.more(20)
            if how == "restart":
                began = time.monotonic()
                server.restart(signal.SIGHUP)
                took_s = time.monotonic() - began
                traffic.more(5)
                server.stop()
            else:
                began = time.monotonic()
                server.stop()
                took_s = time.monotonic() - began
        wait_until(lambda: not processes.session_of(server.process.pid),
                   "the last process ends", 5)
        return took_s
    finally:
        server.clear()


# event and worker: httpd hangs when a stop follows a restart at once.
@pytest.mark.parametrize("mpm, how", [
    ("prefork", "stop"), ("prefork", "restart"), ("event", "stop"),
    ("worker", "stop")])
def test_stops_under_cgi_load(report, mpm, how):
    """Each stop ends all processes, and is no slower than httpd's own."""
    signer = Signer()
    files, token = {"keys.json": key_set(signer)}, signer.mint()
    count = 100 if LONG_S >= 120 else 10
    with_us, without = ([stop_under_load(mpm, with_module, files, token, how)
                         for _ in range(number)]
                        for with_module, number in ((True, count),
                                                    (False, count // 5)))
    figures = (f"{count} {how}s, 0 left behind; median "
               f"{statistics.median(with_us):.2f} s, slowest "
               f"{max(with_us):.2f} s; without the module "
               f"{statistics.median(without):.2f} s, {max(without):.2f} s")
    assert max(with_us) <= 2 * max(without), figures
    report(figures)


# 9

def used_ticks(server):
    return sum(processes.cpu_ticks(pid)
               for pid in processes.session_of(server.process.pid))


def pss_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup
                    if line.startswith("Pss:"))


def test_idle_children(issuer, ca, report, monkeypatch):
    """256 idle prefork children, one issuer by URL and one by file."""
    monkeypatch.setitem(MPM_SETTINGS, "prefork", """
StartServers 256
MinSpareServers 256
MaxSpareServers 256
ServerLimit 256
MaxRequestWorkers 256""")
    with run(issuer, ca, "AuthJWTCooldown 30", mpm="prefork") as server:
        config = (server.root / "httpd.conf").read_text()
        server.write("keys.json", key_set(Signer()))
        server.write("httpd.conf", config + guarded(
            "/file", "AuthJWTIssuer https://file.example keys=keys.json"))
        server.restart()
        wait_until(lambda: len(processes.serving_children(server)) == 256,
                   "256 children", 60)
        children = processes.serving_children(server)
        assert {processes.threads_of(child) for child in children} == {1}
        seconds = max(LONG_S / 2, 10)
        time.sleep(2)  # what a start costs is over
        before = used_ticks(server)
        time.sleep(seconds)  # what is measured
        ticks = used_ticks(server) - before
        share = 100 * ticks / os.sysconf("SC_CLK_TCK") / seconds
        report(f"256 idle prefork children for {seconds:.0f} s: {share:.2f} % "
               "of a core, one thread each")
        assert share <= 0.2 + 100 / os.sysconf("SC_CLK_TCK") / seconds


# 10

EIGHT_WORKERS = """
StartServers 8
MinSpareServers 8
MaxSpareServers 8
ServerLimit 8
MaxRequestWorkers 8"""


def flooded(server, tokens, seconds):
    """Latencies of a public page beside 16 clients with these tokens."""
    flooding = begin_load(server, tokens, 16, seconds, "/", "close")
    shown = end_load(begin_load(server, ["-"], 2, seconds, "/public", "close"))
    statuses = end_load(flooding)["statuses"]
    assert set(shown["statuses"]) == {"200"}
    return shown["latencies"], statuses


@pytest.mark.parametrize("flood", ["dead issuer", "unknown kids"])
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_public_pages_beside_a_flood(issuer, ca, report, monkeypatch, mpm,
                                     flood):
    """Beside refusals that wait for keys, and beside refusals that do not."""
    monkeypatch.setitem(MPM_SETTINGS, "prefork", EIGHT_WORKERS)
    good, other = issuer.signer.mint(), issuer.signer.mint(iss="https://x")
    latencies = {"usual": [], "flood": []}
    statuses = collections.Counter()
    public = location("/public", "AuthType None", "Require all granted")
    if flood == "dead issuer":
        issuer.behave("accepts and is silent")
    with run(issuer, ca, "AuthJWTFetchTimeout 5", mpm=mpm,
             sections=public) as server, \
            server.log.allowing("JWT020[1-5]|JWT0304|JWT060|AH00161|again"):
        if flood == "unknown kids":
            server.accepts("/", good)
            issuer.behave("accepts and is silent")
            tokens = [with_header(good, kid=secrets.token_hex(8))
                      for _ in range(2000)]
        else:
            tokens = [good]
        for number in range(6):
            kind = ("usual", "flood")[number % 2]
            taken, seen = flooded(server, tokens if kind == "flood"
                                  else [other], 6)
            latencies[kind] += taken
            if kind == "flood":
                statuses.update(seen)
        issuer.behave()
    usual, slow = (statistics.mean(latencies[kind]) for kind in latencies)
    figures = (f"mean {slow:.2f} ms, usual {usual:.2f} ms, ratio "
               f"{slow / usual:.2f}; p99 {p99(latencies['flood']):.1f} and "
               f"{p99(latencies['usual']):.1f} ms; flood {dict(statuses)}")
    report(figures)
    assert slow <= 1.2 * usual, figures
