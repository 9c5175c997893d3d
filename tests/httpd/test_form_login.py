# SPDX-License-Identifier: Apache-2.0
"""mod_auth_form asks the provider: the password of a form is the token."""
import base64
import urllib.parse

import pytest

from harness.httpd import Httpd, give_to_children
from harness.site import TRUST, location
from harness.tokens import Signer, key_set

SIGNER = Signer()

ENV_CGI = ("#!/bin/sh\nprintf 'Content-Type: text/plain\\n'\n"
           "printf 'Cache-Control: public, max-age=600\\n\\n'\nexec env\n")

MODULES = ["auth_form", "session", "session_cookie", "request", "cache",
           "cache_disk"]


def form(path, *lines):
    return location(
        path, "AuthType form", 'AuthName "orders"', "AuthFormProvider jwt",
        "Session On", "SessionCookieName session path=/", "CGIPassAuth On",
        "AuthFormFakeBasicAuth On", "Require valid-user", *lines)


SITE = TRUST + """
DocumentRoot "${ROOT}/htdocs"
CacheRoot "${ROOT}/cache"
CacheQuickHandler off
CacheEnable disk /form
CacheIgnoreNoLastMod On
ErrorDocument 403 /error/env.cgi
""" + form("/form") + form("/taken", "AuthJWTForwardToken Off") \
    + form("/never", "<RequireAll>", "Require all granted",
           "Require user nobody", "</RequireAll>", "AuthMerging And") \
    + location("/error", "CGIPassAuth On")


@pytest.fixture(scope="module")
def server():
    files = {f"htdocs/{place}/env.cgi": ENV_CGI
             for place in ("form", "taken", "never", "error")}
    server = Httpd(SITE, files={**files, "keys.json": key_set(SIGNER)},
                   modules=MODULES, is_open=True)
    cache = server.root / "cache"
    cache.mkdir()
    cache.chmod(0o770)
    give_to_children(cache)
    with server:
        server.log.take("because no AuthType is set there")
        yield server


def ask(server, path, token):
    """As a browser whose session is that of a login by this form."""
    session = urllib.parse.urlencode({"orders-user": "admin",
                                      "orders-pw": token})
    return server.get(path, headers=[("Cookie", f"session={session}")])


def credentials(answer):
    scheme, _, text = answer.env["HTTP_AUTHORIZATION"].partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(text).decode()


@pytest.mark.threat("E4")
def test_the_name_of_a_form_is_replaced(server):
    token = SIGNER.mint()
    answer = ask(server, "/form/env.cgi", token)
    assert answer.env["REMOTE_USER"] == "alice"
    assert credentials(answer) == f"alice:{token}"
    assert "HTTP_AUTHORIZATION" not in ask(server, "/taken/env.cgi", token).env


@pytest.mark.threat("E4")
def test_nor_does_an_error_document_see_it(server):
    token = SIGNER.mint()
    with server.log.allowing("AH01631"):
        answer = ask(server, "/never/env.cgi", token)
    assert "alice" in answer.body
    assert credentials(answer) == f"alice:{token}"


@pytest.mark.threat("F3")
def test_each_user_of_a_form_gets_an_answer_of_its_own(server):
    for name in ("alice", "bob", "carol"):
        answer = ask(server, "/form/env.cgi?page", SIGNER.mint(sub=name))
        assert answer.env["REMOTE_USER"] == name
        assert "private" in answer.header("Cache-Control")
