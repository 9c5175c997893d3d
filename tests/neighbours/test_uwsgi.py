# SPDX-License-Identifier: Apache-2.0
"""Python by uWSGI behind mod_proxy_uwsgi."""
import needs
from daemon import Daemon
from harness.httpd import Httpd, free_port
from harness.recipes import FILES, SIGNER, recipe
from places import open_folder
from test_wsgi import APPLICATION


def test_user_and_claims():
    folder = open_folder("uwsgi")
    (folder / "app.py").write_text(APPLICATION)
    port = free_port()
    line = 'WSGIScriptAlias "/orders" "/srv/orders/app.wsgi"'
    block = recipe("Python", "apacheconf", [
        (line, f'ProxyPass "/orders" "uwsgi://127.0.0.1:{port}"')])
    uwsgi = [needs.command("uwsgi"), "--plugin", "python3", "--die-on-term",
             "--socket", f"127.0.0.1:{port}", "--wsgi-file",
             folder / "app.py"]
    with Daemon(uwsgi, port, folder / "output"), \
            Httpd(block, files=FILES, modules=["proxy_uwsgi"]) as server:
        env = server.accepts("/orders", SIGNER.mint(name="Zoë ☃")).env
        assert env["REMOTE_USER"] == "alice"
        assert env["decoded"] == ascii("Zoë ☃")
        server.refuses("NO_TOKEN", "/orders")
