"""Examining a damaged state: what is wrong with each file, and the newest state that what is left proves. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.audit import AuditError, read_audit
from mcflow.state.codec import Codec
from mcflow.state.copies import mended, read_copies
from mcflow.state.fold import fold
from mcflow.state.frames import START, link
from mcflow.state.gaps import find_gaps
from mcflow.state.kept import read_kept
from mcflow.state.loading import SNAPSHOT, load
from mcflow.state.mark import Mark, read_mark
from mcflow.state.records import FORMAT_VERSION, State
from mcflow.state.segments import Segment, audit_name, decode_record, journal_name, read_segment, segment_number
from mcflow.state.snapshot import DamagedError, Snapshot, decode_snapshot, history_entry
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace


@dataclass
class Proven:
    """A state that hash chain and checksums prove up to record ``sequence``. ``source``: what it stands on (empty: nothing but the head
    mark is left); ``segments``: how many records of each journal segment it holds."""

    state: State
    sequence: int
    chain: bytes
    source: str
    segments: dict[int, int] = field(default_factory=dict)


@dataclass
class Examination:
    """``problem``: why the state cannot be loaded (empty if it can); ``findings``: what loading heals by itself. ``damage``: (file, what is
    wrong). ``newest``: the newest proven state; ``kept``: those of the history, by serial."""

    problem: tuple[Diagnostic, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    damage: list[tuple[str, str]] = field(default_factory=list)
    mark: Mark | None = None
    newest: Proven | None = None
    kept: dict[int, Proven] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)

    @property
    def lossless(self) -> bool:
        """True if the newest proven state is for certain the last that was written."""
        return self.newest is not None and bool(self.newest.source) and self.mark is not None and (
            self.newest.sequence >= self.mark.sequence and self.newest.state.lineage == self.mark.lineage)


def examine(workspace: Workspace) -> Examination:
    """Look at every file of a state. Raises Rejected only where its keys cannot be had, or it was moved away."""
    store, codec = workspace.store, workspace.codec
    store.look()
    found = Examination()
    try:
        found.findings = tuple(load(store, workspace.name, workspace.environment, "", codec).findings)
    except Rejected as refused:
        if refused.diagnostics[0].code in ("MC0780", "MC0781"):
            raise
        found.problem = refused.diagnostics
    codec.attach(store)
    found.mark = _mark(store, found)
    starts = list(_starts(workspace, found))
    found.segments = _segments(store, codec, found)
    _gaps(store, codec, found)
    for start in starts:
        _replay(codec, start, found.segments)
        if start.source.startswith("history/"):
            # A serial of the history is that snapshot, not what came after it.
            found.kept[start.state.serial] = start
    proven = [start for start in starts if found.mark is None or start.state.lineage == found.mark.lineage]
    found.newest = max(proven, key=lambda start: start.sequence, default=None)
    if found.mark is not None and (found.newest is None or not found.newest.sequence):
        empty = State(name=workspace.name, environment=workspace.environment, lineage=found.mark.lineage, serial=found.mark.serial)
        found.newest = Proven(empty, found.mark.sequence, bytes.fromhex(found.mark.chain), "")
    return found


def _mark(store: Store, found: Examination) -> Mark | None:
    data = store.read_mark()
    mark = read_mark(data) if data is not None else None
    if mark is None:
        found.damage.append(("the head mark", "is missing" if data is None else "is damaged"))
    return mark


def _starts(workspace: Workspace, found: Examination) -> Iterator[Proven]:
    store, codec = workspace.store, workspace.codec
    data = store.read(SNAPSHOT)
    try:
        if not data:
            found.damage.append((SNAPSHOT, "is missing" if data is None else "is empty"))
        else:
            yield _proven(decode_snapshot(codec.open_document(SNAPSHOT, data), SNAPSHOT), SNAPSHOT)
    except (DamagedError, Rejected):
        found.damage.append((SNAPSHOT, "is damaged"))
    for name in store.names("history"):
        if history_entry(name) is None:
            continue
        try:
            yield _proven(read_kept(codec, name, store.read(name) or b""), name)
        except (DamagedError, Rejected):
            found.damage.append((name, "is damaged"))
    lineage = found.mark.lineage if found.mark else ""
    yield Proven(State(name=workspace.name, environment=workspace.environment, lineage=lineage), 0, START, "the journal alone")


def _proven(snapshot: Snapshot, source: str) -> Proven:
    state = replace(
        snapshot.state, natives=dict(snapshot.state.natives), resources=dict(snapshot.state.resources),
        outputs=dict(snapshot.state.outputs), connections=dict(snapshot.state.connections))
    return Proven(state, snapshot.sequence, bytes.fromhex(snapshot.chain), source)


def _segments(store: Store, codec: Codec, found: Examination) -> list[Segment]:
    segments, audits = [], set()
    for name in store.names("journal"):
        number, kind = segment_number(name) or (0, "")
        data = store.read(name) or b""
        if kind == "audit":
            audits.add(number)
            try:
                read_audit(codec.open_document(name, data), name)
            except (AuditError, DamagedError, Rejected) as fault:
                found.damage.append((name, str(fault) if isinstance(fault, AuditError) else "is damaged"))
        elif kind == "journal":
            segment = read_segment(number, data)
            problem = _broken(segment)
            if problem:
                found.damage.append((name, problem))
            segments.append(segment)
    lineage = found.mark.lineage if found.mark else ""
    return mended(sorted(segments, key=lambda segment: segment.number), audits, read_copies(store), lineage)[0]


def _gaps(store: Store, codec: Codec, found: Examination) -> None:
    """What each file by itself does not show: an audit segment that is missing, or is not the one that was there."""
    try:
        gaps = find_gaps(store, codec)
    except Rejected:
        # Without its key nothing is known; that was told of the file.
        return
    for gap in gaps:
        found.damage += [(name, "does not go on into the segment after it") for name in gap.readable]
        if not gap.files and gap.number:
            found.damage.append((audit_name(gap.number), f"is missing, with {gap.count} records after record {gap.begin[0]}"))


def _broken(segment: Segment) -> str:
    if segment.header is None:
        return "is empty or lost its beginning"
    chain = bytes.fromhex(segment.header.previous)
    for count, frame in enumerate(segment.frames):
        chain = link(chain, frame.payload)
        if not chain.hex().startswith(frame.link):
            return f"was changed at byte {frame.start} (record {segment.header.after + count + 1})"
    broken = segment.broken
    return f"is {'torn' if broken.torn else 'damaged'} at byte {broken.offset}" if broken is not None else ""


def _replay(codec: Codec, base: Proven, segments: list[Segment]) -> None:
    """Fold everything that goes on from the base, as far as the chain holds."""
    for segment in segments:
        header = segment.header
        after = header.after if header is not None else base.sequence
        if header is not None and base.sequence == 0 and not base.state.lineage:
            base.state.lineage = header.lineage
        if after + len(segment.frames) <= base.sequence and header is not None:
            continue
        if after != base.sequence or (header is not None and (
                header.previous != base.chain.hex() or header.lineage != base.state.lineage)):
            return
        if not _replay_segment(codec, base, segment):
            return


def _replay_segment(codec: Codec, base: Proven, segment: Segment) -> bool:
    place, header = journal_name(segment.number), segment.header
    base.segments[segment.number] = 0
    for frame in segment.frames:
        chain = link(base.chain, frame.payload)
        if not chain.hex().startswith(frame.link):
            return False
        try:
            clear = codec.open_record(frame.payload, base.state.lineage, base.sequence, base.chain, place)
            fold(base.state, decode_record(clear, header.format_version if header else FORMAT_VERSION, place))
        except (Rejected, msgspec.MsgspecError):
            return False
        base.chain, base.sequence = chain, base.sequence + 1
        base.segments[segment.number] += 1
    return segment.broken is None
