# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a token makes no result another one."""
import concurrent.futures
import http.client
import random
import re
import time

import pytest

from harness import client, memory
from harness.httpd import ALL_PAGE, ENV_CGI, Httpd, check_config
from harness.settings import MPMS, PRELOAD, SLOWNESS, wait_until
from harness.site import guarded, site
from harness.tokens import ISSUER, Signer, key_set, spoil_signature

SIGNER = Signer()
FILES = {"keys.json": key_set(SIGNER)}
SMALLEST = "AuthJWTVerdictCache 16\n"


@pytest.fixture(params=MPMS)
def mpm(request):
    return request.param


def see(server, path, token, times=12):
    """So often that most processes know it."""
    for _ in range(times):
        answer = server.accepts(path, token)
    return answer


def everywhere(server, token, status):
    """Each process takes up new keys within a tenth of a second: until all
    answers of a whole second have this status."""
    def lasts():
        end = time.monotonic() + SLOWNESS
        while server.get("/", token).status == status:
            if time.monotonic() > end:
                return True
        return False
    with server.log.allowing(r"\bJWT02\d\d\b"):
        wait_until(lasts, f"{status} everywhere", 15)


@pytest.mark.parametrize("size", ["16", "4096", "off", "OFF"])
def test_any_size_serves(size):
    config = f"AuthJWTVerdictCache {size}\n"
    with Httpd(config + site(guarded("/")), files=FILES) as server:
        token = SIGNER.mint(roles=["a", "b"])
        env = see(server, "/", token).env
        assert env["JWT_CLAIM_roles"] == "a,b"
        assert env["REMOTE_USER"] == "alice"
        server.refuses("SIGNATURE_INVALID", "/", spoil_signature(token))


@pytest.mark.parametrize("size", ["15", "1048577", "none", "1 2", ""])
def test_what_is_no_size(size):
    code, output = check_config(f"AuthJWTVerdictCache {size}\n")
    assert code != 0
    assert "AuthJWTVerdictCache: " in output


def test_only_the_whole_server_has_one():
    code, output = check_config(guarded("/", "AuthJWTVerdictCache 16"))
    assert code != 0
    assert "AuthJWTVerdictCache" in output


@pytest.mark.threat("G5")
def test_a_seen_token_expires(mpm):
    config = site(guarded("/", "AuthJWTLeeway 0"))
    with Httpd(config, mpm, FILES) as server:
        now = SIGNER.claims()["iat"]
        token = SIGNER.mint(iat=now - 600, exp=now + 2 * SLOWNESS)
        see(server, "/", token)
        with server.log.allowing("JWT0307"):
            wait_until(lambda: server.get("/", token).status == 401, "expiry")
        server.refuses("EXPIRED", "/", token)


@pytest.mark.threat("G5")
def test_the_signature_is_part_of_what_is_seen(mpm):
    token = SIGNER.mint()
    with Httpd(site(guarded("/")), mpm, FILES) as server:
        see(server, "/", token)
        for _ in range(8):
            server.refuses("SIGNATURE_INVALID", "/", spoil_signature(token))
        head = token.rsplit(".", 1)[0]
        server.refuses("SIGNATURE_INVALID", "/", head + ".")
        see(server, "/", token)


@pytest.mark.threat("G5")
def test_a_bad_token_stays_bad(mpm):
    token = spoil_signature(SIGNER.mint())
    with Httpd(site(guarded("/")), mpm, FILES) as server:
        for _ in range(12):
            server.refuses("SIGNATURE_INVALID", "/", token)


@pytest.mark.threat("G5")
def test_a_withdrawn_key_makes_seen_tokens_worthless(mpm):
    token, other = SIGNER.mint(), Signer()
    with Httpd(site(guarded("/")), mpm, FILES) as server:
        see(server, "/", token)
        server.write("keys.json", key_set(other))
        everywhere(server, token, 401)
        see(server, "/", other.mint())
        for _ in range(12):
            server.refuses("KEY_UNKNOWN", "/", token)


@pytest.mark.threat("G5", "B3")
def test_another_key_under_the_same_name(mpm):
    """Rotation in place: the token of the old one was seen."""
    token, other = SIGNER.mint(), Signer(kid=SIGNER.kid)
    with Httpd(site(guarded("/")), mpm, FILES) as server:
        see(server, "/", token)
        server.write("keys.json", key_set(other))
        everywhere(server, other.mint(), 200)
        for _ in range(12):
            server.refuses("SIGNATURE_INVALID", "/", token)


SECTIONS = site(
    guarded("/first"),
    guarded("/other-keys", f"AuthJWTIssuer {ISSUER} keys=other.json"),
    guarded("/other-audience", "AuthJWTAudience api://other"),
    guarded("/other-issuer",
            "AuthJWTIssuer https://other.example keys=keys.json"),
    guarded("/other-algorithm", "AuthJWTAlgorithms RS256"),
    guarded("/other-type", "AuthJWTTokenType at+jwt"),
    guarded("/other-claims", "AuthJWTRequiredClaims tenant"),
    guarded("/other-user", "AuthJWTUser email"),
    guarded("/other-rule", "Require jwt-scope write"),
)


