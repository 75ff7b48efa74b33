"""The life of tasks as the machine needs it: which module is told what."""

from __future__ import annotations

from mcflow.drivers.sdk import DriverError, Observed, Progress
from mcflow.engine.apply import begin as beginning
from mcflow.engine.apply import changing, creating
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.settle import expired, identify
from mcflow.engine.apply.task import Task
from mcflow.engine.calls.retry import READ_AGAIN


class TaskLife:
    """Begins tasks and tells creates, updates and deletes what was seen of their objects."""

    def begin(self, machine: Machine, task: Task) -> None:
        """A step of a plan from its beginning, an operation of an earlier run from where it stopped."""
        if task.recovered:
            machine.free(task)
            if machine.acquire(task, serial_key(task)):
                resume(machine, task)
        else:
            beginning.begin(machine, task)

    def observed(self, machine: Machine, task: Task, observed: Observed | None) -> None:
        """A look at the object."""
        (creating if task.step.verb == "create" else changing).observed(machine, task, observed)

    def progressed(self, machine: Machine, task: Task, progress: Progress) -> None:
        """A look at the cloud's own operation: when it ends, the object itself is looked at."""
        if progress.status == "running":
            task.seen = "running"
            if machine.now() > task.deadline:
                expired(machine, task, "done")
            return
        task.operation = None
        if progress.status == "failed":
            task.failure = machine.redactor.text(progress.reason or "the cloud does not say why")
        if progress.id and not task.id:
            identify(machine, task, progress.id, None)
        elif not task.id:
            machine.unwatch(task)
            creating.look(machine, task)
        machine.look_again(task)

    def unreadable(self, machine: Machine, task: Task, error: DriverError) -> None:
        """A look failed. What may pass is looked at again until time is up."""
        if not isinstance(error, READ_AGAIN):
            machine.refuse(task, error, certain=False)
        elif machine.now() > task.deadline:
            expired(machine, task, "seen")


def serial_key(task: Task) -> str | None:
    """What the cloud serialises this task by."""
    serial = type(task.type).serial
    return None if serial is None else serial({**(task.request or task.last), "id": task.id})


def resume(machine: Machine, task: Task) -> None:
    """Go on with an operation that an earlier run left open."""
    (creating if task.step.verb == "create" else changing).resume(machine, task)
