# SPDX-License-Identifier: Apache-2.0
"""Prevents: a comparison of signatures by secrets whose time tells how much of
one was right.
"""
import os
import subprocess

import project

PROGRAM = os.path.join(project.build_folder(), "unit", "core", "constant_time")
DEPENDS = "depends on uninitialised"


def memcheck(how):
    done = subprocess.run(["valgrind", "-q", PROGRAM, how], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def check():
    code, said = memcheck("secret")
    if code != 0 or said:
        yield f"a comparison of secrets looks at them: {code}: {said}"
    code, said = memcheck("equal")
    if code != 0 or DEPENDS not in said:
        yield f"{PROGRAM}: one that looks at them is not noticed: {said}"


project.finish([*check()])
