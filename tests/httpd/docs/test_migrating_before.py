# SPDX-License-Identifier: Apache-2.0
"""The guides for who comes from another module: what stands under "Before"
ran so, and who gets in, and what the application sees, is the same after,
where the guide names no difference.

Of the peers, those that are on this machine: tests/packages.sh, --optional.
"""
import contextlib
import functools
import importlib.util
import json
import re
import shutil
import subprocess

import pytest

from harness.application import Application
from harness.backend import Backend
from harness.guides import TOKENS, Guide, differences
from harness.httpd import ALL_ENV, Httpd, free_port
from harness.pages import blocks_of, read_page, rows_of, section_of
from harness.settings import MODULES
from harness.tokens import spoil_signature

HTTPDS = {"mod_auth_openidc": "auth_openidc", "mod_oauth2": "oauth2"}
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

# Where no guide needs to name a difference
COMMON = [{}, {"exp": -300}, {"aud": ["invoices", "orders"]},
          {"header": {"kid": None}}, {"header": {"alg": "none"}},
          {"header": {"typ": "at+jwt"}}, {"header": {"typ": None}},
          {"iat": None}, {"iat": -86400}, {"sub": None}]
EVERY = [json.loads(text) for text in dict.fromkeys(
    json.dumps(claims) for claims in sum(TOKENS.values(), COMMON))]

# Of this run and of its two servers, and what the guides say is another
OF_A_RUN = re.compile(r"PWD|.*(_ROOT|_PORT|_HOST|_FILENAME|_REQUEST_ID)$")
OTHER = ["AUTH_TYPE", "OIDC_access_token", "OAUTH2_CLAIM_access_token"]


def is_here(name):
    if name == "nginx":
        return NGINX is not None
    if name == "fastapi":
        return all(map(importlib.util.find_spec,
                       ("fastapi", "jose", "uvicorn", "httpx")))
    return (MODULES / f"mod_{HTTPDS[name]}.so").exists()


def want(name):
    if not is_here(name):
        pytest.skip(f"not here: {name}")


def before_of(name, language):
    block, = blocks_of(section_of(read_page(f"migrating-from-{name}"),
                                  "Before"), language)
    return block


def peer(name, config, **how):
    """An httpd with the other module; a sanitizer has no business there."""
    how["env"] = {"LD_PRELOAD": "", **how.get("env", {})}
    return Httpd(ALL_ENV + config, modules=[HTTPDS[name]], with_module=False,
                 **how)


def openidc(internet, ca):
    config = before_of("mod_auth_openidc", "apache").replace(
        "/etc/apache2/passphrase", "${ROOT}/passphrase.cgi")
    reach = (f'OIDCCABundlePath "{ca.path}"\n'
             f"OIDCOutgoingProxy {internet.url.removeprefix('http://')}\n")
    return peer("mod_auth_openidc", reach + config,
                files={"passphrase.cgi": "#!/bin/sh\necho a passphrase\n"})


def oauth2(internet, ca):
    """It cannot be told of a CA."""
    config = re.sub(r"(metadata \S+)", r"\1 metadata.ssl_verify=false"
                    "&jwks_uri.ssl_verify=false",
                    before_of("mod_oauth2", "apache"))
    return peer("mod_oauth2", config, env={"https_proxy": internet.url})


def fastapi(internet, ca):
    return Application(before_of("fastapi", "python"), {
        "https_proxy": internet.url, "SSL_CERT_FILE": str(ca.path)})


BEFORE = {"mod_auth_openidc": openidc, "mod_oauth2": oauth2,
          "fastapi": fastapi}


