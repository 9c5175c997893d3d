# SPDX-License-Identifier: Apache-2.0
"""ajwt explain: what it says of broken tokens, and that the server agrees."""
import hmac
import json
import os
import re
import subprocess
import time

import pytest

from harness import leak, tool
from harness.httpd import ALL_ENV, Httpd
from harness.reasons import REASONS
from harness.settings import BUILD, HTTPD, PROJECT
from harness.site import TRUST
from harness.tokens import (AUDIENCE, ISSUER, Signer, encode, encode_json,
                            key_set, remember, spoil_signature)

SIGNER = Signer("RS256")
STRANGER = Signer("RS256")
NOW = int(time.time())


class Place:
    """A folder with the issuer's keys and a secret."""

    def __init__(self, folder):
        self.keys = folder / "keys.json"
        self.keys.write_text(key_set(SIGNER))
        self.token = folder / "token"

    def explain(self, token, *options, **variables):
        """Of the people's form, and of the programs'."""
        words = ["explain", ISSUER, f"keys={self.keys}",
                 "--audience", AUDIENCE, *options]
        told = tool.run(*words, stdin=token, **variables)
        data = tool.run(*words, "--json", stdin=token, **variables)
        assert told.returncode == data.returncode
        assert (told.stderr, data.stderr) == ("", "")
        for text in (told.stdout, data.stdout):
            assert leak.find_leaks(token.split()[-1:], text) == []
        return told, json.loads(data.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("explain"))


def as_hmac(signer):
    """RFC 8725 2.1: the public key as if it were a secret."""
    signed = f"{encode_json(signer.header(alg='HS256'))}." \
             f"{encode_json(signer.claims())}"
    raw = hmac.digest(signer.public_pem.encode(), signed.encode(), "sha256")
    return remember(f"{signed}.{encode(raw)}")


def unsigned(signer):
    return remember(f"{encode_json(signer.header(alg='none'))}."
                    f"{encode_json(signer.claims())}.")


def encrypted():
    header = encode_json({"alg": "RSA-OAEP", "enc": "A256GCM"})
    return remember(f"{header}.AAAA.AAAA.AAAA.AAAA")


# (name, token, further options, reason, the step that fails, what it shows)
BROKEN = [
    ("expired", SIGNER.mint(exp=NOW - 3600), [], "EXPIRED", "times",
     "1 hour ago"),
    ("not yet valid", SIGNER.mint(nbf=NOW + 7200), [], "NOT_YET_VALID",
     "times", "in "),
    ("wrong aud", SIGNER.mint(aud="api://other"), [], "AUDIENCE_REFUSED",
     "audience", '"api://other"'),
    ("no aud", SIGNER.mint(aud=None), [], "AUDIENCE_MISSING", "audience",
     "aud none"),
    ("wrong iss", SIGNER.mint(iss="https://other.example"), [],
     "ISSUER_UNKNOWN", "trusted issuer", "https://other.example"),
    ("unknown kid", STRANGER.mint(), [], "KEY_UNKNOWN", "key", STRANGER.kid),
    ("bad signature", spoil_signature(SIGNER.mint()), [], "SIGNATURE_INVALID",
     "signature", SIGNER.kid),
    ("alg none", unsigned(SIGNER), [], "ALGORITHM_NONE", "form", "bytes"),
    ("HS confusion", as_hmac(SIGNER), [], "ALGORITHM_REFUSED", "algorithm",
     '"HS256"'),
    ("JWE", encrypted(), [], "ENCRYPTED", "form", "bytes"),
    ("Graph", spoil_signature(SIGNER.mint({"nonce": "n"})), [], "GRAPH_TOKEN",
     "signature", SIGNER.kid),
    ("cnf", SIGNER.mint(cnf={"jkt": "x"}), [], "TOKEN_BOUND", "cnf", "jkt"),
    ("no user", SIGNER.mint(sub=None), [], "USER_MISSING", "user", "sub"),
    ("type", SIGNER.mint({"typ": "id+jwt"}), [], "TYPE_REFUSED", "type",
     '"id+jwt"'),
    ("no exp", SIGNER.mint(exp=None), [], "CLAIM_MISSING", "required claims",
     "exp"),
    ("long life", SIGNER.mint(), ["--max-lifetime", "60"],
     "LIFETIME_TOO_LONG", "times", "at most 60 seconds"),
    ("claim type", SIGNER.mint(iat="now"), [], "CLAIM_TYPE", "times",
     "iat is not a number"),
    ("milliseconds", SIGNER.mint(exp=NOW * 1000), [], "CLAIM_TYPE", "times",
     "probably milliseconds"),
    ("scope", SIGNER.mint(scope="a"), ["--require", "jwt-scope b"],
     "SCOPE_MISSING", "Require jwt-scope b", ""),
    ("claim", SIGNER.mint(team="red"), ["--require", "jwt-claim team=blue"],
     "CLAIM_RULE", "Require jwt-claim team=blue", ""),
    ("acr", SIGNER.mint(acr="1"), ["--require", "jwt-acr 2"],
     "STEP_UP_NEEDED", "Require jwt-acr 2", ""),
    ("empty", "", [], "NO_TOKEN", "credentials", ""),
    ("Basic", "Authorization: Basic YTpi", [], "OTHER_SCHEME", "credentials",
     ""),
    ("quoted", f'Bearer "{SIGNER.mint()}"', [], "MALFORMED_CREDENTIALS",
     "credentials", ""),
]


