# SPDX-License-Identifier: Apache-2.0
"""conf-examples/suexec.conf with the real suEXEC, which runs programs below its
own document root alone, as an account with a large enough number."""
import pathlib
import pwd
import re
import shutil
import tempfile

import pytest

import needs
from harness.examples import EXAMPLES
from harness.httpd import ENV_CGI, Httpd
from repositories import run

EXAMPLE = EXAMPLES["suexec"]
SIGNER, = EXAMPLE.signers
ACCOUNT = pwd.getpwnam("nobody")

# Without the example's lines: what suEXEC does to variables
BESIDE = """
<Location "/cgi-bin/variables">
    AuthJWTExport all
</Location>
"""


def compiled_in(name):
    code, output = run(needs.SUEXEC, "-V")
    assert code == 0, output
    return pathlib.Path(re.search(rf'{name}="(.*)"', output)[1])


@pytest.fixture(scope="module")
def log_folder():
    """suEXEC runs nothing without its log."""
    folder = compiled_in("AP_LOG_EXEC").parent
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    yield
    if is_new:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def programs(log_folder):
    """A folder of the account's, with env.cgi in it."""
    root = compiled_in("AP_DOC_ROOT")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-", dir=root))
    try:
        (folder / "env.cgi").write_text(ENV_CGI)
        (folder / "variables").mkdir()
        (folder / "variables/env.cgi").write_text(ENV_CGI)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
            shutil.chown(path, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request, programs):
    text = EXAMPLE.text.replace(
        '"#1000" "#1000"', f'"#{ACCOUNT.pw_uid}" "#{ACCOUNT.pw_gid}"')
    assert text != EXAMPLE.text
    alias = f'ScriptAlias "/cgi-bin" "{programs}"\n'
    with Httpd(alias + text + BESIDE, request.param, EXAMPLE.files,
               ["suexec"]) as server:
        server.log.take("suEXEC mechanism enabled")
        yield server


def mint(**claims):
    return SIGNER.mint(tenant="acme", realm_access={"roles": ["a", "b"]},
                       **claims)


def test_a_program_learns_user_and_claims(server):
    env = server.accepts("/cgi-bin/env.cgi", mint(), headers=[
        ("X-Tenant", "forged"), ("X_Tenant", "forged")]).env
    assert (env["REMOTE_USER"], env["AUTH_TYPE"]) == ("alice", "Bearer")
    assert (env["HTTP_X_TENANT"], env["HTTP_X_ROLES"]) == ("acme", "a,b")
    server.refuses("NO_TOKEN", "/cgi-bin/env.cgi")


def test_variables_do_not_arrive(server):
    env = server.accepts("/cgi-bin/variables/env.cgi", mint()).env
    assert env["REMOTE_USER"] == "alice"
    assert not any(name.startswith("JWT_") for name in env)


def test_the_account_runs_it(server, programs):
    (programs / "env.cgi").write_text(
        "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'; id -u\n")
    try:
        body = server.accepts("/cgi-bin/env.cgi", mint()).body
        assert body == f"{ACCOUNT.pw_uid}\n"
    finally:
        (programs / "env.cgi").write_text(ENV_CGI)
