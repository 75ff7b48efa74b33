"""Looking for what several creates may have made with one listing: by the state's mark, told apart by each operation's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import NativeType, Tagged, Token
from mcflow.drivers.sdk.native import MARK_OP
from mcflow.engine.apply.task import Task
from mcflow.engine.calls.call import Answer, Call, Key
from mcflow.state.records import State

Told = Callable[[Task, Answer], None]
ROWS = 200
"""A listing shows so many objects for the price of one look for one of them, at least."""


@dataclass(slots=True)
class _Group:
    """Searches by mark for objects of one type over one connection: those that come while one is under way are answered together."""

    waiting: dict[Task, Told] = field(default_factory=dict)
    flying: int = 0
    due: bool = False


class Searching:
    """Searches for what creates without an answer have made. Where nothing but the mark tells, those of one type are held for a moment, a
    quarter of the poll interval: a single one is made by the type's ``find``, several by ``marked`` where that is cheaper."""

    def __init__(self, state: State, send: Callable[[Call], None], later: Callable[[float, Callable[[], None]], None]) -> None:
        self._state = state
        self._send = send
        self._later = later
        self._groups: dict[tuple[str, str], _Group] = {}

    def add(self, task: Task, told: Told) -> None:
        """Search for what the task's operation may have made; ``told`` gets the answer as ``find`` would give it."""
        if not _by_mark(task.type):
            self._send(Call(Key(task, told), "find", task.type, task.live, want=task.request, intent=task.handler_intent))
            return
        group = self._groups.setdefault((task.live.name, task.type.name), _Group())
        group.waiting[task] = told
        if not group.due and not group.flying:
            group.due = True
            self._later(task.live.session.poll_interval / 4, lambda: self._launch(group))

    def _launch(self, group: _Group) -> None:
        group.due = False
        waiting, group.waiting = group.waiting, {}
        tasks = {task: told for task, told in waiting.items() if not task.ended}
        if self._together(list(tasks)):
            self._list(group, tasks)
        else:
            for task, told in tasks.items():
                self._find(group, task, told)

    def _landed(self, group: _Group) -> None:
        group.flying -= 1
        if group.waiting and not group.flying and not group.due:
            self._launch(group)

    def _together(self, tasks: list[Task]) -> bool:
        if len(tasks) < 2:
            return False
        kind = (tasks[0].live.name, tasks[0].type.name)
        there = sum((record.connection, record.type) == kind for record in self._state.natives.values())
        return there <= ROWS * (len(tasks) - 1)

    def _list(self, group: _Group, tasks: dict[Task, Told]) -> None:
        first = next(iter(tasks))
        group.flying += 1

        def listed(_: Any, answer: Answer) -> None:
            self._landed(group)
            for task, told in tasks.items():
                told(task, answer if answer.error is not None else Answer(answer.call, _made_by(task, answer.value)))

        self._send(Call(Key(tuple(tasks), listed), "marked", first.type, first.live, id=self._state.lineage))

    def _find(self, group: _Group, task: Task, told: Told) -> None:
        group.flying += 1

        def found(each: Task, answer: Answer) -> None:
            self._landed(group)
            told(each, answer)

        self._send(Call(Key(task, found), "find", task.type, task.live, want=task.request, intent=task.handler_intent))


def _by_mark(type: NativeType[Any]) -> bool:
    """Whether nothing but the mark of its operation tells an object of this type apart, and all that carry the state's can be listed."""
    return isinstance(type.identity, Tagged | Token) and type.identity.marked and type.offers("marked")


def _made_by(task: Task, shown: list[Any]) -> list[Any]:
    assert task.intent is not None
    return [each for each in shown if each.tags.get(MARK_OP) == task.intent.op]
