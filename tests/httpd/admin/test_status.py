# SPDX-License-Identifier: Apache-2.0
"""What does the status page show, and to whom?  (SetHandler jwt-status)"""
import http.client
import json
import re
import signal
import time

import html5lib
import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness import leak, raw
from harness.httpd import ALL_PAGE, Httpd
from harness.issuer import KEYS, METADATA
from harness.reasons import REASONS
from harness.settings import MPMS, PROJECT, wait_until
from harness.site import TRUST, TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set, minted, spoil_signature

SIGNER = Signer()
FILES = {"keys.json": key_set(SIGNER)}
STATUS = location("/status", "SetHandler jwt-status", "AuthType None",
                  "Require all granted")
PLACES = guarded("/") + STATUS


def run(config="", mpm="event", files=None, trust=TRUST, **how):
    return Httpd(site(PLACES, trust=trust, serve=ALL_PAGE) + config, mpm,
                 files or FILES, **how)


def run_fetched(issuer, ca, config="", mpm="event"):
    return run(f'AuthJWTCooldown 1\nAuthJWTIssuer "{issuer.url}"\n{config}',
               mpm, trust=TRUST_FETCHED, define={"CA": ca.path})


# The three formats, each by a strict reader

def page(server, path="/status"):
    answer = server.get(path)
    assert answer.status == 200, answer
    return html5lib.HTMLParser(
        html5lib.getTreeBuilder("etree"), strict=True,
        namespaceHTMLElements=False).parse(answer.body)


def text_of(server):
    text = " ".join(" ".join(page(server).find("body").itertext()).split())
    return text.replace("_ ", "_")  # where a line may break


def status(server):
    answer = server.get("/status?format=json")
    assert answer.header("Content-Type") == "application/json"
    return json.loads(answer.body)


def the_key_set(server):
    [found] = status(server)["key_sets"]
    return found


def kids(server):
    return [key["kid"] for key in the_key_set(server)["keys"]]


def counted(server, kind="answered"):
    return {reason["name"]: reason[kind]
            for reason in status(server)["reasons"] if reason[kind]}


# le and quantile are a histogram's and a summary's
LABEL = r'(?!le=|quantile=)[a-z]+="([^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"auth_jwt_[a-z_]+(\{{{LABEL}(,{LABEL})*\}})? -?\d+")

# A type, a part of a histogram, an abbreviation, or no base unit
UNFIT = re.compile(r"_((counter|gauge|histogram|summary|untyped)(_|$)"
                   r"|(bucket|count|sum)$"
                   r"|(s|ms|us|ns|sec|b|[kmgtp]b|m|h|d)(_|$)"
                   r"|((milli|micro|nano)seconds|minutes|hours|days|weeks|"
                   r"(kilo|mega|giga)bytes|bits)(_|$))")


def check_lines(text):
    """By the rules of `promtool check metrics`, which is no small package:
    HELP and TYPE once, before their samples; what a name may be."""
    assert text.endswith("\n")
    name, kind, seen = None, None, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, kind = line.split()[2], None
            assert name not in seen and not UNFIT.search(name), name
            seen.add(name)
            assert len(line.split()) > 3 and line.endswith(".")
        elif line.startswith("# TYPE "):
            assert not kind, line
            _, _, typed, kind = line.split()
            assert typed == name and kind in ("counter", "gauge")
            assert name.endswith("_total") == (kind == "counter")
        else:
            assert kind and SAMPLE.fullmatch(line), line
            assert re.split(r"[ {]", line)[0] == name, line


def metrics(server):
    """{(name, label values ...): value}"""
    answer = server.get("/status?format=prometheus")
    assert answer.header("Content-Type") == \
        "text/plain; version=0.0.4; charset=utf-8"
    check_lines(answer.body)
    found = {}
    for family in text_string_to_metric_families(answer.body):
        for sample in family.samples:
            key = (sample.name, *sample.labels.values())
            assert key not in found
            found[key] = sample.value
    return found


def metric(server, name, *labels):
    return metrics(server).get((f"auth_jwt_{name}", *labels))


# At first

