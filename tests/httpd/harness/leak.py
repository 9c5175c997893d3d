# SPDX-License-Identifier: Apache-2.0
"""Is a piece of a token in this text?"""
import re

PIECE = 12  # bytes of base64url: nine of what they stand for


def pieces(token):
    for segment in token.split("."):
        for start in range(0, len(segment) - PIECE + 1, PIECE):
            yield segment[start:start + PIECE]


def find_leaks(tokens, text):
    """Pieces of tokens that text holds; any run of 23 bytes shows."""
    known = {piece for token in tokens for piece in pieces(token)}
    return sorted({run[start:start + PIECE]
                   for run in re.findall(r"[A-Za-z0-9_-]{%d,}" % PIECE, text)
                   for start in range(len(run) - PIECE + 1)} & known)
