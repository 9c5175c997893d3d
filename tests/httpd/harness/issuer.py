# SPDX-License-Identifier: Apache-2.0
"""An issuer on a loopback port: discovery and key set over TLS."""
import collections
import datetime
import http.server
import json
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .settings import SLOWNESS
from .tokens import Signer

METADATA = "/.well-known/openid-configuration"
METADATA_8414 = "/.well-known/oauth-authorization-server"
KEYS = "/keys"


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, key, signed_by, signing_key, extensions,
                is_expired=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    days = datetime.timedelta(days=2 if is_expired else 0)
    builder = (x509.CertificateBuilder()
               .subject_name(name_of(subject)).issuer_name(name_of(signed_by))
               .public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - days - datetime.timedelta(hours=1))
               .not_valid_after(now - days + datetime.timedelta(days=1)))
    # RFC 5280, 4.2.1.1 and 4.2.1.2, which newer libraries insist on
    for extension, critical in extensions + [
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(
                signing_key.public_key()), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
             False)]:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signing_key, hashes.SHA256())


def pem_of_key(key):
    return key.private_bytes(serialization.Encoding.PEM,
                             serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class CA:
    """ca.pem, and server.pem and server.key for host, in folder; signed_by:
    another CA, whose key signs instead."""

    def __init__(self, folder, host="localhost", signed_by=None,
                 is_expired=False):
        key = signed_by.key if signed_by else \
            ec.generate_private_key(ec.SECP256R1())
        self.key = key
        server_key = ec.generate_private_key(ec.SECP256R1())
        root = certificate("test CA", key, "test CA", key, [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (x509.KeyUsage(key_cert_sign=True, **dict.fromkeys(
                ("digital_signature", "content_commitment",
                 "key_encipherment", "data_encipherment", "key_agreement",
                 "crl_sign", "encipher_only", "decipher_only"), False)),
             True)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        server = certificate(host, server_key, "test CA", key,
                             [(names, False)], is_expired)
        self.path = folder / "ca.pem"
        self.certificate_path = folder / "server.pem"
        self.key_path = folder / "server.key"
        self.path.write_bytes(
            root.public_bytes(serialization.Encoding.PEM))
        self.certificate_path.write_bytes(
            server.public_bytes(serialization.Encoding.PEM))
        self.key_path.write_bytes(pem_of_key(server_key))
        folder.chmod(0o755)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port, issuer):
        super().__init__(("127.0.0.1", port), Handler)
        self.issuer = issuer

    def get_request(self):
        """The handshake is the handler's thread's: a slow one delays none."""
        connection, address = super().get_request()
        if self.issuer.tls:
            connection = self.issuer.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        """A client that hung up, or did not trust us."""


class Handler(http.server.BaseHTTPRequestHandler):
    def handle(self):
        self.server.issuer.greet()
        super().handle()

    def do_GET(self):
        self.server.issuer.answer(self)

    def log_message(self, *_):
        pass


class Issuer:
    """Its signer's key is published; tests turn the rest as they need it."""

    def __init__(self, ca=None, path="", alg="ES256"):
        self.tls = None
        if ca:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(ca.certificate_path, ca.key_path)
        self.path = path
        self.alg = alg
        self.port = 0
        self.server = None
        self.requests = collections.Counter()  # by path, and status
        self.status = {}      # path -> instead of 200
        self.headers = {}     # path -> further headers, a dict
        self.documents = {}   # path -> text or bytes, instead of the usual
        self.gate = threading.Event()  # answers wait until it is set
        self.gate.set()
        self.start()
        self.url = f"{'https' if ca else 'http'}://localhost:{self.port}{path}"
        self.signer = self.new_signer()
        self.published = [self.signer]

    def new_signer(self):
        return Signer(self.alg, issuer=self.url)

    def rotate(self):
        """Another key signs, and alone is published."""
        self.signer = self.new_signer()
        self.published = [self.signer]
        return self.signer

    @property
    def keys_url(self):
        return self.url + KEYS

    @property
    def fetches(self):
        """How often the key set was asked for."""
        return self.requests[self.path + KEYS]

    def document(self, path):
        if path in self.documents:
            return self.documents[path]
        if path == self.path + METADATA:
            return json.dumps({"issuer": self.url,
                               "jwks_uri": self.keys_url})
        if path == self.path + KEYS:
            return json.dumps({"keys": [s.public for s in self.published]})
        return None

    def greet(self):
        """Somebody has connected, and has said nothing yet."""

    def answer(self, request):
        self.requests[request.path] += 1
        self.gate.wait(30 * SLOWNESS)
        text = self.document(request.path)
        status = self.status.get(request.path, 404 if text is None else 200)
        body = text if isinstance(text, bytes) else (text or "").encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        for name, value in self.headers.get(request.path, {}).items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def start(self):
        self.server = Server(self.port, self)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Down: connections are refused.  start() brings it back."""
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def close(self):
        self.gate.set()
        if self.server:
            self.stop()
