# SPDX-License-Identifier: Apache-2.0
"""The tool ajwt, run as a user would."""
import os
import subprocess

from .settings import BUILD, PRELOAD, SLOWNESS


def environment(**variables):
    """Of no locale, unless one is given; an httpd that it starts loads the
    module with what a sanitizer needs."""
    if PRELOAD:
        variables = {"LD_PRELOAD": PRELOAD, "ASAN_OPTIONS": "detect_leaks=0",
                     **variables}
    return {**os.environ, "LC_ALL": "C", **variables}


def run(*words, stdin=None, **variables):
    """What it did; stdin: a text; further variables of the environment."""
    given = {"stdin": subprocess.DEVNULL} if stdin is None else \
        {"input": stdin}
    return subprocess.run([BUILD / "ajwt", *map(str, words)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, encoding="utf-8",
                          timeout=30 * SLOWNESS,
                          env=environment(**variables), **given)
