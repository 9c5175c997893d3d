# SPDX-License-Identifier: Apache-2.0
"""Why a request is refused: the rows of src/core/reason.h, by name."""
import collections
import re

from .settings import PROJECT

Reason = collections.namedtuple("Reason", "tag level status error text fix")

ROW = re.compile(r'REASON\((\w+),\s*"(JWT\d{4})",\s*(\w+),\s*(\d+),'
                 r'\s*"([^"]*)",\s*"([^"]*)",\s*\\\s*"((?:\\.|[^"\\])*)"\)')


def read_reasons():
    text = (PROJECT / "src/core/reason.h").read_text()
    return {name: Reason(tag, level.lower(), int(status), error, words,
                         re.sub(r"\\(.)", r"\1", fix))
            for name, tag, level, status, error, words, fix
            in ROW.findall(text)}


REASONS = read_reasons()
