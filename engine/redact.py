"""Keeping secrets out of texts that clouds wrote: whatever a run knows to be secret is replaced before a text goes anywhere."""

from __future__ import annotations

import base64
import json
import threading
from urllib.parse import quote

from mcflow.model.values import Secret, Value, leaves

MASK = "(sensitive)"
_SHORTEST = 3


class Redactor:
    """Knows the secrets of a run and masks them in texts, also in their base64, JSON and URL spellings. Usable from several threads."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._ordered: tuple[str, ...] | None = None
        self._lock = threading.Lock()

    def learn(self, tree: Value) -> None:
        """Remember every secret leaf of a value tree."""
        for leaf in leaves(tree):
            if isinstance(leaf, Secret):
                self._learn(leaf.reveal())

    def _learn(self, value: object) -> None:
        if isinstance(value, dict):
            for item in value.values():
                self._learn(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self._learn(item)
        elif value is not None and not isinstance(value, bool) and len(str(value)) >= _SHORTEST:
            with self._lock:
                self._spellings.update(_spellings(str(value)))
                self._ordered = None

    def text(self, text: str) -> str:
        """The text with every known secret masked, the longest first."""
        with self._lock:
            if self._ordered is None:
                self._ordered = tuple(sorted(self._spellings, key=len, reverse=True))
            known = self._ordered
        for spelling in known:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text


def _spellings(value: str) -> set[str]:
    raw = value.encode()
    forms = {value, json.dumps(value)[1:-1], quote(value), quote(value, safe=""), repr(value)[1:-1]}
    forms.update(line for line in value.splitlines() if len(line) >= 2 * _SHORTEST)
    if len(raw) >= 2 * _SHORTEST:
        forms.update({base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")})
    return {form for form in forms if len(form) >= _SHORTEST}
