"""Prevents: two headers that include each other.

Which one wins then depends on who is included first, and neither room can be
understood, tested or taken out without the other.
"""
import re

import project

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def include_graph():
    return {path.removeprefix("src/"): INCLUDE.findall(project.read(path))
            for path in project.files("src", suffixes=(".h",))}


def find_cycles(graph):
    done = set()

    def visit(name, trail):
        if name in trail:
            yield trail[trail.index(name):] + [name]
        elif name not in done:
            for other in graph.get(name, ()):
                yield from visit(other, trail + [name])
            done.add(name)
    for name in graph:
        yield from visit(name, [])


project.finish(["headers include each other: " + " -> ".join(cycle)
                for cycle in find_cycles(include_graph())])
