"""What is wrong with a native type of OpenStack, compared with openstacksdk's models of the same API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from mcflow.drivers.openstack.descriptions import Model, models
from mcflow.drivers.openstack.native.rest import NEVER_SENT, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Intent

STATUSES = ("pending", "ready", "failed", "deleting", "gone")
INTENT = Intent("op", "token", {"mcflow-state": "state", "mcflow-op": "op"}, "address")
MARKED = {"description": "description", "metadata": "metadata", "tags": "tags"}


def problems(type: RestType, told: Mapping[str, str] | None = None) -> list[str]:
    """Everything in which the type and the models disagree. ``told``: attributes that the type's own code reads and writes under another
    name of the API."""
    fitting = modelled(type)
    if not fitting:
        return [f"path: no model has {type.noun.path}"]
    return [*_wrapped(type, fitting), *_named(type, fitting, told or {}), *_called(type, fitting), *_states(type, fitting),
            *_sent(type, fitting)]


def modelled(type: RestType) -> list[Model]:
    """The models of the type's path, whatever its fields are called."""
    return [model for model in models(type.noun.service) if _shape(model.path) == _shape(type.noun.path)]


def _shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path).rstrip("/")


def _wrapped(type: RestType, fitting: Sequence[Model]) -> Iterator[str]:
    noun = type.noun
    if noun.row not in {model.row for model in fitting}:
        yield f"row: {noun.row!r} is not {' or '.join(sorted({repr(model.row) for model in fitting}))}"
    if noun.rows not in {model.rows for model in fitting}:
        yield f"rows: {noun.rows!r} is not {' or '.join(sorted({repr(model.rows) for model in fitting}))}"
    if noun.detail and noun.detail != f"{noun.path}/detail":
        yield f"detail: {noun.detail} is no listing of {noun.path}"
    taken = {name for model in fitting for name in model.query} | {name for model in fitting for name in model.body}
    yield from (f"listing: it takes no {name}" for name in (noun.ids, noun.marked_by, *dict(noun.listing)) if name and name not in taken)


def known_names(type: RestType, fitting: Sequence[Model]) -> set[str]:
    """What bodies and headers may hold, and what the path says already."""
    return {name for model in fitting for name in (*model.body, *model.headers)} | set(re.findall(r"\{(\w+)\}", type.noun.path))


def _named(type: RestType, fitting: Sequence[Model], own: Mapping[str, str]) -> Iterator[str]:
    known = known_names(type, fitting)
    for name, schema in type.attributes.items():
        told = own.get(name) or type.sent.get(name, name).partition(".")[0]
        if name != "tags" and not schema.get("local") and told not in known:
            yield f"{name}: the API has no {told}"
    yield from (f"{name}: its name is said, but there is no such attribute" for name in own if name not in type.attributes)
    bearer = MARKED.get(type.noun.marks)
    if bearer and bearer not in known:
        yield f"marks: the API has no {bearer}"
    if "tags" in type.attributes and not {"tags", "metadata"} & known and type.noun.marks != "properties":
        yield "tags: the API has neither tags nor metadata"
    if type.noun.id not in {"id", *known}:
        yield f"id: the API has no {type.noun.id}"
    yield from (f"{name}: what is sent for it is said, but there is no such attribute" for name in type.sent if name not in type.attributes)
    yield from (f"{name}: what unsets it is said, but there is no such attribute" for name in type.unset if name not in type.attributes)


def _called(type: RestType, fitting: Sequence[Model]) -> Iterator[str]:
    methods = {method for model in fitting for method, *_ in model.calls}
    changed = sorted(name for name, schema in type.attributes.items() if schema.get("group") not in (None, "tags")
                     and not any(schema.get(note) for note in NEVER_SENT))
    if "POST" not in methods:
        yield "create: the API makes none by POST"
    own = type.__class__.change is not RestType.change
    if changed and not methods & ({"PUT", "PATCH"} if own else {type.noun.change}):
        yield f"update: the API has no {type.noun.change} for {', '.join(changed)}"
    if "DELETE" not in methods:
        yield "delete: the API removes none"


def _states(type: RestType, fitting: Sequence[Model]) -> Iterator[str]:
    if not type.states:
        return
    if not any(type.state in model.body for model in fitting):
        yield f"state: the API has no {type.state}"
    for word, status in type.states.items():
        if word != word.upper():
            yield f"{word}: states are in capitals"
        if status not in STATUSES:
            yield f"{word}: {status!r} is no status"
        if ("ERROR" in word or "FAIL" in word) and status != "failed":
            yield f"{word}: it is {status}, and sounds failed"
    if "ready" not in type.states.values():
        yield "states: none of them is ready"


def _sent(type: RestType, fitting: Sequence[Model]) -> Iterator[str]:
    """What a create call of everything that can be asked for would hold."""
    if vars(type.__class__).get("create") is not None:
        return
    want = {name: specimen(schema) for name, schema in type.attributes.items() if not any(schema.get(note) for note in NEVER_SENT)}
    known = known_names(type, fitting)
    body = type.request(cast(OpenStackSession, None), want, INTENT)
    marks = INTENT.marks if type.noun.marks == "properties" else {}
    yield from (f"{name}: the API has no {name}, and it is sent" for name in body if name not in known and name not in marks)


def specimen(schema: Mapping[str, Any]) -> Any:
    """Any value that a schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return [specimen(schema.get("items", {}))]
        case "object":
            return {name: specimen(inner) for name, inner in schema.get("properties", {}).items()} or {"key": "value"}
    return "10.0.0.0/8"
