# SPDX-License-Identifier: Apache-2.0
"""git, with a token as its password: a reader clones, and does not push."""
import pytest

import needs
from places import give_to_httpd, open_folder
from repositories import mint, run, serve

HTTP_BACKEND = needs.find("/usr/lib*/git-core/git-http-backend")

SITE = """
SetEnv GIT_PROJECT_ROOT "{root}"
SetEnv GIT_HTTP_EXPORT_ALL
ScriptAlias "/repos/" "{backend}/"
<Directory "{folder}">
    Require all granted
</Directory>
"""


class Git:
    """git as one person has it."""

    def __init__(self, home):
        self.home = home

    def __call__(self, *words, cwd=None):
        return run("git", "-c", "user.name=alice", "-c",
                   "user.email=alice@example.com", *words, cwd=cwd, env={
                       "HOME": self.home, "GIT_TERMINAL_PROMPT": "0",
                       "GIT_CONFIG_NOSYSTEM": "1"})

    def must(self, *words, cwd=None):
        code, output = self(*words, cwd=cwd)
        assert code == 0, output
        return output


@pytest.fixture(scope="module")
def git(tmp_path_factory):
    return Git(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def server(git):
    root = open_folder("repositories")
    git.must("init", "-q", "--bare", "-b", "main", root / "orders.git")
    give_to_httpd(root)
    site = SITE.format(root=root, backend=HTTP_BACKEND,
                       folder=HTTP_BACKEND.rpartition("/")[0])
    with serve(site) as server:
        yield server


def url(server, token=None):
    """As the example has it."""
    who = f"token:{token}@" if token else ""
    return f"http://{who}127.0.0.1:{server.port}/repos/orders.git"


def commit(git, folder, name):
    (folder / name).write_text(name)
    git.must("add", name, cwd=folder)
    git.must("commit", "-q", "-m", name, cwd=folder)


@pytest.fixture(scope="module")
def pushed(server, git, tmp_path_factory):
    """A clone with one commit that was pushed."""
    folder = tmp_path_factory.mktemp("writer") / "orders"
    writer = url(server, mint("repos.read", "repos.write"))
    git.must("clone", "-q", writer, folder)
    commit(git, folder, "first")
    git.must("push", "-q", "origin", "HEAD:main", cwd=folder)
    return folder


@pytest.fixture(autouse=True)
def asked_first(server):
    """git asks without a token before it sends one."""
    with server.log.allowing("Authentication required|JWT0001"):
        yield


def test_a_reader_clones(server, git, pushed, tmp_path):
    git.must("clone", "-q", url(server, mint("repos.read")),
             tmp_path / "orders")
    assert (tmp_path / "orders/first").exists()
    git.must("fetch", cwd=tmp_path / "orders")


def test_a_reader_does_not_push(server, git, pushed):
    commit(git, pushed, "second")
    code, output = git("push", url(server, mint("repos.read")), "HEAD:main",
                       cwd=pushed)
    assert code != 0 and "403" in output
    server.log.take(r"\bJWT0401\b")
    server.log.take("AH01631")
    git.must("push", "-q", url(server, mint("repos.write", "repos.read")),
             "HEAD:main", cwd=pushed)


def test_a_bearer(server, git, pushed, tmp_path):
    """http.extraHeader sends Authorization: Bearer."""
    bearer = "http.extraHeader=Authorization: Bearer " + mint("repos.read")
    git.must("-c", bearer, "clone", "-q", url(server), tmp_path / "orders")
    commit(git, tmp_path / "orders", "third")
    code, output = git("-c", bearer, "push", "origin", "HEAD:main",
                       cwd=tmp_path / "orders")
    assert code != 0 and "403" in output
    server.log.take(r"\bJWT0401\b")
    server.log.take("AH01631")


def test_a_token_that_has_expired(server, git, tmp_path):
    code, output = git("clone", url(server, mint("repos.read", exp=1)),
                       tmp_path / "orders")
    assert code != 0 and "Authentication failed" in output
    server.log.take(r"\bJWT0307\b")
    server.log.take("AH01617")


def test_without_a_token(server, git, tmp_path):
    assert git("clone", url(server), tmp_path / "orders")[0] != 0
