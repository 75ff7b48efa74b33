"""Moving a whole state to another store, name or environment: copied, read back, then the old place is closed and the new one opened.

The head mark is the switch of either place: ``filling`` until the copy is whole, ``moved`` from the moment the old one is given up.
Killed at any point, at most one of both can be written, nothing is lost, and the same again goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from mcflow.model.diagnostic import Rejected, reject
from mcflow.state.audit import audit_log, audit_segment, read_audit
from mcflow.state.encrypting import ASIDE, prepare, read_aside
from mcflow.state.frames import START
from mcflow.state.kept import read_kept, write_kept
from mcflow.state.lease import Owner
from mcflow.state.loading import SNAPSHOT, load
from mcflow.state.mark import Mark, mark_file, read_mark
from mcflow.state.note import NAME, Note, closed_error, read_note, write_note
from mcflow.state.records import Record, State
from mcflow.state.segments import Header, audit_name, begin_segment, journal_name, read_segment, segment_number
from mcflow.state.snapshot import DamagedError, Snapshot, decode_snapshot, encode_snapshot, history_name
from mcflow.state.stores.store import Hold, Store
from mcflow.state.translate import translate
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer

FOLDERS = ("history", "journal", ASIDE)


@dataclass(frozen=True)
class Transferred:
    """What was moved: documents and bytes written, the state's serial and lineage; ``left``: documents that are damaged and stay where they
    were. ``resumed``: an earlier attempt had come so far that only the new place was to be opened."""

    documents: int
    bytes: int
    serial: int
    lineage: str
    left: tuple[str, ...] = ()
    resumed: bool = False


@dataclass
class _Copy:
    """Documents on their way: names and bytes as the new place holds them."""

    documents: dict[str, bytes]
    mark: Mark
    state: State
    left: tuple[str, ...]


def check_target(source: Workspace, target: Workspace) -> str:
    """What is to be done: ``copy`` or ``open`` (all but the last step was done before), ``done``. Takes no lease.

    Raises Rejected: nothing to move (MC0787), the new place has another state (MC0782), the old one is elsewhere by now (MC0780, MC0781).
    """
    source.store.look()
    target.store.look()
    old, new = _mark(source.store), _mark(target.store)
    if old is None and not source.store.names("journal"):
        raise reject("MC0787", place=source.store.place)
    if old is not None and old.closed:
        note = read_note(source.store)
        ours = note is not None and note.target == target.store.place and new is not None and new.lineage == old.lineage
        if old.closed != "moved" or not ours or new is None:
            raise closed_error(source.store, old)
        return "open" if new.closed else "done"
    if new is not None and new.closed and (old is None or new.lineage == old.lineage):
        # Half filled, or given up when the same state was moved away from there: it comes back.
        return "copy"
    if (new is not None or target.store.names("journal") or target.store.read(SNAPSHOT) is not None) and not _unused(target):
        raise reject("MC0782", place=target.store.place)
    return "copy"


def _unused(target: Workspace) -> bool:
    """True if the state there never had anything in it: a first lease made it, and that was all."""
    try:
        state = target.read().state
    except Rejected:
        return False
    return state.serial == 0 and not state.natives and not state.open


def transfer(source: Workspace, target: Workspace, owner: Owner, records: Callable[[Writer], list[Record]], now: Callable[[], float],
             wait: float = 0) -> Transferred:
    """Move the state; ``records`` are those of the run that does it. Raises Rejected as `check_target`, LeaseHeld, OSError."""
    todo = check_target(source, target)
    if todo == "copy":
        with source.lease(owner, wait) as writer:
            hold = target.store.acquire(owner, writer.epoch, now())
            try:
                return _move(source, target, writer, hold, records, now)
            finally:
                hold.release(now())
    hold = target.store.acquire(owner, 0, now())
    try:
        loaded = load(target.store, target.name, target.environment, "", target.codec, closed=True)
        if todo == "open":
            mark = Mark(
                lineage=loaded.state.lineage, sequence=loaded.sequence, serial=loaded.state.serial, chain=loaded.chain.hex(),
                segment=loaded.segment, length=loaded.length, epoch=hold.info.epoch)
            _open(target.store, hold, mark)
        return Transferred(0, 0, loaded.state.serial, loaded.state.lineage, resumed=True)
    finally:
        hold.release(now())


def _move(source: Workspace, target: Workspace, writer: Writer, hold: Hold, records: Callable[[Writer], list[Record]],
          now: Callable[[], float]) -> Transferred:
    store, fence = target.store, hold.info.epoch
    writer.append(*records(writer))
    writer.checkpoint(settled=False)
    lineage = writer.state.lineage
    note = Note(source=source.store.place, target=store.place, lineage=lineage, at=now())
    _close(store, Mark(lineage=lineage, chain=START.hex(), epoch=fence, closed="filling"), note, fence)
    target.codec.attach(store)
    target.codec.born(lineage)
    prepare(store, target.codec, fence, fresh=True)
    copy = _gather(source, target, fence)
    target.codec.persist(store, fence)
    for name in (name for folder in FOLDERS for name in store.names(folder)):
        if name not in copy.documents:
            store.remove(name, fence=fence)
    for name, data in copy.documents.items():
        store.put(name, data, fence=fence)
        hold.beat(now())
        writer.beat()
    _prove(target, copy)
    # Given up before the other is opened: at no moment can both be written.
    old = _mark(source.store)
    assert old is not None
    writer.check()
    _close(source.store, replace(old, closed="moved", count=old.count + 1), note, writer.epoch)
    _open(store, hold, copy.mark)
    return Transferred(len(copy.documents), sum(map(len, copy.documents.values())), copy.state.serial, lineage, copy.left)


def _gather(source: Workspace, target: Workspace, fence: int) -> _Copy:
    """Every document of the old place as the new one shall hold it."""
    snapshot = decode_snapshot(source.codec.open_document(SNAPSHOT, source.store.read(SNAPSHOT) or b""), SNAPSHOT)
    fitted = replace(snapshot, epoch=fence, state=_fitted(snapshot.state, source, target))
    lineage = fitted.state.lineage
    documents: dict[str, bytes] = {}
    left: list[str] = []
    for name in (name for folder in FOLDERS for name in source.store.names(folder)):
        try:
            made = _carried(name, snapshot, source, target)
        except (DamagedError, Rejected, ValueError):
            left.append(name)
            continue
        if made is not None:
            documents[made[0]] = made[1]
    segment = begin_segment(Header(number=snapshot.segment, lineage=lineage, after=snapshot.sequence, previous=snapshot.chain))
    documents[journal_name(snapshot.segment)] = segment
    documents[SNAPSHOT] = target.codec.seal_document(SNAPSHOT, lineage, encode_snapshot(fitted))
    mark = Mark(lineage=lineage, sequence=snapshot.sequence, serial=fitted.state.serial, chain=snapshot.chain, segment=snapshot.segment,
                length=len(segment), epoch=fence)
    return _Copy(documents, mark, fitted.state, tuple(left))


def _carried(name: str, newest: Snapshot, source: Workspace, target: Workspace) -> tuple[str, bytes] | None:
    """A document's name and bytes in the new place; None for what is made anew there. Raises DamagedError, Rejected."""
    lineage, data = newest.state.lineage, source.store.read(name) or b""
    if name.startswith("history/"):
        kept = read_kept(source.codec, name, data)
        fitted = replace(kept, state=_fitted(kept.state, source, target, lenient=True))
        renamed = history_name(fitted)
        return renamed, write_kept(target.codec, renamed, lineage, encode_snapshot(fitted))
    number, kind = segment_number(name) or (0, "")
    if kind == "audit":
        clear = source.codec.open_document(name, data)
        read_audit(clear, name)
        return name, target.codec.seal_document(name, lineage, clear)
    if kind == "journal":
        segment = read_segment(number, data)
        if number >= newest.segment or segment.header is None:
            return None
        # It was kept for its open operations; the snapshot has all of them.
        renamed = audit_name(number)
        return renamed, target.codec.seal_document(renamed, lineage, audit_segment(segment, source.codec))
    return name, target.codec.seal_document(name, lineage, read_aside(source.store, source.codec, name))


