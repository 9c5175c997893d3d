# SPDX-License-Identifier: Apache-2.0
"""Prevents: an option of ajwt that says something else than its directive.

Options are columns of src/config/directives.h.  What the help says of a default
is the directive's, and each directive that decides about a token has an option.
"""
import re

import directive_table
import project

# What a token must be like; the others decide about the rest of a request.
DECIDING = {"AuthJWT" + name for name in (
    "Issuer", "Audience", "Algorithms", "Leeway", "MaxLifetime", "TokenType",
    "RequiredClaims", "User")}
# A help may say it shorter.
IN_WORDS = {"0": "any"}


def check():
    rows = directive_table.rows()
    for row in rows:
        stated = re.search(r"default: ([^;]*)", row.help or "")
        if stated and row.default and \
                stated[1] != IN_WORDS.get(row.default, row.default):
            yield (f"{directive_table.PATH}: --{row.option}: its help says "
                   f"{stated[1]}, the default is {row.default}")
    with_option = {row.name for row in rows if row.option}
    for name in sorted(DECIDING - with_option):
        yield f"{directive_table.PATH}: no option for {name}"


project.finish([*check()])
