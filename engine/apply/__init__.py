"""Applying: walking a plan's execution graph, nothing else.

Belongs here: the scheduler, the journalled life of a step (intent, call, wait, end), what a run reports. What the graph is belongs to
planning; what a step means to a cloud belongs to its native type.

``machine`` drives tasks; ``begin``, ``creating`` and ``changing`` are the
life of a task before its call, of a create, of an update or delete; ``watch`` waits for many objects with one look; ``run`` is the door.
"""

from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.apply.run import run

__all__ = ["Outcome", "run"]