def _fitted(state: State, source: Workspace, target: Workspace, *, lenient: bool = False) -> State:
    moved = replace(state, name=target.name, environment=target.environment)
    return translate(moved, source.sealer, target.sealer, lenient=lenient)


def _prove(target: Workspace, copy: _Copy) -> None:
    """Read back: every byte, the fold, and the chain of the audit log. Raises OSError."""
    store = target.store
    store.look()
    wrong = [name for name, data in copy.documents.items() if store.read(name) != data]
    if wrong:
        raise OSError(f"{store.place}: {wrong[0]} does not read back as it was written")
    loaded = load(store, target.name, target.environment, "", target.codec, closed=True)
    count = sum(entry.records for entry in audit_log(store, target.codec))
    if loaded.state != copy.state or loaded.sequence != copy.mark.sequence or count != copy.mark.sequence:
        raise OSError(f"{store.place}: the copy does not fold to the state that was copied")


def _close(store: Store, mark: Mark, note: Note, fence: int) -> None:
    write_note(store, note, fence)
    store.write_mark(mark_file(mark), at=None, fence=fence)
    # Where the mark goes along with the next write, this is it.
    write_note(store, note, fence)


def _open(store: Store, hold: Hold, mark: Mark) -> None:
    store.write_mark(mark_file(mark), at=None, fence=hold.info.epoch)
    # Where the mark goes along with the next write, this is it.
    store.remove(NAME, fence=hold.info.epoch)


def _mark(store: Store) -> Mark | None:
    data = store.read_mark()
    return None if data is None else read_mark(data)
