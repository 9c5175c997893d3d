#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Replays other people's cases: FOLDER's tokens, key sets and signatures.

    tests/corpora/replay.py FOLDER

Every token is checked by core itself and by the module in a server, with its
key set from a file and from a URL; each time by its own set, by another one,
and by its own again.  Prints a row of counts for each file and way; the last
line is `N passed, N failed`, the exit code 0 only when nothing failed.  A file
that is not there counts as failed: nothing of it was checked.
"""
import collections
import contextlib
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

import in_process  # noqa: E402
import over_http  # noqa: E402
import published  # noqa: E402
from cases import Decisions, lines, read_cases  # noqa: E402
from harness.tokens import Signer  # noqa: E402

TOKENS = ["dpop_mtls", "jsontestsuite", "rfc", "wycheproof_jose",
          "wycheproof_resigned", "wycheproof_sigshape"]
SIGNATURES = "wycheproof_sig"
NAMES = [*TOKENS, SIGNATURES]

ANSWERS = {200, 400, 401, 403}

# A server's clock goes on: so long before the end of a case's window it begins.
BEFORE_S = 600

COLUMNS = ["cases", "accepted", "refused", "decided", "deviations",
           "wrong accepts", "wrong refusals", "other answers"]
WRONG = COLUMNS[5:]


class Table:
    def __init__(self):
        self.decisions = Decisions()
        self.rows = collections.defaultdict(collections.Counter)
        self.complaints = []

    def complain(self, text):
        self.complaints.append(text)
        print(f"WRONG {text}", flush=True)

    def _column(self, expect, wanted, column, accepted):
        if accepted != (wanted == "accept"):
            return "wrong accepts" if accepted else "wrong refusals"
        return column or ("accepted" if expect == "accept" else "refused")

    def add(self, file, way, case_id, expect, origin, own, elsewhere=()):
        """own, elsewhere: what came of it by its own keys, and by those of
        others; of each whether it was accepted, and what was answered."""
        row = self.rows[file, way]
        row["cases"] += 1
        wanted, column = self.decisions.outcome(case_id, expect, origin)
        if wanted is None:
            row["wrong refusals"] += 1
            self.complain(f"{way}: {case_id}: nobody has decided")
            return
        columns = [self._column(expect, wanted, column, accepted)
                   for accepted, _ in own]
        columns += ["wrong accepts" for accepted, _ in elsewhere if accepted]
        answers = [answer for _, answer in (*own, *elsewhere)]
        if any(isinstance(answer, int) and answer not in ANSWERS
               for answer in answers):
            columns.append("other answers")
        wrong = [column for column in columns if column in WRONG]
        row[wrong[-1] if wrong else columns[0]] += 1
        if wrong:
            self.complain(f"{way}: {case_id}: {wrong[-1]}, expected {wanted}: "
                          + ", ".join(map(str, answers)))

    def print(self):
        print(f"\n{'file':26}{'way':18}"
              + "".join(f"{column:>16}" for column in COLUMNS))
        for (file, way), row in sorted(self.rows.items()):
            print(f"{file:26}{way:18}"
                  + "".join(f"{row[column]:16}" for column in COLUMNS))

    def counts(self):
        wrong = sum(row[column] for row in self.rows.values()
                    for column in WRONG)
        passed = sum(row["cases"] for row in self.rows.values()) - wrong
        others = len(self.complaints) - wrong
        return passed, wrong + others


def name_sets(cases, elsewhere):
    """Bytes by name, each set once; and the name of each case's set."""
    by_bytes = {}
    for case in cases:
        by_bytes.setdefault(case.keys, f"s{len(by_bytes)}")
    sets = {name: raw for raw, name in by_bytes.items()}
    return {**sets, "elsewhere": elsewhere}, \
        {case: by_bytes[case.keys] for case in cases}


def set_without_names(origin):
    """One key of each kind: every token finds one to be refused by."""
    algs = ["RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448"]
    keys = [Signer(alg, kid=None).public for alg in algs]
    if origin == "local":
        keys.append(Signer("HS512", kid=None).private)
    return json.dumps({"keys": keys}).encode()


