# SPDX-License-Identifier: Apache-2.0
"""The rows of src/config/directives.h, as the checks read them."""
import re

import project

PATH = "src/config/directives.h"
NAME = re.compile(r"\bAuthJWT[A-Za-z]+\b")
TEXT = r'(NULL|"(?:\\.|[^"\\])*")'
# ROW(name, [context, type,] field, KIND, default, syntax, option, help)
ROW = re.compile(rf"\bROW\(\s*(AuthJWT[A-Za-z]+)\s*,\s*(?:(TRUST|RULE)\s*,)?"
                 rf".*?,\s*{TEXT}\s*,\s*{TEXT}\s*,\s*{TEXT}\s*,\s*{TEXT}\s*\)"
                 rf"\s*\\?$", re.MULTILINE)


class Row:
    def __init__(self, name, context, default, syntax, option, text):
        self.name = name
        self.context = context or "SERVER"
        self.default, self.syntax, self.option, self.help = (
            None if value == "NULL" else value[1:-1]
            for value in (default, syntax, option, text))


def rows():
    """Every row; a name without a row that can be read is a failure."""
    text = project.read(PATH)
    found = [Row(*match.groups()) for match in ROW.finditer(text)]
    unread = sorted(set(NAME.findall(text)) - {row.name for row in found})
    if unread or not found:
        project.finish([f"{PATH}: no row understood for {unread}"])
    return found
