# SPDX-License-Identifier: Apache-2.0
"""tests/packages.sh: what it installs, and what it says where it may not.

On a machine that only pretends: its apt-get, apt-cache and sudo are scripts.
"""
import os
import shutil
import subprocess

import pytest

TOOLS = ["sh", "sed", "grep", "cut", "sort", "tr", "awk", "cat"]
LISTS = """case "$*" in
*--print-uris*)
    echo "'http://mirror/a.deb' a.deb 1000000 MD5Sum:0"
    echo "'http://mirror/b.deb' b.deb 11400000 MD5Sum:0" ;;
esac
"""
COMMAND = "apt-get update && apt-get install --no-install-recommends " \
          "apache2-dev\n"
SIZE = "Installing apache2-dev: 2 packages, 12 MB to fetch."


@pytest.fixture
def machine(tmp_path):
    """Its commands; httpd and apxs are not among them."""
    for name in TOOLS:
        (tmp_path / name).symlink_to(shutil.which(name))
    command(tmp_path, "id", "echo 1000\n")
    command(tmp_path, "apt-get", f'echo "apt-get $*" >>{tmp_path}/calls\n' + LISTS)
    command(tmp_path, "apt-cache", 'echo "$2:"; echo "  Candidate: 1.0"\n')
    return tmp_path


def command(machine, name, text):
    path = machine / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def packages(machine, *words):
    """The exit code, and all that it says."""
    ended = subprocess.run(
        ["tests/packages.sh", *words], text=True,
        env={"PATH": str(machine), "APXS": "no-such-apxs"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60, check=False)
    return ended.returncode, ended.stdout


def only_apxs(machine):
    """Everything else that building needs is there."""
    for name in ("make", "gcc", "pkg-config"):
        command(machine, name, "exit 0\n")


def other_guides(machine):
    """Those of modules are missing, since there is no httpd."""
    command(machine, "nginx", "exit 0\n")


def test_a_user_without_sudo_gets_the_command(machine):
    only_apxs(machine)
    code, said = packages(machine, "build")
    assert code == 1 and COMMAND in said
    assert "as root" in said
    assert not (machine / "calls").exists()


def test_a_user_whom_sudo_refuses_gets_the_command(machine):
    only_apxs(machine)
    command(machine, "sudo", "echo not in the sudoers file >&2; exit 1\n")
    code, said = packages(machine, "build")
    assert code == 1 and COMMAND in said
    assert "not in the sudoers file" in said
    assert not (machine / "calls").exists()


def test_the_size_is_printed_before_anything_is_fetched(machine):
    only_apxs(machine)
    command(machine, "sudo",
            'if [ "$1" = env ]; then echo installs; exit 1; fi; "$@"\n')
    code, said = packages(machine, "build")
    assert code == 1 and COMMAND in said
    assert said.index(SIZE) < said.index("installs")


def test_a_system_without_apt_get(machine):
    only_apxs(machine)
    (machine / "apt-get").unlink()
    code, said = packages(machine, "build")
    assert code == 1
    assert "dnf install httpd-devel" in said and "apk add apache2-dev" in said


def test_nothing_is_printed_where_nothing_is_missing(machine):
    command(machine, "pandoc", "exit 0\n")
    assert packages(machine, "docs") == (0, "")
    assert packages(machine, "--optional", "docs") == (0, "")


def test_each_optional_package_is_asked_for_by_itself(machine):
    other_guides(machine)
    command(machine, "apt-cache",
            'echo "$2:"; case $2 in *oauth2) echo "  Candidate: (none)" ;;\n'
            '*) echo "  Candidate: 2.4" ;; esac\n')
    command(machine, "sudo", 'case $1 in env) shift 5; shift; echo "installs $*" ;; '
            '*) "$@" ;; esac\n')
    code, said = packages(machine, "--optional", "guides")
    assert code == 0
    assert "installs libapache2-mod-auth-openidc" in said
    line = said.splitlines()[-1]
    assert line.startswith("skipped: what of guides needs httpd:auth_openidc "
                           "httpd:oauth2 ")
    assert line.endswith("(this release does not have libapache2-mod-oauth2)")


def test_an_optional_package_where_nothing_may_be_installed(machine):
    other_guides(machine)
    code, said = packages(machine, "--optional", "guides")
    assert code == 0 and said.count("\n") == 1
    assert said.startswith("skipped: what of guides needs httpd:auth_openidc "
                           "httpd:oauth2 ")


def test_make_asks_apxs_nothing_before_it_is_there(tmp_path):
    """Nor anything else that only a build needs."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL",
                                   "CC", "CFLAGS")}
    ended = subprocess.run(
        ["make", "-f", "Makefile.apxs", "APXS=no-such-apxs",
         f"BUILD={tmp_path}/none", "clean"], text=True, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        check=True)
    assert "no-such-apxs" not in ended.stdout
