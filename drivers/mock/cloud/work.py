"""The work of a mutation: an object made, changed, removed. Everything is checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b, sha256

from mcflow.drivers.mock.cloud import errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.faults import lasting, uniform
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Object, Operation, copied, index_terms, natural_key
from mcflow.drivers.mock.cloud.room import Room


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of itself: like a user agent, a hint for the ledger and the fault function, never identity."""

    address: str = ""
    op: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """The answer to a creation: an id, or the operation that will make it."""

    id: str
    operation: str | None = None


NOBODY = Caller()


def build(room: Room, spec: Kind, wanted: Attributes, tags: dict[str, str], caller: Caller) -> Object:
    """Check a creation and make the object, not written yet. Raises Refused."""
    attributes = _admissible(spec, wanted)
    if tags and not spec.taggable:
        raise Refused(errors.INVALID, f"a {spec.name} takes no tags")
    room.check_links(spec, attributes)
    room.check_serial(spec, attributes)
    room.check_quota(spec)
    room.check_unique(spec, attributes)
    attributes["id"] = _new_id(room, spec, attributes, caller)
    if spec.on_create:
        spec.on_create(room, attributes)
    id = attributes.pop("id")
    lag = _lag(room, caller.address or id)
    settle = _settle(room, spec, caller.address or id, "create")
    found = Object(id, spec.name, room.scope, attributes, tags, room.now, room.now + lag, room.now + settle, address=caller.address)
    found.terms = index_terms(spec, found)
    return found


def admit(room: Room, spec: Kind, found: Object) -> Created:
    """Write a new object, or refuse it where there is no room: at once, or only in the operation."""
    full = room.exhausted(spec, found.attributes)
    if full and not spec.operation:
        raise Refused(errors.CAPACITY, full)
    if not full:
        room.store.put(found)
        room.occupy(spec, found, found.ready_at - room.now)
    if not spec.operation:
        return Created(found.id)
    operation = Operation(f"op-{found.id}", spec.name, found.id, found.ready_at, full)
    room.store.keep_operation(operation)
    return Created(found.id, operation.id)


def change(room: Room, spec: Kind, found: Object, wanted: Attributes, tags: Mapping[str, str | None] | None) -> None:
    """Check a change and write it. ``tags``: None removes a key. Raises Refused."""
    fixed = sorted(set(wanted) - spec.mutable)
    if fixed:
        raise Refused(errors.NOT_MODIFIABLE, f"{fixed[0]} of a {spec.name} cannot be changed")
    if tags and not spec.taggable:
        raise Refused(errors.INVALID, f"a {spec.name} takes no tags")
    changes = _digested(spec, wanted)
    room.check_links(spec, changes)
    room.check_serial(spec, found.attributes)
    if spec.on_change and changes:
        spec.on_change(room, found, changes)
    # New dicts, never changed ones: a read of the in-memory store may be copying the old.
    found.attributes = {**found.attributes, **changes}
    found.tags = {key: value for key, value in {**found.tags, **(tags or {})}.items() if value is not None}
    found.etag += 1
    if changes:
        settle = _settle(room, spec, found.id, "modify")
        found.ready_at = room.now + settle
        room.occupy(spec, found, settle)
    found.terms = index_terms(spec, found)
    room.store.put(found)


def restart(room: Room, spec: Kind, found: Object) -> None:
    """Check a restart and begin it. Raises Refused."""
    if found.attributes.get("power") != "running":
        raise Refused(errors.INVALID, f"{found.id} does not run")
    found.etag += 1
    found.ready_at = room.now + _settle(room, spec, found.id, "restart")
    room.store.put(found)


def remove(room: Room, spec: Kind, found: Object) -> None:
    """Check a deletion and begin it. Raises Refused."""
    users = room.users(found.id)
    if users:
        names = ", ".join(sorted(user.id for user in users)[:3])
        raise Refused(errors.DEPENDENCY, f"{found.id} is in use by {names}")
    room.check_serial(spec, found.attributes)
    if spec.on_delete:
        spec.on_delete(room, found)
    settle = _settle(room, spec, found.id, "delete")
    if settle <= 0:
        room.store.drop(found.id)
        return
    found.gone_at = room.now + settle
    room.store.put(found)
    room.occupy(spec, found, settle)


def _settle(room: Room, spec: Kind, name: str, verb: str) -> float:
    return lasting(room.behaviour, room.behaviour.settle * spec.settles, name, verb, "settle")


def _new_id(room: Room, spec: Kind, attributes: Attributes, caller: Caller) -> str:
    if spec.composite:
        return natural_key(spec, attributes)
    # Ids follow from the operation where there is one, so that runs with equal seeds have equal logs.
    count = room.store.attempt(caller.op or room.scope, f"id:{spec.name}")
    digest = blake2b(f"{room.scope}\x1f{spec.name}\x1f{caller.op}\x1f{count}".encode(), digest_size=6).hexdigest()
    return f"{spec.prefix}-{digest}"


def _lag(room: Room, name: str) -> float:
    """How long a new object stays invisible: anything up to the configured lag, fixed by seed and name."""
    lag = room.behaviour.visibility_lag
    return lag * uniform(room.behaviour.seed, name, "lag") if lag else 0.0


def _admissible(spec: Kind, wanted: Attributes) -> Attributes:
    known = set(spec.required) | set(spec.optional)
    foreign = sorted(set(wanted) - known)
    if foreign:
        raise Refused(errors.INVALID, f"a {spec.name} has no {foreign[0]}")
    missing = [name for name in spec.required if wanted.get(name) in (None, "")]
    if missing:
        raise Refused(errors.INVALID, f"a {spec.name} needs {missing[0]}")
    defaults = {name: copied(value) for name, value in spec.optional.items() if value is not None and name not in wanted}
    return _digested(spec, {**defaults, **wanted})


def _digested(spec: Kind, attributes: Attributes) -> Attributes:
    for name in spec.secrets:
        if attributes.get(name) is not None:
            attributes[f"{name}_sha256"] = sha256(str(attributes.pop(name)).encode()).hexdigest()
    return attributes
