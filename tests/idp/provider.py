# SPDX-License-Identifier: Apache-2.0
"""oidc-provider, started, asked for tokens, given other keys."""
import base64
import json
import signal
import ssl
import urllib.parse
import urllib.request

from harness.settings import SLOWNESS
from harness.tokens import Signer, remember
from script import Script

ALGS = ["RS256", "PS256", "ES256", "EdDSA"]


class Provider(Script):
    name = "issuer"

    def __init__(self, folder, ca, state):
        super().__init__(folder, state)
        self.ca = ca
        self.url = f"https://localhost:{self.port}"
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

    def settings(self):
        return {"issuer": self.url,
                "keys": str(self.state / "keys.json"),
                "key": str(self.ca.key_path),
                "certificate": str(self.ca.certificate_path)}
