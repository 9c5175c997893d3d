# SPDX-License-Identifier: Apache-2.0
"""Prevents: a source file that does not say under which licence it is.

Each has the line `SPDX-License-Identifier: Apache-2.0` near its top, in a
comment of its language.  With --write, files that lack it get it.
"""
import re
import sys

import project

LICENCE = "SPDX-License-Identifier: Apache-2.0"
FIRST_LINES = 6

C, HASH, DASHES, SLASHES = "/* {} */", "# {}", "-- {}", "// {}"
COMMENTS = {".c": C, ".h": C, ".py": HASH, ".sh": HASH, ".cgi": HASH,
            ".apxs": HASH, ".lua": DASHES, ".mjs": SLASHES}
# Those that begin with #! are known by that; these do not.
OTHERS = {"docs/bash-completion/ajwt": HASH}


def comment_of(path, text):
    """How a line of comment looks in it; None: it is no source file."""
    for suffix, comment in COMMENTS.items():
        if path.endswith(suffix):
            return comment
    return HASH if text.startswith("#!") else OTHERS.get(path)


def sources():
    found = 0
    for path in project.files("."):
        text = project.read(path)
        comment = comment_of(path, text)
        if comment:
            found += 1
            yield path, text, comment
    if not found:
        sys.exit("no source file at all")


def has_licence(text, comment):
    top = "\n".join(text.split("\n")[:FIRST_LINES])
    begin = re.escape(comment.split("{", maxsplit=1)[0].strip())
    return re.search(rf"^ *({begin}|\*) *{LICENCE}\b", top, re.MULTILINE)


def write(path, text, comment):
    line = comment.format(LICENCE) + "\n"
    shebang = text[:text.index("\n") + 1] if text.startswith("#!") else ""
    with open(path, "w", encoding="utf-8") as file:
        file.write(shebang + line + text[len(shebang):])


lacking = [source for source in sources()
           if not has_licence(source[1], source[2])]
if "--write" in sys.argv[1:]:
    for one in lacking:
        write(*one)
    lacking = []
project.finish([f"{path}: no line {LICENCE}" for path, _, _ in lacking])
