# SPDX-License-Identifier: Apache-2.0
"""A client, an issuer, an MCP server, and httpd before it with
conf-examples/mcp-server.conf."""
import contextlib
import re

from harness.examples import EXAMPLES
from harness.httpd import Httpd
from harness.issuer import CA
from harness.tokens import remember
from script import Script, run

API, LOGIN = "https://api.example", "https://login.example"
RESOURCE = f"{API}/mcp"
METADATA = f"{API}/.well-known/oauth-protected-resource/mcp"
BACKEND = "127.0.0.1:8080"
CLIENT_S = 60

# What mod_ssl logs at each start: no session cache, another OpenSSL
MOD_SSL = r"\[ssl:warn\]"

# The example is for a virtual host that exists
HOST = """
<VirtualHost *>
    ServerName api.example
    SSLEngine On
    SSLCertificateFile "${CERTIFICATE}"
    SSLCertificateKeyFile "${KEY}"
%s
</VirtualHost>
"""


def host_of(url):
    return url.removeprefix("https://")


def certify(ca, folder, url):
    folder.mkdir()
    return CA(folder, host_of(url), signed_by=ca)


class LoginPage(Script):
    """The issuer.  options: those of login.mjs."""

    name = "login"

    def __init__(self, folder, state, ca, options):
        super().__init__(folder, state)
        self.tls = certify(ca, state / "login-tls", LOGIN)
        self.options = options

    def settings(self):
        signer, = EXAMPLES["mcp-server"].signers
        return {"issuer": LOGIN, "resource": RESOURCE,
                "scopes": ["orders.read", "orders.write"],
                "jwk": {**signer.private, "alg": signer.alg, "use": "sig"},
                "key": str(self.tls.key_path),
                "certificate": str(self.tls.certificate_path),
                "binds_scopes": False, "refresh_tokens": False,
                **self.options}


class McpServer(Script):
    name = "mcp_server"

    def settings(self):
        return {"metadata": METADATA}


class World:
    """The servers that do not depend on a test's configuration.  Use it in a
    `with`."""

    def __init__(self, folder, state, ca):
        self.folder = folder
        self.state = state
        self.ca = ca
        self.running = contextlib.ExitStack()
        self.logins = {}
        self.backend = None

    def __enter__(self):
        self.backend = self.running.enter_context(
            McpServer(self.folder, self.state))
        return self

    def __exit__(self, *failure):
        return self.running.__exit__(*failure)

    def login(self, options):
        """The issuer with these options, started once."""
        name = "-".join(["login", *sorted(options)])
        if name not in self.logins:
            state = self.state / name
            state.mkdir()
            self.logins[name] = self.running.enter_context(
                LoginPage(self.folder, state, self.ca, options))
        return self.logins[name]

    @contextlib.contextmanager
    def serve(self, state, more="", **options):
        """httpd with the example, and with more behind it; options: those of
        the issuer."""
        example = EXAMPLES["mcp-server"]
        assert BACKEND in example.text
        text = example.text.replace(BACKEND, f"127.0.0.1:{self.backend.port}")
        tls = certify(self.ca, state / "api-tls", API)
        login = self.login(options)
        with Httpd(HOST % (text + more), modules=["ssl"], files=example.files,
                   define={"CERTIFICATE": tls.certificate_path,
                           "KEY": tls.key_path}) as server:
            with server.log.allowing(MOD_SSL):
                pass
            yield User(self, state, server, login)


class User:
    """A user with a client and a browser."""

    def __init__(self, world, state, server, login):
        self.world = world
        self.state = state
        self.server = server
        self.ports = {host_of(API): server.port, host_of(LOGIN): login.port}

    def call(self, *calls):
        """calls: pairs of a path and a tool.  Returns a line for each message,
        in order, and the result of each call."""
        found = run(self.world.folder, self.state, "mcp_client", {
            "ca": str(self.world.ca.path), "ports": self.ports,
            "calls": [[API + path, tool] for path, tool in calls]}, CLIENT_S)
        for token in found["tokens"]:
            remember(token)
        lines = [line_of(message) for message in found["messages"]]
        print(*lines, "", *found["results"], sep="\n")
        return lines, found["results"]


# A message as a line

SHOWN = ["response_type", "code_challenge_method", "grant_type", "scope",
         "resource", "error"]


def line_of(message):
    """Who sent what, and the answer to it."""
    url = message["host"] + re.sub(r"(/(auth|interaction)/)[\w-]+",
                                   r"\1ID", message["path"])
    asked = [f"{name}={message[part][name]}" for part in ("query", "body")
             for name in SHOWN if name in message[part]]
    if "jsonrpc" in message["body"]:
        asked = what_is_called(message)
    words = [message["by"] + ":", message["method"], url, *asked, "->",
             str(message["status"]), *answer_to(message)]
    return " ".join(words)


def what_is_called(message):
    body = message["body"]
    tool = body.get("params", {}).get("name")
    return [body["method"], *([tool] if tool else []),
            f"with {message['token_scope'] or 'no token'}"]


def answer_to(message):
    if message["challenge"]:
        return [message["challenge"]]
    if message["location"]:
        return ["to", where(message["location"])]
    return []


def where(location):
    """Less what is another one each time."""
    place = re.sub(r"(/(auth|interaction)/)[\w-]+", r"\1ID",
                   location.removeprefix("https://"))
    path, _, query = place.partition("?")
    names = sorted(pair.partition("=")[0] for pair in query.split("&") if pair)
    return path + ("?" + "&".join(names) if names else "")
