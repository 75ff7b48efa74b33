"""What is wrong with a native type of AWS, judged by botocore's service models. `problems` is the whole of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import jmespath
from tests.meta.aws_specimens import TEXT, session, specimen, value, wanted

from mcflow.drivers.aws.native.ec2 import Ec2Type, pascal
from mcflow.drivers.aws.native.service import ServiceType, Update
from mcflow.drivers.aws.spelling import snake, told
from mcflow.drivers.sdk import Again, DriverError, Intent, NativeType, Token, UniqueName

UNKNOWN = "has no such operation"
UNSENT = ("read_only", "local")
UNREAD = ("write_only", "local", "at_create")
OPERATION, TOKEN = "operation-of-this-test", "token-of-this-test-0123456789abcdef"
KINDS = {
    "string": {"string", "timestamp", "blob"}, "integer": {"integer", "long"}, "number": {"integer", "long", "double", "float"},
    "boolean": {"boolean"}, "array": {"list"}, "object": {"structure", "map"},
}
"""What an attribute's type may be in the model."""
PAGE = re.compile(r"https://docs\.aws\.amazon\.com/\S+")


def problems(type: NativeType[Any], instead: Mapping[str, Any] | None = None) -> list[str]:
    """Everything wrong, as ``what: why``. ``instead``: values of the tried want that are not just any (None: left out)."""
    found = [] if PAGE.search(type.__class__.__doc__ or "") else ["page: the docstring names no page of the API"]
    if isinstance(type, ServiceType):
        found += _of_service(type)
    elif isinstance(type, Ec2Type):
        found += _of_ec2(type)
    return found if any(UNKNOWN in each for each in found) else [*found, *_tried(type, instead)]


