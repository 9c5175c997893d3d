# SPDX-License-Identifier: Apache-2.0
"""LemonLDAP::NG as the issuer, behind the same httpd: the server fetches the
keys from itself."""
import base64
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

import needs
from daemon import Daemon
from harness.httpd import Httpd, free_port, unprivileged_user
from harness.settings import SLOWNESS
from harness.site import guarded
from harness.tokens import Signer, remember, spoil_signature
from places import give_to_httpd, open_folder

INI = """
[all]
logLevel = warn
[configuration]
type = File
dirName = {folder}/conf
localStorage = Cache::FileCache
localStorageOptions = {{ 'namespace' => 'config', 'cache_root' => '{folder}/cache' }}
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[handler]
"""

SITE = """
Listen 127.0.0.1:${{ISSUER_PORT}}
<VirtualHost 127.0.0.1:${{ISSUER_PORT}}>
    RewriteEngine On
    RewriteRule "^/(.*)$" "unix:{folder}/socket|fcgi://lemonldap/$1" [P]
    ProxyFCGISetEnvIf "true" LLTYPE "portal"
    ProxyFCGISetEnvIf "true" SCRIPT_NAME ""
    ProxyFCGISetEnvIf "true" PATH_INFO "%{{reqenv:REQUEST_URI}}"
    <Location "/">
        CGIPassAuth On
    </Location>
</VirtualHost>
AuthJWTIssuer "${{ISSUER}}"
AuthJWTAudience orders
AuthJWTCooldown 1
ScriptAlias "/orders" "${{ROOT}}/env.cgi"
"""


# In place of the one that draws pictures, for which ImageMagick is needed
CAPTCHA = """package NoCaptcha;
use Mouse;
extends 'Lemonldap::NG::Portal::Main::Plugin';
sub init { 1 }
1;
"""


def storage(folder, name):
    for path in (folder / name, folder / name / "lock"):
        path.mkdir()
    return {"Directory": f"{folder}/{name}",
            "LockDirectory": f"{folder}/{name}/lock",
            "generateModule":
                "Lemonldap::NG::Common::Apache::Session::Generate::SHA256"}


class LemonLDAP:
    """Use it in a `with`."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        for name in ("conf", "cache", "lib"):
            (folder / name).mkdir()
        (folder / "lib/NoCaptcha.pm").write_text(CAPTCHA)
        (folder / "ini").write_text(INI.format(folder=folder))
        self.storages = {
            "globalStorage": "Apache::Session::File",
            "globalStorageOptions": storage(folder, "sessions"),
            "persistentStorage": "Apache::Session::File",
            "persistentStorageOptions": storage(folder, "psessions"),
            "localSessionStorage": "Cache::FileCache",
            "localSessionStorageOptions": {
                "namespace": "sessions", "cache_root": f"{folder}/cache"}}
        self.configure()
        user = ["-u", unprivileged_user()] if needs.is_root() else []
        self.daemon = Daemon(
            [needs.command("llng-fastcgi-server"), "--foreground", "-n", "2",
             "-p", folder / "pid", "-s", folder / "socket", *user],
            folder / "socket", folder / "output", {
                "LLNG_DEFAULTCONFFILE": f"{folder}/ini",
                "PERL5LIB": f"{folder}/lib",
                "LLNG_DEFAULTLOGGER": "Lemonldap::NG::Common::Logger::Std"})

    def configure(self):
        signer = Signer("RS256")
        (self.folder / "conf/lmConf-1.json").write_text(json.dumps({
            "cfgNum": 1, "cfgDate": 1, "cfgAuthor": "test",
            "portal": f"{self.url}/", "domain": "localhost",
            "cookieName": "lemonldap", "authentication": "Demo",
            "userDB": "Same", "passwordDB": "Null", "registerDB": "Null",
            "demoExportedVars": {"cn": "cn", "mail": "mail", "uid": "uid"},
            "locationRules": {}, "exportedHeaders": {}, "macros": {},
            "groups": {}, "whatToTrace": "uid", "securedCookie": 0,
            "timeout": 72000, **self.storages, "captcha": "NoCaptcha",
            "portalDisplayRegister": 0, "portalDisplayResetPassword": 0,
            "issuerDBOpenIDConnectActivation": 1,
            "oidcServiceMetaDataIssuer": self.url,
            "oidcServicePrivateKeySig": signer.private_pem,
            "oidcServicePublicKeySig": signer.public_pem,
            "oidcServiceKeyIdSig": signer.kid,
            "oidcRPMetaDataExportedVars": {"orders": {"email": "mail"}},
            "oidcRPMetaDataOptions": {"orders": {
                "oidcRPMetaDataOptionsClientID": "service",
                "oidcRPMetaDataOptionsClientSecret": "of-a-test",
                "oidcRPMetaDataOptionsAccessTokenJWT": 1,
                "oidcRPMetaDataOptionsAccessTokenSignAlg": "RS256",
                "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
                "oidcRPMetaDataOptionsAdditionalAudiences": "orders",
                "oidcRPMetaDataOptionsAllowClientCredentialsGrant": 1,
                "oidcRPMetaDataOptionsAllowPasswordGrant": 1}}}))
        give_to_httpd(self.folder)

    def token(self, **form):
        login = base64.b64encode(b"service:of-a-test").decode()
        request = urllib.request.Request(
            f"{self.url}/oauth2/token",
            urllib.parse.urlencode({"scope": "openid", **form}).encode(),
            {"Authorization": f"Basic {login}"})
        try:
            with urllib.request.urlopen(request,
                                        timeout=10 * SLOWNESS) as answer:
                return remember(json.load(answer)["access_token"])
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read()) from error

    def __enter__(self):
        self.daemon.__enter__()
        return self

    def __exit__(self, *_):
        self.daemon.__exit__()


@pytest.fixture(scope="module")
def issuer():
    with LemonLDAP(open_folder("llng")) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(issuer):
    with Httpd(SITE.format(folder=issuer.folder) + guarded("/orders"),
               modules=["proxy_fcgi"], define={
                   "ISSUER": issuer.url, "ISSUER_PORT": issuer.port}) \
            as server:
        yield server


@pytest.mark.parametrize("grant, user", [
    ({"grant_type": "client_credentials"}, "service"),
    ({"grant_type": "password", "username": "dwho", "password": "dwho"},
     "dwho")])
def test_tokens(server, issuer, grant, user):
    with server.log.allowing(r"\bJWT06\d\d\b"):  # while the portal compiles
        token = issuer.token(**grant)
        server.comes_to_accept("/orders", token)
    env = server.accepts("/orders", token).env
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == user
    assert env["JWT_CLAIM_iss"] == issuer.url
    assert "orders" in env["JWT_CLAIM_aud"].split(",")
    server.refuses("SIGNATURE_INVALID", "/orders", spoil_signature(token))
    server.refuses("NO_TOKEN", "/orders")
