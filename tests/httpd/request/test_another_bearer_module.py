# SPDX-License-Identifier: Apache-2.0
"""Beside another module for AuthType Bearer: this one answers, in whatever order
they are loaded."""
import pytest

from harness.httpd import Httpd
from harness.settings import BUILD, MODULE
from harness.site import guarded, site
from harness.tokens import Signer, key_set

SIGNER = Signer()
LINES = [f'LoadModule auth_jwt_module "{MODULE}"',
         f'LoadModule other_bearer_module "{BUILD}/modules/other_bearer.so"']
SITE = site(guarded("/"), guarded("/admin", "Require user root"))


@pytest.mark.parametrize("lines", [LINES, LINES[::-1]],
                         ids=["loaded first", "loaded last"])
def test_this_module_answers(lines):
    config = "\n".join([*lines, "LogLevel auth_jwt:info", SITE])
    with Httpd(config, files={"keys.json": key_set(SIGNER)},
               with_module=False) as server:
        env = server.accepts("/", SIGNER.mint()).env
        assert env["REMOTE_USER"] == "alice"
        server.refuses("NO_TOKEN", "/")
        server.refuses("EXPIRED", "/", SIGNER.mint(exp=1))
        answer = server.get("/admin", SIGNER.mint())
        assert answer.status == 401
        assert answer.header("WWW-Authenticate") == 'Bearer realm="orders"'
        server.log.take("AH01631")
