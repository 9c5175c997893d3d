#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Can a clean Debian be made on this machine, now?

For .ci/run, which may be where it cannot.  Says in one line why not, and fails;
or says nothing.  Each thing is asked for in the way that it is used, for a
bounded time.
"""
import os
import subprocess
import sys
import urllib.request

from host import APART, apt_lines

ASK_S = 20
WORK_APART = "mount -t proc proc /proc; mount -t tmpfs tmpfs /dev/shm; " \
             "exec chroot / true"


def may_be_apart(_):
    asked = subprocess.run(
        [*APART, "--net", "sh", "-e", "-c", WORK_APART], timeout=ASK_S,
        check=False, text=True, stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    if asked.returncode != 0:
        raise OSError(asked.stderr.strip())


def mirror_answers(release):
    for uri, suite in sorted({line[:2] for line in apt_lines(release)}):
        address = f"{uri.rstrip('/')}/dists/{suite}/InRelease"
        try:
            urllib.request.urlopen(address, timeout=ASK_S).close()
        except OSError as error:
            raise OSError(f"{address}: {error}") from error


NEEDS = {
    "mounts and processes of its own": may_be_apart,
    "the distribution's mirror": mirror_answers,
}


def why_not(release=None):
    if os.geteuid() != 0:
        return "it needs root"
    for what, ask in NEEDS.items():
        try:
            ask(release)
        except Exception as error:  # whatever it is, that is the answer
            return f"it needs {what}: {error}"
    return None


if __name__ == "__main__":
    sys.exit(why_not())
