#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What must be on this machine, and is it?
#
#   tests/packages.sh GROUP ...              all of them, or the script fails
#   tests/packages.sh --optional GROUP ...   those that this system has; a line
#                                            for each group names the others
#
# Groups: build demo check guides neighbours sanitize corpora fuzz coverage
# pictures bench peers deb debootstrap package docs
#
# Asks for the thing itself (a command, a library, a header), not for a package,
# so that an httpd built by hand is as good as a packaged one.  What is missing
# is installed where apt-get is and root or sudo allow it, after a line that says
# how many megabytes will be fetched; elsewhere the command to type as root is
# printed and the script fails.
set -eu

PATH=$PATH:/usr/sbin:/sbin # apache2 lives there, a user's PATH may not say so
apxs=${APXS:-apxs}

# group    need                   Debian               RHEL family           Alpine
needs='
build    command:make             make                 make                  make
build    command:gcc              gcc                  gcc                   gcc
build    header:stdio.h           libc6-dev            glibc-devel           musl-dev
build    command:pkg-config       pkg-config           pkgconf-pkg-config    pkgconf
build    command:apxs             apache2-dev          httpd-devel           apache2-dev
build    library:libcrypto        libssl-dev           openssl-devel         openssl-dev
build    library:jansson          libjansson-dev       jansson-devel         jansson-dev
build    library:libcurl          libcurl4-openssl-dev libcurl-devel         curl-dev
build    library:libpcre2-8       libpcre2-dev         pcre2-devel           pcre2-dev
demo     httpd:authz_core         apache2-bin          httpd                 apache2
demo     httpd:ssl                apache2-bin          mod_ssl               apache2-ssl
demo     command:openssl          openssl              openssl               openssl
demo     command:curl             curl                 curl                  curl
check    httpd:authz_core         apache2-bin          httpd                 apache2
check    httpd:ssl                apache2-bin          mod_ssl               apache2-ssl
check    httpd:http2              apache2-bin          mod_http2             apache2-http2
check    httpd:proxy              apache2-bin          httpd                 apache2-proxy
check    command:openssl          openssl              openssl               openssl
check    command:curl             curl                 curl                  curl
check    command:nghttp           nghttp2-client       nghttp2               nghttp2
check    command:nm               binutils             binutils              binutils
check    command:readelf          binutils             binutils              binutils
check    command:clang            clang                clang                 clang
check    command:clang-tidy       clang-tidy           clang-tools-extra     clang-extra-tools
check    command:cppcheck         cppcheck             cppcheck              cppcheck
check    command:clang-format     clang-format         clang-tools-extra     clang-extra-tools
check    command:valgrind         valgrind             valgrind              valgrind
check    command:perl             perl                 perl-interpreter      perl
check    header:valgrind/callgrind.h valgrind         valgrind-devel        valgrind-dev
check    command:npm              npm                  npm                   npm
check    file:/etc/ssl/certs      ca-certificates      ca-certificates       ca-certificates
check    library:cmocka           libcmocka-dev        libcmocka-devel       cmocka-dev
check    python:pytest            python3-pytest       python3-pytest        py3-pytest
check    python:jwcrypto          python3-jwcrypto     python3-jwcrypto      py3-jwcrypto
check    python:cryptography      python3-cryptography python3-cryptography  py3-cryptography
check    python:html5lib          python3-html5lib     python3-html5lib      py3-html5lib
check    python:prometheus_client python3-prometheus-client python3-prometheus_client py3-prometheus-client
pictures command:chromium         chromium             chromium              chromium
sanitize runtime:libasan.so       gcc                  libasan               -
sanitize runtime:libubsan.so      gcc                  libubsan              -
sanitize runtime:libtsan.so       gcc                  libtsan               -
corpora  command:faketime         faketime             libfaketime           libfaketime
fuzz     command:clang            clang                clang                 clang
fuzz     clang:fuzzer             libclang-rt-dev      compiler-rt           compiler-rt
coverage command:gcov             gcc                  gcc                   gcc
bench    command:taskset          util-linux           util-linux            util-linux
bench    command:wrk              wrk                  wrk                   wrk
guides   httpd:auth_openidc       libapache2-mod-auth-openidc mod_auth_openidc -
guides   httpd:oauth2             libapache2-mod-oauth2 -                    -
guides   command:nginx            nginx                nginx                 nginx
guides   python:fastapi           python3-fastapi      python3-fastapi       py3-fastapi
guides   python:httpx             python3-httpx        python3-httpx         py3-httpx
guides   python:jose              python3-jose         python3-jose          py3-jose
guides   python:uvicorn           python3-uvicorn      python3-uvicorn       py3-uvicorn
neighbours glob:/usr/sbin/php-fpm*      php-fpm              php-fpm               -
neighbours command:git                  git                  git                   git
neighbours command:svn                  subversion           subversion            subversion
neighbours httpd:dav_svn                libapache2-mod-svn   mod_dav_svn           mod_dav_svn
neighbours command:slapd                slapd                openldap-servers      openldap
neighbours httpd:wsgi                   libapache2-mod-wsgi-py3 python3-mod_wsgi   apache2-mod-wsgi
neighbours command:uwsgi                uwsgi-core           uwsgi                 uwsgi
neighbours glob:/usr/lib/uwsgi/plugins/python3* uwsgi-plugin-python3 uwsgi-plugin-python3 uwsgi-python3
neighbours httpd:perl                   libapache2-mod-perl2 mod_perl              apache2-mod-perl
neighbours httpd:fcgid                  libapache2-mod-fcgid mod_fcgid             -
neighbours perl:FCGI                    libfcgi-perl         perl-FCGI             perl-fcgi
neighbours httpd:security2              libapache2-mod-security2 mod_security      apache2-mod-security2
neighbours httpd:auth_openidc           libapache2-mod-auth-openidc mod_auth_openidc -
neighbours glob:/usr/lib/apache2/suexec apache2-suexec-pristine -                  -
neighbours python:websockets            python3-websockets   python3-websockets    py3-websockets
neighbours python:grpc                  python3-grpcio       python3-grpcio        py3-grpcio
neighbours command:sqlite3              sqlite3              -                     -
neighbours glob:/usr/share/doc/dbconfig-sqlite3 dbconfig-sqlite3 -                 -
neighbours command:glewlwyd             glewlwyd             -                     -
neighbours command:llng-fastcgi-server  lemonldap-ng-fastcgi-server lemonldap-ng-fastcgi-server -
neighbours perl:String::Random          libstring-random-perl perl-String-Random   -
neighbours perl:IO::String              libio-string-perl    perl-IO-String        -
neighbours perl:Crypt::JWT              libcrypt-jwt-perl    perl-Crypt-JWT        -
neighbours perl:MIME::Entity            libmime-tools-perl   perl-MIME-tools       -
neighbours perl:Email::Address::XS      libemail-address-xs-perl perl-Email-Address-XS -
neighbours perl:Email::Sender::Simple   libemail-sender-perl perl-Email-Sender     -
neighbours perl:Lemonldap::NG::Portal   liblemonldap-ng-portal-perl perl-Lemonldap-NG-Portal -
peers    httpd:auth_openidc       libapache2-mod-auth-openidc mod_auth_openidc -
peers    httpd:oauth2             libapache2-mod-oauth2 -                    -
peers    command:haproxy          haproxy              haproxy               haproxy
peers    command:nginx            nginx                nginx                 nginx
peers    python:fastapi           python3-fastapi      python3-fastapi       py3-fastapi
peers    python:jose              python3-jose         python3-jose          py3-jose
peers    python:uvicorn           python3-uvicorn      python3-uvicorn       py3-uvicorn
peers    python:httptools         python3-httptools    python3-httptools     py3-httptools
peers    python:uvloop            python3-uvloop       python3-uvloop        py3-uvloop
deb      command:dpkg-buildpackage dpkg-dev            dpkg-dev              dpkg-dev
deb      command:dh               debhelper            debhelper             -
deb      file:/usr/share/build-essential build-essential -             -
package  library:cmocka           libcmocka-dev        libcmocka-devel       cmocka-dev
package  python:pytest            python3-pytest       python3-pytest        py3-pytest
package  command:lintian          lintian              -                     -
package  command:debootstrap      debootstrap          debootstrap           debootstrap
package  command:unshare          util-linux           util-linux            util-linux
debootstrap command:debootstrap   debootstrap          debootstrap           debootstrap
package  command:ip               iproute2             iproute               iproute2
package  command:rpmbuild         rpm                  rpm-build             rpm-dev
package  command:rpmlint          rpmlint              rpmlint               -
docs     command:pandoc           pandoc               pandoc                pandoc
'

