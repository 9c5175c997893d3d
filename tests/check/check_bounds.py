# SPDX-License-Identifier: Apache-2.0
"""Prevents: a request that costs far more than an ordinary one, by what stands
in its token or by how the section is configured.

tests/unit/core/bounds.c has the cases, and how many times the instructions of an
ordinary token, and how much memory, each may take.  Counted, not timed: the
result does not depend on the machine's load.
"""
import os
import re
import subprocess
import sys
import tempfile

import project

PROGRAM = os.path.join(project.build_folder(), "unit", "core", "bounds")


def run(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{command[-1]}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def read_dump(path):
    text = project.read(path)
    name = re.search(r"^desc: Trigger: Client Request: (.*)$", text,
                     re.MULTILINE)
    total = re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)
    return (name.group(1), int(total.group(1))) if name and total else None


def count_instructions():
    """{case: instructions}."""
    with tempfile.TemporaryDirectory() as folder:
        run("valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
            f"--callgrind-out-file={folder}/dump", PROGRAM)
        dumps = [read_dump(os.path.join(folder, name))
                 for name in os.listdir(folder)]
    return dict(filter(None, dumps))


def check(row, instructions, ordinary):
    """Prints the row; yields what is wrong with it."""
    name, times, kib, data, got, wanted = row.split(";")
    ratio = instructions / ordinary
    print(f"{name:36} {instructions:12,} {ratio:7.2f} of {times:>5}"
          f" {int(data) / 1024:6.0f} of {kib:>4} KiB  {got}")
    if got != wanted:
        yield f"{name}: {got}, not {wanted}"
    if ratio > float(times):
        yield f"{name}: {ratio:.2f} times an ordinary token, not {times}"
    if int(data) > int(kib) * 1024:
        yield f"{name}: {data} bytes, not {kib} KiB"


rows = run(PROGRAM).splitlines()
counted = count_instructions()
names = [row.split(";")[0] for row in rows]
if not rows or set(names) != set(counted):
    sys.exit(f"{PROGRAM}: cases without a count: {set(names) ^ set(counted)}")
project.finish([problem for name, row in zip(names, rows)
                for problem in check(row, counted[name], counted[names[0]])])
