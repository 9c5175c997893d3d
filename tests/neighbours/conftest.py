# SPDX-License-Identifier: Apache-2.0
"""Fixtures of tests/httpd; tests whose neighbour is not on this machine are
skipped.  tests/packages.sh, group neighbours, installs most of them."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

pytest.register_assert_rewrite("harness")

from harness.fixtures import *  # noqa: E402, F401, F403
from needs import missing  # noqa: E402


def pytest_collection_modifyitems(items):
    for item in items:
        path = pathlib.Path(item.fspath)
        if path.parent == HERE and (what := missing(path.name)):
            item.add_marker(pytest.mark.skip(reason=f"not here: {what}"))
