"""Equality of attribute values: the one notion of "already so" for the diff, for drift and for waiting.

Wanted and observed values are compared as the schema means them: sets without order, owned keys only, normalised, numbers as numbers,
absent as empty. Secrets are compared by value, write-only ones by keyed fingerprint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mcflow.drivers.sdk import NativeType
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value

Fingerprint = Callable[[Any, str], str]
"""Turns a plain value into its keyed fingerprint."""

_PLAIN = (str, int, float, bool)
_NOT_KNOWN = (Unknown, Ref, Export, Derived, Handle)
_NEVER_COMPARED = ("read_only", "at_create", "local", "default_from_cloud", "write_only")


def same(
    type: NativeType[Any], attribute: str, want: Value, have: Value, *, last: Value = None, fingerprint: Fingerprint | None = None
) -> bool:
    """True if ``have`` (observed) already is what ``want`` asks of this attribute; None stands for absent.

    ``last`` is the want before this one: owned keys and shared items that it had and ``want`` has not must be gone. For a write-only
    attribute ``have`` is the recorded fingerprint and ``fingerprint`` makes the wanted value's; without it there is nothing to compare and
    the answer is True. A want that is not known yet is never the same.
    """
    if want.__class__ is have.__class__ and isinstance(want, _PLAIN) and want == have:
        return True
    schema = type.attributes.get(attribute, {})
    if schema.get("write_only"):
        return _same_unreadable(want, have, fingerprint)
    if not _known(want):
        return False
    return _same(schema, _canonical(type, attribute, want), _canonical(type, attribute, have), _canonical(type, attribute, last))


def same_all(type: NativeType[Any], attributes: Sequence[str], want: Mapping[str, Value], have: Mapping[str, Value],
             last: Mapping[str, Value] | None = None) -> bool:
    """True if every named attribute that can be read back is the same; write-only ones count as settled."""
    before = last or {}
    return all(same(type, name, want.get(name), have.get(name), last=before.get(name)) for name in attributes)


def is_compared(schema: Mapping[str, Any]) -> bool:
    """True if a diff looks at an attribute with this schema; read-only, sent-once and never-sent ones are left out."""
    return not (schema.get("read_only") or schema.get("at_create") or schema.get("local"))


def owned(type: NativeType[Any], attribute: str, have: Value, *wants: Value) -> list[Any]:
    """The items of a shared list that any of ``wants`` (the one before, the one now) names; the others are parts of other natives."""
    items = type.attributes.get(attribute, {}).get("items", {})
    named = [item for want in wants if isinstance(want, list) for item in _canonical(type, attribute, want)]
    return [item for item in _canonical(type, attribute, have) or [] if _among(items, item, named)]


def _same_unreadable(want: Value, have: Value, fingerprint: Fingerprint | None) -> bool:
    if not _known(want):
        return False
    if fingerprint is None:
        return True
    if want is None:
        return have is None
    return isinstance(have, str) and fingerprint(_plain(want), have) == have


def _canonical(type: NativeType[Any], attribute: str, value: Value) -> Any:
    return None if value is None else type.normalise(attribute, _plain(value))


def _known(value: Value) -> bool:
    if isinstance(value, dict):
        return all(_known(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(_known(item) for item in value)
    return not isinstance(value, _NOT_KNOWN)


def _plain(value: Value) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _same(schema: Mapping[str, Any], want: Any, have: Any, last: Any = None) -> bool:
    if want is None:
        return _same_absent(schema, have, last)
    if isinstance(want, dict):
        return _same_object(schema, want, have if have is not None else {}, last)
    if isinstance(want, list):
        return _same_list(schema, want, have if have is not None else [], last)
    if isinstance(want, bool) or isinstance(have, bool):
        return want is have or (want is False and have is None)
    if want == "" and have is None:
        return True
    if schema.get("prefix") and isinstance(want, str) and isinstance(have, str):
        return have == want or have.startswith(f"{want}.")
    return bool(want == have)


def _same_absent(schema: Mapping[str, Any], have: Any, last: Any) -> bool:
    if "default" in schema:
        return _same(schema, schema["default"], have) if schema["default"] is not None else _empty(have)
    if schema.get("owned_keys") or schema.get("shared"):
        return _same(schema, {} if isinstance(have, dict) else [], have, last) if isinstance(have, dict | list) else _empty(have)
    return bool(schema.get("default_from_cloud")) or _empty(have)


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _same_object(schema: Mapping[str, Any], want: dict[str, Any], have: Any, last: Any) -> bool:
    if not isinstance(have, dict):
        return False
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties")
    other = rest if isinstance(rest, Mapping) else {}
    if not all(_same(known.get(key, other), item, have.get(key)) for key, item in want.items()):
        return False
    if schema.get("owned_keys") or schema.get("shared"):
        removed = set(last) - set(want) if isinstance(last, dict) else set()
        return not any(key in have for key in removed)
    return all(_same_unasked(known, key, item) for key, item in have.items() if key not in want)


def _same_unasked(known: Mapping[str, Mapping[str, Any]], key: str, have: Any) -> bool:
    """A key that the cloud shows and nobody asked for: fine if the schema leaves it to the cloud, or if it says nothing."""
    if key not in known:
        return have is None
    if any(known[key].get(note) for note in _NEVER_COMPARED):
        return True
    return _same_absent(known[key], have, None)


def _same_list(schema: Mapping[str, Any], want: list[Any], have: Any, last: Any) -> bool:
    if not isinstance(have, list):
        return False
    items = schema.get("items", {})
    if schema.get("shared"):
        dropped = [item for item in last if not _among(items, item, want)] if isinstance(last, list) else []
        return all(_among(items, item, have) for item in want) and not any(_among(items, item, have) for item in dropped)
    if schema.get("set"):
        return _same_set(items, want, have)
    return len(want) == len(have) and all(_same(items, left, right) for left, right in zip(want, have, strict=True))


def _among(items: Mapping[str, Any], item: Any, others: list[Any]) -> bool:
    return any(_same(items, item, other) for other in others)


def _same_set(items: Mapping[str, Any], want: list[Any], have: list[Any]) -> bool:
    left, right = _distinct(want), _distinct(have)
    if len(left) != len(right):
        return False
    return left.keys() == right.keys() or _matched(items, list(left.values()), list(right.values()))


def _distinct(values: list[Any]) -> dict[str, Any]:
    return {json.dumps(value, sort_keys=True): value for value in values}


def _matched(items: Mapping[str, Any], want: list[Any], have: list[Any]) -> bool:
    """True if each wanted item has a partner of its own (augmenting paths): items may leave parts to the cloud, so text is not enough."""
    partner: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for other, candidate in enumerate(have):
            if other not in tried and _same(items, want[index], candidate):
                tried.add(other)
                if other not in partner or place(partner[other], tried):
                    partner[other] = index
                    return True
        return False

    return all(place(index, set()) for index in range(len(want)))
