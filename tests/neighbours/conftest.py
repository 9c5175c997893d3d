"""Fixtures of tests/httpd, and which neighbours are on this machine.

A file whose neighbour is missing is left out, with a line that says so:
tests/packages.sh, group neighbours, installs them.
"""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

pytest.register_assert_rewrite("harness")

from harness.fixtures import *  # noqa: E402, F401, F403
from needs import missing  # noqa: E402

MISSING = missing()
collect_ignore = list(MISSING)


def pytest_report_header():
    return [f"tests/neighbours/{file} is not run: no {what}"
            for file, what in MISSING.items()]
