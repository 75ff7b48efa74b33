"""Calling a function of the library: its arguments checked for what it may be given, its result weighed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.expressions import operators
from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions.function import Function
from mcflow.engine.expressions.lookups import NativeView
from mcflow.engine.expressions.missing import Missing
from mcflow.engine.expressions.run import Run
from mcflow.model.values import Secret, Unknown

_METHODS = {"keys": "keys", "values": "values", "items": "items", "get": "lookup"}


def method(name: str, arguments: list[Any]) -> tuple[str, list[Any]]:
    """The function behind a method of a mapping. ``get`` without a default gives null."""
    if name == "get" and len(arguments) == 2:
        arguments = [*arguments, None]
    return _METHODS[name], arguments


def bind(function: Function, arguments: list[Any], keywords: dict[str, Any]) -> str | None:
    """What is wrong with the number or names of the arguments; None if nothing is."""
    try:
        function.shape.bind(*arguments, **keywords)
    except TypeError as error:
        return str(error)
    return None


def call_function(function: Function, arguments: list[Any], keywords: dict[str, Any], run: Run) -> Any:
    """The function's result. Raises ExpressionError, FunctionError, NotKnownError, TooMuchError."""
    if function.kind == "any":
        return function.call(*arguments, **keywords)
    for value in (*arguments, *keywords.values()):
        if isinstance(value, Missing):
            raise value.error
    everything = [*arguments, *keywords.values()]
    if function.kind == "structure":
        secret, arguments, keywords = _opened(everything, arguments, keywords)
        if any(isinstance(value, Unknown) for value in everything):
            return run.wait(*everything)
        result = _quietly(function, arguments, keywords, run) if secret else function.call(*arguments, **keywords)
        run.weigh(result)
        return operators.tainted(result, secret, run)
    seen = operators.survey(everything, run)
    if seen & operators.UNKNOWN:
        return run.wait(*everything)
    if seen & operators.HANDLE:
        handle = operators.handle_in(everything)
        kind = "resource" if handle is None else handle.type
        raise FunctionError(f"a reference to a resource ({kind}) is not data", "read one of its attributes, such as .id")
    if seen & operators.SECRET:
        result = _quietly(function, operators.revealed(arguments), operators.revealed(keywords), run)
        run.weigh(result)
        return Secret(result)
    result = _called(function, arguments, keywords, run)
    run.weigh(result)
    return result


def _called(function: Function, arguments: list[Any], keywords: dict[str, Any], run: Run) -> Any:
    return function.call(run.files, *arguments, **keywords) if function.reads else function.call(*arguments, **keywords)


def _quietly(function: Function, arguments: list[Any], keywords: dict[str, Any], run: Run) -> Any:
    """A call with secrets in clear, whose errors therefore say nothing of what it was given."""
    try:
        return _called(function, arguments, keywords, run)
    except FunctionError:
        raise FunctionError("it cannot work with the secret value it was given (which is not shown)") from None


def _opened(everything: list[Any], arguments: list[Any], keywords: dict[str, Any]) -> tuple[bool, list[Any], dict[str, Any]]:
    """The arguments with the outermost secrets in clear; what is inside them stays."""
    secret = any(isinstance(value, Secret) for value in everything)
    return secret, [_open(value) for value in arguments], {name: _open(value) for name, value in keywords.items()}


def _open(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, NativeView):
        return value.handle.export("native") if value.role is None else value.handle
    if isinstance(value, Mapping) and not isinstance(value, dict):
        return dict(value)
    return value
