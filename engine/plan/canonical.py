"""One text for one meaning: values and digests by which the planner recognises what it has seen before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value

Fingerprint = Callable[[Any], str]
_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: Value, fingerprint: Fingerprint) -> Any:
    """The tree as plain JSON: secrets as keyed fingerprints, handles and references by address. Not meant to be read back."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {key: canonical(item, fingerprint) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item, fingerprint) for item in value]
    if isinstance(value, Secret):
        return {"$fingerprint": fingerprint(value.reveal())}
    if isinstance(value, Handle):
        return {"$handle": value.export("id") if value.opaque else value.address}
    if isinstance(value, Ref):
        return {"$ref": [value.native, *value.path]}
    if isinstance(value, Export):
        return {"$export": [value.resource, value.name]}
    if isinstance(value, Derived):
        return {"$derived": [value.op, canonical(value.args, fingerprint)]}
    if isinstance(value, Unknown):
        return {"$unknown": canonical(value.source, fingerprint)}
    raise TypeError(f"{type(value).__name__} is not a value")


def digest(value: Any) -> str:
    """sha256 of plain JSON, 32 hexadecimal digits."""
    return hashlib.sha256(_ENCODER.encode(value)).hexdigest()[:32]
