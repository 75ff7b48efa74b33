"""What somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_ENOUGH = 60.0
"""Similarity in percent from which a name is worth suggesting."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like ``word``, None if none is like it. Case, ``-`` and ``_`` do not matter."""
    from rapidfuzz import fuzz, process

    names = tuple(known)
    found = process.extractOne(_plain(word), _plainly(names), scorer=fuzz.ratio, score_cutoff=_ENOUGH)
    return names[found[2]] if found else None


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names for a sentence: ``a, b, c``; cut short where there are many."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown + (f", … ({len(every)} in all)" if len(every) > most else "") if every else "none"


@lru_cache(maxsize=8)
def _plainly(names: tuple[str, ...]) -> list[str]:
    """Many words are looked for among the same names."""
    return [_plain(name) for name in names]


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_")