class Move:
    """A guide's two sides at work, and their logs, which may say anything."""

    def __init__(self, name, ca, stack):
        backend = Backend()
        if name == "fastapi":
            page = section_of(read_page("migrating-from-fastapi"), "After")
            backend = Application(*blocks_of(page, "python"))
        stack.enter_context(backend)
        self.guide = Guide(name, ca, backend.address)
        stack.enter_context(self.guide.internet)
        self.old = BEFORE[name](self.guide.internet, ca)
        self.new = self.guide.server
        for server in (self.old, self.new):
            stack.enter_context(server)
            if isinstance(server, Httpd):
                stack.enter_context(server.log.allowing(""))
        self.place = self.guide.place
        self.old_place = self.place
        if name == "fastapi":
            self.place, self.old_place = "/api/orders", "/orders"

    def ask(self, token=None):
        return [self.old.get(self.old_place, token),
                self.new.get(self.place, token)]


@pytest.fixture(scope="module", params=BEFORE)
def name(request):
    want(request.param)
    return request.param


@pytest.fixture(scope="module")
def move(name, ca):
    with contextlib.ExitStack() as stack:
        yield Move(name, ca, stack)


def status_of(cell):
    return 200 if cell.startswith("accepted") else int(cell[:3])


@functools.cache
def version_of_oauth2():
    """The guide is about 3.3.1, and names what version 4 does otherwise."""
    if not shutil.which("dpkg-query"):
        return 3
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "libapache2-mod-oauth2"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        check=False)
    return int(re.match(r"\d*", asked.stdout)[0] or 3)


def named(name, page, claims):
    """The statuses that the guide's table has for a token; None without."""
    if name == "mod_oauth2" and claims.get("iss") and version_of_oauth2() >= 4:
        return [401, 401]
    for what, there, here in differences(page):
        if claims in TOKENS[what]:
            return [status_of(there), status_of(here)]
    return None


@pytest.mark.parametrize("claims", EVERY, ids=json.dumps)
def test_a_verdict_is_the_same_or_named(move, name, claims):
    answers = [answer.status for answer in move.ask(move.guide.mint(**claims))]
    expected = named(name, move.guide.page, claims)
    assert answers == (expected or answers[:1] * 2)


def test_who_has_no_good_token_has_none_after(move, name):
    bad = spoil_signature(move.guide.mint())
    assert [answer.status for answer in move.ask(bad)] == [401, 401]
    there, here = [answer.status for answer in move.ask()]
    assert (there, here) == (403 if name == "fastapi" else 401, 401)


def seen(answer):
    """What a CGI sees of a request; lists in JSON without their blanks."""
    return {name: value.replace('", "', '","')
            for name, value in answer.env.items()
            if not OF_A_RUN.match(name) and name not in OTHER}


def test_the_application_sees_the_same(move, name):
    there, here = move.ask(move.guide.mint())
    if name == "fastapi":
        assert there.body == here.body == '{"user":"alice@shop"}'
        return
    assert there.env["REMOTE_USER"] == "alice@shop"
    assert seen(there) == seen(here)
    assert there.env.get("AUTH_TYPE") == (
        "oauth20" if name == "mod_auth_openidc" else None)
    assert here.env["AUTH_TYPE"] == "Bearer"


def test_a_rule_that_fails(move, name):
    if name == "fastapi":  # its example has none
        return
    place, token = move.guide.admin, move.guide.mint(roles=["admin", "clerk"])
    assert move.old.get(place, token).status == 200
    assert move.new.get(place, token).status == 200
    refused = move.old.get(place, move.guide.mint())
    assert refused.status == 401 and refused.challenge is None
    refused = move.new.get(place, move.guide.mint())
    assert refused.status == 403 and refused.challenge.scheme == "Bearer"


def edit(server, *changes):
    """Its configuration with each (piece, what stands there instead)."""
    path = server.root / "httpd.conf"
    config = path.read_text()
    for piece, instead in changes:
        config = config.replace(piece, instead)
    path.write_text(config)


