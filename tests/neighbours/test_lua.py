# SPDX-License-Identifier: Apache-2.0
"""Rules and handlers by mod_lua."""
import pytest

from harness.httpd import ALL_ENV, Httpd
from harness.recipes import FILES, SIGNER, recipe

# Office hours have ended for good, so that the claim decides
RULES = recipe("Lua", "lua").replace(
    'tonumber(os.date("%H"))', "-1")
HANDLER = """
require "apache2"
function handle(r)
    r.content_type = "text/plain"
    r:puts(r.user .. "|" .. r.subprocess_env["JWT_CLAIM_tenant"])
    return apache2.OK
end
"""
HANDLED = """
<Location "/lua">
    AuthType   Bearer
    AuthName   "orders"
    AuthJWTIssuer https://login.example keys=conf/login.jwks
    AuthJWTAudience orders
    Require    valid-user
    SetHandler lua-script
</Location>
"""


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request):
    block = recipe("Lua", "apacheconf", [
        ("/srv/orders/rules.lua", "${ROOT}/rules.lua")])
    files = {**FILES, "rules.lua": RULES, "htdocs/lua/page.lua": HANDLER}
    with Httpd(ALL_ENV.replace("^/", "^/orders") + block + HANDLED,
               request.param, files, ["lua"]) as server:
        yield server


def test_a_rule(server):
    server.accepts("/orders", SIGNER.mint(shift="night"))
    server.refuses("NO_TOKEN", "/orders")
    answer = server.get("/orders", SIGNER.mint(shift="day"))
    assert answer.status == 401  # httpd's answer for rules of other modules
    server.log.take("AH01631")


def test_a_handler(server):
    body = server.accepts("/lua/page.lua", SIGNER.mint(tenant="acme")).body
    assert body == "alice|acme"
