# SPDX-License-Identifier: Apache-2.0
"""Prevents: a link that leads nowhere, and a page that nobody finds.

Each link in a Markdown file that is not a URL names a file that is there, from
where the page is, and an anchor that one of its headings makes.  Each page of
docs is linked from another page, and in the menu of the site.  An anchor is
what GitHub and pandoc make of a heading: small letters, blanks as dashes,
nothing else but letters, digits, `-` and `_`; -1, -2, ... behind one that was
there before.
"""
import collections
import os
import re

import project

BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*)\)")
URL = re.compile(r"[a-z]+:")
MENU = "docs/make/page.lua"


def slug(heading):
    words = re.sub(r"\]\([^)]*\)", "", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(path):
    seen = collections.Counter()
    for heading in HEADING.findall(BLOCK.sub("", project.read(path))):
        name = slug(heading)
        yield f"{name}-{seen[name]}" if seen[name] else name
        seen[name] += 1


def links(path):
    """(the file, the anchor or "") of each; "" stands for the page itself."""
    text = CODE.sub("", BLOCK.sub("", project.read(path)))
    for target in LINK.findall(text):
        if not URL.match(target):
            file, _, anchor = target.partition("#")
            there = os.path.join(os.path.dirname(path), file) if file else path
            yield target, os.path.normpath(there), anchor


def check(pages):
    linked = set()
    known = {path: set(anchors(path)) for path in pages}
    for path in pages:
        for target, there, anchor in links(path):
            linked |= {there} - {path}
            if not os.path.exists(there):
                yield f"{path}: {target} is not there"
            elif anchor and anchor not in known.get(there, ()):
                yield f"{path}: {target}: no heading makes that anchor"
    menu = project.read(MENU)
    for path in project.files("docs", suffixes=(".md",)):
        if path not in linked:
            yield f"{path}: no other page has a link to it"
        if f'"{os.path.basename(path).removesuffix(".md")}"' not in menu:
            yield f"{path}: it is not in the menu of {MENU}"


project.finish([*check(project.files(".", suffixes=(".md",)))])
