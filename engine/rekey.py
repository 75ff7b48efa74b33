"""Another key for the state, and no encryption any more: each a run of its own under the lease."""

from __future__ import annotations

from dataclasses import dataclass

from mcflow.engine.apply.run import audit_record
from mcflow.engine.leasing import new_run_id, take_lease
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.model.diagnostic import Diagnostic
from mcflow.state import rekey as rekeying
from mcflow.state.records import Ended
from mcflow.state.stores.faults import unusable


@dataclass(frozen=True)
class Rekeyed:
    """What was done. ``key`` names the key in use by eight hex digits, ``encrypted`` says whether all of the state is; ``secrets`` and
    ``fingerprints`` were made anew, ``dropped`` fingerprints could not be (their attributes are sent once more by the next apply),
    ``left`` are documents that stay as they were because they are damaged.
    """

    key: str
    encrypted: bool
    secrets: int = 0
    fingerprints: int = 0
    dropped: int = 0
    left: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def rekey(project: Project, options: ApplyOptions) -> Rekeyed:
    """Put the whole state under the configured key. Raises Rejected: LeaseHeld, SealError, JournalFailed, a key that cannot be had."""
    run, now = new_run_id(), project.ports.clock.now()
    with take_lease(project, options, run) as writer:
        begin = audit_record("rekey", run, writer, project.ports, options.reason)
        try:
            done = rekeying.rekey(writer, [begin], [Ended(run=run, at=now)])
        except OSError as fault:
            raise unusable(fault, project.workspace.store.place) from fault
        return Rekeyed(done.key, writer.codec.encrypt, done.secrets, done.fingerprints, done.dropped, done.left, _still(writer.findings))


def decrypt(project: Project, options: ApplyOptions) -> Rekeyed:
    """Write the whole state in clear; secrets stay sealed. Raises Rejected as `rekey`."""
    codec = project.workspace.codec
    codec.encrypt, codec.leaving = False, True
    run, now = new_run_id(), project.ports.clock.now()
    with take_lease(project, options, run) as writer:
        begin = audit_record("decrypt", run, writer, project.ports, options.reason)
        try:
            left = rekeying.decrypt(writer, [begin, Ended(run=run, at=now)])
        except OSError as fault:
            raise unusable(fault, project.workspace.store.place) from fault
        return Rekeyed("", False, left=left, findings=writer.findings)


def _still(findings: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Without those that ask for what has just been done."""
    return tuple(finding for finding in findings if finding.code not in ("MC0767", "MC0772"))
