"""What a person can do about an operation that looking does not decide: the exact commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from mcflow.state.records import Intent


def commands(intent: Intent, candidates: Sequence[str] = ()) -> tuple[str, ...]:
    """Each settles the operation: bind it to one of the objects that may be its result, or end it without any."""
    address = shlex.quote(intent.address)
    bind = tuple(f"mcflow import {address} {shlex.quote(id)}" for id in candidates) if intent.action == "create" else ()
    return (*bind, f"mcflow forget --force {address}")


def advice(intent: Intent, candidates: Sequence[str]) -> str:
    """The same as a sentence: which command means what."""
    *bind, drop = commands(intent, candidates)
    keep = " or ".join(f"`{each}`" for each in bind)
    rest = f"{keep} keeps that one (delete the others in connection {intent.connection} if nobody needs them), " if bind else ""
    return f"{rest}`{drop}` says that none of them is meant; then run `mcflow apply`"
