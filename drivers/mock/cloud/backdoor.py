"""What happens behind the service's counter: objects altered and lost out of band, switches set by hand. For people and tests."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from mcflow.drivers.mock.cloud.kinds import KINDS
from mcflow.drivers.mock.cloud.objects import Entry, Object, index_terms
from mcflow.drivers.mock.cloud.store import Store


def living(store: Store) -> list[Object]:
    """Every object that has not gone, of all regions of the account."""
    now = time.time()
    return [found for found in store.everything() if found.status(now) != "gone"]


def named(store: Store, name: str) -> list[Object]:
    """Living objects with that id, else those whose creator called them by that address."""
    there = living(store)
    return [found for found in there if found.id == name] or [found for found in there if found.address == name]


def attributes_of(found: Object) -> frozenset[str]:
    """The attributes that an object of its kind may have."""
    kind = KINDS[found.kind]
    return frozenset((*kind.required, *kind.optional, *kind.computed, *found.attributes)) - frozenset(kind.secrets)


def alter(store: Store, id: str, attributes: Mapping[str, Any], tags: Mapping[str, str | None] | None = None) -> Object:
    """Change an object without asking any rule. A tag of None is removed. Raises LookupError."""
    with store.transaction():
        found = store.get(id)
        if found is None:
            raise LookupError(id)
        found.attributes = {**found.attributes, **attributes}
        found.tags = {key: value for key, value in {**found.tags, **(tags or {})}.items() if value is not None}
        found.etag += 1
        found.terms = index_terms(KINDS[found.kind], found)
        store.put(found)
        _note(store, "drift", found)
        return found


def vanish(store: Store, id: str) -> list[Object]:
    """Remove an object, and first everything that holds on to it. What was removed, in that order. Raises LookupError."""
    with store.transaction():
        found = store.get(id)
        if found is None:
            raise LookupError(id)
        return _vanish(store, found, set())


def _vanish(store: Store, found: Object, on_the_way: set[str]) -> list[Object]:
    """Objects may hold on to each other in a circle: one that is on its way out is not asked again."""
    removed: list[Object] = []
    on_the_way.add(found.id)
    for user in store.find(f"to:{found.id}"):
        if user.id not in on_the_way and store.get(user.id) is not None:
            removed += _vanish(store, user, on_the_way)
    store.drop(found.id)
    _note(store, "vanish", found)
    return [*removed, found]


def set_by_hand(store: Store, section: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Lay values over a section of the settings (None clears the section); all settings as they are then."""
    with store.transaction():
        settings = dict(store.settings())
        if values is None:
            settings.pop(section, None)
        else:
            settings[section] = {**settings.get(section, {}), **values}
        store.set_settings(settings)
        return settings


def _note(store: Store, verb: str, found: Object) -> None:
    store.log(Entry(0, time.time(), os.getpid(), verb, found.kind, found.id, "", "", found.address, "out of band"))
