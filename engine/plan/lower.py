"""Lowering: an evaluated instance becomes natives, through the driver's lowering, or as it stands if its type is a native one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mcflow.drivers.sdk import Driver, Lowering, Native, Unsuitable, Want
from mcflow.engine.blueprint import check_properties, native_schema
from mcflow.engine.plan.choose import refuse
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance
from mcflow.engine.plan.scope import Lens
from mcflow.engine.reading import Path
from mcflow.model.position import Position
from mcflow.model.values import Handle, MisusedValueError, OpaqueHandleError, Ref, Unknown, Value, leaves, substitute


def want_of(instance: Instance, tags: Mapping[str, str]) -> Want:
    """What a lowering or a chooser receives."""
    own = instance.properties.get("tags")
    merged = {**tags, **own} if isinstance(own, dict) else dict(tags)
    properties = {**instance.properties, "tags": merged} if merged else instance.properties
    return Want(properties, address=instance.address, connection=instance.connection, tags=merged)


def lower(instance: Instance, driver: Driver, tags: Mapping[str, str], lens: Lens, findings: Findings) -> list[Native]:
    """The natives of an instance, their wants over references. Exports and private exports are put on the instance."""
    out = Lowering(instance.address, instance.connection)
    native_type = driver.natives.get(instance.block.type)
    lens.raw = True
    try:
        if native_type is not None:
            want = want_of(instance, tags if "tags" in native_type.attributes else {})
            taken = _taken(native_type.attributes, want)
            native = Native(instance.address, native_type.name, "", taken, (), "owned", (), instance.block.name)
            out.natives.append(native)
            out.export(id=native.id, **{name: Ref(native.address, (name,)) for name in native_type.attributes})
        else:
            driver.lowerings[instance.block.type](want_of(instance, tags), out)
        _override(instance, driver, out, findings)
        instance.exports = {"id": instance.address, "name": instance.properties.get("name") or instance.address, **_bound(out.exports)}
        instance.privates = _bound(out.privates)
        for native in out.natives:
            native.want = {name: plain(value) for name, value in native.want.items()}
    except Unsuitable as refusal:
        refuse(findings, instance, refusal)
        return []
    except MisusedValueError as error:
        _say_misuse(instance, error, findings)
        return []
    except OpaqueHandleError as error:
        path = (*instance.block.path, "properties")
        findings.say("MC0619", path, address=instance.address, id=repr(error.handle), question=error.question)
        return []
    finally:
        lens.raw = False
        instance.lowered = True
    instance.natives = [native.address for native in out.natives]
    return out.natives


def ignored_attributes(instance: Instance, natives: list[Native], names: Iterable[str], driver: Driver, tags: Mapping[str, str],
                       lens: Lens) -> dict[str, frozenset[str]]:
    """Which attributes of its natives these properties become: those that are unknown if the property is. A property that shapes the
    natives themselves cannot be told so, and is ignored only where an attribute has its name."""
    found: dict[str, frozenset[str]] = {}
    if instance.block.type in driver.natives:
        return found
    for name in names:
        if name not in instance.properties:
            continue
        out = Lowering(instance.address, instance.connection)
        marked = replace(instance, properties={**instance.properties, name: Unknown()})
        lens.raw = True
        try:
            driver.lowerings[instance.block.type](want_of(marked, tags), out)
        except (Unsuitable, MisusedValueError, OpaqueHandleError):
            continue
        finally:
            lens.raw = False
        traced = {native.address: native.want for native in out.natives}
        for native in natives:
            own = {key for key, value in traced.get(native.address, {}).items() if _unknown_in(value)}
            found[native.address] = found.get(native.address, frozenset()) | own
    return found


def _unknown_in(value: Value) -> bool:
    return any(isinstance(leaf, Unknown) and leaf.source is None for leaf in leaves(value))


def _taken(attributes: Mapping[str, Any], want: Mapping[str, Value]) -> dict[str, Value]:
    """The want with the attribute that is taken (``takes``) in place of a whole resource, where that is not its id."""
    return {name: value.export(attributes[name]["takes"])
            if isinstance(value, Handle) and not value.opaque and attributes.get(name, {}).get("takes") else value
            for name, value in want.items()}


def _bound(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: plain(value) for name, value in values.items()}


def plain(value: Value) -> Value:
    """Handles become their ids, unknowns what they wait for: a native's want is data over references."""
    return substitute(value, _leaf)


def _leaf(leaf: Value) -> Value:
    if isinstance(leaf, Handle):
        return plain(leaf.export("id"))
    if isinstance(leaf, Native):
        return Ref(leaf.address)
    if isinstance(leaf, Unknown) and leaf.source is not None:
        return leaf.source
    return leaf


def _say_misuse(instance: Instance, error: MisusedValueError, findings: Findings) -> None:
    path: tuple[str | int, ...] = (*instance.block.path, "properties")
    guilty = next((name for name, value in instance.properties.items() if value is error.value), None)
    findings.say("MC0614", (*path, guilty) if guilty else path, address=instance.address, property=guilty or "properties",
                 operation=error.operation, type=instance.block.type)


def _override(instance: Instance, driver: Driver, out: Lowering, findings: Findings) -> None:
    """Lay the blueprint's ``<driver>: {key: {attribute: value}}`` over the natives of those keys."""
    overrides = instance.overrides.get(driver.name) or {}
    by_key: dict[str, list[Native]] = {}
    for native in out.natives:
        by_key.setdefault(native.key, []).append(native)
    for key, attributes in overrides.items():
        path = (*instance.block.path, driver.name, key)
        if key not in by_key:
            findings.say("MC0620", path, key=True, address=instance.address, key_text=key, known=", ".join(sorted(by_key)) or "none")
            continue
        if not isinstance(attributes, dict):
            findings.say("MC0607", path, address=instance.address, found=type(attributes).__name__)
            continue
        force = attributes.get("override") is True
        given = {name: value for name, value in attributes.items() if name != "override"}
        for native in by_key[key]:
            partial = {**native_schema(driver.natives[native.type]), "required": []}
            for diagnostic in check_properties(partial, given, partial_position(findings, path)):
                findings.add(diagnostic)
            _lay_over(native, given, force, path, instance, findings)


def _lay_over(native: Native, given: Mapping[str, Any], force: bool, path: tuple[str | int, ...], instance: Instance,
              findings: Findings) -> None:
    for name, value in given.items():
        if name in native.want and not force and native.want[name] != value and not _mergeable(native.want[name], value):
            findings.say("MC0621", (*path, name), key=True, address=instance.address, attribute=name, native=native.address)
            continue
        native.want[name] = {**native.want[name], **value} if _mergeable(native.want.get(name), value) else value


def _mergeable(old: Value, new: Value) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)


def partial_position(findings: Findings, base: Path) -> Callable[[Path], Position | None]:
    """Finds places of paths inside the value at ``base``."""
    return lambda where: findings.position((*base, *where))
