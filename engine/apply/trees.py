"""Value trees on their way to a handler, to the journal and back from an observation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.drivers.sdk import NativeType
from mcflow.model.values import Secret, Value, leaves, reveal
from mcflow.model.wire import encode
from mcflow.state.sealing import Sealer


def is_sent(type: NativeType[Any], attribute: str, *, create: bool) -> bool:
    """True if a request carries the attribute: never read-only or local ones, in a create none that is set after it."""
    schema = type.attributes.get(attribute, {})
    if schema.get("read_only") or schema.get("local"):
        return False
    return not (create and schema.get("set_after_create"))


def present(tree: Mapping[str, Value]) -> dict[str, Value]:
    """Without the attributes that turned out to be null: absent and null are the same to a handler."""
    return {name: value for name, value in tree.items() if value is not None}


def sealed(tree: Mapping[str, Value], sealer: Sealer) -> dict[str, Any]:
    """The tree in wire form, every secret sealed."""
    wire = encode(dict(tree), sealer.seal)
    assert isinstance(wire, dict)
    return wire


def secret_texts(tree: Value) -> tuple[str, ...]:
    """Every text inside a secret of the tree."""
    texts: set[str] = set()
    for leaf in leaves(tree):
        if isinstance(leaf, Secret):
            texts.update(str(inner) for inner in leaves(leaf.reveal()) if isinstance(inner, str) and inner)
    return tuple(texts)


def fingerprints(type: NativeType[Any], tree: Mapping[str, Value], sealer: Sealer) -> dict[str, str]:
    """Keyed fingerprints of the write-only attributes, the only trace of them that can be compared."""
    return {
        name: sealer.fingerprint(reveal(value)) for name, value in tree.items()
        if value is not None and type.attributes.get(name, {}).get("write_only")
    }


def observed_wire(
    type: NativeType[Any], attributes: Mapping[str, Any], secrets: tuple[str, ...], sealer: Sealer, *like: Mapping[str, Value]
) -> dict[str, Any]:
    """Observed attributes in wire form. Sealed: what the schema calls sensitive, whatever repeats a secret of the request, and whatever
    stands where a tree of ``like`` (the want, what was observed before) has a secret: an earlier secret is one too."""
    guarded = {
        name: _guard(type.attributes.get(name, {}), value, secrets, [tree.get(name) for tree in like])
        for name, value in attributes.items()
    }
    return sealed(guarded, sealer)


def _guard(schema: Mapping[str, Any], value: Any, secrets: tuple[str, ...], like: Sequence[Value]) -> Value:
    if value is None:
        return None
    if schema.get("sensitive") or any(isinstance(other, Secret) for other in like):
        return Secret(value)
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties")
        other = rest if isinstance(rest, Mapping) else {}
        maps = [each for each in like if isinstance(each, Mapping)]
        return {key: _guard(known.get(key, other), item, secrets, [each.get(key) for each in maps]) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # Items have no names: one that is secret makes all of them so.
        if any(isinstance(leaf, Secret) for each in like if isinstance(each, list | tuple) for leaf in leaves(each)):
            return Secret(value)
        return [_guard(schema.get("items", {}), item, secrets, ()) for item in value]
    if secrets and isinstance(value, str) and any(secret in value for secret in secrets):
        return Secret(value)
    return value


def in_clear(tree: Mapping[str, Value]) -> dict[str, Any]:
    """For the handler's call only."""
    plain = reveal(dict(tree))
    assert isinstance(plain, dict)
    return plain
