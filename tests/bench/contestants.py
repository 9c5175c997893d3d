# SPDX-License-Identifier: Apache-2.0
"""Who is compared: how each is configured to answer the same requests."""
import base64
import importlib.util
import pathlib
import shutil
import subprocess

import tokens
from cases import NEW
from harness.httpd import load_lines, user_lines
from harness.settings import HTTPD, MODULES, PROJECT

HERE = pathlib.Path(__file__).resolve().parent
SBIN = "/usr/sbin:/sbin:/usr/bin"

HTTPD_CONF = """
ServerRoot "{root}"
ServerName localhost
DefaultRuntimeDir "{root}"
PidFile httpd.pid
Listen 127.0.0.1:{port}
ErrorLog error.log
LogLevel warn
{load}
{user}
{mpm}
KeepAlive On
KeepAliveTimeout 100
MaxKeepAliveRequests 0
DocumentRoot "{root}/htdocs"
TypesConfig /dev/null
AddHandler cgi-script .cgi
<Directory "{root}/htdocs">
    Options +ExecCGI
    Require all granted
</Directory>
{server}
"""
# One process, so that every run sees the same caches
EVENT = """
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
ScriptSock "{root}/cgid.sock"
"""
PREFORK = """
ServerLimit 1
MaxRequestWorkers 1
"""
VIRTUAL_HOST = """
<VirtualHost *:{port}>
ServerName host-{number}
DocumentRoot "{root}/htdocs"
{section}
</VirtualHost>
"""
SECTION = """
<Location />
AuthName bench
{lines}
Require valid-user
</Location>
"""
CACHE = "AuthJWT" + "VerdictCache"  # not every tree to be measured has it
CGI = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello\\n'\n"


class Contestant:
    name = ""
    note = ""          # what one must know about its figures
    remembers = False  # whether a token that was seen costs less
    checks = True      # whether it knows good credentials from others
    open_twin = "httpd, no auth"  # what it is measured against
    once = False       # whether it is measured in the first case alone, since
                       # tokens are all the same to it

    def lacks(self, case):
        """Why it has no figures in this case; "" when it has."""
        return ""

    def status(self, case):
        return 401 if case.spoil and self.checks else 200

    def path(self, case):
        return "/page.cgi" if case.cgi else "/page"

    def credentials(self, case, count, start=0):
        return [f"Bearer {token}" for token in case.tokens(count, start)]

    def prepare(self, root, port, case, is_counted):
        """Fills the folder root; the command to run."""
        raise NotImplementedError


class Httpd(Contestant):
    """event; for counting prefork, which is one process then."""

    modules = ()
    is_ours = False

    def lacks(self, case):
        missing = [name for name in self.modules
                   if not (MODULES / f"mod_{name}.so").exists()]
        return f"no mod_{missing[0]} here" if missing else ""

    def lines(self, root, case):
        """For the section."""
        return ""

    def globally(self):
        """For the server."""
        return ""

    def section(self, root, case):
        lines = self.lines(root, case)
        return SECTION.format(lines=lines) if lines else ""

    def prepare(self, root, port, case, is_counted):
        htdocs = root / "htdocs"
        htdocs.mkdir()
        (htdocs / "page").write_text("hello\n")
        (htdocs / "page.cgi").write_text(CGI)
        section = self.section(root, case)
        if case.vhosts > 1:
            section = "".join(
                VIRTUAL_HOST.format(port=port, number=number, root=root,
                                    section=section)
                for number in range(case.vhosts))
        mpm = "prefork" if is_counted else "event"
        (root / "httpd.conf").write_text(HTTPD_CONF.format(
            root=root, port=port, user=user_lines(),
            load=load_lines(mpm, self.is_ours, self.modules),
            mpm=PREFORK if is_counted else EVENT.format(root=root),
            server=self.globally() + section))
        return [HTTPD, "-X" if is_counted else "-DFOREGROUND", "-f",
                root / "httpd.conf"]

class Open(Httpd):
    name = "httpd, no auth"
    checks = False


