# SPDX-License-Identifier: Apache-2.0
"""Requests over HTTP/2, by nghttp."""
import re
import subprocess

from .settings import SLOWNESS

LINE = re.compile(r"recv \(stream_id=(\d+)\) (:?[a-z0-9-]+): (.*)$", re.M)


def send(server, paths, token=None, more=None):
    """One connection, a stream a path; returns each stream's headers."""
    urls = [f"http://127.0.0.1:{server.port}{path}" for path in paths]
    headers = ["-H", f"authorization: Bearer {token}"] if token else []
    for name, value in (more or {}).items():
        headers += ["-H", f"{name}: {value}"]
    done = subprocess.run(["nghttp", "-v", "--no-dep", *headers, *urls],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=True, timeout=20 * SLOWNESS)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    streams = {}
    for stream, name, value in LINE.findall(plain):
        streams.setdefault(int(stream), []).append((name, value))
    assert len(streams) == len(paths), plain
    return [dict(streams[number]) for number in sorted(streams)]
