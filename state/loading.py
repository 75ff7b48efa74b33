"""Loading: snapshot, journal, history and head mark become one state, or a precise account of why they do not.

Reads only. What a lease has to put right afterwards is noted in the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.audit import audit_chain
from mcflow.state.codec import Codec
from mcflow.state.collector import paused
from mcflow.state.copies import mended, read_copies
from mcflow.state.fold import fold
from mcflow.state.frames import START, Frame, link
from mcflow.state.kept import read_kept
from mcflow.state.mark import Mark, read_mark
from mcflow.state.note import refuse_closed
from mcflow.state.records import FORMAT_VERSION, Intent, Record, State
from mcflow.state.segments import Segment, decode_record, journal_name, read_segment, segment_number
from mcflow.state.snapshot import DamagedError, Snapshot, decode_snapshot, history_entry
from mcflow.state.stores.store import Store

SNAPSHOT = "snapshot.json"
ASIDE = "aside"
REPAIRED = "-repair.torn"
"""How the name of the file aside ends that a repair leaves where something may have been lost."""


@dataclass(slots=True)
class Loaded:
    """The state and where it stands; then what a lease must repair, in the order of the fields.

    ``fresh``: nothing was ever here. ``segment`` (0: none, one must be begun) and ``length`` are where the journal goes on. ``torn``: name
    and bytes to keep aside, cut from the last segment. ``spilled``: payloads to append to the journal; ``strange``: spills that are not
    this state's. ``rewrite``: the snapshot must be written anew, ``remark``: the mark, ``restored``: segments, from their copies.
    ``headless``: segments whose header is damaged, and how many records come before them. ``started``: operations begun in each live
    segment; ``chains``: hash chains by sequence.
    """

    state: State
    sequence: int = 0
    chain: bytes = START
    epoch: int = 0
    snapshot: Snapshot | None = None
    mark: Mark | None = None
    findings: list[Diagnostic] = field(default_factory=list)
    fresh: bool = False
    sweep: bool = False
    segment: int = 0
    length: int = 0
    unended: bool = False
    torn: tuple[str, bytes] | None = None
    spilled: list[bytes] = field(default_factory=list)
    spill_seen: bool = False
    strange: list[tuple[str, bytes]] = field(default_factory=list)
    rewrite: bool = False
    remark: bool = False
    headless: dict[int, int] = field(default_factory=dict)
    restored: dict[int, bytes] = field(default_factory=dict)
    started: dict[int, set[str]] = field(default_factory=dict)
    chains: dict[int, bytes] = field(default_factory=dict)

    def note(self, code: str, **args: object) -> None:
        self.findings.append(Diagnostic(code, {key: str(value) for key, value in args.items()}))


def load(store: Store, name: str, environment: str, lineage: str, codec: Codec, *, writing: bool = False, closed: bool = False) -> Loaded:
    """Read a state. ``lineage`` is the one a state that was never written gets. Raises Rejected where nothing proves the result.

    While somebody else is ``writing``, a torn end is a write under way, and files read one after another may not fit together: read
    again before believing findings or a rejection.
    """
    if not closed:
        refuse_closed(store)
    with paused():
        try:
            return _load(store, name, environment, lineage, codec, writing, {})
        except Rejected as refused:
            copies = read_copies(store)
            try:
                return _load(store, name, environment, lineage, codec, writing, copies)
            except Rejected:
                # What is wrong with the state itself is what there is to tell.
                raise refused from None


def _load(store: Store, name: str, environment: str, lineage: str, codec: Codec, writing: bool, copies: dict[int, bytes]) -> Loaded:
    codec.attach(store)
    data = store.read_mark()
    mark = read_mark(data) if data is not None else None
    segments, audits = _segments(store)
    segments, restored = mended(segments, audits, copies, mark.lineage if mark else "")
    snapshot_data = store.read(SNAPSHOT)
    history = store.names("history")
    empty = State(name=name, environment=environment, lineage=lineage)
    if not segments and not audits and not history and snapshot_data is None:
        return _nothing_there(store, codec, mark, data, empty)
    loaded = Loaded(empty, mark=mark, epoch=mark.epoch if mark else 0)
    loaded.findings += codec.findings
    if mark is None:
        loaded.remark = loaded.sweep = True
        loaded.note("MC0713", place=store.place)
    elif not mark.established:
        loaded.remark = True
    for segment in segments:
        if segment.number in restored:
            loaded.restored[segment.number] = segment.data
            loaded.note("MC0711", place=f"{store.place}/{journal_name(segment.number)}", problem="is damaged", source="its copy")
    _foundation(store, codec, loaded, snapshot_data, history, segments)
    _replay(store, codec, loaded, segments)
    if writing and loaded.torn is not None:
        loaded.torn, loaded.sweep = None, mark is None
        loaded.findings = [finding for finding in loaded.findings if finding.code != "MC0712"]
    _check_mark(store, codec, loaded)
    _merge_spill(store, codec, loaded)
    _note_aside(store, loaded)
    codec.born(loaded.state.lineage)
    if codec.encrypt and not codec.strict and not codec.seen:
        loaded.note("MC0767", place=store.place)
    return loaded


def _segments(store: Store) -> tuple[list[Segment], set[int]]:
    segments, audits = [], set()
    for name in store.names("journal"):
        found = segment_number(name)
        if found is None:
            continue
        number, kind = found
        if kind == "audit":
            audits.add(number)
        else:
            segments.append(read_segment(number, store.read(name) or b""))
    return sorted(segments, key=lambda segment: segment.number), audits


def _nothing_there(store: Store, codec: Codec, mark: Mark | None, data: bytes | None, empty: State) -> Loaded:
    if data is not None and (mark is None or mark.established):
        raise Rejected([Diagnostic("MC0710", {"place": store.place, "serial": str(mark.serial) if mark else "an unknown serial"})])
    if mark is not None:
        # The first lease was interrupted while making the state; its lineage may already be in somebody's plan.
        empty.lineage = mark.lineage
    codec.born(empty.lineage)
    if store.spilled():
        raise Rejected([Diagnostic("MC0710", {"place": store.place, "serial": "what was spilled"})])
    return Loaded(empty, fresh=True, epoch=mark.epoch if mark else 0, mark=mark)


def _foundation(store: Store, codec: Codec, loaded: Loaded, data: bytes | None, history: list[str], segments: list[Segment]) -> None:
    """Find the snapshot to start from: the snapshot itself, else the newest of the history from which the journal goes on."""
    main, problem = _main(codec, data)
    if main is not None and loaded.mark is not None and main.state.lineage != loaded.mark.lineage and history:
        main, problem = None, "is another state's"
    live = {segment.number for segment in segments}
    if main is not None and main.segment in live:
        _start(loaded, main)
        return
    for name in sorted(history, key=_sequence_of, reverse=True):
        if main is not None and _sequence_of(name) <= main.sequence:
            break
        kept = _kept(store, codec, name)
        if kept is not None and (kept.segment in live or (loaded.mark is not None and kept.sequence == loaded.mark.sequence)):
            _start(loaded, kept)
            loaded.rewrite = True
            loaded.note("MC0711", place=f"{store.place}/{SNAPSHOT}", problem=problem, source=name)
            return
    if main is not None:
        _start(loaded, main)
    elif segments and segments[0].header is not None and segments[0].header.after == 0:
        loaded.state.lineage = segments[0].header.lineage
        loaded.rewrite = True
        if loaded.mark is None or loaded.mark.established:
            loaded.note("MC0711", place=f"{store.place}/{SNAPSHOT}", problem=problem, source="the whole journal")
    else:
        raise _lost(store, f"{SNAPSHOT} {problem}", _newest(store, codec))


def _main(codec: Codec, data: bytes | None) -> tuple[Snapshot | None, str]:
    if not data:
        return None, "is missing" if data is None else "is empty"
    try:
        return decode_snapshot(codec.open_document(SNAPSHOT, data), SNAPSHOT), "is an old copy"
    except DamagedError:
        return None, "is damaged"


def _start(loaded: Loaded, snapshot: Snapshot) -> None:
    loaded.snapshot = snapshot
    loaded.state = snapshot.state
    loaded.sequence, loaded.chain = snapshot.sequence, bytes.fromhex(snapshot.chain)
    loaded.chains[loaded.sequence] = loaded.chain
    loaded.epoch = max(loaded.epoch, snapshot.epoch)
    loaded.rewrite = loaded.rewrite or snapshot.format_version != FORMAT_VERSION


def _sequence_of(name: str) -> int:
    entry = history_entry(name)
    return entry.sequence if entry else -1


def _kept(store: Store, codec: Codec, name: str) -> Snapshot | None:
    data = store.read(name)
    try:
        return read_kept(codec, name, data) if data and history_entry(name) else None
    except DamagedError:
        return None


def _replay(store: Store, codec: Codec, loaded: Loaded, segments: list[Segment]) -> None:
    for index, segment in enumerate(segments):
        _replay_segment(store, codec, loaded, segment, last=index == len(segments) - 1)
    snapshot = loaded.snapshot
    if snapshot is not None and (not segments or segments[-1].number < snapshot.segment):
        if loaded.mark is None or loaded.mark.sequence != snapshot.sequence:
            raise _lost(store, f"{journal_name(snapshot.segment)} is missing", _newest(store, codec))
        # Nothing acknowledged is lost, as the mark proves; the sweep covers what a crash may have left beyond the mark.
        loaded.sweep = True
        loaded.segment = 0
        loaded.note("MC0711", place=f"{store.place}/{journal_name(snapshot.segment)}", problem="is missing", source=SNAPSHOT)


def _replay_segment(store: Store, codec: Codec, loaded: Loaded, segment: Segment, *, last: bool) -> None:
    name = journal_name(segment.number)
    header = segment.header
    if loaded.snapshot is not None and segment.number < loaded.snapshot.segment:
        _remember(store, codec, loaded, segment, name)
        return
    after, chain = (header.after, bytes.fromhex(header.previous)) if header else (loaded.sequence, loaded.chain)
    if header is not None and header.lineage != loaded.state.lineage:
        raise _lost(store, f"{name} belongs to another state", _newest(store, codec))
    if after != loaded.sequence:
        raise _lost(store, f"the records before {name} are missing", _newest(store, codec))
    if chain != loaded.chain:
        raise _lost(store, f"{name} does not go on from what is before it", _newest(store, codec))
    started = loaded.started.setdefault(segment.number, set())
    version = header.format_version if header else FORMAT_VERSION
    # What is written from now on must not stand in a segment of another version.
    loaded.rewrite = loaded.rewrite or version != FORMAT_VERSION
    for found in segment.frames:
        before = loaded.chain
        if not _chained(loaded, found):
            raise _lost(store, f"{name} was changed at byte {found.start} (record {loaded.sequence + 1})", _newest(store, codec))
        _take(store, codec, loaded, found, before, name, started, version)
    loaded.segment, loaded.length = segment.number, segment.length
    loaded.unended = segment.unended
    _judge(store, codec, loaded, segment, last=last)


def _chained(loaded: Loaded, found: Frame) -> bool:
    """Go on in the hash chain; False, and nothing is changed, if the frame is not the next of it."""
    chain = link(loaded.chain, found.payload)
    if not chain.hex().startswith(found.link):
        return False
    loaded.chain, loaded.sequence = chain, loaded.sequence + 1
    loaded.chains[loaded.sequence] = chain
    return True


def _remember(store: Store, codec: Codec, loaded: Loaded, segment: Segment, name: str) -> None:
    """A segment the snapshot already holds, kept because operations begun in it are open: only its chain and its operations matter."""
    started = loaded.started.setdefault(segment.number, set())
    intact = segment.header is not None and segment.broken is None
    if segment.header is not None:
        chain, sequence = bytes.fromhex(segment.header.previous), segment.header.after
        for found in segment.frames:
            before, chain, sequence = chain, link(chain, found.payload), sequence + 1
            intact = intact and chain.hex().startswith(found.link)
            loaded.chains.setdefault(sequence, chain)
            clear = _opened(codec, loaded, found, sequence - 1, before, f"{store.place}/{name}")
            if clear is None:
                intact = False
                continue
            record = _decode(store, clear, name, segment.header.format_version)
            if isinstance(record, Intent):
                started.add(record.op)
    if not intact:
        loaded.note("MC0711", place=f"{store.place}/{name}", problem="is damaged", source=SNAPSHOT)


def _take(
    store: Store, codec: Codec, loaded: Loaded, found: Frame, before: bytes, place: str, started: set[str], version: int
) -> None:
    """Fold a frame that was just taken into the hash chain, which was ``before`` without it."""
    clear = codec.open_record(found.payload, loaded.state.lineage, loaded.sequence - 1, before, f"{store.place}/{place}")
    record = _decode(store, clear, place, version)
    if isinstance(record, Intent):
        started.add(record.op)
    fold(loaded.state, record)
    loaded.epoch = max(loaded.epoch, loaded.state.epoch)


def _decode(store: Store, clear: bytes, place: str, version: int) -> Record:
    try:
        return decode_record(clear, version, place)
    except msgspec.MsgspecError as fault:
        raise Rejected([Diagnostic("MC0722", {"place": f"{store.place}/{place}", "problem": str(fault)})]) from fault


def _judge(store: Store, codec: Codec, loaded: Loaded, segment: Segment, *, last: bool) -> None:
    """Damage in a segment that is needed: torn by a crash, healed, or fatal."""
    name = journal_name(segment.number)
    broken = segment.broken
    proven = loaded.mark is not None and loaded.mark.sequence == loaded.sequence
    if segment.header is None:
        if not last or not (segment.frames or proven):
            raise _lost(store, f"{name} is empty or lost its beginning", _newest(store, codec))
        loaded.headless[segment.number] = loaded.sequence - len(segment.frames)
        loaded.sweep = True
        loaded.note("MC0711", place=f"{store.place}/{name}", problem="has a damaged beginning", source=SNAPSHOT)
    if broken is None:
        if segment.unended and segment.header is not None:
            loaded.note("MC0711", place=f"{store.place}/{name}", problem="lost its last line end", source="its checksum")
        return
    acknowledged = loaded.mark is not None and loaded.sequence < loaded.mark.sequence
    if not last or not broken.torn or acknowledged:
        raise _lost(store, f"{name} is damaged at byte {broken.offset} (after record {loaded.sequence})", _newest(store, codec))
    loaded.torn = (f"{ASIDE}/{segment.number:06d}-{broken.offset}.torn", segment.data[broken.offset:])
    loaded.sweep = True
    loaded.note("MC0712", place=f"{store.place}/{name}", offset=broken.offset, bytes=len(segment.data) - broken.offset)


def _check_mark(store: Store, codec: Codec, loaded: Loaded) -> None:
    mark = loaded.mark
    if mark is None:
        return
    if mark.lineage != loaded.state.lineage:
        raise _lost(store, "it is another state than the one that was here", _newest(store, codec), "MC0715")
    if mark.sequence > loaded.sequence:
        problem = f"{mark.sequence} records had been written, {loaded.sequence} are there"
        raise _lost(store, problem, _newest(store, codec), "MC0715")
    chain = loaded.chains.get(mark.sequence) or (START if mark.sequence == 0 else None) or audit_chain(store, mark.sequence, codec)
    if chain is not None and chain.hex() != mark.chain:
        raise _lost(store, f"its first {mark.sequence} records are not those that were written", _newest(store, codec), "MC0715")


def _merge_spill(store: Store, codec: Codec, loaded: Loaded) -> None:
    """Records that a failing disk forced out of the journal come back into it, if they are this state's and go on from it."""
    for place, data in store.spilled():
        loaded.spill_seen = True
        before = len(loaded.spilled)
        spill = read_segment(0, data)
        whole = _spill_fits(loaded, spill) and _take_spill(store, codec, loaded, spill, place)
        if whole or len(loaded.spilled) > before:
            loaded.note("MC0716", place=place, count=len(loaded.spilled) - before)
        else:
            loaded.note("MC0717", place=place)
        if not whole:
            loaded.sweep = True
            loaded.strange.append((place, data))


