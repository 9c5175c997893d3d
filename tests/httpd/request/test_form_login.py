# SPDX-License-Identifier: Apache-2.0
"""mod_auth_form asks the provider: the password of a form is the token."""
import base64
import urllib.parse

import pytest

from harness import client
from harness.httpd import Httpd, give_to_children
from harness.site import TRUST, location
from harness.tokens import Signer, key_set

SIGNER = Signer()

ENV_CGI = ("#!/bin/sh\nprintf 'Content-Type: text/plain\\n'\n"
           "printf 'Cache-Control: public, max-age=600\\n\\n'\nexec env\n")

MODULES = ["auth_form", "session", "session_cookie", "request", "cache",
           "cache_disk"]


FORM = ["AuthType form", 'AuthName "orders"', "AuthFormProvider jwt",
        "Session On", "SessionCookieName session path=/", "CGIPassAuth On"]

FAKE = ["AuthFormFakeBasicAuth On", "Require valid-user"]

SITE = TRUST + """
DocumentRoot "${ROOT}/htdocs"
CacheRoot "${ROOT}/cache"
CacheQuickHandler off
CacheEnable disk /form
CacheIgnoreNoLastMod On
""" + location("/form", *FORM, *FAKE) \
    + location("/taken", *FORM, *FAKE, "AuthJWTForwardToken Off") \
    + location("/passphrase", *FORM, "AuthFormSitePassphrase site",
               "Require valid-user") \
    + location("/login", *FORM, "AuthFormSitePassphrase site",
               "SetHandler form-login-handler", "Require all granted",
               "AuthFormLoginSuccessLocation /",
               "AuthFormLoginRequiredLocation /")


@pytest.fixture(scope="module")
def server():
    files = {f"htdocs/{place}/env.cgi": ENV_CGI
             for place in ("form", "taken", "passphrase")}
    server = Httpd(SITE, files={**files, "keys.json": key_set(SIGNER)},
                   modules=MODULES, is_open=True)
    cache = server.root / "cache"
    cache.mkdir()
    cache.chmod(0o770)
    give_to_children(cache)
    with server:
        server.log.take("because no AuthType is set there")
        yield server


def ask(server, path, token, name="alice"):
    """As a browser whose session is that of a login by this form."""
    session = urllib.parse.urlencode({"orders-user": name,
                                      "orders-pw": token})
    return server.get(path, headers=[("Cookie", f"session={session}")])


def log_in(server, path, token, name):
    connection = client.connect(server.port)
    connection.request("POST", path, urllib.parse.urlencode(
        {"httpd_username": name, "httpd_password": token}),
        {"Content-Type": "application/x-www-form-urlencoded"})
    return client.Answer(connection.getresponse(), "login")


@pytest.mark.threat("E4")
@pytest.mark.parametrize("path", ["/passphrase/env.cgi", "/login"])
def test_nobody_logs_in_by_the_name_of_another(server, path):
    """By AuthFormSitePassphrase, mod_auth_form believes the name in a session,
    and asks nobody."""
    with server.log.allowing("auth_form:error"):
        answer = log_in(server, path, SIGNER.mint(), "admin")
    server.log.take(r"USER_MISSING: .*the user name that was sent is not")
    assert answer.status in (302, 401)
    cookie = answer.header("Set-Cookie")
    with server.log.allowing("auth_form:error|USER_MISSING"):
        later = server.get("/passphrase/env.cgi", headers=[
            ("Cookie", (cookie or "session=").split(";")[0])])
    assert later.status == 401
    answer = log_in(server, path, SIGNER.mint(), "alice")
    later = server.get("/passphrase/env.cgi", headers=[
        ("Cookie", answer.header("Set-Cookie").split(";")[0])])
    assert later.env["REMOTE_USER"] == "alice"


@pytest.mark.threat("E4")
def test_a_session_with_the_name_of_another(server):
    with server.log.allowing("auth_form:error.*AH01807"):
        answer = ask(server, "/form/env.cgi", SIGNER.mint(), "admin")
    server.log.take("USER_MISSING")
    assert answer.status == 401


def test_the_token_may_be_kept_from_the_application(server):
    token = SIGNER.mint()
    scheme, _, text = ask(server, "/form/env.cgi", token) \
        .env["HTTP_AUTHORIZATION"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(text).decode() == f"alice:{token}"
    assert "HTTP_AUTHORIZATION" not in ask(server, "/taken/env.cgi", token).env


@pytest.mark.threat("F3")
def test_each_user_of_a_form_gets_an_answer_of_its_own(server):
    for name in ("alice", "bob", "carol"):
        answer = ask(server, "/form/env.cgi?page", SIGNER.mint(sub=name), name)
        assert answer.env["REMOTE_USER"] == name
        assert "private" in answer.header("Cache-Control")
