# SPDX-License-Identifier: Apache-2.0
"""Keys that come over the network: from where, how often, and what happens
when the issuer is slow, wrong or down."""
import concurrent.futures
import json
import pathlib
import tempfile
import time

import pytest

from harness.httpd import Httpd
from harness.issuer import CA, KEYS, METADATA, METADATA_8414, Issuer
from harness.proxy import Proxy
from harness.settings import BUILD, MPMS, PRELOAD, SLOWNESS, wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer
from harness.traffic import Traffic

DISCOVERY = 'AuthJWTIssuer "${ISSUER}"\n'
JWKS = 'AuthJWTIssuer "${ISSUER}" "jwks=${ISSUER}/keys"\n'


def run(issuer, ca, *lines, mpm="event", trust=DISCOVERY, sections=()):
    """A server that trusts issuer, not yet started."""
    config = site(guarded("/"), *sections, trust=TRUST_FETCHED + trust
                  + "".join(f"{line}\n" for line in lines))
    return Httpd(config, mpm, define={"ISSUER": issuer.url, "CA": ca.path})


@pytest.fixture(params=MPMS)
def mpm(request):
    return request.param


@pytest.fixture
def make_issuer(ca):
    """Further issuers, closed at the end."""
    made = []

    def make(*arguments, **options):
        made.append(Issuer(*arguments, **options))
        return made[-1]
    yield make
    for issuer in made:
        issuer.close()


# From where

def test_discovery(issuer, ca):
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())
        assert issuer.requests == {METADATA: 1, KEYS: 1}


def test_discovery_of_an_issuer_with_a_path(make_issuer, ca):
    issuer = make_issuer(ca, path="/tenant/v2.0")
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())
        assert issuer.requests["/tenant/v2.0" + METADATA] == 1


def test_discovery_where_rfc_8414_puts_it(make_issuer, ca):
    issuer = make_issuer(ca, path="/tenant")
    other_place = METADATA_8414 + "/tenant"
    issuer.documents[other_place] = issuer.document("/tenant" + METADATA)
    issuer.status["/tenant" + METADATA] = 404
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())
        assert issuer.requests == {"/tenant" + METADATA: 1, other_place: 1,
                                   "/tenant" + KEYS: 1}


def test_metadata_elsewhere(issuer, ca):
    issuer.documents["/elsewhere"] = issuer.document(METADATA)
    trust = 'AuthJWTIssuer "${ISSUER}" "metadata=${ISSUER}/elsewhere"\n'
    with run(issuer, ca, trust=trust) as server:
        server.accepts("/", issuer.signer.mint())
        assert issuer.requests == {"/elsewhere": 1, KEYS: 1}


def test_jwks_needs_no_discovery(issuer, ca):
    with run(issuer, ca, trust=JWKS) as server:
        server.accepts("/", issuer.signer.mint())
        assert issuer.requests == {KEYS: 1}


def test_http_on_loopback(make_issuer, ca):
    issuer = make_issuer()
    assert issuer.url.startswith("http:")
    with run(issuer, ca) as server:
        server.accepts("/", issuer.signer.mint())


def test_a_proxy(issuer, ca):
    with Proxy() as proxy:
        line = f"AuthJWTFetchProxy {proxy.url}"
        with run(issuer, ca, line) as server:
            server.accepts("/", issuer.signer.mint())
        assert set(proxy.targets) == {f"localhost:{issuer.port}"}


@pytest.mark.threat("G2")
def test_a_proxy_that_is_down(issuer, ca):
    with run(issuer, ca, "AuthJWTFetchProxy http://127.0.0.1:9") as server:
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        server.log.take(r"auth_jwt:warn.*JWT0601")
        assert not issuer.requests


