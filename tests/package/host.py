# SPDX-License-Identifier: Apache-2.0
"""What the machine that runs the tests gives them: a Debian apart from its own,
made by debootstrap from the mirror that apt knows."""
import platform
import subprocess

# Mounts and processes of a command's own, which end with it whatever happens.
APART = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]

# In memory, since nothing but the archive is kept.
MAKE_BASE = """
mount -t tmpfs tmpfs "$1"
debootstrap --variant=minbase "$3" "$1" "$4"
tar -C "$1" -cf "$2" .
"""


def codename():
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def apt_lines(release=None):
    """(URI, suite, component) of the distribution's own, its base first; for
    another release the same with its name.

    As they are configured, even if apt has not looked there yet.
    """
    mine = codename()
    asked = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info", "Created-By: Packages",
         "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"],
        stdout=subprocess.PIPE, text=True, check=True)
    found = {tuple(line.split()) for line in asked.stdout.splitlines()}
    lines = [(uri, suite.replace(mine, release or mine, 1), component)
             for uri, suite, component in found if suite.startswith(mine)]
    assert lines, f"apt knows no mirror of {mine}: {found}"
    return sorted(lines, key=lambda line: line[1])


def make_base(archive, release, run):
    """The archive that debootstrap's result is kept in.  run: what runs a
    command, after its name."""
    if archive.exists():
        return
    folder, part = archive.with_suffix(""), archive.with_suffix(".part")
    folder.mkdir(parents=True, exist_ok=True)
    run("debootstrap", [*APART, "sh", "-e", "-c", MAKE_BASE, "-", folder, part,
                        release, apt_lines(release)[0][0]])
    part.rename(archive)


def settings(release):
    """{path: text} of an installed system where no service may start by
    itself."""
    return {
        "etc/apt/sources.list": "".join(
            f"deb {uri} {suite} {component}\n"
            for uri, suite, component in apt_lines(release)),
        "etc/apt/apt.conf.d/90answers":
            'APT::Get::Assume-Yes "true";\nDpkg::Use-Pty "false";\n',
        "etc/dpkg/dpkg.cfg.d/unsafe-io": "force-unsafe-io\n",
        "etc/hosts": f"127.0.0.1 localhost {platform.node()}\n",
        "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
    }


def write_settings(root, release):
    for path, text in settings(release).items():
        file = root / path
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o644)


def copy_tree(folder):
    """The project, without what was built or fetched."""
    tree = subprocess.run(
        ["tar", "-c", "--exclude=./.git", "--exclude=./build",
         "--exclude=__pycache__", "."], stdout=subprocess.PIPE, check=True)
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=tree.stdout, check=True)
