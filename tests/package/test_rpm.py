# SPDX-License-Identifier: Apache-2.0
"""The spec file: checked by rpmlint, and built.

On Debian rpm knows neither the packages to build with nor httpd's macros: the
one is not asked for, the others are given.
"""
import shutil
import subprocess

from conftest import BUILD, timed

SPEC = "docs/packaging/mod_auth_jwt.spec"
FILES = ["/usr/bin/ajwt", "/usr/lib64/httpd/modules/mod_auth_jwt.so",
         "/etc/httpd/conf.modules.d/10-auth_jwt.conf",
         "/usr/share/man/man5/mod_auth_jwt.5",
         "/usr/share/bash-completion/completions/ajwt"]
MACROS = {"_httpd_moddir": "/usr/lib64/httpd/modules",
          "_httpd_modconfdir": "/etc/httpd/conf.modules.d",
          "_httpd_mmn": "20120211", "_httpd_apxs": "apxs"}


def defined(**macros):
    return [word for name, value in macros.items()
            for word in ("--define", f"{name} {value}")]


def query(*words):
    return subprocess.run(["rpm", "-qp", *words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()


def test_rpmlint_finds_nothing():
    timed("rpmlint", ["rpmlint", "--strict", "--rpmlintrc",
                      SPEC.replace(".spec", ".rpmlintrc"), SPEC])


def test_rpmbuild_makes_a_package():
    top = BUILD / "package/rpm"
    shutil.rmtree(top, ignore_errors=True)
    (top / "SOURCES").mkdir(parents=True)
    macros = defined(_topdir=top, **MACROS)
    name = subprocess.run(
        ["rpmspec", "-q", "--srpm", "--qf", "%{NAME}-%{VERSION}", *macros, SPEC],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    timed("tar", ["tar", "-czf", top / f"SOURCES/{name}.tar.gz",
                  "--exclude=.git", "--exclude=./build", "--transform",
                  f"s,^\\.,{name},", "."])
    timed("rpmbuild", ["rpmbuild", "-bb", "--nodeps", *macros, SPEC])
    package, = top.glob("RPMS/*/mod_auth_jwt-[0-9]*.rpm")
    assert set(FILES) <= set(query("-l", package))
    assert "httpd-mmn = 20120211" in query("--requires", package)