@pytest.mark.threat("G2")
@pytest.mark.parametrize("host", ["localhost", "login.example.com"])
def test_a_certificate_that_is_not_trusted(make_issuer, ca, host):
    """Of another CA, and of ours but for another host."""
    with tempfile.TemporaryDirectory() as folder:
        other = CA(pathlib.Path(folder), host)
        issuer = make_issuer(other)
        trusted = ca if host == "localhost" else other
        with run(issuer, trusted) as server:
            server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
            server.log.take(r"auth_jwt:warn.*JWT0601")
        assert not issuer.requests


def test_the_systems_cas_are_the_default(issuer):
    config = site(guarded("/"), trust=DISCOVERY + "AuthJWTAudience *\n")
    with Httpd(config, define={"ISSUER": issuer.url}) as server:
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        server.log.take(r"auth_jwt:warn.*JWT0601")


# What is not a key set

def metadata(server, **changes):
    members = {"issuer": server.url, "jwks_uri": server.keys_url, **changes}
    return {METADATA: json.dumps(members)}


def keys(*jwks):
    return {KEYS: json.dumps({"keys": jwks})}


def encryption_key():
    return {**Signer("RS256").public, "use": "enc"}


BAD_DOCUMENTS = {
    "discovery is no JSON": ("JWT0604", lambda i: {METADATA: "<html>"}),
    "discovery is no object": ("JWT0604", lambda i: {METADATA: "[]"}),
    "another issuer": ("JWT0605",
                       lambda i: metadata(i, issuer=i.url + "/")),
    "no issuer": ("JWT0605", lambda i: metadata(i, issuer=None)),
    "no jwks_uri": ("JWT0606", lambda i: metadata(i, jwks_uri=None)),
    "http": ("JWT0606", lambda i: metadata(
        i, jwks_uri="http://login.example.com/keys")),
    "http on loopback": ("JWT0606", lambda i: metadata(
        i, jwks_uri=i.keys_url.replace("https:", "http:"))),
    "user info": ("JWT0606", lambda i: metadata(
        i, jwks_uri=i.keys_url.replace("://", "://a:b@"))),
    "a metadata service": ("JWT0606", lambda i: metadata(
        i, jwks_uri="https://[fd00:ec2::254]/keys")),
    "a link-local address by NAT64": ("JWT0606", lambda i: metadata(
        i, jwks_uri="https://[64:ff9b::a9fe:a9fe]/keys")),
    "keys are no JSON": ("JWT0607", lambda i: {KEYS: "<html>"}),
    "no keys member": ("JWT0607", lambda i: {KEYS: "{}"}),
    "keys is no array": ("JWT0607", lambda i: {KEYS: '{"keys": {}}'}),
    "no key": ("JWT0608", lambda i: keys()),
    "no usable key": ("JWT0608", lambda i: keys({"kty": "new"}, {}, 1,
                                                encryption_key())),
    "a secret alone": ("JWT0608", lambda i: keys(Signer("HS256").private)),
    "too large": ("JWT0603", lambda i: {KEYS: " " * (512 * 1024 + 1)}),
}


@pytest.mark.threat("G2", "B6")
@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_bad_documents(issuer, ca, name):
    tag, make = BAD_DOCUMENTS[name]
    issuer.documents.update(make(issuer))
    with run(issuer, ca) as server, server.log.allowing(r"JWT07\d\d"):
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        line = server.log.take(rf"auth_jwt:warn.*{tag}")
        assert issuer.url in line
        assert server.stop() == 0  # as long as attempts may fail


@pytest.mark.threat("G2")
@pytest.mark.parametrize("path", [METADATA, KEYS])
@pytest.mark.parametrize("status", [204, 206, 301, 302, 307, 401, 500, 503])
def test_no_status_but_200_counts(issuer, ca, path, status):
    issuer.status[path] = status
    issuer.headers[path] = {"Location": issuer.url + "/moved"}
    issuer.documents["/moved"] = issuer.document(path)
    with run(issuer, ca) as server:
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        line = server.log.take(r"auth_jwt:warn.*JWT0602")
        assert str(status) in line
        assert issuer.requests["/moved"] == 0


