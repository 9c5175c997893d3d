# SPDX-License-Identifier: Apache-2.0
"""The configurations that httpd is shipped with, as far as they decide who may
do what: what a section of an administrator's meets there."""
import pathlib
import shutil
import subprocess

from .httpd import unprivileged_user
from .settings import BUILD

# apache2.conf and conf-available/serve-cgi-bin.conf
DEBIAN = """
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory /usr/share>
    AllowOverride None
    Require all granted
</Directory>
<Directory "${ROOT}/htdocs/">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
AccessFileName .htaccess
<FilesMatch "^\\.ht">
    Require all denied
</FilesMatch>
<IfModule mod_alias.c>
    ScriptAlias /cgi-bin/ "${ROOT}/cgi-bin/"
    <Directory "${ROOT}/cgi-bin">
        AllowOverride None
        Options +ExecCGI -MultiViews +SymLinksIfOwnerMatch
        Require all granted
    </Directory>
</IfModule>
"""

# httpd.conf of the source package
UPSTREAM = """
<Directory />
    AllowOverride none
    Require all denied
</Directory>
<Directory "${ROOT}/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
<IfModule dir_module>
    DirectoryIndex index.html
</IfModule>
<Files ".ht*">
    Require all denied
</Files>
<IfModule alias_module>
    ScriptAlias /cgi-bin/ "${ROOT}/cgi-bin/"
</IfModule>
<Directory "${ROOT}/cgi-bin">
    AllowOverride None
    Options None
    Require all granted
</Directory>
"""

# httpd.conf; the last line brings in conf.d
RHEL = """
<Directory />
    AllowOverride none
    Require all denied
</Directory>
<Directory "${ROOT}">
    AllowOverride None
    Require all granted
</Directory>
<Directory "${ROOT}/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
<IfModule dir_module>
    DirectoryIndex index.html
</IfModule>
<Files ".ht*">
    Require all denied
</Files>
<IfModule alias_module>
    ScriptAlias /cgi-bin/ "${ROOT}/cgi-bin/"
</IfModule>
<Directory "${ROOT}/cgi-bin">
    AllowOverride None
    Options None
    Require all granted
</Directory>
IncludeOptional "${ROOT}/conf.d/*.conf"
"""
RHEL_FILES = {"conf.d/welcome.conf": """
<LocationMatch "^/+$">
    Options -Indexes
    ErrorDocument 403 /.noindex.html
</LocationMatch>
<Directory "${ROOT}/noindex">
    AllowOverride None
    Require all granted
</Directory>
"""}

SHAPES = {"debian": (DEBIAN, {}), "upstream": (UPSTREAM, {}),
          "rhel": (RHEL, RHEL_FILES)}



def find_debian():
    """The folder with Debian's own apache2.conf: where the package is installed,
    else as the package has it, which is not installed for that.  None: neither
    is to be had."""
    installed = pathlib.Path("/etc/apache2")
    unpacked = BUILD / "debian-apache2"
    if (installed / "apache2.conf").exists():
        return installed
    if not (unpacked / "etc/apache2/apache2.conf").exists():
        unpack_package("apache2", unpacked)
    found = unpacked / "etc/apache2"
    return found if (found / "apache2.conf").exists() else None


def unpack_package(name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for command in (["apt-get", "download", "-q", name],
                    ["sh", "-c", f"dpkg -x {name}_*.deb ."]):
        if not shutil.which(command[0]) or subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=60, check=False).returncode:
            return


def debian_itself(folder):
    return (f'Include "{folder}/apache2.conf"\n'
            'ScriptAlias /cgi-bin/ "${ROOT}/cgi-bin/"\n')


def debian_environment(root):
    """What apache2ctl reads from envvars, for a server below root."""
    user = unprivileged_user()
    return {"APACHE_RUN_DIR": str(root), "APACHE_LOG_DIR": str(root),
            "APACHE_PID_FILE": f"{root}/httpd.pid",
            "APACHE_LOCK_DIR": str(root), "APACHE_RUN_USER": user,
            "APACHE_RUN_GROUP": user}
