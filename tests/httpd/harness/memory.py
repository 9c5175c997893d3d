# SPDX-License-Identifier: Apache-2.0
"""What is in the memory of a running server?"""
import pathlib
import re

PROC = pathlib.Path("/proc")
WRITABLE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw", re.MULTILINE)


def children_of(pid):
    for status in PROC.glob("[0-9]*/stat"):
        try:
            after_name = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == pid:
            yield int(status.parent.name)


def processes_of(server):
    return [server.process.pid, *children_of(server.process.pid)]


def memory_of(pid):
    """All that it may write, a region after the other."""
    maps = (PROC / str(pid) / "maps").read_text()
    with open(PROC / str(pid) / "mem", "rb", 0) as memory:
        for start, end in WRITABLE.findall(maps):
            memory.seek(int(start, 16))
            try:
                yield memory.read(int(end, 16) - int(start, 16))
            except OSError:
                continue  # a region without memory behind it


def find_in(pid, needles):
    """The names of those needles that are there."""
    return {name for region in memory_of(pid)
            for name, data in needles.items() if data in region}


def find(server, needles):
    """The same of all its processes.  Where this machine shows nobody the
    memory of another user's process, of the parent alone, which children are
    copies of."""
    found = {}
    for pid in processes_of(server):
        try:
            found[pid] = find_in(pid, needles)
        except PermissionError:
            assert pid != server.process.pid
        except FileNotFoundError:
            pass  # it has just ended
    return found
