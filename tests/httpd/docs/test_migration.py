# SPDX-License-Identifier: Apache-2.0
"""The guides for who comes from another module: what each says to write works,
word for word, and refuses what its table says that it refuses."""
import re

import pytest

from harness.backend import Backend
from harness.guides import TOKENS, Guide, differences
from harness.pages import read_page, rows_of
from harness.reasons import REASONS

NAME_OF = {row.tag: name for name, row in REASONS.items()}
CGI = {"mod_auth_openidc": "OIDC_CLAIM_", "mod_oauth2": "OAUTH2_CLAIM_",
       "mod_authnz_jwt": "JWT_CLAIM_"}
PROXIED = ["nginx", "fastapi"]


@pytest.fixture(scope="module", params=[*CGI, *PROXIED])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def guide(name, ca):
    with Backend() as backend:
        guide = Guide(name, ca, backend.address)
        with guide.internet, guide.server:
            yield guide


def test_who_had_a_token_gets_in(guide, name):
    answer = guide.server.accepts(guide.place, guide.mint())
    if name in PROXIED:
        assert "\nX-User=alice@shop\n" in answer.body
        assert "Authorization" not in answer.body
        return
    roles = '["editor","clerk"]' if "json" in guide.after else "editor,clerk"
    assert answer.env["REMOTE_USER"] == "alice@shop"
    assert answer.env[CGI[name] + "sub"] == "alice"
    assert answer.env[CGI[name] + "roles"] == roles


def test_who_had_none_does_not(guide):
    guide.server.refuses("NO_TOKEN", guide.place)


def test_a_rule_holds(guide):
    guide.server.accepts(guide.admin, guide.mint(roles=["admin", "clerk"]))
    guide.server.refuses("CLAIM_RULE", guide.admin, guide.mint())


def test_what_behaves_differently(guide):
    for what, _, here in differences(guide.page):
        tags = re.findall(r"JWT\d{4}", here)
        assert here.startswith("401" if tags else "accepted")
        tokens = TOKENS[what]
        for claims, tag in zip(tokens, tags or [None] * len(tokens),
                               strict=True):
            if tag:
                guide.server.refuses(NAME_OF[tag], guide.place,
                                     guide.mint(**claims))
            else:
                guide.server.accepts(guide.place, guide.mint(**claims))


def test_each_difference_is_tried():
    """A row that no token stands for would be tried by nobody."""
    for name in [*CGI, *PROXIED]:
        page = read_page(f"migrating-from-{name}")
        rows = [row[0] for row in rows_of(page) if len(row) == 3
                and row[0] not in ("a token, well signed", "---",
                                   "good, but a rule fails")]
        assert rows == [what for what, *_ in differences(page)]
