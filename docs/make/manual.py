#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the man page mod_auth_jwt(5), from the pages of docs.

    docs/make/manual.py > docs/man/mod_auth_jwt.5

Of each directive it has description, syntax, default, context and options; of
other pages their tables.
"""
import pathlib
import re

PROJECT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.compile(r'^#define AJWT_VERSION "(.+)"$', re.MULTILINE)
GROUP = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"^### (AuthJWT\w+)\n(.*?)(?=^### |\Z)",
                       re.MULTILINE | re.DOTALL)
PART = re.compile(r"^\* (\w+): (.+)$", re.MULTILINE)
MARKUP = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*"
                    r"|\[(?P<link>[^\]]+)\]\([^)]*\)")

HEAD = r'''.\" mod_auth_jwt(5), written by docs/make/manual.py
.TH MOD_AUTH_JWT 5 "" "mod_auth_jwt {version}" "mod_auth_jwt"
.SH NAME
mod_auth_jwt \- JSON Web Tokens for Apache httpd: AuthType Bearer
.SH SYNOPSIS
.nf
<Location "/cgi\-bin">
    AuthType        Bearer
    AuthName        "orders"
    AuthJWTIssuer   \fIISSUER\fR
    AuthJWTAudience \fIAUDIENCE\fR
    Require         valid\-user
</Location>
.fi
.SH DESCRIPTION
.B mod_auth_jwt
makes Apache httpd accept JSON Web Tokens as bearer tokens. It protects CGI programs, directories and proxied backends.
It reads the token from the Authorization header, verifies it with the issuer's keys, and passes user and claims to the
application as environment variables.
.PP
This page is a summary; the reference has all details.
'''
TAIL = r'''.SH LOG
With
.BR "LogLevel auth_jwt:info" ,
the error log has the reason of each refusal. Each line has a tag such as JWT0307, which the reference explains.
.B ajwt explain
checks a token step by step, without a request.
.SH "CONFIGURATION AND STATUS"
.B apachectl \-t \-D DUMP_AUTH_JWT
prints the issuers that each section trusts, and warnings.
.B SetHandler jwt\-status
shows the key sets, their age and last failure, and counters by reason, as HTML, with
.B ?format=json
as JSON, with
.B ?format=prometheus
for Prometheus.
.SH FILES
The packages install README.md, the reference (docs), and an example for each issuer and task, into the package's directory below
.IR /usr/share/doc .
.SH "SEE ALSO"
.BR ajwt (1),
.BR httpd (8)
or
.BR apache2 (8)
'''


def read(path):
    return (PROJECT / path).read_text(encoding="utf-8")


def escape(text):
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def roff(text):
    """A line of Markdown: code and bold in bold, links as their text."""
    out, end = "", 0
    for found in MARKUP.finditer(text):
        out += escape(text[end:found.start()])
        strong = found["code"] or found["bold"]
        out += rf"\fB{escape(strong)}\fR" if strong else \
            escape(found["link"].replace("`", ""))
        end = found.end()
    return " ".join((out + escape(text[end:])).split())


def rows(text):
    """First and last cell of each row of a text's tables, without the heads."""
    for line in re.findall(r"^\| (.+) \|$(?!\n\|-)", text, re.MULTILINE):
        first, *_, last = line.split(" | ")
        yield from (".TP", roff(first), roff(last))


def page(path):
    """The rows of its tables, under the headings of its sections."""
    text = read(path)
    yield from rows(text.partition("\n## ")[0])
    for name, section in GROUP.findall(text):
        found = list(rows(section))
        if found:
            yield from (f'.SS "{name}"', *found)


def directive(text):
    parts = dict(PART.findall(text))
    yield ".TP"
    yield roff(parts["Syntax"])
    yield roff(parts["Description"])
    yield ".br"
    yield f"Default: {roff(parts['Default'])}. Context: {parts['Context']}."
    options = list(rows(text))
    if options:
        yield from (".RS", *options, ".RE")


def directives():
    for name, text in GROUP.findall(read("docs/directives.md")):
        yield f'.SS "{name}"'
        for _, section in DIRECTIVE.findall(text):
            yield from directive(section)


def main():
    print(HEAD.format(version=VERSION.search(read("src/core/version.h"))[1]),
          end="")
    print(".SH DIRECTIVES", *directives(), sep="\n")
    print(".SH REQUIRE", *page("docs/authorization.md"), sep="\n")
    print(".SH VARIABLES", *page("docs/variables.md"), sep="\n")
    print(TAIL, end="")


main()
