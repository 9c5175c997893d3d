# SPDX-License-Identifier: Apache-2.0
"""Fixtures for every test that starts an httpd."""
import pathlib
import shutil
import tempfile

import pytest

from .httpd import Httpd
from .issuer import CA, Issuer


@pytest.fixture(scope="session")
def ca():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-ca-"))
    yield CA(folder)
    shutil.rmtree(folder)


@pytest.fixture
def issuer(ca):
    issuer = Issuer(ca)
    yield issuer
    issuer.close()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        item.call_failed = report.failed


@pytest.fixture(autouse=True)
def no_unexpected_line(request):
    """A line in a running server's error log that no test expected fails
    the test that caused it."""
    yield
    unexpected = [line for server in Httpd.running
                  for line in server.log.take_unexpected()]
    if not getattr(request.node, "call_failed", False):
        assert unexpected == []
