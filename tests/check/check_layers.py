# SPDX-License-Identifier: Apache-2.0
"""Prevents: an include that points from a lower layer to an upper one.

Then the unit tests and ajwt could not be built without httpd, and the code that
decides about tokens could not be tested by itself.  Each layer is a folder of
src; the includes name folder and file, and the objects of the layers below
httpd need none of httpd's symbols.
"""
import os
import re
import subprocess
import sys

import project

BELOW_HTTPD = {
    "core": set(),
    "cache": {"core"},
    "net": {"core"},
    "keys": {"core", "net"},
    "config": {"core", "net", "keys"},
}
LIBRARY = set(BELOW_HTTPD)
MAY_INCLUDE = {
    **BELOW_HTTPD,
    "cli": LIBRARY - {"cache"},
    "httpd": {"core"},
    "httpd/config": LIBRARY | {"httpd"},
    "httpd/process": LIBRARY | {"httpd", "httpd/config"},
    "httpd/request": LIBRARY | {"httpd", "httpd/config", "httpd/process"},
    "httpd/admin": LIBRARY | {"httpd", "httpd/config", "httpd/process"},
    "": {"httpd", "httpd/config", "httpd/process", "httpd/request",
         "httpd/admin"},  # mod_auth_jwt.c
}
KNOWS_NO_SERVER = (*BELOW_HTTPD, "cli")
SERVER_HEADER = re.compile(r"(httpd|ap_\w+|http_\w+|util_\w+|mod_\w+|mpm_\w+"
                           r"|scoreboard|unixd)\.h")
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')


def layer_of(path):
    """src/httpd/request/authn.c: httpd/request."""
    folder = os.path.dirname(path)
    return os.path.relpath(folder, "src") if folder else ""


def check_include(path, bracket, name):
    layer = layer_of(path)
    if layer not in MAY_INCLUDE:
        return f"src/{layer} is not a layer that this check knows"
    if bracket == "<":
        if layer in KNOWS_NO_SERVER and SERVER_HEADER.fullmatch(name):
            return f"{layer} includes httpd's <{name}>"
    elif not os.path.isfile(os.path.join("src", name)):
        return f'"{name}" does not name its folder and file below src/'
    elif os.path.dirname(name) not in MAY_INCLUDE[layer] | {layer}:
        return f'{layer or "mod_auth_jwt.c"} may not include "{name}"'
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
    for layer in KNOWS_NO_SERVER:
        for source in project.files(f"src/{layer}", suffixes=(".c",)):
            object_file = os.path.join(build, "obj", source[:-2] + ".o")
            nm = subprocess.run(["nm", "-u", object_file], text=True,
                                capture_output=True)
            if nm.returncode != 0:
                sys.exit(f"{object_file}: {nm.stderr.strip() or 'nm failed'}")
            for symbol in re.findall(r"\bU (ap_\w+)", nm.stdout):
                yield f"{object_file}: needs httpd's {symbol}"


project.finish([*check_includes(), *check_symbols()])
