"""Gaps of the audit log: segments that are damaged, missing or not the ones that were there, and what is put in their place.

A gap is never closed silently: a LOST entry stands there for ever, and the chain goes on from what the segment after it begins with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mcflow.state.audit import AuditError, AuditHeader, lost_segment, read_audit
from mcflow.state.codec import Codec
from mcflow.state.encrypting import ASIDE
from mcflow.state.frames import START
from mcflow.state.segments import audit_name, chain_at, read_segment, segment_number
from mcflow.state.snapshot import DamagedError
from mcflow.state.stores.store import Store

_Point = tuple[int, str]
"""So many records, and the hash chain (hex) after them."""


@dataclass(frozen=True)
class Gap:
    """Between two intact segments: from ``begin`` to ``end`` nothing is proven. ``number``: of the segment to stand there, 0 if none can;
    ``files``: what is there now; ``readable``: those of them that are whole and do not belong there."""

    begin: _Point
    end: _Point
    number: int
    files: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many records are lost."""
        return self.end[0] - self.begin[0]


@dataclass
class _Walk:
    """Going back from the newest segment: where the one after begins, its number, and what did not fit since."""

    needed: _Point | None = None
    number: int = 0
    bad: list[str] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def fits(self, end: _Point, number: int) -> bool:
        """True if segment ``number``, which ends there, can be one that was before: at the needed point, or with room for what is lost."""
        assert self.needed is not None
        return end == self.needed or (end[0] < self.needed[0] and (bool(self.bad) or number < self.number - 1))

    def gap(self, begin: _Point, before: int) -> None:
        """What lies between ``begin``, where segment ``before`` ends, and the segment after it."""
        assert self.needed is not None
        number, _ = segment_number(self.bad[-1]) or (0, "") if self.bad else (self.number - 1, "")
        fits = before < number and all(name.endswith(".audit") for name in self.bad)
        self.gaps.append(Gap(begin, self.needed, number if fits else 0, tuple(reversed(self.bad)), tuple(self.readable)))
        self.bad.clear()
        self.readable.clear()


def find_gaps(store: Store, codec: Codec) -> list[Gap]:
    """The gaps, oldest first; none where the newest segment cannot be read, for then nothing is known. Raises Rejected without the key."""
    names = {found[0]: name for name in store.names("journal") if (found := segment_number(name)) is not None}
    walk = _Walk()
    for number in sorted(names, reverse=True):
        name = names[number]
        span = _span(store, codec, number, name)
        if walk.needed is None:
            if span is None:
                return []
        elif span is None or not walk.fits(span[1], number):
            walk.bad.append(name)
            walk.readable += [name] if span is not None else []
            continue
        elif span[1] != walk.needed or walk.bad:
            walk.gap(span[1], number)
        walk.needed, walk.number = span[0], number
    beginning = (0, START.hex())
    if walk.needed is not None and (walk.needed != beginning or walk.bad):
        walk.gap(beginning, 0)
    return walk.gaps[::-1]


def _span(store: Store, codec: Codec, number: int, name: str) -> tuple[_Point, _Point] | None:
    """Where a segment begins and ends; None if it is damaged."""
    data = store.read(name) or b""
    if name.endswith(".audit"):
        try:
            header, _ = read_audit(codec.open_document(name, data), name)
        except (AuditError, DamagedError):
            return None
        return (header.after, header.previous), (header.after + header.count, header.chain)
    segment = read_segment(number, data)
    if segment.header is None or (segment.broken is not None and not segment.broken.torn):
        return None
    begin = segment.header
    chain = chain_at(segment, bytes.fromhex(begin.previous), len(segment.frames))
    return (begin.after, begin.previous), (begin.after + len(segment.frames), chain.hex())


def tell_gaps(store: Store, codec: Codec, lineage: str, now: float, fence: int) -> list[str]:
    """Set aside what is in the gaps and write there that records were lost. Returns the names of what was set aside. Raises OSError.

    Killed at any point, the same again finishes it.
    """
    aside = []
    for gap in find_gaps(store, codec):
        if not gap.number:
            continue
        for name in gap.files:
            kept = f"{ASIDE}/{int(now):010d}-{name.replace('/', '-')}"
            store.put(kept, store.read(name) or b"", fence=fence)
            aside.append(kept)
        header = AuditHeader(
            number=gap.number, lineage=lineage, after=gap.begin[0], previous=gap.begin[1], count=gap.count, chain=gap.end[1])
        name = audit_name(gap.number)
        store.put(name, codec.seal_document(name, lineage, lost_segment(header, now)), fence=fence)
        for other in gap.files:
            if other != name:
                store.remove(other, fence=fence)
    return aside
