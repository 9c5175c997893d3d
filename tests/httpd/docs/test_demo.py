# SPDX-License-Identifier: Apache-2.0
"""The demo: it ends well, ends badly when something is wrong, and leaves
nothing behind."""
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

import pytest

from harness.httpd import environment
from harness.settings import (BUILD, HTTPD, MODULES, PROJECT, SLOWNESS,
                              wait_until)


@pytest.fixture
def folder():
    """Where the demo makes its own; httpd's user must get there."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def write_script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


@pytest.fixture
def apxs(tmp_path):
    """One that names an httpd which alone gets a sanitizer's library."""
    variables = " ".join(f"{name}={shlex.quote(value)}"
                         for name, value in environment().items())
    write_script(tmp_path / "httpd", f'exec env {variables} {HTTPD} "$@"\n')
    write_script(tmp_path / "apxs", f"""case $2 in
SBINDIR) echo {tmp_path} ;;
PROGNAME) echo httpd ;;
LIBEXECDIR) echo {MODULES} ;;
esac
""")
    return tmp_path / "apxs"


class Demo:
    """One that runs; to be waited for."""

    def __init__(self, folder, apxs, output, settings):
        self.folder = folder
        self.output = pathlib.Path(output.name)
        env = {"PATH": os.environ["PATH"], "TMPDIR": str(folder),
               "APXS": str(apxs), "AJWT_BUILD": str(BUILD), **settings}
        # who runs the tests in the background has SIGINT ignored
        self.process = subprocess.Popen(
            [PROJECT / "tests/demo/demo.sh"], env=env, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def text(self):
        return self.output.read_text()

    def send(self, how):
        """As a terminal does: to all of its processes."""
        os.killpg(self.process.pid, how)

    def processes(self):
        def command_of(process):
            try:
                return (process / "cmdline").read_bytes()
            except OSError:  # it has ended
                return b""
        return [process for process in pathlib.Path("/proc").glob("[0-9]*")
                if str(self.folder).encode() in command_of(process)]

    def wait(self):
        """Its exit code; it has left nothing."""
        code = self.process.wait(60 * SLOWNESS)
        assert list(self.folder.iterdir()) == []
        assert self.processes() == []
        return code


@contextlib.contextmanager
def demo(folder, apxs, **settings):
    with tempfile.NamedTemporaryFile() as output:
        running = Demo(folder, apxs, output, settings)
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.send(signal.SIGKILL)
                running.process.wait()


def test_what_it_shows(folder, apxs):
    with demo(folder, apxs) as show:
        assert show.wait() == 0, show.text()
        text = show.text()
    assert re.findall(r"^ +HTTP/1.1 (\d+) ", text, re.MULTILINE) == [
        "401", "200", "403", "200", "401"]
    assert "REMOTE_USER=alice" in text
    assert "JWT_CLAIM_groups=sales,berlin" in text


def test_it_fails_where_httpd_does_not_start(folder, apxs, tmp_path):
    (tmp_path / "ajwt").symlink_to(BUILD / "ajwt")
    (tmp_path / "mod_auth_jwt.so").write_text("no module")
    with demo(folder, apxs, AJWT_BUILD=str(tmp_path)) as show:
        assert show.wait() == 1, show.text()
        assert "The demo failed: httpd did not start" in show.text()
        assert "mod_auth_jwt.so" in show.text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_keeps_running_until_it_is_told_to_end(folder, apxs, how):
    with demo(folder, apxs, KEEP="1") as show:
        wait_until(lambda: "until Ctrl-C" in show.text()
                   or show.process.poll() is not None, "it keeps running", 60)
        assert show.process.poll() is None, show.text()
        assert show.processes() != []
        show.send(how)
        assert show.wait() == 128 + how
