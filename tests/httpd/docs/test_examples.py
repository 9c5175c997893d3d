# SPDX-License-Identifier: Apache-2.0
"""The examples: httpd reads each of them with the modules that it names, and
those whose keys are local let the right token in and keep a wrong one out."""
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from harness.backend import Backend
from harness.examples import EXAMPLES, EXTRA, LOCAL, serving
from harness.httpd import Httpd, environment, holds_a_secret
from harness.providers import PROVIDERS
from harness.settings import HTTPD, MODULE, MODULES, SLOWNESS
from harness.tokens import spoil_signature

# What any httpd has, unless it is built in.
BASE = ["mod_unixd", "mod_mpm_event", "mod_authn_core", "mod_authz_core"]

# Where the program suexec is not installed
NO_SUEXEC = re.compile(r"^Warning: SuexecUserGroup .*\n", re.MULTILINE)

# Those whose tokens are not simply bearers of the Location that comes first
OTHERWISE = {"reverse-proxy", "mcp-server", "basic-clients", "report-mode",
             "optional-token", "ldap-groups", "suexec"}

cgi = serving("cgi")
two_issuers = serving("two-issuers")


def load_line(name):
    path = MODULE if name == "mod_auth_jwt" else MODULES / f"{name}.so"
    return (f'LoadModule {name.removeprefix("mod_")}_module "{path}"\n'
            if path.exists() else "")


