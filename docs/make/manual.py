#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the man page mod_auth_jwt(5), from the pages of docs.

    docs/make/manual.py > docs/man/mod_auth_jwt.5

Of each directive it has the syntax, first sentence, default, context and
options, of other pages their tables.
"""
import pathlib
import re

PROJECT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.compile(r'^#define AJWT_VERSION "(.+)"$', re.MULTILINE)
GROUP = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"^### (AuthJWT\w+)\n(.*?)(?=^### |\Z)",
                       re.MULTILINE | re.DOTALL)
PART = re.compile(r"^\* (\w+): (.+)$", re.MULTILINE)
SENTENCE = re.compile(r".+?\.(?=\s|$)", re.DOTALL)
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
lets Apache httpd protect CGI applications, directories and proxied backends with JSON Web Tokens.
It takes the token from the request's Authorization header, checks it with keys that it fetches from the issuer, and hands user and
claims to the application as environment variables.
.PP
This page has each directive in short; the reference says the rest.
'''
TAIL = r'''.SH LOG
Why a request was refused is in the server's error log, under
.BR "LogLevel auth_jwt:info" ;
each line has a tag such as JWT0307, which the reference explains.
.B ajwt explain
says the same of a token step by step, without a request.
.SH "WHAT IS TRUSTED, AND HOW IT GOES"
.B apachectl \-t \-D DUMP_AUTH_JWT
prints what each section trusts, and what is risky in it.
.B SetHandler jwt\-status
shows the key sets, their age and last failure, and how often what was answered, for people; with
.B ?format=json
for programs; with
.B ?format=prometheus
for Prometheus.
.SH FILES
The packages put README.md, the reference (docs), and an example for each issuer and task, into
.IR /usr/share/doc ,
into the folder that has the package's name.
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
        out += rf"\fB{escape(strong)}\fR" if strong else escape(found["link"])
        end = found.end()
    return " ".join((out + escape(text[end:])).split())


def rows(text):
    """A text's tables as they come: the first cell, and the last one."""
    for line in re.findall(r"^\| (.+) \|$", text, re.MULTILINE):
        first, *_, last = line.split(" | ")
        if first not in ("option", "line", "TERM", "variable", "claim", "source"):
            yield from (".TP", roff(first), roff(last))


def directive(text):
    parts = dict(PART.findall(text))
    body = PART.sub("", text).strip()
    yield ".TP"
    yield roff(parts["Syntax"])
    yield roff(SENTENCE.match(body)[0])
    yield ".br"
    yield f"Default: {roff(parts['Default'])}. Context: {parts['Context']}."
    options = list(rows(body))
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
    print(".SH REQUIRE", *rows(read("docs/authorization.md")), sep="\n")
    print(".SH VARIABLES", *rows(read("docs/variables.md")), sep="\n")
    print(TAIL, end="")


main()
