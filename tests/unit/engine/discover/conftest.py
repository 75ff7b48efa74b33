"""What the tests of discovery work with."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.discover.yard import Yard


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """A blueprint without resources, and an empty cloud."""
    return Yard(tmp_path / "yard")
