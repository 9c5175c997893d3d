# SPDX-License-Identifier: Apache-2.0
"""Documents that real issuers have published, and JSON as a document."""
import json

import in_process
from cases import lines, read_cases
from harness.tokens import Signer

ISSUER = "https://issuer.example"
KEYS_URL = "https://issuer.example/keys"

MIN_RSA_BITS = 2048
CURVES = {"P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448"}
QUIET = {"KEY_TYPE_UNKNOWN", "KEY_PURPOSE"}  # notes at level debug


def should_serve(jwk):
    """By the RFCs alone: a key for signatures, of a kind that is known."""
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", "")[:3] in {
            "RSA", "ECD"}:
        return False
    if jwk["kty"] == "RSA":
        return len(jwk["n"]) * 6 >= MIN_RSA_BITS
    return jwk.get("crv") in CURVES


def is_odd(table, case_id, note):
    """Nobody has explained it, or it does not say which member is wrong."""
    return not note["detail"] or note["reason"] not in QUIET and \
        not table.decisions.explains(case_id, note["reason"])


def check_answer(table, case_id, answer, jwks, origin="fetched"):
    """Usable keys as counted here, and nothing noted that is not explained."""
    expected = sum(should_serve(jwk) for jwk in jwks["keys"])
    odd = [note for note in answer["notes"] if is_odd(table, case_id, note)]
    loads = answer["reason"] == "ACCEPTED" and \
        len(answer["keys"]) == expected and not odd
    said = f"{answer['reason']}, {len(answer['keys'])} keys of {expected}, " \
           f"notes {answer['notes']}"
    file, _, _ = case_id.rpartition("/")
    table.add(file, "core, URL" if origin == "fetched" else "core, file",
              case_id, "accept", origin, [(loads, said)])
    return f"{len(answer['keys'])} of {len(jwks['keys'])}"


def read_documents(data):
    """(name, what it is, text) of each file."""
    for path in sorted((data / "idp").glob("*.json")):
        name, _, kind = path.stem.rpartition(".")
        yield name, kind.removesuffix("_document"), path.read_bytes()


def of_document(name, text, key_sets):
    """With the issuer's own key set, where it is there."""
    document = json.loads(text)
    return in_process.of_discovery(name, document["issuer"], text,
                                   document["jwks_uri"], key_sets[name])


def replay_issuers(table, data):
    documents = list(read_documents(data))
    key_sets = {name: text for name, kind, text in documents if kind == "jwks"}
    asked = [(f"idp/{name}.jwks", name,
              in_process.of_keys(name, text, "fetched"))
             for name, text in key_sets.items()]
    asked += [(f"idp/{name}.discovery", name,
               of_document(name, text, key_sets))
              for name, kind, text in documents if kind == "discovery"]
    answers = in_process.ask([question for _, _, question in asked])
    counts = [f"{case_id[4:]} " + check_answer(table, case_id, answer,
                                               json.loads(key_sets[name]))
              for (case_id, name, _), answer in zip(asked, answers)]
    print("usable keys: " + ", ".join(counts), flush=True)


def replay_files(table, data):
    """The same key sets, saved and named by keys=."""
    sets = {name: text for name, kind, text in read_documents(data)
            if kind == "jwks"}
    answers = in_process.ask([in_process.of_keys(name, text, "local")
                              for name, text in sets.items()])
    for (name, text), answer in zip(sets.items(), answers):
        check_answer(table, f"idp/{name}.jwks", answer, json.loads(text),
                     "local")


def replay_history(table, data):
    for path in sorted((data / "idp" / "history").glob("*.jsonl")):
        sets = [line["jwks"] for line in lines(path)]
        answers = in_process.ask([
            in_process.of_keys(str(i), json.dumps(jwks).encode(), "fetched")
            for i, jwks in enumerate(sets)])
        for i, (answer, jwks) in enumerate(zip(answers, sets)):
            check_answer(table, f"idp/history/{path.stem}/{i}", answer, jwks)


def as_document(case):
    """The same JSON, the set's own member replaced by a document's."""
    members = json.dumps({"issuer": ISSUER, "jwks_uri": KEYS_URL})[1:-1]
    start = case.keys.find(b'"keys"')
    if start < 0:
        return case.keys
    end = case.keys.index(b"]", start) + 1
    return case.keys[:start] + members.encode() + case.keys[end:]


def replay_json(table, path):
    """Whether a document of this JSON leads to a key set."""
    found = [case for case in read_cases(path)
             if case.id.split("/")[1].startswith("jwks")]
    keys = json.dumps({"keys": [Signer().public]}).encode()
    answers = in_process.ask([
        in_process.of_discovery(case.id, ISSUER, as_document(case), KEYS_URL,
                                keys) for case in found])
    for case, answer in zip(found, answers):
        table.add(path.stem, "core, discovery", case.id, case.expect,
                  "fetched", [in_process.result(answer)])


def replay_thumbprints(table, path):
    """RFC 7638's, and RFC 8705's of a certificate."""
    for line in lines(path):
        if "cnf" in line:
            text = ("-----BEGIN CERTIFICATE-----\n"
                    + line["cert_der_b64"] + "\n-----END CERTIFICATE-----\n")
            kind, wanted = "x5t#S256", line["cnf"]["x5t#S256"]
        else:
            text = json.dumps({"keys": [line["jwk"]]})
            kind, wanted = "jkt", line["jkt"]
        answer, = in_process.ask([
            in_process.of_keys("k", text.encode(), "local")])
        found = [key[kind] for key in answer["keys"]]
        table.add(path.stem, "core, thumbprint", line["id"], "accept",
                  "local", [(found == [wanted], f"{found}")])


def replay(table, data):
    parts = {"jsontestsuite.jsonl": replay_json,
             "dpop_mtls.jsonl": replay_thumbprints}
    for name, replay_part in parts.items():
        if (data / name).exists():
            replay_part(table, data / name)
    replay_issuers(table, data)
    replay_files(table, data)
    replay_history(table, data)
