# SPDX-License-Identifier: Apache-2.0
"""ajwt explain: what people paste besides a token, and why a rule fails."""
import base64
import json
import re

import pytest

from harness import leak, tool
from harness.httpd import ALL_ENV, Httpd
from harness.reasons import REASONS
from harness.settings import HTTPD
from harness.site import TRUST, guarded, location
from harness.tokens import AUDIENCE, ISSUER, Signer, key_set, remember

SIGNER = Signer("RS256")
SMALL = Signer("ES256")
TOKEN = SIGNER.mint()
OTHER = SIGNER.mint(sub="bob")
FILES = {"keys.json": key_set(SIGNER, SMALL)}


def plain(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    path = tmp_path_factory.mktemp("pasted") / "keys.json"
    path.write_text(FILES["keys.json"])
    return path


def explain(keys, text, *options):
    """The people's form and the programs', without the token in them."""
    words = ["explain", ISSUER, f"keys={keys}", "--audience", AUDIENCE,
             *options]
    told = tool.run(*words, stdin=text)
    data = tool.run(*words, "--json", stdin=text)
    assert (told.stderr, data.stderr) == ("", "")
    pieces = [piece for piece in re.split(r'[\s"\'=:;.,]', text)
              if len(piece) > 40]
    for output in (told.stdout, data.stdout):
        assert leak.find_leaks([TOKEN, OTHER], output) == []
        assert not [piece for piece in pieces if piece in output]
    return plain(told.stdout), json.loads(data.stdout)


def halves(token):
    return token[:100], token[100:]


def cut(token, by):
    return remember(token[:-by])


# What is pasted, the reason, and what is said of it: what it is | the fix
PASTED = {
    "twice": (TOKEN + TOKEN, "ENCRYPTED", "the same token 2 times in a row | "
              "Paste it once."),
    "three times": (TOKEN * 3, "NOT_COMPACT", "the same token 3 times"),
    "twice, on two lines": (f"{TOKEN}\n{TOKEN}\n", "MALFORMED_CREDENTIALS",
                            "the same token 2 times in a row"),
    "twice behind Bearer": (f"Bearer {TOKEN}{TOKEN}", "ENCRYPTED",
                            "the same token 2 times in a row"),
    "two tokens": (f"{TOKEN}\n{OTHER}", "MALFORMED_CREDENTIALS",
                   "2 tokens | Paste only one token."),
    "a line break": ("\n".join(halves(TOKEN)), "MALFORMED_CREDENTIALS",
                     "a line break after 100 characters | Join the lines: "
                     "the token was wrapped."),
    "a line break behind Bearer": ("Authorization: Bearer "
                                   + "\r\n ".join(halves(TOKEN)),
                                   "MALFORMED_CREDENTIALS",
                                   "a line break after 100 characters | Join"),
    "a blank": (" ".join(halves(TOKEN)), "OTHER_SCHEME",
                "a blank after 100 characters | Remove the blank."),
    "quotes": (f'"{TOKEN}"', "MALFORMED_CREDENTIALS",
               "quotes around the token | Remove the quotes."),
    "single quotes": (f"'{TOKEN}'", "MALFORMED_CREDENTIALS", "quotes around"),
    "typographic quotes": (f"\u201c{TOKEN}\u201d", "MALFORMED_CREDENTIALS",
                           "quotes around the token"),
    "quotes behind Bearer": (f'Bearer "{TOKEN}"', "MALFORMED_CREDENTIALS",
                             "quotes around the token"),
    "Bearer twice": (f"Bearer Bearer {TOKEN}", "MALFORMED_CREDENTIALS",
                     '"Bearer" appears twice | Send it once.'),
    "Authorization twice": (f"Authorization: Authorization: Bearer {TOKEN}",
                            "OTHER_SCHEME", '"Authorization:" appears twice | '
                            "Send it once."),
    "Bearer with a colon": (f"Bearer: {TOKEN}", "OTHER_SCHEME",
                            '"Bearer:" has a colon | Send "Bearer" and a '
                            "blank before the token."),
    "Token": (f"Authorization: Token {TOKEN}", "OTHER_SCHEME",
              'the scheme is "Token" | Send "Bearer" instead.'),
    "JWT": (f"Authorization: JWT {TOKEN}", "OTHER_SCHEME",
            'the scheme is "JWT" | Send "Bearer" instead.'),
    "no scheme": (f"Authorization: {TOKEN}", "OTHER_SCHEME",
                  'a token without a scheme | Send "Bearer" and a '
                  "blank before it."),
    "Basic": ("Authorization: Basic YTpi", "OTHER_SCHEME",
              'the scheme is "Basic" | If the section has AuthType Basic, '
              "name it with --location."),
    "a cookie line": (f"Cookie: a=b; t={TOKEN}", "OTHER_SCHEME",
                      'a "Cookie" line | Name the section with --location'),
    "a line of another header": (f"X-Token: {TOKEN}", "OTHER_SCHEME",
                                 'a "X-Token" line | Name the section with '
                                 "--location"),
    "JSON": (json.dumps({"access_token": TOKEN, "token_type": "Bearer"}),
             "OTHER_SCHEME", "JSON of a token endpoint | Paste only the "
             "value of access_token, without quotes."),
    "JSON without blanks": (json.dumps({"access_token": TOKEN},
                                       separators=(",", ":")),
                            "MALFORMED_CREDENTIALS", "JSON of a token "
                            "endpoint | "
                            "Paste only the value of access_token"),
    "JSON without an access token": (json.dumps({"id_token": TOKEN}),
                                     "OTHER_SCHEME", "JSON of a token "
                                     "endpoint, without access_token | "
                                     "Request an access token"),
    "JSON of an error": (json.dumps({"error": "invalid_grant"}),
                         "OTHER_SCHEME", "JSON, not a token | Paste a token: "
                         "three parts with dots between them."),
    "a URL": (f"https://app.example/?access_token={TOKEN}",
              "MALFORMED_CREDENTIALS", "a URL | Paste only the value of "
              "the parameter with the token."),
    "shortened": (TOKEN[:60] + "..." + TOKEN[-20:], "NOT_COMPACT",
                  "the token was shortened | Paste the whole token."),
    "an ellipsis": (TOKEN[:60] + "\u2026", "MALFORMED_CREDENTIALS",
                    "the token was shortened"),
    "half": (cut(TOKEN, len(TOKEN) - TOKEN.rindex(".") + 20), "NOT_COMPACT",
             "2 parts, and a JWT has 3 | Copy the token to its end: the second "
             "dot and the signature after it are missing."),
    "an opaque token": ("2YotnFZFEjr1zCsicMWpAA", "NOT_COMPACT",
                        "1 part, and a JWT has 3 | Copy the whole token. "
                        "If this is all of it, it is an opaque token: the "
                        "client must request a token for this API."),
    "a header": (cut(TOKEN, len(TOKEN) - TOKEN.index(".")), "NOT_COMPACT",
                 "1 part, and a JWT has 3 | Copy the whole token: two dots "
                 "and the parts after them are missing."),
    "no signature": (cut(TOKEN, len(TOKEN) - TOKEN.rindex(".") - 1),
                     "SIGNATURE_INVALID", "the signature has 0 bytes, and "
                     "those of this key have 256 | Copy the token to its end: "
                     "the end of the signature is missing."),
    "cut": (cut(TOKEN, 2), "SIGNATURE_INVALID", "the signature has 255 bytes, "
            "and those of this key have 256 | Copy the token to its end"),
    "cut, of a curve": (cut(SMALL.mint(), 2), "SIGNATURE_INVALID",
                        "the signature has 63 bytes, and those of this key "
                        "have 64 "
                        "| Copy the token to its end"),
    "cut within a byte": (cut(TOKEN, 1), "BASE64URL_INVALID", "a part of it is "
                          "not base64url | Copy the whole token again, to its "
                          "end: it was cut or changed."),
    "an ID in UTF-8": (TOKEN + "\u00e9", "MALFORMED_CREDENTIALS",
                       f"a character after {len(TOKEN)} others that no token "
                       "has | Remove this character, or copy the token "
                       "again."),
    "HTML": ("<html><body>Sign in</body></html>", "OTHER_SCHEME",
             "HTML, such as a login or error page, not a token | Paste a "
             "token"),
    "a private key": (SIGNER.private_pem, "OTHER_SCHEME",
                      "a key or certificate in PEM, not a token | Paste a "
                      "token"),
    "a variable": ("Bearer $TOKEN", "MALFORMED_CREDENTIALS",
                   "the name of a variable that was not replaced | Fix the "
                   "script"),
    "null": ("Bearer null", "NOT_COMPACT",
             '"null" instead of a token | Fix the client: it has no token.'),
    "undefined": ("Authorization: Bearer undefined", "NOT_COMPACT",
                  '"undefined" instead of a token | Fix the client'),
}


@pytest.mark.parametrize("name", PASTED)
def test_what_was_pasted(keys, name):
    text, reason, says = PASTED[name]
    told, data = explain(keys, text)
    assert data["reason"]["name"] == reason, data
    refused = next(step for step in data["steps"]
                   if step["result"] == "refused")
    actual, _, fix = says.partition(" | ")
    assert actual in (refused["actual"] or ""), refused
    assert fix in refused["fix"], refused
    assert f"actual {plain(refused['actual'])}" in told
    assert f"fix {plain(refused['fix'])}" in told
    assert "error log" not in told
    row = REASONS[reason]
    assert f"refused: {row.tag} {reason}, status {row.status}" in told


def test_nothing_is_said_of_a_good_one(keys):
    for text in (TOKEN, f"Bearer {TOKEN}", f"  authorization: bearer "
                                           f"{TOKEN}\n"):
        told, data = explain(keys, text)
        assert data["accepted"] and " fix " not in told
        assert {step["fix"] for step in data["steps"]} == {None}
        assert "cut" not in told


# Rules

RULES = [
    ("jwt-scope b", {"scope": "a c"}, 'scope "a c"', "b"),
    ("jwt-scope b c", {"scp": ["a", "c"]}, 'scp ["a","c"]', "b c"),
    ("jwt-scope b", {"scope": "x", "scp": "a"}, 'scope "x", scp "a"', "b"),
    ("jwt-scope b", {}, "scope none", "b"),
    ("jwt-claim team=blue", {"team": "red"}, 'team "red"', "team=blue"),
    ("jwt-claim team=blue", {}, "team none", "team=blue"),
    ("jwt-claim team!=red a.b", {"team": "red", "a": {"c": 1}},
     'team "red", a.b none', "team!=red a.b"),
    ("jwt-claim /a~1b/c=1", {"a/b": {"c": 2}}, "/a~1b/c 2", "/a~1b/c=1"),
    ('jwt-claim "name=Doe, J" name~^J', {"name": "Jo"}, 'name "Jo"',
     "name=Doe, J name~^J"),
    ("jwt-claim roles=admin", {"roles": ["a", "b"]}, 'roles ["a","b"]',
     "roles=admin"),
    ("jwt-acr 2", {"acr": "1"}, 'acr "1"', "2"),
    ("jwt-acr 2 max-age=60", {"acr": "2", "auth_time": 1000},
     'acr "2", auth_time 1000', "2 max-age=60"),
    ("user bob carol", {}, '"alice"', "bob carol"),
    ("all denied", {}, None, None),
]


@pytest.mark.parametrize("rule, claims, actual, expected", RULES)
def test_a_rule_that_fails(keys, rule, claims, actual, expected):
    told, data = explain(keys, SIGNER.mint(**claims), "--require", rule)
    step, = [step for step in data["steps"]
             if step["about"].startswith("Require")]
    assert step["result"] == "refused"
    assert (step["actual"] or "").startswith(actual or ""), step
    assert step["expected"] == expected
    if actual:
        assert f"actual {actual}" in told and f"expected {expected}" in told


def test_a_negated_rule_that_fails(keys):
    told, data = explain(keys, SIGNER.mint(banned=True),
                         "--require", "not jwt-claim banned")
    step, = [step for step in data["steps"]
             if step["about"].startswith("Require")]
    assert (step["actual"], step["expected"]) == ("banned true", "not banned")


def test_a_rule_of_an_expression(keys):
    """The server evaluates it for each request."""
    told, data = explain(keys, SIGNER.mint(t="x"), "--require",
                         "jwt-claim t=%{env:T}")
    step, = [step for step in data["steps"]
             if step["about"].startswith("Require")]
    assert step["result"] == "not checked"
    assert step["actual"] == "only httpd can evaluate this line"
    assert "accepted, if the Require lines that only httpd can check" in told


# As a section reads it

CONFIG = ALL_ENV + TRUST + "".join([
    guarded("/"),
    location("/basic", "AuthType Basic", 'AuthName "orders"',
             "AuthBasicProvider jwt", "Require valid-user"),
    guarded("/cookie", "AuthJWTTokenSource cookie:t"),
    guarded("/header", "AuthJWTTokenSource header:X-Token header"),
    guarded("/query", "AuthJWTTokenSource query:tok")])


@pytest.fixture(scope="module")
def server():
    with Httpd(CONFIG, files=FILES, modules=["auth_basic"]) as running, \
            running.log.allowing(r"\bJWT\d{4}\b|AH0161[4789]"):
        yield running


def at(server, path, text):
    done = tool.run("explain", "--config", server.root / "httpd.conf",
                    "--httpd", HTTPD, "--location", path, "--json", stdin=text)
    assert done.stderr == "", done.stderr
    assert leak.find_leaks([TOKEN, OTHER], done.stdout) == []
    data = json.loads(done.stdout)
    first = next((step["actual"] for step in data["steps"]
                  if step["result"] == "refused"), None)
    return (data["reason"] or {"name": None})["name"], first or "", data


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


EXPIRED = SIGNER.mint(exp=1)

# The section, the header as it is sent, and what explain says of it
LINES = [
    ("/basic", "Authorization", basic(f"alice:{TOKEN}"), None, ""),
    ("/basic", "Authorization", basic(f"x:{EXPIRED}"), "EXPIRED", ""),
    ("/basic", "Authorization", basic("x:secret"), "NOT_COMPACT",
     "the password is not a token; another AuthBasicProvider of the section "
     "may accept it"),
    ("/basic", "Authorization", "basic  " + basic(f"x:{TOKEN}")[6:], None, ""),
    ("/cookie", "Cookie", f"a=b; t={TOKEN}; c=d", None, ""),
    ("/cookie", "Cookie", f"t={EXPIRED}", "EXPIRED", ""),
    ("/cookie", "Cookie", f"other={TOKEN}", "NO_TOKEN",
     "this section reads no token from this header or URL: AuthJWTTokenSource "
     "is cookie:t"),
    ("/cookie", "Authorization", f"Bearer {TOKEN}", "NO_TOKEN",
     "AuthJWTTokenSource is cookie:t"),
    ("/header", "X-Token", TOKEN, None, ""),
    ("/header", "x_token", f"Bearer {TOKEN}", None, ""),
    ("/header", "Authorization", f"Bearer {TOKEN}", None, ""),
    ("/header", "X-Other", TOKEN, "NO_TOKEN",
     "AuthJWTTokenSource is header:X-Token header"),
    ("/", "Cookie", f"t={TOKEN}", "NO_TOKEN", "AuthJWTTokenSource is header"),
    ("/", "Authorization", basic(f"x:{TOKEN}"), "OTHER_SCHEME",
     'the scheme is "Basic", and this section has AuthType Bearer'),
]


@pytest.mark.parametrize("path, name, value, reason, says", LINES)
def test_a_line_is_read_as_the_server_reads_it(server, path, name, value,
                                               reason, says):
    found, came, _ = at(server, path, f"{name}: {value}\n")
    assert found == reason
    assert says in came
    status, tag = server.access(server.get(
        path, headers=[(name, value)]))[:2]
    assert (status == "200") == (reason is None)
    assert tag == (REASONS[reason].tag if reason else "-")


def test_a_token_alone_is_sent_where_the_section_reads_it(server):
    for path in ("/", "/basic", "/cookie", "/header", "/query"):
        assert at(server, path, TOKEN)[0] is None, path


def test_bearer_on_a_section_of_basic(server):
    """mod_auth_basic answers it."""
    found, came, data = at(server, "/basic",
                           f"Authorization: Bearer {TOKEN}\n")
    assert found == "OTHER_SCHEME"
    assert ('the scheme is "Bearer", and this section has AuthType '
            "Basic") in came
    first = next(step for step in data["steps"] if step["result"] == "refused")
    assert first["fix"] == "Send the token as the password: curl -u x:TOKEN"
    assert server.get("/basic", TOKEN).status == 401


def test_a_query_string(server):
    url = f"https://localhost/query?a=b&tok={TOKEN}"
    assert at(server, "/query", url)[0] is None
    assert at(server, "/query", f"/query?tok={EXPIRED}")[0] == "EXPIRED"
    assert at(server, "/query", f"/query?other={TOKEN}")[0] == "NO_TOKEN"
