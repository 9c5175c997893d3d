# SPDX-License-Identifier: Apache-2.0
"""A private httpd in a folder of its own, on a free loopback port."""
import contextlib
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from . import client, leak, tokens
from .log import RUNNING, ErrorLog
from .reasons import REASONS
from .settings import (HTTPD, MODULE, MODULES, PRELOAD, SLOWNESS,
                       VERDICT_CACHE, wait_until)

# Loaded where they are not built in.
BASE_MODULES = """unixd watchdog log_config alias dir env mime setenvif headers
    rewrite include authn_core authz_core authz_user proxy proxy_http""".split()

MPM_SETTINGS = {
    "event": "StartServers 2\nServerLimit 4\nThreadsPerChild 8\n"
             "MaxRequestWorkers 32\nMinSpareThreads 8\nMaxSpareThreads 32",
    "prefork": "StartServers 4\nMinSpareServers 4\nMaxSpareServers 8\n"
               "MaxRequestWorkers 16",
}
MPM_SETTINGS["worker"] = MPM_SETTINGS["event"]

SKELETON = """
ServerRoot "{root}"
ServerName localhost
Define ROOT "{root}"
Define PORT {port}
{definitions}
{load}
DefaultRuntimeDir "{root}"
PidFile "{root}/httpd.pid"
Listen 127.0.0.1:{port}
{user}
{mpm_settings}
{script_sock}
ErrorLog "{root}/error.log"
LogLevel notice {our_level}
LogFormat "%{{X-Request-Id}}i %>s %{{JWT_REASON}}e %u" access
CustomLog "{root}/access.log" access
KeepAlive On
KeepAliveTimeout 5
GracefulShutdownTimeout 10
DocumentRoot "{root}/htdocs"
TypesConfig "{root}/mime.types"
AddHandler cgi-script .cgi
<Directory "{root}">
    Options +ExecCGI +FollowSymLinks
    Require all granted
</Directory>
"""

ENV_CGI = """#!/bin/sh
echo "Content-Type: text/plain"
echo
exec env
"""

# What is logged at a start of sections that need no token
OPEN = (r"\[auth_jwt:warn\] .*( are let through without a token|"
        r"FallbackResource .*no token\. Write <LocationMatch)")

ALWAYS = {"env.cgi": ENV_CGI, "page.txt": "a page\n",
          "mime.types": "text/html html shtml\n"}

# For sites that need no files: whatever is asked for, env.cgi answers.
ALL_ENV = 'ScriptAliasMatch "^/" "${ROOT}/env.cgi"\n'

# The same where no program may be in the way, as in restarts.
ALL_PAGE = 'AliasMatch "^/" "${ROOT}/page.txt"\n'


# Below those that the kernel gives to clients, each once, and none of another
# job's: between its choice and its use, nothing else takes a port.
SLOT, SLOTS = int(os.environ.get("AJWT_SLOT", "0")), 16
CHOICE = range(10000 + SLOT % SLOTS, 32768, SLOTS)
PORTS = iter(random.sample(CHOICE, len(CHOICE)))


def free_port():
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port is left")


def has_connections(port):
    """Whether the kernel knows one that both ends have not yet closed."""
    listening, closed = "0A", "06"
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in list(table)[1:]]
    return any(row[1].endswith(f":{port:04X}")
               and row[3] not in (listening, closed) for row in rows)


def unprivileged_user():
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("www-data", "apache", "nobody")
                if name in known)


def user_lines():
    if os.geteuid() != 0:
        return ""
    name = unprivileged_user()
    gid = pwd.getpwnam(name).pw_gid
    return f"User {name}\nGroup #{gid}"


def holds_a_secret(name, data):
    return "secret" in name or b'"oct"' in data


def give_to_children(path):
    """By its group, since the module warns of secrets that all may read."""
    if os.geteuid() == 0:
        os.chown(path, 0, pwd.getpwnam(unprivileged_user()).pw_gid)


def load_lines(mpm, with_module, extra):
    names = [f"mpm_{mpm}", "cgi" if mpm == "prefork" else "cgid",
             *BASE_MODULES, *extra]
    lines = [f'LoadModule {name}_module "{MODULES}/mod_{name}.so"'
             for name in names if (MODULES / f"mod_{name}.so").exists()]
    if with_module:
        lines.append(f'LoadModule auth_jwt_module "{MODULE}"')
        if VERDICT_CACHE:
            lines.append(f"AuthJWTVerdictCache {VERDICT_CACHE}")
    return "\n".join(lines)


