# SPDX-License-Identifier: Apache-2.0
"""Prevents: an example that nobody finds, that nobody tried, or that has gone.

Each file in conf-examples begins with the question that it answers;
docs/examples.md has that question beside a link to the file, and a test in
tests/httpd knows it.
What an example leaves to its reader is in CAPITALS, and `httpd -t` knows each of
them.
"""
import os
import re

import project

FOLDER = "conf-examples"
PAGE = "docs/examples.md"
ROW = re.compile(r"^\| (.+) \| \[([\w-]+)\.conf\]"
                 r"\(\.\./conf-examples/\2\.conf\) \|$", re.MULTILINE)
# A directive whose values are those of a real issuer, with its next lines
VALUES = re.compile(r"^[ \t]*(?:AuthJWTIssuer|AuthJWTAudience|Require)\b"
                    r"(?:\\\n|.)*$", re.MULTILINE)
CAPITALS = re.compile(r"(?<![\w~-])[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])")
ALGORITHM = re.compile(r"(RS|PS|ES|HS)\d+")
PLACEHOLDERS = "src/httpd/admin/placeholder.c"
NAMED = re.compile(r"\b([\w-]+)\.conf\b")


def question(name):
    return project.read(f"{FOLDER}/{name}.conf").splitlines()[0][2:]


def placeholders(path):
    return {word for line in VALUES.findall(project.read(path))
            for word in CAPITALS.findall(line)
            if not ALGORITHM.fullmatch(word)}


def check_placeholders(examples):
    table = project.read(PLACEHOLDERS).partition("words[] = {")[2]
    known = set(re.findall(r'"([^"]+)"', table.partition("}")[0]))
    used = set()
    for name in examples:
        path = f"{FOLDER}/{name}.conf"
        used |= placeholders(path)
        for word in sorted(placeholders(path) - known):
            yield f"{path}: {PLACEHOLDERS} does not know {word}"
    for word in sorted(known - used):
        yield f"{PLACEHOLDERS}: no example has {word}"


def check():
    examples = sorted(os.path.basename(path).removesuffix(".conf")
                      for path in project.files(FOLDER, suffixes=(".conf",)))
    listed = {name: text for text, name in
              ROW.findall(project.read(PAGE))}
    tests = "\n".join(project.read(path)
                      for path in project.files("tests/httpd"))
    for name in examples:
        if listed.get(name) != question(name):
            yield f"{PAGE}: {name}.conf is not listed with its question"
        if f'"{name}"' not in tests:
            yield f"{FOLDER}/{name}.conf: no test in tests/httpd names it"
    for name in sorted(set(listed) - set(examples)):
        yield f"{PAGE}: there is no {FOLDER}/{name}.conf"
    for name in examples:
        for other in NAMED.findall(project.read(f"{FOLDER}/{name}.conf")):
            if other not in examples:
                yield f"{FOLDER}/{name}.conf: there is no {other}.conf"
    yield from check_placeholders(examples)
    if not examples:
        yield f"{FOLDER}: there are no examples"


project.finish([*check()])
