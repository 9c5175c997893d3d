#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""README.md's words for a new user on Debian, as a shell script.

    tests/package/readme.py | sh -e

For root on a machine that is there to be tried: where the package has just been
installed, `sudo` is not needed, and httpd may be restarted.  A curl line with
`# STATUS` or `# STATUS, with TEXT` behind it must get that answer, soon: to
reload, httpd takes a moment.
"""
import re
import shlex

HELPERS = """
sudo() { "$@"; }
curl() { command curl -sS "$@"; }

expect() { # STATUS TEXT COMMAND ...
    status=$1 text=$2 tries=100
    shift 2
    until "$@" >answer && grep -q "^HTTP/1.1 $status " answer &&
        grep -q -e "$text" answer; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { cat answer; return 1; }
        sleep 0.1
    done
    cat answer
}

set -v
"""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"On Debian this goes into `([^`]+)`, and\s`([^`]+)`")
EXPECTED = re.compile(r"^(curl .+?) +# (\d{3})(?:, with (.+))?$", re.MULTILINE)


def section(heading):
    """The text between a heading of the third level and what comes next."""
    with open("README.md", encoding="utf-8") as file:
        _, _, rest = file.read().partition(f"\n### {heading}\n")
    text = re.split(r"^##+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    assert BLOCK.search(text), f"README.md: nothing to do under {heading}"
    return text


def installation():
    """The lines for Debian: make, apt, a2enmod."""
    make, apt, *rest = BLOCK.search(section("Install")).group(2).splitlines()
    assert make.startswith("make -f Makefile.apxs deb ")
    assert apt.startswith("sudo apt install ./build/")
    return make, apt, rest


def write_file(path, text):
    return f"cat >{path} <<'END'\n{text}END\n"


def expecting(match):
    command, status, text = match.groups()
    return f"expect {status} {shlex.quote(text or '')} {command}"


def steps():
    _, _, enable = installation()
    yield "\n".join(enable)
    for _, text in BLOCK.findall(section("A CGI to protect")):
        yield text
    own_key = section("With a key of your own") + section("Verify with curl")
    path, switch_on = PLACE.search(own_key).groups()
    for language, text in BLOCK.findall(own_key):
        if language == "apache":
            yield write_file(path, text) + switch_on
        else:
            yield EXPECTED.sub(expecting, text)


def script():
    text = "\n".join(steps())
    assert text.count("expect 401 ") == text.count("expect 200 ") == 1, text
    return HELPERS + text


if __name__ == "__main__":
    print(script())
