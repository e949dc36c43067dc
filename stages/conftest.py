"""Fixtures for the tests of all stages."""

import pytest
from make import Make


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """Tiny artifacts of every kind that the built-in stages read; see _testing/make.py."""
    return Make(tmp_path_factory.mktemp("made"))