list_pattern() { # PATTERN
    # shellcheck disable=SC2086 # it is for the shell to expand
    ls -d $1
}

is_there() { # NEED
    name=${1#*:}
    case $1 in
    command:apxs) command -v "$apxs" ;;
    command:*) command -v "$name" ;;
    header:*) echo "#include <$name>" | gcc -E -x c - ;;
    library:*) pkg-config --exists "$name" ;;
    python:*) /usr/bin/python3 -c "import $name" ;;
    httpd:*) has_httpd "$name" ;;
    file:*) test -n "$(ls "$name")" ;;
    glob:*) list_pattern "$name" ;;
    perl:*) perl -M"$name" -e 1 ;;
    clang:*) echo "int LLVMFuzzerTestOneInput() { return 0; }" |
        clang -fsanitize="$name" -x c - -o /dev/null ;;
    runtime:*) test -e "$(gcc -print-file-name="$name")" ;;
    *) false ;;
    esac >/dev/null 2>&1
}

ask_apxs() {
    server=$("$apxs" -q SBINDIR)/$("$apxs" -q PROGNAME)
    modules=$("$apxs" -q LIBEXECDIR)
}

# The server, and one of its modules, built in or beside it.
has_httpd() { # MODULE
    test -x "$server" &&
        { test -e "$modules/mod_$1.so" || "$server" -l | grep -q "mod_$1.c"; }
}

