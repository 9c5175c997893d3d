#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make check`, in a clean Debian of a release: what users of that release get.

    tests/package/debian.py [RELEASE]

debootstrap's smallest Debian, with this machine's mirror, a copy of this tree
and nothing else: `check` installs what it needs.  It stays in
build/debian/RELEASE for a look, until the next run.  Where it cannot be made,
that is said in one line, and the exit code is 0.
"""
import os
import pathlib
import shutil
import subprocess
import sys

from host import APART, codename, copy_tree, make_base, write_settings
from possible import why_not

FOLDER = pathlib.Path(os.environ.get("AJWT_BUILD", "build")) / "debian"
INSIDE = """
root=$1
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount --bind "$root/dev/pts/ptmx" "$root/dev/ptmx"
mount --bind "$2" "$root/var/cache/apt/archives"
exec chroot "$root" sh -e -c "cd /src
    tests/packages.sh build
    exec make -f Makefile.apxs check"
"""
LOCAL_CAS = pathlib.Path("usr/local/share/ca-certificates")


def run(_, command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def npm_registry():
    """As this machine's npm knows it."""
    if not shutil.which("npm"):
        return {}
    asked = subprocess.run(["npm", "config", "get", "registry"], check=True,
                           text=True, stdout=subprocess.PIPE)
    return {"npm_config_registry": asked.stdout.strip()}


def make_machine(release):
    archive, root = FOLDER / f"{release}.tar", FOLDER / release
    make_base(archive, release, run)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    run("unpack", ["tar", "-C", root, "-xf", archive])
    write_settings(root, release)
    shutil.copy("/etc/resolv.conf", root / "etc")
    if (pathlib.Path("/") / LOCAL_CAS).is_dir():
        shutil.copytree(pathlib.Path("/") / LOCAL_CAS, root / LOCAL_CAS,
                        dirs_exist_ok=True)
    copy_tree(root / "src")
    return root


def check(root, debs):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                   "LC_ALL": "C.UTF-8", **npm_registry()}
    return subprocess.run(
        [*APART, "sh", "-e", "-c", INSIDE, "-", root, debs],
        env=environment, stdin=subprocess.DEVNULL, check=False).returncode


def main(release):
    reason = why_not(release)
    if not reason and not shutil.which("debootstrap"):
        reason = "it needs debootstrap"
    if reason:
        print(f"check-debian: skipped, because {reason}")
        return 0
    debs = FOLDER / f"{release}.debs"
    (debs / "partial").mkdir(parents=True, exist_ok=True)
    return check(make_machine(release), debs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else codename()))
