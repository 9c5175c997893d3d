"""Requests octet by octet, for what no client library would send."""
import http.client
import socket

from .client import Answer, serial
from .settings import SLOWNESS


def request(*lines, method=b"GET", path=b"/", version=b"HTTP/1.1", body=b""):
    """(octets, id) of a request with these header lines, each of octets."""
    request_id = f"request-{next(serial)}"
    lines = (b" ".join((method, path, version)), b"Host: localhost",
             b"X-Request-Id: " + request_id.encode(), *lines, b"", body)
    return b"\r\n".join(lines), request_id


def send(server, *lines, **how):
    """One request on a connection of its own."""
    octets, request_id = request(*lines, **how)
    address = ("127.0.0.1", server.port)
    with socket.create_connection(address, timeout=20 * SLOWNESS) as opened:
        opened.sendall(octets)
        response = http.client.HTTPResponse(opened)
        response.begin()
        return Answer(response, request_id)
