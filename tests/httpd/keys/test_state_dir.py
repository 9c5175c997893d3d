# SPDX-License-Identifier: Apache-2.0
"""Last good key sets on disk: a cold start while the issuer is down."""
import json
import os
import pathlib
import pwd
import shutil
import tempfile
import time

import pytest

from harness.httpd import Httpd, unprivileged_user
from harness.issuer import KEYS
from harness.settings import MPMS, SLOWNESS, wait_until
from harness.site import TRUST_FETCHED, guarded, site
from harness.tokens import Signer, key_set


def give_to_children(path):
    """To whom httpd's children run as."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(unprivileged_user())
        os.chown(path, user.pw_uid, user.pw_gid)


@pytest.fixture
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-state-"))
    give_to_children(path)
    yield path
    shutil.rmtree(path)


def run(issuer, ca, folder, *lines, mpm="event"):
    trust = TRUST_FETCHED + 'AuthJWTIssuer "${ISSUER}"\n'
    if folder:
        trust += f'AuthJWTStateDir "{folder}"\n'
    trust += "AuthJWTFetchTimeout 1\n" + "".join(f"{line}\n" for line in lines)
    return Httpd(site(guarded("/"), trust=trust), mpm,
                 define={"ISSUER": issuer.url, "CA": ca.path})


def saved_file(folder):
    """There is one, whole, and no draft beside it."""
    [path] = wait_until(lambda: list(folder.glob("*.json")), "a saved set")
    return path


def save(issuer, ca, folder):
    """Has a server save the issuer's keys; the issuer is down afterwards."""
    with run(issuer, ca, folder) as server:
        server.accepts("/", issuer.signer.mint())
        path = saved_file(folder)
    issuer.stop()
    return path


@pytest.mark.threat("G3")
def test_a_cold_start_while_the_issuer_is_down(issuer, ca, folder):
    path = save(issuer, ca, folder)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(folder.iterdir()) == [path]
    with run(issuer, ca, folder) as server, server.log.allowing("JWT0601"):
        began = time.monotonic()
        server.accepts("/", issuer.signer.mint())
        assert time.monotonic() - began < 1 * SLOWNESS
        assert "until" in server.log.take("auth_jwt:warn.*JWT0601")


@pytest.mark.parametrize("mpm", MPMS)
def test_a_rotation_after_such_a_start(issuer, ca, folder, mpm):
    save(issuer, ca, folder)
    with run(issuer, ca, folder, "AuthJWTCooldown 1", mpm=mpm) as server, \
            server.log.allowing("JWT0601"):
        old = issuer.signer.mint()
        server.accepts("/", old)
        issuer.rotate()
        issuer.start()
        server.comes_to_accept("/", issuer.signer.mint())
        server.comes_to_refuse("/", old)
        kid = issuer.signer.kid
        wait_until(lambda: kid in saved_file(folder).read_text(),
                   "the new set is saved")


def test_without_a_state_dir(issuer, ca, folder):
    save(issuer, ca, folder)
    with run(issuer, ca, None) as server, server.log.allowing("JWT0601"):
        began = time.monotonic()
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        assert time.monotonic() - began < 1 + SLOWNESS


def change(path, **members):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **members}))


def expect_unused(issuer, ca, folder, words):
    """What was saved does not serve, and the log says why."""
    with run(issuer, ca, folder) as server, \
            server.log.allowing("JWT0601|JWT06(07|08|11)"):
        server.refuses("KEYS_UNAVAILABLE", "/", issuer.signer.mint())
        line = server.log.take(rf"auth_jwt:warn.*{words}")
        assert issuer.url in line
        assert server.log.text().count(line.split("] ")[-1]) == 1


def test_age_counts_from_the_original_fetch(issuer, ca, folder):
    path = save(issuer, ca, folder)
    change(path, fetched_at=int(time.time()) - 86390)
    with run(issuer, ca, folder, "AuthJWTStale 86400",
             "AuthJWTCooldown 1") as server, \
            server.log.allowing("JWT0601|JWT0206"):
        server.accepts("/", issuer.signer.mint())
        wait_until(lambda: server.get("/", issuer.signer.mint()).status == 503,
                   "its age is over", 15)


@pytest.mark.threat("G3")
def test_too_old(issuer, ca, folder):
    change(save(issuer, ca, folder), fetched_at=int(time.time()) - 90000)
    expect_unused(issuer, ca, folder, "JWT0611.*AuthJWTStale")