@pytest.mark.threat("B4")
def test_a_fetched_secret_is_no_key(issuer, ca):
    shared = Signer("HS256", issuer=issuer.url)
    issuer.documents.update(keys(issuer.signer.public, shared.private))
    with run(issuer, ca) as server:
        server.log.take(r"auth_jwt:warn.*JWT0705")
        server.accepts("/", issuer.signer.mint())
        server.refuses("ALGORITHM_REFUSED", "/", shared.mint())


@pytest.mark.threat("B4")
def test_a_private_part_is_reported_and_ignored(issuer, ca):
    issuer.documents.update(keys(issuer.signer.private))
    with run(issuer, ca) as server:
        line = server.log.take(r"auth_jwt:warn.*JWT0706")
        assert issuer.signer.kid in line
        assert issuer.signer.private["d"] not in server.log.text()
        server.accepts("/", issuer.signer.mint())


@pytest.mark.threat("B6")
def test_keys_that_nobody_understands_do_no_harm(issuer, ca):
    issuer.documents.update(keys({"kty": "new"}, encryption_key(),
                                 issuer.signer.public))
    with run(issuer, ca) as server, server.log.allowing(r"JWT07\d\d"):
        server.accepts("/", issuer.signer.mint())


# How often

@pytest.mark.threat("G6")
def test_one_fetch_serves_all_processes_and_sections(issuer, ca, mpm):
    sections = [location(f"/section-{number}",
                         'AuthJWTIssuer "${ISSUER}"',
                         f"AuthJWTAudience api://{number} api://orders")
                for number in range(10)]
    token = issuer.signer.mint()
    with run(issuer, ca, mpm=mpm, sections=sections) as server:
        with Traffic(server, "/section-3/", token, threads=8) as traffic:
            traffic.more(100)
            for number in range(10):
                server.accepts(f"/section-{number}/", token)
        assert set(traffic.statuses) == {200}
        assert traffic.failures == []
        assert issuer.requests == {METADATA: 1, KEYS: 1}


def test_two_issuers_with_one_key_set_share_a_fetch(issuer, ca):
    both = ('AuthJWTIssuer https://a.example "jwks=${ISSUER}/keys"\n'
            'AuthJWTIssuer https://b.example "jwks=${ISSUER}/keys"\n')
    with run(issuer, ca, trust=both) as server:
        server.accepts("/", issuer.signer.mint(iss="https://a.example"))
        server.accepts("/", issuer.signer.mint(iss="https://b.example"))
        assert issuer.requests == {KEYS: 1}


def test_whoever_waits_for_the_first_keys_is_served(issuer, ca, mpm):
    issuer.gate.clear()
    token = issuer.signer.mint()
    with run(issuer, ca, mpm=mpm) as server:
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(server.get, "/", token)
                       for _ in range(4)]
            wait_until(lambda: issuer.requests[METADATA], "a fetch")
            issuer.gate.set()
            assert [answer.result().status for answer in waiting] == [200] * 4
        assert issuer.requests == {METADATA: 1, KEYS: 1}


@pytest.mark.threat("G1")
def test_a_flood_of_unknown_kids_fetches_nothing_in_the_cool_down(
        issuer, ca, mpm):
    with run(issuer, ca, mpm=mpm) as server:
        server.accepts("/", issuer.signer.mint())
        tokens = [issuer.signer.mint(header={"kid": f"unknown-{number}"})
                  for number in range(20)]
        for token in tokens:
            server.refuses("KEY_UNKNOWN", "/", token)
        assert issuer.requests == {METADATA: 1, KEYS: 1}


