# SPDX-License-Identifier: Apache-2.0
"""Prevents: a man page that says what the reference said some time ago.

docs/man/mod_auth_jwt.5 is what docs/make/manual.py prints; `make -f
Makefile.apxs man` writes it.
"""
import subprocess
import sys

import project

PAGE = "docs/man/mod_auth_jwt.5"
WRITER = "docs/make/manual.py"

project.read(WRITER)
written = subprocess.run([sys.executable, WRITER], text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
if written.returncode:
    project.finish([f"{WRITER}: {written.stdout}"])
project.finish([f"{PAGE} is not what {WRITER} prints: "
                "make -f Makefile.apxs man"]
               if written.stdout != project.read(PAGE) else [])
