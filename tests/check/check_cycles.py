# SPDX-License-Identifier: Apache-2.0
"""Prevents: two modules that include each other, directly or by others.

A module is X.c and X.h together.  Neither of two such modules can be
understood, tested or taken out without the other.
"""
import re

import project

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

# Includes that close a cycle, each with the reason why it is still there.
KNOWN = {
    ("core/json", "core/quote"):
        "quotes the member that it refuses, which quote prints by json",
    ("core/ambiguity", "core/keyset"):
        "looks at the set that keyset is building",
    ("httpd/config/resource", "httpd/config/config"):
        "parses AuthJWTResource for config, and asks it in requests",
}


def module_of(path):
    return path.removeprefix("src/").rsplit(".", 1)[0]


def include_graph():
    graph = {}
    for path in project.files("src", suffixes=(".c", ".h")):
        module = module_of(path)
        others = map(module_of, INCLUDE.findall(project.read(path)))
        graph.setdefault(module, set()).update(
            other for other in others if other != module)
    return graph


def reachable(graph, start):
    found, todo = set(), [start]
    while todo:
        for other in graph.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def find_cycles(graph):
    """At least one for each set of modules that form cycles."""
    done = set()

    def visit(name, trail):
        if name in trail:
            yield trail[trail.index(name):]
        elif name not in done:
            for other in sorted(graph.get(name, ())):
                yield from visit(other, trail + [name])
            done.add(name)
    for name in sorted(graph):
        yield from visit(name, [])


def check():
    graph = include_graph()
    for (module, other), reason in KNOWN.items():
        if other not in graph.get(module, ()):
            yield (f"{module} does not include {other}: take it out of KNOWN "
                   f"({reason})")
        elif module not in reachable(graph, other):
            yield f"{module} -> {other} closes no cycle: take it out of KNOWN"
        graph.get(module, set()).discard(other)
    for cycle in find_cycles(graph):
        first = cycle.index(min(cycle))
        cycle = cycle[first:] + cycle[:first + 1]
        yield "modules include each other: " + " -> ".join(cycle)


project.finish([*check()])