def _spill_fits(loaded: Loaded, spill: Segment) -> bool:
    header = spill.header
    if header is None or header.lineage != loaded.state.lineage or header.after > loaded.sequence:
        return False
    return header.previous == (START if header.after == 0 else loaded.chains.get(header.after, START)).hex()


def _take_spill(store: Store, codec: Codec, loaded: Loaded, spill: Segment, place: str) -> bool:
    """Fold what the journal does not have yet. False if the spill is damaged, or says otherwise than the journal."""
    assert spill.header is not None
    chain, sequence = bytes.fromhex(spill.header.previous), spill.header.after
    started = loaded.started.setdefault(loaded.segment, set())
    for found in spill.frames:
        chain, sequence = link(chain, found.payload), sequence + 1
        if sequence <= loaded.sequence:
            if loaded.chains.get(sequence) != chain:
                return False
            continue
        before = loaded.chain
        genuine = _opened(codec, loaded, found, loaded.sequence, before, place)
        if genuine is None or not _chained(loaded, found):
            return False
        _take(store, codec, loaded, found, before, place, started, spill.header.format_version)
        loaded.spilled.append(found.payload)
    return spill.broken is None


def _opened(codec: Codec, loaded: Loaded, found: Frame, sequence: int, before: bytes, place: str) -> bytes | None:
    """A record's JSON; None if the key's owner did not write it there. For records that can be done without."""
    try:
        return codec.open_record(found.payload, loaded.state.lineage, sequence, before, place)
    except Rejected as refused:
        if refused.diagnostics[0].code != "MC0766":
            raise
        return None


def _note_aside(store: Store, loaded: Loaded) -> None:
    for name in store.names(ASIDE):
        if name.endswith(".torn"):
            loaded.sweep = True
            loaded.note("MC0784" if name.endswith(REPAIRED) else "MC0714", place=f"{store.place}/{name}")


def _newest(store: Store, codec: Codec) -> str:
    """The newest intact snapshot of the history, for the message that says what there is to go back to."""
    names = sorted(store.names("history"), key=_sequence_of, reverse=True)
    return next((name for name in names if _is_whole(store, codec, name)), "")


def _is_whole(store: Store, codec: Codec, name: str) -> bool:
    try:
        return _kept(store, codec, name) is not None
    except Rejected:
        # Its key is missing, or its format is another: no reason to hide what is being reported.
        return False


def _lost(store: Store, problem: str, backup: str, code: str = "MC0718") -> Rejected:
    shown = f"{store.place}/{backup}" if backup else "none"
    return Rejected([Diagnostic(code, {"place": store.place, "problem": problem, "backup": shown})])
