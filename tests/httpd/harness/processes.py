# SPDX-License-Identifier: Apache-2.0
"""The processes of a server: httpd's parent, its children, the fetcher."""
import os
import pathlib
import signal

from .settings import wait_until

FETCHER = "auth_jwt fetch"


def children_of(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def exists(pid):
    """Whether it runs; a zombie does not."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def user_of(pid):
    return os.stat(f"/proc/{pid}").st_uid


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def fetchers_of(server):
    return [child for child in children_of(server.process.pid)
            if name_of(child) == FETCHER]


def fetcher_of(server):
    """Its one fetcher, once it works."""
    wait_until(lambda: len(fetchers_of(server)) == 1, "one fetcher process")
    return fetchers_of(server)[0]


def serving_children(server):
    """Neither the fetcher nor mod_cgid's daemon: children with httpd's name
    that hold the listening socket."""
    found = []
    for child in children_of(server.process.pid):
        if name_of(child) != FETCHER and has_listener(child, server.port):
            found.append(child)
    return found


def listeners(port):
    """Inodes of the sockets that listen on the port."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in list(table)[1:]]
    return {row[9] for row in rows
            if row[1].endswith(f":{port:04X}") and row[3] == "0A"}


def has_listener(pid, port):
    sockets = {f"socket:[{inode}]" for inode in listeners(port)}
    folder = f"/proc/{pid}/fd"
    try:
        return any(os.readlink(f"{folder}/{fd}") in sockets
                   for fd in os.listdir(folder))
    except OSError:
        return False


def session_of(pid):
    """Processes that share its kernel session, children of children too."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and exists(entry):
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            if int(fields.rpartition(")")[2].split()[3]) == pid:
                found.append(int(entry))
    return found


def kill(pid, how=signal.SIGKILL):
    os.kill(pid, how)


def cpu_ticks(pid):
    """What it has used, in clock ticks (os.sysconf SC_CLK_TCK)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text()
    user, system = fields.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)