class Basic(Httpd):
    name = "mod_auth_basic"
    note = "htpasswd's default hash, apr1"
    modules = ("auth_basic", "authn_file")
    password = "correct horse battery staple"

    def lacks(self, case):
        if case.spoil or case.live != 1:
            return "has a password, no tokens"
        return super().lacks(case)

    def lines(self, root, case):
        hashed = subprocess.run(
            ["openssl", "passwd", "-apr1", self.password], check=True,
            text=True, stdout=subprocess.PIPE).stdout
        (root / "htpasswd").write_text(f"alice:{hashed}")
        return ("AuthType Basic\nAuthBasicProvider file\n"
                "AuthUserFile htpasswd")

    def credentials(self, case, count, start=0):
        pair = f"alice:{self.password}".encode()
        return [f"Basic {base64.b64encode(pair).decode()}"] * count


class Ours(Httpd):
    name = "mod_auth_jwt"
    is_ours = True
    remembers = True

    def lines(self, root, case):
        (root / "keys.json").write_text(tokens.key_set(case.alg, case.keys))
        issuers = [("https://issuer.example", "keys.json")]
        for number in range(case.issuers - 1):
            path = root / f"keys-{number}.json"
            path.write_text(tokens.one_key(number))
            issuers.insert(number // 2, (f"https://issuer-{number}.example",
                                         path.name))
        algs = f" algs={case.alg}" if case.alg == "HS256" else ""
        return "\n".join([
            "AuthType Bearer",
            *(f"AuthJWTIssuer {name} keys={path}{algs}"
              for name, path in issuers),
            "AuthJWTAudience api", f"AuthJWTExport {case.export}"])

    def lacks(self, case):
        if case.cache and not knows(CACHE):
            return f"no {CACHE} in this module"
        return super().lacks(case)

    def prepare(self, root, port, case, is_counted):
        command = super().prepare(root, port, case, is_counted)
        if case.cache:
            with open(root / "httpd.conf", "a") as conf:
                conf.write(f"{CACHE} {case.cache}\n")
        return command


def knows(directive):
    """Whether this tree's module has it."""
    return directive in (PROJECT / "src/config/directives.h").read_text()


class Fetching(Httpd):
    """A peer that wants its key set by https, and does not mind whose."""

    def __init__(self, issuer):
        self.issuer = issuer

    def section(self, root, case):
        self.issuer.documents["/keys"] = tokens.key_set(case.alg, case.keys)
        return super().section(root, case)


class OpenIDC(Fetching):
    name = "mod_auth_openidc"
    modules = ("auth_openidc",)

    def globally(self):
        return (f"OIDCOAuthVerifyJwksUri {self.issuer.keys_url}\n"
                "OIDCOAuthSSLValidateServer Off\n"
                "OIDCOAuthRemoteUserClaim sub\n"
                "OIDCCryptoPassphrase bench\n")

    def lines(self, root, case):
        return "AuthType oauth20"


class OpenIDCFiles(Httpd):
    name = "the same, keys in files"
    note = "mod_auth_openidc with certificates, which it never renews"
    modules = ("auth_openidc",)

    def lines(self, root, case):
        return "AuthType oauth20"

    def section(self, root, case):
        named = " ".join(f"{kid}#{self.write(root / f'{kid}.pem', pem)}"
                         for kid, pem in tokens.certificates(case.keys))
        return (f"OIDCOAuthVerifyCertFiles {named}\n"
                "OIDCOAuthRemoteUserClaim sub\n"
                "OIDCCryptoPassphrase bench\n") + super().section(root, case)

    @staticmethod
    def write(path, text):
        path.write_text(text)
        return path


class OAuth2(Fetching):
    name = "mod_oauth2"
    note = ("its cache made to hold 32 KB: 8 KB is less than the key set, "
            "which it would fetch for each new token")
    modules = ("oauth2",)
    remembers = True

    def globally(self):
        return "OAuth2Cache shm max_val_size=32768\n"

    def lines(self, root, case):
        return (f"AuthType oauth2\nOAuth2TokenVerify jwks_uri "
                f"{self.issuer.keys_url} "
                "jwks_uri.ssl_verify=false&verify.exp=required")


