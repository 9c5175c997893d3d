# SPDX-License-Identifier: Apache-2.0
"""Folders that servers of another account may enter, and recipes' paths."""
import pathlib
import subprocess

import needs
from harness.httpd import unprivileged_user


def open_folder(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp(name)
    for parent in [folder, *list(folder.parents)[:2]]:
        parent.chmod(0o755)
    return folder


def give_to_httpd(folder):
    if needs.is_root():
        paths = [folder, *pathlib.Path(folder).rglob("*")]
        subprocess.run(["chown", "-h", unprivileged_user(), *paths],
                       check=True, stdin=subprocess.DEVNULL)
