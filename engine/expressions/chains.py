"""Constant references: a root and the steps from it. Both ways of reading an expression come through here."""

from __future__ import annotations

from typing import Any

from mcflow.engine.expressions.errors import ExpressionError
from mcflow.engine.expressions.lookups import NativeView, closest, step
from mcflow.engine.expressions.names import DECLARED, ROOTS
from mcflow.engine.expressions.run import Run
from mcflow.engine.expressions.template import Chain, Tree
from mcflow.model.values import Secret, Unknown


def chain_value(chain: Chain, run: Run) -> Any:
    """The value of a constant reference; `Missing` where it leads nowhere."""
    value = root_value(chain.root, run, chain.offset)
    if chain.root == "resources" and not chain.steps:
        run.uses.update(value)
    shown = chain.root
    declared = chain.root in DECLARED
    for one in chain.steps:
        if declared and chain.root == "resources":
            run.uses.add(str(one.key))
        value = reach(value, one.key, shown, run, one.offset, one.length, declared)
        shown = _extended(shown, one.key)
        declared = False
    return value


def root_value(name: str, run: Run, offset: int) -> Any:
    """What a root stands for in this scope. Raises ExpressionError."""
    try:
        return run.scope[name]
    except KeyError:
        if name == "each":
            raise ExpressionError("MC0412", offset, len(name)) from None
        known = [root for root in ROOTS if root in run.scope]
        raise ExpressionError("MC0410", offset, len(name), closest(name, known), name=name, known=", ".join(known)) from None


def reach(value: Any, key: str | int, shown: str, run: Run, offset: int, length: int, declared: bool = False) -> Any:
    """One step of a chain; noted if it reads something secret, waiting if it leads into what is not known."""
    if isinstance(value, Unknown):
        return run.wait(value)
    run.spend(1)
    found = step(value, key, shown, offset, length, declared)
    if isinstance(found, Secret) or (isinstance(found, Unknown) and found.sensitive):
        run.touched_secret = True
    return found


def _extended(shown: str, key: str | int) -> str:
    return f"{shown}.{key}" if isinstance(key, str) and key.isidentifier() else f"{shown}[{key!r}]"


def native_map(view: NativeView, part: Chain | Tree, run: Run) -> Any:
    """``resources.x.native`` alone: the ids of the natives by role."""
    if view.role is None and not view.handle.opaque and "native" in view.handle.exports():
        return view.handle.export("native")
    shown = run.text[part.offset:part.offset + part.length]
    suggestion = f"{shown}.id" if view.role else None
    raise ExpressionError("MC0420", part.offset, part.length, suggestion, shown=shown, kind=f"part of a {view.handle.type}", attribute="id")