def test_nothing_was_counted_yet():
    with run() as server:
        began = time.time()
        assert "There were no requests yet." in text_of(server)
        assert counted(server) == counted(server, "reported") == {}
        shown = status(server)
        assert shown["requests"] == {"accepted": 0, "refused": 0,
                                     "reported": 0}
        assert began - 60 < shown["since"] <= shown["now"] <= time.time()
        assert shown["server"] == "localhost"
        assert [reason["name"] for reason in shown["reasons"]] == \
            list(REASONS)


def test_a_file_of_keys():
    with run() as server:
        source = f"keys={server.root}/keys.json"
        shown = the_key_set(server)
        assert shown.pop("age_s") < 60
        assert time.time() - 60 < shown.pop("fetched_at") <= time.time()
        assert shown == {
            "source": source, "state": "fresh", "is_being_fetched": False,
            "next_fetch_at": None, "stale_at": None, "failures": 0,
            "last_failure": None,
            "keys": [{"kid": SIGNER.kid, "kty": "EC", "crv": "P-256",
                      "bits": 256, "algs": ["ES256"], "is_used": True,
                      "problem": None, "repairs": None}],
            "remarks": []}
        text = text_of(server)
        for part in (source, "fresh", SIGNER.kid, "EC P-256", "ES256"):
            assert part in text
        assert metric(server, "keyset_keys", source) == 1
        assert metric(server, "keyset_state", source, "fresh") == 1
        assert metric(server, "keyset_state", source, "due") == 0
        assert metric(server, "keyset_stale_timestamp_seconds", source) is None


def test_without_any_issuer():
    with Httpd(STATUS) as server:
        assert "No AuthJWTIssuer is configured." in text_of(server)
        assert status(server)["key_sets"] == []
        assert metric(server, "requests_total", "JWT0000", "ACCEPTED") == 0


@pytest.mark.threat("F6")
def test_a_secret_is_not_shown():
    config = "AuthJWTAudience orders\n" \
        "AuthJWTIssuer https://secret.example secret=secret\n"
    with run(config, files={"secret": "s3cr3t" * 10}, trust="") as server:
        shown = the_key_set(server)
        assert shown["state"] == "fixed"
        assert shown["fetched_at"] is shown["age_s"] is None
        [key] = shown["keys"]
        assert (key["kty"], key["bits"], key["algs"]) == \
            ("oct", 480, ["HS256", "HS384"])
        for query in ("", "?format=json", "?format=prometheus"):
            assert "s3cr3t" not in server.get(f"/status{query}").body
        assert "read with the configuration" in text_of(server)


def test_why_a_key_is_not_used(issuer, ca):
    used = issuer.signer
    issuer.documents[KEYS] = json.dumps({"keys": [
        used.public, {**Signer(kid="encrypts").public, "use": "enc"},
        Signer("HS256", kid="symmetric").private, {"kty": "RSA", "n": "x"},
        {"kty": "RSA", "n": "q83v" + "AQAB" * 42, "e": "AQAB", "kid": "short"},
        {"kty": "<new>", "kid": "new"}, Signer(kid="told").private]})
    expected = [(used.kid, True, None), ("told", True, "KEY_PRIVATE"),
                ("encrypts", False, "KEY_PURPOSE"),
                ("symmetric", False, "KEY_SYMMETRIC"),
                (None, False, "KEY_MALFORMED"), ("short", False, "KEY_SIZE"),
                ("new", False, "KEY_TYPE_UNKNOWN")]
    looks = [("EC", "P-256", 256, ["ES256"])] * 2 + [
        ("EC", "P-256", 256, []), ("oct", None, None, []),
        ("RSA", None, None, []), ("RSA", None, 1032, []),
        (None, None, None, [])]
    with run_fetched(issuer, ca) as server, server.log.allowing("JWT07"):
        server.accepts("/", used.mint())
        keys = the_key_set(server)["keys"]
        assert [(key["kid"], key["is_used"],
                 key["problem"] and key["problem"]["name"])
                for key in keys] == expected
        assert [tuple(key[name] for name in ("kty", "crv", "bits", "algs"))
                for key in keys] == looks
        text = text_of(server)
        for _, _, name in expected[1:]:
            assert f"{REASONS[name].text} ({REASONS[name].tag})" in text
        for shown in (f"{used.kid} EC P-256 ES256", "told EC P-256 ES256",
                      "encrypts EC P-256 not used", "symmetric oct not used",
                      "none RSA not used", "short RSA 1032 bits not used",
                      "new not known not used"):
            assert shown in text