@pytest.mark.threat("G1")
def test_one_fetch_a_cool_down(issuer, ca):
    with run(issuer, ca, "AuthJWTCooldown 1", trust=JWKS) as server:
        began = time.monotonic()
        unknown = issuer.signer.mint(header={"kid": "unknown"})
        with server.log.allowing("JWT0201"), \
                Traffic(server, "/", unknown) as traffic:
            wait_until(lambda: issuer.fetches >= 4, "fetches")
            elapsed_s = time.monotonic() - began
            assert issuer.fetches <= elapsed_s + 2
        assert set(traffic.statuses) == {401}


@pytest.mark.threat("G3", "G5")
def test_a_new_key_is_accepted_without_a_restart(issuer, ca, mpm):
    with run(issuer, ca, "AuthJWTCooldown 1", mpm=mpm) as server:
        old = issuer.signer.mint()
        server.accepts("/", old)
        issuer.rotate()
        server.accepts("/", old)
        server.comes_to_accept("/", issuer.signer.mint())
        assert issuer.fetches == 2
        server.comes_to_refuse("/", old)


def test_keys_are_refreshed_in_the_background(make_issuer, ca):
    often, seldom = make_issuer(ca), make_issuer(ca)
    seldom.headers[KEYS] = {"Cache-Control": "public, max-age=3600"}
    trust = DISCOVERY + f'AuthJWTIssuer "{seldom.url}"\n'
    with run(often, ca, "AuthJWTRefresh 1", "AuthJWTCooldown 1",
             trust=trust) as server:
        server.accepts("/", seldom.signer.mint())
        often.rotate()
        wait_until(lambda: often.fetches >= 3, "fetches that nobody asked for")
        server.accepts("/", often.signer.mint())
        assert seldom.fetches == 1


@pytest.mark.threat("G2")
def test_a_short_max_age_is_not_honoured_below_five_minutes(issuer, ca):
    """`no-cache` or max-age=1 must not make every second a fetch."""
    issuer.headers[KEYS] = {"Cache-Control": "max-age=1"}
    issuer.documents["/other"] = issuer.document(KEYS)
    with run(issuer, ca, "AuthJWTRefresh 1", "AuthJWTCooldown 1",
             trust=JWKS + f"AuthJWTIssuer https://b.example "
             f'"jwks={issuer.url}/other"\n') as server:
        wait_until(lambda: issuer.requests["/other"] >= 3, "fetches")
        server.accepts("/", issuer.signer.mint())
        assert issuer.fetches == 1


# When the issuer is slow or down

@pytest.mark.threat("G3")
def test_an_issuer_that_was_never_reached(issuer, ca, mpm):
    issuer.stop()
    token = issuer.signer.mint()
    with run(issuer, ca, "AuthJWTCooldown 1", "AuthJWTFetchTimeout 2",
             mpm=mpm) as server:
        began = time.monotonic()
        with server.log.allowing("JWT0601"):
            server.refuses("KEYS_UNAVAILABLE", "/", token)
            assert time.monotonic() - began < 2 + SLOWNESS
            assert issuer.url in server.log.take(r"auth_jwt:warn.*JWT0601")
            issuer.start()
            server.comes_to_accept("/", token)


@pytest.mark.threat("G2", "G3")
def test_an_issuer_that_does_not_answer(issuer, ca, mpm):
    issuer.gate.clear()
    token = issuer.signer.mint()
    with run(issuer, ca, "AuthJWTCooldown 1", "AuthJWTFetchTimeout 1",
             mpm=mpm) as server:
        began = time.monotonic()
        with server.log.allowing("JWT0601"):
            server.refuses("KEYS_UNAVAILABLE", "/", token)
            assert time.monotonic() - began < 1 + SLOWNESS
            issuer.gate.set()
            server.comes_to_accept("/", token)


def test_what_needs_no_keys_is_refused_at_once(issuer, ca):
    issuer.gate.clear()
    with run(issuer, ca) as server:
        began = time.monotonic()
        server.refuses("NO_TOKEN", "/")
        server.refuses("ISSUER_UNKNOWN", "/",
                       issuer.signer.mint(iss="https://x"))
        server.refuses("ALGORITHM_REFUSED", "/",
                       Signer("HS256", issuer=issuer.url).mint())
        assert time.monotonic() - began < 2 * SLOWNESS
        issuer.gate.set()
        server.comes_to_accept("/", issuer.signer.mint())


