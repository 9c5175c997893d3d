# SPDX-License-Identifier: Apache-2.0
"""Requests to the server, and what it answered."""
import http.client
import itertools
import re

from .settings import SLOWNESS

PARAMETER = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

serial = itertools.count(1)


class Challenge:
    """A WWW-Authenticate value (RFC 9110 11.6.1), its parameters unquoted."""

    def __init__(self, value):
        self.value = value
        self.scheme, _, rest = value.partition(" ")
        self.parameters = {
            name: re.sub(r"\\(.)", r"\1", text)
            for name, text in PARAMETER.findall(rest)}
        again = ", ".join(match.group(0) for match in PARAMETER.finditer(rest))
        assert again == rest, f"not a challenge: {value!r}"


class Answer:
    def __init__(self, response, request_id):
        self.status = response.status
        self.headers = response.getheaders()
        self.body = response.read().decode("utf-8", "replace")
        self.request_id = request_id

    def all(self, name):
        return [value for key, value in self.headers
                if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) <= 1, f"{name} more than once: {values}"
        return values[0] if values else None

    @property
    def challenge(self):
        value = self.header("WWW-Authenticate")
        return Challenge(value) if value is not None else None

    @property
    def env(self):
        """What env.cgi printed."""
        pairs = (line.partition("=") for line in self.body.splitlines())
        return {name: value for name, _, value in pairs}

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:400]!r}>"


def connect(port):
    return http.client.HTTPConnection("127.0.0.1", port,
                                      timeout=20 * SLOWNESS)


def send(connection, path, token=None, method="GET", headers=()):
    """One request; headers: pairs, in this order, names as often as given."""
    request_id = f"request-{next(serial)}"
    connection.putrequest(method, path)
    connection.putheader("X-Request-Id", request_id)
    if token is not None:
        connection.putheader("Authorization", f"Bearer {token}")
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    return Answer(connection.getresponse(), request_id)
