# SPDX-License-Identifier: Apache-2.0
"""Prevents: a call that is dangerous, or that is another room's job.

Buffers without a length, errors without a report, a comparison of secrets that
takes longer the more bytes agree, a clock in a room that is told the time, a
second caller of the JSON parser with flags of its own.
"""
import fnmatch
import re

import project

EVERYWHERE = ["*"]
NOWHERE = []
NOT_CLI = ["mod_auth_jwt.c", "src/core/*", "src/cache/*", "src/net/*",
           "src/keys/*", "src/config/*", "src/httpd/*"]
# Modules that compare secrets
SECRETS = ["src/core/signature.*"]
# Modules that get the time as an argument
TIMELESS = ["src/core/*", "src/cache/*", "src/keys/refresh_schedule.*"]

# (functions, files in which they are banned, but for these, what to use)
BANNED = [
    ("strcpy stpcpy strcat strncpy strncat sprintf vsprintf gets",
     EVERYWHERE, NOWHERE, "the length must be known: apr_psprintf, memcpy"),
    ("atoi atol atoll atof",
     EVERYWHERE, NOWHERE, "apr_strtoi64 says when it fails"),
    ("strtok rand srand random srandom",
     EVERYWHERE, NOWHERE, "it has state that threads share"),
    ("alloca setjmp longjmp", EVERYWHERE, NOWHERE, "use a pool"),
    ("system popen execl execlp execv execvp",
     EVERYWHERE, NOWHERE, "the module starts no program"),
    ("fork", EVERYWHERE, ["src/httpd/process/fetcher_process.c", "src/httpd/process/reach.c"],
     "there is one process of the module's own, and httpd/process/reach has one that "
     "ends while the configuration is checked"),
    ("APLOGNO", EVERYWHERE, NOWHERE, "those numbers are httpd's own"),
    ("printf fprintf vprintf vfprintf puts fputs putchar fputc perror",
     NOT_CLI, NOWHERE, "a server has no terminal: return a reason, or log"),
    ("exit abort", NOT_CLI, NOWHERE, "a module never ends the server"),
    ("_exit", NOT_CLI, ["src/httpd/process/fetch_loop.c", "src/httpd/process/reach.c"],
     "a module never ends the server, only its own processes"),
    ("malloc calloc realloc strdup strndup",
     EVERYWHERE, ["src/keys/keyring.c", "src/cache/token_cache.c"], "use a pool"),
    ("memcmp strcmp strncmp strcasecmp ajwt_bytes_equal", SECRETS, NOWHERE,
     "ajwt_bytes_equal_secret takes the same time whatever differs"),
    ("time gettimeofday clock_gettime apr_time_now", TIMELESS, NOWHERE,
     "`now` is an argument here"),
    ("fopen open read getenv socket connect apr_file_* apr_socket_* curl_*",
     ["src/core/*", "src/cache/*"], NOWHERE,
     "core and cache do no input or output"),
    ("curl_easy_*", EVERYWHERE, ["src/net/http_fetch.c"], "net/http_fetch fetches"),
    ("json_load*", EVERYWHERE, ["src/core/json.c"],
     "core/json parses, with duplicates refused and bounds kept"),
    ("EVP_DigestVerify* EVP_PKEY_verify* EVP_Verify* EVP_Q_mac HMAC HMAC_*",
     EVERYWHERE, ["src/core/signature.c"], "core/signature verifies"),
]

CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def rules_for(path):
    return [(functions.split(), instead)
            for functions, banned_in, but_for, instead in BANNED
            if matches(path, banned_in) and not matches(path, but_for)]


def check(path):
    rules = rules_for(path)
    for number, line in project.lines(project.code(project.read(path))):
        for name in CALL.findall(line):
            for functions, instead in rules:
                if matches(name, functions):
                    yield f"{path}:{number}: {name}: {instead}"


def check_patterns():
    """A rule about a room that has gone guards nothing."""
    sources = project.c_sources()
    for _, banned_in, but_for, _ in BANNED:
        for pattern in banned_in + but_for:
            if not fnmatch.filter(sources, pattern):
                yield f"check_calls.py: no file is called {pattern}"


project.finish([*check_patterns(),
                *(wrong for path in project.c_sources()
                  for wrong in check(path))])
