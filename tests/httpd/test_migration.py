"""The guides for who comes from another module: what each says to write works,
word for word, and refuses what its table says that it refuses."""
import re
import time

import pytest

from harness.backend import Backend
from harness.httpd import ALL_ENV, Httpd
from harness.internet import Internet
from harness.pages import blocks_of, read_page, rows_of, section_of
from harness.reasons import REASONS
from harness.tokens import Signer

NAME_OF = {row.tag: name for name, row in REASONS.items()}
FETCHES = 'AuthJWTFetchProxy ${PROXY}\nAuthJWTFetchCA "${CA}"\n'
CGI = {"mod_auth_openidc": "OIDC_CLAIM_", "mod_oauth2": "OAUTH2_CLAIM_",
       "mod_authnz_jwt": "JWT_CLAIM_"}
PROXIED = ["nginx", "fastapi"]


# What the first column of "What behaves differently" speaks of: claims, and
# times as seconds from now
TOKENS = {
    "for another audience, or for none": [{"aud": "invoices"}, {"aud": None}],
    "without aud": [{"aud": None}],
    "of another issuer, or of none":
        [{"iss": "https://login.example.com/other"}, {"iss": None}],
    "without exp": [{"exp": None}],
    "not valid yet (nbf)": [{"nbf": 3600}],
    "not valid yet (nbf), or from the future (iat)":
        [{"nbf": 3600}, {"iat": 3600}],
    "from the future (iat)": [{"iat": 3600}],
    "expired 30 seconds ago": [{"exp": -30}],
    "expired 5 seconds ago": [{"exp": -5}],
    "with cnf": [{"cnf": {"jkt": "x"}}],
    "with cnf, or of type dpop+jwt":
        [{"cnf": {"jkt": "x"}}, {"header": {"typ": "dpop+jwt"}}],
    "with crit in its header": [{"header": {"crit": ["exp"]}}],
}


class Guide:
    """A guide's section at work, and an issuer for it."""

    def __init__(self, name, ca, backend):
        self.page = read_page(f"migrating-from-{name}")
        self.after, = blocks_of(section_of(self.page, "After"), "apache")
        self.place, = re.findall(r'^<Location "(.*)">\n +AuthType', self.after,
                                 re.MULTILINE)
        self.admin = self.place.rstrip("/") + "/admin/"
        issuer = re.search(r"AuthJWTIssuer +(\S+)", self.after)[1]
        self.signer = Signer(issuer=issuer, audience="orders")
        self.internet = Internet(ca, {
            f"{issuer}/.well-known/openid-configuration":
                {"issuer": issuer, "jwks_uri": f"{issuer}/keys"},
            f"{issuer}/keys": {"keys": [self.signer.public]}})
        config = FETCHES + self.after.replace("127.0.0.1:8080",
                                              backend.address)
        self.server = Httpd(
            config if "ProxyPass" in config else ALL_ENV + config,
            files={"conf/login.pem": self.signer.public_pem},
            define={"PROXY": self.internet.url, "CA": ca.path})

    def mint(self, **claims):
        for name in {"exp", "nbf", "iat"} & set(claims):
            if claims[name] is not None:
                claims[name] += int(time.time())
        return self.signer.mint(**{"preferred_username": "alice@shop",
                                   "roles": ["editor", "clerk"], **claims})


@pytest.fixture(scope="module", params=[*CGI, *PROXIED])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def guide(name, ca):
    with Backend() as backend:
        guide = Guide(name, ca, backend)
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


def differences(page):
    """[(what token, what this module does)]"""
    text = section_of(page, "What behaves differently")
    return [(row[0], row[2]) for row in rows_of(text)
            if len(row) == 3 and row[0] in TOKENS]


def test_what_behaves_differently(guide):
    for what, here in differences(guide.page):
        tags = re.findall(r"JWT\d{4}", here)
        assert here.startswith("401" if tags else "accepted")
        for claims, tag in zip(TOKENS[what], tags or [None], strict=True):
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
        assert rows == [what for what, _ in differences(page)]
