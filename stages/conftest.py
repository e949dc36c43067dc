"""Fixtures for the tests of all stages."""

import os
import random
import sys

import pytest
from make import Make

# Where a test draws without a seed of its own. Another one is asked for by name, and is no other verdict.
SEED = int(os.environ.get("REPRO_TEST_SEED", "42"))


@pytest.fixture(autouse=True)
def same_draws_every_time():
    """No test depends on what an earlier one drew, or on luck."""
    random.seed(SEED)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(SEED)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(SEED)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"drawn with REPRO_TEST_SEED={SEED}")


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """Tiny artifacts of every kind that the built-in stages read; see _testing/make.py."""
    return Make(tmp_path_factory.mktemp("made"))
