# SPDX-License-Identifier: Apache-2.0
"""Prevents: a function of ours that meets another module's of the same name.

httpd loads every module into one name space.  The module record is all that it
needs from us, so it is all that we export.
"""
import os
import subprocess
import sys

import project

EXPORTED = ["auth_jwt_module"]

module = os.path.join(project.build_folder(), "mod_auth_jwt.so")
nm = subprocess.run(["nm", "-D", "--defined-only", module], text=True,
                    capture_output=True)
if nm.returncode != 0:
    sys.exit(f"{module}: {nm.stderr.strip() or 'nm failed'}")
symbols = sorted(line.split()[-1] for line in nm.stdout.splitlines())
project.finish([] if symbols == EXPORTED else
               [f"{module} exports {symbols}, not {EXPORTED}"])
