# SPDX-License-Identifier: Apache-2.0
"""The demo on a machine that has nothing but make."""
import re

DEMO = "cd /src\nunset MAKEFLAGS MFLAGS MAKELEVEL AJWT_BUILD\n" \
       "make -f Makefile.apxs demo"


def test_a_user_who_may_not_install_gets_the_command(bare_machine):
    said = bare_machine.run("demo, as a user", f"""
useradd alice
cp -r /src /hers
chown -R alice /hers
su alice -c '{DEMO.replace("/src", "/hers")}' || echo it failed
""")
    assert said.startswith("Missing on this machine: ")
    assert re.search(r"\n  apt-get update && apt-get install "
                     r"--no-install-recommends apache2-bin apache2-dev ", said)
    assert said.endswith("it failed\n")


def test_the_demo_says_its_size_installs_and_runs(bare_machine):
    said = bare_machine.run("demo, as root", DEMO, network=True)
    first, *lines = said.splitlines()
    assert re.fullmatch(r"Installing .*: \d+ packages, \d+ MB to fetch\.", first)
    for line in lines[:lines.index(
            "A CGI is protected by this (all of it: tests/demo/httpd.conf):")]:
        assert re.match(r"  (CC|LINK) ", line), line
    assert "Every answer was as it should be." in said
