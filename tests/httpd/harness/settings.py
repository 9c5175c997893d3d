# SPDX-License-Identifier: Apache-2.0
"""Where things are, and how long anything may take."""
import os
import pathlib
import shutil
import subprocess
import time

PROJECT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("AJWT_BUILD") or PROJECT / "build")
MODULE = BUILD / "mod_auth_jwt.so"

# A sanitizer's library, when the module was built with one.
PRELOAD = os.environ.get("AJWT_PRELOAD", "")
SLOWNESS = 4 if PRELOAD else 1

# What AuthJWTVerdictCache is where a test does not say; "": its default.
VERDICT_CACHE = os.environ.get("AJWT_VERDICT_CACHE", "")

MPMS = ["event", "worker", "prefork"]


def ask_apxs(name):
    apxs = os.environ.get("APXS") or shutil.which("apxs") or "/usr/sbin/apxs"
    return subprocess.run([apxs, "-q", name], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


HTTPD = os.path.join(ask_apxs("SBINDIR"), ask_apxs("PROGNAME"))
MODULES = pathlib.Path(ask_apxs("LIBEXECDIR"))


def wait_until(condition, what, timeout_s=10, step_s=0.01):
    """The first true value of condition(); a failed test when none comes."""
    deadline = time.monotonic() + timeout_s * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        time.sleep(step_s)
