# SPDX-License-Identifier: Apache-2.0
"""An AJP/1.3 server for mod_proxy_ajp: it answers with what it was sent.

Of a request (its first packet) only what tests ask for is read.
"""
import socketserver
import struct
import threading

FORWARD_REQUEST, SEND_BODY, SEND_HEADERS, END_RESPONSE = 2, 3, 4, 5
HEADER_NAMES = ["accept", "accept-charset", "accept-encoding",
                "accept-language", "authorization", "connection",
                "content-type", "content-length", "cookie", "cookie2", "host",
                "pragma", "referer", "user-agent"]
ATTRIBUTES = {3: "remote_user", 4: "auth_type"}
REQUEST_ATTRIBUTE, SSL_KEY_SIZE, END = 10, 11, 255


class Reader:
    def __init__(self, packet):
        self.packet = packet
        self.at = 0

    def take(self, form):
        value, = struct.unpack_from(form, self.packet, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self, length=None):
        length = self.take(">H") if length is None else length
        if length == 0xffff:
            return None
        value = self.packet[self.at:self.at + length].decode()
        self.at += length + 1
        return value

    def header_name(self):
        code = self.take(">H")
        return HEADER_NAMES[(code & 0xff) - 1] if code >> 8 == 0xa0 \
            else self.text(code)


def read_request(packet):
    """(path, {header: value}, {attribute: value})"""
    reader = Reader(packet)
    assert reader.take(">B") == FORWARD_REQUEST
    reader.take(">B")  # the method
    _, path, *_ = [reader.text() for _ in range(5)]
    reader.take(">H"), reader.take(">B")  # port, TLS
    headers = {}
    for _ in range(reader.take(">H")):
        name = reader.header_name()
        headers[name.lower()] = reader.text()
    attributes = {}
    while (code := reader.take(">B")) != END:
        if code == REQUEST_ATTRIBUTE:
            name = reader.text()
            attributes[name] = reader.text()
        elif code == SSL_KEY_SIZE:
            reader.take(">H")
        else:
            attributes[ATTRIBUTES.get(code, str(code))] = reader.text()
    return path, headers, attributes


def string(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data + b"\0"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self.rfile.read(4):
            magic, length = struct.unpack(">HH", head)
            assert magic == 0x1234
            path, headers, attributes = read_request(self.rfile.read(length))
            pairs = [("path", path), *headers.items(), *attributes.items()]
            self.answer("".join(f"{name}={value}\n" for name, value in pairs))

    def answer(self, body):
        data = body.encode()
        self.send(struct.pack(">BH", SEND_HEADERS, 200) + string("OK")
                  + struct.pack(">H", 1) + string("Content-Type")
                  + string("text/plain"))
        self.send(struct.pack(">BH", SEND_BODY, len(data)) + data + b"\0")
        self.send(struct.pack(">BB", END_RESPONSE, 1))

    def send(self, packet):
        self.wfile.write(b"AB" + struct.pack(">H", len(packet)) + packet)


class AJP(socketserver.ThreadingTCPServer):
    """Use it in a `with`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()

    def __exit__(self, *failure):
        self.shutdown()
        super().__exit__(*failure)
