# SPDX-License-Identifier: Apache-2.0
"""Other people's cases, and what this project has decided about them."""
import base64
import dataclasses
import fnmatch
import json
import pathlib

from harness.tokens import encode

DECISIONS = pathlib.Path(__file__).with_name("decisions.jsonl")
HIDDEN = b'"alg":"HS256"'


@dataclasses.dataclass(frozen=True)
class Case:
    """A token and the set that it is checked by.  expect is the corpus's word,
    and sig about the signature alone; window is when the former holds, in
    seconds, or None for any time since."""
    id: str
    file: str
    keys: bytes
    token: str
    expect: str
    sig: str = "n/a"
    window: tuple = None

    def signed_by(self, signer):
        """The same form around a public key, for sets that are fetched: there
        a secret never counts, and what is asked here is about JSON."""
        header, payload, _ = self.token.split(".")
        data = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
        header = encode(data.replace(HIDDEN, HIDDEN.replace(b"HS", b"ES")))
        start = self.keys.find(b'{"kty"')
        keys = self.keys
        if start >= 0:
            end = keys.index(b"}", start) + 1
            keys = keys[:start] + json.dumps(
                {**signer.public, "kid": "a1"}).encode() + keys[end:]
        return dataclasses.replace(self, keys=keys,
                                   token=signer.sign(header, payload))


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_case(line, file):
    keys = base64.b64decode(line["jwks_b64"]) if "jwks_b64" in line \
        else json.dumps(line["jwks"]).encode()
    window = line.get("window") or (line["now"] and [line["now"]] * 2)
    return Case(line["id"], file, keys, line["token"], line["expect"],
                line.get("unit", line["sig"]), window and tuple(window))


def read_proof(line, file):
    """A proof of possession is no token, however right it is."""
    return Case(line["id"], file, json.dumps({"keys": [line["jwk"]]}).encode(),
                line["proof"], "reject")


def read_cases(path):
    file = path.stem
    return [read_proof(line, file) if "proof" in line else read_case(line, file)
            for line in lines(path) if "token" in line or "proof" in line]


class Decisions:
    """First come, first served: an entry decides about the cases of its ids
    (patterns) that the corpus leaves open, or about which we think otherwise.
    """

    def __init__(self, path=DECISIONS):
        self.entries = lines(path)
        self.used = set()

    def _find(self, case_id, kind, value, origin):
        for number, entry in enumerate(self.entries):
            ids = entry["id"] if isinstance(entry["id"], list) \
                else [entry["id"]]
            if (kind in entry and entry[kind] != value
                    and entry.get("origin", origin) == origin
                    and any(fnmatch.fnmatchcase(case_id, p) for p in ids)):
                self.used.add(number)
                return entry
        return None

    def outcome(self, case_id, expect, origin):
        """What must come of it, "accept" or "reject", and which column of the
        table it counts in; None where nobody has decided."""
        entry = self._find(case_id, "outcome", expect, origin)
        if not entry:
            return (None, None) if expect == "either" else (expect, None)
        assert expect != "reject", f"{case_id} must not be accepted"
        return entry["outcome"], \
            "decided" if expect == "either" else "deviations"

    def explains(self, case_id, note):
        """Whether it is known that a key of this set is noted so."""
        for number, entry in enumerate(self.entries):
            if entry.get("note") == note and \
                    fnmatch.fnmatchcase(case_id, entry["id"]):
                self.used.add(number)
                return True
        return False

    def unused(self):
        return [entry for number, entry in enumerate(self.entries)
                if number not in self.used]
