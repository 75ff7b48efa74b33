"""The lock of a state: who holds it."""

from __future__ import annotations

from typing import Any

import msgspec

from mcflow.engine.project import Project


def show(project: Project) -> dict[str, Any] | None:
    """The holder, as its lease says, and where; None if nobody holds it. Times are seconds since the epoch."""
    info = project.workspace.store.holder()
    return None if info is None else {**msgspec.to_builtins(info), "place": project.workspace.store.place}
