# SPDX-License-Identifier: Apache-2.0
"""A backend for mod_proxy: it answers with what it was sent."""
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        """A line for the request, one for each header."""
        self.server.requests.append(self.requestline)
        self._skip_body()
        body = "".join([f"request={self.requestline}\n"] + [
            f"{name}={value}\n" for name, value in self.headers.items()])
        self.send_response(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_OPTIONS = answer

    def _skip_body(self):
        if "Transfer-Encoding" not in self.headers:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)
        while self.rfile.readline().strip():
            pass

    def log_message(self, *_):
        pass


class Backend(http.server.ThreadingHTTPServer):
    """Use it in a `with`; requests: the lines that came."""

    daemon_threads = True

    def __init__(self, status=200, headers=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.headers = headers
        self.requests = []
        self.port = self.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()

    def __exit__(self, *failure):
        self.shutdown()
        super().__exit__(*failure)


def headers_of(answer):
    """The names and values in its answer, each as often as it came."""
    return [tuple(line.split("=", 1)) for line in answer.body.splitlines()
            if "=" in line and not line.startswith("request=")]
