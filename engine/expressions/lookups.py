"""One step of a chain: from a value to what lies under a name or an index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mcflow.engine.expressions.errors import ExpressionError
from mcflow.engine.expressions.functions.arguments import kind_of
from mcflow.engine.expressions.missing import Missing
from mcflow.model.values import Derived, Export, Handle, OpaqueHandleError, Ref, Secret, Unknown

_MOST_NAMES_TOLD = 8


@dataclass(frozen=True, slots=True, eq=False)
class NativeView:
    """``resources.x.native`` and ``resources.x.native.role``, on the way to an attribute."""

    handle: Handle
    role: str | None = None


def settle(value: Any) -> Any:
    """A value as expressions see it: what is bound later is unknown."""
    return Unknown(value) if isinstance(value, Ref | Export | Derived) else value


def step(value: Any, key: str | int, shown: str, offset: int, length: int, declared: bool = False) -> Any:
    """What lies under ``key``. Missing where nothing does (an error if ``declared`` or if the value has no inside).

    ``shown`` is how the chain so far is written; unknowns must have been dealt with. Raises ExpressionError.
    """
    if isinstance(value, Mapping):
        return _of_mapping(value, key, shown, offset, length, declared)
    if isinstance(value, list | tuple):
        return _of_list(value, key, shown, offset, length)
    if isinstance(value, Handle):
        return _of_handle(value, key, shown, offset, length)
    if isinstance(value, Secret):
        return _of_secret(value, key, shown, offset, length)
    if isinstance(value, NativeView):
        return _of_native(value, key, shown, offset, length)
    if isinstance(value, Missing):
        return value
    if value is None:
        return Missing(ExpressionError("MC0413", offset, length, shown=shown, name=key))
    raise ExpressionError("MC0414", offset, length, shown=shown, name=key, kind=kind_of(value))


def _of_mapping(value: Mapping[str, Any], key: str | int, shown: str, offset: int, length: int, declared: bool) -> Any:
    name = str(key)
    try:
        return settle(value[name])
    except KeyError:
        error = not_there(shown, name, value, offset, length)
    if declared:
        raise error
    return Missing(error)


def _of_secret(value: Secret, key: str | int, shown: str, offset: int, length: int) -> Any:
    """Inside a secret; what it holds instead is not told."""
    hidden = ExpressionError("MC0411", offset, length, shown=shown, name=key, known="(sensitive)")
    try:
        inner = step(value.reveal(), key, shown, offset, length)
    except ExpressionError:
        raise hidden from None
    return Missing(hidden) if isinstance(inner, Missing) else Secret(inner)


def _of_list(value: list[Any] | tuple[Any, ...], key: str | int, shown: str, offset: int, length: int) -> Any:
    index = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10 else key
    if not isinstance(index, int):
        raise ExpressionError("MC0415", offset, length, shown=shown, name=key)
    if -len(value) <= index < len(value):
        return settle(value[index])
    return Missing(ExpressionError("MC0416", offset, length, shown=shown, index=index, count=len(value)))


def _of_handle(handle: Handle, key: str | int, shown: str, offset: int, length: int) -> Any:
    name = str(key)
    if name == "inputs":
        return _asked(lambda: handle.properties, handle, name, shown, offset, length)
    if name == "native":
        return NativeView(handle)
    try:
        return settle(_asked(lambda: handle.export(name), handle, name, shown, offset, length))
    except KeyError:
        return Missing(not_there(shown, name, (*handle.exports(), "inputs", "native"), offset, length))


def _of_native(view: NativeView, key: str | int, shown: str, offset: int, length: int) -> Any:
    name = str(key)
    if view.role is None:
        return NativeView(view.handle, name)
    role = view.role
    try:
        return settle(_asked(lambda: view.handle.native(role, name), view.handle, name, shown, offset, length))
    except KeyError:
        return Missing(not_there(shown, name, (), offset, length))


def _asked(question: Callable[[], Any], handle: Handle, name: str, shown: str, offset: int, length: int) -> Any:
    try:
        return question()
    except OpaqueHandleError as error:
        raise ExpressionError("MC0417", offset, length, shown=shown, name=name) from error


def not_there(shown: str, name: str, there: Iterable[str], offset: int, length: int) -> ExpressionError:
    """The error for a name that is not there, with what is."""
    names = sorted(str(one) for one in there)
    dashed = next((one for one in names if one.startswith(f"{name}-")), None)
    suggestion = f'{shown}["{dashed}"]' if dashed else closest(name, names)
    told = ", ".join(names[:_MOST_NAMES_TOLD]) + (f" and {len(names) - _MOST_NAMES_TOLD} more" if len(names) > _MOST_NAMES_TOLD else "")
    return ExpressionError("MC0411", offset, length, suggestion, shown=shown, name=name, known=told or "nothing")


def closest(name: str, names: Iterable[str]) -> str | None:
    """The most similar of the names, if it is similar enough to be meant."""
    from rapidfuzz import process

    found = process.extractOne(name, list(names), score_cutoff=60)
    return str(found[0]) if found else None
