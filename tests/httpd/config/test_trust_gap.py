# SPDX-License-Identifier: Apache-2.0
"""A section whose requests can only be answered 500, because it has no issuer
or no audience, is reported by configtest, at start and in the dump.  A section
that gets them from anywhere else is not."""
import re
import subprocess

import pytest

from harness.httpd import Httpd
from harness.settings import SLOWNESS
from harness.site import guarded, location
from harness.tokens import AUDIENCE, ISSUER, Signer, key_set

SIGNER = Signer()
KEYS = f"AuthJWTIssuer {ISSUER} keys=keys.json"
AUD = f"AuthJWTAudience {AUDIENCE}"
OPTION = f"{KEYS} audience={AUDIENCE}"
GUARD = ["AuthType Bearer", 'AuthName "orders"', "Require valid-user"]
BASIC = ["AuthType Basic", "AuthBasicProvider jwt", 'AuthName "orders"',
         "Require valid-user"]
ISSUER_LACKS = "no issuer, so requests are answered 500: write AuthJWTIssuer "
AUDIENCE_LACKS = \
    "no audience, so requests are answered 500: write AuthJWTAudience "
PAGE = {"htdocs/a/index.html": "a", "htdocs/b/index.html": "b"}


def nested(tag, *lines):
    return "\n".join([tag, *lines, f"</{tag[1:].split()[0].rstrip('>')}>"])


def directory(path, *lines):
    return nested(f'<Directory "${{ROOT}}/htdocs{path}">', *lines) + "\n"


# (name, configuration, the tag that is reported, what it lacks)
GAPS = [
    ("neither", guarded("/a"), '<Location "/a">', ISSUER_LACKS),
    ("no issuer", AUD + "\n" + guarded("/a"), '<Location "/a">',
     ISSUER_LACKS),
    ("no audience", guarded("/a", KEYS), '<Location "/a">', AUDIENCE_LACKS),
    ("no audience for one", guarded(
        "/a", OPTION, "AuthJWTIssuer https://b.example keys=keys.json"),
     '<Location "/a">', AUDIENCE_LACKS),
    ("issuer of the server", KEYS + "\n" + guarded("/a"), '<Location "/a">',
     AUDIENCE_LACKS),
    ("a good section beside it", guarded("/a", KEYS)
     + guarded("/b", KEYS, AUD), '<Location "/a">', AUDIENCE_LACKS),
    ("a good section in it", guarded("/a") + location("/a/b", KEYS, AUD),
     '<Location "/a">', ISSUER_LACKS),
    ("another issuer in it", guarded("/a", OPTION) + location("/a/b", KEYS),
     '<Location "/a/b">', AUDIENCE_LACKS),
    ("a folder", directory("/a", *GUARD), "<Directory ", ISSUER_LACKS),
    ("a folder beside", directory("/a", *GUARD) + directory("/b", OPTION),
     "<Directory ", ISSUER_LACKS),
    ("a section in it", guarded(
        "/a", KEYS, nested("<If true>", "AuthJWTUser sub")),
     '<Location "/a">', AUDIENCE_LACKS),
    ("no Require line", location("/a", *GUARD[:2], KEYS), '<Location "/a">',
     AUDIENCE_LACKS),
    ("optional", guarded("/a", KEYS, "AuthJWTOptional On",
                         "Require all granted"),
     '<Location "/a">', AUDIENCE_LACKS),
    ("as a password", location("/a", *BASIC, KEYS), '<Location "/a">',
     AUDIENCE_LACKS),
]

