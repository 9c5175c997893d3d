# SPDX-License-Identifier: Apache-2.0
"""WebDAV by mod_dav_fs, as curl sends it, with a token as the password."""
import pytest

from places import give_to_httpd, open_folder
from repositories import mint, run, serve

SITE = """
DavLockDB "{root}/lock/db"
Alias "/repos" "{root}/files"
<Location "/repos">
    Dav On
</Location>
<Directory "{root}/files">
    Require all granted
</Directory>
"""
# (curl's options, the path, and what a writer is answered)
READS = [((), "page", 200), (("-X", "PROPFIND"), "page", 207),
         (("-X", "OPTIONS"), "page", 200)]
WRITES = [(("-T", "page"), "new", 201), (("-X", "MKCOL"), "folder", 201),
          (("-X", "COPY", "-H", "Destination: {}/copy"), "page", 201),
          (("-X", "MOVE", "-H", "Destination: {}/moved"), "copy", 201),
          (("-X", "DELETE"), "moved", 204)]


@pytest.fixture(scope="module")
def root():
    root = open_folder("webdav")
    for name in ("lock", "files"):
        (root / name).mkdir()
    (root / "files/page").write_text("a page")
    give_to_httpd(root)
    return root


@pytest.fixture(scope="module")
def server(root):
    with serve(SITE.format(root=root), ["dav", "dav_fs", "dav_lock"]) \
            as server:
        yield server


def curl(server, root, options, path, token):
    url = f"http://127.0.0.1:{server.port}/repos"
    options = [word.format(url) for word in options]
    code, output = run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                       "-u", f"x:{token}", *options, f"{url}/{path}",
                       cwd=root / "files")
    assert code == 0, output
    return int(output)


def test_a_reader_reads_and_does_not_write(server, root):
    token = mint("repos.read")
    for options, path, status in READS:
        assert curl(server, root, options, path, token) == status
    for options, path, _ in WRITES:
        assert curl(server, root, options, path, token) == 403, options
        server.log.take(r"\bJWT0401\b")
        server.log.take("AH01631")
    assert [path.name for path in (root / "files").iterdir()] == ["page"]


def test_a_writer_writes(server, root):
    token = mint("repos.read", "repos.write")
    for options, path, status in WRITES:
        assert curl(server, root, options, path, token) == status, options
