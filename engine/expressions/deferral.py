"""A scalar that waits for apply, as data: its text, what it reads that is known already, and the resources it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.expressions.files import KEPT_FILES
from mcflow.engine.expressions.names import Reference
from mcflow.engine.expressions.run import Run
from mcflow.engine.expressions.template import Template
from mcflow.model.address import AddressError, parse_address
from mcflow.model.values import Derived, Handle, Unknown

HANDLE_MARK = "$handle"
"""``{"$handle": [name, key]}`` stands for a resource inside a kept scope."""


def derived(template: Template, run: Run) -> Unknown:
    """The Unknown for a scalar that computes with unknown values."""
    uses = set(run.uses)
    scope: dict[str, Any] = {}
    for reference in sorted(template.references, key=lambda one: len(one.path)):
        if reference.root == "resources":
            uses.update(reference.path[:1])
        else:
            _keep(scope, reference, run.scope, uses)
    if run.files.used:
        scope[KEPT_FILES] = dict(run.files.used)
    source = Derived("template", (template.text, scope, sorted(uses)))
    return Unknown(source, sensitive=run.touched_secret)


def _keep(kept: dict[str, Any], reference: Reference, scope: Mapping[str, Any], uses: set[str]) -> None:
    """Copy what a reference reads into ``kept``, under the same names."""
    if reference.root not in scope:
        return
    source: Any = scope[reference.root]
    steps = (reference.root, *reference.path)
    into = kept
    for at, name in enumerate(steps):
        last = at == len(steps) - 1
        if last or not isinstance(source, Mapping) or _stops(source, steps[at + 1]):
            into[name] = _portable(source, uses)
            return
        into = into.setdefault(name, {})
        if not isinstance(into, dict) or HANDLE_MARK in into:
            return
        source = _inside(source, steps[at + 1])


def _stops(source: Mapping[str, Any], name: str) -> bool:
    return _inside(source, name) is _NOTHING


_NOTHING = object()


def _inside(source: Mapping[str, Any], name: str) -> Any:
    try:
        return source[name]
    except KeyError:
        return _NOTHING


def _portable(value: Any, uses: set[str]) -> Any:
    """A value tree without live handles."""
    if isinstance(value, Mapping):
        return {str(key): _portable(item, uses) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(item, uses) for item in value]
    if isinstance(value, Handle) and not value.opaque:
        try:
            name = parse_address(value.address).name
        except AddressError:
            name = value.address
        uses.add(name)
        return {HANDLE_MARK: [name, value.key]}
    return value
