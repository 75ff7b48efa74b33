"""The journal being written: records become durable a commit at a time, one write and one sync however many there are."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.codec import Codec
from mcflow.state.frames import frame, link
from mcflow.state.lease import LeaseLost
from mcflow.state.records import Record
from mcflow.state.segments import ENCODER, Header, begin_segment, journal_name
from mcflow.state.stores.store import Store


class JournalFailed(Rejected):
    """The journal could not be written: no new mutation may start. ``spill`` what is in flight; ``cause`` is the system's error."""

    def __init__(self, place: str, cause: OSError | None, *, code: str = "MC0703", **args: str) -> None:
        problem = (cause.strerror or str(cause)) if cause is not None else "an earlier write failed"
        super().__init__([Diagnostic(code, {"place": place, "problem": problem, **args})])
        self.cause = cause


@dataclass(slots=True)
class Journal:
    """Where the journal stands. ``sequence`` and ``chain`` count records appended, ``durable`` and ``durable_chain`` those committed;
    ``length`` is the bytes committed in ``segment``.
    """

    store: Store
    codec: Codec
    fence: int
    lineage: str
    segment: int
    length: int
    sequence: int
    chain: bytes
    failed: OSError | None = None
    durable: int = 0
    durable_chain: bytes = b""
    _waiting: list[bytes] = field(default_factory=list)
    _payloads: list[bytes] = field(default_factory=list)
    _spilling: bool = False
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _disk: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.durable, self.durable_chain = self.sequence, self.chain

    def append(self, payload: bytes) -> None:
        """Add a record to the commit being gathered. The caller keeps the order. Raises JournalFailed after a failure."""
        if self.failed is not None:
            raise JournalFailed(self.store.place, self.failed)
        self._add(payload)

    def restore(self, payload: bytes) -> None:
        """Add a record as it once was in a file, encrypted or not."""
        self._add(payload, as_is=True)

    def _add(self, payload: bytes, *, as_is: bool = False) -> None:
        with self._mutex:
            if not as_is:
                payload = self.codec.seal_record(payload, self.lineage, self.sequence, self.chain)
            self.chain = link(self.chain, payload)
            self.sequence += 1
            self._waiting.append(frame(payload, self.chain, begins=not self._waiting))
            self._payloads.append(payload)

    def commit(self) -> bool:
        """Make everything appended durable; False if there was nothing to do. Threads share commits. Raises JournalFailed, LeaseLost."""
        with self._disk:
            if self.failed is not None:
                raise JournalFailed(self.store.place, self.failed)
            with self._mutex:
                lines, self._waiting = self._waiting, []
                payloads, self._payloads = self._payloads, []
                sequence, chain = self.sequence, self.chain
            if not lines:
                return False
            data = b"".join(lines)
            try:
                self.store.append(journal_name(self.segment), data, at=self.length, fence=self.fence)
            except (OSError, LeaseLost) as fault:
                self.fail(fault if isinstance(fault, OSError) else OSError("the lease is lost"))
                with self._mutex:
                    self._payloads = payloads + self._payloads
                if isinstance(fault, LeaseLost):
                    raise
                raise JournalFailed(self.store.place, fault) from fault
            self.length += len(data)
            self.durable, self.durable_chain = sequence, chain
            return True

    def fail(self, fault: OSError) -> None:
        """From now on nothing is accepted but `spill`."""
        self.failed = self.failed or fault

    def spill(self, payloads: Sequence[bytes]) -> str:
        """Keep what did not get into the journal, and these records, in the emergency place; returns where.

        Raises JournalFailed (MC0704) if there is no place either.
        """
        if self.failed is None:
            raise RuntimeError("only a journal that failed is spilled")
        with self._disk:
            for payload in payloads:
                self._add(payload)
            with self._mutex:
                waiting, self._payloads, self._waiting = self._payloads, [], []
            chain = self.durable_chain
            data = b"" if self._spilling else begin_segment(
                Header(number=0, lineage=self.lineage, after=self.durable, previous=chain.hex()))
            for index, payload in enumerate(waiting):
                chain = link(chain, payload)
                data += frame(payload, chain, begins=index == 0)
            try:
                place = self.store.spill(data)
            except OSError as fault:
                raise JournalFailed(self.store.place, fault, code="MC0704", count=str(len(waiting))) from fault
            self._spilling = True
            self.durable, self.durable_chain = self.durable + len(waiting), chain
            return place

    def begin(self, number: int) -> None:
        """Go on in a new segment; everything must be committed. Raises OSError."""
        with self._disk:
            data = begin_segment(Header(number=number, lineage=self.lineage, after=self.sequence, previous=self.chain.hex()))
            self.store.put(journal_name(number), data, fence=self.fence)
            self.segment, self.length = number, len(data)


def encode_record(record: Record) -> bytes:
    """A record's JSON, the bytes that are hashed."""
    return ENCODER.encode(record)
