# SPDX-License-Identifier: Apache-2.0
"""What the pages of docs say to write: httpd reads all of it, and what is shown
at work works."""
import re

import pytest

from harness.httpd import Httpd, check_config
from harness.pages import blocks_of, read_page, section_of
from harness.settings import PROJECT, wait_until
from harness.site import TRUST, guarded, site
from harness.tokens import Signer, key_set

PAGES = sorted(path.stem for path in (PROJECT / "docs").glob("*.md"))
# What stands there was written for another module.
BEFORE = re.compile(r"^## Before\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
SIGNER = Signer()


def lines_to_write(page):
    return blocks_of(BEFORE.sub("", read_page(page)), "apache")


EVERY_BLOCK = [pytest.param(block, id=f"{page}-{number}") for page in PAGES
               for number, block in enumerate(lines_to_write(page), 1)]


@pytest.mark.parametrize("block", EVERY_BLOCK)
def test_httpd_reads_it(block):
    if "AuthType Bearer" in " ".join(block.split()) \
            and "AuthJWTIssuer" not in block:
        block = TRUST + block  # a piece, for a server that trusts an issuer
    keys = re.findall(r"\bkeys=(\S+)", block)
    code, output = check_config(
        block, modules=["auth_basic", "authz_host"], files={
            "logs/here": "", **{path: SIGNER.public_pem for path in keys}})
    assert (code, output) == (0, "Syntax OK\n")


def test_the_log_formats():
    """log: the tag in the access log, and a log of refusals alone."""
    formats, = blocks_of(section_of(read_page("log"), "In the access log"),
                         "apache")
    with Httpd(site(guarded("/")) + formats, files={
            "keys.json": key_set(SIGNER), "logs/here": ""}) as server:
        def lines_of(name):
            return (server.root / "logs" / name).read_text().splitlines()

        def wait_for_lines(count):  # which follow the answer
            wait_until(lambda: len(lines_of("access_log")) == count, "a line")
        server.accepts("/good", SIGNER.mint())
        wait_for_lines(1)
        server.refuses("EXPIRED", "/late", SIGNER.mint(exp=1))
        wait_for_lines(2)
        good, late = lines_of("access_log")
        assert " alice " in good and good.endswith(" -")
        assert '"GET /late HTTP/1.1" 401 ' in late and late.endswith("JWT0307")
        assert lines_of("refused_log") == [late]


def test_a_section_to_begin_with():
    """security: strict, and yet there are tokens that get in."""
    text, = blocks_of(section_of(read_page("security"),
                                 "A section to begin with"), "apache")
    issuer = re.search(r"AuthJWTIssuer +(\S+)", text)[1]
    signer = Signer(issuer=issuer, audience="orders")
    good = {"header": {"typ": "at+jwt"}, "jti": "1", "scope": "orders.read"}
    with Httpd(site(text.replace(issuer, f"{issuer} keys=keys.json"),
                    trust=""), files={"keys.json": key_set(signer)}) as server:
        env = server.accepts("/cgi-bin", signer.mint(**good)).env
        assert {name for name in env if name.startswith("JWT_CLAIM_")} == {
            "JWT_CLAIM_sub", "JWT_CLAIM_scope"}
        for reason, change in [
                ("TYPE_REFUSED", {"header": {"typ": "JWT"}}),
                ("CLAIM_MISSING", {"jti": None}),
                ("LIFETIME_TOO_LONG", {"iat": 1})]:
            server.refuses(reason, "/cgi-bin", signer.mint(**{**good, **change}),
                           scope="orders.read")
        server.refuses("SCOPE_MISSING", "/cgi-bin", scope="orders.read",
                       token=signer.mint(**{**good, "scope": "other"}))


def test_long_tokens():
    """performance: as long as they may be, once httpd lets them in."""
    line, = blocks_of(section_of(read_page("performance"), "Long tokens"),
                      "apache")
    files = {"keys.json": key_set(SIGNER)}
    token = SIGNER.mint(groups="g" * 12000)
    assert 16000 < len(token) < 16384
    with Httpd(line + site(guarded("/")), files=files) as server:
        server.accepts("/", token)
    with Httpd(site(guarded("/")), files=files) as server:
        assert server.get("/", token).status == 400
