# SPDX-License-Identifier: Apache-2.0
"""The recipes of docs, by their headings."""
from .pages import blocks_of, read_page, section_of
from .tokens import Signer, key_set

PAGE = read_page("recipes")
SIGNER = Signer(issuer="https://login.example", audience="orders")
FILES = {"conf/login.jwks": key_set(SIGNER)}


def recipe(heading, language="apache", replace=()):
    """Its block, with (text, other text) in it replaced."""
    block, = blocks_of(section_of(PAGE, heading), language)
    for text, other in replace:
        assert text in block, f"no {text} under {heading}"
        block = block.replace(text, other)
    return block
