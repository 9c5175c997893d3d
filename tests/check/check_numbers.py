# SPDX-License-Identifier: Apache-2.0
"""Prevents: a limit that an administrator or a reviewer cannot find.

Numbers of policy are in core/limits.h, the defaults of directives in
config/directives.h, and nowhere else.
"""
import re

import project

HOMES = ("src/core/limits.h", "src/config/directives.h")
POLICY = re.compile(r"\s*#\s*define\s+(AJWT_(?:MAX|MIN|DEFAULT)\w*)")

for home in HOMES:
    project.read(home)
project.finish([
    f"{path}:{number}: {match.group(1)} belongs into {' or '.join(HOMES)}"
    for path in project.c_sources() if path not in HOMES
    for number, line in project.lines(project.read(path))
    if (match := POLICY.match(line))])
