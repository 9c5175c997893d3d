# SPDX-License-Identifier: Apache-2.0
"""Prevents: a room of core or keys that quietly begins to need the server.

Then the unit tests and ajwt could not be built without httpd, and what decides
about tokens could not be tested by itself.  An include line names the floor
that it leads to, arrows go down only, and the objects below httpd need none of
its symbols.
"""
import os
import re
import subprocess
import sys

import project

MAY_SEE = {
    "core": {"core"},
    "keys": {"core", "keys"},
    "cli": {"core", "keys", "cli"},
    "httpd": {"core", "keys", "httpd"},
    "": {"core", "keys", "httpd"},  # mod_auth_jwt.c, the roof
}
KNOWS_NO_SERVER = ("core", "keys", "cli")
SERVER_HEADER = re.compile(r"(httpd|ap_\w+|http_\w+|util_\w+|mod_\w+|mpm_\w+"
                           r"|scoreboard|unixd)\.h")
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')


def floor_of(path):
    parts = path.split(os.sep)
    return parts[1] if parts[0] == "src" else ""


def check_include(path, bracket, name):
    floor = floor_of(path)
    if floor not in MAY_SEE:
        return f"src/{floor} is a floor that nobody knows"
    if bracket == "<":
        if floor in KNOWS_NO_SERVER and SERVER_HEADER.fullmatch(name):
            return f"{floor} includes httpd's <{name}>"
    elif not os.path.isfile(os.path.join("src", name)):
        return f'"{name}" does not name its floor and file below src/'
    elif name.split("/")[0] not in MAY_SEE[floor]:
        return f'{floor or "the roof"} may not include "{name}"'
    return None


def check_includes():
    for path in project.c_sources():
        for number, line in project.lines(project.read(path)):
            match = INCLUDE.match(line)
            wrong = match and check_include(path, *match.groups())
            if wrong:
                yield f"{path}:{number}: {wrong}"


def check_symbols():
    build = project.build_folder()
    for floor in KNOWS_NO_SERVER:
        for source in project.files(f"src/{floor}", suffixes=(".c",)):
            object_file = os.path.join(build, "obj", source[:-2] + ".o")
            nm = subprocess.run(["nm", "-u", object_file], text=True,
                                capture_output=True)
            if nm.returncode != 0:
                sys.exit(f"{object_file}: {nm.stderr.strip() or 'nm failed'}")
            for symbol in re.findall(r"\bU (ap_\w+)", nm.stdout):
                yield f"{object_file}: needs httpd's {symbol}"


project.finish([*check_includes(), *check_symbols()])