# Prints the lines of the table that the groups ask for and the machine lacks.
missing() { # GROUP ...
    server='' modules=''
    if is_there command:apxs; then ask_apxs; fi
    echo "$needs" | while read -r group need packages; do
        case " $* " in
        *" $group "*) is_there "$need" || echo "$need $packages" ;;
        esac
    done
}

column() { # NUMBER, of the lines in $lacks
    echo "$lacks" | cut -d' ' -f"$1" | grep -vx -e - | sort -u | tr '\n' ' ' | sed 's/ $//'
}

squeeze() {
    sed 's/  */ /g'
}

as_root() { # COMMAND ...
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null &&
        { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# Once, and only if something is missing.
update_lists() {
    [ -n "${lists_are_new:-}" ] || as_root apt-get -qq update || return
    lists_are_new=1
}

# What apt-get would fetch: each file's address, name and size.
to_fetch() { # PACKAGE ...
    apt-get -qq --print-uris --no-install-recommends install "$@" |
        grep "^'"
}

announce() { # PACKAGE ...
    to_fetch "$@" | awk -v packages="$*" '
        { bytes += $3 }
        END { printf "Installing %s: %d packages, %.0f MB to fetch.\n",
                     packages, NR, bytes / 1e6 }'
}

# A failure shows in what is still missing.  Debian starts each daemon that it
# installs, and again when the machine boots: tests start their own, so none of
# that.
install_debian() { # PACKAGE ...
    [ $# -gt 0 ] && update_lists || return
    announce "$@"
    as_root env DEBIAN_FRONTEND=noninteractive sh -ec '
        list_services() { ls /etc/init.d 2>/dev/null || true; }
        log=$(mktemp)
        policy=/usr/sbin/policy-rc.d
        trap "rm $log" EXIT
        if ! [ -e $policy ]; then
            trap "rm $log $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >$policy
            chmod 755 $policy
        fi
        services=$(list_services)
        apt-get -qq -y install --no-install-recommends "$@" \
            </dev/null >$log 2>&1 || { tail -n 20 $log >&2; exit 1; }
        for service in $(list_services); do
            echo "$services" | grep -qx "$service" ||
                update-rc.d "$service" disable >/dev/null
        done' sh "$@"
}

# Sorts packages into $offered, and $absent that no release has which apt
# knows; its lists must be new.
look_up() { # PACKAGE ...
    offered='' absent=''
    for package; do
        if LC_ALL=C apt-cache policy "$package" | grep -q '^  Candidate: [^(]'
        then
            offered="$offered $package"
        else
            absent="$absent $package"
        fi
    done
}

print_commands() {
    echo "Missing on this machine: $(column 1)"
    echo "Install it as root with the line for this system, and run again:"
    if command -v apt-get >/dev/null; then
        echo "  apt-get update && apt-get install --no-install-recommends $(column 2)"
    else
        echo "  RHEL family:  dnf install $(column 3)"
        echo "  Alpine:       apk add $(column 4)"
    fi
}

# Sets $lacks to what is missing, and is true if nothing is.
has_all() { # GROUP ...
    lacks=$(missing "$@" | squeeze)
    [ -z "$lacks" ]
}

require() { # GROUP ...
    has_all "$@" && return
    # shellcheck disable=SC2046 # a word for each package
    if may_install && install_debian $(column 2) && has_all "$@"; then
        return
    fi
    print_commands >&2
    return 1
}

# Where they cannot be installed together, one by one.
try() { # GROUP
    has_all "$1" && return
    absent=
    if may_install && update_lists; then
        # shellcheck disable=SC2046 # a word for each package
        look_up $(column 2)
        # shellcheck disable=SC2086
        [ -z "$offered" ] || install_debian $offered ||
            for package in $offered; do
                install_debian "$package" || true
            done
        has_all "$1" && return
    fi
    echo "skipped: what of $1 needs $(column 1)" \
        "${absent:+(this release does not have$absent)}"
}

[ $# -gt 0 ] || { echo "usage: $0 [--optional] GROUP ..." >&2; exit 2; }

if [ "$1" = --optional ]; then
    shift
    for group; do
        try "$group"
    done
else
    require "$@"
fi
