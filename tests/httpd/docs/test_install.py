# SPDX-License-Identifier: Apache-2.0
"""`make install`: what it puts where, with nothing of it anywhere else."""
import os
import pathlib
import subprocess

import pytest

from harness.settings import BUILD, MODULES, PROJECT

SHARE = "usr/local/share"
INSTALLED = {
    f"{MODULES.relative_to('/')}/mod_auth_jwt.so": 0o644,
    "usr/local/bin/ajwt": 0o755,
    f"{SHARE}/man/man1/ajwt.1": 0o644,
    f"{SHARE}/man/man5/mod_auth_jwt.5": 0o644,
    f"{SHARE}/bash-completion/completions/ajwt": 0o644,
}


PLACES = ["BINDIR=/usr/bin", "MANDIR=/usr/share/man",
          "COMPLETIONDIR=/usr/share/completions"]


def make(target, *settings):
    """Without `all`, which was made; no settings of a make around us."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(
        ["make", "-f", "Makefile.apxs", "-o", "all", target, *settings],
        cwd=PROJECT, check=True, env=environment, timeout=60, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout


def below(folder):
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777
            for path in folder.rglob("*") if not path.is_dir()}


def test_it_installs_below_destdir(tmp_path):
    make("install", f"BUILD={BUILD}", f"DESTDIR={tmp_path}")
    assert below(tmp_path) == INSTALLED


LOAD_LINE = f"    LoadModule auth_jwt_module {MODULES}/mod_auth_jwt.so\n"


def apache_folder():
    asked = subprocess.run([os.environ.get("APXS", "apxs"), "-q", "SYSCONFDIR"],
                           check=True, text=True, timeout=60,
                           stdout=subprocess.PIPE)
    return pathlib.Path(asked.stdout.strip())


def test_it_ends_with_the_line_that_loads_the_module(tmp_path):
    said = make("install", f"BUILD={BUILD}", f"DESTDIR={tmp_path}")
    assert said.endswith(LOAD_LINE)
    assert "a2enmod" not in said


@pytest.mark.parametrize("has_file", [False, True])
def test_where_debian_has_files_for_modules(tmp_path, has_file):
    load_file = apache_folder() / "mods-available/auth_jwt.load"
    below_destdir = tmp_path / load_file.relative_to("/")
    below_destdir.parent.mkdir(parents=True)
    if has_file:
        below_destdir.write_text(LOAD_LINE)
    said = make("install", f"BUILD={BUILD}", f"DESTDIR={tmp_path}")
    assert said.endswith(": a2enmod auth_jwt\n")
    assert (LOAD_LINE in said) == (str(load_file) in said) == (not has_file)


def test_help_needs_nothing_of_httpd():
    lines = make("help", "APXS=no-such-apxs").splitlines()
    assert "make -f Makefile.apxs install" in [
        line.partition("  ")[0] for line in lines]
    assert lines[-1].endswith(").")


def test_a_packager_says_where(tmp_path):
    make("install", f"BUILD={BUILD}", f"DESTDIR={tmp_path}", *PLACES)
    assert {"usr/bin/ajwt", "usr/share/man/man1/ajwt.1",
            "usr/share/completions/ajwt"} <= set(below(tmp_path))


def test_a_running_httpd_keeps_the_file_that_it_has(tmp_path):
    """A library must not be written into while a process has it mapped."""
    settings = [f"BUILD={BUILD}", f"DESTDIR={tmp_path}"]
    make("install", *settings)
    with open(tmp_path / MODULES.relative_to("/") / "mod_auth_jwt.so",
              "rb") as mapped:
        make("install", *settings)
        assert os.fstat(mapped.fileno()).st_nlink == 0
    assert below(tmp_path) == INSTALLED


@pytest.mark.parametrize("places", [[], PLACES], ids=["usual", "others"])
def test_uninstall_removes_what_was_installed(tmp_path, places):
    others = [tmp_path / MODULES.relative_to("/") / "mod_other.so",
              tmp_path / "usr/local/bin/tool",
              tmp_path / SHARE / "man/man1/tool.1"]
    for other in others:
        other.parent.mkdir(parents=True)
        other.write_text("")
    settings = [f"BUILD={BUILD}", f"DESTDIR={tmp_path}", *places]
    make("install", *settings)
    assert len(below(tmp_path)) == len(INSTALLED) + len(others)
    said = make("uninstall", *settings)
    assert set(below(tmp_path)) == {
        str(other.relative_to(tmp_path)) for other in others}
    assert "LoadModule auth_jwt_module" in said
    make("uninstall", *settings)  # nothing is left to remove
