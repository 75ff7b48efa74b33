"""Reading a key that is somewhere as it is: ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME`` or ``user``, by one table."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol

from mcflow.model.diagnostic import reject
from mcflow.state.sealing import KEY_BYTES

VARIABLE = "MCFLOW_STATE_KEY"
"""The environment variable that is asked when nothing else is configured."""

KEYS = {
    "env": "mcflow.state.keys.variable:read",
    "file": "mcflow.state.keys.file:read",
    "keyring": "mcflow.state.keys.ring:read",
    "user": "mcflow.state.keys.user:read",
}
"""Kind → what reads a key of it."""


class Reader(Protocol):
    """Reads the text (or the 32 bytes) of a key. ``place`` is what follows the colon. Raises Rejected."""

    def __call__(self, place: str, environ: Mapping[str, str], user_config: Path | None) -> str | bytes: ...


def find_key(kind: str, place: str, environ: Mapping[str, str], user_config: Path | None) -> bytes:
    """The 32 bytes. Rejected: MC0732 (not a key), MC0733 (none there), MC0735 (cannot be used)."""
    module, _, attribute = KEYS[kind].partition(":")
    reader: Reader = getattr(import_module(module), attribute)
    return decode_key(reader(place, environ, user_config), f"{kind}:{place}" if place else "the user's key file")


def decode_key(found: str | bytes, source: str) -> bytes:
    """A key from base64 text (or its 32 bytes as they are). Rejected (MC0732); the text is not repeated."""
    if isinstance(found, bytes) and len(found) == KEY_BYTES:
        return found
    text = found.decode("ascii", "replace") if isinstance(found, bytes) else found
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise reject("MC0732", source=source, found="not base64") from None
    if len(key) != KEY_BYTES:
        raise reject("MC0732", source=source, found=f"{len(key)} bytes")
    return key
