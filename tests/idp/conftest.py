# SPDX-License-Identifier: Apache-2.0
"""Fixtures of tests/httpd, and a real issuer."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

pytest.register_assert_rewrite("harness")

from harness.fixtures import *  # noqa: E402, F401, F403
from provider import Provider  # noqa: E402
from script import install  # noqa: E402


@pytest.fixture(scope="session")
def provider_folder():
    return install()


@pytest.fixture
def provider(provider_folder, ca, tmp_path):
    with Provider(provider_folder, ca, tmp_path) as provider:
        yield provider
