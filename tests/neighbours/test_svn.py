# SPDX-License-Identifier: Apache-2.0
"""Subversion by mod_dav_svn, with a token as the password."""
import pytest

from places import give_to_httpd, open_folder
from repositories import mint, run, serve

SITE = """
<Location "/repos">
    DAV svn
    SVNParentPath "{root}"
</Location>
"""


class Svn:
    def __init__(self, home):
        self.home = home

    def __call__(self, *words, token=None, cwd=None):
        who = ["--username", "token", "--password", token] if token else []
        return run("svn", "--non-interactive", "--no-auth-cache",
                   "--config-dir", self.home, *who, *words, cwd=cwd)

    def must(self, *words, **how):
        code, output = self(*words, **how)
        assert code == 0, output
        return output


@pytest.fixture(scope="module")
def svn(tmp_path_factory):
    return Svn(tmp_path_factory.mktemp("svn"))


@pytest.fixture(scope="module")
def server(svn):
    root = open_folder("repositories")
    code, output = run("svnadmin", "create", root / "orders")
    assert code == 0, output
    svn.must("mkdir", "-q", "-m", "begin", f"file://{root}/orders/trunk")
    give_to_httpd(root)
    with serve(SITE.format(root=root), ["dav", "dav_svn"]) as server:
        with server.log.allowing("Authentication required|JWT0001"):
            yield server


@pytest.fixture
def url(server):
    return f"http://127.0.0.1:{server.port}/repos/orders/trunk"


def test_a_writer_commits_as_the_tokens_user(svn, url, tmp_path):
    token = mint("repos.read", "repos.write")
    svn.must("checkout", "-q", url, tmp_path / "orders", token=token)
    (tmp_path / "orders/page").write_text("a page")
    svn.must("add", "-q", "page", cwd=tmp_path / "orders")
    svn.must("commit", "-q", "-m", "a page", cwd=tmp_path / "orders",
             token=token)
    assert "| alice |" in svn.must("log", "-l1", url, token=token)


def test_a_reader_reads_and_does_not_write(server, svn, url, tmp_path):
    token = mint("repos.read")
    svn.must("checkout", "-q", url, tmp_path / "orders", token=token)
    svn.must("log", "-q", url, token=token)
    for words in (("mkdir", "-m", "new", f"{url}/new"),
                  ("delete", "-m", "gone", url),
                  ("copy", "-m", "copied", url, f"{url}2")):
        code, output = svn(*words, token=token)
        assert code != 0 and "forbidden" in output.lower(), output
        server.log.take(r"\bJWT0401\b")
        server.log.take("AH01631")


def test_no_token(svn, url):
    code, output = svn("list", url)
    assert code != 0 and "Authentication failed" in output
