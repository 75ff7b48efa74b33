"""The service itself: create, describe, list, modify, delete, and what happens to a call on its way."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar, cast

import msgspec

from mcflow.drivers.mock.cloud import errors
from mcflow.drivers.mock.cloud.errors import Lost, Refused
from mcflow.drivers.mock.cloud.faults import Behaviour, behaviour_of, fate, lasting, uniform
from mcflow.drivers.mock.cloud.kinds import KINDS
from mcflow.drivers.mock.cloud.objects import (
    Attributes,
    Entry,
    Kind,
    Object,
    Operation,
    copied,
    natural_key,
    natural_term,
    unique_term,
)
from mcflow.drivers.mock.cloud.room import Room
from mcflow.drivers.mock.cloud.store import Store
from mcflow.drivers.mock.cloud.work import NOBODY, Caller, Created, admit, build, change, remove, restart


@dataclass(frozen=True, slots=True)
class View:
    """What a read shows of an object; a copy."""

    id: str
    kind: str
    status: str
    attributes: Attributes
    tags: dict[str, str]
    created_at: float
    etag: int
    reason: str = ""


T = TypeVar("T")


class Cloud:
    """One account and region of the service over a store. Safe for many threads; processes share it through the store's file."""

    def __init__(self, store: Store, *, account: str = "rehearsal", region: str = "mock-east", config: Mapping[str, Any] | None = None,
                 clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep) -> None:
        self.store = store
        self.scope = f"{account}/{region}"
        self.region = region
        self._config = dict(config or {})
        self._clock = clock
        self._sleep = sleep
        self._behaviour: tuple[dict[str, Any], Behaviour] | None = None
        self._reads: dict[str, int] = {}
        self._bucket = (0.0, 0.0)
        self._bucket_lock = threading.Lock()

    def behaviour(self) -> Behaviour:
        """How the service behaves now: config, and what was set by hand."""
        by_hand = self.store.settings()
        known = self._behaviour
        if known is None or known[0] != by_hand:
            self._behaviour = known = (by_hand, behaviour_of(self._config, by_hand))
        return known[1]

    # Mutations ---------------------------------------------------------------------------------------------------------------------

    def create(self, kind: str, attributes: Mapping[str, Any], *, tags: Mapping[str, str] | None = None, token: str = "",
               caller: Caller = NOBODY) -> Created:
        """Make an object. With a ``token`` that was used before, the answer of then. Raises Refused, Lost."""
        spec, wanted, marks = KINDS[kind], copied(dict(attributes)), dict(tags or {})

        def work(room: Room) -> tuple[str, str, Created]:
            digest = sha256(msgspec.json.encode([kind, wanted, marks], order="deterministic")).hexdigest() if token else ""
            if token and (made := self.store.token(token)):
                if made[1] != digest:
                    raise Refused(errors.TOKEN_MISMATCH, "the token was used for another request")
                return made[0], "repeated", Created(made[0])
            found = build(room, spec, wanted, marks, caller)
            answer = admit(room, spec, found)
            if token:
                self.store.keep_token(token, found.id, digest)
            return found.id, "ok", answer

        return self._mutate("create", kind, work, caller, caller.address, token)

    def modify(self, kind: str, id: str, changes: Mapping[str, Any], *, tags: Mapping[str, str | None] | None = None,
               etag: int | None = None) -> None:
        """Change attributes (and tags: None removes a key). With an ``etag``, only if it is current. Raises Refused, Lost."""
        spec, wanted = KINDS[kind], copied(dict(changes))

        def work(room: Room) -> tuple[str, str, None]:
            found = room.changeable(spec, id)
            if etag is not None and etag != found.etag:
                raise Refused(errors.STALE, f"{id} has etag {found.etag}, not {etag}")
            change(room, spec, found, wanted, tags)
            return id, "ok", None

        self._mutate("modify", kind, work, NOBODY, self._address(id))

    def put_part(self, kind: str, id: str, collection: str, key: str, body: Attributes | None, *, etag: int, part: str,
                 caller: Caller = NOBODY, verb: str = "create") -> None:
        """Write one entry of a collection in an object's body (None removes it), if the etag is current. The ledger names the ``part``."""
        def work(room: Room) -> tuple[str, str, None]:
            spec = KINDS[kind]
            found = room.changeable(spec, id)
            if etag != found.etag:
                raise Refused(errors.STALE, f"{id} has etag {found.etag}, not {etag}")
            parts = dict(found.attributes.get(collection, {}))
            if body is None:
                if key not in parts:
                    raise Refused(errors.NOT_FOUND, f"{id} has no {part} {key}")
                del parts[key]
            else:
                parts[key] = copied(body)
            change(room, spec, found, {collection: parts}, None)
            return f"{id}|{key}", "ok", None

        self._mutate(verb, part, work, caller, caller.address or f"{id}|{key}")

    def delete(self, kind: str, id: str) -> None:
        """Delete an object. Raises Refused (NotFound, DependencyViolation …), Lost."""
        spec = KINDS[kind]

        def work(room: Room) -> tuple[str, str, None]:
            found = room.need(kind, id, "id")
            if found.status(room.now) == "deleting":
                return id, "repeated", None
            remove(room, spec, found)
            return id, "ok", None

        self._mutate("delete", kind, work, NOBODY, self._address(id))

    def restart(self, kind: str, id: str) -> None:
        """Restart a running machine; it is pending until it has started again. Raises Refused, Lost."""
        spec = KINDS[kind]

        def work(room: Room) -> tuple[str, str, None]:
            restart(room, spec, room.changeable(spec, id))
            return id, "ok", None

        self._mutate("restart", kind, work, NOBODY, self._address(id))

    def empty_page(self, bucket: str, page: int = 10) -> int:
        """Delete up to ``page`` of a bucket's stored objects; the number left."""
        def work(room: Room) -> tuple[str, str, int]:
            found = room.need("bucket", bucket, "id")
            left = max(0, int(found.attributes["object_count"]) - page)
            found.attributes = {**found.attributes, "object_count": left}
            self.store.put(found)
            return bucket, "ok", left

        return self._mutate("empty", "bucket", work, NOBODY, self._address(bucket))

    # Reads -------------------------------------------------------------------------------------------------------------------------

    def describe(self, kind: str, ids: Iterable[str]) -> list[View]:
        """Those of ``ids`` that can be seen now. Raises Refused(Throttled, Internal)."""
        self._read(kind)
        now = self._clock()
        return [_view(found, now) for found in self.store.many(ids) if found.kind == kind and self._visible(found, now)]

    def search(self, kind: str, *, tags: Mapping[str, str] | None = None, where: Mapping[str, Any] | None = None) -> list[View]:
        """All visible objects of a kind, filtered by tags and by equal attributes."""
        self._read(kind)
        now, spec, where = self._clock(), KINDS[kind], dict(where or {})
        seen = [found for found in self._candidates(spec, tags or {}, where) if found.kind == kind and self._visible(found, now)]
        return [_view(found, now) for found in seen
                if all(found.tags.get(key) == value for key, value in (tags or {}).items())
                and all(found.attributes.get(key) == value for key, value in where.items())]

    def operations(self, ids: Iterable[str]) -> list[tuple[Operation, str]]:
        """Operations with their state now: running, done or failed."""
        self._read("operation")
        now = self._clock()
        return [(each, "running" if now < each.done_at else "failed" if each.failed else "done") for each in self.store.operations(ids)]

    def ledger(self) -> list[Entry]:
        """Every mutating call that reached the account, oldest first."""
        self._read("ledger")
        return self.store.ledger()

    def _candidates(self, spec: Kind, tags: Mapping[str, str], where: Mapping[str, Any]) -> list[Object]:
        if tags:
            key, value = next(iter(tags.items()))
            return self.store.find(f"tag:{key}={value}")
        if spec.unique and spec.unique in where:
            return self.store.find(unique_term(spec, self.scope, str(where[spec.unique])))
        if spec.natural and all(name in where for name in spec.natural):
            return self.store.find(natural_term(spec, self.scope, natural_key(spec, where)))
        return self.store.find(f"kind:{self.scope}:{spec.name}")

    def _visible(self, found: Object, now: float) -> bool:
        return found.visible_at <= now and found.scope == self.scope and found.status(now) != "gone"

    def _read(self, kind: str) -> None:
        behaviour = self.behaviour()
        self._spend(behaviour)
        if behaviour.call:
            self._sleep(lasting(behaviour, behaviour.call, kind, "read"))
        if behaviour.read_error:
            self._reads[kind] = attempt = self._reads.get(kind, 0) + 1
            if uniform(behaviour.seed, kind, "read", attempt) < behaviour.read_error:
                raise Refused(errors.INTERNAL, "the service could not answer")

    # What happens to a mutation on its way -----------------------------------------------------------------------------------------

    def _mutate(self, verb: str, kind: str, work: Callable[[Room], tuple[str, str, T]], caller: Caller, address: str,
                token: str = "") -> T:
        behaviour = self.behaviour()
        half = lasting(behaviour, behaviour.call, address, verb) / 2
        if half:
            self._sleep(half)
        self._spend(behaviour)
        answer: T | None = None
        refused: Refused | None = None
        with self.store.transaction():
            now = self._clock()
            chance = fate(behaviour, address, verb, self.store.attempt(address, verb))
            id, outcome = "", str(chance or "ok")
            if chance in ("", "lost_reply"):
                try:
                    id, done, answer = work(Room(self.store, self.scope, now, behaviour))
                    outcome = done if not chance else f"lost_reply:{done}"
                except Refused as no:
                    refused, outcome = no, no.code if not chance else f"lost_reply:{no.code}"
            self.store.log(Entry(0, now, os.getpid(), verb, kind, id, caller.op, token, address, outcome))
        if half:
            self._sleep(half)
        if chance == "throttle":
            raise Refused(errors.THROTTLED, "too many requests", retry_after=0.05)
        if chance == "error":
            raise Refused(errors.INTERNAL, "the service failed before it began")
        if chance:
            raise Lost(mutation=True)
        if refused:
            raise refused
        return cast(T, answer)

    def _spend(self, behaviour: Behaviour) -> None:
        """Take one call out of the bucket of this process, which holds one second's worth."""
        if not behaviour.rate:
            return
        with self._bucket_lock:
            now = time.monotonic()
            level, at = self._bucket
            level = min(behaviour.rate, level + (now - at) * behaviour.rate)
            if level < 1:
                self._bucket = (level, now)
                raise Refused(errors.THROTTLED, "too many requests", retry_after=(1 - level) / behaviour.rate)
            self._bucket = (level - 1, now)

    def _address(self, id: str) -> str:
        found = self.store.get(id)
        return found.address if found and found.address else id


def _view(found: Object, now: float) -> View:
    return View(found.id, found.kind, found.status(now), copied(found.attributes), dict(found.tags), found.created_at, found.etag,
                found.failed)
