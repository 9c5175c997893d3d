# SPDX-License-Identifier: Apache-2.0
"""Prevents: a build that goes without what compiler and linker offer against
memory errors, because a flag was lost on its way.

Looks at what was built, not at the flags.
"""
import glob
import os
import re
import subprocess
import sys

import project

BUILD = project.build_folder()
MODULE = os.path.join(BUILD, "mod_auth_jwt.so")
TOOL = os.path.join(BUILD, "ajwt")
PROTECTED_BRANCHES = {"X86-64": "IBT, SHSTK"}


def readelf(path, *options):
    done = subprocess.run(["readelf", "-W", *options, path], text=True,
                          capture_output=True)
    if done.returncode != 0 or not done.stdout.strip():
        sys.exit(f"{path}: {done.stderr.strip() or 'readelf says nothing'}")
    return done.stdout


def segments(text):
    """(type, offset, flags) of each program header."""
    return [(kind, int(offset, 16), flags.replace(" ", ""))
            for kind, offset, flags in re.findall(
                r"^  (\w+) +(0x\w+) 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([R ][W ][E ]) 0x",
                text, re.MULTILINE)]


def check_segments(path):
    found = segments(readelf(path, "-l"))
    kinds = [kind for kind, _, _ in found]
    if "GNU_RELRO" not in kinds:
        yield "no GNU_RELRO: link with -z relro"
    if "GNU_STACK" not in kinds:
        yield "no GNU_STACK: link with -z noexecstack"
    for kind, offset, flags in found:
        if kind == "GNU_STACK" and "E" in flags:
            yield "the stack is executable: link with -z noexecstack"
        if kind == "LOAD" and "W" in flags and "E" in flags:
            yield "memory is both writable and executable"
        if kind == "LOAD" and "E" in flags and offset == 0:
            yield "headers are executable: link with -z separate-code"


def check_dynamic(path):
    text = readelf(path, "-d")
    if "BIND_NOW" not in text:
        yield "no BIND_NOW: link with -z now"
    for tag in ("RPATH", "RUNPATH", "TEXTREL"):
        if re.search(rf"\b{tag}\b", text):
            yield f"{tag} is there"
    if path == TOOL and not re.search(r"FLAGS_1.*\bPIE\b", text):
        yield "no PIE: link with -pie"


def has_glibc(symbols):
    return "@GLIBC_" in symbols


def check_symbols(path):
    symbols = readelf(path, "--dyn-syms")
    if "__stack_chk_fail" not in symbols:
        yield "no stack protector: compile with -fstack-protector-strong"
    # The tool prints, which every compiler fortifies; the module is compiled
    # by the same command.
    if path == TOOL and has_glibc(symbols) and \
            not re.search(r"\b__\w+_chk@", symbols):
        yield "nothing fortified: compile with _FORTIFY_SOURCE"


def check_objects():
    """In the objects: the C library's own may lack the note, and then what is
    linked with them has none."""
    machine = re.search(r"Machine:.*?(\S+)$", readelf(MODULE, "-h"),
                        re.MULTILINE).group(1)
    note = PROTECTED_BRANCHES.get(machine)
    objects = glob.glob(os.path.join(BUILD, "obj", "*.o")) + \
        glob.glob(os.path.join(BUILD, "obj", "src", "*", "*.o"))
    if not objects:
        yield f"{BUILD}/obj: no objects to check"
    for path in objects:
        if note and note not in readelf(path, "-n", "-h"):
            yield f"{path}: no {note}: compile with -fcf-protection"


problems = [f"{path}: {wrong}" for path in (MODULE, TOOL)
            for check in (check_segments, check_dynamic, check_symbols)
            for wrong in check(path)]
project.finish([*problems, *check_objects()])