def environment():
    """A proxy that answers nobody: no fetch may heed it."""
    env = {"PATH": os.environ["PATH"], "LANG": "C",
           "https_proxy": "http://127.0.0.1:9",
           "ALL_PROXY": "http://127.0.0.1:9"}
    if PRELOAD:
        env.update(LD_PRELOAD=PRELOAD,
                   ASAN_OPTIONS="detect_leaks=0:abort_on_error=1",
                   UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
    return env


def check_config(config, files=None, with_module=True, modules=()):
    """`httpd -t` of this configuration: its exit code and its output."""
    return Httpd(config, files=files, with_module=with_module,
                 modules=modules).check_config()


class Httpd:
    """Use it in a `with`: it is stopped, and its log checked, at the end."""

    running = []

    def __init__(self, config, mpm="event", files=None, modules=(),
                 define=None, with_module=True, env=None, is_open=False):
        """is_open: sections of it need no token, and that is logged."""
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-"))
        self.root.chmod(0o755)
        self.port = free_port()
        self.mpm = mpm
        self.env = {**environment(), **(env or {})}
        self.log = ErrorLog(self.root / "error.log")
        self.is_open = is_open
        self.process = None
        (self.root / "htdocs").mkdir()
        for name, content in {**ALWAYS, **(files or {})}.items():
            self.write(name, content)
        self.write("httpd.conf", self._skeleton(with_module, modules,
                                                define or {}) + config)

    def _skeleton(self, with_module, modules, define):
        return SKELETON.format(
            root=self.root, port=self.port,
            definitions="\n".join(f'Define {name} "{value}"'
                                  for name, value in define.items()),
            our_level="auth_jwt:trace8" if with_module else "",
            load=load_lines(self.mpm, with_module, modules),
            user=user_lines(), mpm_settings=MPM_SETTINGS[self.mpm],
            script_sock="" if self.mpm == "prefork"
            else f'ScriptSock "{self.root}/cgid.sock"')

    def write(self, name, content):
        """A file under ServerRoot, there whole or not at all."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        draft = path.with_name(path.name + ".draft")
        draft.write_bytes(data)
        if holds_a_secret(path.name, data):
            draft.chmod(0o640)
            give_to_children(draft)
        else:
            draft.chmod(0o755 if path.suffix == ".cgi" else 0o644)
        draft.rename(path)
        return path

    # Running

    def _command(self, *arguments):
        return [HTTPD, "-f", str(self.root / "httpd.conf"), *arguments]

    def check_config(self):
        """`httpd -t`, instead of a start: its exit code and its output."""
        try:
            done = subprocess.run(
                self._command("-t"), env=self.env, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=20 * SLOWNESS, check=False)
        finally:
            self.clear()
        return done.returncode, done.stdout

    def start(self):
        with open(self.root / "output", "wb") as output:
            self.process = subprocess.Popen(
                self._command("-DFOREGROUND"), env=self.env,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True)
        Httpd.running.append(self)
        wait_until(lambda: RUNNING.search(self.log.text())
                   or self.process.poll() is not None, "httpd runs", 15)
        assert self.process.poll() is None, \
            (self.root / "output").read_text() + self.log.text()
        self._take_start()

    def _take_start(self):
        self.log.take(RUNNING)
        if self.is_open:
            with self.log.allowing(OPEN):
                pass

    def restart(self, how=signal.SIGUSR1):
        """Graceful, or hard with SIGHUP; returns when it is done."""
        self.process.send_signal(how)
        self._take_start()

    def settle(self):
        """Returns when no connection to it is open any more."""
        wait_until(lambda: not has_connections(self.port), "connections end")

    def stop(self, how=signal.SIGTERM):
        """Its exit code."""
        if self in Httpd.running:
            Httpd.running.remove(self)
        self.process.send_signal(how)
        try:
            return self.process.wait(15 * SLOWNESS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError("httpd did not stop") from None

    def check(self):
        """After the end: no line unexpected, no token in any of them."""
        assert (self.root / "output").read_text() == ""
        assert self.log.take_unexpected() == []
        ours = "\n".join(line for line in self.log.text().splitlines()
                         if "[auth_jwt:" in line)
        assert leak.find_leaks(tokens.minted, ours) == []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.clear()
            raise
        return self

    def __exit__(self, *failure):
        try:
            if self.process.returncode is None:
                self.settle()
                code = self.stop()
                assert code == 0, f"exit code {code}: {self.log.text()}"
            if failure == (None, None, None):
                self.check()
        finally:
            self.clear()

    def clear(self):
        if self in Httpd.running:
            Httpd.running.remove(self)
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    # Asking

    def get(self, path, token=None, method="GET", headers=()):
        connection = client.connect(self.port)
        try:
            return client.send(connection, path, token, method, headers)
        finally:
            connection.close()

    def accepts(self, path, token=None, **how):
        answer = self.get(path, token, **how)
        assert answer.status == 200, (answer, self.log.remarkable())
        assert answer.challenge is None, answer
        return answer

    def comes_to_accept(self, path, token, timeout_s=15):
        """Asks until the answer is 200; refusals before that are expected."""
        self._comes_to_answer(200, path, token, timeout_s)

    def comes_to_refuse(self, path, token, timeout_s=15):
        """The same, for the token of a key that is gone."""
        self._comes_to_answer(401, path, token, timeout_s)

    def _comes_to_answer(self, status, path, token, timeout_s):
        with self.log.allowing(r"\bJWT02\d\d\b"):
            wait_until(lambda: self.get(path, token).status == status,
                       f"{status} for {path}", timeout_s, step_s=0.05)

    def refuses(self, reason, path, token=None, realm="orders", asked=None,
                scope=None, **how):
        """Status, challenge, error log and access log all say this reason."""
        answer = self.get(path, token, **how)
        self.check_refusal(answer, reason, realm, scope, asked)
        return answer

    def check_refusal(self, answer, reason, realm="orders", scope=None,
                      asked=None):
        """asked: what the challenge asks for besides a scope, a dict."""
        row = REASONS[reason]
        logged = self.log.remarkable()
        assert answer.status == row.status, (answer, logged)
        assert challenge_parameters(answer) == expected_parameters(
            row, realm, scope, asked), (answer, logged)
        if row.status == 503:
            assert re.fullmatch(r"[1-9]\d*", answer.header("Retry-After"))
        line = self.log.take(rf"\b{row.tag}\b")
        assert level_in(line) == self.expected_level(row, line)
        if row.tag.startswith("JWT04"):
            self.log.take(r"\[authz_core:error\].*AH01631: ")
        assert self.access(answer)[:2] == [str(row.status), row.tag]

    def expected_level(self, row, line):
        """The first line of a reason in an hour, and after a restart, is at
        warn at least."""
        before = RUNNING.split(self.log.text().partition(line)[0])[-1]
        tag = "JWT020[56]" if row.status == 503 else row.tag
        loud = re.search(r"\[auth_jwt:(warn|error)\]"
                         rf"(?!.*let through).* {tag} ", before)
        if loud or row.tag == "JWT0001":
            return "info"
        return row.level if row.level == "error" else "warn"

    def access(self, answer):
        """The words of the request's line in the access log, less its id."""
        def find():
            text = (self.root / "access.log").read_text()
            return re.search(rf"^{answer.request_id} (.+)$", text, re.M)
        return wait_until(find, "a line in the access log")[1].split()


def level_in(line):
    return re.search(r"\[auth_jwt:(\w+)\]", line)[1]


def challenge_parameters(answer):
    """None without a challenge."""
    if answer.challenge is None:
        return None
    assert answer.challenge.scheme == "Bearer"
    return answer.challenge.parameters


# Where a rule other than that of a scope fails first, and a scope is lacking
LACKING = {"error": REASONS["SCOPE_MISSING"].error,
           "error_description": REASONS["SCOPE_MISSING"].text}


def expected_parameters(row, realm, scope, asked):
    if row.status >= 500:
        return None
    expected = {"realm": realm, "scope": scope, "error": row.error or None,
                "error_description": row.text if row.error else None,
                **(asked or {})}
    return tokens.without_none(expected)
