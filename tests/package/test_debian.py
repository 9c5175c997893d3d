# SPDX-License-Identifier: Apache-2.0
"""The Debian package: built, looked at, installed, used, removed."""
import re
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


DOC = "usr/share/doc/libapache2-mod-auth-jwt"
LINK = re.compile(r"\]\(([^()\s#]+)[^()\s]*\)")

# Every request is answered while packages are exchanged below a running httpd.
EXCHANGE = """
new=$(ls /build/libapache2-mod-auth-jwt_*.deb)
dpkg-deb -R $new /older
sed -i "s/^Version: /&0~/" /older/DEBIAN/control
dpkg-deb -b /older /older.deb
cat /etc/apache2/orders.* /etc/apache2/conf-enabled/orders.conf >/before
apachectl start
token=$(ajwt mint --key /etc/apache2/orders.key --issuer https://orders.example \\
    --audience orders --subject alice)
ask() {
    curl -s -o /dev/null --retry 20 --retry-connrefused --retry-delay 1 \\
        -w 'status %{http_code}\\n' -H "Authorization: Bearer $token" \\
        http://localhost/cgi-bin/test
}
ask
(while [ ! -e /ended ]; do ask; done) &
for package in /older.deb $new /older.deb $new; do
    dpkg -i $package
    apachectl configtest
    pid=$(cat /run/apache2/apache2.pid)
    grep -q 'mod_auth_jwt.so (deleted)' /proc/$pid/maps
    apachectl graceful
    tries=100
    while grep -q 'mod_auth_jwt.so (deleted)' /proc/$pid/maps; do
        tries=$((tries - 1))
        [ $tries -gt 0 ]
        sleep 0.1
    done
    dpkg-query -W -f 'runs ${Version}\\n' libapache2-mod-auth-jwt
done
touch /ended
wait
cat /etc/apache2/orders.* /etc/apache2/conf-enabled/orders.conf | cmp - /before
apachectl stop
rm -r /older /older.deb /before /ended
"""


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


def test_packaged_pages_can_be_read_and_followed(tmp_path):
    """None is compressed, and each link leads to a file of the package."""
    package, = (BUILD / "deb").glob("libapache2-mod-auth-jwt_*.deb")
    timed("unpack", ["dpkg-deb", "-x", package, tmp_path])
    pages = list((tmp_path / DOC).rglob("*.md"))
    assert tmp_path / DOC / "docs/directives.md" in pages
    assert not list((tmp_path / DOC).rglob("*.md.gz"))
    dead = [f"{page.relative_to(tmp_path / DOC)}: {target}" for page in pages
            for target in LINK.findall(page.read_text())
            if not re.match(r"[a-z]+:", target)
            and not (page.parent / target).exists()]
    assert dead == []


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


def test_an_upgrade_and_a_downgrade_lose_no_request(machine):
    """docs/upgrading.md; with the configuration that the README has made."""
    said = machine.run("two upgrades, two downgrades", EXCHANGE)
    assert set(re.findall(r"^status (\d+)$", said, re.MULTILINE)) == {"200"}
    versions = re.findall(r"^runs (\S+)$", said, re.MULTILINE)
    assert len(versions) == 4 and versions[0] == f"0~{versions[1]}"


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
