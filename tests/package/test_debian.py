"""The Debian package: built, looked at, installed, used, removed."""
import tarfile

from conftest import BUILD, timed
from readme import installation, script

NAMED_LIKE_US = "find / -xdev -path /build -prune -o " \
                "'(' -name '*auth?jwt*' -o -name '*ajwt*' ')' -print"
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


def test_a_purge_leaves_nothing(machine):
    there = machine.run("find", NAMED_LIKE_US)
    assert "/usr/bin/ajwt" in there and "mods-enabled" in there
    machine.run("purge", "a2disconf orders\n"
                         "apt-get purge libapache2-mod-auth-jwt\n"
                         "apachectl configtest")
    assert machine.run("find", NAMED_LIKE_US) == ""
