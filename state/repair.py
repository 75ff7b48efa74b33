"""Repairing a damaged state: what is proven is written as a whole new state, what is damaged is set aside, and the next apply sweeps.

Killed at any point, the state is as damaged as it was or repaired, and the same again finishes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcflow.model.diagnostic import Rejected
from mcflow.state.audit import AuditError, audit_segment, read_audit
from mcflow.state.encrypting import ASIDE
from mcflow.state.examine import Examination, Proven
from mcflow.state.lease import Owner
from mcflow.state.loading import REPAIRED, SNAPSHOT
from mcflow.state.mark import Mark, mark_file
from mcflow.state.segments import Header, Segment, audit_name, begin_segment, journal_name, segment_number
from mcflow.state.snapshot import DamagedError, Snapshot, encode_snapshot, history_entry
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace


@dataclass
class _Work:
    store: Store
    workspace: Workspace
    fence: int
    stamp: str
    aside: list[str]

    def keep(self, name: str, data: bytes | None) -> None:
        """A copy of a file that is about to be replaced or removed."""
        if data:
            kept = f"{ASIDE}/{self.stamp}-{name.replace('/', '-')}"
            self.store.put(kept, data, fence=self.fence)
            self.aside.append(kept)


def repair(workspace: Workspace, found: Examination, proven: Proven, owner: Owner, now: Callable[[], float]) -> list[str]:
    """Write ``proven`` as the state. Returns the names of what was set aside. Raises LeaseHeld, OSError."""
    floor = max(found.mark.epoch if found.mark else 0, proven.state.epoch)
    # Past every epoch that damage may have hidden.
    hold = workspace.store.acquire(owner, floor, now())
    try:
        work = _Work(workspace.store, workspace, hold.info.epoch, f"{int(now()):010d}", [])
        _write(work, found, proven, now())
        return work.aside
    finally:
        hold.release(now())


def _write(work: _Work, found: Examination, proven: Proven, now: float) -> None:
    store, fence, codec = work.store, work.fence, work.workspace.codec
    lineage = proven.state.lineage
    replaced = _replaced(work, found, proven)
    for name in (SNAPSHOT, *replaced):
        work.keep(name, store.read(name))
    if not found.lossless or proven is not found.newest:
        marker = f"{ASIDE}/{work.stamp}{REPAIRED}"
        text = f"repaired from {proven.source or 'the head mark'}: {proven.sequence} records are proven\n".encode()
        store.put(marker, codec.seal_document(marker, lineage, text), fence=fence)
    codec.persist(store, fence)
    number = max((segment_number(name) or (0, ""))[0] for name in ("", *store.names("journal"))) + 1
    for name, data in _audits(work, found, proven).items():
        store.put(name, data, fence=fence)
    snapshot = Snapshot(sequence=proven.sequence, chain=proven.chain.hex(), segment=number, epoch=fence, at=now, state=proven.state)
    store.put(SNAPSHOT, codec.seal_document(SNAPSHOT, lineage, encode_snapshot(snapshot)), fence=fence)
    segment = begin_segment(Header(number=number, lineage=lineage, after=proven.sequence, previous=proven.chain.hex()))
    store.put(journal_name(number), segment, fence=fence)
    store.write_mark(mark_file(Mark(
        lineage=lineage, sequence=proven.sequence, serial=proven.state.serial, chain=proven.chain.hex(), segment=number,
        length=len(segment), epoch=fence, count=found.mark.count + 1 if found.mark else 0)), at=None, fence=fence)
    for name in replaced:
        if name not in (SNAPSHOT, journal_name(number)):
            store.remove(name, fence=fence)
    store.reserve(fence=fence)


def _replaced(work: _Work, found: Examination, proven: Proven) -> list[str]:
    """Files that the repaired state does not have any more: journal segments (what is proven of them becomes audit segments), and
    everything that tells of records after what is proven."""
    names, store = [], work.store
    damaged = {name for name, _ in found.damage}
    for name in store.names("journal"):
        _, kind = segment_number(name) or (0, "")
        if kind == "journal" or (kind == "audit" and _after(work, name) >= proven.sequence):
            names.append(name)
    for name in store.names("history"):
        entry = history_entry(name)
        if entry is not None and (entry.sequence > proven.sequence or name in damaged):
            names.append(name)
    return names


def _after(work: _Work, name: str) -> int:
    """How many records come before an audit segment; -1 where that cannot be told."""
    try:
        return read_audit(work.workspace.codec.open_document(name, work.store.read(name) or b""), name)[0].after
    except (AuditError, DamagedError, Rejected):
        return -1


def _audits(work: _Work, found: Examination, proven: Proven) -> dict[str, bytes]:
    """What is proven of each journal segment, as an audit segment."""
    codec, lineage = work.workspace.codec, proven.state.lineage
    made = {}
    for segment in found.segments:
        count = proven.segments.get(segment.number, len(segment.frames) if _before(segment, proven) else 0)
        if segment.header is None or not count:
            continue
        whole = Segment(segment.number, segment.data, segment.header, segment.body, segment.frames[:count])
        name = audit_name(segment.number)
        made[name] = codec.seal_document(name, lineage, audit_segment(whole, codec))
    return made


def _before(segment: Segment, proven: Proven) -> bool:
    """True if the proven state holds all of the segment."""
    return segment.header is not None and segment.broken is None and segment.header.after + len(segment.frames) <= proven.sequence
