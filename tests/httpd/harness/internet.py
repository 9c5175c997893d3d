# SPDX-License-Identifier: Apache-2.0
"""The rest of the world, on loopback: whatever host httpd asks a proxy for, one
server answers in its name, with a certificate that the test's CA signed."""
import http.server
import json
import pathlib
import shutil
import ssl
import tempfile
import threading

from .issuer import CA
from .proxy import Proxy
from .settings import SLOWNESS


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = f"https://{self.headers['Host']}{self.path}"
        self.server.asked.append(url)
        document = self.server.documents.get(url)
        body = json.dumps(document).encode() if document else b""
        self.send_response(200 if document else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """By TLS, as whichever host a client names."""

    daemon_threads = True

    def __init__(self, ca, documents):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ca = ca
        self.documents = documents
        self.asked = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-hosts-"))
        self.lock = threading.Lock()
        self.contexts = {}
        self.tls = self.context_for("localhost")
        self.tls.sni_callback = self.choose
        threading.Thread(target=self.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()

    def context_for(self, host):
        with self.lock:
            if host not in self.contexts:
                self.contexts[host] = self.make_context(host)
            return self.contexts[host]

    def make_context(self, host):
        folder = self.folder / host
        folder.mkdir()
        signed = CA(folder, host, signed_by=self.ca)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(signed.certificate_path, signed.key_path)
        return context

    def choose(self, connection, host, _):
        connection.context = self.context_for(host)

    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(10 * SLOWNESS)
        return self.tls.wrap_socket(connection, server_side=True,
                                    do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """A client that hung up."""

    def end(self):
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder)


class Internet(Proxy):
    """documents: URL -> what is there, for json.dumps.  Use it in a `with`."""

    def __init__(self, ca, documents):
        self.server = Server(ca, documents)
        super().__init__()

    @property
    def asked(self):
        return self.server.asked

    def address_of(self, target):
        return self.server.server_address

    def __exit__(self, *failure):
        super().__exit__(*failure)
        self.server.end()
