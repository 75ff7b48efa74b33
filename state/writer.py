"""The writer: the live state under a lease. Everything appended is folded at once and durable with the next commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from msgspec.structs import replace

from mcflow.model.diagnostic import Diagnostic, reject
from mcflow.state.audit import audit_segment
from mcflow.state.codec import Codec
from mcflow.state.collector import paused
from mcflow.state.encrypting import confirm, prepare, read_aside, rewrite_documents
from mcflow.state.fold import fold
from mcflow.state.journal import Journal, JournalFailed, encode_record
from mcflow.state.kept import write_kept
from mcflow.state.loading import ASIDE, SNAPSHOT, Loaded
from mcflow.state.mark import Mark, mark_file, mark_slot
from mcflow.state.records import Done, Failed, Identified, Intent, Record, Run, State
from mcflow.state.segments import audit_name, read_segment, segment_number
from mcflow.state.settling import keep, settle
from mcflow.state.snapshot import KEPT, Snapshot, encode_snapshot, history_entry, history_name
from mcflow.state.stores.store import Hold, Store


class Writer:
    """A leased state. A context manager: leaving it commits what was appended and gives the lease back.

    ``findings`` and ``sweep`` are as in a Reading, from the moment the lease was taken. After a JournalFailed only `spill` and `close`
    work. Methods may be called from any thread.
    """

    def __init__(self, store: Store, hold: Hold, loaded: Loaded, codec: Codec, now: Callable[[], float], run: str, *,
                 kept: int = KEPT) -> None:
        self.store = store
        self.codec = codec
        self.sealer = codec.sealer
        self.state: State = loaded.state
        self.epoch = hold.info.epoch
        self.findings: tuple[Diagnostic, ...] = tuple(loaded.findings)
        self.sweep = loaded.sweep
        self._hold = hold
        self._now = now
        self._kept = kept
        self._run = run
        self._fold_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._started = loaded.started
        self._snapshot_sequence = loaded.snapshot.sequence if loaded.snapshot and not loaded.rewrite else -1
        protected = prepare(store, codec, self.epoch, fresh=loaded.fresh)
        if codec.encrypt and codec.strict and codec.document.sealed != codec.sealer.key_id:
            self.findings += (Diagnostic("MC0772", {"place": store.place, "old": codec.document.sealed}),)
        self._journal: Journal = settle(store, codec, self.epoch, loaded)
        self._mark = loaded.mark
        if loaded.fresh:
            with store.together(fence=self.epoch):
                self._write_mark(established=False)
                self._journal.begin(1)
                self._write_snapshot(keep=False)
                self._write_mark()
        elif loaded.remark or loaded.spill_seen:
            self._write_mark()
        store.reserve(fence=self.epoch)
        if loaded.rewrite:
            self.checkpoint(settled=False)
        if not protected:
            self.rewrite()
            rewrite_documents(store, codec, self.state.lineage, self.epoch)
            confirm(store, codec, self.epoch)

    @property
    def holder(self) -> str:
        """The lease's owner, as its file names it."""
        return self._hold.info.owner

    def append(self, *records: Record) -> None:
        """Fold records and gather them for the next commit. Raises JournalFailed after a failure, ValueError for an operation that is
        not open (or, for an INTENT, already is).
        """
        with self._fold_lock:
            for record in records:
                self._check_operation(record)
                if isinstance(record, Run):
                    record = replace(record, epoch=self.epoch, previous=self._journal.chain.hex())
                self._journal.append(encode_record(record))
                if isinstance(record, Intent):
                    self._started.setdefault(self._journal.segment, set()).add(record.op)
                fold(self.state, record)

    def _check_operation(self, record: Record) -> None:
        if isinstance(record, Intent) and record.op in self.state.open:
            raise ValueError(f"operation {record.op} is open already")
        if isinstance(record, Identified | Done | Failed) and record.op not in self.state.open:
            raise ValueError(f"operation {record.op} is not open")

    def commit(self) -> None:
        """Make everything appended durable; returns when the store has acknowledged it. Raises JournalFailed, LeaseLost."""
        with self._commit_lock:
            self._commit()

    def _commit(self) -> None:
        if self.codec.pending:
            # Before anything is durable that a key sealed which the store does not have yet.
            self._guarded(lambda: self.codec.persist(self.store, self.epoch))
        if self._journal.commit():
            self._guarded(self._write_mark)
            self._guarded(lambda: self._hold.beat(self._now()))

    def _guarded(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as fault:
            self._journal.fail(fault)
            raise JournalFailed(self.store.place, fault) from fault

    def check(self, outlive: float = 0.0) -> None:
        """What a step asks right before it sends a request that takes at most ``outlive`` seconds: is the lease still this writer's, and
        will it be until then? Raises LeaseLost if not, JournalFailed if that cannot be known.
        """
        self._guarded(lambda: self._hold.check(outlive))

    def beat(self) -> None:
        """Show that this writer lives, while nothing is being written. Raises LeaseLost."""
        self._guarded(lambda: self._hold.beat(self._now()))

    def spill(self, *records: Record) -> str:
        """After a JournalFailed: keep what happened to calls in flight where it can still be kept, durably; returns where.

        The next reading merges it. Raises JournalFailed (MC0704) if there is no such place; its ``count`` says how many are lost.
        """
        with self._fold_lock:
            for record in records:
                fold(self.state, record)
            return self._journal.spill([encode_record(record) for record in records])

    def checkpoint(self, *, settled: bool = True) -> None:
        """Commit, write the snapshot and its copy in the history, begin a new segment; segments whose work is done become audit segments.

        ``settled``: the run that reaches this has swept for what a torn journal lost. Raises JournalFailed if the journal cannot be
        written; Rejected (MC0705) if only the snapshot cannot: nothing is lost then.
        """
        with self._commit_lock, self._fold_lock:
            self._commit()
            self._fold_away(settled)

    def rewrite(self) -> None:
        """Write everything that is the state now anew, as the codec writes: no record of an earlier segment stays, not even of open
        operations, which are in the snapshot. Raises JournalFailed, OSError.
        """
        with self._commit_lock, self._fold_lock, paused():
            self._commit()
            with self.store.together(fence=self.epoch):
                self._journal.begin(self._journal.segment + 1)
                self._write_snapshot(keep=True)
                self._write_mark()
                self._retire_segments(everything=True)

    def _fold_away(self, settled: bool) -> None:
        try:
            if settled:
                self._forget_aside()
            if self._journal.sequence != self._snapshot_sequence:
                with paused(), self.store.together(fence=self.epoch):
                    self._journal.begin(self._journal.segment + 1)
                    self._write_snapshot(keep=True)
                    self._write_mark()
                    self._retire_segments()
        except OSError as fault:
            raise reject("MC0705", place=self.store.place, problem=fault.strerror or fault) from fault

    def _write_snapshot(self, *, keep: bool) -> None:
        journal = self._journal
        snapshot = Snapshot(
            sequence=journal.sequence, chain=journal.chain.hex(), segment=journal.segment, epoch=self.epoch, run=self._run, at=self._now(),
            state=self.state)
        document = encode_snapshot(snapshot)
        if keep:
            # The history first: should the snapshot ever be found damaged, its copy is there.
            name = history_name(snapshot)
            self.store.put(name, write_kept(self.codec, name, self.state.lineage, document), fence=self.epoch)
        self.store.put(SNAPSHOT, self.codec.seal_document(SNAPSHOT, self.state.lineage, document), fence=self.epoch)
        self._snapshot_sequence = journal.sequence
        if keep:
            self._trim_history(history_name(snapshot))

    def _trim_history(self, newest: str) -> None:
        """Keep the last ones, and of those with one serial (runs that changed nothing) only the newest."""
        entries = [entry for name in self.store.names("history") if (entry := history_entry(name)) is not None]
        entries.sort(key=lambda entry: (entry.sequence, entry.at), reverse=True)
        seen: set[int] = set()
        for entry in entries:
            if entry.name != newest and (entry.serial in seen or len(seen) >= self._kept):
                self.store.remove(entry.name, fence=self.epoch)
            seen.add(entry.serial)

    def _retire_segments(self, *, everything: bool = False) -> None:
        for name in self.store.names("journal"):
            number, kind = segment_number(name) or (0, "")
            if kind != "journal" or number >= self._journal.segment:
                continue
            if not everything and self._started.get(number, set()) & self.state.open.keys():
                continue
            segment = read_segment(number, self.store.read(name) or b"")
            if segment.header is not None and segment.broken is None:
                kept, data = audit_name(number), audit_segment(segment, self.codec)
            elif everything:
                kept, data = f"{ASIDE}/{number:06d}.damaged", segment.data
            else:
                # Damaged after it was needed: it stays as it is, for a person to look at.
                continue
            keep(self.store, self.codec, kept, self.state.lineage, data, self.epoch)
            self.store.remove(name, fence=self.epoch)
            self._started.pop(number, None)

    def _forget_aside(self) -> None:
        for name in self.store.names(ASIDE):
            if name.endswith(".torn"):
                data = read_aside(self.store, self.codec, name)
                keep(self.store, self.codec, f"{name}.settled", self.state.lineage, data, self.epoch)
                self.store.remove(name, fence=self.epoch)

    def _write_mark(self, *, established: bool = True) -> None:
        journal = self._journal
        mark = Mark(
            lineage=self.state.lineage, established=established, sequence=journal.durable, serial=self.state.serial,
            chain=journal.durable_chain.hex(), segment=journal.segment, length=journal.length, epoch=self.epoch,
            count=self._mark.count + 1 if self._mark else 0,
        )
        offset, slot = mark_slot(mark)
        whole = self._mark is None or not self._mark.established
        self._mark = mark
        if not whole:
            try:
                self.store.write_mark(slot, at=offset, fence=self.epoch)
            except FileNotFoundError:
                whole = True
        if whole:
            self.store.write_mark(mark_file(mark), at=None, fence=self.epoch)

    def close(self) -> None:
        """Commit what was appended and give the lease back. Raises JournalFailed if the commit fails; the lease is given back even so."""
        try:
            if self._journal.failed is None:
                self.commit()
        finally:
            self._hold.release(self._now())

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
