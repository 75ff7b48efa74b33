"""Attribute schemas of native types: JSON Schema with mcflow's annotations, written as short calls.

Annotations (all optional; also used in the portable types' JSON files):
``group``: changed in place by the update group of that name; without one an attribute is create-only ·
``read_only``: set by the cloud · ``write_only``: never read back, compared by fingerprint · ``sensitive`` · ``set``: order means nothing ·
``default_from_cloud``: absent means the cloud decides · ``incidental``: what the cloud decided is no wish of anybody's (an address from a
pool), and stays out of a blueprint made from what was found · ``at_create``: sent once, never diffed ·
``set_after_create``: not carried by the create call, set by a finish step ·
``local``: never sent (force_destroy) · ``changes_with``: groups whose update changes this read-only
value · ``blocks_delete``: what it names cannot be deleted while it is set; emptied by a release step · ``owned_keys``: a map of which only
our keys are compared · ``shared``: a collection that also holds parts of other natives · ``by_others``: what
another native may set where this one is not asked for it, and what is no drift then · ``reference``: what a handle may point at ·
``takes``: the attribute of it that is sent, where that is not its id (a role's ``arn``) ·
``words``: texts at a reference that are no ids (``self``) · ``grows``: a number that is changed in place to a larger one only; a plan that
would make it smaller is refused · ``prefix``: a version that is met by every one that begins with it (``16`` by ``16.4``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]


def _schema(kind: str, doc: str, notes: Mapping[str, Any], **keywords: Any) -> Schema:
    body = {"type": kind, **keywords, **notes}
    if doc:
        body["description"] = doc
    return {key: value for key, value in body.items() if value is not None}


def string(doc: str = "", *, enum: list[str] | None = None, pattern: str | None = None, **notes: Any) -> Schema:
    """A string."""
    return _schema("string", doc, notes, enum=enum, pattern=pattern)


def integer(doc: str = "", *, minimum: int | None = None, maximum: int | None = None, **notes: Any) -> Schema:
    """A whole number; say the unit in ``doc``."""
    return _schema("integer", doc, notes, minimum=minimum, maximum=maximum)


def number(doc: str = "", **notes: Any) -> Schema:
    """A number; say the unit in ``doc``."""
    return _schema("number", doc, notes)


def boolean(doc: str = "", **notes: Any) -> Schema:
    """True or false."""
    return _schema("boolean", doc, notes)


def array(items: Schema, doc: str = "", **notes: Any) -> Schema:
    """A list; ``set=True`` where order means nothing."""
    return _schema("array", doc, notes, items=items)


def record(properties: Mapping[str, Schema], doc: str = "", *, required: list[str] | None = None, **notes: Any) -> Schema:
    """An object with known keys."""
    return _schema("object", doc, notes, properties=dict(properties), required=required, additionalProperties=False)


def mapping(values: Schema, doc: str = "", **notes: Any) -> Schema:
    """An object with free keys."""
    return _schema("object", doc, notes, additionalProperties=values)


def anything(doc: str = "", **notes: Any) -> Schema:
    """Any JSON value."""
    return {**notes, **({"description": doc} if doc else {})}


def tags(doc: str = "Tags or labels; only the keys named here are managed.", *, group: str = "tags") -> Schema:
    """The tags of a native: a map of strings, only our keys compared, changed by the group ``tags``."""
    return mapping(string(), doc, group=group, owned_keys=True)