HAPROXY_CONF = """
global
    nbthread 1
    maxconn 200
defaults
    mode http
    timeout client 100s
    timeout server 100s
    timeout connect 5s
frontend bench
    bind 127.0.0.1:{port}
{rules}
    http-request return status 200 content-type text/plain string "hello\\n"
"""
HAPROXY_RULES = """
    http-request set-var(txn.jwt) http_auth_bearer
    http-request set-var(txn.alg) var(txn.jwt),jwt_header_query('$.alg')
    http-request set-var(txn.iss) var(txn.jwt),jwt_payload_query('$.iss')
    http-request set-var(txn.aud) var(txn.jwt),jwt_payload_query('$.aud')
    http-request set-var(txn.exp) var(txn.jwt),jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    acl is_alg    var(txn.alg) -m str RS256
    acl is_issuer var(txn.iss) -m str {issuer}
    acl is_for_us var(txn.aud) -m str {audience}
    acl is_over   var(txn.exp),sub(txn.now) -m int lt 0
    acl is_signed var(txn.jwt),jwt_verify(txn.alg,"{key}") -m int 1
    http-request deny deny_status 401 if !is_alg or !is_issuer or !is_for_us
    http-request deny deny_status 401 if is_over or !is_signed
"""


class HAProxy(Contestant):
    name = "HAProxy jwt_verify"
    note = "answers itself; one key, whatever the kid"
    open_twin = "HAProxy, no auth"

    def lacks(self, case):
        return forgets(case) or (
            "" if command("haproxy") else "no haproxy here")

    def rules(self, root, case):
        (root / "key.pem").write_bytes(tokens.key_text(case.alg))
        return HAPROXY_RULES.format(issuer=tokens.ISSUER, key=root / "key.pem",
                                    audience=tokens.AUDIENCE)

    def prepare(self, root, port, case, is_counted):
        (root / "haproxy.cfg").write_text(HAPROXY_CONF.format(
            port=port, rules=self.rules(root, case)))
        return [command("haproxy"), "-db", "-f", root / "haproxy.cfg"]


class OpenHAProxy(HAProxy):
    name = HAProxy.open_twin
    note = "answers itself"
    checks = False
    once = True

    def rules(self, root, case):
        return ""


NGINX_CONF = """
daemon off;
master_process off;
pid {root}/nginx.pid;
error_log {root}/error.log warn;
events {{ }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 100s;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root}/htdocs;
    }}
}}
"""


class Nginx(Contestant):
    name = "nginx, no auth"
    checks = False
    once = True

    def lacks(self, case):
        return "" if command("nginx") else "no nginx here"

    def prepare(self, root, port, case, is_counted):
        (root / "htdocs").mkdir()
        (root / "htdocs" / "page").write_text("hello\n")
        (root / "nginx.conf").write_text(NGINX_CONF.format(root=root,
                                                           port=port))
        return [command("nginx"), "-p", root, "-c", root / "nginx.conf"]


class FastAPI(Contestant):
    name = "FastAPI, python-jose"
    note = "uvicorn, one worker"
    open_twin = "FastAPI, no auth"

    def lacks(self, case):
        missing = [name for name in ("fastapi", "jose", "uvicorn")
                   if not importlib.util.find_spec(name)]
        return forgets(case) or (
            f"no {missing[0]} for Python here" if missing else "")

    def prepare(self, root, port, case, is_counted):
        (root / "keys.json").write_text(tokens.key_set(case.alg, case.keys))
        return ["/usr/bin/python3", "-m", "uvicorn", "app:app", "--app-dir",
                HERE, "--port", port, "--no-access-log", "--log-level",
                "warning"]


class OpenFastAPI(FastAPI):
    name = FastAPI.open_twin
    checks = False
    once = True

    def path(self, case):
        return "/open"


def forgets(case):
    """Where no token is remembered."""
    is_turns = case.live is not NEW and case.live > 1
    return "remembers no token: the same as new tokens" if is_turns else ""


def everybody(issuer):
    """issuer: publishes keys, for those who fetch them."""
    return [Open(), Basic(), OpenIDC(issuer), OpenIDCFiles(), OAuth2(issuer),
            OpenHAProxy(), HAProxy(), Nginx(), OpenFastAPI(), FastAPI(),
            Ours()]


def command(name):
    return shutil.which(name) or shutil.which(name, path=SBIN)
