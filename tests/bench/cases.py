# SPDX-License-Identifier: Apache-2.0
"""What is measured: the cases, and what each is to reach."""
import dataclasses

import tokens

NEW = None  # as many tokens as requests

# What the paths of a seen and of a new token may cost over no auth, beside
# what cannot be avoided; in instructions
SEEN, NEW_BESIDE_CRYPTO, GARBAGE = 100_000, 100_000, 20_000
CPU_RATIO = 1.10


@dataclasses.dataclass
class Case:
    name: str
    live: int = 1  # how many tokens take turns
    alg: str = "RS256"
    size: str = "2.4 KB"
    spoil: str = ""
    keys: int = 7
    issuers: int = 1
    vhosts: int = 1
    export: str = "all"
    cgi: bool = False
    cache: str = ""      # of results, unless its size is the default
    has_peers: bool = False
    is_quick: bool = False
    at_most: int = 0     # over no auth; or the next two:
    like: str = ""       # a case that it may be this much dearer than
    percent: int = 0

    @property
    def host(self):
        return f"host-{self.vhosts // 2}"

    def tokens(self, count, start):
        """The next so many that are sent, from the start-th on."""
        if self.spoil:
            return [tokens.refused(self.spoil)] * count
        if self.live is NEW:
            return tokens.tokens(self.alg, self.size, start + count)[start:]
        turns = tokens.tokens(self.alg, self.size, self.live)
        return [turns[i % self.live] for i in range(start, start + count)]

    def limit(self, over, steps):
        """What ours may cost over no auth; None: nothing is said.  over: of
        the cases before; steps: of core, by alg and size."""
        if self.like:
            return over.get(self.like) and \
                over[self.like] * (1 + self.percent / 100)
        if self.live is NEW or self.spoil == "signature":
            alone = steps[self.alg, self.size]
            return alone["EVP alone"] + alone["jansson alone"] \
                + NEW_BESIDE_CRYPTO
        return self.at_most or None


MAIN = {"has_peers": True}
QUICK = {"has_peers": True, "is_quick": True}
ALGS = ("PS256", "ES256", "EdDSA", "HS256")


def seen_and_new(name, like="", percent=0, **what):
    """Two cases that differ in nothing else."""
    limits = {"like": like, "percent": percent}
    yield Case(f"one token, {name}", at_most=SEEN,
               **{**limits, "like": like and f"one token, {like}"}, **what)
    yield Case(f"new tokens, {name}", NEW,
               **{**limits, "like": like and f"new tokens, {like}"}, **what)


CASES = [
    Case("one token", at_most=SEEN, **QUICK),
    Case("new tokens", NEW, **QUICK),
    Case("250 tokens", 250, at_most=SEEN, **MAIN),
    Case("2,000 tokens", 2_000, **MAIN),
    Case("20,000 tokens", 20_000, **MAIN),
    Case("20,000 tokens, cache for 65,536", 20_000, cache="65536",
         like="one token", percent=10),
    Case("20,000 tokens, no cache", 20_000, cache="off"),
    Case("a bad signature", spoil="signature", **MAIN),
    Case("expired", spoil="expired", **MAIN),
    Case("garbage", spoil="garbage", at_most=GARBAGE, **QUICK),
    *(case for alg in ALGS for case in seen_and_new(alg, alg=alg)),
    *seen_and_new("small", size="small"),
    *seen_and_new("1 key", keys=1),
    *seen_and_new("100 keys", "1 key", 2, keys=100),
    *seen_and_new("1000 keys", "1 key", 2, keys=1000),
    *seen_and_new("100 issuers", "1 key", 2, issuers=100, keys=1),
    *seen_and_new("20 virtual hosts", "1 key", 2, vhosts=20, keys=1),
    *seen_and_new("no claims exported", export="none"),
    *seen_and_new("CGI", cgi=True),
]