# Reasons whose fix depends on what was pasted, or is about the log
OWN_FIX = {"AUDIENCE_REFUSED", "CLAIM_RULE", "OTHER_SCHEME",
           "MALFORMED_CREDENTIALS"}


def plain(text):
    """On one line, as it was before it was broken."""
    return " ".join(text.split())


@pytest.mark.parametrize("token, options, reason, about, shows",
                         [row[1:] for row in BROKEN],
                         ids=[row[0] for row in BROKEN])
def test_a_broken_token(place, token, options, reason, about, shows):
    row = REASONS[reason]
    told, data = place.explain(token, *options)
    assert told.returncode == 1
    text = plain(told.stdout)
    for words in (row.tag, reason, row.text, shows,
                  f"refused: {row.tag} {reason}, status {row.status}"):
        assert plain(words) in text
    assert data["accepted"] is False
    assert data["reason"] == {"tag": row.tag, "name": reason,
                              "text": row.text, "fix": row.fix,
                              "status": row.status}
    first = next(step for step in data["steps"]
                 if step["result"] == "refused")
    assert (first["about"], first["reason"]["tag"]) == (about, row.tag)
    assert f"NO {about}" in text
    if reason not in OWN_FIX:
        assert first["fix"] == row.fix
    assert f"fix {first['fix']}" in text and "error log" not in text


def test_a_good_token(place):
    told, data = place.explain(SIGNER.mint(scope="a b"),
                               "--require", "jwt-scope b")
    assert told.returncode == 0
    assert told.stdout.endswith("\naccepted\n")
    assert "NO " not in told.stdout
    assert (data["accepted"], data["reason"], data["user"]) == (
        True, None, "alice")
    assert data["claims"]["scope"] == "a b"
    assert data["header"]["kid"] == SIGNER.kid
    silent = [step["about"] for step in data["steps"] if not step["actual"]]
    assert silent == ["credentials", "Require jwt-scope b"]
    assert {step["result"] for step in data["steps"]} == {"ok"}


def test_all_that_is_wrong_is_seen_at_once(place):
    _, data = place.explain(
        SIGNER.mint(aud="api://other", exp=NOW - 600, cnf={}, sub=None))
    assert data["reason"]["name"] == "AUDIENCE_REFUSED"
    assert [step["about"] for step in data["steps"]
            if step["result"] == "refused"] == ["audience", "times", "cnf",
                                                "user"]


def test_what_rests_on_a_failure_is_not_checked(place):
    told, data = place.explain(STRANGER.mint())
    results = {step["about"]: step["result"] for step in data["steps"]}
    assert (results["key"], results["signature"], results["audience"]) == (
        "refused", "not checked", "ok")
    assert "signature not checked" in plain(told.stdout)


@pytest.mark.parametrize("form", ["{}", "{}\n", "  {}\r\n", "Bearer {}",
                                  "Authorization: Bearer {}\n",
                                  "authorization:bearer  {}"])
def test_where_a_token_may_stand(place, form):
    assert place.explain(form.format(SIGNER.mint()))[0].returncode == 0


def test_a_token_in_a_file(place):
    place.token.write_text(SIGNER.mint() + "\n")
    assert tool.run("explain", ISSUER, f"keys={place.keys}", "--audience",
                    AUDIENCE, "--token-file", place.token).returncode == 0


def test_a_file_whose_name_is_no_utf_8(tmp_path):
    keys = tmp_path / "k\udce9ys.json"
    keys.write_text(key_set(SIGNER))
    done = tool.run("explain", ISSUER, f"keys={keys}", "--audience", AUDIENCE,
                    "--json", stdin=SIGNER.mint())
    actual = {step["about"]: step["actual"]
              for step in json.loads(done.stdout)["steps"]}
    assert actual["keys"].endswith("/k\\xe9ys.json")


