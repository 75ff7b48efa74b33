"""Looking at what was left open, for a plan: reads only, nothing is written and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable

from mcflow.drivers.sdk import Observed
from mcflow.engine.apply.advice import advice, commands
from mcflow.engine.apply.changing import unsettled
from mcflow.engine.apply.hits import judge
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.trees import observed_wire
from mcflow.engine.calls.call import Answer, Call, Key
from mcflow.engine.calls.reading import nothing, read_all
from mcflow.engine.ports import Ports
from mcflow.engine.recover.opening import found_by, mark_of, task_of, undecidable
from mcflow.engine.recover.operated import to_settle
from mcflow.engine.redact import Redactor
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Recovery
from mcflow.model.record import NativeRecord
from mcflow.model.values import Secret
from mcflow.state.fold import fold
from mcflow.state.records import Done, OpenIntent, State
from mcflow.state.sealing import Sealer


def look(
    state: State, sessions: Sessions, ports: Ports, sealer: Sealer, *, in_progress: bool = False, parallelism: int = 16
) -> list[Recovery]:
    """What one look says of every open operation. ``in_progress``: somebody holds the lease, so nothing is looked at.

    One look proves presence, never absence: what is not seen is ``unfinished``, and apply settles it.
    """
    open_ones = to_settle(state)
    if in_progress:
        return [_entry(opened, "in-progress") for opened in open_ones.values()]
    resolver = Resolver(state, sealer.unseal, None, sessions.driver)
    entries: dict[str, Recovery] = {}
    calls: list[Call] = []
    for op, opened in open_ones.items():
        try:
            task = task_of(opened, state, sessions, resolver)
        except Rejected as rejected:
            entries[op] = undecidable(opened, rejected)
            continue
        calls.append(_call(task))
    for answer in read_all(calls, ports, parallelism=parallelism):
        task = answer.call.key.about
        assert task.intent is not None
        entries[task.intent.op] = _judge(state, task, answer, sealer)
    return [entries[op] for op in open_ones]


def _call(task: Task) -> Call:
    key = Key(task, nothing)
    if task.id:
        return Call(key, "observe", task.type, task.live, ids=[task.id])
    return Call(key, "find", task.type, task.live, want=task.request, intent=task.handler_intent)


def _judge(state: State, task: Task, answer: Answer, sealer: Sealer) -> Recovery:
    assert task.intent is not None
    opened = state.open[task.intent.op]
    if answer.error is not None:
        redactor = Redactor()
        redactor.learn(Secret(list(task.secrets)))
        return _entry(opened, "unfinished", advice=(redactor.text(answer.error.message),) if answer.error.message else ())
    if task.id:
        shown = next((each for each in answer.value if each.id == task.id), None)
        return _known(state, task, opened, shown, sealer)
    found = judge(task, answer.value)
    if found.kept is not None:
        task.id = found.kept.id
        task.found = True
        return _known(state, task, opened, found.kept, sealer)
    if found.undecided:
        told = (found.reason, advice(opened.intent, found.candidates))
        return _entry(opened, "quarantined", advice=told, commands=commands(opened.intent, found.candidates))
    if found.foreign is not None:
        return _entry(opened, "failed", id=found.foreign.id, by=mark_of(task.type))
    return _entry(opened, "failed" if found.dead is not None else "unfinished")


def _known(state: State, task: Task, opened: OpenIntent, shown: Observed | None, sealer: Sealer) -> Recovery:
    by = found_by(task)
    if task.step.verb == "delete":
        return _entry(opened, "finished" if shown is not None and shown.status == "gone" else "unfinished", id=task.id, by=by)
    if shown is None:
        return _entry(opened, "unfinished", id=task.id, by=by)
    if shown.status == "gone":
        return _entry(opened, "failed", id=task.id, by=by)
    task.resend = task.step.verb == "update"
    if shown.status != "ready" or (task.step.verb == "update" and unsettled(task, shown)):
        return _entry(opened, "unfinished", id=task.id, by=by)
    record = _settled(state, opened, task, shown, sealer)
    return _entry(opened, "adopted" if task.step.verb == "create" else "finished", id=task.id, by=by, record=record)


def _settled(state: State, opened: OpenIntent, task: Task, shown: Observed, sealer: Sealer) -> NativeRecord | None:
    """The record as it will be once this is written: what the fold of its end makes of it."""
    address = opened.intent.address
    natives = {address: state.natives[address]} if address in state.natives else {}
    copy = OpenIntent(intent=opened.intent, id=task.id, operation=opened.operation)
    alone = State(name=state.name, environment=state.environment, lineage=state.lineage, natives=natives, open={opened.intent.op: copy})
    fold(alone, Done(op=opened.intent.op, id=task.id, attributes=observed_wire(task.type, shown.attributes, task.secrets, sealer)))
    return alone.natives.get(address)


def _entry(opened: OpenIntent, outcome: str, *, id: str = "", by: str = "", advice: Iterable[str] = (),
           commands: tuple[str, ...] = (), record: NativeRecord | None = None) -> Recovery:
    intent = opened.intent
    return Recovery(
        op=intent.op, address=intent.address, type=intent.type, action=intent.action, outcome=outcome,  # type: ignore[arg-type]
        id=id or opened.id or intent.id, found_by=by, advice=tuple(advice), commands=commands, record=record)
