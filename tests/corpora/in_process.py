# SPDX-License-Identifier: Apache-2.0
"""Core and keys themselves, asked through build/corpora/verifier."""
import json
import subprocess
import time

from harness.settings import BUILD

URL = "https://keys.example/"


def ask(questions):
    """The answers, one for each question, in their order."""
    text = "\n".join(json.dumps(question) for question in questions)
    done = subprocess.run([BUILD / "corpora" / "verifier"], input=text, text=True,
                          stdout=subprocess.PIPE, timeout=600, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions), done
    return answers


def of_keys(name, data, origin):
    if origin == "local":
        return {"keys": name, "text": data.hex()}
    return {"keys": name, "documents": {URL: data.hex()}, "from": URL}


def of_discovery(name, issuer, document, keys_url, keys):
    """{tenantid} names no place: there metadata= does."""
    place = issuer.rstrip("/") + "/.well-known/openid-configuration"
    question = {"keys": name, "issuer": issuer}
    if "{" in issuer:
        place = question["from"] = URL
    question["documents"] = {place: document.hex(), keys_url: keys.hex()}
    return question


def of_token(name, case):
    return {"keys": name, "token": case.token.encode().hex(),
            "now": case.window[1] if case.window else time.time()}


def of_signed(name, case):
    return {"keys": name, "token": case.token.encode().hex()}


def of_signature(line):
    return {"jwk": line["jwk"], "alg": line["alg"],
            "message": line["msg_hex"], "signature": line["sig_hex"]}


def read_sets(sets, origin):
    """Why each of the sets (a dict, bytes by name) is of no use; or not."""
    answers = ask([of_keys(name, data, origin)
                   for name, data in sets.items()])
    return {name: answer["reason"] for name, answer in zip(sets, answers)
            if answer["reason"] != "ACCEPTED"}


def result(answer):
    """Whether it is good, and what was said."""
    return answer["reason"] == "ACCEPTED", answer["reason"]


def check(cases, sets, names, origin):
    """Three rounds: each token by its own set, by another, by its own again.
    Of each case the results by its own, and by the other."""
    questions = [of_keys(name, data, origin)
                 for name, data in sets.items()]
    for name_of in (names.get, lambda case: "elsewhere", names.get):
        questions += [of_token(name_of(case), case) for case in cases]
    results = [result(answer) for answer in ask(questions)][len(sets):]
    return in_rounds(results, len(cases))


def check_signatures(cases, sets, names):
    """The signatures alone, by each token's own set."""
    questions = [of_keys(name, data, "local")
                 for name, data in sets.items()]
    answers = ask(questions + [of_signed(names[case], case) for case in cases])
    return [result(answer) for answer in answers[len(sets):]]


def in_rounds(results, count):
    first, other, again = (results[i * count:][:count] for i in range(3))
    return [(own, [by_other])
            for *own, by_other in zip(first, again, other)]
