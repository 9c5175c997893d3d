# SPDX-License-Identifier: Apache-2.0
"""Folders that servers of another account may enter, and recipes' paths."""
import atexit
import pathlib
import shutil
import subprocess
import tempfile

import needs
from harness.httpd import unprivileged_user


def open_folder(name):
    """Not in pytest's folder: each pytest that starts closes that one again."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"ajwt-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    return folder


def give_to_httpd(folder):
    if needs.is_root():
        paths = [folder, *pathlib.Path(folder).rglob("*")]
        subprocess.run(["chown", "-h", unprivileged_user(), *paths],
                       check=True, stdin=subprocess.DEVNULL)
