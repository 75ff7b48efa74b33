"""Looks for a secret in bytes, in every form it may have been written in."""

from __future__ import annotations

import base64
import contextlib
import json
import zlib
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote, quote_plus

_GZIP = b"\x1f\x8b\x08"


@cache
def forms(secret: str) -> dict[str, bytes]:
    """Name of the form → the bytes it would leave."""
    raw = secret.encode()
    found = {
        "plain": raw,
        "json": json.dumps(secret)[1:-1].encode(),
        "json, not ascii": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "json twice": json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
        "url": quote(secret, safe="").encode(),
        "url form": quote_plus(secret).encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "python": repr(secret)[1:-1].encode(),
        "utf-16": secret.encode("utf-16-le"),
    }
    for offset in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            # What surrounds the secret changes the letters at both ends: only those in between are sure.
            letters = encode(bytes(offset) + raw)
            found[f"{name}+{offset}"] = letters[4 if offset else 0:len(letters) - 4]
    return found


def leaks(data: bytes, secret: str) -> list[str]:
    """The forms in which the secret is in the data, gzip and zlib streams inside opened."""
    found = [name for name, form in forms(secret).items() if form in data]
    for name, inner in _opened(data):
        found += [f"{name}: {each}" for each, form in forms(secret).items() if form in inner]
    return found


def _opened(data: bytes) -> Iterator[tuple[str, bytes]]:
    for magic, name, bits in ((_GZIP, "gzip", 31), (b"\x78\x9c", "zlib", 15), (b"\x78\xda", "zlib", 15), (b"\x78\x01", "zlib", 15)):
        at = data.find(magic)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                yield name, zlib.decompressobj(bits).decompress(data[at:], 1 << 24)
            at = data.find(magic, at + 1)
