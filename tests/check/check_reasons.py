# SPDX-License-Identifier: Apache-2.0
"""Prevents: a refusal that nobody can look up, or that nothing can cause.

Each row of the table in src/core/reason.h has a tag of its own, a row in a
table of docs/log.md (columns Tag, Meaning, Likely cause, Fix) whose Fix is
its own, a case in the tests that names it, and a test that provokes it on a
real httpd.

    check_reasons.py --table    prints which tests those are
"""
import ast
import collections
import os
import re
import sys

import project

TABLE = "src/core/reason.h"
PAGE = "docs/log.md"
ROW = re.compile(r'REASON\(\s*(\w+)\s*,\s*"(\w+)"\s*,')
FIX = re.compile(r'"(JWT\d{4})".*\\\n\s*"((?:\\.|[^"\\])*)"\)')
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
TAG = re.compile(r"\bJWT\d{4}\b")


def table():
    rows = ROW.findall(project.read(TABLE))
    if not rows:
        project.finish([f"{TABLE}: no reason found in the table"])
    return rows


def check_unique(rows):
    for kind, values in (("name", [name for name, _ in rows]),
                         ("tag", [tag for _, tag in rows])):
        for value in sorted({v for v in values if values.count(v) > 1}):
            yield f"{TABLE}: the {kind} {value} is there twice"
    for name, tag in rows:
        if not TAG.fullmatch(tag):
            yield f"{TABLE}: {name}: {tag} is not of the form JWT0000"


def cells(line):
    return [cell.strip(" `*") for cell in line.strip().strip("|").split("|")]


def log_table():
    """The page's rows, by tag: {column: cell}."""
    found, columns = {}, None
    for line in project.read(PAGE).splitlines():
        if not line.lstrip().startswith("|"):
            columns = None
        elif columns is None:
            columns = [cell.lower() for cell in cells(line)]
        elif "tag" in columns:
            row = dict(zip(columns, cells(line)))
            found[row["tag"]] = row
    return found


def check_fix(name, tag, written):
    fixes = dict(FIX.findall(project.read(TABLE)))
    plain = LINK.sub(r"\1", written).replace("`", "")
    if re.sub(r"\\(.)", r"\1", fixes.get(tag, "")) != plain:
        yield f"{PAGE}: {tag} ({name}): its Fix is not that of {TABLE}"


def check_reference(rows):
    reference = log_table()
    for name, tag in rows:
        row = reference.get(tag)
        if row is None:
            yield f"{PAGE}: {tag} ({name}) is not in a table with a Tag column"
            continue
        for column in ("meaning", "likely cause", "fix"):
            if not row.get(column):
                yield f"{PAGE}: {tag} ({name}): no {column}"
        yield from check_fix(name, tag, row.get("fix", ""))
    tags = {tag for _, tag in rows}
    for path in project.files("README.md", "docs", suffixes=(".md",)):
        for tag in sorted(set(TAG.findall(project.read(path))) - tags):
            yield f"{path}: {tag} is not in {TABLE}"


def check_cases(rows):
    tests = "\n".join(project.read(path) for path in project.files(
        "tests/unit", "tests/vectors", "tests/httpd"))
    for name, tag in rows:
        if not re.search(rf"\bAJWT_{name}\b|[\"']{name}[\"']|\b{tag}\b", tests):
            yield f"{name} ({tag}): no case in tests/unit, vectors or httpd"


# Those that no request and no key set can be refused for
NEVER_REFUSED = {"ACCEPTED"}


def named_in(node, constants, seen):
    """The strings in a test, and in what it uses of its file."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Name) and part.id in constants \
                and part.id not in seen:
            seen.add(part.id)
            yield from named_in(constants[part.id], constants, seen)


def tests_of(path):
    """{name of a test: the strings in it}; of those that start an httpd."""
    tree = ast.parse(project.read(path))
    constants = {target.id: node for node in tree.body
                 if isinstance(node, ast.Assign) for target in node.targets
                 if isinstance(target, ast.Name)}
    return {f"{path}::{node.name}": set(named_in(node, constants, set()))
            for node in tree.body if isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")}


def provoked(rows):
    """{tag: tests that say its name, or its tag, of what httpd answered}."""
    found = collections.defaultdict(list)
    for path in project.files("tests/httpd"):
        name = os.path.basename(path)
        if not name.startswith("test_") or name == "test_harness.py":
            continue
        for test, strings in tests_of(path).items():
            for reason, tag in rows:
                if reason not in NEVER_REFUSED and any(
                        text == reason or tag in text for text in strings):
                    found[tag].append(test)
    return found


def check_provoked(rows, tests):
    for name, tag in rows:
        if tag not in tests and name not in NEVER_REFUSED:
            yield f"{name} ({tag}): no test in tests/httpd provokes it"


def print_table(rows, tests):
    for name, tag in rows:
        first, *others = tests.get(tag) or ["never a refusal"]
        more = f" and {len(others)} more" if others else ""
        print(f"{tag} {name:22} {first}{more}")


reasons = table()
on_httpd = provoked(reasons)
if "--table" in sys.argv:
    print_table(reasons, on_httpd)
project.finish([*check_unique(reasons), *check_reference(reasons),
                *check_cases(reasons), *check_provoked(reasons, on_httpd)])
