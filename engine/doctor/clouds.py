"""State against clouds: connections, drivers, what the state has and the cloud has not, what carries our mark and is not in the state, what
an earlier run left open."""

from __future__ import annotations

from collections.abc import Iterable

from mcflow.drivers.sdk.native import MARK_STATE
from mcflow.engine.doctor.check import Check, of_diagnostics
from mcflow.engine.ports import Ports
from mcflow.engine.project import Project
from mcflow.engine.recover import look, sweep
from mcflow.engine.recover.operated import unknown
from mcflow.engine.refresh import refresh
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Drift, Recovery
from mcflow.model.record import NativeRecord
from mcflow.state.records import State

_OUTCOMES = {
    "adopted": "its object was found; apply records it", "finished": "it is done; apply records it", "unfinished": "apply goes on with it",
    "failed": "it never happened; apply records it", "in-progress": "its run is at work",
}


def connections(state: State, sessions: Sessions) -> tuple[list[Check], set[str]]:
    """Each connection of the state opens, and is the account and region it was. Also the names of those that are as they were."""
    checks, usable = [], set()
    for name in sorted({*state.connections, *(record.connection for record in state.natives.values())}):
        try:
            now = sessions.get(name).identity
        except Rejected as rejected:
            checks += of_diagnostics(f"connection {name}", rejected.diagnostics)
            continue
        before = state.connections.get(name)
        if before is not None and (before.driver, before.account, before.region) != (now.driver, now.account, now.region):
            was = "/".join(filter(None, (before.driver, before.account, before.region)))
            checks += of_diagnostics(f"connection {name}", [Diagnostic("MC0633", {"address": name, "was": was, "now": str(now)})])
            continue
        usable.add(name)
        checks.append(Check(f"connection {name}", "ok", str(now)))
    return checks, usable


def drivers(state: State, sessions: Sessions) -> list[Check]:
    """The drivers installed know every type of the state, in the version it was written with or a newer one."""
    checks: list[Check] = []
    upgrades = 0
    for record in _one_of_each(state.natives.values()):
        try:
            driver = sessions.driver(record.driver)
        except Rejected as rejected:
            checks += of_diagnostics(f"driver {record.driver}", rejected.diagnostics)
            continue
        type = driver.natives.get(record.type)
        if type is None:
            args = {"type": record.type, "driver": driver.name, "version": driver.version}
            checks += of_diagnostics(f"driver {driver.name}", [Diagnostic("MC0802", args)])
        elif record.type_version > type.version:
            told = f"{record.type} was recorded in version {record.type_version}; driver {driver.version} knows {type.version}"
            checks.append(Check(f"driver {driver.name}", "error", told, "install the version of the driver that wrote it, or a newer one"))
        else:
            upgrades += record.type_version < type.version
    note = [Check("drivers", "note", f"{upgrades} types are brought into their present shape by the next apply")] if upgrades else []
    return [*checks, *note] or [Check("drivers", "ok", "every type of the state is known")]


def _one_of_each(records: Iterable[NativeRecord]) -> list[NativeRecord]:
    return list({(record.driver, record.type, record.type_version): record for record in records}.values())


def operations(state: State, sessions: Sessions, project: Project, *, in_progress: bool) -> list[Check]:
    """What an earlier run left open, and what became of it."""
    if not state.open:
        return [Check("open operations", "ok", "none")]
    found = look(state, sessions, project.ports, project.sealer, in_progress=in_progress)
    told = [] if in_progress else of_diagnostics("open operations", unknown(state))
    return [*told, *(_operation(each) for each in found)] or [Check("open operations", "note", "one is going on")]


def _operation(each: Recovery) -> Check:
    what = f"{each.action} of {each.address} ({each.type}{' ' + each.id if each.id else ''})"
    if each.outcome == "quarantined":
        meant = "import keeps that one; " if len(each.commands) > 1 else ""
        return Check("open operations", "error", f"{what} cannot be decided: {each.advice[0] if each.advice else ''}",
                     f"a person must say: {meant}forget --force says that nothing comes of it", "MC0644", each.address, each.commands)
    commands = () if each.outcome == "in-progress" else ("mcflow apply", "mcflow doctor --fix")
    health = "note" if each.outcome == "in-progress" else "warn"
    return Check("open operations", health, f"{what} was left open: {_OUTCOMES[each.outcome]}", "", "", each.address, commands)  # type: ignore[arg-type]


