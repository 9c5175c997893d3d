# SPDX-License-Identifier: Apache-2.0
"""What the machine that runs the tests gives them."""
import platform
import subprocess

# Mounts and processes of a command's own, which end with it whatever happens.
APART = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]


def codename():
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def apt_lines():
    """(URI, suite, component) of the distribution's own, its base first.

    As they are configured, even if apt has not looked there yet.
    """
    asked = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info", "Created-By: Packages",
         "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"],
        stdout=subprocess.PIPE, text=True, check=True)
    lines = {tuple(line.split()) for line in asked.stdout.splitlines()}
    mine = [line for line in lines if line[1].startswith(codename())]
    assert mine, f"apt knows no mirror of {codename()}: {lines}"
    return sorted(mine, key=lambda line: line[1])
