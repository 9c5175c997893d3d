# SPDX-License-Identifier: Apache-2.0
"""FastCGI programs by mod_fcgid."""
import pytest

from harness.httpd import Httpd
from harness.recipes import FILES, SIGNER, recipe
from places import give_to_httpd, open_folder

PROGRAM = r"""#!/usr/bin/perl
use strict;
use FCGI;
my %env;
my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%env);
while ($request->Accept() >= 0) {
    print "Content-Type: text/plain\r\n\r\n";
    print "$_=$env{$_}\n" for sort keys %env;
}
"""


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_user_and_claims(mpm):
    folder = open_folder("fcgid")
    give_to_httpd(folder)
    block = recipe("FastCGI programs", "apacheconf", [
        ('"/srv/orders"', '"${ROOT}/fcgi"')])
    settings = (f'FcgidIPCDir "{folder}"\n'
                f'FcgidProcessTableFile "{folder}/table"\n')
    with Httpd(settings + block, mpm, {**FILES, "fcgi/env.cgi": PROGRAM},
               ["fcgid"]) as server:
        for tenant in ("acme", "shop"):  # by one process
            env = server.accepts("/orders/env.cgi",
                                 SIGNER.mint(tenant=tenant)).env
            assert env["REMOTE_USER"] == "alice"
            assert env["JWT_CLAIM_tenant"] == tenant
        env = server.accepts("/orders/env.cgi", SIGNER.mint()).env
        assert "JWT_CLAIM_tenant" not in env
        server.refuses("NO_TOKEN", "/orders/env.cgi")
