# SPDX-License-Identifier: Apache-2.0
"""What must not outlast its time: keys, settings and memory."""
import concurrent.futures
import itertools
import pathlib
import time

import pytest

from harness import client
from harness.httpd import ALL_PAGE, Httpd
from harness.issuer import KEYS
from harness.settings import MPMS, PRELOAD, SLOWNESS, wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import (Signer, encode_json, key_set, remember,
                            spoil_signature)
from harness.traffic import Traffic

SIGNER = Signer()
FILES = {"keys.json": key_set(SIGNER)}

JWKS = ('AuthJWTIssuer "${ISSUER}" "jwks=${ISSUER}/keys"\n'
        "AuthJWTCooldown 1\n")


def run(issuer, ca, *lines, mpm="event"):
    trust = TRUST_FETCHED + JWKS + "".join(f"{line}\n" for line in lines)
    return Httpd(site(guarded("/"), trust=trust), mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


@pytest.mark.threat("G5", "B3")
@pytest.mark.parametrize("mpm", MPMS)
def test_another_key_of_the_same_kid(issuer, ca, mpm):
    """The new one is asked for, and what the old one signed is refused."""
    with run(issuer, ca, mpm=mpm) as server:
        old = issuer.signer.mint()
        server.accepts("/", old)
        new = Signer(kid=issuer.signer.kid, issuer=issuer.url)
        issuer.published = [new]
        server.comes_to_accept("/", new.mint())
        server.comes_to_refuse("/", old)


# Keys

@pytest.mark.threat("G4")
@pytest.mark.parametrize("document", ['{"keys": []}', "{}", "[]"])
def test_a_set_without_a_key_replaces_nothing(issuer, ca, document):
    with run(issuer, ca, "AuthJWTRefresh 1") as server:
        server.accepts("/", issuer.signer.mint())
        issuer.documents[KEYS] = document
        with server.log.allowing(r"JWT0(60[78]|70\d)"):
            server.log.take(r"auth_jwt:warn.*JWT060[78]")
            server.accepts("/", issuer.signer.mint())


@pytest.mark.threat("G4")
def test_a_key_can_be_withdrawn(issuer, ca):
    """A set that has lost a key is believed: so is one revoked."""
    other = issuer.new_signer()
    issuer.published.append(other)
    with run(issuer, ca, "AuthJWTRefresh 1") as server:
        server.accepts("/", issuer.signer.mint())
        server.accepts("/", other.mint())
        issuer.published.remove(other)
        server.comes_to_refuse("/", other.mint())
        server.accepts("/", issuer.signer.mint())


# Floods

@pytest.mark.alone
@pytest.mark.threat("G1")
@pytest.mark.parametrize("what", ["kid", "signature"])
def test_a_flood_delays_no_good_token(issuer, ca, what):
    with run(issuer, ca) as server:
        good = issuer.signer.mint()
        server.accepts("/", good)
        before, began = issuer.fetches, time.monotonic()
        bad = itertools.cycle(
            [issuer.signer.mint(header={"kid": f"unknown-{number}"})
             for number in range(500)] if what == "kid"
            else [spoil_signature(good)])
        with server.log.allowing("JWT020[14]"), \
                concurrent.futures.ThreadPoolExecutor(4) as threads:
            flood = [threads.submit(server.get, "/", next(bad))
                     for _ in range(500)]
            slowest_s = 0
            for _ in range(100):
                asked = time.monotonic()
                server.accepts("/", good)
                slowest_s = max(slowest_s, time.monotonic() - asked)
            assert {one.result().status for one in flood} == {401}
        assert slowest_s < SLOWNESS
        assert issuer.fetches - before <= time.monotonic() - began + 1


@pytest.mark.threat("G1")
def test_an_issuer_that_fails_is_not_asked_more_often(issuer, ca):
    issuer.status[KEYS] = 500
    token = issuer.signer.mint()
    with run(issuer, ca) as server, server.log.allowing("JWT0(602|205)"):
        began = time.monotonic()
        with Traffic(server, "/", token) as traffic:
            wait_until(lambda: issuer.fetches >= 3, "three attempts")
            traffic.more(20)
        assert issuer.fetches <= time.monotonic() - began + 2
        assert set(traffic.statuses) == {503}


@pytest.mark.threat("G6")
@pytest.mark.parametrize("mpm", MPMS)
def test_keys_that_the_server_itself_publishes(mpm):
    """A fetch that comes back to the server that makes it, and one that
    would need its own keys first: no process waits for itself."""
    trust = "".join(
        f'AuthJWTIssuer https://{name}.example '
        f'"jwks=http://127.0.0.1:${{PORT}}/{name}"\n'
        for name in ("open", "closed"))
    config = ('Alias /open "${ROOT}/keys.json"\n'
              'ScriptAlias /orders "${ROOT}/env.cgi"\n'
              'ScriptAlias /closed "${ROOT}/env.cgi"\n' + trust
              + "AuthJWTAudience api://orders\nAuthJWTCooldown 1\n"
                "AuthJWTFetchTimeout 2\n"
              + guarded("/orders") + guarded("/closed")
              + location("/open", "Require all granted"))
    server = Httpd(config, mpm, FILES)
    # until its end, since it goes on to ask itself
    with server.log.allowing("JWT0(001|205|60[12])"), server:
        server.comes_to_accept("/orders", SIGNER.mint(iss="https://open.example"))
        began = time.monotonic()
        answer = server.get("/closed", SIGNER.mint(iss="https://closed.example"))
        assert answer.status == 503
        assert time.monotonic() - began < 3 * SLOWNESS
        server.accepts("/orders", SIGNER.mint(iss="https://open.example"))


# Settings and memory

SECTIONS = {
    "/a": ([], {}, 200), "/b": (["AuthJWTAudience api://b"], {}, 401),
    "/c": (["AuthJWTUser email"], {"email": "c"}, 200),
    "/d": (["Require jwt-scope d"], {}, 403),
    "/e": (["AuthJWTExport none", "AuthJWTOptional On"], {}, 200),
    "/f": (["AuthJWTLeeway 300"], {"exp": -200}, 200),
    "/g": (["AuthJWTLeeway 0"], {"exp": -200}, 401),
    "/h": (["AuthJWTTokenSource cookie:a"], {}, 401),
}


@pytest.mark.threat("F5")
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_no_request_changes_another_sections_settings(mpm):
    """All at once, on few processes, in an order that always changes."""
    config = site(*(guarded(path, *lines)
                    for path, (lines, _, _) in SECTIONS.items()))
    now = int(time.time())

    def ask(server, path):
        claims = dict(SECTIONS[path][1])
        if "exp" in claims:
            claims["exp"] += now
        answer = server.get(path, SIGNER.mint(**claims))
        return path, answer.status, answer.env.get("REMOTE_USER"), \
            "JWT_CLAIM_sub" in answer.env

    with Httpd(config, mpm, FILES) as server, \
            server.log.allowing("JWT0(306|307|401|001)|AH01631"):
        alone = {path: ask(server, path) for path in SECTIONS}
        assert {path: said[1] for path, said in alone.items()} == \
            {path: status for path, (_, _, status) in SECTIONS.items()}
        orders = itertools.islice(itertools.permutations(SECTIONS), 0, 40000,
                                  700)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            for said in threads.map(lambda path: ask(server, path),
                                    itertools.chain(*orders)):
                assert said == alone[said[0]]


LEFT_KB = 64  # of 2000 requests, or a dozen reloads: less than any leak


def memory_kb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status
                    if line.startswith("RssAnon"))


