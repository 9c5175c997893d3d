# SPDX-License-Identifier: Apache-2.0
"""What npm has to install, and servers that run on it."""
import contextlib
import fcntl
import json
import pathlib
import shutil
import subprocess

from harness.httpd import free_port
from harness.settings import PROJECT, SLOWNESS, wait_until

HERE = pathlib.Path(__file__).parent
INSTALL_S = 300


def install():
    """The folder where npm has put what package-lock.json names."""
    folder = PROJECT / "build" / "idp"
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        lock = folder / "package-lock.json"
        wanted = (HERE / lock.name).read_bytes()
        is_there = (folder / "node_modules").is_dir() and lock.exists() \
            and lock.read_bytes() == wanted
        for script in HERE.glob("*.mjs"):
            shutil.copy(script, folder)
        if not is_there:
            lock.unlink(missing_ok=True)
            shutil.copy(HERE / "package.json", folder)
            npm_ci(folder, wanted)
    return folder


@contextlib.contextmanager
def alone_in(folder):
    """Each test file has a process of its own, and they run beside each
    other."""
    with open(folder / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def npm_ci(folder, lock):
    """The lock is there only when all of it is."""
    draft = folder / "package-lock.json"
    draft.write_bytes(lock)
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                        "--no-fund"], cwd=folder, check=True,
                       timeout=INSTALL_S, stdin=subprocess.DEVNULL)
    except BaseException:
        draft.unlink()
        raise


class Script:
    """A server in Node.js: use it in a `with`.  state: a folder for its
    settings and its output."""

    name = None

    def __init__(self, folder, state):
        self.folder = folder
        self.state = state
        self.port = free_port()
        self.process = None

    def settings(self):
        """Besides the port."""
        raise NotImplementedError

    def wait_for(self, word):
        output = self.state / f"{self.name}.output"
        wait_until(lambda: word in output.read_text().split()
                   or self.process.poll() is not None, word, 30)
        assert self.process.poll() is None, output.read_text()

    def __enter__(self):
        settings = write_settings(self.state, self.name, {
            "port": self.port, **self.settings()})
        with open(self.state / f"{self.name}.output", "wb") as output:
            self.process = subprocess.Popen(
                ["node", f"{self.name}.mjs", settings], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            self.wait_for("ready")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()


def write_settings(state, name, settings):
    path = state / f"{name}.json"
    path.write_text(json.dumps(settings))
    return str(path)


def run(folder, state, name, settings, timeout_s):
    """What a script that ends has printed, from JSON."""
    done = subprocess.run(
        ["node", f"{name}.mjs", write_settings(state, name, settings)],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, timeout=timeout_s * SLOWNESS,
        check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)
