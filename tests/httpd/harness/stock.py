"""The configurations that httpd is shipped with, as far as they decide who may
do what: what a section of an administrator's meets there."""
import pathlib

from .httpd import unprivileged_user

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

# Debian's own file, where the package is installed
ETC = pathlib.Path("/etc/apache2")
DEBIAN_ITSELF = f"""
Include "{ETC}/apache2.conf"
ScriptAlias /cgi-bin/ "${{ROOT}}/cgi-bin/"
"""


def debian_environment(root):
    """What apache2ctl reads from envvars, for a server below root."""
    user = unprivileged_user()
    return {"APACHE_RUN_DIR": str(root), "APACHE_LOG_DIR": str(root),
            "APACHE_PID_FILE": f"{root}/httpd.pid",
            "APACHE_LOCK_DIR": str(root), "APACHE_RUN_USER": user,
            "APACHE_RUN_GROUP": user}
