"""Prevents: a directive that the reference, the tests or the code do not know.

The tables in src/httpd/directives.h are what httpd is told.  Each name in them
has a section of its own in README.md, with Syntax, Default (the table's own),
Context and an Example that uses it, and is used by a test on a real httpd; and
no name that is not in a table is promised anywhere.
"""
import re

import project

TABLES = "src/httpd/directives.h"
NAME = re.compile(r"\bAuthJWT[A-Za-z]+\b")
# DIR(directive, ..., default, syntax), and the same with SRV
ROW = re.compile(r'\b(?:DIR|SRV)\(\s*(AuthJWT[A-Za-z]+)\s*,.*?'
                 r'(NULL|"[^"]*")\s*,\s*"[^"]*"\s*\)')

PARTS = ("Syntax", "Default", "Context", "Example")
# A part begins on a line of its own with its word, and lasts until the next.
PART = re.compile(rf"^\W*({'|'.join(PARTS)})\b(.*?)"
                  rf"(?=^\W*(?:{'|'.join(PARTS)})\b|\Z)",
                  re.MULTILINE | re.DOTALL)
# A section is the text from a heading that begins with a name to the next one.
SECTION = re.compile(r"^#{2,6} `?(AuthJWT[A-Za-z]+)\b[^\n]*\n(.*?)(?=^#{1,6} |\Z)",
                     re.MULTILINE | re.DOTALL)


def table():
    """{directive: its default as an administrator writes it, or ""}."""
    text = project.read(TABLES)
    rows = {name: "" if default == "NULL" else default.strip('"')
            for name, default in ROW.findall(text)}
    unread = sorted(set(NAME.findall(text)) - set(rows))
    if unread or not rows:
        project.finish([f"{TABLES}: no row understood for {unread}"])
    return rows


def check_section(name, default, text):
    parts = dict(PART.findall(text))
    for part in PARTS:
        if part not in parts:
            yield f"README.md: {name}: no {part}"
    if default not in parts.get("Default", ""):
        yield f"README.md: {name}: its Default is not {default}"
    for part in ("Syntax", "Example"):
        if part in parts and not re.search(rf"\b{name}\b", parts[part]):
            yield f"README.md: {name}: its {part} does not use it"


def names_in(*tops):
    """Each name, with the first file that has it."""
    found = {}
    for path in project.files(*tops):
        for name in NAME.findall(project.read(path)):
            found.setdefault(name, path)
    return found


def check():
    known = table()
    sections = dict(SECTION.findall(project.read("README.md")))
    tested = names_in("tests/httpd")
    for name, default in known.items():
        if name in sections:
            yield from check_section(name, default, sections[name])
        else:
            yield f"README.md: {name} has no section"
        if name not in tested:
            yield f"{name}: no file in tests/httpd uses it"
    promised = names_in("README.md", "conf-examples", "tests")
    for name, path in sorted(promised.items()):
        if name not in known:
            yield f"{path}: {name} is not in {TABLES}"


project.finish([*check()])
