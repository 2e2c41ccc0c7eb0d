"""Everything that is declared, once."""

import pytest

from . import registry


@pytest.fixture(scope="session", autouse=True)
def declared():
    """Operations, faults and invariants are known."""
    registry.load()
