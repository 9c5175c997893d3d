# SPDX-License-Identifier: Apache-2.0
"""An issuer that behaves badly on command, and well again."""
import gzip
import json
import pathlib
import shutil
import ssl
import tempfile
import threading

from .issuer import CA, METADATA, Issuer

FOREVER_S = 60
LARGE_BYTES = 100 * 1024 * 1024
PIECE = b" " * 65536


def begin(request, status, **headers):
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()


def say_nothing(issuer, _):
    issuer.ended.wait(FOREVER_S)


def drip(issuer, request):
    """One byte a second."""
    begin(request, 200, Content_Length="1000")
    while not issuer.ended.wait(1):
        request.wfile.write(b" ")


def never_end(issuer, request):
    begin(request, 200, Transfer_Encoding="chunked")
    while not issuer.ended.is_set():
        request.wfile.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))


def send_too_much(_, request):
    begin(request, 200, Content_Length=str(LARGE_BYTES))
    for _ in range(LARGE_BYTES // len(PIECE)):
        request.wfile.write(PIECE)


def compress(issuer, request):
    body = gzip.compress((issuer.document(request.path) or "").encode())
    begin(request, 200, Content_Encoding="gzip",
          Content_Length=str(len(body)))
    request.wfile.write(body)


def show_a_page(_, request):
    body = b"<!doctype html><title>Be right back</title>"
    begin(request, 200, Content_Type="text/html",
          Content_Length=str(len(body)))
    request.wfile.write(body)


def say_no_content(_, request):
    begin(request, 204)


def send_elsewhere(issuer, request):
    begin(request, 301, Location=f"https://127.0.0.1:{issuer.port}/",
          Content_Length="0")


def break_down(_, request):
    begin(request, 503, Content_Length="0")


# What it does with a request -> the tag that the log names it by
ANSWERS = {
    "silent": (say_nothing, "JWT0601"),
    "one byte a second": (drip, "JWT0601"),
    "endless": (never_end, "JWT0603"),
    "100 MB": (send_too_much, "JWT0603"),
    "gzip": (compress, "JWT0602"),
    "HTML": (show_a_page, "JWT0604"),
    "204": (say_no_content, "JWT0602"),
    "301": (send_elsewhere, "JWT0602"),
    "503": (break_down, "JWT0602"),
}
# What is wrong with the connection
CONNECTIONS = {
    "down": "JWT0601",
    "accepts and is silent": "JWT0601",
    "wrong CA": "JWT0601",
    "expired certificate": "JWT0601",
    "another name": "JWT0601",
}
# What is wrong with the discovery document
DOCUMENTS = {
    "http jwks_uri": (lambda issuer: {
        "jwks_uri": issuer.keys_url.replace("https:", "http:")}, "JWT0606"),
    "link-local jwks_uri": (lambda issuer: {
        "jwks_uri": "https://169.254.169.254/keys"}, "JWT0606"),
    "another issuer": (lambda issuer: {
        "issuer": "https://issuer.example"}, "JWT0605"),
}
TAGS = {**{name: tag for name, (_, tag) in ANSWERS.items()}, **CONNECTIONS,
        **{name: tag for name, (_, tag) in DOCUMENTS.items()}}


class FickleIssuer(Issuer):
    def __init__(self, ca):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-fickle-"))
        self.behaviour = None
        self.ended = threading.Event()  # the present behaviour has
        super().__init__(ca)
        self.good_tls = self.tls
        self.bad_tls = {
            "wrong CA": self._context("ca"),
            "expired certificate": self._context("expired", ca,
                                                 is_expired=True),
            "another name": self._context("name", ca, host="login.example"),
        }

    def _context(self, name, signed_by=None, **how):
        folder = self.folder / name
        folder.mkdir()
        made = CA(folder, signed_by=signed_by, **how)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.certificate_path, made.key_path)
        return context

    def behave(self, name=None):
        """Badly, as TAGS has it; well without a name."""
        self.ended.set()
        self.ended = threading.Event()
        self.behaviour = name
        self.tls = self.bad_tls.get(name, self.good_tls)
        self.documents.pop(METADATA, None)
        if name in DOCUMENTS:
            changes = DOCUMENTS[name][0](self)
            self.documents[METADATA] = json.dumps(
                {**json.loads(self.document(METADATA)), **changes})
        if name == "down":
            self.stop()
        elif not self.server:
            self.start()

    def greet(self):
        if self.behaviour == "accepts and is silent":
            self.ended.wait(FOREVER_S)

    def answer(self, request):
        if self.behaviour in ANSWERS:
            self.requests[request.path] += 1
            ANSWERS[self.behaviour][0](self, request)
            request.close_connection = True
        else:
            super().answer(request)

    def close(self):
        self.ended.set()
        super().close()
        shutil.rmtree(self.folder)
