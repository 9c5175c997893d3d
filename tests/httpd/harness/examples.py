# SPDX-License-Identifier: Apache-2.0
"""The examples in conf-examples, with what there must be for each to work."""
import json
import re

import pytest

from .httpd import ALL_ENV, Httpd
from .providers import PROVIDERS
from .settings import PROJECT
from .tokens import Signer, key_set

ISSUER = re.compile(r"^\s*AuthJWTIssuer\s+(\S+)(.*)$", re.MULTILINE)
AUDIENCE = re.compile(r"^\s*AuthJWTAudience\s+(\S+)$", re.MULTILINE)
NEEDS = re.compile(r"^# Needs: (.*)$", re.MULTILINE)
LOCATION = re.compile(r'^<Location "(.*)">$', re.MULTILINE)

# Beyond the modules that every test server has
EXTRA = ["auth_basic"]


class Example:
    """Its text, and what there must be for it: signers and their files."""

    def __init__(self, path):
        self.name = path.stem
        self.path = path
        self.provider = PROVIDERS.get(self.name)
        self.text = path.read_text()
        self.modules = NEEDS.search(self.text)[1].split()
        self.place = LOCATION.search(self.text)[1]
        self.files = {}
        self.signers = []
        if self.provider:  # see test_provider_examples.py
            self.fill_in()
        else:
            self.audience = AUDIENCE.search(self.text)[1]
            self.signers = [self.signer(*line) for line in self.issuers()]

    def fill_in(self):
        self.text = self.provider.fill_in(self.text)
        if self.provider.keys_path:
            self.files[self.provider.keys_path] = json.dumps(
                self.provider.key_set())

    def issuers(self):
        """Each AuthJWTIssuer line: its name and its options."""
        for name, options in ISSUER.findall(self.text.replace("\\\n", " ")):
            yield name, dict(option.split("=", 1)
                             for option in options.split())

    def signer(self, issuer, options):
        how = {"issuer": issuer,
               "audience": options.get("audience", self.audience)}
        if "secret" in options:
            signer = Signer("HS256", kid=None, **how)
            self.files[options["secret"]] = signer.secret + b"\n"
        elif options["keys"].endswith(".pem"):
            signer = Signer(kid=None, **how)
            self.files[options["keys"]] = signer.public_pem
        else:
            signer = Signer(**how)
            self.files[options["keys"]] = key_set(signer)
        return signer

    def serve(self):
        """With a CGI that prints its environment wherever one asks."""
        return Httpd(ALL_ENV + self.text, modules=EXTRA, files={
            **self.files, "logs/here": ""})


EXAMPLES = {path.stem: Example(path)
            for path in sorted((PROJECT / "conf-examples").glob("*.conf"))}
LOCAL = [name for name, example in EXAMPLES.items() if example.signers]


def serving(name):
    """A fixture: this example on a running httpd."""
    @pytest.fixture(scope="module")
    def server():
        with EXAMPLES[name].serve() as running:
            yield running
    return server