@pytest.mark.threat("G3")
def test_an_outage_is_survived(issuer, ca, mpm):
    token = issuer.signer.mint()
    with run(issuer, ca, "AuthJWTCooldown 1", "AuthJWTRefresh 1",
             mpm=mpm) as server:
        server.accepts("/", token)
        issuer.stop()
        with server.log.allowing("JWT0601"):
            server.log.take("JWT0601")
            server.accepts("/", token)
            server.refuses("KEY_UNKNOWN", "/",
                           Signer(issuer=issuer.url).mint())
            server.restart()
            server.accepts("/", token)


@pytest.mark.threat("G3")
def test_keys_that_are_too_old(issuer, ca):
    token = issuer.signer.mint()
    with run(issuer, ca, "AuthJWTCooldown 1", "AuthJWTRefresh 1",
             "AuthJWTStale 3") as server:
        server.accepts("/", token)
        issuer.stop()
        with server.log.allowing("JWT0601|JWT0206"):
            wait_until(lambda: server.get("/", token).status == 503,
                       "keys are too old", step_s=0.1)
            server.refuses("KEYS_STALE", "/", token)
            issuer.start()
            server.comes_to_accept("/", token)


@pytest.mark.threat("G3", "G4")
def test_a_bad_document_does_not_replace_a_good_one(issuer, ca):
    token = issuer.signer.mint()
    with run(issuer, ca, "AuthJWTCooldown 1", "AuthJWTRefresh 1") as server:
        server.accepts("/", token)
        with server.log.allowing("JWT0607"):
            issuer.documents[KEYS] = "<html>Be right back</html>"
            server.log.take("JWT0607")
            server.accepts("/", token)
            issuer.documents.clear()
            issuer.rotate()
            server.comes_to_accept("/", issuer.signer.mint())


# When

def shown_keys(server):
    answer = server.get("/status?format=json")
    [keys] = json.loads(answer.body)["key_sets"]
    return keys


STATUS = location("/status", "SetHandler jwt-status", "AuthType None",
                  "Require all granted")


def test_an_issuer_that_starts_after_httpd(issuer, ca, mpm):
    """With the default cool-down of 30 s."""
    issuer.stop()
    with run(issuer, ca, mpm=mpm) as server, \
            server.log.allowing("JWT0601"):
        server.log.take("JWT0601")
        issuer.start()
        began = time.monotonic()
        server.comes_to_accept("/", issuer.signer.mint(), 8)
        assert time.monotonic() - began < 6 * SLOWNESS


def lines_with(server, text):
    return [line for line in server.log.text().splitlines() if text in line]


@pytest.mark.parametrize("document, tag", [
    (None, "JWT0601"), ("<html>", "JWT0607"), ('{"keys": []}', "JWT0608"),
    ('{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}', "JWT0608")])
def test_an_outage_is_a_warning_when_it_begins_and_when_it_ends(
        issuer, ca, document, tag):
    """Also if the keys were never loaded, and of each key that is wrong; the
    attempts between are at level info."""
    issuer.documents[KEYS] = document
    if not document:
        issuer.stop()
    with run(issuer, ca, "AuthJWTCooldown 1", trust=JWKS) as server, \
            server.log.allowing(f"{tag}|JWT0703"):
        wait_until(lambda: len(lines_with(server, tag)) >= 4, "attempts", 15)
        first, *others = lines_with(server, tag)
        assert "auth_jwt:warn" in first
        assert all("auth_jwt:info" in line for line in others)
        of_keys = lines_with(server, "JWT0703")
        assert [line for line in of_keys if "auth_jwt:warn" in line] \
            == of_keys[:1]
        assert all(line.count(f"{issuer.url}/keys") == 1
                   for line in [first, *others])
        del issuer.documents[KEYS]
        if not document:
            issuer.start()
        end = server.log.take("keys were loaded after failed attempts")
        assert "auth_jwt:warn" in end
        server.accepts("/", issuer.signer.mint())


