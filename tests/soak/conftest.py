# SPDX-License-Identifier: Apache-2.0
"""Long runs: each prints what it measured, as a row of one table."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

pytest.register_assert_rewrite("harness")

from harness.fickle import FickleIssuer  # noqa: E402
from harness.fixtures import *  # noqa: E402, F401, F403

rows = []


@pytest.fixture
def report(request):
    """report(figures): a row under the run's name."""
    def add(figures):
        rows.append((request.node.name.removeprefix("test_"), figures))
    return add


@pytest.fixture
def issuer(ca):
    issuer = FickleIssuer(ca)
    yield issuer
    issuer.close()


def pytest_terminal_summary(terminalreporter):
    terminalreporter.section("what was measured")
    for name, figures in rows:
        terminalreporter.write_line(f"{name}: {figures}")