CLOSED = [
    ("in the section", guarded("/a", KEYS, AUD)),
    ("option", guarded("/a", OPTION)),
    ("of the server", KEYS + "\n" + AUD + "\n" + guarded("/a")),
    ("of both", KEYS + "\n" + guarded("/a", AUD)),
    ("of the URL around", location("/", KEYS, AUD) + guarded("/a")),
    ("of the same URL", guarded("/a", KEYS) + location("/a", AUD)),
    ("of a URL around", location("/a", KEYS, AUD) + guarded("/a/b")),
    ("type around", guarded("/", KEYS, AUD) + location("/a", AUD)),
    ("of a pattern", guarded("/a") + nested(
        '<LocationMatch "^/a">', KEYS, AUD) + "\n"),
    ("of the folder", directory("", KEYS, AUD) + directory("/a", *GUARD)),
    ("of the folder, for a URL", directory("/a", KEYS, AUD) + guarded("/a")),
    ("of the URL, for a folder", location("/a", KEYS, AUD)
     + directory("/a", *GUARD)),
    ("of files", guarded("/a", KEYS) + directory("/a", nested(
        '<Files "*">', AUD))),
    ("of a condition", guarded("/a") + nested("<If true>", OPTION) + "\n"),
    ("of each branch", guarded("/a", nested(
        '<If "%{QUERY_STRING} == \'x\'">', KEYS, AUD),
        nested("<Else>", OPTION))),
    ("type in a condition", location("/a", KEYS, AUD, nested(
        "<If true>", *GUARD))),
    ("another type", location("/a", "AuthType None", "Require all granted")),
    ("no user is asked for", guarded("/a", "Require all denied")),
    ("addresses", guarded("/a", "Require ip 192.0.2.1")),
    ("report", guarded("/a", KEYS, "AuthJWTOptional report")),
    ("virtual host", directory("/a", *GUARD) + nested(
        "<VirtualHost *>", "ServerName a.example", KEYS, AUD) + "\n"),
    ("provider of its own", nested("<AuthnProviderAlias jwt tokens>", KEYS,
                                   AUD) + "\n"
     + location("/a", *BASIC).replace("Provider jwt", "Provider tokens")),
    (".htaccess", directory("", "AllowOverride AuthConfig", KEYS, AUD)),
]


def make(config):
    return Httpd(config, modules=("auth_basic", "authz_host"),
                 files={"keys.json": key_set(SIGNER), **PAGE})


def reports(text):
    return re.findall(r"^.*answered 500: write AuthJWT.*$", text, re.M)


@pytest.mark.parametrize("name, config, tag, lacks", GAPS,
                         ids=[row[0] for row in GAPS])
def test_a_section_that_answers_500(name, config, tag, lacks):
    server = make(config)
    text = (server.root / "httpd.conf").read_text().splitlines()
    code, output = server.check_config()
    assert code == 0
    line, = reports(output)
    found = re.search(rf"httpd\.conf:(\d+): {re.escape(tag)}.*: {lacks}", line)
    assert found, line
    assert text[int(found[1]) - 1].strip().startswith(tag)


@pytest.mark.parametrize("name, config", CLOSED,
                         ids=[row[0] for row in CLOSED])
def test_a_section_that_lacks_nothing(name, config):
    code, output = make(config).check_config()
    assert code == 0
    assert reports(output) == []


@pytest.mark.parametrize("name", [
    "in the section", "option", "of the server", "of both",
    "of the URL around", "of the same URL", "of a pattern", "of the folder",
    "of the folder, for a URL", "of the URL, for a folder", "of files",
    "of a condition", "of each branch", "type in a condition", ".htaccess"])
def test_such_a_section_accepts_tokens(name):
    with make(dict(CLOSED)[name]) as server:
        if name == ".htaccess":
            server.write("htdocs/a/.htaccess", "\n".join(GUARD))
        server.refuses("NO_TOKEN", "/a/index.html")
        assert server.get("/a/index.html", SIGNER.mint()).status == 200


def test_start_and_dump_report_it_too():
    with make(guarded("/a", KEYS)) as server:
        line = server.log.take(AUDIENCE_LACKS)
        assert "auth_jwt:warn" in line and '<Location "/a">: ' in line
        done = subprocess.run(
            server._command("-t", "-D", "DUMP_AUTH_JWT"), env=server.env,
            check=True, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=20 * SLOWNESS)
        assert len(reports(done.stdout)) == 1
        assert server.get("/a/index.html").status == 500
        server.log.take("JWT0502")
