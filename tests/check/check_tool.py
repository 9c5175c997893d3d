# SPDX-License-Identifier: Apache-2.0
"""Prevents: an option of ajwt that checks otherwise than its directive.

Each row of the tables in src/cli/options.h names a directive of
src/config/directives.h and has its default; what the help says of a default is
that one, and each directive that decides about a token has an option.
"""
import re

import project

OPTIONS = "src/cli/options.h"
DIRECTIVES = "src/config/directives.h"
TEXT = r'"((?:\\.|[^"\\])*)"'
OPTION = re.compile(rf'ROW\(\s*\w+\s*,\s*"([a-z-]+)"\s*,\s*"(\w+)"\s*,'
                    rf'\s*(?:NULL|{TEXT})\s*,\s*{TEXT}\)')
DIRECTIVE = re.compile(rf'\b(?:DIR|SRV)\(\s*(AuthJWT\w+)\s*,.*?(?:NULL|{TEXT})'
                       rf'\s*,\s*{TEXT}\s*\)')
# What a token must be like; the others say what becomes of a request.
DECIDING = {"AuthJWT" + name for name in (
    "Issuer", "Audience", "Algorithms", "Leeway", "MaxLifetime", "TokenType",
    "RequiredClaims", "User")}
# A help may say it shorter.
IN_WORDS = {"0": "any"}


def rows(pattern, path):
    found = pattern.findall(project.read(path))
    if not found:
        project.finish([f"{path}: no row found"])
    return found


def check():
    defaults = {name: default
                for name, default, _ in rows(DIRECTIVE, DIRECTIVES)}
    named = set()
    for option, directive, default, words in rows(OPTION, OPTIONS):
        named.add(directive)
        if directive == "Require":
            continue
        if directive not in defaults:
            yield f"{OPTIONS}: --{option}: {directive} is no directive"
        elif default != defaults[directive]:
            yield f"{OPTIONS}: --{option}: the default of {directive} is " \
                  f"{defaults[directive]}"
        said = re.search(r"default: ([^;]*)", words)
        if said and default and said[1] != IN_WORDS.get(default, default):
            yield f"{OPTIONS}: --{option}: its help says {said[1]}"
    for directive in sorted(DECIDING - named):
        yield f"{OPTIONS}: no option for {directive}"


project.finish([*check()])
