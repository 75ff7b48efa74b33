"""The driver contract is frozen: a change of its surface is a decision, seen in this golden file."""

from __future__ import annotations

from tests.meta.surface import GOLDEN, text


def test_the_surface_is_the_golden_one() -> None:
    assert text() == GOLDEN.read_text(), "the driver contract changed; if meant: `python -m tests.meta.surface` (and think of CONTRACT)"


def test_the_golden_file_knows_what_a_driver_author_needs() -> None:
    golden = GOLDEN.read_text()
    for name in ("class NativeType(", "class Lowering", "lowers(", "class Observed", "class DriverError"):
        assert name in golden
