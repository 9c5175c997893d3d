# SPDX-License-Identifier: Apache-2.0
"""What the checks share: the project's files, read as text or as code.

Every check runs in the project's top folder, prints what is wrong, one line
each, and ends with `finish`.  A file that is missing, or a search that finds
no file at all, is a failure: a check without input checks nothing.
"""
import os
import re
import sys

# What is built or fetched; .gitignore names the same folders.
IGNORED = {".git", "build", "node_modules", "__pycache__", ".pytest_cache"}
# What is bytes and no text: the inputs of tests/fuzz.
NO_TEXT = {"corpus"}


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{path}: cannot be read: {error}")


def files(*tops, suffixes=("",)):
    """The files below the folders (or the files) named, sorted; never none."""
    found = []
    for top in tops:
        before = len(found)
        if os.path.isfile(top):
            found.append(top)
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders
                          if name not in IGNORED | NO_TEXT]
            found += [os.path.normpath(os.path.join(folder, name))
                      for name in names if name.endswith(suffixes)]
        if len(found) == before:
            sys.exit(f"{top}: nothing to check here")
    return sorted(found)


def c_sources():
    return files("mod_auth_jwt.c", "src", suffixes=(".c", ".h"))


def code(text):
    """C without comments and without what is in its strings; lines stay."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''

    def blank(match):
        quote = match.group(0)[0]
        middle = "\n" * match.group(0).count("\n")
        return middle + (" " if quote == "/" else quote * 2)
    return re.sub(pattern, blank, text, flags=re.DOTALL)


def lines(text):
    """(number, line) from 1."""
    return enumerate(text.splitlines(), 1)


def build_folder():
    folder = os.environ.get("AJWT_BUILD", "build")
    if not os.path.isdir(folder):
        sys.exit(f"{folder}: is not there; build first")
    return folder


def finish(problems):
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
