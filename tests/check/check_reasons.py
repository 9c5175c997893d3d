"""Prevents: a refusal that nobody can look up, or that nothing can cause.

Each row of the table in src/core/reason.h has a tag of its own, a row in
README.md's table of log tags (columns Tag, Meaning, Mend), whose Mend is the
table's own, and a case in the tests that names it.
"""
import re

import project

TABLE = "src/core/reason.h"
ROW = re.compile(r'REASON\(\s*(\w+)\s*,\s*"(\w+)"\s*,')
MEND = re.compile(r'"(JWT\d{4})".*\\\n\s*"((?:\\.|[^"\\])*)"\)')
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


def check_mend(name, tag, written):
    mends = dict(MEND.findall(project.read(TABLE)))
    plain = LINK.sub(r"\1", written).replace("`", "")
    if re.sub(r"\\(.)", r"\1", mends.get(tag, "")) != plain:
        yield f"README.md: {tag} ({name}): its Mend is not that of {TABLE}"


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
        yield from check_mend(name, tag, row.get("mend", ""))
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
