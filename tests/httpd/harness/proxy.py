# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy on a loopback port that only knows CONNECT."""
import select
import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        target = self.rfile.readline().split()[1].decode()
        while self.rfile.readline().strip():
            pass
        self.server.targets.append(target)
        address = self.server.address_of(target)
        with socket.create_connection(address, 10) as other:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            pump(self.connection, other)


def pump(one, other):
    """Carries bytes both ways until one side is done."""
    while True:
        readable, _, _ = select.select([one, other], [], [], 30)
        if not readable:
            return
        for source in readable:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


class Proxy(socketserver.ThreadingTCPServer):
    """Use it in a `with`; targets: what was asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.targets = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()

    def address_of(self, target):
        """Where a HOST:PORT leads."""
        host, port = target.rsplit(":", 1)
        return host, int(port)

    def __exit__(self, *failure):
        self.shutdown()
        super().__exit__(*failure)
