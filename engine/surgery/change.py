"""A change of the state by hand: proposed under the lease, approved, then written as one run of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mcflow.engine.apply.run import audit_record
from mcflow.engine.leasing import new_run_id, take_lease
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.records import Ended, Failed, Record, Recorded, State
from mcflow.state.writer import Writer


@dataclass(frozen=True)
class Proposal:
    """What a change would do: ``record`` for the journal, ``rows`` for people and programs, ``findings`` to tell with it."""

    record: Recorded
    rows: tuple[dict[str, Any], ...]
    findings: tuple[Diagnostic, ...] = ()
    ends: tuple[Failed, ...] = ()
    """Operations left open that a person ends with it."""

    @property
    def empty(self) -> bool:
        """True if it changes nothing."""
        record = self.record
        return not (self.ends or record.natives or record.resources or record.outputs or record.connections)


@dataclass(frozen=True)
class Changed:
    """How a change ended: ``done`` is False where nobody approved, or there was nothing to do. ``serial`` is the state's."""

    proposal: Proposal
    done: bool
    serial: int
    run: str = ""
    findings: tuple[Diagnostic, ...] = ()


Approve = Callable[[Proposal], bool]


def change(project: Project, options: ApplyOptions, mode: str, propose: Callable[[State], Proposal], approve: Approve,
           lineage: str = "") -> Changed:
    """Take the lease, propose from the state as it is then, ask, write. Nothing is written for an empty or declined proposal.

    ``mode`` is what the audit log calls the run. Raises Rejected: what ``propose`` refuses, LeaseHeld, JournalFailed.
    """
    run = new_run_id()
    with take_lease(project, options, run, lineage) as writer:
        proposal = propose(writer.state)
        if proposal.empty or not approve(proposal):
            return Changed(proposal, False, writer.state.serial, findings=writer.findings)
        late = write(writer, project, run, mode, options.reason, [*proposal.ends, proposal.record])
        return Changed(proposal, True, writer.state.serial, run, (*writer.findings, *late))


def write(writer: Writer, project: Project, run: str, mode: str, reason: str, records: Iterable[Record]) -> tuple[Diagnostic, ...]:
    """A whole run in one commit, and a snapshot. Returns what went wrong after nothing could be lost any more."""
    now = project.ports.clock.now()
    writer.append(audit_record(mode, run, writer, project.ports, reason), *records, Ended(run=run, at=now))
    writer.commit()
    try:
        # Not settled: what a torn journal lost is looked for by the next apply, not by this.
        writer.checkpoint(settled=False)
    except Rejected as failed:
        return failed.diagnostics
    return ()