def test_after_a_restart_an_outage_is_a_warning_again(issuer, ca):
    issuer.stop()
    token = issuer.signer.mint()
    with run(issuer, ca) as server, server.log.allowing("JWT0601|JWT0205"):
        def warned(tag):
            return sum("auth_jwt:warn" in line
                       for line in lines_with(server, tag))

        def wait_for_warnings(count):
            wait_until(lambda: server.get("/", token).status == 503 and
                       warned("JWT0601") == warned("JWT0205") == count,
                       f"{count} warnings of each")
        wait_for_warnings(1)
        server.restart()
        wait_for_warnings(2)
        assert server.stop() == 0  # as long as fetches may fail


def test_a_restart_fetches_at_once(issuer, ca, mpm):
    """The CA was wrong, and is right now."""
    wrong = CA(pathlib.Path(tempfile.mkdtemp(prefix="ajwt-ca-")))
    with run(issuer, wrong, mpm=mpm) as server, \
            server.log.allowing("JWT0601"):
        wait_until(lambda: server.log.text().count("JWT0601") >= 3,
                   "attempts that are some seconds apart", 15)
        config = (server.root / "httpd.conf").read_text()
        server.write("httpd.conf",
                     config.replace(str(wrong.path), str(ca.path)))
        server.restart()
        server.comes_to_accept("/", issuer.signer.mint(), 2)


def test_the_age_of_an_answer_counts(issuer, ca):
    """About 90 % of 400 s, not of a day."""
    issuer.headers[KEYS] = {"Cache-Control": "max-age=86400", "Age": "86000"}
    with run(issuer, ca, sections=[STATUS]) as server:
        server.accepts("/", issuer.signer.mint())
        keys = shown_keys(server)
        assert 300 < keys["next_fetch_at"] - keys["fetched_at"] < 400


def test_an_issuer_says_when_to_ask_again(issuer, ca):
    """Unknown keys do not make it earlier; the last good ones are used."""
    with run(issuer, ca, "AuthJWTCooldown 1", sections=[STATUS]) as server, \
            server.log.allowing("JWT060|JWT0201"):
        token = issuer.signer.mint()
        server.accepts("/", token)
        issuer.status[KEYS] = 429
        issuer.headers[KEYS] = {"Retry-After": "300"}
        unknown = Signer(issuer=issuer.url).mint()
        wait_until(lambda: server.get("/", unknown).status == 401
                   and issuer.fetches == 2, "the answer 429")
        server.log.take("JWT0602")
        keys = shown_keys(server)
        assert 290 < keys["next_fetch_at"] - keys["last_failure"]["at"] <= 301
        time_of_answer = time.monotonic()
        wait_until(lambda: server.get("/", unknown).status == 401 and
                   time.monotonic() - time_of_answer > 2, "two cool-downs")
        assert issuer.fetches == 2
        server.accepts("/", token)


# What the log says of a connection that fails

def test_a_machine_that_does_not_let_httpd_connect(issuer, ca):
    """EACCES: SELinux by default.  It is no firewall, and the line that helps
    is there to be copied."""
    server = run(issuer, ca)
    preload = [PRELOAD, str(BUILD / "modules/denied_connect.so")]
    server.env["LD_PRELOAD"] = " ".join(filter(None, preload))
    with server:
        line = server.log.take("JWT0601")
        assert "setsebool -P httpd_can_network_connect 1" in line
        assert "firewall" not in line
        assert issuer.requests == {}


def test_nothing_listens(issuer, ca):
    issuer.stop()
    with run(issuer, ca) as server, server.log.allowing("JWT0601"):
        assert "nothing listens there" in server.log.take("JWT0601")
