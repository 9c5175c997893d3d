# SPDX-License-Identifier: Apache-2.0
"""Prevents: what gcc finds by following the ways through each source.

Not in tests: it does not know that an assertion ends one.
"""
import os

import analysis
import project

compiled = analysis.commands("gcc", "products")
analysis.want("gcc", "12")
said = analysis.run_all([*words, "-fanalyzer", "-c", source, "-o", os.devnull]
                        for source, words in compiled.items())
project.finish([text for text in said if text])
