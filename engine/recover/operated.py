"""Operations that a person had asked for (a reboot, a raw call) and whose run was killed: never sent again, never decided by looking."""

from __future__ import annotations

from collections.abc import Iterator

from mcflow.model.diagnostic import Diagnostic
from mcflow.state.records import Failed, OpenIntent, State

UNKNOWN = "unknown"
"""The code in the journal of an operation of which nobody knows whether it happened."""


def is_operation(opened: OpenIntent) -> bool:
    """True for what was asked for by a person and is no part of a want."""
    return opened.intent.action == "operate"


def to_settle(state: State) -> dict[str, OpenIntent]:
    """The open operations that recovery goes on with, by op."""
    return {op: opened for op, opened in state.open.items() if not is_operation(opened)}


def unknown(state: State) -> list[Diagnostic]:
    """A warning (MC1040) for each operation of which it is not known whether it happened."""
    return [_finding(opened) for opened in state.open.values() if is_operation(opened)]


def ends(state: State, at: float) -> Iterator[Failed]:
    """What ends them in the journal: they are told once, and then past."""
    for op, opened in state.open.items():
        if is_operation(opened):
            yield Failed(op=op, code=UNKNOWN, message="its run was killed; it is not known whether it happened", at=at)


def _finding(opened: OpenIntent) -> Diagnostic:
    intent = opened.intent
    return Diagnostic("MC1040", {"operation": intent.group, "what": intent.address or f"connection {intent.connection}"},
                      address=intent.address or None)
