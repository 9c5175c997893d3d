# SPDX-License-Identifier: Apache-2.0
"""conf-examples/basic-clients.conf in front of real repositories."""
import os
import subprocess

from harness.examples import EXAMPLES, EXTRA
from harness.httpd import Httpd
from harness.settings import SLOWNESS

EXAMPLE = EXAMPLES["basic-clients"]
SIGNER, = EXAMPLE.signers


def serve(config, modules=(), is_open=False):
    return Httpd(config + EXAMPLE.text, modules=[*EXTRA, *modules],
                 files=EXAMPLE.files, is_open=is_open)


def mint(*scopes, **claims):
    return SIGNER.mint(scope=" ".join(scopes), **claims)


def run(*command, cwd=None, env=None):
    """Its exit code and what it printed."""
    done = subprocess.run(
        [str(word) for word in command], check=False, cwd=cwd, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=20 * SLOWNESS,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})})
    return done.returncode, done.stdout
