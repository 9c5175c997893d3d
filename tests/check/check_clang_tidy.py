# SPDX-License-Identifier: Apache-2.0
"""Prevents: what clang-tidy and clang's analyser find in the sources.

.clang-tidy names the checks that are left out, each with its reason.  They run
all the same: one that finds nothing is left out for nothing.
"""
import re

import analysis
import project

CONFIGURATION = ".clang-tidy"
# How far the ways through a function are followed: with clang's own 225000 it
# takes five times as long and finds the same.
NODES = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=30000"]
FOUND = re.compile(r"^\S+: (?:warning|error): .*\[([\w.,-]+)\]$", re.MULTILINE)

text = project.read(CONFIGURATION)
groups = re.findall(r"(?<=,)[a-z]+(?:-[a-z]+)*-\*", text)
left_out = set(re.findall(r"^  -([\w.-]*\w),?$", text, re.MULTILINE))
explained = set(re.findall(r"^# ([\w.-]+): \w", text, re.MULTILINE))


def words_of(source, words):
    return ["clang-tidy", "--quiet", "--checks=-*," + ",".join(groups),
            source, "--", *words[1:], *NODES]


def checks_of(names):
    return {name for name in names.split(",") if name != "-warnings-as-errors"}


def check(said, used):
    """The findings that nobody has explained, with the lines that show them."""
    starts = [*FOUND.finditer(said)]
    ends = [start.start() for start in starts[1:]] + [len(said)]
    for start, end in zip(starts, ends):
        checks = checks_of(start.group(1))
        used |= checks
        if not checks & left_out:
            yield said[start.start():end].rstrip()


compiled = analysis.commands("clang", "products")
analysis.want("clang-tidy", "14")
used = set()
problems = [problem
            for said in analysis.run_all(words_of(*one)
                                         for one in compiled.items())
            for problem in check(said, used)]
problems += [f"{CONFIGURATION}: {name} has no reason"
             for name in sorted(left_out - explained)]
problems += [f"{CONFIGURATION}: {name} finds nothing: do not leave it out"
             for name in sorted(left_out - used)]
project.finish(problems)
