"""A backend for mod_proxy: it answers with what it was sent."""
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        """A line for the request, one for each header."""
        self.server.requests.append(self.requestline)
        body = "".join([f"request={self.requestline}\n"] + [
            f"{name}={value}\n" for name, value in self.headers.items()])
        self.send_response(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_OPTIONS = answer

    def log_message(self, *_):
        pass


class Backend:
    """Use it in a `with`."""

    def __init__(self, status=200, headers=()):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.server.status = status
        self.server.headers = headers
        self.server.requests = []
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def requests(self):
        return self.server.requests

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
