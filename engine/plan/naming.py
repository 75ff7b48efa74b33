"""Names that mcflow derives: a readable stem and a hash of state, address and generation. Chosen once, then pinned in the record."""

from __future__ import annotations

import hashlib
import re

from mcflow.drivers.sdk.identity import UniqueName

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_HASH_LENGTH = 8


def derive_name(identity: UniqueName, stem: str, lineage: str, address: str, generation: int) -> str:
    """``stem-xxxxxxxx`` in the characters and length the identity allows. The same arguments always give the same name."""
    allowed = re.compile(identity.pattern)
    separator = next((mark for mark in "-_." if allowed.fullmatch(mark)), "")
    room = identity.max_length - _HASH_LENGTH - len(separator)
    text = "".join(character if allowed.fullmatch(character) else separator for character in _fold(stem, allowed))
    if separator:
        text = re.sub(re.escape(separator) + "+", separator, text).strip(separator)
    text = re.sub(r"^[^A-Za-z]+", "", text)[:room].rstrip(separator or None)
    code = _base36(hashlib.sha256(f"{lineage}\0{address}\0{generation}".encode()).digest())[:_HASH_LENGTH]
    return f"{text}{separator}{code}" if text else f"m{code}"[: identity.max_length]


def _fold(stem: str, allowed: re.Pattern[str]) -> str:
    return stem if allowed.fullmatch("A") else stem.lower()


def _base36(data: bytes) -> str:
    number = int.from_bytes(data[:12], "big")
    digits = []
    while number:
        number, rest = divmod(number, 36)
        digits.append(_DIGITS[rest])
    return "".join(digits).rjust(_HASH_LENGTH, "0")
