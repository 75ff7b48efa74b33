"""A folder to prove in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.proofs import stage


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A fresh folder, in memory where there is such a place; gone afterwards."""
    folder = stage.scratch()
    yield folder
    shutil.rmtree(folder)
