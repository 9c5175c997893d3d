# SPDX-License-Identifier: Apache-2.0
"""The pages of docs: what stands in them is tried word for word."""
import re

from .settings import PROJECT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read_page(name):
    return (PROJECT / "docs" / f"{name}.md").read_text()


def section_of(text, heading):
    """What stands under a heading of the second or third level."""
    _, found, rest = re.split(rf"^(##+ {re.escape(heading)})$", text,
                              maxsplit=1, flags=re.MULTILINE)
    level = found.index(" ")
    return re.split(rf"^#{{2,{level}}} ", rest, maxsplit=1,
                    flags=re.MULTILINE)[0]


def blocks_of(text, language):
    """The code in it, a string for each block."""
    return [code for name, code in BLOCK.findall(text) if name == language]


def rows_of(text):
    """The cells of each row of its tables, less what is markup."""
    for line in re.findall(r"^\| (.*) \|$", text, re.MULTILINE):
        yield [re.sub(r"[`*]|\]\([^)]*\)|\[", "", cell).strip()
               for cell in re.split(r"(?<!\\) \| ", line)]
