# SPDX-License-Identifier: Apache-2.0
"""`make install`: what it puts where, with nothing of it anywhere else."""
import os
import subprocess

from harness.settings import BUILD, MODULES, PROJECT

SHARE = "usr/local/share"
INSTALLED = {
    f"{MODULES.relative_to('/')}/mod_auth_jwt.so": 0o644,
    "usr/local/bin/ajwt": 0o755,
    f"{SHARE}/man/man1/ajwt.1": 0o644,
    f"{SHARE}/man/man5/mod_auth_jwt.5": 0o644,
    f"{SHARE}/bash-completion/completions/ajwt": 0o644,
}


def install(*settings):
    """Without `all`, which was made; no settings of a make around us."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "-f", "Makefile.apxs", "-o", "all", "install",
                    *settings], cwd=PROJECT, check=True, env=environment,
                   timeout=60, stdin=subprocess.DEVNULL)


def below(folder):
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777
            for path in folder.rglob("*") if not path.is_dir()}


def test_it_installs_below_destdir(tmp_path):
    install(f"BUILD={BUILD}", f"DESTDIR={tmp_path}")
    assert below(tmp_path) == INSTALLED


def test_a_packager_says_where(tmp_path):
    install(f"BUILD={BUILD}", f"DESTDIR={tmp_path}", "BINDIR=/usr/bin",
            "MANDIR=/usr/share/man", "COMPLETIONDIR=/usr/share/completions")
    assert {"usr/bin/ajwt", "usr/share/man/man1/ajwt.1",
            "usr/share/completions/ajwt"} <= set(below(tmp_path))
