"""What expressions name: variables, locals, resources and their attributes must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.engine.blueprint.blocks import ResourceBlock
from mcflow.engine.blueprint.expansion import literal_keys
from mcflow.engine.blueprint.expression import Written
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.scope import RUN_FACTS
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.blueprint.types import ResourceType
from mcflow.engine.expressions import Reference

_OF_A_MAPPING = ("keys", "values", "items", "get")
_BESIDE_OUTPUTS = ("inputs", "native")


@dataclass(slots=True)
class Names:
    """Everything a blueprint declares, and what of it was used."""

    variables: Mapping[str, Any]
    locals: Mapping[str, Any]
    resources: Mapping[str, ResourceBlock]
    types: Mapping[str, ResourceType]
    """By resource name; a resource whose type is wrong has none."""
    every_resource: frozenset[str]
    """Names of all resources written, those that could not be read included."""
    used: set[tuple[str, str]] = field(default_factory=set)
    """(root, name) of variables and locals."""


def check_references(
    written: Written, names: Names, findings: Findings, *, each: bool = False, resources: bool = True, address: str | None = None
) -> None:
    """Note every reference of an expression that names nothing. ``each``: inside a for_each; ``resources``: they may be named here."""
    for reference in written.template.references:
        check = _BY_ROOT.get(reference.root)
        if check is not None:
            check(reference, _At(written, reference, names, findings, each, resources, address))


@dataclass(frozen=True, slots=True)
class _At:
    written: Written
    reference: Reference
    names: Names
    findings: Findings
    each: bool
    resources: bool
    address: str | None

    def note(self, code: str, suggestion: str | None = None, **args: object) -> None:
        position = self.written.position(self.reference)
        self.findings.add(code, position, address=self.address, suggestion=suggestion, about=args)


def _variable(reference: Reference, at: _At) -> None:
    if not reference.path:
        at.names.used.update(("vars", name) for name in at.names.variables)
        return
    name = reference.path[0]
    at.names.used.add(("vars", name))
    if name not in at.names.variables:
        nearest = closest(name, at.names.variables)
        at.note("MC0306", f"vars.{nearest}" if nearest else None, name=name, known=listed(at.names.variables))


def _local(reference: Reference, at: _At) -> None:
    if not reference.path:
        at.names.used.update(("locals", name) for name in at.names.locals)
        return
    name = reference.path[0]
    at.names.used.add(("locals", name))
    if name not in at.names.locals:
        nearest = closest(name, at.names.locals)
        at.note("MC0307", f"locals.{nearest}" if nearest else None, name=name, known=listed(at.names.locals))


def _each(reference: Reference, at: _At) -> None:
    if not at.each:
        at.note("MC0310")
    elif reference.path and reference.path[0] not in ("key", "value"):
        at.note("MC0311", closest(reference.path[0], ("key", "value")), name=reference.path[0])


def _run(reference: Reference, at: _At) -> None:
    if reference.path and reference.path[0] not in RUN_FACTS:
        at.note("MC0333", closest(reference.path[0], RUN_FACTS), name=reference.path[0], known=listed(RUN_FACTS))


def _data(reference: Reference, at: _At) -> None:
    at.note("MC0309", name=reference.path[0] if reference.path else "data")


def _resource(reference: Reference, at: _At) -> None:
    if not at.resources:
        at.note("MC0334")
        return
    if not reference.path:
        at.note("MC0340")
        return
    name = reference.path[0]
    if name not in at.names.every_resource:
        nearest = closest(name, at.names.every_resource)
        at.note("MC0305", f"resources.{nearest}" if nearest else None, name=name, known=listed(at.names.every_resource))
        return
    block, type = at.names.resources.get(name), at.names.types.get(name)
    if block is None or type is None:
        return
    rest = reference.path[1:]
    if block.for_each is not None:
        rest = _instance(name, block, type, rest, at)
    if rest:
        _attribute(name, type, rest, at)


def _instance(name: str, block: ResourceBlock, type: ResourceType, rest: tuple[str, ...], at: _At) -> tuple[str, ...]:
    """What follows the key of one instance; nothing where the key is computed or all instances are meant."""
    if not rest or rest[0] in _OF_A_MAPPING:
        return ()
    keys = literal_keys(block.for_each)
    if keys is not None and rest[0] in keys:
        return rest[1:]
    if rest[0] in type.outputs or rest[0] in _BESIDE_OUTPUTS:
        key = next(iter(keys or ()), "key")
        at.note("MC0312", f'resources.{name}["{key}"].{rest[0]}', name=name, attribute=rest[0])
    elif keys is not None:
        nearest = closest(rest[0], keys)
        at.note("MC0313", f'resources.{name}["{nearest}"]' if nearest else None, name=name, key=rest[0], known=listed(keys))
    else:
        return rest[1:]
    return ()


def _attribute(name: str, type: ResourceType, rest: tuple[str, ...], at: _At) -> None:
    attribute = rest[0]
    if attribute == "native":
        return
    if attribute == "inputs":
        if len(rest) > 1 and rest[1] not in type.properties:
            nearest = closest(rest[1], type.properties)
            at.note("MC0341", f"resources.{name}.inputs.{nearest}" if nearest else None, name=name, type=type.name, attribute=rest[1],
                    known=listed(type.properties))
        return
    if attribute in type.outputs:
        return
    if attribute in type.properties:
        at.note("MC0332", f"resources.{name}.inputs.{attribute}", name=name, type=type.name, attribute=attribute)
        return
    known = list(dict.fromkeys((*type.outputs, *_BESIDE_OUTPUTS)))
    nearest = closest(attribute, known)
    suggestion = f"resources.{name}.{nearest}" if nearest else None
    at.note("MC0308", suggestion, name=name, type=type.name, attribute=attribute, known=listed(known))


_BY_ROOT = {"vars": _variable, "locals": _local, "each": _each, "run": _run, "data": _data, "resources": _resource}
