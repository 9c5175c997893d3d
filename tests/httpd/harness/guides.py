# SPDX-License-Identifier: Apache-2.0
"""The guides for who comes from another module."""
import re
import time

from .httpd import ALL_ENV, Httpd
from .internet import Internet
from .pages import blocks_of, read_page, rows_of, section_of
from .tokens import Signer

FETCHES = 'AuthJWTFetchProxy ${PROXY}\nAuthJWTFetchCA "${CA}"\n'

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
    "expired 30 seconds ago, or from 30 seconds ahead (iat)":
        [{"exp": -30}, {"iat": 30}],
    "expired 30 seconds ago, or valid in 30 seconds (nbf)":
        [{"exp": -30}, {"nbf": 30}],
    "without preferred_username": [{"preferred_username": None}],
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
        config = FETCHES + self.after.replace("127.0.0.1:8080", backend)
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


def differences(page):
    """[(what token, what was done there, what this module does)]"""
    text = section_of(page, "What behaves differently")
    return [row for row in rows_of(text)
            if len(row) == 3 and row[0] in TOKENS]