# Key sets, over time

def test_a_rotation(issuer, ca):
    old = issuer.signer
    with run_fetched(issuer, ca) as server:
        server.accepts("/", old.mint())
        source = the_key_set(server)["source"]
        assert kids(server) == [old.kid]
        assert issuer.url + METADATA in source
        before = metric(server, "keyset_fetched_timestamp_seconds", source)
        new = issuer.rotate()
        server.comes_to_accept("/", new.mint())
        wait_until(lambda: kids(server) == [new.kid], "the new key alone")
        text = text_of(server)
        assert new.kid in text and old.kid not in text
        shown = the_key_set(server)
        assert shown["state"] == "fresh" and shown["failures"] == 0
        assert 0 < shown["next_fetch_at"] - shown["fetched_at"] < 3600
        assert shown["stale_at"] - shown["fetched_at"] == 86400
        assert metric(server, "keyset_fetched_timestamp_seconds",
                      source) > before
        assert metric(server, "keyset_age_seconds", source) < 60


def in_state(server, state):
    return wait_until(
        lambda: (shown := the_key_set(server))["state"] == state and shown,
        state, 20, step_s=0.05)


def expect_failure(server, issuer, shown):
    failure = shown["last_failure"]
    assert failure["tag"] == "JWT0601"
    assert issuer.url in failure["detail"]
    assert "connect" in failure["detail"]
    assert shown["failures"] > 0
    assert shown["now"] - 60 < failure["at"] <= shown["next_fetch_at"]
    text = text_of(server)
    assert "Last failure" in text and failure["detail"] in text
    assert REASONS["FETCH_FAILED"].text in text
    assert REASONS["FETCH_FAILED"].fix in text
    return text


def test_an_outage_and_its_end(issuer, ca):
    with run_fetched(issuer, ca, "AuthJWTRefresh 1\n") as server, \
            server.log.allowing("JWT0601"):
        server.accepts("/", issuer.signer.mint())
        issuer.stop()
        wait_until(lambda: the_key_set(server)["failures"], "a failure", 20)
        shown = {**in_state(server, "due"), "now": status(server)["now"]}
        text = expect_failure(server, issuer, shown)
        assert "still in use; a new fetch is due" in text
        assert metric(server, "keyset_failures", shown["source"]) > 0
        assert metric(server, "load_failures_total", "JWT0601",
                      "FETCH_FAILED") > 0
        assert counted(server)["FETCH_FAILED"] > 0
        assert status(server)["requests"]["refused"] == 0
        issuer.start()
        wait_until(lambda: not the_key_set(server)["failures"], "its end", 40)
        assert the_key_set(server)["last_failure"]["tag"] == "JWT0601"
        assert "Last failure" in text_of(server)


def test_too_old_to_check_by(issuer, ca):
    with run_fetched(issuer, ca, "AuthJWTStale 2\n") as server, \
            server.log.allowing("JWT0601|JWT0206"):
        server.accepts("/", issuer.signer.mint())
        issuer.stop()
        shown = in_state(server, "stale")
        assert shown["age_s"] >= 2
        assert "too old to use" in text_of(server)
        assert metric(server, "keyset_state", shown["source"], "stale") == 1
        assert server.get("/", issuer.signer.mint()).status == 503
        assert counted(server)["KEYS_STALE"] == 1


def test_never_loaded(issuer, ca):
    issuer.stop()
    with run_fetched(issuer, ca) as server, server.log.allowing("JWT0601"):
        wait_until(lambda: the_key_set(server)["failures"], "a failure", 20)
        shown = {**the_key_set(server), "now": status(server)["now"]}
        assert shown["state"] == "never-loaded"
        assert shown["fetched_at"] is shown["stale_at"] is None
        assert shown["keys"] == []
        assert "never loaded" in expect_failure(server, issuer, shown)
        assert metric(server, "keyset_age_seconds", shown["source"]) is None


