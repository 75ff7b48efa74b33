"""Writing to the journal during a run: one durable commit per tick, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Callable

from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.journal import JournalFailed
from mcflow.state.lease import LeaseLost
from mcflow.state.records import Record, Recorded
from mcflow.state.writer import Writer


class Ledger:
    """Gathers records and what shall happen once they are durable. After a failure nothing new may start; results are spilled."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.failure: Diagnostic | None = None
        self._pending = False
        self._then: list[Callable[[], None]] = []
        self._spill: list[Record] = []

    @property
    def sound(self) -> bool:
        """True while the journal takes records: only then may a mutation start."""
        return self.failure is None

    def append(self, record: Record, then: Callable[[], None] | None = None) -> None:
        """Add a record; ``then`` runs when it is durable, and never if it cannot be made so."""
        if self.failure is not None:
            self._spill.append(record)
            return
        try:
            self.writer.append(record)
        except JournalFailed as failed:
            self._fail("MC0828", failed)
            self._spill.append(record)
            return
        self._pending = True
        if then is not None:
            self._then.append(then)

    def after(self, then: Callable[[], None]) -> None:
        """Run something when all that was appended so far is durable."""
        self._then.append(then)

    def flush(self) -> None:
        """One commit for all that was appended, then what waits for it."""
        if self._pending and self.failure is None:
            try:
                self.writer.commit()
            except LeaseLost as lost:
                self._fail("MC0829", lost)
            except JournalFailed as failed:
                self._fail("MC0828", failed)
            self._pending = False
        then, self._then = self._then, []
        if self.failure is None:
            for action in then:
                action()

    def beat(self) -> None:
        """Show that the run lives while nothing is written."""
        self._held(self.writer.beat)

    def outlives(self, seconds: float) -> bool:
        """True if the lease is ours and lasts at least as long as a request that is sent now and takes that long."""
        self._held(lambda: self.writer.check(seconds))
        return self.failure is None

    def _held(self, ask: Callable[[], None]) -> None:
        if self.failure is None:
            try:
                ask()
            except LeaseLost as lost:
                self._fail("MC0829", lost)
            except JournalFailed as failed:
                self._fail("MC0828", failed)

    def settle(self) -> list[Diagnostic]:
        """After a failure: keep what happened to the calls that were in flight wherever it can still be kept. Returns what to tell."""
        if self.failure is None:
            return []
        found = [self.failure]
        if self.failure.code == "MC0828":
            try:
                self.writer.spill(*[record for record in self._spill if not isinstance(record, Recorded) or record.natives])
            except Rejected as lost:
                found.extend(lost.diagnostics)
        self._spill = []
        return found

    def _fail(self, code: str, rejected: Rejected) -> None:
        reason = rejected.diagnostics[0].message if rejected.diagnostics else str(rejected)
        self.failure = Diagnostic(code, {"reason": reason})
