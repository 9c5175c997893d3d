# SPDX-License-Identifier: Apache-2.0
"""A file of keys is read again when it changes; a bad one replaces nothing."""
import pytest

from harness.httpd import Httpd
from harness.settings import MPMS
from harness.site import guarded, site
from harness.tokens import Signer, key_set


@pytest.fixture(params=MPMS)
def mpm(request):
    return request.param


def test_a_file_is_read_again(mpm):
    old, new = Signer(), Signer()
    with Httpd(site(guarded("/")), mpm,
               {"keys.json": key_set(old)}) as server:
        server.accepts("/", old.mint())
        server.refuses("KEY_UNKNOWN", "/", new.mint())
        server.write("keys.json", key_set(new))
        server.comes_to_accept("/", new.mint())
        server.comes_to_refuse("/", old.mint())


def test_a_pem_file_is_read_again():
    old, new = Signer(kid=None), Signer(kid=None)
    with Httpd(site(guarded("/")),
               files={"keys.json": old.public_pem}) as server:
        server.accepts("/", old.mint())
        server.write("keys.json", new.public_pem)
        server.comes_to_accept("/", new.mint())
        server.comes_to_refuse("/", old.mint())


@pytest.mark.parametrize("content, reason", [
    ("", "JWT06"),
    ("<html>", "JWT0607"),
    ('{"keys": []}', "JWT0608"),
    ('{"keys": [{"kty": "RSA", "n": "AA", "e": "AQAB"}]}', "JWT0608"),
    (None, "JWT0609"),
], ids=["empty", "garbage", "no keys", "no usable key", "gone"])
def test_a_bad_file_replaces_nothing(content, reason):
    first, old, new = Signer(), Signer(), Signer()
    with Httpd(site(guarded("/")),
               files={"keys.json": key_set(first)}) as server:
        # the file is watched now
        server.write("keys.json", key_set(old))
        server.comes_to_accept("/", old.mint())
        if content is None:
            (server.root / "keys.json").unlink()
        else:
            server.write("keys.json", content)
        with server.log.allowing(r"JWT07\d\d .*keys\.json"):
            line = server.log.take(rf"auth_jwt:(warn|error).*{reason}")
            assert "keys.json" in line
            server.accepts("/", old.mint())
        server.write("keys.json", key_set(new))
        server.comes_to_accept("/", new.mint())