def test_while_it_is_fetched(issuer, ca):
    issuer.gate.clear()
    with run_fetched(issuer, ca) as server:
        wait_until(lambda: the_key_set(server)["is_being_fetched"], "a fetch")
        assert "being fetched now" in text_of(server)
        issuer.gate.set()
        in_state(server, "fresh")
        wait_until(lambda: kids(server) == [issuer.signer.kid], "the key")
        assert "being fetched now" not in text_of(server)


def test_a_file_that_has_gone():
    with run(files={"keys.json": key_set(Signer())}) as server, \
            server.log.allowing("JWT0609"):
        # the file is watched now
        server.write("keys.json", key_set(SIGNER))
        server.comes_to_accept("/", SIGNER.mint())
        (server.root / "keys.json").unlink()
        shown = in_state(server, "due")
        assert shown["last_failure"]["name"] == "FILE_UNREADABLE"
        assert "keys.json" in shown["last_failure"]["detail"]
        assert kids(server) == [SIGNER.kid]
        server.write("keys.json", key_set(SIGNER))
        in_state(server, "fresh")


def test_an_old_child_whose_key_set_has_gone():
    """It goes on with what it has."""
    data, _ = raw.request(b"Content-Length: 1", b"Expect: 100-continue",
                            path=b"/status?format=json")
    with run(files={**FILES, "other.json": key_set(Signer())}) as server, \
            raw.connect(server) as asked:
        asked.sendall(data)
        with asked.makefile("rb") as answer:
            assert b" 100 " in answer.readline()  # it waits in the old child
            assert answer.readline() == b"\r\n"
        config = (server.root / "httpd.conf").read_text()
        server.write("httpd.conf", config.replace("keys.json", "other.json"))
        server.restart()
        asked.sendall(b"x")
        response = http.client.HTTPResponse(asked)
        response.begin()
        [shown] = json.loads(response.read())["key_sets"]
        assert shown["state"] == "fresh"
        assert shown["source"].endswith("keys.json")
        assert [key["kid"] for key in shown["keys"]] == [SIGNER.kid]
        assert shown["fetched_at"] and shown["next_fetch_at"] is None
        assert the_key_set(server)["state"] == "fresh"


# Counters

def refuse_some(server):
    with server.log.allowing("JWT0"):
        for token, status_code, times in (
                (SIGNER.mint(), 200, 7), (None, 401, 5),
                (SIGNER.mint(exp=int(time.time()) - 600), 401, 3),
                (SIGNER.mint(aud="api://other"), 401, 2),
                (spoil_signature(SIGNER.mint()), 401, 1)):
            for _ in range(times):
                assert server.get("/", token).status == status_code


COUNTED = {"ACCEPTED": 7, "NO_TOKEN": 5, "EXPIRED": 3, "AUDIENCE_REFUSED": 2,
           "SIGNATURE_INVALID": 1}


@pytest.mark.parametrize("mpm", MPMS)
def test_refusals_are_counted_across_restarts(mpm):
    with run(mpm=mpm) as server:
        refuse_some(server)
        assert counted(server) == COUNTED
        since = status(server)["since"]
        for how in (signal.SIGUSR1, signal.SIGHUP):
            server.restart(how)
            assert counted(server) == COUNTED
            assert status(server)["since"] == since
        refuse_some(server)
        twice = {name: 2 * count for name, count in COUNTED.items()}
        assert counted(server) == twice
        assert status(server)["requests"] == {"accepted": 14, "refused": 22,
                                              "reported": 0}
        assert metric(server, "requests_total", "JWT0307", "EXPIRED") == 6
        text = text_of(server)
        assert "JWT0307 EXPIRED token expired 6 0" in text
        assert "JWT0308" not in text


def test_what_was_let_through_is_counted_apart():
    with run(guarded("/tried", "AuthJWTOptional report")) as server:
        with server.log.allowing("JWT0306"):
            server.accepts("/tried", SIGNER.mint(aud="api://other"))
        assert counted(server, "reported") == {"AUDIENCE_REFUSED": 1}
        assert "AUDIENCE_REFUSED" not in counted(server)
        assert metric(server, "reported_total", "JWT0306",
                      "AUDIENCE_REFUSED") == 1
        assert "JWT0306 AUDIENCE_REFUSED audience not accepted 0 1" in \
            text_of(server)


