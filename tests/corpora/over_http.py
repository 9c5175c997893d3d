# SPDX-License-Identifier: Apache-2.0
"""The module in a server: a location for each key set."""
import contextlib
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from harness import client
from harness.httpd import ALL_PAGE, Httpd, check_config
from harness.issuer import Issuer
from harness.settings import wait_until
from harness.site import guarded, site
from in_process import in_rounds

# Fewer than a child of the server has, or it closes connections to find one.
THREADS = 6
SECONDS = 60

ALGS = ("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA "
        "ES256K").split()
SECRET_ALGS = ["HS256", "HS384", "HS512"]

# Any issuer and audience, no claim needed, no leeway.  The default of
# AuthJWTTokenType takes every typ that a token to be accepted has.
POLICY = f"""
LogLevel auth_jwt:info
MaxKeepAliveRequests 0
LimitRequestFieldSize 400000
AuthJWTAlgorithms {" ".join(ALGS)}
AuthJWTAudience *
AuthJWTRequiredClaims none
AuthJWTLeeway 0
AuthJWTUser sub =somebody
AuthJWTCooldown 1
AuthJWTRefresh 2
"""

# Log lines about refused tokens and about key sets
EXPECTED = r"\bJWT0([1-3]|[67])\d\d\b|\bJWT000[345]\b"


def path_of(name):
    return f"sets/{name}.json"


class FromFiles:
    """keys=, and the files that the server reads."""

    def __init__(self):
        self.server = None

    def put(self, name, data):
        self.server.write(path_of(name), data)

    def files(self, sets, _):
        return {path_of(name): data for name, data in sets.items()}

    def option(self, name):
        return f"keys={path_of(name)} algs={','.join(SECRET_ALGS + ALGS)}"

    def close(self):
        pass


class FromUrls:
    """jwks=, and an issuer who has them."""

    def __init__(self):
        self.issuer = Issuer()
        self.server = None

    def put(self, name, data):
        self.issuer.documents[f"/{path_of(name)}"] = data

    def files(self, sets, changing):
        """What changes is fetched again soon, and nothing else."""
        for name, data in sets.items():
            self.put(name, data)
            if name not in changing:
                self.issuer.headers[f"/{path_of(name)}"] = {
                    "Cache-Control": "max-age=86400"}
        return {}

    def option(self, name):
        return f"jwks={self.issuer.url}/{path_of(name)}"

    def close(self):
        self.issuer.close()


def location_of(name, source):
    return guarded(f"/{name}", f"AuthJWTIssuer * {source.option(name)}")


def clock_environment(seconds):
    """Variables that have a program's clock begin there, in the past."""
    library = subprocess.run(
        ["faketime", "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"], check=True,
        text=True, stdout=subprocess.PIPE).stdout.strip()
    return {"LD_PRELOAD": library, "FAKETIME": f"{seconds - time.time():+.0f}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def wait_for_lines(server, names, pattern):
    """Until the log has a line with pattern of each of these sets."""
    missing = set(names)

    def are_there():
        missing.difference_update(
            re.findall(rf"sets/(\w+)\.json: {pattern}", server.log.text()))
        return not missing
    wait_until(are_there, f"a line about {sorted(missing)[:9]}", SECONDS,
               step_s=0.2)


def in_parallel(act):
    """act(share) in several threads, each with a number of its own."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(act, range(THREADS)))


def ask(server, questions):
    """The status of each, a path and a token; several at a time, and each
    connection is kept."""
    statuses = [None] * len(questions)

    def ask_share(share):
        connection = client.connect(server.port)
        for i in range(share, len(questions), THREADS):
            statuses[i] = client.send(connection, *questions[i]).status
        connection.close()
    in_parallel(ask_share)
    return statuses


def serve(source, sets, changing=(), clock=None):
    """A server, not yet started."""
    locations = [location_of(name, source) for name in sets]
    source.server = Httpd(site(*locations, trust=POLICY, serve=ALL_PAGE),
                          files=source.files(sets, changing),
                          env=clock_environment(clock) if clock else {})
    return source.server


@contextlib.contextmanager
def running(server):
    """What it says while it stops is expected as well."""
    with server.log.allowing(EXPECTED), server:
        yield server


def check(source, cases, sets, names, broken, clock=None):
    """As in_process.check.  A set that is broken as a whole comes in the place
    of a good one, which must serve on."""
    good = {name: sets["elsewhere"] if name in broken else data
            for name, data in sets.items()}
    with running(serve(source, good, broken, clock)) as server:
        wait_for_lines(server, sets, "usable keys")
        for name in broken:
            source.put(name, sets[name])
        wait_for_lines(server, broken, ".*last good keys (?:stay in use|are "
                                       "used until)")
        statuses = []
        for name_of in (names.get, lambda case: "elsewhere", names.get):
            statuses += ask(server, [(f"/{name_of(case)}", case.token)
                                     for case in cases])
    return in_rounds([(status == 200, status) for status in statuses],
                     len(cases))


# What becomes of a set that is broken when the server starts

def pass_as_files(broken):
    """Names of those that httpd -t does not call by their name."""
    names, passed = sorted(broken), []

    def check(share):
        for name in names[share::THREADS]:
            source = FromFiles()
            code, output = check_config(
                POLICY + location_of(name, source),
                files=source.files({name: broken[name]}, ()))
            if code == 0 or path_of(name) not in output:
                passed.append(name)
    in_parallel(check)
    return passed


def pass_at_urls(broken, token):
    """Names of those by which a token is answered anything but 503."""
    with contextlib.closing(FromUrls()) as source, \
            running(serve(source, broken)) as server:
        statuses = ask(server, [(f"/{name}", token) for name in broken])
    return [name for name, status in zip(broken, statuses) if status != 503]
