# SPDX-License-Identifier: Apache-2.0
"""Perl in httpd's processes, by mod_perl."""
import pytest

from harness.httpd import Httpd
from harness.recipes import FILES, SIGNER, recipe

HANDLER = f"""<Perl>
package Orders;
use strict;
use Apache2::Access ();
use Apache2::RequestRec ();
use Apache2::RequestIO ();
use Apache2::Const -compile => 'OK';
sub handler {{
    my $r = shift;
    {recipe("Perl", "perl").strip()}
    $r->content_type('text/plain');
    $r->print($r->user . '|' . ($tenant // '') . "\\n");
    return Apache2::Const::OK;
}}
1;
</Perl>
"""


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_user_and_claims(mpm):
    with Httpd(HANDLER + recipe("Perl", "apacheconf"), mpm, FILES,
               ["perl"]) as server:
        body = server.accepts("/orders", SIGNER.mint(tenant="acme")).body
        assert body == "alice|acme\n"
        assert server.accepts("/orders", SIGNER.mint()).body == "alice|\n"
        server.refuses("NO_TOKEN", "/orders")