def old_answer(name, ca, *changes, headers=(), **claims):
    """Of the "Before" with some changes."""
    guide = Guide(name, ca, "")
    guide.server.clear()
    token = guide.mint(**claims)
    with guide.internet:
        old = BEFORE[name](guide.internet, ca)
        edit(old, *changes)
        with old, old.log.allowing(""):
            return old.get(guide.place, None if headers else token, headers=[
                (header, value.format(token)) for header, value in headers])


@pytest.mark.parametrize("name", HTTPDS)
def test_a_backend_had_each_claim_as_a_header(ca, name):
    """By default: the guides give a line for each that is still wanted."""
    want(name)
    with Backend() as backend:
        proxied = (ALL_ENV, f"ProxyPass / http://{backend.address}/\n")
        answer = old_answer(name, ca, proxied, ("&headers=Off", ""))
        assert re.search(r"^(OIDC|OAUTH2)_CLAIM_sub=alice$", answer.body,
                         re.MULTILINE)


# An option of OAuth2TokenVerify, and a token that it refuses
OAUTH2_VERIFY = [("verify.iss=required", {}),
                 ("verify.exp=required", {"exp": None}),
                 ("verify.iat=required", {"iat": None}),
                 ("verify.iat.slack_before=60", {"iat": -3600})]
# What OAuth2AcceptTokenIn says, and what X-Token then holds
OAUTH2_HEADER = [("header name=X-Token&type=", "{}"),
                 ("header name=X-Token", "Bearer {}")]
# What OAuth2TargetPass says, and whether there are variables then
OAUTH2_PASS = [("envvars=Off", True), ("envvars=Off&headers=Off", False)]


def test_what_the_options_of_mod_oauth2_did(ca):
    want("mod_oauth2")
    ask = functools.partial(old_answer, "mod_oauth2", ca)
    for option, claims in OAUTH2_VERIFY:
        change = ("jwks_uri.ssl_verify", f"{option}&jwks_uri.ssl_verify")
        is_fine = "iss" in option and version_of_oauth2() >= 4
        assert ask(change, **claims).status == (200 if is_fine else 401)
    for option, value in OAUTH2_HEADER:
        change = ("AuthName", f"OAuth2AcceptTokenIn {option}\nAuthName")
        assert ask(change, headers=[("X-Token", value)]).status == 200
    for option, is_there in OAUTH2_PASS:
        change = ("remote_user_claim=preferred_username&headers=Off", option)
        assert ("OAUTH2_CLAIM_sub" in ask(change).env) == is_there


NGINX_CONF = """
daemon off;
pid nginx.pid;
error_log stderr;
events {{ }}
http {{
    proxy_cache_path cache keys_zone=keys:1m;
    {block}
}}
"""


def test_nginx_reads_what_is_not_of_nginx_plus(tmp_path):
    want("nginx")
    block = before_of("nginx", "nginx")
    for pattern, instead in [(r"\n +auth_jwt.*", ""),
                             (r"\$jwt_claim_", "$arg_"),
                             (r"login\.example\.com", "127.0.0.1"),
                             (r"server {", "server {\nlisten "
                              f"127.0.0.1:{free_port()};")]:
        block, count = re.subn(pattern, instead, block)
        assert count
    (tmp_path / "nginx.conf").write_text(NGINX_CONF.format(block=block))
    done = subprocess.run(
        [NGINX, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=20, check=False)
    assert done.returncode == 0, done.stdout


def old_directives(name):
    """Those that are named in full in the left column of its table."""
    rows = rows_of(section_of(read_page(f"migrating-from-{name}"),
                              "Directives"))
    return re.findall(r"\b(?:OIDC|OAuth2)[A-Z]\w+\b(?!\.\.\.)",
                      "\n".join(row[0] for row in rows))


@pytest.mark.parametrize("name", HTTPDS)
def test_the_old_directives_are_real(name):
    want(name)
    names = old_directives(name)
    assert names
    code, output = peer(name, "".join(
        f'<IfDirective !{directive}>\nError "no {directive}"\n'
        "</IfDirective>\n" for directive in names)).check_config()
    assert code == 0, output
