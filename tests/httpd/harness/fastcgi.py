# SPDX-License-Identifier: Apache-2.0
"""A FastCGI program for mod_proxy_fcgi: it prints the environment it is given."""
import socketserver
import struct
import threading

HEADER = struct.Struct(">BBHHBx")
BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def read_record(stream):
    _, kind, number, length, padding = HEADER.unpack(stream.read(HEADER.size))
    content = stream.read(length)
    stream.read(padding)
    return kind, number, content


def read_length(data, at):
    """A length of one byte, or of four with the first bit set."""
    if data[at] < 128:
        return data[at], at + 1
    return struct.unpack_from(">I", data, at)[0] & 0x7fffffff, at + 4


def read_pairs(data):
    at, pairs = 0, {}
    while at < len(data):
        name_length, at = read_length(data, at)
        value_length, at = read_length(data, at)
        name = data[at:at + name_length].decode()
        at += name_length
        pairs[name] = data[at:at + value_length].decode("utf-8", "replace")
        at += value_length
    return pairs


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        params, kind, content = b"", None, None
        while kind != STDIN or content:
            kind, number, content = read_record(self.rfile)
            if kind == PARAMS:
                params += content
        body = "".join(f"{name}={value}\n"
                       for name, value in read_pairs(params).items())
        self.write(STDOUT, number,
                   b"Content-Type: text/plain\r\n\r\n" + body.encode())
        self.write(STDOUT, number, b"")
        self.write(END, number, bytes(8))

    def write(self, kind, number, content):
        self.wfile.write(HEADER.pack(1, kind, number, len(content), 0)
                         + content)


class FastCGI(socketserver.ThreadingTCPServer):
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