@cache
def _service(name: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(name)


@cache
def _operations(service: str) -> Mapping[str, Any]:
    """botocore's method name → model of the operation."""
    from botocore import xform_name

    model = _service(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


# -- what the declarations say


def _of_service(type: ServiceType) -> Iterator[str]:
    calls, known = type.calls, _operations(type.calls.service)
    updates = {group: Update(each) if isinstance(each, str) else each for group, each in calls.updates.items()}
    tagging = type.tagging
    named = [calls.create, calls.read, calls.list, calls.delete, *(each.operation for each in updates.values()),
             *(each.none for each in updates.values())]
    named += [tagging.add, tagging.remove, tagging.list] if tagging else []
    missing = [name for name in named if name and name not in known]
    yield from (f"{name}: {calls.service} {UNKNOWN}" for name in missing)
    if missing:
        return
    groups = {schema["group"] for schema in type.attributes.values() if schema.get("group")}
    yield from (f"{group}: an update of a group that no attribute has" for group in updates if group not in groups)
    created = known[calls.create].input_shape
    sending = {name: schema for name, schema in type.attributes.items() if name != "tags" and not _noted(schema, *UNSENT)}
    for name, schema in sending.items():
        update = updates.get(schema.get("group", ""))
        takers = [] if schema.get("set_after_create") else [(created, type.sent)]
        takers += [(known[update.operation].input_shape, {**type.sent, **update.sent})] if update else []
        for shape, sent in takers:
            member = _member(shape, sent.get(name, name))
            yield from _words(name, schema, member)
            # What a type of its own making sends is seen when it is tried.
            if not _words_its_requests(type):
                yield from _fits(name, schema, member, shape.name)
    yield from _token_and_tags(type, created)
    identity = type.identity
    derived = {identity.attribute} if isinstance(identity, UniqueName) else set()
    given = {type.sent.get(name, name).partition(".")[0] for name in {*type.required, *derived}} | {calls.token}
    needed = {snake(name) for name in created.required_members} - given
    if not _words_its_requests(type):
        yield from (f"{name}: {calls.create} requires it" for name in sorted(needed))
    yield from _rows(type)


def _words_its_requests(type: ServiceType) -> bool:
    return any(getattr(type.__class__, name) is not getattr(ServiceType, name) for name in ("create", "request", "parameters", "change"))


def _member(shape: Any, path: str) -> Any:
    """The member of a structure under a path in snake case; None if there is none."""
    for step in path.split("."):
        if shape is None or shape.type_name != "structure":
            return None
        shape = {snake(name): each for name, each in shape.members.items()}.get(step)
    return shape


def _words(name: str, schema: Mapping[str, Any], shape: Any) -> Iterator[str]:
    words = set(getattr(shape, "enum", ()) or ())
    if words and not set(schema.get("enum", ())) <= words:
        yield f"{name}: {sorted(set(schema['enum']) - words)} are no values of {shape.name}"


def _fits(name: str, schema: Mapping[str, Any], shape: Any, where: str) -> Iterator[str]:
    if shape is None:
        yield f"{name}: {where} has no such member"
        return
    kind = schema.get("type")
    if kind and shape.type_name not in KINDS[kind]:
        yield f"{name}: {kind} here, {shape.type_name} in {where}"
    elif kind == "array":
        yield from _fits(f"{name}[]", schema["items"], shape.member, where)
    elif kind == "object" and shape.type_name == "structure":
        for inner, each in schema.get("properties", {}).items():
            yield from _fits(f"{name}.{inner}", each, _member(shape, inner), shape.name)


def _token_and_tags(type: ServiceType, created: Any) -> Iterator[str]:
    calls, tagging = type.calls, type.tagging
    if calls.token and _member(created, calls.token) is None:
        yield f"{calls.token}: {calls.create} takes no such token"
    if isinstance(type.identity, Token) and not calls.token:
        yield "identity: a Token without a token in its calls"
    if tagging is None or type.__class__.settle_tags is not ServiceType.settle_tags:
        return
    known = _operations(calls.service)
    for operation, parameters in ((tagging.add, (tagging.parameter, tagging.tags)), (tagging.remove, (tagging.parameter, tagging.keys)),
                                  (tagging.list, (tagging.parameter,))):
        for name in (*parameters, *tagging.fixed) if operation else ():
            if _member(known[operation].input_shape, name) is None:
                yield f"{name}: {operation} takes no such parameter"


def _rows(type: ServiceType) -> Iterator[str]:
    """Rows and ids are where they are said to be. Types that know better override how rows are had."""
    calls = type.calls
    for operation, path in ((calls.create, calls.made if "|" not in calls.key else ""), (calls.read, calls.row), (calls.list, calls.rows)):
        if not operation or not path or path == "@":
            continue
        shape = _operations(calls.service)[operation].output_shape
        if jmespath.search(path, told(shape, specimen(shape)) if shape else {}) in (None, []):
            yield f"{path}: nothing of the kind in the answer of {operation}"


def _of_ec2(type: Ec2Type) -> Iterator[str]:
    noun, known = type.noun, _operations("ec2")
    missing = [name for name in (noun.create, noun.describe, noun.delete) if name not in known]
    yield from (f"{name}: ec2 {UNKNOWN}" for name in missing)
    if missing:
        return
    created, described = known[noun.create].input_shape, known[noun.describe]
    if noun.rows not in described.output_shape.members:
        yield f"{noun.rows}: nothing of the kind in the answer of {noun.describe}"
    if noun.filters not in described.input_shape.members:
        yield f"{noun.filters}: {noun.describe} takes no such parameter"
    if isinstance(type.identity, Token) and "ClientToken" not in created.members:
        yield f"identity: {noun.create} takes no token"
    if noun.tagged not in _service("ec2").shape_for("ResourceType").enum:
        yield f"{noun.tagged}: no resource type for tags"
    for name, schema in type.attributes.items():
        member = created.members.get(pascal(name))
        if member is not None and schema.get("enum") and not schema.get("read_only"):
            yield from _words(name, schema, member)


# -- what the handlers do


def _tried(type: NativeType[Any], instead: Mapping[str, Any] | None) -> Iterator[str]:
    """Every handler called with a want that has everything, against the models."""
    requests: list[str] = []
    api = session(requests, {pascal(name): _text(value(schema)) for name, schema in type.attributes.items()})
    want = wanted(type.attributes, instead)
    intent = Intent(OPERATION, TOKEN, {"mcflow-op": OPERATION, "mcflow-state": "lineage"} if type.identity.marked else {}, "address")
    sent = {name: each for name, each in want.items() if not _noted(type.attributes[name], *UNSENT, "set_after_create")}
    try:
        made = yield from _attempt("create", lambda: type.create(api, sent, intent))
        proofs = {"the mark": OPERATION if type.identity.marked else "", "the token": TOKEN if isinstance(type.identity, Token) else ""}
        yield from (f"create: {proof} is not sent" for proof, text in proofs.items() if text and text not in "".join(requests))
        seen = yield from _attempt("discover", lambda: list(type.discover(api))) if type.offers("discover") else None
        ids = [each.id for each in seen or ()]
        again = yield from _attempt("observe", lambda: list(type.observe(api, ids)))
        if ids and not again:
            yield "observe: what is listed cannot be looked at"
        yield from _attempt("find", lambda: list(type.find(api, sent, intent)))
        told = {name: each for shown in [*(seen or ()), *(again or ())] for name, each in shown.attributes.items()}
        unread = [name for name, schema in type.attributes.items() if name not in told and not _noted(schema, *UNREAD)]
        yield from (f"{name}: never read" for name in unread if ids)
        id, last = [*ids, made.id if made else f"{TEXT}|{TEXT}"][0], {**want, **told, "tags": {"old": "x"}}
        for group in sorted({schema["group"] for schema in type.attributes.values() if schema.get("group")}):
            yield from _attempt(f"update {group}", partial(_settle, type, api, id, want, last, group))
            less = {name: each for name, each in want.items() if name in type.required or not _lets_go(type.attributes[name], group)}
            if less != want:
                yield from _attempt(f"update {group} to nothing", partial(_settle, type, api, id, less, last, group))
        if type.offers("delete"):
            yield from _attempt("delete", lambda: type.delete(api, id, last))
    finally:
        api.close()


def _settle(type: NativeType[Any], api: Any, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> None:
    """One round, and another where it asks for it; the answers here do not change, so that it never ends is no news."""
    if isinstance(type.update(api, id, want, last, group), Again):
        type.update(api, id, want, last, group)


def _noted(schema: Mapping[str, Any], *notes: str) -> bool:
    return any(schema.get(note) for note in notes)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _lets_go(schema: Mapping[str, Any], group: str) -> bool:
    """Whether a want without this attribute asks for a change in the group."""
    return bool(schema.get("group") == group and not schema.get("default_from_cloud"))


def _attempt(what: str, handler: Any) -> Any:
    try:
        return handler()
    except DriverError as error:
        yield f"{what}: {error}"
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        yield f"{what}: {error.__class__.__name__} {error}"
    return None
