# SPDX-License-Identifier: Apache-2.0
"""Python by mod_wsgi, in httpd's own processes and in its daemon's."""
import pytest

from harness.httpd import Httpd
from harness.recipes import FILES, SIGNER, recipe

# Each variable on a line, and a name decoded as the recipe has it
APPLICATION = f"""
def application(environ, start_response):
    lines = [f"{{name}}={{value}}" for name, value in environ.items()
             if isinstance(value, str)]
    if 'JWT_CLAIM_name' in environ:
        {recipe("Python", "python").strip()}
        lines.append("decoded=" + ascii(name))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["\\n".join(lines).encode("latin-1", "replace")]
"""
DAEMON = """
WSGIDaemonProcess orders processes=1 threads=2
WSGISocketPrefix "${ROOT}/wsgi"
"""
IN_DAEMON = ' process-group=orders application-group=%{GLOBAL}\n'

# Under event, a child with Python in it takes ten seconds to end, with this
# module or without
SERVED = {"by httpd": ("prefork", "", "\n"),
          "by a daemon": ("event", DAEMON, IN_DAEMON)}


@pytest.mark.parametrize("how", SERVED)
def test_user_and_claims(how):
    mpm, before, options = SERVED[how]
    block = recipe("Python", "apacheconf", [
        ('"/srv/orders/app.wsgi"\n', '"${ROOT}/app.wsgi"' + options)])
    with Httpd(before + block, mpm, {**FILES, "app.wsgi": APPLICATION},
               ["wsgi"]) as server:
        env = server.accepts(
            "/orders", SIGNER.mint(name="Zoë ☃", roles=["a", "b"]),
            headers=[("JWT_CLAIM_name", "x"), ("JWT-CLAIM-name", "x")]).env
        assert (env["REMOTE_USER"], env["AUTH_TYPE"]) == ("alice", "Bearer")
        assert env["JWT_CLAIM_roles"] == "a,b"
        assert env["decoded"] == ascii("Zoë ☃")
        assert "HTTP_AUTHORIZATION" not in env
        server.refuses("NO_TOKEN", "/orders")
