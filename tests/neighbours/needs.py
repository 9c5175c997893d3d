# SPDX-License-Identifier: Apache-2.0
"""What each file of tests needs besides what every test needs."""
import functools
import glob
import os
import re
import shutil
import subprocess

from harness.settings import HTTPD, MODULES


def command(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def find(pattern):
    """The newest of these files, or None."""
    return max(glob.glob(pattern), default=None)


def php_fpm():
    """Debian has the version in its name."""
    return find("/usr/sbin/php-fpm[0-9]*") or command("php-fpm")


def suexec():
    """Where httpd looks for it, or None."""
    done = subprocess.run([HTTPD, "-V"], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=False)
    found = re.search(r'SUEXEC_BIN="(.*)"', done.stdout)
    return found and found[1]


def module(name):
    return (MODULES / f"mod_{name}.so").exists()


def has_perl(name):
    return subprocess.run(["perl", f"-M{name}", "-e", "1"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def is_root():
    return os.geteuid() == 0


SUEXEC = suexec()
TOMCAT = find("/usr/share/tomcat[0-9]*")

# file -> (what is missing, whether it is there), each in turn
NEEDS = {
    "test_php.py": [("php-fpm", php_fpm)],
    "test_git.py": [
        ("git", lambda: command("git")),
        ("git-http-backend",
         lambda: find("/usr/lib*/git-core/git-http-backend"))],
    "test_svn.py": [("svn", lambda: command("svn")),
                    ("mod_dav_svn", lambda: module("dav_svn"))],
    "test_webdav.py": [("mod_dav_fs", lambda: module("dav_fs")),
                       ("curl", lambda: command("curl"))],
    "test_ldap.py": [("slapd", lambda: command("slapd") and command("slapadd")),
                     ("mod_authnz_ldap", lambda: module("authnz_ldap"))],
    "test_websocket.py": [
        ("mod_proxy_wstunnel", lambda: module("proxy_wstunnel"))],
    "test_managed_certificates.py": [("mod_md", lambda: module("md"))],
    "test_glewlwyd.py": [("glewlwyd", lambda: command("glewlwyd")),
                         ("its database for sqlite3", lambda: find(
                             "/usr/share/dbconfig-common/data/glewlwyd/"
                             "install/sqlite3"))],
    "test_lemonldap.py": [
        ("llng-fastcgi-server", lambda: command("llng-fastcgi-server")),
        ("its portal for OpenID Connect", lambda: has_perl(
            "Lemonldap::NG::Portal::Issuer::OpenIDConnect")),
        ("its portal's passwords", lambda: has_perl(
            "Lemonldap::NG::Portal::Password::Null"))],
    "test_wsgi.py": [("mod_wsgi", lambda: module("wsgi"))],
    "test_uwsgi.py": [
        ("uwsgi", lambda: command("uwsgi")),
        ("its Python", lambda: find("/usr/lib*/uwsgi/plugins/python3*")),
        ("mod_proxy_uwsgi", lambda: module("proxy_uwsgi"))],
    "test_perl.py": [("mod_perl", lambda: module("perl"))],
    "test_lua.py": [("mod_lua", lambda: module("lua"))],
    "test_fcgid.py": [
        ("mod_fcgid", lambda: module("fcgid")),
        ("libfcgi-perl", lambda: has_perl("FCGI"))],
    "test_openidc.py": [("mod_auth_openidc", lambda: module("auth_openidc"))],
    "test_modsecurity.py": [("mod_security2", lambda: module("security2"))],
    "test_grpc.py": [("mod_proxy_http2", lambda: module("proxy_http2"))],
    "test_tomcat.py": [("java", lambda: command("java")),
                       ("Tomcat", lambda: TOMCAT)],
    "test_suexec.py": [
        ("user root", is_root),
        ("suexec", lambda: SUEXEC and os.path.exists(SUEXEC)),
        ("mod_suexec", lambda: module("suexec"))],
}


@functools.cache
def missing(file):
    """The first of its needs that is not there, or None."""
    return next((what for what, is_there in NEEDS[file] if not is_there()),
                None)
