# SPDX-License-Identifier: Apache-2.0
"""The Debian package: built, looked at, installed, used, removed."""
import tarfile

import pytest

from conftest import BUILD, timed
from readme import installation, script

NAMED_LIKE_US = "find / -xdev -path /build -prune -o " \
                "'(' -name '*auth?jwt*' -o -name '*ajwt*' ')' -print"
# What the README had its reader make.
FORGET_ORDERS = "a2disconf orders\nrm /etc/apache2/orders.*\n"
MORE = "bash-completion autopkgtest dpkg-dev"
TREE = BUILD / "deb/source"


def files(folder):
    """But .gitignore, which dpkg-source leaves out."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")
            if not path.is_dir()} - {".gitignore"}


def packed_sources():
    archive, = (BUILD / "deb").glob("*.tar.*")
    with tarfile.open(archive) as tar:
        return {member.name.partition("/")[2] for member in tar
                if not member.isdir()}


def test_lintian_finds_nothing():
    changes, = (BUILD / "deb").glob("*.changes")
    assert not timed("lintian", ["lintian", "--allow-root", "-I", "--pedantic",
                                 changes])


def test_clean_leaves_what_was_there():
    sources = packed_sources()
    assert "debian/rules" in sources and files(TREE) > sources
    timed("clean", ["debian/rules", "clean"], cwd=TREE)
    assert files(TREE) == sources


def test_a_new_user_gets_in_by_the_readme(machine):
    _, install, _ = installation()
    machine.run("apt update", "apt-get update", network=True)
    machine.run("README: install", f"sudo() {{ \"$@\"; }}\n{install}",
                network=True)
    machine.write("words", script())
    said = machine.run("README: from a2enmod to 200", "sh -e words")
    (BUILD / "package/transcript.txt").write_text(said)
    assert "WWW-Authenticate: Bearer realm=\"orders\"" in said


@pytest.fixture(scope="module", name="equipped")
def with_more_packages(machine):
    """When the README has been followed: its words may need none of these."""
    machine.run("apt install", f"apt-get install --no-install-recommends {MORE}",
                network=True)
    return machine


def test_tab_completes_commands(equipped):
    """Typed into the shell of somebody who has bash-completion."""
    said = equipped.run("ajwt exp<Tab>", r"printf 'ajwt exp\t--help\n' | "
                        "bash --rcfile /etc/profile.d/bash_completion.sh -i")
    assert "usage: ajwt explain " in said


def test_autopkgtest_passes(equipped):
    """With the package that is installed."""
    equipped.run("autopkgtest", FORGET_ORDERS +
                 "autopkgtest -B /build/*.dsc -- null")


def test_a_purge_leaves_nothing(machine):
    there = machine.run("find", NAMED_LIKE_US)
    assert "/usr/bin/ajwt" in there and "mods-enabled" in there
    machine.run("purge", FORGET_ORDERS +
                         "apt-get purge libapache2-mod-auth-jwt\n"
                         "apachectl configtest")
    assert machine.run("find", NAMED_LIKE_US) == ""