def test_another_time(place):
    token = SIGNER.mint(iat=1000, exp=1600)
    told, _ = place.explain(token, "--now", "1300")
    assert told.returncode == 0
    assert "exp 1600 (1970-01-01 00:26:40 UTC, in 5 minutes)" in plain(
        told.stdout)
    told, data = place.explain(token, "--now", "1660")
    assert data["reason"]["name"] == "EXPIRED"
    assert "1 minute ago" in plain(told.stdout)
    assert place.explain(token, "--now", "1660", "--leeway",
                         "61")[0].returncode == 0


def test_a_claim_that_is_no_name(place):
    told, data = place.explain(SIGNER.mint(sub="alice "))
    assert data["reason"]["name"] == "USER_MISSING"
    assert "claim sub begins or ends with white space" in plain(told.stdout)


@pytest.mark.parametrize("options, reason", [
    (["--algorithms", "ES256"], "ALGORITHM_REFUSED"),
    (["--token-type", "at+jwt"], "TYPE_REFUSED"),
    (["--required-claims", "exp jti"], "CLAIM_MISSING"),
    (["--user", "email {a}/{b}"], "USER_MISSING"),
    (["--audience", "*"], None),
    (["--audience", "x"], "AUDIENCE_REFUSED"),
    (["--issuer", "https://other.example jwks=https://127.0.0.1:9/"], None),
])
def test_options_have_the_syntax_of_directives(place, options, reason):
    told, data = place.explain(SIGNER.mint(), *options)
    assert (data["reason"] or {"name": None})["name"] == reason


