#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What does mod_auth_jwt do?  Shown on a private httpd with an issuer of its
# own, on free loopback ports; nothing is left behind.
#
#   make -f Makefile.apxs demo          shows it and ends
#   KEEP=1 make -f Makefile.apxs demo   keeps it running, to play with
#
# By hand: AJWT_BUILD is the folder of mod_auth_jwt.so and ajwt.  The exit code
# is 0 only when every answer was the one that it should be.
set -eu
umask 022

PATH=$PATH:/usr/sbin:/sbin # httpd lives there, a user's PATH may not say so
here=$(cd "$(dirname "$0")" && pwd)
apxs=${APXS:-apxs}
ajwt=$AJWT_BUILD/ajwt

# --- The end, however it comes

stop_httpd() {
    [ -n "$httpd_pid" ] || return 0
    kill -TERM "$httpd_pid" 2>/dev/null || true
    until_true 10 is_gone "$DEMO/httpd.pid" ||
        kill -KILL "$httpd_pid" 2>/dev/null || true
    wait "$httpd_pid" 2>/dev/null || true
}

clean_up() {
    trap '' HUP INT TERM
    stop_httpd
    rm -rf "$DEMO"
}
fail() { # WORD ...
    echo "The demo failed: $*" >&2
    if [ -s "$DEMO/output" ] || [ -s "$DEMO/error.log" ]; then
        echo "What httpd said:" >&2
        tail -n 20 "$DEMO/output" "$DEMO/error.log" >&2 || true
    fi
    exit 1
}

# Asks again every tenth of a second.
until_true() { # SECONDS COMMAND ...
    tries=$(($1 * 10))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

is_gone() { # PATH
    ! [ -e "$1" ]
}

# --- What this machine has

find_httpd() {
    modules=$("$apxs" -q LIBEXECDIR)
    httpd=$("$apxs" -q SBINDIR)/$("$apxs" -q PROGNAME)
    [ -x "$httpd" ] || httpd=$(command -v httpd || command -v apache2) ||
        fail "there is no httpd on this machine"
    built_in=$("$httpd" -l)
}

is_built_in() { # FILE, a pattern
    echo "$built_in" | grep -Eq "^ *($1)\.c$"
}

load() { # NAME ...
    for name; do
        is_built_in "mod_$name" ||
            echo "LoadModule ${name}_module \"$modules/mod_$name.so\""
    done
}

# httpd's children are never root.
user_and_group() {
    for user in www-data apache nobody; do
        if id "$user" >/dev/null 2>&1; then
            echo "User $user"
            echo "Group #$(id -g "$user")"
            return
        fi
    done
}

describe_machine() {
    is_built_in "event|worker|prefork" || load mpm_event
    load unixd watchdog log_config authn_core authz_core authz_user alias \
        cgid ssl
    [ "$(id -u)" != 0 ] || user_and_group
}

# Below the range that the system itself hands out.
random_port() {
    number=$(od -A n -N 2 -t u2 /dev/urandom | tr -d ' ')
    echo $((20000 + number % 12000))
}

is_free() { # PORT
    status=0
    curl -q -s -o "$DEMO/probe" --noproxy '*' --max-time 2 \
        "http://127.0.0.1:$1/" || status=$?
    [ "$status" -eq 7 ] # nobody listens
}

free_port() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$(random_port)
        if [ "$port" != "${PORT:-}" ] && is_free "$port"; then
            echo "$port"
            return
        fi
    done
    return 1
}

# --- The issuer and the application

make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj "/CN=localhost" \
        -addext "subjectAltName=IP:127.0.0.1,DNS:localhost" \
        -keyout "$DEMO/issuer.crt.key" -out "$DEMO/issuer.crt" \
        2>"$DEMO/output" || fail "openssl made no certificate"
}

# The new key set takes the place of the old one in one step.
make_issuer_key() {
    rm -f "$DEMO/issuer.key"
    "$ajwt" keygen rsa --out "$DEMO/issuer.key" --jwks "$DEMO/jwks.new"
    mv "$DEMO/jwks.new" "$DEMO/issuer/jwks.json"
}

make_issuer() {
    mkdir -p "$DEMO/issuer/.well-known"
    make_certificate
    make_issuer_key
    cat >"$DEMO/issuer/.well-known/openid-configuration" <<END
{"issuer": "$ISSUER", "jwks_uri": "$ISSUER/jwks.json"}
END
}

# Copied to where httpd's user can read it, wherever this checkout is.
make_application() {
    mkdir "$DEMO/htdocs"
    cp "$here/httpd.conf" "$here/orders.cgi" "$DEMO"
    chmod 755 "$DEMO" "$DEMO/orders.cgi"
    describe_machine >"$DEMO/machine.conf"
}

is_up() {
    kill -0 "$httpd_pid" 2>/dev/null || fail "httpd did not start"
    ! is_free "$PORT"
}

start_httpd() {
    "$httpd" -f "$DEMO/httpd.conf" -DFOREGROUND >"$DEMO/output" 2>&1 &
    httpd_pid=$!
    until_true 10 is_up || fail "httpd does not answer"
}

