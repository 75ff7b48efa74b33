"""Segments: the journal's files. Each begins with a header that says which records and which hash chain it goes on from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mcflow.state.frames import Break, Frame, frame, link, read_frame, read_frames
from mcflow.state.records import FORMAT_VERSION, Record
from mcflow.state.upgrade import RECORDS, upgrade

COPIES = "copies"
"""Where a store that keeps copies of live segments lists and gives them, under the names they have in the journal's own folder."""

_NAME = re.compile(r"journal/(\d{6,})\.(journal|audit)")


class Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="SEGMENT"):
    """``after`` records and the hash chain ``previous`` (hex) come before this segment's first record."""

    format_version: int = FORMAT_VERSION
    number: int
    lineage: str
    after: int
    previous: str


ENCODER = msgspec.json.Encoder()
_HEADER = msgspec.json.Decoder(Header)
_RECORD = msgspec.json.Decoder(Record)


def journal_name(number: int) -> str:
    return f"journal/{number:06d}.journal"


def audit_name(number: int) -> str:
    return f"journal/{number:06d}.audit"


def segment_number(name: str) -> tuple[int, str] | None:
    """The number and the kind (``journal`` or ``audit``) that a name says; None for other files."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), found[2]) if found else None


def begin_segment(header: Header) -> bytes:
    """The bytes of a segment without records."""
    return frame(ENCODER.encode(header), bytes.fromhex(header.previous), begins=True)


@dataclass(slots=True)
class Segment:
    """A segment's file as found: its header (None if damaged), the intact frames, where the records begin, and the break, if any."""

    number: int
    data: bytes
    header: Header | None
    body: int
    frames: list[Frame] = field(default_factory=list)
    broken: Break | None = None

    @property
    def length(self) -> int:
        """Bytes up to the end of the last intact record."""
        return min(self.frames[-1].end if self.frames else self.body, len(self.data))

    @property
    def unended(self) -> bool:
        """True if only the very last line end is missing."""
        return bool(self.data) and self.broken is None and not self.data.endswith(b"\n")


def read_segment(number: int, data: bytes) -> Segment:
    """Take a segment's file apart. Damage is described, never raised."""
    first = read_frame(data, 0)
    header = _read_header(first, number)
    # The header's line may be damaged and the records behind it intact.
    body = first.end if first is not None else data.find(b"\n") + 1 or len(data)
    segment = Segment(number, data, header, body)
    for found in read_frames(data, body):
        if isinstance(found, Break):
            segment.broken = found
        else:
            segment.frames.append(found)
    return segment


def _read_header(found: Frame | None, number: int) -> Header | None:
    if found is None:
        return None
    try:
        header = _HEADER.decode(found.payload)
    except msgspec.MsgspecError:
        return None
    return header if header.number == number and header.previous.startswith(found.link) else None


def decode_record(payload: bytes, version: int, place: str) -> Record:
    """A journal record. Raises msgspec.MsgspecError for a shape that no record has, Rejected for a format that cannot be read."""
    if version == FORMAT_VERSION:
        record: Record = _RECORD.decode(payload)
        return record
    old: dict[str, Any] = msgspec.json.decode(payload)
    upgraded: Record = msgspec.convert(upgrade(old, version, RECORDS, place), type=Record)
    return upgraded


def chain_at(segment: Segment, start: bytes, count: int) -> bytes:
    """The hash chain after the first ``count`` records of a segment that goes on from ``start``."""
    chain = start
    for found in segment.frames[:count]:
        chain = link(chain, found.payload)
    return chain