@pytest.mark.threat("G7")
def test_from_the_future(issuer, ca, folder):
    change(save(issuer, ca, folder), fetched_at=int(time.time()) + 90000)
    expect_unused(issuer, ca, folder, "JWT0611.*future")


@pytest.mark.threat("G3")
def test_a_damaged_file(issuer, ca, folder):
    path = save(issuer, ca, folder)
    path.write_text(path.read_text()[:-20])
    expect_unused(issuer, ca, folder, "JWT0611")


@pytest.mark.threat("B4")
def test_secrets_in_a_saved_set_are_no_keys(issuer, ca, folder):
    path = save(issuer, ca, folder)
    secret = Signer("HS256").private
    change(path, key_set=json.dumps({"keys": [secret]}))
    expect_unused(issuer, ca, folder, "JWT0608")


@pytest.mark.threat("G3")
def test_a_file_that_others_may_write(issuer, ca, folder):
    path = save(issuer, ca, folder)
    path.chmod(0o666)
    expect_unused(issuer, ca, folder, "JWT0611.*choose keys")


@pytest.mark.threat("G3")
def test_a_file_of_another_user(issuer, ca, folder):
    path = save(issuer, ca, folder)
    if os.geteuid() == 0:  # nobody else can give a file away
        os.chown(path, 0, 0)
        expect_unused(issuer, ca, folder, "JWT0611.*is not the user")


@pytest.mark.threat("G3")
def test_a_link_to_keys_of_somebody_else(issuer, ca, folder):
    path = save(issuer, ca, folder)
    elsewhere = path.with_suffix(".moved")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    expect_unused(issuer, ca, folder, "JWT0611.*not a regular file")


def test_another_sources_file(issuer, ca, folder):
    path = save(issuer, ca, folder)
    change(path, source="jwks=https://login.example.com/keys")
    expect_unused(issuer, ca, folder, "JWT0611.*another key source")


def test_a_folder_that_cannot_be_written_any_more(issuer, ca, folder):
    with run(issuer, ca, folder, "AuthJWTCooldown 1",
             "AuthJWTRefresh 1") as server:
        server.accepts("/", issuer.signer.mint())
        path = saved_file(folder)
        give = folder.rename(folder.with_suffix(".moved"))
        try:
            with server.log.allowing("JWT0610"):
                assert str(path) in server.log.take("auth_jwt:warn.*JWT0610")
                server.accepts("/", issuer.signer.mint())
                server.log.take("auth_jwt:info.*JWT0610")
                server.log.take("auth_jwt:info.*JWT0610")
                give.rename(folder)
                server.log.take("auth_jwt:warn.*the key set was saved again")
            assert server.log.text().count("auth_jwt:warn") == 2
        finally:
            if give.exists():
                give.rename(folder)


def check_folder(issuer, ca, folder):
    return run(issuer, ca, folder).check_config()


def test_httpd_t_accepts_a_folder_of_the_childrens_own(issuer, ca, folder):
    assert check_folder(issuer, ca, folder) == (0, "Syntax OK\n")


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_httpd_t_refuses_a_folder_that_others_may_write(issuer, ca, folder,
                                                        mode):
    folder.chmod(mode)
    code, output = check_folder(issuer, ca, folder)
    assert code != 0
    assert "AuthJWTStateDir" in output and "chmod 700" in output


def test_httpd_t_refuses_a_folder_of_another_user(issuer, ca, folder):
    elsewhere = folder if os.geteuid() == 0 else pathlib.Path("/usr")
    os.chown(folder, *(0, 0) if os.geteuid() == 0 else (-1, -1))
    code, output = check_folder(issuer, ca, elsewhere)
    assert code != 0
    assert "AuthJWTStateDir" in output and "chown" in output


def test_httpd_t_refuses_what_is_not_there(issuer, ca, folder):
    code, output = check_folder(issuer, ca, folder / "missing")
    assert code != 0
    assert "AuthJWTStateDir" in output and "mkdir" in output


def test_key_files_need_no_saving(folder):
    signer = Signer()
    config = site(guarded("/"), trust=TRUST_FETCHED.replace(
        'AuthJWTFetchCA "${CA}"', f'AuthJWTStateDir "{folder}"')
        + f"AuthJWTIssuer {signer.issuer} keys=keys.json\n")
    with Httpd(config, files={"keys.json": key_set(signer)}) as server:
        server.accepts("/", signer.mint())
        assert list(folder.iterdir()) == []
