# SPDX-License-Identifier: Apache-2.0
"""tests/run.py: what it counts, and what runs at the same time as what."""
import os
import re
import subprocess
import sys

import pytest

CMOCKA = "echo '[ RUN      ] a'; echo '[       OK ] a'; echo '[ RUN      ] b'; "
# Waits until another job has come here too, for two seconds at most.
MEET = """
import os, pathlib, time, pytest

{how}
def test_meets_another():
    here = pathlib.Path({folder!r})
    (here / os.environ["AJWT_SLOT"]).touch()
    end = time.monotonic() + 2
    while len(list(here.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(list(here.iterdir())) == {expected}
"""


def run(folder, *words, jobs="2"):
    """The exit code, the last line and all of its output."""
    environment = {**os.environ, "AJWT_BUILD": str(folder), "JOBS": jobs}
    ended = subprocess.run(
        [sys.executable, "tests/run.py", *map(str, words)], text=True,
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60, check=False)
    return ended.returncode, ended.stdout.splitlines()[-1], ended.stdout


def script(folder, text):
    path = folder / "script"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("text, code, last", [
    (CMOCKA + "echo '[       OK ] b'", 0, "2 passed, 0 failed"),
    (CMOCKA + "echo '[  FAILED  ] b'; exit 1", 1, "1 passed, 1 failed"),
    (CMOCKA + "kill -SEGV $$", 1, "1 passed, 1 failed"),
    (CMOCKA + "echo '[       OK ] b'; exit 3", 1, "2 passed, 1 failed"),
    ("exit 0", 1, "0 passed, 1 failed"),
], ids=["good", "bad", "crash", "exit code", "none"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_program(tmp_path, text, code, last, jobs):
    ended = run(tmp_path, "unit", script(tmp_path, text), jobs=jobs)
    assert ended[:2] == (code, last)


@pytest.mark.parametrize("text, code, last", [
    ("pass", 0, "1 passed, 0 failed"),
    ("raise SystemExit('wrong')", 1, "0 passed, 1 failed"),
    ("print('no tool'); raise SystemExit(77)", 0,
     "0 passed, 0 failed, 1 skipped"),
    ("raise SystemExit(77)", 1, "0 passed, 1 failed"),
], ids=["good", "bad", "skipped", "skipped without a reason"])
def test_a_script(tmp_path, text, code, last):
    (tmp_path / "check.py").write_text(text + "\n")
    ended = run(tmp_path, "check", tmp_path / "check.py")
    assert ended[:2] == (code, last)
    if "skipped" in last:
        assert f"skipped {tmp_path}/check.py: no tool\n" in ended[2]


@pytest.mark.parametrize("body, code, last", [
    ("pass", 0, "1 passed, 0 failed"),
    ("assert False", 1, "0 passed, 1 failed"),
    ("pytest.skip('later')", 1, "0 passed, 1 failed"),
    ("pytest.skip('not here: a tool')", 0, "0 passed, 0 failed, 1 skipped"),
], ids=["good", "bad", "skipped", "not here"])
def test_a_test(tmp_path, body, code, last):
    (tmp_path / "test_it.py").write_text(
        f"import pytest\n\ndef test_it():\n    {body}\n")
    assert run(tmp_path, "pytest", tmp_path)[:2] == (code, last)


def test_a_file_that_needs_what_is_not_here(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\npytest.importorskip('nowhere', reason='not here: it')"
        "\n\ndef test_it():\n    pass\n")
    assert run(tmp_path, "pytest", tmp_path)[:2] == (
        0, "0 passed, 0 failed, 1 skipped")


def test_each_file_must_have_a_test(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    (tmp_path / "test_none.py").write_text("")
    code, last, text = run(tmp_path, "pytest", tmp_path)
    assert (code, last) == (1, "1 passed, 1 failed")
    assert "test_none.py: no test ran" in text


@pytest.mark.parametrize("part", ["unit", "check", "pytest"])
def test_a_part_without_names(tmp_path, part):
    assert run(tmp_path, part)[:2] == (1, "0 passed, 1 failed")


@pytest.mark.parametrize("how, jobs, expected", [
    ("", "2", 2), ("", "1", 1), ("pytestmark = pytest.mark.alone", "2", 1),
    ("def test_beside():\n    pass\n\n@pytest.mark.alone", "2", 1),
])
def test_which_files_run_at_the_same_time(tmp_path, how, jobs, expected):
    """By slots that they have: a second one only where two run at once."""
    folder = tmp_path / "slots"
    folder.mkdir()
    for name in "ab":
        (tmp_path / f"test_{name}.py").write_text(
            MEET.format(how=how, folder=str(folder), expected=expected))
    code, last, text = run(tmp_path, "pytest", tmp_path, jobs=jobs)
    count = 4 if "beside" in how else 2
    assert (code, last) == (0, f"{count} passed, 0 failed"), text


def test_a_setting_is_for_one_part(tmp_path):
    set_here = script(tmp_path, 'test "$WHAT" = it || exit 1\n' + CMOCKA +
                      "echo '[       OK ] b'")
    assert run(tmp_path, "unit", "WHAT=it", set_here)[0] == 0
    assert run(tmp_path, "unit", "WHAT=it", set_here, "unit",
               set_here)[1] == "2 passed, 1 failed"


def test_the_summary_adds_up(tmp_path):
    program = script(tmp_path, CMOCKA + "exit 1")
    (tmp_path / "check.py").write_text("")
    _, last, text = run(tmp_path, "unit", program, "check",
                        tmp_path / "check.py")
    assert last == "2 passed, 1 failed"
    assert re.findall(r"^=== (\w+: .*), in \d+ s$", text, re.MULTILINE) == [
        "unit: 1 passed, 1 failed", "check: 1 passed, 0 failed"]
