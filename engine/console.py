"""The console: one expression against variables, locals and what the state knows of the resources."""

from __future__ import annotations

from typing import Any

from mcflow.engine.expressions import ExpressionError, evaluate_tree
from mcflow.engine.project import Project
from mcflow.engine.resolve import MissingValueError, Resolver, UncomputableError
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.values import Handle, leaves
from mcflow.model.wire import redact


def evaluate(project: Project, expression: str) -> Any:
    """The value of an expression (with or without its braces) as redacted JSON. Raises Rejected."""
    text = expression if "{{" in expression else "{{ " + expression + " }}"
    state = project.workspace.read().state
    resolver = Resolver(state, project.sealer.unseal)
    scope = dict(project.blueprint.scope())
    scope["resources"] = {**dict.fromkeys(project.blueprint.resources), **resolver.targets()}
    try:
        value, problems = evaluate_tree(text, scope)
        if problems:
            raise Rejected([_finding(error) for _, error in problems])
        if any(isinstance(leaf, Handle) for leaf in leaves(value)):
            return _described(value)
        return redact(resolver.resolve(value))
    except MissingValueError as missing:
        raise Rejected([Diagnostic("MC0647", {"reference": missing.reference})]) from missing
    except UncomputableError as failure:
        raise Rejected([Diagnostic("MC0648", {"reason": failure.reason})]) from failure


def _finding(error: ExpressionError) -> Diagnostic:
    return error.diagnostic()


def _described(value: Any) -> Any:
    """Handles as what they answer, so that one can see what to ask."""
    if isinstance(value, Handle):
        return {"address": value.address, "type": value.type, **{name: redact(value.export(name)) for name in value.exports()}}
    if isinstance(value, dict):
        return {key: _described(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_described(item) for item in value]
    return redact(value)
