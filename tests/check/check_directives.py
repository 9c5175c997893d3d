# SPDX-License-Identifier: Apache-2.0
"""Prevents: a directive that the reference, the tests or the code do not know.

src/config/directives.h has the directives that httpd knows.  Each of them
has a section of its own in docs/directives.md, with a Description of one
sentence, Syntax, Default and Context (the table's own) and an Example that uses
it, and a link to that from the list at the top of the page; it is used by a
test on a real httpd, as is each of its options.  No name or option that is not
in a table is promised anywhere.
"""
import re

import directive_table
import project

PAGE = "docs/directives.md"
CONTEXTS = {"SERVER": "server config",
            "TRUST": "server config, virtual host, directory",
            "RULE": "server config, virtual host, directory, .htaccess"}
OPTION = re.compile(r"\b([a-z][a-z-]*)=")
# A row of a section's own table that begins with an option
PROMISED = re.compile(r"^\| `([a-z-]+)=", re.MULTILINE)

PARTS = ("Description", "Syntax", "Default", "Context", "Example")
MAX_WORDS = 25  # of a Description
# A part begins on a line of its own with its word, and lasts until the next.
PART = re.compile(rf"^\W*({'|'.join(PARTS)})\b(.*?)"
                  rf"(?=^\W*(?:{'|'.join(PARTS)})\b|\Z)",
                  re.MULTILINE | re.DOTALL)
# What a guide for migrating says of another module: the left column of its
# tables, and what was there before.
FOREIGN = re.compile(r"^\| [^|]*\||^## Before\n.*?(?=^## )",
                     re.MULTILINE | re.DOTALL)
# A section is the text from a heading that begins with a name to the next one.
SECTION = re.compile(r"^#{2,6} `?(AuthJWT[A-Za-z]+)\b[^\n]*\n(.*?)(?=^#{1,6} |\Z)",
                     re.MULTILINE | re.DOTALL)


def table():
    """{directive: (context, default as one writes it or "", options)}."""
    return {row.name: (CONTEXTS[row.context], row.default or "",
                       set(OPTION.findall(row.syntax)))
            for row in directive_table.rows()}


def check_options(name, options, text, tests):
    for option in sorted(options):
        if f"{option}=" not in text:
            yield f"{PAGE}: {name}: nothing about {option}="
        if f"{option}=" not in tests:
            yield f"{name}: no file in tests/httpd uses {option}="
    for option in sorted(set(PROMISED.findall(text)) - options):
        yield f"{PAGE}: {name} has no {option}="


def check_section(name, context, default, text):
    parts = dict(PART.findall(text))
    for part in PARTS:
        if part not in parts:
            yield f"{PAGE}: {name}: no {part}"
    if default not in parts.get("Default", ""):
        yield f"{PAGE}: {name}: its Default is not {default}"
    if parts.get("Context", context).strip(": \n") != context:
        yield f"{PAGE}: {name}: its Context is not {context}"
    if len(parts.get("Description", "").split()) > MAX_WORDS:
        yield f"{PAGE}: {name}: its Description has over {MAX_WORDS} words"
    for part in ("Syntax", "Example"):
        if part in parts and not re.search(rf"\b{name}\b", parts[part]):
            yield f"{PAGE}: {name}: its {part} does not use it"


def names_in(*tops):
    """Each name, with the first file that has it."""
    found = {}
    for path in project.files(*tops):
        text = project.read(path)
        if path.startswith("docs/migrating-from-"):
            text = FOREIGN.sub("", text)
        for name in directive_table.NAME.findall(text):
            found.setdefault(name, path)
    return found


def check():
    known = table()
    sections = dict(SECTION.findall(project.read(PAGE)))
    index = project.read(PAGE).partition("\n### ")[0]
    tested = names_in("tests/httpd")
    tests = "\n".join(project.read(path)
                      for path in project.files("tests/httpd"))
    for name, (context, default, options) in known.items():
        if name in sections:
            yield from check_section(name, context, default, sections[name])
            yield from check_options(name, options, sections[name], tests)
        else:
            yield f"{PAGE}: {name} has no section"
        if f"[{name}](#{name.lower()})" not in index:
            yield f"{PAGE}: no link to {name}"
        if name not in tested:
            yield f"{name}: no file in tests/httpd uses it"
    promised = names_in("README.md", "docs", "conf-examples", "tests")
    for name, path in sorted(promised.items()):
        if name not in known:
            yield f"{path}: {name} is not in {directive_table.PATH}"


project.finish([*check()])
