# SPDX-License-Identifier: Apache-2.0
"""Expressions `%{...}` of Require lines are evaluated again where httpd
leaves a path for another one of the same section: there httpd itself does not
ask for authorization a second time."""
import os
import pwd

import pytest

from harness.httpd import ENV_CGI, Httpd, unprivileged_user
from harness.settings import MPMS
from harness.site import TRUST
from harness.tokens import Signer, key_set

SIGNER = Signer()

SITE = TRUST + """
DavLockDB "${ROOT}/locks/db"
<LocationMatch "^/t/(?<TENANT>[^/]+)/">
    Dav On
    AuthType Bearer
    AuthName "orders"
    <RequireAny>
        Require jwt-scope all-tenants
        Require jwt-claim "tenant=%{reqenv:MATCH_TENANT}"
    </RequireAny>
</LocationMatch>
<LocationMatch "^/report/(?<TENANT>[^/]+)/">
    AuthType Bearer
    AuthName "orders"
    AuthJWTOptional report
    Require jwt-claim "tenant=%{reqenv:MATCH_TENANT}"
</LocationMatch>
<Directory "${ROOT}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    DirectoryIndex index.html /t/acme/page.txt
    ErrorDocument 404 /t/errors/missing.txt
    RewriteEngine On
    RewriteRule "^(t|report)/other/shared/(.*)$" "/$1/acme/$2"
</Directory>
"""

REDIRECT = "#!/bin/sh\necho 'Location: {}'\necho\n"

FILES = {
    "keys.json": key_set(SIGNER),
    "locks/place": "",
    "htdocs/t/acme/page.txt": "page of acme",
    "htdocs/t/acme/env.cgi": ENV_CGI,
    "htdocs/t/other/page.txt": "page of other",
    "htdocs/t/other/env.cgi": ENV_CGI,
    "htdocs/t/other/folder/page.txt": "",
    "htdocs/t/other/include.shtml":
        '[<!--#include virtual="/t/acme/page.txt" -->]',
    "htdocs/t/other/nested.shtml":
        '[<!--#include virtual="/t/other/include.shtml" -->]',
    "htdocs/t/other/own.shtml": '[<!--#include virtual="page.txt" -->]',
    "htdocs/t/other/redirect.cgi": REDIRECT.format("/t/acme/page.txt"),
    "htdocs/t/other/own.cgi": REDIRECT.format("/t/other/env.cgi"),
    "htdocs/t/errors/missing.txt": "it is missing",
    "htdocs/report/acme/page.txt": "page of acme",
}

OWN = SIGNER.mint(tenant="other", sub="bob")
EVERY = SIGNER.mint(tenant="other", scope="all-tenants")


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    server = Httpd(SITE, mpm=request.param, files=FILES,
                   modules=["dav", "dav_fs"])
    user = pwd.getpwnam(unprivileged_user())
    for folder in ("locks", "htdocs/t/acme", "htdocs/t/other"):
        if os.geteuid() == 0:
            os.chown(server.root / folder, user.pw_uid, user.pw_gid)
    with server:
        yield server


def take_refusal(server):
    server.log.take(r"\bJWT0401\b.*all-tenants")
    server.log.take("AH01631")


@pytest.mark.threat("F4")
@pytest.mark.parametrize("page", ["include.shtml", "nested.shtml"])
def test_an_included_page_of_another_tenant(server, page):
    path = f"/t/other/{page}"
    assert "page of acme" not in server.accepts(path, OWN).body
    take_refusal(server)
    server.log.take("AH01374|unable to include")
    assert "page of acme" in server.accepts(path, EVERY).body


@pytest.mark.threat("F4")
@pytest.mark.parametrize("page", ["redirect.cgi", "shared/page.txt",
                                  "folder/"])
def test_a_redirect_to_another_tenant(server, page):
    answer = server.get(f"/t/other/{page}", OWN)
    assert answer.status == 403, answer
    assert "page of acme" not in answer.body
    assert answer.challenge.parameters == {
        "realm": "orders", "scope": "all-tenants",
        "error": "insufficient_scope",
        "error_description": answer.challenge.parameters["error_description"]}
    take_refusal(server)
    assert server.accepts(f"/t/other/{page}", EVERY).body == "page of acme"


@pytest.mark.threat("F4")
@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_webdav_writes_nothing_at_another_tenant(server, method):
    def send(token, target):
        return server.get(f"/t/other/{method}.txt", token, method, [
            ("Destination", f"http://localhost{target}")])

    server.write(f"htdocs/t/other/{method}.txt", "by other")
    assert send(OWN, "/t/acme/page.txt").status == 403
    take_refusal(server)
    assert (server.root / "htdocs/t/acme/page.txt").read_text() \
        == "page of acme"
    assert send(OWN, f"/t/other/{method}-1.txt").status == 201
    server.write(f"htdocs/t/other/{method}.txt", "by other")
    assert send(EVERY, f"/t/acme/{method}.txt").status == 201


def test_the_own_tenant(server):
    assert server.accepts("/t/other/own.shtml", OWN).body == "[page of other]"
    env = server.accepts("/t/other/own.cgi", OWN).env
    assert env["REMOTE_USER"] == "bob"
    assert env["JWT_CLAIM_tenant"] == "other"
    assert env["REQUEST_URI"].endswith("own.cgi")


def test_an_error_document_is_for_all_tenants(server):
    answer = server.get("/t/other/missing", OWN)
    assert (answer.status, answer.body) == (404, "it is missing")


def test_report(server):
    token = SIGNER.mint(tenant="other")
    answer = server.accepts("/report/other/shared/page.txt", token)
    assert answer.body == "page of acme"
    server.log.take(r"JWT0402.*let through")
    server.log.take("AH01631")
