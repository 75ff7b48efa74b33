"""Measured values for people: a number with its unit, and a line of blocks for how it went."""

from __future__ import annotations

from collections.abc import Sequence

_PREFIXES = ("", "k", "M", "G", "T", "P")
_BLOCKS, _ASCII_BLOCKS = "▁▂▃▄▅▆▇█", ".:-=+*%#"


def quantity(value: float | None, unit: str) -> str:
    """``34.2 %``, ``4.1 MB/s``, ``82 ms``, ``-`` for nothing."""
    if value is None:
        return "-"
    if unit == "%":
        return f"{value:.1f} %"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if abs(value) < 1 else f"{value:.3g} s"
    size = abs(value)
    step = 0
    while size >= 1000 and step < len(_PREFIXES) - 1:
        size /= 1000
        step += 1
    number = f"{value / 1000 ** step:.3g}"
    return f"{number} {_PREFIXES[step]}{unit}".rstrip()


def sparkline(values: Sequence[float | None], width: int, *, ascii_only: bool = False) -> str:
    """How the values went, at most ``width`` columns; a gap where nothing was measured. From zero, or from the smallest below it."""
    signs = _ASCII_BLOCKS if ascii_only else _BLOCKS
    shown = squeezed(values, width)
    known = [value for value in shown if value is not None]
    if not known:
        return " " * len(shown)
    low, high = min(0.0, min(known)), max(known)
    span = (high - low) or 1.0
    return "".join(" " if value is None else signs[min(len(signs) - 1, int((value - low) / span * len(signs)))] for value in shown)


def squeezed(values: Sequence[float | None], width: int) -> list[float | None]:
    """At most ``width`` values, each the mean of those it stands for."""
    if len(values) <= width:
        return list(values)
    shown: list[float | None] = []
    for at in range(width):
        part = [value for value in values[at * len(values) // width:(at + 1) * len(values) // width] if value is not None]
        shown.append(sum(part) / len(part) if part else None)
    return shown
