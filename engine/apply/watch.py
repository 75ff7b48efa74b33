"""Waiting for many objects with one look: everything waited for of a type is observed in batches, every poll interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import DriverError, NativeType, Observed, Progress
from mcflow.engine.apply.task import FAR, Task
from mcflow.engine.calls.call import Answer, Call, Key
from mcflow.engine.calls.retry import READ_AGAIN, Retry
from mcflow.engine.sessions import Live

_CLOSEST = 0.001
_UNTIRING = 1 << 30


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told what a look showed. ``observed`` gets None for an object that was not there."""

    observed: Callable[[Task, Observed | None], None]
    progressed: Callable[[Task, Progress], None]
    unreadable: Callable[[Task, DriverError], None]


@dataclass(slots=True)
class _Group:
    """All that is waited for of one type over one connection."""

    live: Live
    type: NativeType[Any]
    tasks: dict[Task, None] = field(default_factory=dict)
    fresh: list[Task] = field(default_factory=list)
    next_look: float = 0.0
    flying: int = 0
    attempt: int = 0

    @property
    def interval(self) -> float:
        return max(self.live.session.poll_interval, _CLOSEST)


class Watch:
    """The objects being waited for. New ones are looked at right away, together; then all at each interval, one look in flight a type."""

    def __init__(self, now: Callable[[], float], send: Callable[[Call], None], retry: Callable[[Live], Retry], told: Watchers) -> None:
        self._now = now
        self._send = send
        self._retry = retry
        self._told = told
        self._groups: dict[tuple[str, str], _Group] = {}

    def add(self, task: Task) -> None:
        """Look at the task's object (or poll its operation) from now on."""
        key = (task.live.name, task.type.name)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(task.live, task.type)
        if task not in group.tasks:
            group.tasks[task] = None
            group.fresh.append(task)

    def drop(self, task: Task) -> None:
        """Look no more."""
        if task.live is not None and task.type is not None:
            group = self._groups.get((task.live.name, task.type.name))
            if group is not None:
                group.tasks.pop(task, None)

    def due(self) -> float:
        """When the next look is to be made; infinity if nothing is waited for (or the look is on its way)."""
        idle = [group for group in self._groups.values() if group.tasks and not group.flying]
        return min((_when(group) for group in idle), default=FAR)

    def launch(self) -> None:
        """Make the looks that are due."""
        now = self._now()
        for group in self._groups.values():
            if group.flying or not group.tasks:
                continue
            if group.next_look <= now:
                group.next_look = now + group.interval
                targets = list(group.tasks)
            elif group.fresh and not group.attempt:
                targets = [task for task in group.fresh if task in group.tasks]
            else:
                continue
            group.fresh = []
            self._look(group, targets)

    def _look(self, group: _Group, targets: list[Task]) -> None:
        polled = [task for task in targets if task.operation and group.type.offers("poll")]
        plain = [task for task in targets if task not in set(polled)] if polled else targets
        for batch in _batches(polled, group.type.batch):
            self._ask(group, batch, "poll", [task.operation or "" for task in batch])
        for batch in _batches([task for task in plain if task.id], group.type.batch):
            self._ask(group, batch, "observe", [task.id for task in batch])

    def _ask(self, group: _Group, batch: list[Task], handler: Any, ids: list[str]) -> None:
        group.flying += 1
        self._send(Call(Key(batch, lambda _, answer: self._answered(group, batch, answer)), handler, group.type, group.live, ids=ids))

    def _answered(self, group: _Group, batch: list[Task], answer: Answer) -> None:
        group.flying -= 1
        if answer.error is not None:
            self._unanswered(group, batch, answer.call, answer.error)
            return
        group.attempt = 0
        if answer.call.handler == "poll":
            shown = {progress.operation: progress for progress in answer.value}
            for task in batch:
                if task in group.tasks and task.operation:
                    # An operation that the cloud no longer knows is over: the object itself must tell how it ended.
                    self._told.progressed(task, shown.get(task.operation) or Progress(task.operation, "done"))
            return
        found: dict[str, Observed] = {observed.id: observed for observed in answer.value}
        for task in batch:
            if task in group.tasks:
                self._told.observed(task, found.get(task.id))

    def _unanswered(self, group: _Group, batch: list[Task], call: Call, error: DriverError) -> None:
        if isinstance(error, READ_AGAIN):
            group.attempt += 1
            wait = self._retry(group.live).delay(group.attempt, _UNTIRING, error) or group.interval
            group.next_look = max(group.next_look, self._now() + wait)
            for task in batch:
                if task in group.tasks:
                    self._told.unreadable(task, error)
        elif len(batch) > 1:
            # One of them spoils the look for all: ask for each by itself.
            for task, id in zip(batch, call.ids, strict=True):
                self._ask(group, [task], call.handler, [id])
        elif batch[0] in group.tasks:
            self._told.unreadable(batch[0], error)


def _when(group: _Group) -> float:
    return 0.0 if group.fresh and not group.attempt else group.next_look


def _batches(tasks: list[Task], size: int) -> Iterable[list[Task]]:
    for start in range(0, len(tasks), max(1, size)):
        yield tasks[start:start + max(1, size)]