def clock_of(case):
    return case.window and max(case.window[0], case.window[1] - BEFORE_S)


def replay_over_http(table, cases, origin, way, elsewhere):
    groups = collections.defaultdict(list)
    for case in cases:
        groups[clock_of(case)].append(case)
    for clock, group in groups.items():
        sets, names = name_sets(group, elsewhere)
        broken = in_process.read_sets(sets, origin)
        source = over_http.FromFiles() if origin == "local" \
            else over_http.FromUrls()
        with contextlib.closing(source):
            results = over_http.check(source, group, sets, names, broken,
                                      clock)
        for case, result in zip(group, results):
            table.add(case.file, way, case.id, case.expect, origin, *result)
        replay_start(table, origin, way,
                     {name: sets[name] for name in broken})


def replay_start(table, origin, way, broken):
    """Broken sets have no good one before them when the server starts."""
    token = Signer().mint()
    passed = over_http.pass_as_files(broken) if origin == "local" \
        else over_http.pass_at_urls(broken, token)
    for name in passed:
        table.complain(f"{way}: not refused at start: {broken[name][:99]}")
    said = "httpd -t refuses" if origin == "local" else "are answered 503"
    print(f"{way}: of {len(broken)} broken key sets "
          f"{len(broken) - len(passed)} {said}", flush=True)


def replay_in_process(table, cases, origin, way, elsewhere):
    sets, names = name_sets(cases, elsewhere)
    for case, result in zip(cases, in_process.check(cases, sets, names,
                                                    origin)):
        table.add(case.file, way, case.id, case.expect, origin, *result)


def replay_tokens(table, cases):
    signer = Signer("ES256", kid="a1")
    for origin, way in (("local", "file"), ("fetched", "URL")):
        elsewhere = set_without_names(origin)
        if origin == "fetched":
            cases = [case.signed_by(signer) if case.file == "jsontestsuite"
                     else case for case in cases]
        replay_in_process(table, cases, origin, f"core, {way}", elsewhere)
        replay_over_http(table, cases, origin, f"httpd, {way}", elsewhere)


def expect_signature(sig):
    return {"valid": "accept", "either": "either"}.get(sig, "reject")


def replay_signed(table, cases):
    """Their payloads are no claims: of these tokens that says little."""
    sets, names = name_sets(cases, set_without_names("local"))
    for case, result in zip(cases, in_process.check_signatures(cases, sets,
                                                               names)):
        table.add(case.file, "core, signature", f"{case.id} signature",
                  expect_signature(case.sig), "local", [result])


def replay_signatures(table, path):
    vectors = lines(path)
    answers = in_process.ask([in_process.of_signature(v) for v in vectors])
    for vector, answer in zip(vectors, answers):
        table.add(path.stem, "core, signature", vector["id"],
                  expect_signature(vector["sig"]), "local",
                  [in_process.result(answer)])


def replay(table, data):
    files = [data / f"{name}.jsonl" for name in NAMES]
    for path in files:
        if not path.exists():
            table.complain(f"{path}: skipped, it is not there")
    tokens = [case for path in files[:-1] if path.exists()
              for case in read_cases(path)]
    if tokens:
        replay_tokens(table, tokens)
    replay_signed(table, [case for case in tokens
                          if case.file == "wycheproof_jose"])
    if files[-1].exists():
        replay_signatures(table, files[-1])
    published.replay(table, data)


def main():
    data = pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if not data or not data.is_dir():
        print(f"{len(NAMES) + 1} files of cases, {len(NAMES) + 1} skipped: "
              + (f"{data} is no folder" if data
                 else "no CORPORA=FOLDER was given"))
        print(f"0 passed, {len(NAMES) + 1} failed")
        return 1
    began = time.monotonic()
    table = Table()
    replay(table, data)
    for entry in table.decisions.unused():
        table.complain(f"this entry decides nothing: {entry}")
    table.print()
    passed, failed = table.counts()
    print(f"\n{time.monotonic() - began:.0f} seconds")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
