"""Starting, stopping and rebooting machines: asked for under the lease, waited for without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, cast

from mcflow.drivers.sdk import DriverError, Progress
from mcflow.drivers.sdk.operations import Verb
from mcflow.engine.calls.asking import ask, refusal
from mcflow.engine.leasing import new_run_id, take_lease
from mcflow.engine.operate.journalled import Deed, Sent, carry_out, left_open
from mcflow.engine.operate.target import Able, Target, targets
from mcflow.engine.options import ApplyOptions
from mcflow.engine.plan.select import block_of
from mcflow.engine.project import Project
from mcflow.engine.surgery.locate import check_settled
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.event import Event
from mcflow.state.records import State

VERBS: tuple[Verb, ...] = ("start", "stop", "reboot")
_KEEPS = {"start": "running", "reboot": "running", "stop": "stopped"}
"""The value of ``power`` that an operation leaves."""


@dataclass(frozen=True)
class Operated:
    """How it ended. ``rows``: {address, type, id, verb, outcome, status} of each machine; outcomes are ``done``, ``accepted`` (not waited
    for), ``unknown`` (it may have happened), ``failed``, ``late``. ``done``: somebody approved."""

    rows: tuple[dict[str, Any], ...]
    done: bool
    run: str = ""
    findings: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """True if every machine is as asked, or was told to be."""
        return all(row["outcome"] in ("done", "accepted") for row in self.rows)


Approve = Callable[[Sequence[Mapping[str, Any]], Sequence[Diagnostic]], bool]
"""Shown the rows and findings; True to go on."""


@dataclass
class _Run:
    """What one command keeps."""

    project: Project
    verb: Verb
    id: str
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Native address → (outcome, status)."""
    findings: list[Diagnostic] = field(default_factory=list)
    began: float = 0.0

    def tell(self, type: Any, target: Target, **data: Any) -> None:
        clock = self.project.ports.clock
        data = {"action": self.verb, "type": target.record.type, **data}
        self.project.ports.events(Event(type, clock.now(), self.id, address=target.address, step=target.record.address, data=data))

    def elapsed(self) -> float:
        return round(self.project.ports.clock.monotonic() - self.began, 3)


def operate(project: Project, addresses: Sequence[str], verb: str, options: ApplyOptions, approve: Approve, *, wait: bool = True,
            timeout: float = 900.0) -> Operated:
    """Start, stop or reboot. Takes the lease while it asks the cloud, not while it waits. Raises Rejected.

    ``timeout``: seconds to wait. Nothing in the state changes: what a machine is like afterwards is seen by the next refresh.
    """
    run = _Run(project, cast(Verb, verb), new_run_id())
    with ExitStack() as stack:
        with take_lease(project, options, run.id) as writer:
            sessions = project.sessions(writer.state)
            stack.callback(sessions.close)
            meant = targets(project, writer.state, sessions, addresses, f"be told to {verb}", able_to(run.verb))
            check_settled(_without_operations(writer.state), {each.record.address for each in meant})
            run.findings += [*writer.findings, *left_open(writer), *_put_back(project, writer.state, meant, verb)]
            if not approve([_row(each, verb) for each in meant], run.findings):
                return Operated(tuple(_row(each, verb) for each in meant), False, findings=tuple(run.findings))
            run.began = project.ports.clock.monotonic()
            for each in meant:
                run.tell("apply_start", each, id=each.record.id)
            sent = carry_out(writer, project, run.id, f"vm {verb}", options, [_deed(each, run.verb) for each in meant])
        _wait(run, list(_judged(run, meant, sent, wait=wait)), timeout)
    rows = [{**_row(each, verb), **_ending(run, each)} for each in meant]
    return Operated(tuple(rows), True, run.id, tuple(run.findings))


def able_to(verb: str) -> Able:
    """Whether objects of a type take the operation."""
    return lambda driver, type: driver.operations is not None and verb in driver.operations.verbs(type)


def _without_operations(state: State) -> State:
    from msgspec.structs import replace

    return replace(state, open={op: opened for op, opened in state.open.items() if opened.intent.action != "operate"})


def _put_back(project: Project, state: State, meant: Sequence[Target], verb: str) -> Iterator[Diagnostic]:
    """Warnings where the blueprint says otherwise: the next apply will see to it."""
    for each in meant:
        block = project.blueprint.resources.get(block_of(each.address))
        resource = state.resources.get(each.record.origin or "")
        wanted = resource.properties.get("power") if resource is not None else each.record.want.get("power")
        if isinstance(wanted, str) and wanted != _KEEPS[verb]:
            args = {"address": each.address, "power": wanted, "verb": verb}
            yield Diagnostic("MC1034", args, block.position if block else None, each.address)


