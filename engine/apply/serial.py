"""What the cloud serialises: one mutation in flight for each key of a connection, the others wait their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from mcflow.engine.apply.task import Task


class Serial:
    """Who holds which key. ``begin`` takes up a task whose turn has come."""

    def __init__(self, begin: Callable[[Task], None]) -> None:
        self._begin = begin
        self._held: dict[tuple[str, str], deque[Task]] = {}

    def acquire(self, task: Task, key: str | None) -> bool:
        """True if the task holds the key now (or needs none); else it is begun again when its turn comes."""
        if key is None:
            return True
        whole = (task.step.connection, key)
        if task.serial == whole:
            return True
        if whole in self._held:
            self._held[whole].append(task)
            return False
        self._held[whole] = deque()
        task.serial = whole
        return True

    def release(self, task: Task) -> None:
        """Pass on what the task holds, if it holds anything."""
        key, task.serial = task.serial, None
        if key is None:
            return
        queue = self._held.pop(key)
        while queue:
            heir = queue.popleft()
            if not heir.ended:
                heir.serial = key
                self._held[key] = queue
                self._begin(heir)
                return
