# SPDX-License-Identifier: Apache-2.0
"""The bench measures: figures in every row, whatever they are."""
import csv
import os
import pathlib
import re
import subprocess
from xml.etree import ElementTree

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ["AJWT_BUILD"]) / "bench/smoke"


def test_each_step_and_each_contestant_has_figures():
    output = subprocess.run(["/usr/bin/python3", HERE / "bench.py", "smoke"],
                            check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    assert "signature" in output and "EVP alone" in output
    assert re.search(r"^ +2 +2(?: +[\d.,]+){8} +- +(?:yes|NO)$", output,
                     re.MULTILINE)
    with open(FOLDER / "bench.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["case"], row["contestant"]) for row in rows] == [
        (case, contestant) for case in ("one token", "new tokens")
        for contestant in ("httpd, no auth", "mod_auth_jwt")]
    assert all(int(row["instructions"]) > 0 for row in rows)
    assert all(row["holds"] in ("yes", "NO") for row in rows[1::2])
    ElementTree.parse(FOLDER / "bench.svg")