def children_memory_kb(pid):
    listed = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return sum(memory_kb(child) for child in listed.split())


@pytest.mark.threat("G8")
def test_requests_leave_no_memory_behind():
    """Good ones and each kind of bad ones, on one connection of one child."""
    if PRELOAD:
        return
    good = SIGNER.mint(groups=[str(number) for number in range(100)])
    header = encode_json(SIGNER.header())
    tokens = [good, spoil_signature(good), SIGNER.mint(exp=1), "opaque",
              SIGNER.mint(header={"kid": "unknown"}),
              SIGNER.mint(header={"crit": ["x"]}),
              SIGNER.sign(header, encode_json([1])),
              SIGNER.mint(aud=[1]), remember(good + "."), good + ";"]
    alone = ("ServerLimit 1\nStartServers 1\nMaxRequestWorkers 8\n"
             "MinSpareThreads 1\nMaxSpareThreads 9\nMaxKeepAliveRequests 0\n"
             "LogLevel auth_jwt:notice\n")
    with Httpd(alone + site(guarded("/"), serve=ALL_PAGE),
               files=FILES) as server, server.log.allowing("JWT0"):
        connection = client.connect(server.port)

        def ask(times):
            for token in tokens * times:
                client.send(connection, "/", token)
            return children_memory_kb(server.process.pid)
        before = ask(100)
        after = ask(200)
        connection.close()
    assert after - before < LEFT_KB, (before, after)


@pytest.mark.threat("G8")
def test_reloads_leave_no_memory_behind():
    """Each reload reads 200 keys and 40 sections anew."""
    if PRELOAD:  # which keeps what was freed, to see who uses it
        return
    keys = key_set(SIGNER, *[Signer("RS256") for _ in range(4)] * 50)
    config = site(*(guarded(f"/{number}", "Require jwt-claim a~^x+$")
                    for number in range(40)))
    with Httpd(config, "prefork", {"keys.json": keys}) as server:
        for _ in range(4):
            server.restart()
        before = memory_kb(server.process.pid)
        for _ in range(12):
            server.restart()
        after = memory_kb(server.process.pid)
        server.accepts("/1", SIGNER.mint(a="x"))
    assert after - before < LEFT_KB, (before, after)
