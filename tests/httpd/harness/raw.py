# SPDX-License-Identifier: Apache-2.0
"""Requests byte by byte, for what no client library would send."""
import http.client
import socket

from .client import Answer, serial
from .settings import SLOWNESS


def request(*lines, method=b"GET", path=b"/", version=b"HTTP/1.1", body=b""):
    """(bytes, id) of a request with these header lines, each of bytes."""
    request_id = f"request-{next(serial)}"
    lines = (b" ".join((method, path, version)), b"Host: localhost",
             b"X-Request-Id: " + request_id.encode(), *lines, b"", body)
    return b"\r\n".join(lines), request_id


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port),
                                    timeout=20 * SLOWNESS)


def send(server, *lines, **how):
    """One request on a connection of its own."""
    data, request_id = request(*lines, **how)
    with connect(server) as opened:
        opened.sendall(data)
        response = http.client.HTTPResponse(opened)
        response.begin()
        return Answer(response, request_id)


def send_at_once(server, *requests, **how):
    """Requests before the first answer; all that comes until the end.  The
    last one has to ask for that."""
    with connect(server) as opened:
        opened.sendall(b"".join(request(*lines, **how)[0]
                                for lines in requests))
        with opened.makefile("rb") as answers:
            return answers.read()
