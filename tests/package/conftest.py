# SPDX-License-Identifier: Apache-2.0
"""A clean machine of the running distribution, and how long things take.

The machine is a chroot: debootstrap's smallest one, kept in build/package for
the next run, with the distribution's mirror as apt knows it.  What runs in it
has, unless it has to install, no network but a loopback of its own, so that port
80 is free.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from host import APART, codename, copy_tree, make_base, write_settings

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
        write_settings(self.root, codename())
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


@contextlib.contextmanager
def new_machine(name):
    root = FOLDER / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    archive = FOLDER / f"{codename()}.tar"
    make_base(archive, codename(), timed)
    timed("unpack", ["tar", "-C", root, "-xf", archive])
    machine = Machine(root)
    machine.prepare()
    yield machine
    shutil.rmtree(root)


@pytest.fixture(scope="session")
def machine():
    with new_machine("root") as machine:
        yield machine


@pytest.fixture(scope="module")
def bare_machine():
    """With make and the source, for a user who has just cloned it."""
    with new_machine("bare") as machine:
        copy_tree(machine.root / "src")
        machine.run("apt-get install make",
                    "apt-get update\n"
                    "apt-get install --no-install-recommends make", network=True)
        yield machine
