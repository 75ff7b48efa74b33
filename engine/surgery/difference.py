"""``state diff``: what differs between two states, attribute by attribute, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mcflow.engine.project import Project
from mcflow.engine.surgery.reading import read_document, read_file
from mcflow.engine.surgery.sealed import SENSITIVE, hidden, replaced
from mcflow.model.diagnostic import reject
from mcflow.state.records import State
from mcflow.state.sealing import Sealer, SealError

CURRENT = "current"
_TREES = {"native": ("want", "attributes"), "resource": ("properties",)}
_SILENT = {"driver_version", "inputs_hash", "properties_hash", "operation", "op"}
"""Fields that change with others that are told, or say nothing to people."""


def diff(project: Project, left: str, right: str = CURRENT) -> list[dict[str, Any]]:
    """Differences from ``left`` to ``right``: serials of the history, files that `pull` wrote, or ``current``. Raises Rejected."""
    return list(differences(state_of(project, left), state_of(project, right), project.sealer))


def state_of(project: Project, name: str) -> State:
    """The state that a person named. Raises Rejected (MC0723, MC0778)."""
    if name == CURRENT:
        return project.workspace.read().state
    if name.isdigit() and not Path(name).exists():
        return project.workspace.snapshot_at(int(name))
    if not Path(name).exists():
        raise reject("MC0778", file=name, problem=f"it is neither a serial, nor a file, nor the word {CURRENT}")
    return read_document(read_file(Path(name)), name)


def differences(old: State, new: State, sealer: Sealer) -> Iterator[dict[str, Any]]:
    """{kind (native, resource, output, connection), address, type, id, change (added, removed, changed), attributes: [{path, before,
    after}]}, in the order of the states. Secrets are compared by value and never shown."""
    opened = _Opened(sealer)
    tables: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("native", old.natives, new.natives), ("resource", old.resources, new.resources),
        ("output", old.outputs, new.outputs), ("connection", old.connections, new.connections))
    for kind, before, after in tables:
        for address in dict.fromkeys((*before, *after)):
            was, now = before.get(address), after.get(address)
            if was == now:
                continue
            entry = now if now is not None else was
            row = {"kind": kind, "address": address, "type": getattr(entry, "type", ""), "id": getattr(entry, "id", "")}
            if was is None or now is None:
                yield {**row, "change": "added" if was is None else "removed", "attributes": []}
            elif attributes := list(_changed(kind, was, now, opened)):
                yield {**row, "change": "changed", "attributes": attributes}


def _changed(kind: str, was: Any, now: Any, opened: _Opened) -> Iterator[dict[str, Any]]:
    before, after = msgspec.to_builtins(was), msgspec.to_builtins(now)
    if kind == "output" and (was.sensitive or now.sensitive):
        if was.sensitive != now.sensitive or opened.tree(before.get("value")) != opened.tree(after.get("value")):
            yield {"path": "value", "before": SENSITIVE, "after": SENSITIVE}
        return
    for name in dict.fromkeys((*before, *after)):
        left, right = before.get(name), after.get(name)
        if left == right or name in _SILENT:
            continue
        if name in _TREES.get(kind, ()):
            for key in dict.fromkeys((*(left or {}), *(right or {}))):
                yield from _compared(f"{name}.{key}", (left or {}).get(key), (right or {}).get(key), opened)
        else:
            yield from _compared(name, left, right, opened)


def _compared(path: str, left: Any, right: Any, opened: _Opened) -> Iterator[dict[str, Any]]:
    if left != right and opened.tree(left) != opened.tree(right):
        yield {"path": path, "before": hidden(left), "after": hidden(right)}


class _Opened:
    """Trees with their sealed values opened, for comparing: sealed text is never the same twice."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def tree(self, tree: Any) -> Any:
        return replaced(tree, self._open)

    def _open(self, text: str) -> Any:
        try:
            return {"$secret": self._sealer.unseal(text)}
        except SealError:
            return {"$secret": text}
