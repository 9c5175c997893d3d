# SPDX-License-Identifier: Apache-2.0
"""Prevents: a target that no one finds, because `make -f Makefile.apxs help`
does not list it, and a line of that list without a target.

The list is the comment at the top of Makefile.apxs.  The targets are those
below the heading Targets, there and in tests/tests.mk; the others are for
Makefile.apxs itself.
"""
import re

import project

FILES = "Makefile.apxs", "tests/tests.mk"
LISTED = re.compile(r"^#   make -f Makefile\.apxs ([a-z-]*) +\S.*$", re.M)
SECTION = re.compile(r"^# --- Targets$(.*?)^# --- ", re.M | re.S)
RULE = re.compile(r"^([a-z-]+(?: [a-z-]+)*):(?!=)", re.M)
DEFAULT = "all"  # of the line that names no target


def targets(path):
    sections = SECTION.findall(project.read(path))
    found = {name for section in sections
             for names in RULE.findall(section) for name in names.split()}
    if not found:
        project.finish([f"{path}: no target found"])
    return found


def check():
    listed = [name or DEFAULT
              for name in LISTED.findall(project.read(FILES[0]))]
    known = set().union(*map(targets, FILES))
    for name in sorted(known.difference(listed)):
        yield f"{FILES[0]}: {name} is not in the list of targets"
    for name in sorted(set(listed).difference(known)):
        yield f"{FILES[0]}: {name} is in the list, and no target"
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield f"{FILES[0]}: {name} is in the list twice"


project.finish([*check()])
