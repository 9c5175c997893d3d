# SPDX-License-Identifier: Apache-2.0
"""Prevents: what cppcheck finds by looking at the text, in tests too.

What it is wrong about stands in cppcheck.txt, with the reason.
"""
import analysis
import project

PATHS = ["mod_auth_jwt.c", "src", "tests"]

project.files(*PATHS, suffixes=(".c", ".h"))
project.read("tests/check/cppcheck.txt")
analysis.want("cppcheck", "2.10")
said = analysis.run([
    "cppcheck", "-q", f"-j{analysis.JOBS}", "--error-exitcode=1",
    "--enable=warning,performance,portability,style,information",
    "--suppressions-list=tests/check/cppcheck.txt", "--std=c11",
    "--library=posix", "-Isrc", "-Itests/unit",
    "--template={file}:{line}: {id}: {message}", *PATHS])
project.finish(said.splitlines())
