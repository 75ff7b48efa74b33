"""Frames: how one record lies in a file. One line each, so that people can read them.

``length crc ?link {json}``: length (hex) and CRC-32 of everything after them; ``=`` begins a commit, ``+`` continues one; link is
the first 16 digits of the hash chain with this record in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

START = bytes(32)
"""The hash chain before the first record ever."""

_HEAD = 18
_LINK = 16


def link(chain: bytes, payload: bytes) -> bytes:
    """The hash chain after one more record. It runs over digests, so that it stays verifiable when the records themselves are gone."""
    return link_digest(chain, sha256(payload).digest())


def link_digest(chain: bytes, digest: bytes) -> bytes:
    """The hash chain after the record of that SHA-256 digest."""
    return sha256(chain + digest).digest()


def frame(payload: bytes, chain: bytes, *, begins: bool) -> bytes:
    """The line for a record; ``chain`` is the hash chain with it."""
    body = b"%s%s %s" % (b"=" if begins else b"+", chain.hex()[:_LINK].encode(), payload)
    return b"%08x %08x %s\n" % (len(body), crc32(body), body)


@dataclass(frozen=True, slots=True)
class Frame:
    """One intact line: ``begins`` a commit or not, its link (hex), the record's JSON, where it starts and ends in the file."""

    begins: bool
    link: str
    payload: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Break:
    """Where a file stops making sense. ``torn``: nothing after it was ever acknowledged, as a crash while writing leaves it."""

    offset: int
    torn: bool
    reason: str


def read_frame(data: bytes, offset: int) -> Frame | None:
    """The frame at an offset, None if what is there is not an intact one. A missing last line end is forgiven."""
    head = data[offset:offset + _HEAD]
    try:
        length = int(head[:8], 16)
    except ValueError:
        return None
    body = data[offset + _HEAD:offset + _HEAD + length]
    end = offset + _HEAD + length
    if head != b"%08x %08x " % (len(body), crc32(body)) or len(body) != length or data[end:end + 1] not in (b"\n", b""):
        return None
    if length < _LINK + 2 or body[:1] not in (b"=", b"+"):
        return None
    return Frame(body[:1] == b"=", body[1:1 + _LINK].decode("ascii", "replace"), body[_LINK + 2:], offset, end + 1)


def read_frames(data: bytes, offset: int = 0) -> Iterator[Frame | Break]:
    """Every frame up to the end or to the first break, which comes last."""
    size = len(data)
    while offset < size:
        found = read_frame(data, offset)
        if found is None:
            yield Break(offset, not _commit_after(data, offset), "no intact record")
            return
        yield found
        offset = found.end


def _commit_after(data: bytes, offset: int) -> bool:
    """True if a later commit begins after the damage: then what is damaged had been acknowledged before it."""
    while (newline := data.find(b"\n", offset)) >= 0:
        offset = newline + 1
        later = read_frame(data, offset)
        if later is not None and later.begins:
            return True
    return False
