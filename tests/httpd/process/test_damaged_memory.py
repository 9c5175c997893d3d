# SPDX-License-Identifier: Apache-2.0
"""A child that writes random bytes into the shared memory of keys.

httpd's parent is root and must not read what its children can write
(CVE-2019-0211 came of that).  Children and the fetcher process notice the
damage, say so, and come back to good keys.
"""
import os
import pathlib
import pwd
import re
import shutil
import signal
import tempfile

import pytest

from harness.httpd import ALL_PAGE, Httpd, unprivileged_user
from harness.settings import BUILD, MPMS, SLOWNESS, wait_until
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import Signer, key_set
from harness.traffic import Traffic

LOAD = f'LoadModule scribble_module "{BUILD}/modules/scribble.so"\n'

DAMAGED = "the shared memory of these keys was damaged"

# mod_cgid's daemon, which cannot follow so many restarts
CGID = "cgid:(error|crit)"

FILE_ISSUER = "https://file.example"

SITE = LOAD + site(
    guarded("/"), location("/scribble", "SetHandler scribble"),
    serve=ALL_PAGE, trust=TRUST_FETCHED + f"""
AuthJWTCooldown 1
AuthJWTIssuer ${{ISSUER}} jwks=${{ISSUER}}/keys
AuthJWTIssuer {FILE_ISSUER} keys=keys.json
""")

ROUNDS = {"event": 100, "worker": 10, "prefork": 10}


class Scene:
    """A server of two issuers, one fetched and one of a file."""

    def __init__(self, issuer, ca, mpm="event", further=""):
        self.issuer = issuer
        self.signer = Signer(issuer=FILE_ISSUER)
        self.server = Httpd(SITE + further, mpm,
                            {"keys.json": key_set(self.signer)},
                            define={"ISSUER": issuer.url, "CA": ca.path})

    def tokens(self):
        return self.issuer.signer.mint(), self.signer.mint()

    def accepts_both(self):
        for token in self.tokens():
            self.server.accepts("/", token)

    def comes_to_accept_both(self):
        for token in self.tokens():
            self.server.comes_to_accept("/", token)

    def damaged(self):
        """How often damage was logged: of the URL's keys, of the file's."""
        lines = [line for line in self.server.log.text().splitlines()
                 if DAMAGED in line]
        assert all("auth_jwt:error" in line for line in lines)
        of_url = [line for line in lines if " jwks=" in line]
        assert all("keys=keys.json" in line or " keys=/" in line
                   for line in lines if line not in of_url), lines
        return len(of_url), len(lines) - len(of_url)

    def scribble(self, seed):
        token = self.signer.mint()
        answer = self.server.accepts(f"/scribble?{seed}", token)
        assert answer.body.strip() == "2"

    def is_well(self):
        assert self.server.process.poll() is None
        assert not re.search("exit signal|Segmentation|AH00052|AH00051",
                             self.server.log.text())


@pytest.fixture(params=MPMS)
def mpm(request):
    return request.param


