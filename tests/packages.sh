#!/bin/sh
# What must be on this machine, and is it?
#
#   tests/packages.sh GROUP ...        groups: build demo check sanitize deb package
#
# Asks for the thing itself (a command, a library, a header), not for a
# package, so that an httpd built by hand is as good as a packaged one.  What
# is missing is installed where apt-get is and root or sudo allow it; elsewhere
# the command to type is printed and the script fails.
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
check    command:clang            clang                clang                 clang
check    command:clang-format     clang-format         clang-tools-extra     clang-extra-tools
check    command:valgrind         valgrind             valgrind              valgrind
check    command:npm              npm                  npm                   npm
check    file:/etc/ssl/certs      ca-certificates      ca-certificates       ca-certificates
check    library:cmocka           libcmocka-dev        libcmocka-devel       cmocka-dev
check    python:pytest            python3-pytest       python3-pytest        py3-pytest
check    python:jwcrypto          python3-jwcrypto     python3-jwcrypto      py3-jwcrypto
check    python:cryptography      python3-cryptography python3-cryptography  py3-cryptography
sanitize runtime:libasan.so       gcc                  libasan               -
sanitize runtime:libubsan.so      gcc                  libubsan              -
sanitize runtime:libtsan.so       gcc                  libtsan               -
deb      command:dpkg-buildpackage dpkg-dev            dpkg-dev              dpkg-dev
deb      command:dh               debhelper            debhelper             -
deb      file:/usr/share/build-essential build-essential -             -
package  library:cmocka           libcmocka-dev        libcmocka-devel       cmocka-dev
package  python:pytest            python3-pytest       python3-pytest        py3-pytest
package  command:lintian          lintian              -                     -
package  command:debootstrap      debootstrap          debootstrap           debootstrap
package  command:unshare          util-linux           util-linux            util-linux
package  command:ip               iproute2             iproute               iproute2
package  command:rpmbuild         rpm                  rpm-build             rpm-dev
package  command:rpmlint          rpmlint              rpmlint               -
'

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
    echo "$lacks" | cut -d' ' -f"$1" | grep -vx -e - | sort -u | tr '\n' ' '
}

squeeze() {
    sed 's/  */ /g'
}

# apt-get, as root or through sudo; a failure shows in what is still missing.
install_debian() { # PACKAGE ...
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    echo "Installing: $*"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y install --no-install-recommends "$@" </dev/null
}

may_install() {
    command -v apt-get >/dev/null &&
        { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

[ $# -gt 0 ] || { echo "usage: $0 GROUP ..." >&2; exit 2; }

lacks=$(missing "$@" | squeeze)
[ -n "$lacks" ] || exit 0

if may_install; then
    # shellcheck disable=SC2046 # a word for each package
    install_debian $(column 2)
    lacks=$(missing "$@" | squeeze)
    [ -n "$lacks" ] || exit 0
fi

{
    echo "Missing on this machine: $(column 1)"
    echo "Install it with the line for this system, and run again:"
    if command -v apt-get >/dev/null; then
        echo "  apt-get install --no-install-recommends $(column 2)"
    else
        echo "  RHEL family:  dnf install $(column 3)"
        echo "  Alpine:       apk add $(column 4)"
    fi
} >&2
exit 1
