# SPDX-License-Identifier: Apache-2.0
"""Files and folders of the fetcher process: `httpd -t` reports what that
process cannot use, as the user that it runs as, with the command that helps."""
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import pytest

from harness import tool
from harness.httpd import Httpd, unprivileged_user
from harness.issuer import KEYS
from harness.site import TRUST_FETCHED, guarded, location, site
from harness.tokens import ISSUER, Signer, key_set

SIGNER = Signer("RS256")
OTHERS = Signer("RS256")
USER = unprivileged_user()
PRIVATE = SIGNER.private_pem.encode()

as_root = pytest.mark.skipif(os.geteuid() != 0,
                             reason="not here: needs root")


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


CERTIFICATE = openssl("req", "-x509", "-subj", "/CN=ca", "-key", "/dev/stdin",
                      given=PRIVATE)
DER = openssl("x509", "-outform", "DER", given=CERTIFICATE)
PKCS7 = openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin",
                given=CERTIFICATE)
PKCS7_DER = openssl("pkcs7", "-outform", "DER", given=PKCS7)
PKCS12 = openssl("pkcs12", "-export", "-nokeys", "-passout", "pass:x",
                 given=CERTIFICATE)
CUT = CERTIFICATE[:len(CERTIFICATE) // 2]

# What is in the file, and what is said of it
NO_CA = {
    "empty": (b"", "it is empty: write CA certificates in PEM into PATH"),
    "blank": (b"\n \n", "it is empty: write CA certificates in PEM"),
    "DER": (DER, "it is a certificate in DER: openssl x509 -inform der -in "
            "PATH -out PATH.pem"),
    "a public key": (SIGNER.public_pem, 'it contains "PUBLIC KEY", not a '
                     "certificate: write the certificate of the CA"),
    "a private key": (PRIVATE, 'it contains "PRIVATE KEY", not a '
                      "certificate"),
    "half a certificate": (CUT, "a certificate in it is cut or damaged: get "
                           "it again from the CA"),
    "one and a half": (CERTIFICATE + CUT, "a certificate in it is cut or "
                       "damaged"),
    "damaged": (CERTIFICATE.replace(b"M", b"!"),
                "a certificate in it is cut or damaged"),
    "HTML": ("<html>Sign in</html>", "it is HTML or XML, such as a login or "
             "error page: fetch the certificate itself: curl -o PATH URL"),
    "PKCS #7": (PKCS7, "it is PKCS #7: openssl pkcs7 -print_certs -in PATH "
                "-out PATH.pem"),
    "PKCS #7 in DER": (PKCS7_DER, "it is PKCS #7 in DER: openssl pkcs7 "
                       "-inform der -print_certs -in PATH -out PATH.pem"),
    "PKCS #12": (PKCS12, "it is PKCS #12: openssl pkcs12 -in PATH -cacerts "
                 "-nokeys -out PATH.pem"),
    "UTF-16": (CERTIFICATE.decode().encode("utf-16"),
               "it is UTF-16: iconv -f UTF-16 -t UTF-8 PATH >PATH.pem"),
    "a key set": (key_set(SIGNER), "it is JSON: write CA certificates in PEM"),
    "text": ("a text", "it is not PEM: write CA certificates in PEM"),
    "base64": (b"".join(CERTIFICATE.splitlines()[1:-1]),
               "it is base64 without PEM's lines around it"),
}


def with_ca(path="ca.pem", files=None):
    return Httpd(site(guarded("/"), trust='AuthJWTIssuer "https://localhost"\n'
                      f'AuthJWTAudience a\nAuthJWTFetchCA "{path}"\n'),
                 files=files)


def plain(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", NO_CA)
def test_a_file_of_no_ca(name):
    content, says = NO_CA[name]
    server = with_ca(files={"ca.pem": content})
    path = f"{server.root}/ca.pem"
    code, output = server.check_config()
    assert code != 0
    assert f"AuthJWTFetchCA: {path}: {says.replace('PATH', path)}" in output
    assert SIGNER.private["d"] not in output


@pytest.mark.parametrize("content", [
    CERTIFICATE, b"a comment\n" + CERTIFICATE * 2, CERTIFICATE + PRIVATE,
    openssl("x509", "-trustout", given=CERTIFICATE)])
def test_a_file_of_a_ca(content):
    assert with_ca(files={"ca.pem": content}).check_config()[0] == 0


def test_a_folder_and_a_file_that_is_not_there(tmp_path):
    code, output = with_ca(tmp_path).check_config()
    assert code != 0
    assert f"AuthJWTFetchCA: {tmp_path}: it is a directory" in output
    code, output = with_ca(tmp_path / "ca.pem").check_config()
    assert code != 0
    assert f"AuthJWTFetchCA: {tmp_path}/ca.pem: No such file" in output


def test_the_tool_says_the_same(tmp_path):
    path = tmp_path / "ca.der"
    path.write_bytes(DER)
    done = tool.run("fetch", "https://localhost", "--fetch-ca", path)
    assert done.returncode == 2
    assert "it is a certificate in DER: openssl x509" in done.stderr


# As the user that the process runs as

@pytest.fixture
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-files-"))
    path.chmod(0o755)
    (path / "inner").mkdir()
    (path / "inner" / "ca.pem").write_bytes(CERTIFICATE)
    (path / "inner" / "keys.json").write_text(key_set(SIGNER))
    yield path
    shutil.rmtree(path)


def test_the_command_that_is_named_helps(folder):
    path = folder / "ca"
    path.write_bytes(DER)
    command = NO_CA["DER"][1].partition("DER: ")[2]
    subprocess.run(command.replace("PATH", str(path)).split(), check=True)
    assert with_ca(f"{path}.pem").check_config()[0] == 0


def own(path):
    entry = pwd.getpwnam(USER)
    os.chown(path, entry.pw_uid, entry.pw_gid)


@as_root
def test_a_ca_file_that_only_root_can_read(folder):
    path = folder / "inner" / "ca.pem"
    path.chmod(0o600)
    code, output = with_ca(path).check_config()
    assert code != 0
    assert (f"AuthJWTFetchCA: {path}: Permission denied: httpd's User, {USER}, "
            f"must be able to read it: chmod a+r {path}") in output
    path.chmod(0o640)
    os.chown(path, 0, pwd.getpwnam(USER).pw_gid)
    assert with_ca(path).check_config()[0] == 0


@as_root
def test_a_folder_that_only_root_can_search(folder):
    path = folder / "inner" / "ca.pem"
    folder.chmod(0o700)
    code, output = with_ca(path).check_config()
    assert code != 0
    assert (f"{path}: Permission denied: httpd's User, {USER}, must be able to "
            f"search {folder}: move the file to another directory, or run "
            f"chmod a+x {folder}") in output


@as_root
def test_a_link_to_a_file_that_only_root_can_read(folder):
    (folder / "inner").chmod(0o700)
    (folder / "ca.pem").symlink_to("inner/ca.pem")
    code, output = with_ca(folder / "ca.pem").check_config()
    assert code != 0
    assert (f"{folder}/ca.pem: Permission denied: httpd's User, {USER}, must "
            f"be able to search {folder}/inner: move") in output


@as_root
def test_a_start_says_it_too(folder):
    """Keys could never be fetched."""
    path = folder / "inner" / "ca.pem"
    path.chmod(0o600)
    server = with_ca(path)
    with pytest.raises(AssertionError, match="must be able to read it"):
        with server:
            pass


@as_root
@pytest.mark.parametrize("mode, says", [
    (0o700, None),
    (0o500, "must be able to write into it: chmod u+wx PATH"),
    (0o600, "must be able to write into it: chmod u+wx PATH")])
def test_a_state_dir_that_cannot_be_written(folder, mode, says):
    state = folder / "state"
    state.mkdir()
    own(state)
    state.chmod(mode)
    code, output = check_state_dir(state)
    assert (code == 0) == (says is None)
    if says:
        assert (f"AuthJWTStateDir: {state}: Permission denied: httpd's User, "
                f"{USER}, {says.replace('PATH', str(state))}") in output


@as_root
def test_a_state_dir_in_a_folder_that_only_root_can_search(folder):
    state = folder / "inner" / "state"
    state.mkdir()
    own(state)
    (folder / "inner").chmod(0o700)
    code, output = check_state_dir(state)
    assert code != 0
    assert f"must be able to search {folder}/inner: " in output


def check_state_dir(path):
    return Httpd(site(guarded("/")) + f'AuthJWTStateDir "{path}"\n',
                 files={"keys.json": key_set(SIGNER)}).check_config()


def with_keys(path):
    trust = f"AuthJWTAudience a\nAuthJWTIssuer {ISSUER} keys={path}\n"
    return Httpd(site(guarded("/"), trust=trust))


@as_root
def test_keys_that_are_not_read_again(folder):
    """Root reads them at start, so it is only a warning; of a folder that
    nobody else can search, nothing else is expected."""
    path = folder / "inner" / "keys.json"
    path.chmod(0o600)
    code, output = with_keys(path).check_config()
    assert code == 0
    assert (f"{path}: httpd's User, {USER}, cannot read it, so a change takes "
            f"effect at the next restart only: chmod a+r {path}") in output
    (folder / "inner").chmod(0o700)
    assert with_keys(path).check_config() == (0, "Syntax OK\n")


# While httpd runs

def test_a_ca_file_that_cannot_be_used_any_more(issuer, ca, tmp_path):
    """The line of the failed fetch has the cause."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-ca-"))
    path.chmod(0o755)
    copy = path / "ca.pem"
    shutil.copy(ca.path, copy)
    trust = f"AuthJWTCooldown 1\nAuthJWTRefresh 1\nAuthJWTIssuer " \
            f'"{issuer.url}"\n{TRUST_FETCHED}'
    try:
        with Httpd(site(guarded("/"), trust=trust),
                   define={"CA": copy}) as server, \
                server.log.allowing("JWT060"):
            server.accepts("/", issuer.signer.mint())
            copy.write_bytes(DER)
            line = server.log.take("auth_jwt:warn.*JWT0601")
            assert f"{copy}: it is a certificate in DER" in line
    finally:
        shutil.rmtree(path)


@as_root
def test_a_ca_file_that_cannot_be_read_any_more(issuer, ca, folder):
    copy = folder / "ca.pem"
    shutil.copy(ca.path, copy)
    copy.chmod(0o644)
    trust = f"AuthJWTCooldown 1\nAuthJWTRefresh 1\nAuthJWTIssuer " \
            f'"{issuer.url}"\n{TRUST_FETCHED}'
    with Httpd(site(guarded("/"), trust=trust), define={"CA": copy}) as server, \
            server.log.allowing("JWT060"):
        server.accepts("/", issuer.signer.mint())
        copy.chmod(0o600)
        line = server.log.take("auth_jwt:warn.*JWT0601")
        assert (f"AuthJWTFetchCA: {copy}: Permission denied: chmod a+r {copy}; "
                f"with SELinux: restorecon -v {copy}") in line


# A redirect is not followed

@pytest.mark.parametrize("target, says", [
    ("https://other.example/keys", '"https://other.example/keys"'),
    ("/moved\x1b[0m" + "x" * 300, '"/moved%1B[0mx')])
def test_where_a_redirect_leads(issuer, ca, target, says):
    issuer.status[KEYS] = 302
    issuer.headers[KEYS] = {"Location": target}
    with Httpd(site(guarded("/"), location(
            "/status", "SetHandler jwt-status", "AuthType None",
            "Require all granted"), trust=f'AuthJWTIssuer "{issuer.url}"\n'
            + TRUST_FETCHED), define={"CA": ca.path}, is_open=True) as server:
        line = server.log.take("auth_jwt:warn.*JWT0602")
        assert f"status 302, a redirect to {says}" in line
        assert ("redirects are not followed: write the URL of the key set"
                in line)
        shown = json.loads(server.get("/status?format=json").body)
        detail = shown["key_sets"][0]["last_failure"]["detail"]
        assert f"a redirect to {says}" in detail


# A secret that is none

SECRETS = {
    "empty": (b"", "it is empty: openssl rand -out PATH 64"),
    "a newline": (b"\n", "it is empty"),
    "too short": (b"x" * 31, "a secret must be at least as long as the "
                  "hash"),
    "PEM": (CERTIFICATE, "contains keys, not a secret: write keys="),
    "a JWK": (json.dumps(SIGNER.public), "contains keys, not a secret"),
    "a certificate in DER": (DER, "it is a certificate in DER, which is "
                             "public, not a secret: write keys="),
    "a public key in DER": (openssl("pkey", "-pubout", "-outform", "DER",
                                    given=PRIVATE), "it is a public key in "
                            "DER, which is public, not a secret"),
    "a private key in DER": (openssl("pkey", "-outform", "DER",
                                     given=PRIVATE), "it is a private key in "
                             "DER, not a secret for HS256"),
    "HTML": ("<!DOCTYPE html><title>Sign in to get it</title>",
             "it is HTML or XML, such as a login or error page, not a secret"),
    "a token": (OTHERS.mint(), "it is a token, not a secret"),
    "a public key of OpenSSH": ("ssh-ed25519 " + "A" * 60, "it is a public key "
                                "of OpenSSH, which is public"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_of_no_secret(name):
    content, says = SECRETS[name]
    server = Httpd(site(guarded("/"), trust="AuthJWTAudience a\nAuthJWTIssuer "
                        f"{ISSUER} secret=secret\n"), files={"secret": content})
    path = f"{server.root}/secret"
    code, output = server.check_config()
    assert code != 0
    assert f"{path}: {says.replace('PATH', path)}" in output


@pytest.mark.parametrize("begins", [b"0\x82", b"<", b"eyJ", b"eyJ.\x80.",
                                    b"\x1f\x8b"])
def test_random_bytes_are_a_secret(begins):
    server = Httpd(site(guarded("/"), trust="AuthJWTAudience a\nAuthJWTIssuer "
                        f"{ISSUER} secret=secret\n"),
                   files={"secret": begins + os.urandom(62)})
    assert server.check_config() == (0, "Syntax OK\n")


@pytest.mark.parametrize("option", ["keys", "secret"])
def test_a_directory_instead_of_a_file(tmp_path, option):
    server = Httpd(site(guarded("/"), trust="AuthJWTAudience a\nAuthJWTIssuer "
                        f"{ISSUER} {option}={tmp_path}\n"))
    code, output = server.check_config()
    assert code != 0
    assert f"{tmp_path}: it is a directory: write the path of a file" in output


@pytest.mark.parametrize("line", [
    "AuthJWTFetchCA pipe", f"AuthJWTIssuer {ISSUER} keys=pipe",
    f"AuthJWTIssuer {ISSUER} secret=pipe"])
def test_a_pipe_instead_of_a_file(line):
    server = Httpd(site(guarded("/"), trust=f"AuthJWTAudience a\n{line}\n"))
    os.mkfifo(server.root / "pipe")
    code, output = server.check_config()
    assert code != 0
    assert f"{server.root}/pipe: it is a pipe: write the path of a file" \
        in output


@pytest.mark.parametrize("option", ["keys", "secret"])
def test_a_file_that_is_not_there(option):
    server = Httpd(site(guarded("/"), trust="AuthJWTAudience a\nAuthJWTIssuer "
                        f"{ISSUER} {option}=missing\n"))
    code, output = server.check_config()
    assert code != 0
    assert f"{server.root}/missing: No such file or directory" in output
