"""Value trees as plain JSON, and back. Tagged objects stand for what JSON has not; a user's own ``$``-keys are escaped.

``{"$ref": ["net/vpc", "id"]}`` · ``{"$export": [...]}`` · ``{"$derived": [op, args]}`` · ``{"$unknown": {...}}`` ·
``{"$secret": sealed}`` · ``{"$map": {...}}`` (a user's map that has a key starting with ``$``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value

Seal = Callable[[Any], str]
"""Turns a secret's JSON value into sealed text."""
Unseal = Callable[[str], Any]
"""The inverse of Seal. Raises what the keys raise when the text cannot be opened."""


def encode(value: Value, seal: Seal) -> Any:
    """The tree as JSON. Secrets are sealed; handles must have been lowered away before (TypeError)."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        items = {key: encode(item, seal) for key, item in value.items()}
        return {"$map": items} if any(key[:1] == "$" for key in items) else items
    if isinstance(value, list | tuple):
        return [encode(item, seal) for item in value]
    return _encode_leaf(value, seal)


def _encode_leaf(value: Value, seal: Seal) -> Any:
    if isinstance(value, Ref):
        return {"$ref": [value.native, *value.path]}
    if isinstance(value, Secret):
        return {"$secret": seal(value.reveal())}
    if isinstance(value, Derived):
        return {"$derived": [value.op, [encode(item, seal) for item in value.args]]}
    if isinstance(value, Export):
        return {"$export": [value.resource, value.name, value.private]}
    if isinstance(value, Unknown):
        source = None if value.source is None else encode(value.source, seal)
        return {"$unknown": {"source": source, "schema": value.schema, "sensitive": value.sensitive}}
    if isinstance(value, Handle) and value.opaque:
        return value.export("id")
    raise TypeError(f"{value!r} has no wire form")


def decode(wire: Any, unseal: Unseal) -> Value:
    """The tree that `encode` wrote."""
    if isinstance(wire, list):
        return [decode(item, unseal) for item in wire]
    if not isinstance(wire, dict):
        return wire
    if len(wire) == 1:
        (tag, body), = wire.items()
        if tag[:1] == "$":
            return _decode_tagged(tag, body, unseal)
    return {key: decode(item, unseal) for key, item in wire.items()}


def _decode_tagged(tag: str, body: Any, unseal: Unseal) -> Value:
    if tag == "$map":
        return {key: decode(item, unseal) for key, item in body.items()}
    if tag == "$ref":
        return Ref(body[0], tuple(body[1:]))
    if tag == "$secret":
        return Secret(unseal(body))
    if tag == "$derived":
        return Derived(body[0], tuple(decode(item, unseal) for item in body[1]))
    if tag == "$export":
        return Export(body[0], body[1], body[2])
    if tag == "$unknown":
        source = None if body["source"] is None else decode(body["source"], unseal)
        return Unknown(source, body["schema"], body["sensitive"])
    raise ValueError(f"{tag} is not a tag of the wire form")


def redact(value: Value) -> Any:
    """The tree as JSON for people and machines outside: secrets as ``(sensitive)``, unknowns as ``(known after apply)``."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, Secret) or (isinstance(value, Unknown) and value.sensitive):
        return "(sensitive)"
    if isinstance(value, Handle):
        return repr(value)
    return "(known after apply)"
