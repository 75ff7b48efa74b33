"""Copies of the journal's live segments, where a store keeps them: they are not synced, and never asked while the journal itself is whole.

A journal is the only place where what happened since the last snapshot stands; the copy heals what a disk or a hand did to it.
"""

from __future__ import annotations

from mcflow.state.frames import link
from mcflow.state.segments import COPIES, Segment, read_segment, segment_number
from mcflow.state.stores.store import Store


def read_copies(store: Store) -> dict[int, bytes]:
    """The copies there are, by the segment's number."""
    found = {}
    for name in store.names(COPIES):
        number, kind = segment_number(f"journal/{name.rpartition('/')[2]}") or (0, "")
        if kind == "journal":
            found[number] = store.read(name) or b""
    return found


def mended(segments: list[Segment], gone: set[int], copies: dict[int, bytes], lineage: str) -> tuple[list[Segment], list[int]]:
    """The segments, with the copy in place of each that it goes at least as far as; and which these are.

    ``gone``: numbers of segments that ended as they should. ``lineage``: the state's; empty if that is not known.
    """
    whole = {segment.number: segment for segment in segments}
    healed = []
    for number, data in copies.items():
        copy = read_segment(number, data)
        known = whole.get(number)
        records = _records(copy, lineage)
        if number in gone or records < 0 or (known is not None and records < _records(known, lineage)):
            continue
        end = copy.frames[records - 1].end if records else copy.body
        if known is not None and known.data == data[:end]:
            continue
        whole[number] = read_segment(number, data[:end])
        healed.append(number)
    return [whole[number] for number in sorted(whole)], healed


def _records(segment: Segment, lineage: str) -> int:
    """How many records of a segment hang together; -1 for one that is not the state's, or lost its beginning."""
    header = segment.header
    if header is None or (lineage and header.lineage != lineage):
        return -1
    chain = bytes.fromhex(header.previous)
    for count, found in enumerate(segment.frames):
        chain = link(chain, found.payload)
        if not chain.hex().startswith(found.link):
            return count
    return len(segment.frames)
