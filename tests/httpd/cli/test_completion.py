# SPDX-License-Identifier: Apache-2.0
"""bash's completion of ajwt, asked as bash asks it."""
import subprocess

import pytest

from harness.settings import BUILD, PROJECT

ASK = """
source docs/bash-completion/ajwt
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_ajwt
printf '%s\\n' "${COMPREPLY[@]}"
complete -p ajwt >/dev/null
"""


def complete(*words):
    done = subprocess.run(["bash", "-euc", ASK, "bash", BUILD / "ajwt",
                           *words], cwd=PROJECT, text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize("words, offers", [
    ([""], {"explain", "fetch", "keygen", "mint", "--help"}),
    (["e"], {"explain"}),
    (["explain", "--lo"], {"--location"}),
    (["explain", "--token-"], {"--token-file", "--token-type"}),
    (["fetch", "--fetch-"], {"--fetch-ca", "--fetch-proxy"}),
    (["keygen", "ec"], {"ec", "ec-384", "ec-521"}),
    (["keygen", "ec", "--"], {"--out", "--jwks", "--kid", "--alg", "--help"}),
    (["keygen", "ec", "--out", "READ"], {"README.md"}),
    (["mint", "--key", "READ"], {"README.md"}),
    (["explain", "--token-file", "READ"], {"README.md"}),
    (["mint", "--subject", "READ"], set()),
    (["nonsense", "--"], set()),
])
def test_what_is_offered(words, offers):
    assert complete(*words) == offers
