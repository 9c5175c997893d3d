# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

pytest.register_assert_rewrite("harness")

from harness.fixtures import *  # noqa: E402, F401, F403


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "alone: no other file's tests run at the same time "
                   "(tests/run.py)")
    config.addinivalue_line(
        "markers", "threat(code, ...): attacks of tests/threats.md that the "
                   "test makes")
