# SPDX-License-Identifier: Apache-2.0
"""httpd evaluates some expressions before authentication, when there are no
claims: `httpd -t`, the start, the dump and `ajwt explain` warn of those."""
import re
import subprocess

import pytest

from harness import tool
from harness.httpd import OPEN, Httpd
from harness.settings import HTTPD
from harness.site import guarded, site
from harness.tokens import Signer, key_set

SIGNER = Signer()
TOKEN = SIGNER.mint(role="admin", scope="a")
ROLE = "Require expr \"%{reqenv:JWT_CLAIM_role} == 'admin'\""

EARLY = ("httpd evaluates this line before authentication, when claims are "
         "not "
         "available")
REFUSED = "so it refuses every request: write Require jwt-claim CLAIM=VALUE"
NEVER = ("so this section never applies by a claim: write Require jwt-claim "
         "CLAIM=VALUE")

# The lines of a section, the status for a token that fits, the hint
SECTIONS = {
    "equal": ([ROLE], 403, REFUSED),
    "function": (["Require expr \"env('JWT_CLAIM_role') == 'admin'\""], 403,
                 REFUSED),
    "match": (["Require expr \"%{reqenv:JWT_CLAIM_role} =~ /adm/\""], 403,
              REFUSED),
    "present": (["Require expr \"-n %{reqenv:JWT_CLAIM_role}\""], 403,
                REFUSED),
    "prefix": (["AuthJWTExportPrefix MY_", "Require expr "
                "\"%{reqenv:MY_role} == 'admin'\""], 403, REFUSED),
    "and a method": (["Require expr \"%{REQUEST_METHOD} == 'GET' && "
                      "%{reqenv:JWT_CLAIM_role} == 'admin'\""], 403, REFUSED),
    "beside valid-user": (["<RequireAll>", "Require valid-user", ROLE,
                           "</RequireAll>"], 403, REFUSED),
    "beside ip": ([ROLE, "Require ip 192.0.2.1"], 403, REFUSED),
    "in <If>": (["<If \"%{reqenv:JWT_CLAIM_role} == 'admin'\">",
                 "Require all denied", "</If>", "Require valid-user"], 200,
                NEVER),
    # Evaluated again after authentication, since another rule needs a user
    "or a scope": ([ROLE, "Require jwt-scope b"], 200, None),
    "or a user in a block": (["<RequireAny>", ROLE, "Require user bob",
                              "</RequireAny>"], 200, None),
    "with REMOTE_USER": (["Require expr \"-n %{REMOTE_USER} && "
                          "%{reqenv:JWT_CLAIM_role} == 'admin'\""], 200, None),
    "other than": (["<RequireAll>", "Require valid-user", "Require expr "
                    "\"%{reqenv:JWT_CLAIM_role} != 'guest'\"",
                    "</RequireAll>"], 200, None),
    "not": (["<RequireAll>", "Require valid-user", "Require not expr "
             "\"%{reqenv:JWT_CLAIM_role} == 'guest'\"", "</RequireAll>"], 200,
            None),
    "no claim": (["Require expr \"%{REQUEST_METHOD} == 'POST'\"",
                  "Require valid-user"], 200, None),
}


def path_of(name):
    return "/" + re.sub(r"\W", "-", name)


CONFIG = site(*(guarded(path_of(name), *lines)
                for name, (lines, _, _) in SECTIONS.items()))


def hints(text):
    return re.findall(rf"^.*httpd\.conf:(\d+): (.*{EARLY}, .*)$", text, re.M)


@pytest.fixture(scope="module")
def server():
    with Httpd(CONFIG, files={"keys.json": key_set(SIGNER)},
               modules=["authz_host"], is_open=True) as running:
        with running.log.allowing(EARLY):
            yield running


@pytest.fixture(scope="module")
def told(server):
    """Where a hint is shown: the lines, by the section that it is about."""
    conf = server.root / "httpd.conf"
    starts = {}
    for number, line in enumerate(conf.read_text().splitlines(), 1):
        match = re.fullmatch(r'<Location "(/.*)">', line)
        if match:
            starts[number] = match[1]

    def by_section(text):
        found = {}
        for number, words in hints(text):
            start = max(start for start in starts if start < int(number))
            found.setdefault(starts[start], []).append(words)
        return found

    def run(*more):
        done = subprocess.run([HTTPD, "-f", conf, "-t", *more], text=True,
                              check=True, env=server.env, timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.stdout + done.stderr
    return {"-t": by_section(run()),
            "start": by_section(server.log.text()),
            "dump": by_section(run("-D", "DUMP_AUTH_JWT"))}


@pytest.mark.parametrize("name", SECTIONS)
def test_where_claims_are_not_there_yet(server, told, name):
    _, status, says = SECTIONS[name]
    path = path_of(name)
    with server.log.allowing(rf"JWT\d{{4}}|AH0163|{OPEN}|{EARLY}"):
        assert server.get(path, TOKEN).status == status
    for place, sections in told.items():
        shown = sections.get(path, [])
        assert len(shown) == (says is not None), (place, shown)
        assert not says or shown[0].endswith(says), shown


def test_explain_warns_too(server):
    done = tool.run("explain", "--config", server.root / "httpd.conf",
                    "--httpd", HTTPD, "--location", path_of("equal"),
                    stdin=TOKEN)
    assert f"{EARLY}, {REFUSED}" in " ".join(done.stdout.split())
