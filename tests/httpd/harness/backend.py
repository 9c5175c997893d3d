"""A backend on a loopback port that answers with the headers it got."""
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self._skip_body()
        body = "".join(f"{name}={value}\n"
                       for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_OPTIONS = answer

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
    """Use it in a `with`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()

    def __exit__(self, *failure):
        self.shutdown()
        super().__exit__(*failure)


def headers_of(answer):
    """The names and values in its answer, each as often as it came."""
    return [tuple(line.split("=", 1)) for line in answer.body.splitlines()
            if "=" in line]
