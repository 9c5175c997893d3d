# SPDX-License-Identifier: Apache-2.0
"""Prevents: a file of a compiler, an analyser or an editor among the sources.

`clang --analyze`, for one, writes a .plist for each file into the folder that
it is started in.
"""
import fnmatch
import os
import subprocess

import project

GENERATED = """*.plist *.o *.lo *.slo *.la *.a *.so *.d *.gcda *.gcno *.gcov
    *.profraw *.pyc *.orig *.rej *.bak *.swp *~ *.log core vgcore.*
    callgrind.out.* compile_commands.json *.deb *.new""".split()


def tracked_files():
    """What git tracks; all files where this is no working copy."""
    if not os.path.exists(".git"):
        return project.files(".")
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, text=True,
                            stdout=subprocess.PIPE)
    return [path for path in listed.stdout.split("\0") if path]


def is_generated(path):
    name = os.path.basename(path)
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in GENERATED)


project.finish([f"{path}: is generated: take it out of the sources"
                for path in tracked_files() if is_generated(path)])