def read_by_httpd(example, modules):
    """`httpd -t` with these modules alone: its exit code and its output."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-"))
    try:
        for name, content in example.files.items():
            path = root / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes)
                             else content.encode())
            if holds_a_secret(name, path.read_bytes()):
                path.chmod(0o600)
        (root / "logs").mkdir()
        config = root / "httpd.conf"
        config.write_text(
            f'ServerRoot "{root}"\nServerName localhost\nDocumentRoot .\n'
            'Listen 127.0.0.1:1\nErrorLog error.log\nPidFile httpd.pid\n'
            + "".join(map(load_line, modules)) + example.text)
        done = subprocess.run([HTTPD, "-t", "-f", config], check=False,
                              env=environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=20 * SLOWNESS)
        return done.returncode, NO_SUEXEC.sub("", done.stdout)
    finally:
        shutil.rmtree(root)


def test_there_are_examples():
    assert set(LOCAL) | set(PROVIDERS) == set(EXAMPLES)
    assert OTHERWISE < set(LOCAL)


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_begins_with_the_question_that_it_answers(name):
    first = EXAMPLES[name].text.splitlines()[0]
    assert re.fullmatch(r"# [A-Z].*\?", first)


@pytest.mark.parametrize("name", EXAMPLES)
def test_httpd_reads_it(name):
    example = EXAMPLES[name]
    assert read_by_httpd(example, BASE + example.modules) == (0, "Syntax OK\n")


@pytest.mark.parametrize("name", [*LOCAL, "kubernetes"])
def test_httpd_misses_its_key_files(name):
    example = EXAMPLES[name]
    for missing in example.files:
        there = {path: text for path, text in example.files.items()
                 if path != missing}
        code, said = Httpd(example.text, files=there,
                           modules=EXTRA).check_config()
        assert code == 1
        assert missing in said


@pytest.mark.parametrize("name", sorted(set(LOCAL) - OTHERWISE))
def test_a_good_and_a_bad_token(name):
    example = EXAMPLES[name]
    with example.serve() as server:
        server.refuses("NO_TOKEN", example.place)
        for signer in example.signers:
            server.accepts(example.place, signer.mint())
            server.refuses("SIGNATURE_INVALID", example.place,
                           spoil_signature(signer.mint()))
            server.refuses("AUDIENCE_REFUSED", example.place,
                           signer.mint(aud="another"))


# two-issuers

@pytest.mark.threat("B5")
def test_one_issuer_does_not_sign_for_the_other(two_issuers):
    staff, partner = EXAMPLES["two-issuers"].signers
    two_issuers.refuses("SIGNATURE_INVALID", "/cgi-bin",
                        partner.mint(iss=staff.issuer, aud=staff.audience))
    two_issuers.refuses("SIGNATURE_INVALID", "/cgi-bin", staff.mint(
        iss=partner.issuer, aud=partner.audience, header={"kid": None}))
    two_issuers.refuses("AUDIENCE_REFUSED", "/cgi-bin",
                        partner.mint(aud=staff.audience))


@pytest.mark.threat("E4")
def test_the_same_subject_of_two_issuers_is_two_users(two_issuers):
    users = [two_issuers.accepts("/cgi-bin", signer.mint()).env["REMOTE_USER"]
             for signer in EXAMPLES["two-issuers"].signers]
    assert users == ["https://staff.example#alice",
                     "https://partner.example#alice"]


# cgi

def cgi_token(**claims):
    signer, = EXAMPLES["cgi"].signers
    return signer.mint(**claims)


def test_what_the_cgi_sees(cgi):
    env = cgi.accepts("/cgi-bin/list", cgi_token(
        preferred_username="alice@example.com", email="a@example.com",
        realm_access={"roles": ["manager", "clerk"]}, ssn="078-05-1120")).env
    assert env["REMOTE_USER"] == "alice@example.com"
    assert env["AUTH_TYPE"] == "Bearer"
    assert {name: value for name, value in env.items()
            if name.startswith("JWT_")} == {
                "JWT_CLAIM_sub": "alice", "JWT_CLAIM_email": "a@example.com",
                "JWT_CLAIM_ROLES": "manager,clerk"}


def test_the_user_is_the_subject_where_there_is_no_other_name(cgi):
    assert cgi.accepts("/cgi-bin", cgi_token()).env["REMOTE_USER"] == "alice"


def test_who_may_cancel(cgi):
    path = "/cgi-bin/cancel"
    cgi.accepts(path, cgi_token(scope="orders.read orders.write"))
    cgi.refuses("SCOPE_MISSING", path, cgi_token(scope="orders.read"),
                scope="orders.write")


def test_who_may_see_the_report(cgi):
    path = "/cgi-bin/report"
    cgi.accepts(path, cgi_token(realm_access={"roles": ["manager"]}))
    cgi.accepts(path, cgi_token(department="sales", shift="night 2"))
    cgi.refuses("CLAIM_RULE", path, cgi_token(
        realm_access={"roles": ["clerk"]}, department="sales", shift="day"))


def test_who_may_export(cgi):
    path = "/cgi-bin/export"
    good = {"scope": "orders.read orders.export", "email_verified": True}
    cgi.accepts(path, cgi_token(**good))
    cgi.accepts(path, cgi_token(**good, acct="member"))
    cgi.refuses("SCOPE_MISSING", path,
                cgi_token(**{**good, "scope": "orders.export"}),
                scope="orders.read orders.export")
    for wrong in ({"email_verified": False}, {"acct": "guest"}):
        cgi.refuses("CLAIM_RULE", path, cgi_token(**{**good, **wrong}),
                    scope="orders.read orders.export")


# reverse-proxy

@pytest.fixture(scope="module")
def proxy():
    example = EXAMPLES["reverse-proxy"]
    with Backend() as backend:
        text = example.text.replace("127.0.0.1:8080", backend.address)
        assert text != example.text
        with Httpd(text, files=example.files) as server:
            yield server


def test_what_the_backend_sees(proxy):
    signer, = EXAMPLES["reverse-proxy"].signers
    headers = proxy.accepts("/orders", signer.mint(scope="a b")).env
    assert headers["X-User"] == "alice"
    assert headers["X-Scope"] == "a b"
    assert "Authorization" not in headers
    assert "X-Scope" not in proxy.accepts("/orders", signer.mint()).env


@pytest.mark.parametrize("name", ["X-User", "x-user", "X_User", "x_USER",
                                  "X-Scope", "X_SCOPE"])
def test_the_backend_sees_no_forged_header(proxy, name):
    signer, = EXAMPLES["reverse-proxy"].signers
    answer = proxy.accepts("/orders", signer.mint(),
                           headers=[(name, "mallory")])
    assert "mallory" not in answer.body


def test_the_backend_is_not_asked_without_a_good_token(proxy):
    signer, = EXAMPLES["reverse-proxy"].signers
    proxy.refuses("NO_TOKEN", "/orders")
    proxy.refuses("SIGNATURE_INVALID", "/orders",
                  spoil_signature(signer.mint()))
