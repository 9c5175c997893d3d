# SPDX-License-Identifier: Apache-2.0
"""oidc-provider, installed, started, asked for tokens, given other keys."""
import base64
import json
import shutil
import signal
import ssl
import subprocess
import urllib.parse
import urllib.request
import pathlib

from harness.httpd import free_port
from harness.settings import PROJECT, SLOWNESS, wait_until
from harness.tokens import Signer, remember

HERE = pathlib.Path(__file__).parent
ALGS = ["RS256", "PS256", "ES256", "EdDSA"]


def install():
    """The folder where npm has put what package-lock.json names."""
    folder = PROJECT / "build" / "idp"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "package-lock.json"
    wanted = (HERE / lock.name).read_bytes()
    is_there = (folder / "node_modules").is_dir() and lock.exists() \
        and lock.read_bytes() == wanted
    shutil.copy(HERE / "issuer.mjs", folder)
    if not is_there:
        lock.unlink(missing_ok=True)
        shutil.copy(HERE / "package.json", folder)
        npm_ci(folder, wanted)
    return folder


def npm_ci(folder, lock):
    """The lock is there only when all of it is."""
    draft = folder / "package-lock.json"
    draft.write_bytes(lock)
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                        "--no-fund"], cwd=folder, check=True, timeout=300,
                       stdin=subprocess.DEVNULL)
    except BaseException:
        draft.unlink()
        raise


class Provider:
    """Use it in a `with`."""

    def __init__(self, folder, ca, state):
        self.folder = folder
        self.ca = ca
        self.state = state
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.process = None
        self.signers = self.make_keys()
        self.publish(self.signers)

    def make_keys(self):
        return {alg: Signer(alg, issuer=self.url) for alg in ALGS}

    def publish(self, *sets):
        """The first set signs, all are in the key set."""
        keys = [{**signer.private, "alg": alg, "use": "sig"}
                for signers in sets for alg, signer in signers.items()]
        (self.state / "keys.json").write_text(json.dumps({"keys": keys}))

    def rotate(self):
        """Other keys sign; the old ones stay published beside them."""
        older, self.signers = self.signers, self.make_keys()
        self.publish(self.signers, older)
        self.process.send_signal(signal.SIGHUP)
        self.wait_for("rotated")

    def audience(self, alg):
        return f"https://api.example.com/{alg}"

    def token(self, alg, scope="read write"):
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "scope": scope,
            "resource": self.audience(alg)}).encode()
        login = base64.b64encode(b"service:only+for+this+test").decode()
        request = urllib.request.Request(
            self.url + "/token", form, {"Authorization": f"Basic {login}"})
        trust = ssl.create_default_context(cafile=self.ca.path)
        with urllib.request.urlopen(request, context=trust,
                                    timeout=10 * SLOWNESS) as answer:
            return remember(json.load(answer)["access_token"])

    def wait_for(self, word):
        output = self.state / "output"
        wait_until(lambda: word in output.read_text().split()
                   or self.process.poll() is not None, word, 30)
        assert self.process.poll() is None, output.read_text()

    def __enter__(self):
        settings = self.state / "settings.json"
        settings.write_text(json.dumps({
            "issuer": self.url, "port": self.port,
            "keys": str(self.state / "keys.json"),
            "key": str(self.ca.key_path),
            "certificate": str(self.ca.certificate_path)}))
        with open(self.state / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["node", "issuer.mjs", str(settings)], cwd=self.folder,
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
