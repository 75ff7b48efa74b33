"""What a function of the language is, and how one is declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal["data", "structure", "any"]
"""What a function may be given.

``data``: known values through and through (a part that is unknown makes the whole scalar unknown; a secret inside makes the result
secret; a handle is an error). ``structure``: looks at keys and order only, what is inside passes through as it is. ``any``: also what is
missing, null or unknown itself.
"""


class Reader(Protocol):
    """What a function may ask of the outside: files of the blueprint's folder."""

    def read(self, name: str) -> str:
        """The text of a file. Raises FunctionError."""


@dataclass(frozen=True, slots=True)
class Function:
    """One entry of the library. ``example`` is an expression and the value it gives (None: depends on files)."""

    name: str
    call: Callable[..., Any]
    kind: Kind
    doc: str
    example: tuple[str, Any]
    reads: bool
    shape: inspect.Signature

    @property
    def signature(self) -> str:
        """The call as a user writes it."""
        parts: list[str] = []
        for parameter in self.shape.parameters.values():
            name = f"*{parameter.name}" if parameter.kind is parameter.VAR_POSITIONAL else parameter.name.rstrip("_")
            if parameter.default is not parameter.empty:
                name += "=…" if parameter.default is ABSENT else f"={_shown(parameter.default)}"
            parts.append(name)
        return f"{self.name}({', '.join(parts)})"


class _Absent:
    """An optional argument that was not given."""


ABSENT: Any = _Absent()


def _shown(value: object) -> str:
    return {True: "true", False: "false", None: "null"}.get(value, repr(value)) if isinstance(value, bool | None) else repr(value)


Table = dict[str, Function]


class Library:
    """Collects the functions of one module."""

    def __init__(self) -> None:
        self.table: Table = {}

    def add(self, name: str, example: str, result: Any = None, kind: Kind = "data", reads: bool = False) -> Callable[..., Any]:
        """Decorator: lists a function under the name users write. ``reads``: its first argument is the Reader."""

        def listed(call: Callable[..., Any]) -> Callable[..., Any]:
            shape = inspect.signature(call)
            if reads:
                shape = shape.replace(parameters=list(shape.parameters.values())[1:])
            doc = inspect.getdoc(call) or ""
            self.table[name] = Function(name, call, kind, doc, (example, result), reads, shape)
            return call

        return listed