def _row(target: Target, verb: str) -> dict[str, Any]:
    record = target.record
    return {"address": target.address, "type": record.type, "id": record.id, "connection": record.connection, "verb": verb}


def _deed(target: Target, verb: Verb) -> Deed:
    record, live = target.record, target.live
    operations = live.driver.operations
    assert operations is not None
    return Deed(live, verb, record.type, lambda: operations.perform(live.session, record.type, record.id, verb), record.address, record.id)


def _judged(run: _Run, meant: Sequence[Target], sent: Sequence[Sent], *, wait: bool) -> Iterator[Target]:
    """Those to wait for; of the others it is noted how they ended."""
    for target, each in zip(meant, sent, strict=True):
        if each.error is not None:
            _fail(run, target, "failed" if each.certain else "unknown", _refused(run, target, each))
        elif wait:
            yield target
        else:
            run.outcomes[target.record.address] = ("accepted", "")
            run.tell("apply_complete", target, id=target.record.id, elapsed_seconds=run.elapsed())


def _refused(run: _Run, target: Target, sent: Sent) -> Diagnostic:
    assert sent.error is not None
    if sent.certain:
        return refusal(sent.error, about=target.address, type=target.record.type, action=run.verb)
    return Diagnostic("MC1041", {"operation": run.verb, "what": target.address, "reason": sent.error.message or sent.error.code},
                      address=target.address, request_id=sent.error.request_id or None)


def _fail(run: _Run, target: Target, outcome: str, finding: Diagnostic, status: str = "") -> None:
    run.outcomes[target.record.address] = (outcome, status)
    run.findings.append(finding)
    run.tell("apply_errored", target, elapsed_seconds=run.elapsed())


def _wait(run: _Run, waiting: list[Target], timeout: float) -> None:
    """Look, one call for all of a type and connection, until each is where it should be."""
    ports = run.project.ports
    until = ports.clock.monotonic() + timeout
    while waiting:
        seen = {(id(live), each.operation): each for live, each in _progress(run, waiting)}
        left = []
        for target in waiting:
            shown = seen.get((id(target.live), target.record.id))
            if not _settled(run, target, shown):
                left.append(target)
        waiting = [each for each in left if each.record.address not in run.outcomes]
        late = ports.clock.monotonic() >= until
        if waiting and (late or ports.clock.wait(ports.cancel, max(each.live.session.poll_interval for each in waiting))):
            for target in waiting:
                shown = seen.get((id(target.live), target.record.id))
                status = shown.reason if shown else "not seen"
                _fail(run, target, "late", Diagnostic("MC1042", {"what": target.address, "verb": run.verb, "status": status or "busy",
                                                                 "seconds": f"{run.elapsed():.0f}"}, address=target.address), status)
            return


def _settled(run: _Run, target: Target, shown: Progress | None) -> bool:
    if shown is None or shown.status == "running":
        run.tell("apply_progress", target, elapsed_seconds=run.elapsed(), status=shown.reason if shown else "not seen")
        return False
    if shown.status == "failed":
        finding = Diagnostic("MC1043", {"what": target.address, "verb": run.verb, "reason": shown.reason}, address=target.address)
        _fail(run, target, "failed", finding, shown.reason)
        return True
    run.outcomes[target.record.address] = ("done", shown.reason)
    run.tell("apply_complete", target, id=target.record.id, elapsed_seconds=run.elapsed())
    return True


def _progress(run: _Run, waiting: Sequence[Target]) -> Iterator[tuple[Any, Progress]]:
    groups: dict[tuple[int, str], list[Target]] = {}
    for target in waiting:
        groups.setdefault((id(target.live), target.record.type), []).append(target)
    for (_, type), members in groups.items():
        live = members[0].live
        operations = live.driver.operations
        assert operations is not None
        ids = [each.record.id for each in members]
        try:
            found = ask(live, run.project.ports, lambda: list(operations.progress(live.session, type, ids, run.verb)))  # noqa: B023 - asked now
        except DriverError as error:
            for target in members:
                _fail(run, target, "late", refusal(error, about=target.address, type=type, action="read"))
            continue
        yield from ((live, each) for each in found)


def _ending(run: _Run, target: Target) -> dict[str, Any]:
    outcome, status = run.outcomes[target.record.address]
    return {"outcome": outcome, "status": status}
