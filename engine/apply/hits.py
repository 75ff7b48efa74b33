"""Judging what a look found: ours, somebody else's, dead, or not to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcflow.drivers.sdk import Natural, NoIdentity, Observed, UniqueName
from mcflow.drivers.sdk.native import MARK_OP
from mcflow.engine.apply.task import Task
from mcflow.engine.compare import same_all

_MINUTES = 900.0
"""A copy counts as made by the operation only if it appeared within this many seconds of the intent (and not before it)."""


@dataclass(slots=True)
class Found:
    """The verdict. ``kept``: ours. ``others``: carry our mark too; ``copies`` of them are identical and made inside the intent's window.
    ``foreign``: it stands where ours should. ``dead``: ours was made and is gone. ``undecided``: a person must say which of
    the ``candidates`` (ids) it is, if any."""

    kept: Observed | None = None
    others: list[Observed] = field(default_factory=list)
    copies: list[Observed] = field(default_factory=list)
    foreign: Observed | None = None
    dead: Observed | None = None
    undecided: bool = False
    reason: str = ""
    candidates: tuple[str, ...] = ()


def judge(task: Task, hits: Sequence[Observed]) -> Found:
    """What the hits of a look mean for the create that this task is."""
    identity = task.type.identity
    assert task.intent is not None
    if isinstance(identity, NoIdentity):
        return _judge_new(task, [hit for hit in hits if hit.status != "gone" and hit.id not in task.intent.listed])
    alive = [hit for hit in hits if hit.status != "gone"]
    if identity.marked:
        ours = [hit for hit in alive if hit.tags.get(MARK_OP) == task.intent.op]
        dead = [hit for hit in hits if hit.status == "gone" and hit.tags.get(MARK_OP) == task.intent.op]
    else:
        ours = alive if task.intent.looked == "absent" else []
        dead = []
    if ours:
        return _keep(task, ours)
    if alive and isinstance(identity, UniqueName | Natural) and not all(hit.status == "deleting" for hit in alive):
        return Found(foreign=alive[0])
    return Found(dead=dead[0]) if dead else Found()


def _keep(task: Task, ours: list[Observed]) -> Found:
    if len(ours) == 1:
        return Found(kept=ours[0])
    equal = sorted((hit for hit in ours if _equals_request(task, hit)), key=lambda hit: (hit.created_at or 0.0, hit.id))
    if not equal:
        ids = tuple(sorted(hit.id for hit in ours))
        told = f"{len(ours)} objects carry the mark of operation {_op(task)} and none equals the request: {', '.join(ids)}"
        return Found(undecided=True, reason=told, candidates=ids)
    kept, rest = equal[0], [hit for hit in ours if hit is not equal[0]]
    return Found(kept=kept, others=rest, copies=[hit for hit in equal[1:] if _inside_window(task, hit)])


def _judge_new(task: Task, fresh: list[Observed]) -> Found:
    equal = [hit for hit in fresh if _equals_request(task, hit)]
    if len(equal) == 1:
        return Found(kept=equal[0])
    if not fresh:
        return Found()
    ids = tuple(sorted(hit.id for hit in equal or fresh))
    reason = "several new objects equal the request" if equal else "new objects appeared and none equals the request"
    return Found(undecided=True, reason=f"{reason}: {', '.join(ids)}", candidates=ids)


def _equals_request(task: Task, hit: Observed) -> bool:
    shown = [name for name in task.request if name in hit.attributes]
    return same_all(task.type, shown, task.request, hit.attributes)


def _inside_window(task: Task, hit: Observed) -> bool:
    assert task.intent is not None
    return hit.created_at is not None and 0 <= hit.created_at - task.intent.at <= _MINUTES


def _op(task: Task) -> str:
    return task.intent.op if task.intent is not None else ""
