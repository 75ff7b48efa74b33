"""An operation that was left open, as a task that goes on with it."""

from __future__ import annotations

from mcflow.drivers.sdk import NativeType, Natural, NoIdentity, Token, UniqueName
from mcflow.engine.apply.advice import commands
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.trees import in_clear, secret_texts
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Recovery, Step
from mcflow.state.records import Intent, OpenIntent, State


def task_of(opened: OpenIntent, state: State, sessions: Sessions, resolver: Resolver) -> Task:
    """The task that goes on with an open intent: the journalled request, nothing rendered anew.

    Raises Rejected: the connection, the driver or the type is not there, the account is another one, a sealed value cannot be opened.
    """
    intent = opened.intent
    task = Task(_step(intent))
    task.live = sessions.get(intent.connection)
    if intent.identity and str(task.live.identity) != intent.identity:
        raise Rejected([Diagnostic("MC0837", {
            "connection": intent.connection, "account": str(task.live.identity), "recorded": intent.identity, "what": _what(intent)},
            address=intent.address)])
    task.type = sessions.type(intent.connection, intent.type)
    request = resolver.decode(intent.request)
    task.intent = intent
    task.request = in_clear(request)
    task.secrets = secret_texts(request)
    task.last = in_clear(resolver.decode(intent.last))
    record = state.natives.get(intent.address)
    task.record = record
    task.before = in_clear(resolver.decode(record.want)) if record is not None and intent.action != "create" else {}
    task.id = opened.id or intent.id
    task.operation = opened.operation
    task.journalled = task.recovered = True
    return task


def _step(intent: Intent) -> Step:
    assert intent.action != "operate", "what a person asked for is never gone on with"
    return Step(
        id=intent.step, address=intent.address, verb=intent.action, type=intent.type, connection=intent.connection, driver=intent.driver,
        attributes=intent.attributes, group=intent.group, edges=intent.edges, origin=intent.origin, ownership=intent.ownership,
        generation=intent.generation, name=intent.name, settings=intent.settings)


def found_by(task: Task) -> str:
    """What tells the object apart, for people."""
    if task.step.verb != "create" or (task.id and not task.found):
        return "id"
    return mark_of(task.type)


def mark_of(type: NativeType[object]) -> str:
    """How an object of this type is found again."""
    identity = type.identity
    if isinstance(identity, Natural):
        return "natural identity"
    if isinstance(identity, NoIdentity):
        return "lists before and after"
    if isinstance(identity, UniqueName):
        return "name and mark" if identity.marked else "name"
    return "token and mark" if isinstance(identity, Token) else "mark"


def undecidable(opened: OpenIntent, rejected: Rejected) -> Recovery:
    """What cannot even be looked at: a person must say; planning goes on."""
    intent = opened.intent
    advice = [text for finding in rejected.diagnostics for text in (finding.message, finding.suggestion or finding.help) if text]
    return Recovery(
        op=intent.op, address=intent.address, type=intent.type, action=intent.action, outcome="quarantined", id=opened.id or intent.id,
        advice=(*advice, f"if it is gone for good: `{commands(intent)[-1]}`"), commands=commands(intent))


def _what(intent: Intent) -> str:
    return f"{intent.address} ({intent.type})"
