# SPDX-License-Identifier: Apache-2.0
"""Prevents: changes that drown in re-indented lines.

`make -f Makefile.apxs format` fixes what this finds.
"""
import re
import subprocess
import sys

import analysis
import project

project.read(".clang-format")
sources = project.c_sources() + project.files("tests", suffixes=(".c", ".h"))
analysis.want("clang-format", "14")
ended = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources],
                       text=True, capture_output=True)
places = dict.fromkeys(re.findall(r"^\S+:\d+(?=:\d+: error)", ended.stderr,
                                  re.MULTILINE))
if ended.returncode != 0 and not places:
    sys.exit(ended.stderr)
project.finish([f"{place}: not as clang-format would write it"
                for place in places])
