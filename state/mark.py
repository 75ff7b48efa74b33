"""The head mark: how far the journal had got, kept apart from the state.

It is written after the journal is durable, so a crash leaves the journal ahead of it, never behind. A journal that ends before its
mark was cut, or is an old copy. Two slots written in turn, in place: a torn one leaves the other, and a full disk is no obstacle.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mcflow.state.frames import frame, read_frame

SLOT = 512
"""Bytes of one of the two slots."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """``sequence`` records had been written, ``serial`` of them changed the state; ``chain`` is the hash chain there (hex).

    ``established`` is false only while the state is being made; ``count`` tells the newer of the two slots. ``closed``: nobody may write
    here, as the state was moved elsewhere or is not whole yet.
    """

    lineage: str
    established: bool = True
    sequence: int = 0
    serial: int = 0
    chain: str
    segment: int = 1
    length: int = 0
    epoch: int = 0
    count: int = 0
    closed: Literal["", "moved", "filling"] = ""


_DECODER = msgspec.json.Decoder(Mark)


def mark_slot(mark: Mark) -> tuple[int, bytes]:
    """Where in the file this mark goes, and its bytes."""
    line = frame(msgspec.json.encode(mark), bytes.fromhex(mark.chain), begins=True)
    return (mark.count % 2) * SLOT, line.ljust(SLOT - 1) + b"\n"


def mark_file(mark: Mark) -> bytes:
    """A whole new file with this mark."""
    offset, slot = mark_slot(mark)
    return slot + b" " * (SLOT - 1) + b"\n" if offset == 0 else b" " * (SLOT - 1) + b"\n" + slot


def read_mark(data: bytes) -> Mark | None:
    """The newer intact mark of a file; None if there is none."""
    marks = [mark for offset in (0, SLOT) if (mark := _read_slot(data[offset:offset + SLOT])) is not None]
    return max(marks, key=lambda mark: mark.count, default=None)


def _read_slot(slot: bytes) -> Mark | None:
    found = read_frame(slot, 0)
    if found is None:
        return None
    try:
        mark = _DECODER.decode(found.payload)
    except msgspec.MsgspecError:
        return None
    return mark if mark.chain.startswith(found.link) else None
