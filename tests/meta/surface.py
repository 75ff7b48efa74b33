"""The driver contract as text: every export of `mcflow.drivers.sdk`. ``python -m tests.meta.surface`` writes the golden file."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcflow.drivers import sdk

GOLDEN = Path(__file__).with_name("sdk_surface.txt")


def text() -> str:
    """The surface, one line a name, sorted."""
    lines = [f"CONTRACT = {sdk.CONTRACT}"]
    for name in sorted(sdk.__all__):
        if name != "CONTRACT":
            lines += _describe(name, getattr(sdk, name))
    return "\n".join(lines) + "\n"


def _describe(name: str, thing: Any) -> Iterator[str]:
    if not inspect.isclass(thing):
        yield f"{name}{_signature(thing)}" if callable(thing) else f"{name}: {thing}"
        return
    parents = [parent.__name__ for parent in thing.__bases__ if parent is not object]
    yield f"class {name}({', '.join(parents)})"
    fields = {field.name: field for field in dataclasses.fields(thing)} if dataclasses.is_dataclass(thing) else {}
    for field in fields.values():
        yield f"    {name}.{field.name}: {field.type}"
    for member, value in sorted(vars(thing).items()):
        if member.startswith("_") or member in fields:
            continue
        if inspect.isfunction(value):
            yield f"    {name}.{member}{_signature(value)}"
        elif isinstance(value, property):
            yield f"    {name}.{member} -> {value.fget.__annotations__.get('return')}"
    for member, kind in sorted(vars(thing).get("__annotations__", {}).items()):
        if member not in fields and not member.startswith("_"):
            yield f"    {name}.{member}: {kind}"


def _signature(function: Any) -> str:
    return str(inspect.signature(function))


if __name__ == "__main__":
    GOLDEN.write_text(text())
