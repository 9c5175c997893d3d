#!/usr/bin/python3
"""What does a request cost, in instructions?

A real httpd (prefork, one process) runs under callgrind twice for each case,
with different numbers of requests: the difference is what the requests cost,
and start and stop fall out.  Beside it stands the price of the signature
alone, by raw EVP.  Prints one table.

    AJWT_BUILD=build tests/bench/instructions.py
"""
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time

from jwcrypto import jwk, jwt

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("AJWT_BUILD", HERE.parents[1] / "build"))
FEW, MANY = 50, 250
START_SECONDS, STOP_SECONDS = 60, 120

CONFIGURATION = """
ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile pid
ErrorLog error.log
LogLevel warn
DocumentRoot {root}/htdocs
{user}
{modules}
LoadModule auth_jwt_module {build}/mod_auth_jwt.so
KeepAlive On
MaxKeepAliveRequests 0
<Directory {root}/htdocs>
    Require all granted
</Directory>
<Location /jwt>
    AuthType Bearer
    AuthName bench
    AuthJWTIssuer https://issuer.example keys=jwks.json
    AuthJWTAudience api
    Require valid-user
</Location>
<Location /one>
    AuthType Bearer
    AuthName bench
    AuthJWTIssuer https://issuer.example keys=one.json
    AuthJWTAudience api
    Require valid-user
</Location>
<Location /many>
    AuthType Bearer
    AuthName bench
    AuthJWTIssuer https://issuer.example keys=many.json
    AuthJWTAudience api
    Require valid-user
</Location>
"""
MANY_KEYS = 1000
MODULES = ("mpm_prefork", "authn_core", "authz_core", "authz_user", "unixd",
           "log_config", "watchdog")


def apxs(name):
    return subprocess.run([os.environ.get("APXS", "apxs"), "-q", name],
                          capture_output=True, text=True, check=True
                          ).stdout.strip()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def further_keys(count):
    return [jwk.JWK.generate(kty="EC", crv="P-256", kid=f"further-{i}")
            for i in range(count)]


def write_keys(path, keys):
    public = [json.loads(key.export_public()) for key in keys]
    named = [{**key, "x5t": thumbprint(key["kid"])} for key in public]
    path.write_text(json.dumps({"keys": named}))


def thumbprint(kid):
    """Of no certificate, but as long as one's is."""
    return kid.rjust(27, "A")


def write_site(root, keys):
    for place in ("open", "jwt", "one", "many"):
        (root / "htdocs" / place).mkdir(parents=True)
        (root / "htdocs" / place / "page").write_text("hello\n")
    write_keys(root / "jwks.json", keys)
    write_keys(root / "one.json", [keys[3]])
    write_keys(root / "many.json", further_keys(MANY_KEYS - 1) + [keys[3]])
    folder = pathlib.Path(apxs("LIBEXECDIR"))
    modules = "\n".join(f"LoadModule {name}_module {folder}/mod_{name}.so"
                        for name in MODULES
                        if (folder / f"mod_{name}.so").exists())
    port = free_port()
    (root / "httpd.conf").write_text(CONFIGURATION.format(
        root=root, port=port, modules=modules, build=BUILD,
        user="User nobody\n" if os.getuid() == 0 else ""))
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return port


def small_token(key):
    return sign(key, {"sub": "alice"})


def large_token(key):
    """2.4 KB with 22 claims, as an enterprise's issuer makes them."""
    claims = {f"claim_{i}": secrets.token_urlsafe(50) for i in range(16)}
    return sign(key, {"sub": "alice", "roles": ["reader", "writer"],
                      **claims})


def sign(key, claims, name="kid"):
    """name: the header parameter that says which key it was, or None."""
    now = int(time.time())
    names = {"kid": key["kid"], "x5t": thumbprint(key["kid"])}
    token = jwt.JWT(header={"alg": "RS256", **({name: names[name]}
                                               if name else {})},
                    claims={"iss": "https://issuer.example", "aud": "api",
                            "iat": now, "exp": now + 3600, **claims})
    token.make_signed_token(key)
    return token.serialize()


def wait_for(port, process):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("httpd did not start under callgrind")


def send(port, path, token, count):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": "Bearer " + token} if token else {}
    for _ in range(count):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status}")
    connection.close()


def count(profile):
    totals = re.findall(r"^(?:summary|totals): (\d+)", profile.read_text(),
                        re.MULTILINE)
    return max(map(int, totals))


def run_httpd(root, port, path, token, requests):
    profile = root / "callgrind.out"
    httpd = os.path.join(apxs("SBINDIR"), apxs("PROGNAME"))
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "-q", f"--callgrind-out-file={profile}",
         httpd, "-X", "-f", root / "httpd.conf"], cwd=root)
    try:
        wait_for(port, process)
        send(port, path, token, requests)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
    return count(profile)


def per_request(root, port, path, token):
    few, many = (run_httpd(root, port, path, token, n) for n in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def per_verify(root):
    program = root / "verify"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "rsa_verify.c",
                    "-lcrypto"], check=True)
    profile = root / "verify.out"
    subprocess.run(["valgrind", "--tool=callgrind", "-q",
                    "--toggle-collect=verify",
                    f"--callgrind-out-file={profile}", program, str(MANY)],
                   check=True)
    return count(profile) / MANY


def rows_of_sizes(root, port, key, none):
    """The same token by one key, and by the last one of many."""
    for name in ("kid", "x5t", None):
        token = sign(key, {"sub": "alice"}, name)
        for place, number in (("one", 1), ("many", MANY_KEYS)):
            yield (f"RS256 by {name or 'no name'}, keys: {number}",
                   per_request(root, port, f"/{place}/page", token), none)


def main():
    keys = [jwk.JWK.generate(kty="RSA", size=2048, kid=f"k{i}", use="sig")
            for i in range(7)]
    small, large = small_token(keys[3]), large_token(keys[3])
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        port = write_site(root, keys)
        none = per_request(root, port, "/open/page", None)
        rows = [("a static file, no auth", none, none),
                (f"the same, RS256, {len(small)} octets",
                 per_request(root, port, "/jwt/page", small), none),
                (f"the same, RS256, {len(large)} octets",
                 per_request(root, port, "/jwt/page", large), none),
                *rows_of_sizes(root, port, keys[3], none),
                ("EVP verify of RSA-2048 alone", per_verify(root), 0)]
    print(f"{'instructions':40} {'in all':>12} {'over no auth':>12}")
    for name, total, base in rows:
        print(f"{name:40} {total:12,.0f} {total - base:12,.0f}")


main()
