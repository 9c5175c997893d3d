import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

pytest.register_assert_rewrite("harness")

from harness.fixtures import *  # noqa: E402, F401, F403
