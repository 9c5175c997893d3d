# SPDX-License-Identifier: Apache-2.0
"""Pieces of configuration that many tests begin with."""
from .httpd import ALL_ENV
from .tokens import AUDIENCE, ISSUER

TRUST = f"""
AuthJWTIssuer {ISSUER} keys=keys.json
AuthJWTAudience {AUDIENCE}
"""

TRUST_FETCHED = f"""
AuthJWTFetchCA "${{CA}}"
AuthJWTAudience {AUDIENCE}
"""


def location(path, *lines):
    body = "\n    ".join(lines)
    return f'<Location "{path}">\n    {body}\n</Location>\n'


def guarded(path, *lines):
    """A location for bearers; `Require valid-user` unless lines say other."""
    if not any(line.lstrip("<").startswith("Require") for line in lines):
        lines += ("Require valid-user",)
    return location(path, "AuthType Bearer", 'AuthName "orders"', *lines)


def site(*sections, trust=TRUST, serve=ALL_ENV):
    return serve + trust + "".join(sections)
