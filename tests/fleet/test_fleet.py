# SPDX-License-Identifier: Apache-2.0
"""The page about performance shows what the simulation prints, and no peak is
above its bound."""
import pathlib

import pytest

import report

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module", name="runs")
def fixture_runs():
    return report.run_all()


def test_the_page_has_this_table(runs):
    assert report.table(runs) in (DOCS / "performance.md").read_text()


def test_the_page_has_this_picture(runs):
    """After a change: cp build/fleet/fleet.svg docs/images"""
    assert report.draw(runs) == (DOCS / "images/fleet.svg").read_text()


def test_no_peak_is_above_its_bound(runs):
    assert [failure for run in runs for failure in run.above_bound()] == []


def test_other_random_numbers_keep_the_bounds():
    assert [failure for run in report.run_all(seed=2)
            for failure in run.above_bound()] == []


@pytest.mark.parametrize("peak, bound, is_above", [
    (31, 31, False), (58, 31, False), (70, 31, True), (1_000, 33, True)])
def test_chance_is_no_herd(peak, bound, is_above):
    assert report.is_above(peak, bound) == is_above
