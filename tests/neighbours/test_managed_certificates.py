# SPDX-License-Identifier: Apache-2.0
"""mod_md beside a guarded site: the challenges of ACME stay reachable."""
import pytest

from harness.httpd import ALL_ENV, Httpd, free_port
from harness.recipes import FILES, SIGNER, recipe
from places import open_folder
from repositories import run

HOST = "www.example"
PATH = "/.well-known/acme-challenge/a-token"

# Nothing is renewed: no certificate authority is asked.
SETTINGS = """
Listen 127.0.0.1:{port}
MDStoreDir "{store}"
MDCertificateAgreement accepted
MDContactEmail admin@www.example
MDCertificateAuthority http://127.0.0.1:9/directory
MDRenewMode manual
MDPortMap http:{http} https:{port}
"""


def curl(url, port, *options):
    """Status and body; whatever certificate there is will do."""
    code, output = run("curl", "-s", "-k", "-w", "\\n%{http_code}",
                       "--resolve", f"{HOST}:{port}:127.0.0.1", *options, url)
    assert code == 0, output
    body, _, status = output.rpartition("\n")
    return int(status), body


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_challenge_needs_no_token(mpm):
    """In the recipe's virtual host and, as at port 80, in another."""
    store = open_folder("md")
    port = free_port()
    block = recipe("Certificates by mod_md", "apacheconf",
                   [("*:443", f"127.0.0.1:{port}"),
                    ("    SSLEngine  on\n", "")])
    guard = block[block.index("    <Location"):block.index("</VirtualHost>")]
    config = SETTINGS.format(port=port, store=store, http="${PORT}") \
        + ALL_ENV + guard + block
    with Httpd(config, mpm, FILES, ["ssl", "md"]) as server:
        with server.log.allowing(r"\[(md|ssl):"):
            folder = store / "challenges" / HOST
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "acme-http-01.txt").write_text("an answer")
            for at in (port, server.port):
                url = f"http://{HOST}:{at}"
                status, _ = curl(f"{url}/orders", at)
                assert status == 401
                server.log.take("JWT0001")
                token = f"Authorization: Bearer {SIGNER.mint()}"
                status, body = curl(f"{url}/orders", at, "-H", token)
                assert (status, "REMOTE_USER=alice" in body) == (200, True)
                assert curl(url + PATH, at) == (200, "an answer")
                status, _ = curl(f"{url}{PATH}/../../orders", at,
                                 "--path-as-is")
                assert status == 401
                server.log.take("JWT0001")