@pytest.mark.parametrize("mpm", MPMS)
def test_hits_and_misses(mpm):
    token = SIGNER.mint()
    with run("AuthJWTVerdictCache 4096\n", mpm) as server:
        for _ in range(20):
            server.accepts("/", token)
        cache = status(server)["verdict_cache"]
        assert cache["is_on"]
        assert cache["hits"] > 0 and cache["misses"] > 0
        assert cache["hits"] + cache["misses"] == 20
        assert metric(server, "verdict_cache_hits_total") == cache["hits"]
        assert metric(server, "verdict_cache_misses_total") == cache["misses"]
        assert f"misses: {cache['misses']}" in text_of(server)


def test_without_a_verdict_cache():
    with run("AuthJWTVerdictCache off\n") as server:
        server.accepts("/", SIGNER.mint())
        assert status(server)["verdict_cache"] == {"is_on": False, "hits": 0,
                                                   "misses": 0}


# What others wrote

HOSTILE = ['<script>alert("1")</script>', "'\"><img src=x onerror=a>", "&lt;",
           "a\\b\"c", "é\u202e\U0001f600", "tab\there\nline", "nul\0end",
           "\x7f\x1b[0m", "{{7*7}}", "%d%s%n", ""]


@pytest.mark.threat("F2")
def test_a_hostile_kid(issuer, ca):
    signers = [Signer(kid=kid, key=issuer.signer.key) for kid in HOSTILE]
    issuer.documents[KEYS] = key_set(issuer.signer, *signers)
    with run_fetched(issuer, ca) as server, server.log.allowing("JWT0701"):
        server.accepts("/", issuer.signer.mint())
        shown = kids(server)
        for kid in HOSTILE[:5]:
            assert kid in shown
        assert r"tab\there\nline" in shown
        tree = page(server)
        assert {element.tag for element in tree.iter()} == {
            "html", "head", "meta", "title", "style", "body", "main", "h1",
            "h2", "h3", "p", "dl", "div", "dt", "dd", "b", "small", "time",
            "article", "code", "span", "table", "thead", "tr", "th", "tbody",
            "td"}
        text = "".join(tree.find("body").itertext())
        for kid in HOSTILE[:5]:
            assert kid in text


@pytest.mark.threat("F2")
def test_a_hostile_source():
    name = "a <script>\"&\\é'{x}.json"
    config = "AuthJWTAudience orders\n" \
        f"AuthJWTIssuer https://file.example 'keys={name}'\n"
    config = config.replace(f"'keys={name}'",
                            '"keys=' + re.sub(r'(["\\])', r"\\\1", name) + '"')
    with run(config, files={name: key_set(SIGNER)}, trust="") as server:
        source = f"keys={server.root}/{name}"
        assert the_key_set(server)["source"] == source
        assert source in text_of(server)
        assert page(server).find(".//script") is None
        assert metric(server, "keyset_keys", source) == 1


@pytest.mark.threat("F6")
def test_no_token_and_no_user():
    with run() as server:
        refuse_some(server)
        for query in ("", "?format=json", "?format=prometheus"):
            body = server.get(f"/status{query}").body
            assert leak.find_leaks(minted, body) == []
            assert "alice" not in body


# How it is asked for

@pytest.mark.threat("F2")
def test_the_answer_keeps_to_itself():
    with run() as server:
        refuse_some(server)
        for query in ("", "?format=html", "?format=json",
                      "?format=prometheus"):
            answer = server.get(f"/status{query}")
            assert answer.header("Cache-Control") == "no-store"
            assert answer.header("Content-Security-Policy") == \
                "default-src 'none'; style-src 'unsafe-inline'"
            assert answer.header("X-Content-Type-Options") == "nosniff"
            head = server.get(f"/status{query}", method="HEAD")
            assert (head.status, head.body) == (200, "")
            assert head.header("Content-Type") == \
                answer.header("Content-Type")
        tree = page(server)
        attributes = {name for element in tree.iter()
                      for name in element.attrib}
        assert attributes == {"lang", "charset", "name", "content", "class",
                              "role", "title", "style", "datetime"}
        assert "url(" not in tree.find(".//style").text


