#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Can `check-package` be done on this machine, now?

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


def may_be_apart():
    asked = subprocess.run(
        [*APART, "--net", "sh", "-e", "-c", WORK_APART], timeout=ASK_S,
        check=False, text=True, stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    if asked.returncode != 0:
        raise OSError(asked.stderr.strip())


def mirror_answers():
    for uri, suite in sorted({line[:2] for line in apt_lines()}):
        address = f"{uri.rstrip('/')}/dists/{suite}/InRelease"
        try:
            urllib.request.urlopen(address, timeout=ASK_S).close()
        except OSError as error:
            raise OSError(f"{address}: {error}") from error


NEEDS = {
    "mounts and processes of its own": may_be_apart,
    "the distribution's mirror": mirror_answers,
}


def main():
    if os.geteuid() != 0:
        sys.exit("it needs root")
    for what, ask in NEEDS.items():
        try:
            ask()
        except Exception as error:  # whatever it is, that is the answer
            sys.exit(f"it needs {what}: {error}")


if __name__ == "__main__":
    main()