mint() { # WORD ...
    "$ajwt" mint --key "$DEMO/issuer.key" --issuer "$ISSUER" \
        --audience api://orders "$@"
}

# --- The show

say() { # LINE ...
    printf '%s\n' "$@"
}

ask() { # PATH [TOKEN]
    curl -q -s -S --noproxy '*' --max-time 10 -D "$DEMO/head" -o "$DEMO/body" \
        ${2:+--oauth2-bearer "$2"} "http://127.0.0.1:$PORT$1"
}

has_status() { # STATUS
    head -n 1 "$DEMO/head" | grep -q "^HTTP/[0-9.]* $1 "
}

ask_and_get() { # STATUS PATH TOKEN
    ask "$2" "$3" && has_status "$1"
}

show_answer() { # PATH [NAME]
    say "  \$ curl${2:+ --oauth2-bearer \"\$$2\"} http://127.0.0.1:$PORT$1"
    grep -Ei '^(HTTP/|WWW-Authenticate:)' "$DEMO/head" | tr -d '\r' |
        sed 's/^/    /'
    ! has_status 200 || sed 's/^/    /' "$DEMO/body"
    say ""
}

# The answer must have this status, and this text somewhere in it.
check_answer() { # STATUS TEXT
    has_status "$1" || fail "that should have been a $1"
    cat "$DEMO/head" "$DEMO/body" | grep -qF "$2" ||
        fail "that should have said: $2"
}

expect() { # STATUS TEXT PATH [NAME TOKEN]
    ask "$3" "${5:-}" || fail "there was no answer"
    show_answer "$3" "${4:-}"
    check_answer "$1" "$2"
}

# The same for an answer that may need a moment to become what it should be.
expect_soon() { # STATUS TEXT PATH NAME TOKEN
    until_true 5 ask_and_get "$1" "$3" "$5" || true
    show_answer "$3" "$4"
    check_answer "$1" "$2"
}

show_section() {
    say "A CGI is protected by this (all of it: tests/demo/httpd.conf):" ""
    sed -n '/^<Location/,/^$/ { s/^./    &/; p; }' "$DEMO/httpd.conf" |
        sed "s,\${ISSUER},$ISSUER,"
}

show_refusal() {
    say "1. A request without a token is refused. The challenge says what is needed."
    expect 401 'WWW-Authenticate: Bearer realm="orders"' /orders
}

show_claims() {
    say "2. Alice's token is accepted; the CGI sees her name and her claims." \
        "  \$ ALICE=\$(ajwt mint --subject alice --scope orders.read ...)"
    alice=$(mint --subject alice --scope orders.read \
        --claim 'groups:=["sales","berlin"]')
    expect 200 "REMOTE_USER=alice" /orders ALICE "$alice"
}

show_forbidden() {
    say "3. She may not cancel orders: her token lacks that scope."
    expect 403 'scope="orders.write"' /orders/cancel ALICE "$alice"
}

show_rotation() {
    say "4. The issuer changes its key. httpd keeps running and fetches the new" \
        "   one when a token comes that was signed with it." \
        "  \$ ajwt keygen rsa --out issuer.key --jwks jwks.json" \
        "  \$ BOB=\$(ajwt mint --subject bob --scope orders.write ...)"
    make_issuer_key
    bob=$(mint --subject bob --scope orders.write)
    # AuthJWTCooldown: at most one fetch in a second
    expect_soon 200 "REMOTE_USER=bob" /orders/cancel BOB "$bob"
}

show_old_key() {
    say "5. Alice's token is refused now: the issuer no longer publishes its key."
    # each process of httpd learns of it by itself, a moment later
    expect_soon 401 'error="invalid_token"' /orders ALICE "$alice"
}

keep_running() {
    say "It runs until Ctrl-C.  To try in another terminal:" "" \
        "  TOKEN=\$($ajwt mint --key $DEMO/issuer.key --issuer $ISSUER \\" \
        "      --audience api://orders --subject carol --scope orders.write)" \
        "  curl -i --oauth2-bearer \"\$TOKEN\" http://127.0.0.1:$PORT/orders" \
        "  curl -i http://127.0.0.1:$PORT/orders" \
        "  tail $DEMO/error.log"
    wait "$httpd_pid" || true
    fail "httpd ended by itself"
}

httpd_pid=
DEMO=$(mktemp -d "${TMPDIR:-/tmp}/ajwt-demo.XXXXXX")
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

find_httpd
PORT=$(free_port) || fail "no free port"
ISSUER_PORT=$(free_port) || fail "no second free port"
ISSUER=https://127.0.0.1:$ISSUER_PORT
export AJWT_BUILD DEMO PORT ISSUER ISSUER_PORT

make_issuer
make_application
start_httpd

show_section
show_refusal
show_claims
show_forbidden
show_rotation
show_old_key

[ -z "${KEEP:-}" ] || keep_running
say "Every answer was as it should be.  To keep it running and try more:" \
    "  KEEP=1 make -f Makefile.apxs demo"
