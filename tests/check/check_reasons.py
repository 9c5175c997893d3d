"""Prevents: a refusal that nobody can look up, or that nothing can cause.

Each row of the table in src/core/reason.h has a tag of its own, a row in
README.md's table of log tags (columns Tag, Meaning, Mend), and a case in the
tests that names it.
"""
import re

import project

TABLE = "src/core/reason.h"
ROW = re.compile(r'REASON\(\s*(\w+)\s*,\s*"(\w+)"\s*,')
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
    """README.md's rows, by tag: {column: cell}."""
    found, columns = {}, None
    for line in project.read("README.md").splitlines():
        if not line.lstrip().startswith("|"):
            columns = None
        elif columns is None:
            columns = [cell.lower() for cell in cells(line)]
        elif "tag" in columns:
            row = dict(zip(columns, cells(line)))
            found[row["tag"]] = row
    return found


def check_reference(rows):
    reference = log_table()
    for name, tag in rows:
        row = reference.get(tag)
        if row is None:
            yield f"README.md: {tag} ({name}) is not in a table with a Tag column"
            continue
        for column in ("meaning", "mend"):
            if not row.get(column):
                yield f"README.md: {tag} ({name}): no {column}"
    tags = {tag for _, tag in rows}
    for tag in sorted(set(TAG.findall(project.read("README.md"))) - tags):
        yield f"README.md: {tag} is not in {TABLE}"


def check_cases(rows):
    tests = "\n".join(project.read(path) for path in project.files(
        "tests/unit", "tests/vectors", "tests/httpd"))
    for name, tag in rows:
        if not re.search(rf"\bAJWT_{name}\b|[\"']{name}[\"']|\b{tag}\b", tests):
            yield f"{name} ({tag}): no case in tests/unit, vectors or httpd"


reasons = table()
project.finish([*check_unique(reasons), *check_reference(reasons),
                *check_cases(reasons)])
