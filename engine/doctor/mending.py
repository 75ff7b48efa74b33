"""What the doctor mends by itself: only what is proven to be ours and so. Under the lease, journalled like everything."""

from __future__ import annotations

from collections.abc import Mapping

from mcflow.drivers.sdk import Observed
from mcflow.engine.apply.run import audit_record
from mcflow.engine.apply.trees import observed_wire
from mcflow.engine.leasing import new_run_id, take_lease
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.engine.recover import finish
from mcflow.engine.recover.sweep import Stray, strays
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Rejected
from mcflow.model.record import NativeRecord
from mcflow.state.audit import AuditEntry
from mcflow.state.records import Adopted, Ended, Run
from mcflow.state.writer import Writer


def mend(project: Project, options: ApplyOptions) -> tuple[str, ...]:
    """Settle what is open, as the next apply would, and take back exact orphans. Returns what was done, for people.

    Raises Rejected: somebody else holds the lease, the journal cannot be written.
    """
    run = new_run_id()
    with take_lease(project, options, run, "") as writer:
        sessions = project.sessions(writer.state)
        try:
            settled = finish(writer, sessions, project.ports, options, run)
            done = [f"{each.action} of {each.address}: {each.outcome}" for each in settled.entries if each.op not in writer.state.open]
            if settled.sound and not settled.interrupted:
                done += _take_back(project, writer, sessions, options, run)
            if done:
                writer.checkpoint(settled=False)
        finally:
            sessions.close()
    return tuple(done)


def _take_back(project: Project, writer: Writer, sessions: Sessions, options: ApplyOptions, run: str) -> list[str]:
    """An orphan is exactly ours if the audit log has its operation as a create of this type over this connection, at an address where the
    state has nothing now, and never as made. Whatever else carries our mark may be a copy, or was left on purpose: that is for people, for
    the next apply would destroy what the blueprint has no more."""
    asked = _creates(project)
    found: dict[str, tuple[Stray, AuditEntry]] = {}
    doubtful: set[str] = set()
    for stray in strays(writer.state, sessions, project.ports, parallelism=options.parallelism):
        entry = asked.get(stray.op)
        if entry is None or (entry.type, entry.connection) != (stray.type, stray.connection) or stray.shown.status != "ready":
            continue
        if entry.address in writer.state.natives or entry.address in found:
            doubtful.add(entry.address)
        else:
            found[entry.address] = (stray, entry)
    exact = {address: each for address, each in found.items() if address not in doubtful}
    if not exact:
        return []
    now = project.ports.clock.now()
    writer.append(audit_record("doctor", run, writer, project.ports, options.reason))
    for address, (stray, _) in exact.items():
        writer.append(Adopted(record=_record(sessions, project, address, stray), at=now))
    writer.append(Ended(run=run, at=now))
    writer.commit()
    return [f"{stray.type} {stray.shown.id} is {address} again" for address, (stray, _) in exact.items()]


def _creates(project: Project) -> Mapping[str, AuditEntry]:
    """Creates of the audit log that ended without an object, by their operation. What was recorded as made has left the state by a record
    (forgotten, removed from the blueprint, found to be gone), and what a person ended was given up."""
    found: dict[str, AuditEntry] = {}
    mode = ""
    try:
        for entry in project.workspace.audit():
            if isinstance(entry.record, Run):
                mode = entry.record.mode
            elif entry.of == "INTENT" and entry.action == "create":
                found[entry.op] = entry
            elif entry.of in ("DONE", "ADOPTED") or (entry.of == "FAILED" and mode == "forget"):
                found.pop(entry.op, None)
    except Rejected:
        # A log that does not hold proves nothing.
        return {}
    return found


def _record(sessions: Sessions, project: Project, address: str, stray: Stray) -> NativeRecord:
    live = sessions.get(stray.connection)
    kind = live.driver.natives[stray.type]
    shown: Observed = stray.shown
    attributes = observed_wire(kind, shown.attributes, (), project.sealer)
    settable = {name for name, schema in kind.attributes.items() if not (schema.get("read_only") or schema.get("write_only"))}
    return NativeRecord(
        address=address, type=stray.type, type_version=kind.version, connection=stray.connection, driver=live.driver.name,
        driver_version=live.driver.version, id=shown.id, want={name: value for name, value in attributes.items() if name in settable},
        attributes=attributes, origin=address.rpartition("/")[0] or address,
        op=stray.op, created_at=shown.created_at or project.ports.clock.now())
