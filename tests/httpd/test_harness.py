# SPDX-License-Identifier: Apache-2.0
"""Do the tests' own tools notice what they are there to notice?"""
import json
import ssl
import urllib.error
import urllib.request

import pytest

from harness import leak
from harness.client import Challenge
from harness.httpd import ALL_ENV, Httpd, check_config
from harness.issuer import KEYS, METADATA
from harness.log import is_remarkable
from harness.reasons import REASONS
from harness.settings import MPMS
from harness.tokens import Signer

WHEN = "[Mon Jan 01 00:00:00.000000 2024]"


@pytest.mark.parametrize("mpm", MPMS)
def test_httpd_runs_restarts_and_stops(mpm):
    with Httpd(ALL_ENV, mpm, with_module=False) as server:
        answer = server.get("/anything?a=b", headers=[("X-One", "1")])
        assert answer.status == 200
        assert answer.env["QUERY_STRING"] == "a=b"
        assert answer.env["HTTP_X_ONE"] == "1"
        assert server.access(answer) == ["200", "-", "-"]
        server.restart()
        assert server.get("/").status == 200


def test_a_configuration_error_is_seen():
    code, output = check_config("Bogus On\n", with_module=False)
    assert code != 0
    assert "Bogus" in output


def test_an_error_line_is_remarked_once():
    site = '<Location "/">\nRequire all denied\n</Location>\n'
    with Httpd(site, with_module=False) as server:
        assert server.get("/").status == 403
        server.log.take("AH01630")
        assert server.get("/").status == 403
        assert len(server.log.take_unexpected()) == 1
        assert server.log.take_unexpected() == []


@pytest.mark.parametrize("line, remarkable", [
    (f"{WHEN} [core:notice] [pid 1:tid 2] AH00094: Command line: 'x'", False),
    (f"{WHEN} [core:notice] [pid 1:tid 2] AH00052: child pid 7 exit signal "
     "Segmentation fault (11)", True),
    (f"{WHEN} [cgi:error] [pid 1] AH01215: no", True),
    (f"{WHEN} [auth_jwt:info] [pid 1] [client ::1] JWT0307: expired", True),
    (f"{WHEN} [auth_jwt:info] [pid 1] [client ::1] JWT0000: accepted", False),
    (f"{WHEN} [auth_jwt:trace3] [pid 1] JWT0307: looked", False),
    ("==1==ERROR: AddressSanitizer: heap-use-after-free", True),
])
def test_what_is_remarkable(line, remarkable):
    assert is_remarkable(line) is remarkable


def test_a_leak_is_found():
    token = Signer("HS256").mint()
    payload = token.split(".")[1]
    for start in range(leak.PIECE):
        text = f"see {payload[start:start + 2 * leak.PIECE - 1]} there"
        assert leak.find_leaks([token], text)
    assert leak.find_leaks([token], "alice " + "x" * 40) == []


def test_challenges_are_parsed_strictly():
    challenge = Challenge(r'Bearer realm="a \"b\" \\ c", error="x"')
    assert challenge.scheme == "Bearer"
    assert challenge.parameters == {"realm": r'a "b" \ c', "error": "x"}
    assert Challenge("Bearer").parameters == {}
    with pytest.raises(AssertionError):
        Challenge('Bearer realm="a" error="x"')


def test_reasons_are_read():
    assert REASONS["EXPIRED"].tag == "JWT0307"
    assert REASONS["EXPIRED"].status == 401


def fetch(issuer, ca, path):
    trust = ssl.create_default_context(cafile=ca.path)
    url = issuer.url + path
    with urllib.request.urlopen(url, context=trust, timeout=10) as answer:
        return json.load(answer)


def test_the_issuer_answers_rotates_and_is_down(issuer, ca):
    assert fetch(issuer, ca, METADATA)["issuer"] == issuer.url
    before = fetch(issuer, ca, KEYS)
    issuer.rotate()
    assert fetch(issuer, ca, KEYS) != before
    assert issuer.fetches == 2
    issuer.status[KEYS] = 503
    with pytest.raises(urllib.error.HTTPError):
        fetch(issuer, ca, KEYS)
    issuer.stop()
    with pytest.raises(urllib.error.URLError):
        fetch(issuer, ca, METADATA)
    issuer.start()
    assert fetch(issuer, ca, METADATA)["issuer"] == issuer.url
