# SPDX-License-Identifier: Apache-2.0
"""A clean machine of the running distribution, and how long things take.

The machine is a chroot: debootstrap's smallest one, kept in build/package for
the next run, with the distribution's mirror as apt knows it.  What runs in it
has, unless it has to install, no network but a loopback of its own, so that port
80 is free.
"""
import os
import pathlib
import platform
import shutil
import subprocess
import time

import pytest

from host import APART, apt_lines, codename

BUILD = pathlib.Path(os.environ["AJWT_BUILD"])
FOLDER = BUILD / "package"
LONGEST_S = 300

INSIDE = """
root=$1
ip link set lo up
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm"
exec chroot "$root" sh -e -c "$2"
"""

# In memory, since nothing but the archive is kept.
MAKE_BASE = """
mount -t tmpfs tmpfs "$1"
debootstrap --variant=minbase "$3" "$1" "$4"
tar -C "$1" -cf "$2" .
"""

took = []


def timed(what, command, **how):
    """Runs it; its output is the failure's text."""
    began = time.monotonic()
    ended = subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=LONGEST_S, check=False, **how)
    took.append(f"{time.monotonic() - began:6.1f} s  {what}")
    assert ended.returncode == 0, f"{what}:\n{ended.stdout}"
    return ended.stdout


def pytest_terminal_summary(terminalreporter):
    for line in took:
        terminalreporter.write_line(line)


class Machine:
    def __init__(self, root):
        self.root = root

    def write(self, path, text, mode=0o644):
        file = self.root / path
        file.write_text(text)
        file.chmod(mode)

    def prepare(self):
        """As an installed system is, but that no service may start by itself."""
        self.write("etc/apt/sources.list", "".join(
            f"deb {uri} {suite} {component}\n"
            for uri, suite, component in apt_lines()))
        self.write("etc/apt/apt.conf.d/90answers",
                   'APT::Get::Assume-Yes "true";\nDpkg::Use-Pty "false";\n')
        self.write("etc/dpkg/dpkg.cfg.d/unsafe-io", "force-unsafe-io\n")
        self.write("etc/hosts", f"127.0.0.1 localhost {platform.node()}\n")
        self.write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "build").mkdir()
        for built in (BUILD / "deb").glob("libapache2-mod-auth-jwt*.*"):
            shutil.copy(built, self.root / "build")

    def run(self, what, command, network=False):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive",
                       "LC_ALL": "C.UTF-8",
                       "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        return timed(what, [*APART, *([] if network else ["--net"]), "sh", "-e",
                            "-c", INSIDE, "-", self.root, command],
                     env=environment)


def base():
    """The archive that debootstrap's result is kept in."""
    archive = FOLDER / f"{codename()}.tar"
    if not archive.exists():
        folder, part = FOLDER / "base", archive.with_suffix(".part")
        folder.mkdir(exist_ok=True)
        timed("debootstrap", [*APART, "sh", "-e", "-c", MAKE_BASE, "-", folder,
                              part, codename(), apt_lines()[0][0]])
        part.rename(archive)
    return archive


@pytest.fixture(scope="session")
def machine():
    root = FOLDER / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    timed("unpack", ["tar", "-C", root, "-xf", base()])
    machine = Machine(root)
    machine.prepare()
    yield machine
    shutil.rmtree(root)