def standing(state: State) -> list[Check]:
    """Records that are not simply there: tainted, or half-way without an operation that says why."""
    busy = {opened.intent.address for opened in state.open.values()}
    checks = []
    for record in state.natives.values():
        if record.status == "tainted":
            checks.append(Check("objects", "warn", f"{record.address} ({record.type} {record.id}) is tainted: it failed half-way",
                                "the next apply replaces or removes it", address=record.address, commands=("mcflow apply",)))
        elif record.status != "ready" and record.address not in busy:
            checks.append(Check("objects", "error", f"{record.address} is {record.status} and no operation is open on it",
                                "look at it in the cloud; then import it anew or forget it", address=record.address,
                                commands=(f"mcflow forget {record.address}",)))
    return checks


def objects(state: State, sessions: Sessions, project: Project, usable: set[str], parallelism: int) -> list[Check]:
    """Every native of the state is in its cloud, as it was recorded."""
    part = _within(state, usable)
    found = refresh(part, sessions, project.ports, project.sealer, parallelism=parallelism)
    checks = [*of_diagnostics("objects", found.diagnostics), *(_drifted(each) for each in found.drift)]
    for address, shown in found.observed.items():
        mark = shown.tags.get(MARK_STATE, "")
        if mark and mark != state.lineage:
            checks.append(_taken_over(part.natives[address], mark))
    settled = sum(record.status == "ready" for record in part.natives.values())
    return checks or [Check("objects", "ok", f"{settled} of {settled} are in their clouds, as recorded")]


def _within(state: State, usable: set[str]) -> State:
    from msgspec.structs import replace

    natives = {address: record for address, record in state.natives.items() if record.connection in usable}
    return replace(state, natives=natives, connections={name: each for name, each in state.connections.items() if name in usable})


def _taken_over(record: NativeRecord, mark: str) -> Check:
    what, resource = f"{record.address} ({record.type} {record.id})", record.address.rpartition("/")[0] or record.address
    return Check("objects", "warn", f"{what} is in this state and carries the mark of another, {mark}: that one has it too",
                 f"one state is to have it: forget it here; or forget its resource here, `mcflow import {resource} ID --take-over`, "
                 "and forget it there", address=record.address, commands=(f"mcflow forget {record.address}",))


def _drifted(drift: Drift) -> Check:
    what = f"{drift.address} ({drift.type} {drift.id})"
    if drift.gone:
        return Check("objects", "warn", f"{what} is in the state and not in the cloud: somebody removed it",
                     "apply makes it anew; forget it if it is not to come back", address=drift.address,
                     commands=("mcflow apply", f"mcflow forget {drift.address}"))
    changed = ", ".join(
        f"{each.path}: {_said(each.before, each.sensitive)} → {_said(each.after, each.sensitive)}" for each in drift.attributes)
    return Check("objects", "note", f"{what} was changed by somebody else: {changed}", "apply sets it back, unless the blueprint agrees",
                 address=drift.address, commands=("mcflow plan",))


def _said(value: object, sensitive: bool) -> str:
    return "(sensitive)" if sensitive else "none" if value is None else str(value)


def marks(state: State, sessions: Sessions, ports: Ports, usable: set[str], parallelism: int) -> list[Check]:
    """Everything in the clouds that carries this state's mark is in the state."""
    found = sweep(_within(state, usable), sessions, ports, parallelism=parallelism)
    checks = []
    for finding in found:
        if finding.code != "MC0839":
            checks += of_diagnostics("marks", [finding], at_most="warn")
            continue
        known = [record.address for record in state.natives.values() if record.op and record.op == finding.args["op"]]
        why = f"; its marks are those of {known[0]}: the cloud copied its tags" if known else ""
        checks.append(Check(
            "marks", "warn", f"{finding.message}{why}", "have it managed, or take the tags mcflow-state and mcflow-op off it, or delete it",
            finding.code, commands=(f"mcflow import ADDRESS {finding.args['id']}", f"mcflow discover {finding.args['connection']}")))
    return checks or [Check("marks", "ok", "nothing carries this state's mark that is not in it")]