@pytest.mark.threat("G6")
def test_graceful_restarts_over_damaged_memory(issuer, ca, mpm):
    """Every other time the damage is noticed before the restart."""
    scene = Scene(issuer, ca, mpm)
    with scene.server as server, server.log.allowing(f"{DAMAGED}|{CGID}"):
        parent = server.process.pid
        scene.accepts_both()
        for number in range(ROUNDS[mpm] // SLOWNESS):
            before = scene.damaged()
            scene.scribble(number)
            if number % 2:
                scene.comes_to_accept_both()
                wait_until(lambda: scene.damaged()[0] > before[0]
                           and scene.damaged()[1] > before[1], "both lines")
            server.restart()
            scene.comes_to_accept_both()
            wait_until(lambda: scene.damaged()[0] > before[0], "a line")
            scene.is_well()
        assert server.process.pid == parent
        # and everything works still
        server.comes_to_accept("/", issuer.rotate().mint())
        scene.signer = Signer(issuer=FILE_ISSUER)
        server.write("keys.json", key_set(scene.signer))
        server.comes_to_accept("/", scene.signer.mint())


@pytest.mark.threat("G6")
def test_damage_is_logged_once(issuer, ca):
    scene = Scene(issuer, ca)
    with scene.server as server:
        scene.accepts_both()
        for number in range(1, 4):
            scene.scribble(number)
            scene.comes_to_accept_both()
            wait_until(lambda: scene.damaged() == (number, number),
                       "one line each")
            server.log.take(DAMAGED)
            server.log.take(DAMAGED)
            for _ in range(20):
                scene.accepts_both()
        assert scene.damaged() == (3, 3)
        scene.is_well()


@pytest.mark.threat("G6")
def test_damage_under_traffic(issuer, ca, mpm):
    """Keys of a file are never missing; those of a URL for a moment."""
    scene = Scene(issuer, ca, mpm)
    of_url, of_file = scene.tokens()
    with scene.server as server, server.log.allowing(f"{DAMAGED}|JWT0205"):
        scene.accepts_both()
        with Traffic(server, "/", of_url, threads=2) as fetched, \
                Traffic(server, "/", of_file, threads=2) as local:
            for number in range(30):
                scene.scribble(number)
                fetched.more(10)
                local.more(10)
        assert fetched.failures == [] and local.failures == []
        assert set(local.statuses) == {200}
        assert set(fetched.statuses) <= {200, 503}
        scene.comes_to_accept_both()
        scene.is_well()


@pytest.mark.threat("G6")
def test_a_hard_restart_over_damaged_memory(issuer, ca):
    """What outlives a restart is damaged: the new children notice."""
    scene = Scene(issuer, ca)
    with scene.server as server, server.log.allowing(DAMAGED):
        scene.accepts_both()
        for number in range(3):
            scene.scribble(number)
            server.settle()
            server.restart(signal.SIGHUP)
            scene.comes_to_accept_both()
            scene.is_well()
        assert scene.damaged()[0] == 3


@pytest.mark.threat("G6")
def test_no_key_is_accepted_that_was_withdrawn(issuer, ca):
    """Damage brings back no older set, neither from memory nor from a cache."""
    scene = Scene(issuer, ca)
    with scene.server as server, server.log.allowing(DAMAGED):
        scene.accepts_both()
        withdrawn = issuer.signer.mint()
        server.accepts("/", withdrawn)
        issuer.rotate()
        server.comes_to_accept("/", issuer.signer.mint())
        server.comes_to_refuse("/", withdrawn)
        for number in range(5):
            scene.scribble(number)
            scene.comes_to_accept_both()
            with server.log.allowing("JWT0201"):
                assert server.get("/", withdrawn).status == 401


@pytest.mark.threat("G6")
def test_damage_while_the_issuer_is_down(issuer, ca):
    scene = Scene(issuer, ca)
    with scene.server as server, \
            server.log.allowing(f"{DAMAGED}|JWT0205|JWT06|keys are available"):
        scene.accepts_both()
        issuer.stop()
        scene.scribble(1)
        wait_until(lambda: server.get(
            "/", issuer.signer.mint()).status == 503, "503")
        server.accepts("/", scene.signer.mint())
        server.restart()
        server.accepts("/", scene.signer.mint())
        assert server.get("/", issuer.signer.mint()).status == 503
        issuer.start()
        scene.comes_to_accept_both()
        scene.is_well()


@pytest.mark.threat("G6")
def test_damage_of_a_file_that_the_fetcher_cannot_see(issuer, ca):
    """Its keys are those of the start, and the damage is logged all the same.
    """
    scene = Scene(issuer, ca)
    if os.geteuid() == 0:
        scene.server.write("hidden/keys.json", key_set(scene.signer))
        (scene.server.root / "hidden").chmod(0o700)
        (scene.server.root / "keys.json").unlink()
        (scene.server.root / "keys.json").symlink_to("hidden/keys.json")
    with scene.server as server, server.log.allowing(DAMAGED):
        scene.accepts_both()
        scene.scribble(1)
        for token in reversed(scene.tokens()):
            server.comes_to_accept("/", token)
        wait_until(lambda: scene.damaged() == (1, 1), "both lines")
        scene.accepts_both()
        assert (os.geteuid() != 0) \
            == ("cannot see this file" not in server.log.text())


@pytest.fixture
def folder():
    """Of httpd's User, as AuthJWTStateDir has to be."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-state-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam(unprivileged_user())
        os.chown(path, user.pw_uid, user.pw_gid)
    yield path
    shutil.rmtree(path)


@pytest.mark.threat("G6")
def test_saved_keys_are_used_after_damage(issuer, ca, folder):
    """The issuer is down, but its last keys are in AuthJWTStateDir."""
    scene = Scene(issuer, ca, further=f'AuthJWTStateDir "{folder}"\n')
    server = scene.server  # whose last line may come as it ends
    with server.log.allowing(f"{DAMAGED}|JWT06"), server:
        scene.accepts_both()
        wait_until(lambda: list(folder.glob("*.json")), "a saved set")
        issuer.stop()
        scene.scribble(1)
        scene.comes_to_accept_both()
        scene.is_well()
