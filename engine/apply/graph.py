"""The execution graph as tasks: who waits for whom, and what is urgent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcflow.engine.apply.task import Task
from mcflow.model.diagnostic import reject
from mcflow.model.plan import Step


def tasks_of(steps: Sequence[Step]) -> dict[str, Task]:
    """One task a step, linked, each with the length of its critical path (seconds to the end of all that depends on it). Linear.

    Raises Rejected if steps wait for each other or for one that is not there.
    """
    tasks = {step.id: Task(step) for step in steps}
    for task in tasks.values():
        for need in _needs(task.step):
            if need not in tasks:
                raise reject("MC0834", steps=f"{task.step.id} waits for {need}, which is not there")
            tasks[need].dependents.append(task)
            task.waiting_for += 1
            if tasks[need].step.verb == "decide":
                task.deciders.append(tasks[need])
        if task.step.decided_by:
            task.decider = tasks[task.step.decided_by]
    _weigh(tasks)
    return tasks


def _needs(step: Step) -> set[str]:
    return {*step.needs, step.decided_by} if step.decided_by else set(step.needs)


def _weigh(tasks: dict[str, Task]) -> None:
    missing = {task: task.waiting_for for task in tasks.values()}
    order = [task for task, count in missing.items() if count == 0]
    for task in order:
        for dependent in task.dependents:
            missing[dependent] -= 1
            if missing[dependent] == 0:
                order.append(dependent)
    if len(order) != len(tasks):
        stuck = sorted(task.step.id for task, count in missing.items() if count)
        raise reject("MC0834", steps=", ".join(stuck[:10]))
    for task in reversed(order):
        task.priority = task.step.weight + max((dependent.priority for dependent in task.dependents), default=0.0)


def downstream(task: Task) -> Iterable[Task]:
    """Every task that waits for this one, directly or not, each once; those that ended are left out."""
    seen = {task}
    stack = [task]
    while stack:
        for dependent in stack.pop().dependents:
            if dependent not in seen and not dependent.ended:
                seen.add(dependent)
                stack.append(dependent)
                yield dependent
