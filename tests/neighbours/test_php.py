# SPDX-License-Identifier: Apache-2.0
"""PHP by php-fpm, with the configuration that Debian's package has for httpd."""
import pathlib
import pwd

import pytest

import needs
from daemon import Daemon
from harness.httpd import Httpd, unprivileged_user
from harness.recipes import FILES as RECIPE_FILES
from harness.recipes import SIGNER as RECIPE_SIGNER
from harness.recipes import recipe
from harness.site import TRUST, guarded
from harness.tokens import Signer, key_set
from places import open_folder

SIGNER = Signer()

POOL = """
[global]
error_log = {folder}/log
daemonize = no
[www]
listen = {folder}/socket
listen.mode = 0666
{user}
pm = static
pm.max_children = 2
"""

# Each variable on a line, as env.cgi of tests/httpd prints them
PAGE = """<?php
header('Content-Type: text/plain');
foreach ($_SERVER as $name => $value)
    if (is_string($value)) echo "$name=$value\\n";
"""

# Where Debian's file is not there: as Fedora's conf.d/php.conf
OTHER = """
<FilesMatch "\\.(php|phar)$">
    SetHandler "proxy:unix:/run/php-fpm.sock|fcgi://localhost"
</FilesMatch>
"""

LARAVEL = """
RewriteEngine On
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ index.php [L]
"""
WORDPRESS = """
RewriteEngine On
RewriteBase /wordpress/
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /wordpress/index.php [L]
"""

SITE = TRUST + """
DirectoryIndex index.php
<Directory "${ROOT}/htdocs">
    AllowOverride FileInfo Indexes
</Directory>
""" + "".join((
    guarded("/guarded"), guarded("/laravel/api", "AuthJWTForwardToken Off"),
    guarded("/wordpress/wp-json"), guarded("/fallback/api")))

FILES = {
    "keys.json": key_set(SIGNER),
    **{f"htdocs/{folder}/index.php": PAGE
       for folder in ("guarded", "laravel", "wordpress", "fallback")},
    "htdocs/laravel/.htaccess": LARAVEL,
    "htdocs/wordpress/.htaccess": WORDPRESS,
    "htdocs/fallback/.htaccess": "FallbackResource /fallback/index.php\n",
}


def packaged():
    path = needs.find("/etc/apache2/conf-available/php*-fpm.conf")
    return pathlib.Path(path).read_text() if path else OTHER


def with_socket(text, path):
    """The packaged configuration, for the socket of this test's php-fpm."""
    before, _, rest = text.partition('SetHandler "proxy:unix:')
    return f'{before}SetHandler "proxy:unix:{path}|' + rest.partition("|")[2]


@pytest.fixture(scope="module")
def socket():
    """That of a php-fpm."""
    folder = open_folder("fpm")
    user = f"user = {unprivileged_user()}\ngroup = " \
        f"{pwd.getpwnam(unprivileged_user()).pw_gid}" \
        if needs.is_root() else ""
    (folder / "pool").write_text(POOL.format(folder=folder, user=user))
    with Daemon([needs.php_fpm(), "-F", "-n", "-y", folder / "pool"],
                folder / "socket", folder / "output"):
        yield folder / "socket"


@pytest.fixture(scope="module")
def server(socket):
    with Httpd(with_socket(packaged(), socket) + SITE, files=FILES,
               modules=["proxy_fcgi"]) as server:
        with server.log.allowing("needs no token. Write <LocationMatch"):
            pass
        yield server


def claims_in(env):
    return {name for name in env if name.startswith("JWT_CLAIM_")}


def test_user_and_claims(server):
    answer = server.accepts("/guarded/index.php", SIGNER.mint(
        name="Zoë", roles=["clerk", "manager"]))
    env = answer.env
    assert (env["REMOTE_USER"], env["AUTH_TYPE"]) == ("alice", "Bearer")
    assert env["JWT_CLAIM_name"] == "Zoë"
    assert env["JWT_CLAIM_roles"] == "clerk,manager"
    server.refuses("NO_TOKEN", "/guarded/index.php")


def test_an_index(server):
    env = server.accepts("/guarded/", SIGNER.mint()).env
    assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
    server.refuses("NO_TOKEN", "/guarded/")


@pytest.mark.parametrize("path", ["/laravel/api/orders/42",
                                  "/wordpress/wp-json/v2/posts",
                                  "/fallback/api/orders"])
def test_front_controllers(server, path):
    """The entry point is public, and has the claims of guarded paths."""
    env = server.accepts(path, SIGNER.mint(tenant="acme")).env
    assert env["SCRIPT_NAME"].endswith("/index.php")
    assert env["REMOTE_USER"] == "alice"
    assert env["JWT_CLAIM_tenant"] == "acme"
    assert "HTTP_AUTHORIZATION" not in env or "laravel" not in path
    server.refuses("NO_TOKEN", path)
    public = path.partition("/api")[0].partition("/wp-json")[0] + "/a/page"
    env = server.accepts(public, SIGNER.mint()).env
    assert "REMOTE_USER" not in env and not claims_in(env)


def test_no_client_writes_a_claim(server):
    env = server.accepts("/laravel/about", headers=[
        ("JWT-CLAIM-sub", "mallory"), ("REMOTE-USER", "mallory")]).env
    assert not claims_in(env) and "REMOTE_USER" not in env


def test_the_recipe(socket):
    block = recipe("PHP", replace=[("/run/php/php-fpm.sock", str(socket))])
    files = {**RECIPE_FILES, "htdocs/orders/page.php": PAGE}
    with Httpd(block, files=files, modules=["proxy_fcgi"]) as server:
        env = server.accepts("/orders/page.php", RECIPE_SIGNER.mint()).env
        assert env["REMOTE_USER"] == env["JWT_CLAIM_sub"] == "alice"
        server.refuses("NO_TOKEN", "/orders/page.php")