@pytest.mark.threat("G5")
def test_each_section_checks_by_itself(mpm):
    """Accepted in one place, and by that nowhere else."""
    files = {**FILES, "other.json": key_set(Signer(kid=SIGNER.kid))}
    expected = {"other-keys": "SIGNATURE_INVALID",
                "other-audience": "AUDIENCE_REFUSED",
                "other-issuer": "ISSUER_UNKNOWN",
                "other-algorithm": "ALGORITHM_REFUSED",
                "other-type": "TYPE_REFUSED",
                "other-claims": "CLAIM_MISSING",
                "other-user": "USER_MISSING"}
    token = SIGNER.mint(scope="read")
    with Httpd(SECTIONS, mpm, files) as server:
        for _ in range(3):
            see(server, "/first/", token, 4)
            for place, reason in expected.items():
                server.refuses(reason, f"/{place}/", token)
            server.refuses("SCOPE_MISSING", "/other-rule/", token,
                           scope="write")


EXPORTS = site(
    guarded("/all"),
    guarded("/prefixed", "AuthJWTExportPrefix OIDC_CLAIM_"),
    guarded("/some", "AuthJWTExport tenant=T"),
    guarded("/json", "AuthJWTExportFormat json"),
    guarded("/none", "AuthJWTExport none"),
    guarded("/own", "AuthJWTUser email"),
    '<Directory "${ROOT}/htdocs">\nAllowOverride AuthConfig\n</Directory>\n',
    serve="")

EXPORT_FILES = {
    **FILES,
    **{f"htdocs/{place}/env.cgi": ENV_CGI
       for place in ("all", "prefixed", "some", "json", "none", "own",
                     "all/a", "all/b")},
    "htdocs/all/a/.htaccess": "AuthJWTExport tenant=A\n",
    "htdocs/all/b/.htaccess": "AuthJWTExport tenant=B\n",
}

EXPORTED = {
    "all": {"JWT_CLAIM_tenant": "acme", "JWT_CLAIM_roles": "x,y"},
    "prefixed": {"OIDC_CLAIM_tenant": "acme", "OIDC_CLAIM_roles": "x,y"},
    "some": {"JWT_CLAIM_T": "acme"},
    "json": {"JWT_CLAIM_tenant": "acme", "JWT_CLAIM_roles": '["x","y"]'},
    "none": {},
    "own": {"JWT_CLAIM_tenant": "acme", "JWT_CLAIM_roles": "x,y"},
    "all/a": {"JWT_CLAIM_A": "acme"},
    "all/b": {"JWT_CLAIM_B": "acme"},
}


@pytest.mark.threat("F5")
def test_each_section_exports_by_itself(mpm):
    registered = ("iss", "aud", "sub", "iat", "exp", "email")
    with Httpd(EXPORTS, mpm, EXPORT_FILES) as server:
        token = SIGNER.mint(tenant="acme", roles=["x", "y"], email="a@b.c")
        for place, expected in list(EXPORTED.items()) * 4:
            env = server.accepts(f"/{place}/env.cgi", token).env
            assert {name: value for name, value in env.items()
                    if "_CLAIM_" in name
                    and name.split("_CLAIM_")[1] not in registered} == expected
            assert env["REMOTE_USER"] == ("a@b.c" if place == "own"
                                          else "alice")


def ask_many(server, tokens, seed):
    """How many answers spoke of somebody else than the token did."""
    chance, wrong = random.Random(seed), 0
    connection = client.connect(server.port)
    for _ in range(150):
        name = chance.choice(list(tokens))
        try:
            answer = client.send(connection, "/who", tokens[name])
        except http.client.RemoteDisconnected:
            # event closes idle connections when all its workers are busy
            answer = client.send(connection, "/who", tokens[name])
        wrong += (answer.status != 200
                  or answer.header("X-Who") != f"{name} {name}")
    connection.close()
    return wrong


@pytest.mark.threat("F4", "G5")
def test_nobody_becomes_another(mpm):
    """Many more users than are remembered, all at the same time."""
    config = SMALLEST + site(
        guarded("/", 'Header set X-Who '
                '"expr=%{REMOTE_USER} %{reqenv:JWT_CLAIM_name}"'),
        serve=ALL_PAGE)
    tokens = {f"user-{i}": SIGNER.mint(sub=f"user-{i}", name=f"user-{i}")
              for i in range(200)}
    with Httpd(config, mpm, FILES) as server:
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(lambda seed: ask_many(server, tokens, seed),
                                   range(8))) == 0


ONE_CHILD = """
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
"""


def resident_kb(server):
    """Of the child that serves: mod_cgid's daemon is smaller."""
    return max(
        int(re.search(r"VmRSS:\s+(\d+) kB",
                      (memory.PROC / str(pid) / "status").read_text())[1])
        for pid in memory.children_of(server.process.pid))


@pytest.mark.threat("G8")
def test_memory_is_bounded():
    """7 KB of token, 200 KB when it is parsed: 300 of them are 60 MB.  A
    sanitizer keeps what is freed: then this is about eviction alone."""
    nested = [[1]] * 1000
    config = ONE_CHILD + "AuthJWTVerdictCache 1024\n" + site(
        guarded("/"), serve=ALL_PAGE)
    with Httpd(config, files=FILES) as server:
        see(server, "/", SIGNER.mint())
        before_kb = resident_kb(server)
        for i in range(300):
            server.accepts("/", SIGNER.mint(sub=f"user-{i}", x=nested))
        assert resident_kb(server) - before_kb < 25_000 or PRELOAD
        see(server, "/", SIGNER.mint())


@pytest.mark.threat("G5")
def test_a_restart_begins_anew(mpm):
    token = SIGNER.mint()
    with Httpd(site(guarded("/")), mpm, FILES) as server:
        see(server, "/", token)
        server.restart()
        see(server, "/", token)
        server.write("keys.json", key_set(Signer()))
        server.restart()
        everywhere(server, token, 401)
