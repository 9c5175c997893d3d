"""conf-examples/basic-clients.conf in front of real repositories."""
import os
import pathlib
import subprocess

import needs
from harness.examples import EXAMPLES, EXTRA
from harness.httpd import Httpd, unprivileged_user
from harness.settings import SLOWNESS

EXAMPLE = EXAMPLES["basic-clients"]
SIGNER, = EXAMPLE.signers


def serve(config, modules=(), is_open=False):
    return Httpd(config + EXAMPLE.text, modules=[*EXTRA, *modules],
                 files=EXAMPLE.files, is_open=is_open)


def mint(*scopes, **claims):
    return SIGNER.mint(scope=" ".join(scopes), **claims)


def folder_for_httpd(tmp_path_factory, name):
    """A folder that httpd's processes may enter."""
    folder = tmp_path_factory.mktemp(name)
    for parent in [folder, *list(folder.parents)[:2]]:
        parent.chmod(0o755)
    return folder


def give_to_httpd(folder):
    if needs.is_root():
        for path in [folder, *pathlib.Path(folder).rglob("*")]:
            subprocess.run(["chown", "-h", unprivileged_user(), path],
                           check=True, stdin=subprocess.DEVNULL)


def run(*command, cwd=None, env=None):
    """Its exit code and what it printed."""
    done = subprocess.run(
        [str(word) for word in command], check=False, cwd=cwd, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=20 * SLOWNESS,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})})
    return done.returncode, done.stdout
