# SPDX-License-Identifier: Apache-2.0
"""Prevents: a package that says another version than the program in it.

src/core/version.h has the version; whoever else must write it is listed here.
"""
import re

import project

HOME = "src/core/version.h"
# Where the first match of each is the version
PLACES = {
    "debian/changelog": r"^libapache2-mod-auth-jwt \((.+)\) ",
    "docs/CHANGES.md": r"^## (?!Not released yet$)(.+)$",
    "docs/man/ajwt.1": r'^\.TH .* "mod_auth_jwt (\S+)"',
    "docs/man/mod_auth_jwt.5": r'^\.TH .* "mod_auth_jwt (\S+)"',
    "docs/packaging/mod_auth_jwt.spec": r"^Version: +(.+)$",
}
# Three numbers, and perhaps a pre-release: semver.org, 2 and 9
SEMANTIC = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?")


def version_in(path, pattern):
    match = re.search(pattern, project.read(path), re.MULTILINE)
    return match.group(1) if match else None


def check():
    version = version_in(HOME, r'^#define AJWT_VERSION "(.+)"$')
    if not version or not SEMANTIC.fullmatch(version):
        yield f"{HOME}: {version} is no semantic version"
    for path, pattern in PLACES.items():
        found = version_in(path, pattern)
        if found != version:
            yield f"{path}: its version is {found}, not {version}"


project.finish([*check()])