@pytest.mark.parametrize("words, says", [
    ([], "write either ISSUER or --location"),
    (["x"], "has no discovery document"),
    (["https://x.example", "kyes=a"], "unknown option 'kyes=a'"),
    (["https://x.example", "--leeway", "soon"],
     "--leeway: 'soon' is not a num"),
    (["https://x.example", "--algorithms", "none"],
     "'none' means that tokens are not signed"),
    (["https://x.example", "keys=nowhere"], "nowhere"),
    (["https://x.example", "--now", "x"], "not a number of seconds"),
    (["https://x.example", "--user", ""], "--user"),
    (["https://x.example", "--location", "/"],
     "write either ISSUER or --location"),
    (["https://x.example", "--config", "c"], "--config requires --location"),
    (["--location", "/", "--audience", "x"], "--location uses the settings"),
    (["--location", "/", "--require", "valid-user"],
     "--location uses the settings"),
    (["https://x.example", "--token-file", "nowhere"], "nowhere"),
])
def test_wrong_use(words, says):
    done = tool.run("explain", *words, stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_wrong_rule(place):
    done = tool.run("explain", ISSUER, f"keys={place.keys}", "--audience",
                    AUDIENCE, "--require", "jwt-claim a~(", stdin=SIGNER.mint())
    assert done.returncode == 2
    assert "Require jwt-claim a~(" in done.stderr


@pytest.mark.parametrize("command", ["explain", "fetch"])
def test_a_token_is_no_word_of_the_line(command):
    """Nor is it shown by what is said of the mistake."""
    token = SIGNER.mint()
    done = tool.run(command, token, stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "do not write a token on the command line" in done.stderr
    assert leak.find_leaks([token], done.stderr) == []


def test_keys_that_cannot_be_had_are_no_fault_of_the_token():
    """A script can tell them by the exit code."""
    done = tool.run("explain", ISSUER, "jwks=http://127.0.0.1:1/keys",
                    "--audience", AUDIENCE, stdin=SIGNER.mint())
    assert done.returncode == 2
    assert "JWT0205 KEYS_UNAVAILABLE, status 503" in done.stdout
    assert 'fix       The step "keys" shows why' in done.stdout
    assert "error log" not in done.stdout


def test_rules_of_a_user_are_not_checked_without_one(place):
    told, data = place.explain(SIGNER.mint(sub=None), "--require", "valid-user",
                               "--require", "user alice")
    assert data["reason"]["name"] == "USER_MISSING"
    assert [step["result"] for step in data["steps"]
            if step["about"].startswith("Require")] == ["not checked"] * 2
    assert "only httpd can evaluate this line" not in told.stdout


# What a terminal is sent

def test_no_claim_speaks_to_the_terminal(place):
    evil = "\x1b]0;x\x07\x7f\x9b2J\u202egpj\u2066\U000e0001ok"
    told, data = place.explain(SIGNER.mint(sub=evil, **{evil: evil}),
                               LC_ALL="C.UTF-8")
    assert data["claims"]["sub"] == evil
    for byte in "\x1b\x07\x7f\x9b\u202e\u2066\U000e0001":
        assert byte not in told.stdout


def test_marks_follow_the_locale(place):
    for locale, mark in (("C.UTF-8", "\u2713 form"), ("C", "ok form")):
        told, _ = place.explain(SIGNER.mint(sub="rød"), LC_ALL=locale)
        assert mark in told.stdout
        assert ("rød" in told.stdout) == (locale != "C")


@pytest.mark.parametrize("variables, is_coloured", [
    ({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
    ({"TERM": "xterm", "NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals(place, variables, is_coloured):
    ours, theirs = os.openpty()
    env = tool.environment()
    env.pop("NO_COLOR", None)
    place.token.write_text(SIGNER.mint())
    subprocess.run([BUILD / "ajwt", "explain", ISSUER, f"keys={place.keys}",
                    "--audience", AUDIENCE, "--token-file", place.token],
                   stdout=theirs, check=True, timeout=30,
                   env={**env, **variables})
    os.close(theirs)
    text = b""
    try:
        while chunk := os.read(ours, 65536):
            text += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert (b"\x1b[" in text) == is_coloured


def test_no_colours_elsewhere(place):
    told, _ = place.explain(SIGNER.mint(), TERM="xterm")
    assert "\x1b" not in told.stdout


# What the server would say

CONFIG = ALL_ENV + f"""
AuthJWTIssuer {ISSUER} keys=keys.json
AuthJWTIssuer https://issuer.example keys=vectors.json
AuthJWTAudience {AUDIENCE}
<Location "/">
    AuthType Bearer
    AuthName "orders"
    Require valid-user
</Location>
<Location "/strict">
    AuthJWTMaxLifetime 60
    AuthJWTTokenType at+jwt
    AuthJWTRequiredClaims exp jti
    AuthJWTUser email
</Location>
<Location "/strict/late">
    AuthJWTTokenType JWT
    AuthJWTRequiredClaims none
    AuthJWTMaxLifetime 0
    AuthJWTUser "{{tid}}/{{oid}}" =nobody
    AuthJWTLeeway 0
</Location>
<Location "/rules">
    <RequireAll>
        Require jwt-scope a
        <RequireAny>
            Require jwt-claim "dept=R and D" dept=x
            Require jwt-claim team~^re\\.d$
        </RequireAny>
        Require not jwt-claim banned
        <RequireNone>
            Require jwt-claim role=guest
        </RequireNone>
    </RequireAll>
</Location>
<Location "/any">
    Require jwt-scope a
    Require jwt-acr 2 max-age=60
    Require user bob
</Location>
<AuthzProviderAlias jwt-claim guest "role=guest">
</AuthzProviderAlias>
<AuthzProviderAlias jwt-claim visitor "/role=guest sub=visitor">
</AuthzProviderAlias>
<AuthzProviderAlias jwt-scope reader a>
</AuthzProviderAlias>
<AuthzProviderAlias jwt-acr strong "2 max-age=60">
</AuthzProviderAlias>
<AuthzProviderAlias user boss bob>
</AuthzProviderAlias>
<Location "/alias">
    <RequireAll>
        Require valid-user
        Require not guest
        <RequireNone>
            Require visitor
        </RequireNone>
        <RequireAny>
            Require reader
            Require strong
            Require boss
        </RequireAny>
    </RequireAll>
</Location>
<Location "/slow/first">
    Require jwt-claim name~(a+)+c|evil
    Require valid-user
</Location>
<Location "/slow/last">
    Require valid-user
    Require jwt-claim name~(a+)+c|evil
</Location>
<Location "/slow/not">
    <RequireAll>
        Require valid-user
        Require not jwt-claim name~(a+)+c|evil
    </RequireAll>
</Location>
<Location "/slow/deep">
    <RequireAll>
        <RequireAny>
            Require jwt-scope a
            <RequireAll>
                Require valid-user
                <RequireNone>
                    Require jwt-claim name~(a+)+c|evil
                </RequireNone>
            </RequireAll>
            Require jwt-scope b
        </RequireAny>
        Require not jwt-scope c
    </RequireAll>
</Location>
"""

RULES = [{"scope": "a", "team": "re.d"}, {"scope": "a", "team": "reed"},
         {"scope": "b", "team": "re.d"}, {"scope": "a"},
         {"scope": "a", "dept": ["R and D", "x"]},
         {"scope": "a", "dept": "R and D"},
         {"scope": "a", "team": "re.d", "banned": 1},
         {"scope": "a", "team": "re.d", "role": "guest"},
         {"scope": "a", "team": "re.d", "role": ["host"]},
         {"scope": "a", "_claim_names": {"team": "src"}},
         {"acr": "2", "auth_time": NOW}, {"acr": "2", "auth_time": 0},
         {"sub": "bob"}, {"sub": "bob", "role": "guest"}, {"sub": "visitor"},
         {"sub": "visitor", "/role": "guest", "scope": "a"},
         {"scope": "a", "_claim_names": {"role": "src"}}]


SLOW = [{"name": "a" * 40 + "evil", "scope": scope} for scope in "abc"]


def at_places():
    for claims in SLOW + [{"name": "evil"}, {"name": "b"}]:
        for path in ("/slow/first", "/slow/last", "/slow/not", "/slow/deep"):
            yield path, f"Bearer {SIGNER.mint(**claims)}"
    for claims in RULES:
        for path in ("/rules", "/any", "/alias"):
            yield path, f"Bearer {SIGNER.mint(**claims)}"
    for _, token, _, _, _, _ in BROKEN:
        value = token.removeprefix("Authorization: ")
        value = value if " " in value or not value else f"Bearer {value}"
        for path in ("/", "/strict", "/strict/late/x"):
            yield path, value
    for header, claims in (({"typ": "at+jwt"}, {"email": "e", "jti": "j"}),
                           ({"typ": "at+jwt"}, {"jti": "j"}),
                           ({}, {"tid": "t", "oid": "o"})):
        yield "/strict", f"Bearer {SIGNER.mint(header, exp=NOW+60, **claims)}"
        yield "/strict/late/x", f"Bearer {SIGNER.mint(header, **claims)}"


# Members of a vector that ask for more than a token and the usual policy
MORE = {"keys", "key", "policy", "now", "user", "jwk", "document", "hmac_with",
        "sign", "origin"}
THEN = 1700000000
VECTORS = Signer("RS256", kid="RSA", issuer="https://issuer.example")


def shift(claims):
    """The times of a vector, as if now were then."""
    if not isinstance(claims, dict):
        return claims
    return {name: value + NOW - THEN
            if name in ("exp", "nbf", "iat") and type(value) in (int, float)
            else value for name, value in claims.items()}


def segment(vector, part, usual):
    if isinstance(vector.get(part), str):
        text = vector[part]
    else:
        members = {**usual, **vector.get(f"set_{part}", {})}
        members = vector.get(part, {name: value
                                    for name, value in members.items()
                                    if name not in vector.get(f"drop_{part}",
                                                              [])})
        text = json.dumps(shift(members) if part == "claims" else members)
    for name, (text_of, count) in vector.get("repeat", {}).items():
        text = text.replace(name, text_of * count)
    return encode(text.encode("utf-8", "surrogatepass"))


def is_near(vector):
    """Whether a second decides."""
    return any(abs(value - THEN) in range(55, 66) or value == THEN
               for value in vector.get("set_claims", {}).values()
               if type(value) in (int, float))


def authorization_of(vector):
    header = segment(vector, "header",
                     {"typ": "JWT", "alg": "RS256", "kid": "RSA"})
    claims = segment(vector, "claims",
                     {"iss": VECTORS.issuer, "aud": AUDIENCE, "sub": "alice",
                      "iat": THEN - 60, "exp": THEN + 600})
    token = VECTORS.sign(header, claims)
    compact = vector.get("compact", "{token}")
    for name, (text, count) in vector.get("repeat", {}).items():
        compact = compact.replace(name, text * count)
    for name, value in (("{token}", token), ("{header}", header),
                        ("{claims}", claims),
                        ("{signature}", token.rsplit(".", 1)[1])):
        compact = compact.replace(name, value)
    value = vector.get("authorization", "Bearer {token}")
    return None if value is None else value.replace("{token}", compact)


def of_vectors():
    for path in sorted((PROJECT / "tests/vectors").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            vector = json.loads(line)
            if not MORE & set(vector) and not is_near(vector):
                yield "/", authorization_of(vector)


def can_be_sent(value):
    """What httpd itself lets through to a module."""
    return value is None or (len(value) < 8000 and value.isascii()
                             and value.isprintable() and value == value.strip())


@pytest.fixture(scope="module")
def server():
    with Httpd(CONFIG, files={"keys.json": key_set(SIGNER),
                              "vectors.json": key_set(VECTORS)}) as server:
        yield server


def explained_tag(server, path, value, *options):
    done = tool.run("explain", "--config", server.root / "httpd.conf",
                    "--httpd", HTTPD, "--location", path, "--json", *options,
                    stdin="" if value is None else f"Authorization: {value}\n")
    assert done.stderr == "", done.stderr
    data = json.loads(done.stdout)
    assert data["accepted"] == (done.returncode == 0)
    assert leak.find_leaks([(value or "").split(" ")[-1]], done.stdout) == []
    return data["reason"]["tag"] if data["reason"] else "-"


def judged_tag(server, path, value):
    headers = [] if value is None else [("Authorization", value)]
    status, tag = server.access(server.get(path, headers=headers))[:2]
    assert (status == "200") == (tag == "-"), (status, tag)
    return tag


@pytest.mark.parametrize("cases", [at_places, of_vectors])
def test_the_server_agrees(server, cases):
    wrong, tags = [], set()
    with server.log.allowing(r"\bJWT\d{4}\b|AH01631|AH01630"):
        for path, value in cases():
            if not can_be_sent(value):
                continue
            checked = judged_tag(server, path, value)
            tags.add(checked)
            told = explained_tag(server, path, value)
            if told != checked:
                wrong.append((path, (value or "")[:60], told, checked))
    assert wrong == []
    assert len(tags) > 10, tags


def test_a_pattern_that_gives_up(server):
    """What follows a rule which cannot be checked was not asked."""
    done = tool.run("explain", "--config", server.root / "httpd.conf",
                    "--httpd", HTTPD, "--location", "/slow/first",
                    stdin=SIGNER.mint(name="a" * 40 + "evil"))
    assert done.returncode == 2
    assert done.stdout.endswith("refused: JWT0503 INTERNAL, status 500\n")
    assert ("NO Require jwt-claim name~(a+)+c|evil JWT0503 INTERNAL"
            in plain(done.stdout)), done.stdout


def test_the_section_that_is_told(server):
    done = tool.run("explain", "--config", server.root / "httpd.conf",
                    "--httpd", HTTPD, "--location", "/strict/late/x",
                    stdin=SIGNER.mint())
    assert done.stdout.startswith('<Location "/strict/late"> at ')
    assert f"{server.root}/httpd.conf:" in done.stdout


def test_a_relative_configuration_is_from_here(server, monkeypatch):
    monkeypatch.chdir(server.root)
    assert tool.run("explain", "--config", "httpd.conf", "--httpd", HTTPD,
                    "--location", "/", stdin=SIGNER.mint()).returncode == 0


@pytest.mark.parametrize("optional, token, says", [
    ("On", "", "AuthJWTOptional On lets the request continue without a user"),
    ("On", "x", "status 401"),
    ("report", "x", "AuthJWTOptional report lets the request through"),
    ("Off", "", "status 401"),
])
def test_what_is_optional(optional, token, says):
    httpd = Httpd(CONFIG.replace('"orders"',
                                 f'"orders"\nAuthJWTOptional {optional}'),
                  files={"keys.json": key_set(SIGNER),
                         "vectors.json": key_set(VECTORS)})
    try:
        done = tool.run("explain", "--config", httpd.root / "httpd.conf",
                        "--httpd", HTTPD, "--location", "/", stdin=token)
    finally:
        httpd.clear()
    assert done.returncode == 1
    assert done.stdout.endswith(f"{says}\n")


HOSTS = f"""
<VirtualHost *:80>
    ServerName one.example
    <Location "/a">
        AuthType Bearer
        AuthJWTIssuer {ISSUER} keys=keys.json audience=one
        Require valid-user
    </Location>
</VirtualHost>
<VirtualHost *:80>
    ServerName two.example
    <Location "/a">
        AuthType Bearer
        AuthJWTIssuer {ISSUER} keys=keys.json audience=two
        Require valid-user
        Require ip 192.0.2.1
    </Location>
    <Location "/b">
        AuthType Bearer
        AuthJWTIssuer {ISSUER} keys=keys.json audience=two
        <RequireAll>
            Require valid-user
            Require ip 192.0.2.1
        </RequireAll>
    </Location>
</VirtualHost>
"""


@pytest.fixture(scope="module")
def hosts():
    httpd = Httpd(HOSTS, files={"keys.json": key_set(SIGNER)},
                  modules=("authz_host",))
    yield ["explain", "--config", httpd.root / "httpd.conf", "--httpd", HTTPD]
    httpd.clear()


def test_virtual_hosts(hosts):
    token = SIGNER.mint(aud="two")
    several = tool.run(*hosts, "--location", "/a", stdin=token)
    assert several.returncode == 2
    assert "--host" in several.stderr
    assert tool.run(*hosts, "--location", "/a", "--host", "two.example",
                    stdin=token).returncode == 0
    assert tool.run(*hosts, "--location", "/a", "--host", "one.example",
                    stdin=token).returncode == 1


# (--host, whose audience the section asks for, or None: several have it)
NAMES = [("one.example", "one"), ("ONE.example", "one"),
         ("not-one.example", "other"), ("*:81", "three"), ("*:80", None),
         ("*:80 one.example", "one"), ("two.example", "two"),
         ("two.example:80", "two"), ("example", "server")]


@pytest.fixture(scope="module")
def names():
    """The last that would fit is never the right one."""
    section = (f'<Location "/a">\nAuthType Bearer\nAuthJWTIssuer {ISSUER} '
               'keys=keys.json audience={}\nRequire valid-user\n</Location>\n')
    hosts = [("80", "one.example", "one"), ("80", "two.example:80", "two"),
             ("80", "not-one.example", "other"), ("81", "3.example", "three")]
    httpd = Httpd("".join(f"<VirtualHost *:{port}>\nServerName {name}\n"
                          f"{section.format(audience)}</VirtualHost>\n"
                          for port, name, audience in hosts)
                  + section.format("server"),
                  files={"keys.json": key_set(SIGNER)})
    yield ["explain", "--config", httpd.root / "httpd.conf", "--httpd", HTTPD,
           "--location", "/a"]
    httpd.clear()


@pytest.mark.parametrize("host, audience", NAMES)
def test_a_virtual_host_is_named_in_full(names, host, audience):
    done = tool.run(*names, "--host", host, stdin=SIGNER.mint(aud=audience))
    assert done.returncode == (0 if audience else 2), done
    if not audience:
        assert "several virtual hosts" in done.stderr


PLACES = f"""
AuthJWTIssuer {ISSUER} keys=keys.json
AuthJWTAudience {AUDIENCE}
<Location "/a/">
    AuthType "Bearer"
    Require user bob
</Location>
<Location "/a/open">
    AuthType None
    Require all granted
</Location>
<Location "/a/other">
    AuthType Basic
    AuthBasicProvider file
    Require valid-user
</Location>
<Location "/a/basic">
    AuthType Basic
    AuthBasicProvider jwt
    Require valid-user
</Location>
<Location "/a/and">
    AuthMerging And
    Require valid-user
</Location>
<Location "/a/or">
    AuthMerging Or
    Require valid-user
</Location>
<Location "/a/or-not">
    AuthMerging Or
    Require jwt-scope none
</Location>
<Location "/a/off">
    AuthMerging Off
    Require jwt-scope none
</Location>
<Location "/a/satisfy-all">
    Satisfy All
    Require jwt-scope none
</Location>
<Location "/a/satisfy-any">
    Require jwt-scope none
    Satisfy Any
</Location>
<Location "/a/methods">
    <LimitExcept OPTIONS>
        Require jwt-scope none
    </LimitExcept>
</Location>
<Location "/a/expression">
    Require user %{{REQUEST_URI}}
</Location>
<Location "/a/claim-expression">
    Require jwt-claim "sub=%{{env:X}}"
</Location>
<Location "/a/scope-expression">
    Require jwt-scope none "%{{env:X}}"
</Location>
<Location "/a/not-expression">
    <RequireAll>
        Require valid-user
        Require not jwt-claim "sub=%{{env:X}}"
    </RequireAll>
</Location>
<Location "/a/acr-expression">
    Require jwt-acr gold "%{{env:X}}"
</Location>
<Location "/a/granted">
    Require all Granted
</Location>
<Location "/ruleless">
    AuthType Bearer
</Location>
<Directory "/a/deep">
    AuthType Bearer
    AuthJWTAudience other
    Require valid-user
</Directory>
"""
MAYBE = ("accepted, if the Require lines that only httpd can check "
         "allow it")
NEVER = "refused: JWT0401 SCOPE_MISSING, status 403"


@pytest.fixture(scope="module")
def places():
    httpd = Httpd(PLACES, files={"keys.json": key_set(SIGNER)},
                  modules=("auth_basic", "authn_file", "access_compat"))
    yield ["explain", "--config", httpd.root / "httpd.conf", "--httpd", HTTPD]
    httpd.clear()


@pytest.mark.parametrize("path", ["/a", "/", "/a/open", "/a/open/x",
                                  "/a/other"])
def test_a_place_where_nobody_asks_for_a_token(places, path):
    done = tool.run(*places, "--location", path, stdin=SIGNER.mint())
    assert (done.returncode, done.stdout) == (2, "")
    assert "no section with AuthType" in done.stderr


def test_many_sections():
    """More than an issuer's document may be long; the right one is the last."""
    section = ('<Location "/{}">\nAuthType Bearer\nAuthName "{}"\n'
               'Require user {}\n</Location>\n')
    httpd = Httpd("".join([PLACES.split("<", 1)[0],
                           *(section.format(f"x{i}", "n" * 600, "bob")
                             for i in range(800)),
                           section.format("last", "n", "alice")]),
                  files={"keys.json": key_set(SIGNER)})
    try:
        done = tool.run("explain", "--config", httpd.root / "httpd.conf",
                        "--httpd", HTTPD, "--location", "/last",
                        stdin=SIGNER.mint())
    finally:
        httpd.clear()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path, user, says", [
    ("/a/x", "bob", "accepted"),
    ("/a/deep", "bob", "accepted"),
    ("/a/and", "bob", MAYBE),
    ("/a/or", "alice", "accepted"),
    ("/a/basic", "alice", "accepted"),
    ("/a/or-not", "bob", MAYBE),
    ("/a/off", "bob", NEVER),
    ("/a/satisfy-all", "bob", NEVER),
    ("/a/satisfy-any", "bob", MAYBE),
    ("/a/methods", "bob", MAYBE),
    ("/a/expression", "bob", MAYBE),
    ("/a/claim-expression", "bob", MAYBE),
    ("/a/scope-expression", "bob", NEVER),
    ("/a/not-expression", "bob", MAYBE),
    ("/a/acr-expression", "bob", MAYBE),
    ("/a/granted", "bob", "accepted"),
    ("/ruleless", "bob", MAYBE),
])
def test_rules_that_are_merged(places, path, user, says):
    done = tool.run(*places, "--location", path, stdin=SIGNER.mint(sub=user))
    assert done.returncode == (says == NEVER)
    assert done.stdout.endswith(f"\n{says}\n")


OPENINGS = TRUST + """
<Location "/o">
    AuthType Bearer
    Require valid-user
    Require local
    <If "%{QUERY_STRING} == 'x'">
        Require all granted
    </If>
</Location>
<Location "/o/deep">
    AuthJWTUser sub
</Location>
<Location "/closed">
    AuthType Bearer
    Require valid-user
</Location>
<Location "elsewhere">
    AuthType Bearer
    Require valid-user
</Location>
"""


@pytest.fixture(scope="module")
def openings():
    httpd = Httpd(OPENINGS, files={"keys.json": key_set(SIGNER)},
                  modules=("authz_host",))
    yield ["explain", "--config", httpd.root / "httpd.conf", "--httpd", HTTPD]
    httpd.clear()


@pytest.mark.parametrize("path, said", [
    ("/o", ["Require local: .* in <Location \"/o\">",
            "Require all granted: .* in <If .* in <Location \"/o\">"]),
    ("/o/deep", ["Require local: .* in <Location \"/o/deep\">",
                 "Require all granted: .* in <Location \"/o/deep\">"]),
    ("/closed", [])])
def test_what_needs_no_token_is_told(openings, path, said):
    """Whether the token is good or not: it is about the section."""
    for token in (SIGNER.mint(), ""):
        told = tool.run(*openings, "--location", path, stdin=token)
        data = tool.run(*openings, "--location", path, "--json", stdin=token)
        found = json.loads(data.stdout)["warnings"]
        assert len(found) == len(said) == told.stdout.count("warning: ")
        for pattern, text in zip(said, found):
            assert re.search(pattern, text)
            assert plain(text) in plain(told.stdout)


def test_a_section_that_covers_nothing_is_told(openings):
    done = tool.run(*openings, "--location", "/elsewhere", stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'Write <Location "/elsewhere">' in done.stderr


def test_what_only_httpd_can_say(hosts):
    done = tool.run(*hosts, "--location", "/b",
                    stdin=SIGNER.mint(aud="two"))
    assert done.returncode == 0
    assert done.stdout.endswith(f"\n{MAYBE}\n")
    assert "only httpd can evaluate this line" in done.stdout


def test_a_section_that_is_not_there(hosts):
    done = tool.run(*hosts, "--location", "/c", stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no section" in done.stderr


def test_a_configuration_that_is_wrong(tmp_path):
    (tmp_path / "bad.conf").write_text("Nonsense on\n")
    done = tool.run("explain", "--config", tmp_path / "bad.conf", "--httpd",
                    HTTPD, "--location", "/", stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "failed: AH" in done.stderr
    assert done.stderr.count("--config PATH") == 1


def test_a_configuration_without_the_module():
    """It is read without an error, and is that of another server."""
    httpd = Httpd("", with_module=False)
    try:
        done = tool.run("explain", "--config", httpd.root / "httpd.conf",
                        "--httpd", HTTPD, "--location", "/", stdin="")
    finally:
        httpd.clear()
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not load auth_jwt_module" in done.stderr
    assert "--config PATH" in done.stderr


@pytest.mark.parametrize("ends", [
    'echo "AH00526: Permission denied" >&2; exit 1', "exit 0"])
def test_without_a_dump_the_configuration_can_be_named(tmp_path, ends):
    """The program's own configuration is not the one of the server."""
    program = tmp_path / "httpd"
    program.write_text(f"#!/bin/sh\n{ends}\n")
    program.chmod(0o755)
    done = tool.run("explain", "--httpd", program, "--location", "/", stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "not in the usual place, name it with --config PATH" in done.stderr
    assert (os.geteuid() != 0 and "Permission" in ends) \
        == ("run ajwt as root" in done.stderr)


def test_a_program_that_is_not_there():
    done = tool.run("explain", "--httpd", "/no/httpd", "--location", "/",
                    stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "/no/httpd" in done.stderr
    assert "--httpd" in done.stderr and "--config PATH" in done.stderr