@pytest.mark.parametrize("query", ["?format=xml", "?format=", "?format=JSON",
                                   "?format=<b>", "?format"])
def test_a_format_that_there_is_not(query):
    with run() as server:
        answer = server.get(f"/status{query}")
        assert answer.status == 400
        assert "format=json" in answer.body
        assert "<b>" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_is_only_read(method):
    with run() as server:
        answer = server.get("/status", method=method,
                            headers=[("Content-Length", "0")])
        assert answer.status == 405
        assert {"GET", "HEAD"} <= set(answer.header("Allow").split(","))
        assert not {"POST", "PUT"} & set(answer.header("Allow").split(","))


def test_a_rule_protects_it():
    rule = guarded("/mine", "SetHandler jwt-status",
                   "Require jwt-scope status.read")
    near = location("/near", "SetHandler jwt-status", "AuthType None",
                    "Require ip 127.0.0.1 ::1")
    with run(rule + near, modules=("authz_host",)) as server:
        assert server.get("/near").status == 200
        server.refuses("NO_TOKEN", "/mine", scope="status.read")
        server.refuses("SCOPE_MISSING", "/mine", SIGNER.mint(scope="x"),
                       scope="status.read")
        assert "mod_auth_jwt" in server.accepts(
            "/mine", SIGNER.mint(scope="status.read")).body


# In mod_status's page

SERVER_STATUS = location("/server-status", "SetHandler server-status",
                         "AuthType None", "Require all granted")


def test_the_short_form_in_mod_status():
    with run(SERVER_STATUS, modules=("status",)) as server:
        refuse_some(server)
        server.restart()
        body = server.get("/server-status?auto").body
        lines = dict(re.findall(r"^(JWT\w+): (\d+)$", body, re.MULTILINE))
        hits, misses = (int(lines.pop(f"JWTVerdictCache{what}"))
                        for what in ("Hits", "Misses"))
        assert hits + misses > 0
        assert lines == {"JWTAccepted": "7", "JWTRefused": "11",
                         "JWTReported": "0", "JWTKeySets": "1",
                         "JWTKeySetsDue": "0", "JWTKeySetsStale": "0",
                         "JWTKeySetsNeverLoaded": "0"}
        body = server.get("/server-status").body
        assert "<h2>mod_auth_jwt " in body
        assert "Tokens accepted: 7" in body
        assert "keys.json: fresh, usable keys: 1" in body


# WCAG 2.1, 1.4.3 and 1.4.11

def luminance(colour):
    if len(colour) == 4:
        colour = "#" + "".join(2 * digit for digit in colour[1:])
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_it_can_be_read_in_the_light_and_in_the_dark():
    with run() as server:
        style = page(server).find(".//style").text
    palettes = [dict(re.findall(r"--(\w+):(#\w+)", block))
                for block in re.findall(r":root\{([^}]*)\}", style)]
    assert len(palettes) == 2
    assert "@media (prefers-color-scheme:dark)" in style
    for palette in palettes:
        for name in ("text", "dim", "good", "warn", "bad", "plain"):
            for ground in ("page", "card"):
                assert contrast(palette[name], palette[ground]) >= 4.5, name
        for name in ("good", "warn", "bad", "plain"):
            assert contrast(palette[name], palette["track"]) >= 3, name


def test_the_version_is_everywhere():
    """In the log's first line too."""
    version = re.search(r'AJWT_VERSION "(.*)"', (
        PROJECT / "src/core/version.h").read_text())[1]
    with run() as server:
        assert (f"mod_auth_jwt {version} started, issuers: 1"
                in server.log.text())
        assert json.loads(server.get("/status?format=json").body)[
            "version"] == version
        assert f"version {version}," in server.get("/status").body
        assert f'auth_jwt_build_info{{version="{version}"}} 1' in server.get(
            "/status?format=prometheus").body
