# SPDX-License-Identifier: Apache-2.0
"""A Python application, run by uvicorn on a free loopback port."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from . import client
from .httpd import free_port
from .settings import SLOWNESS, wait_until


class Application:
    """code: a module with an `app`.  Use it in a `with`."""

    def __init__(self, code, env=None):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-app-"))
        (self.root / "app.py").write_text(code)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.env = {"PATH": os.environ["PATH"], "LANG": "C", **(env or {})}
        self.process = None

    def __enter__(self):
        with open(self.root / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-m", "uvicorn", "app:app", "--app-dir",
                 self.root, "--port", str(self.port), "--log-level",
                 "warning"], env=self.env, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output)
        try:
            wait_until(self._is_up, "the application runs", 30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _is_up(self):
        assert self.process.poll() is None, (self.root / "output").read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def get(self, path, token=None):
        with contextlib.closing(client.connect(self.port)) as connection:
            return client.send(connection, path, token)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10 * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root)
