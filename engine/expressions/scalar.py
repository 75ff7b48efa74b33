"""The value of one scalar that holds expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.expressions import operators
from mcflow.engine.expressions.chains import chain_value, native_map
from mcflow.engine.expressions.deferral import derived
from mcflow.engine.expressions.errors import ExpressionError, FunctionError, TooMuchError
from mcflow.engine.expressions.files import Files
from mcflow.engine.expressions.lookups import NativeView
from mcflow.engine.expressions.missing import Missing
from mcflow.engine.expressions.run import WAITING, Run
from mcflow.engine.expressions.template import Chain, Part, Template, Tree
from mcflow.model.values import Handle, Secret, Unknown, Value

_PLAIN = (str, int, float)


def evaluate(template: Template, scope: Mapping[str, Value]) -> Value:
    """The value of a template.

    A whole expression keeps its type: plain data, a Handle, an Unknown, a Secret, or lists and mappings of them. In text, values are put
    together as text. A scalar that computes with an unknown value is Unknown as a whole. ``scope`` maps roots to values; ``run.directory``
    in it is the folder that ``file()`` reads below. Raises ExpressionError.
    """
    run = Run(template.text, scope, Files(scope))
    try:
        value = _whole(template.parts[0], run) if template.whole else _joined(template, run)
    except TooMuchError as error:
        raise ExpressionError("MC0405", 0, len(template.text), what=error.what) from error
    except RecursionError as error:
        raise ExpressionError("MC0405", 0, len(template.text), what="values nested too deeply") from error
    if run.waiting:
        return derived(template, run)
    return value


def _whole(part: Part, run: Run) -> Value:
    assert not isinstance(part, str)
    value = _value(part, run)
    if isinstance(value, _PLAIN) or value is None or isinstance(value, Secret | Handle | Unknown):
        return value
    return _finished(value, run)


def _value(part: Chain | Tree, run: Run) -> Any:
    if isinstance(part, Chain):
        value = chain_value(part, run)
    else:
        from mcflow.engine.expressions.evaluation import Evaluation

        value = Evaluation(part, run).value(part.node)
    if isinstance(value, Missing):
        raise value.error
    if isinstance(value, NativeView):
        return native_map(value, part, run)
    return value


def _finished(value: Any, run: Run) -> Any:
    """Lists and mappings as plain ones, their size counted."""
    run.spend(1)
    if isinstance(value, Mapping):
        return {str(key): _finished(item, run) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finished(item, run) for item in value]
    return value


def _joined(template: Template, run: Run) -> Value:
    out: list[str] = []
    secret = False
    for part in template.parts:
        if isinstance(part, str):
            out.append(part)
            continue
        value = _value(part, run)
        if value is WAITING or isinstance(value, Unknown):
            run.wait(value)
            continue
        if isinstance(value, Secret):
            secret = True
            value = operators.revealed(value)
        out.append(_as_text(value, part, run))
    text = "".join(out)
    run.weigh(text)
    return Secret(text) if secret else text


def _as_text(value: Any, part: Chain | Tree, run: Run) -> str:
    if isinstance(value, str):
        return value
    shown = run.text[part.offset:part.offset + part.length]
    if isinstance(value, Handle):
        raise ExpressionError("MC0420", part.offset, part.length, f"{{{{ {shown}.id }}}}", shown=shown, kind=value.type, attribute="id")
    try:
        return operators.as_text(value)
    except FunctionError as error:
        suggestion = f"{{{{ {shown} {error.suggestion} }}}}" if error.suggestion else None
        raise ExpressionError("MC0430", part.offset, part.length, suggestion, shown=shown, problem=error.problem) from error
