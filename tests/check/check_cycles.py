# SPDX-License-Identifier: Apache-2.0
"""Prevents: two modules that include each other, directly or by others.

A module is X.c and X.h together.  Neither of two such modules can be
understood, tested or taken out without the other.
"""
import re

import project

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

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
    for cycle in find_cycles(graph):
        first = cycle.index(min(cycle))
        cycle = cycle[first:] + cycle[:first + 1]
        yield "modules include each other: " + " -> ".join(cycle)


project.finish([*check()])
