"""The rehearsal cloud seen from behind its counter: its file, its ledger, its switches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcflow.drivers.mock.cloud.objects import Object
from mcflow.drivers.mock.cloud.sqlite import SqliteStore

DISTURBANCES: dict[str, dict[str, float]] = {
    "lost_reply": {"lost_reply": 1.0}, "lost_request": {"lost_request": 0.4}, "throttle": {"throttle": 0.4},
}
MADE = ("ok", "lost_reply:ok")


class MockCloud:
    """One account in one file. Satisfies `mcflow.conformance.Cloud`."""

    def __init__(self, folder: Path, region: str = "mock-east", file: str = "cloud.db", **config: Any) -> None:
        self.path = folder / file
        self.store = SqliteStore(self.path)
        fast = {"poll_interval": 0.005, "request_timeout": 0.1}
        self._config = {"driver": "mock", "region": region, "path": str(self.path), **fast, **config}

    @property
    def connection(self) -> Mapping[str, Any]:
        return self._config

    @property
    def environ(self) -> Mapping[str, str]:
        return {}

    def living(self) -> list[Object]:
        """Every object that has not gone."""
        now = time.time()
        rows = self.store._db.execute("SELECT id FROM objects").fetchall()
        return [found for found in self.store.many([row[0] for row in rows]) if found.status(now) != "gone"]

    def inventory(self) -> Mapping[str, str]:
        return {found.id: found.kind for found in self.living()}

    def tags(self, id: str) -> Mapping[str, str]:
        found = self.store.get(id)
        return found.tags if found else {}

    def remove(self, type: str, id: str) -> None:
        for user in self.store.find(f"to:{id}"):
            if user.id != id:
                self.remove(type, user.id)
        with self.store.transaction():
            self.store.drop(id)

    def alter(self, type: str, id: str, attribute: str, value: Any) -> None:
        with self.store.transaction():
            found = self.store.get(id)
            assert found is not None, f"there is no {id}"
            found.attributes = {**found.attributes, attribute: value}
            self.store.put(found)

    def creations(self) -> Mapping[str, Sequence[str]]:
        made: dict[str, list[str]] = {}
        for entry in self.store.ledger():
            if entry.verb == "create" and entry.outcome in MADE and entry.op:
                made.setdefault(entry.op, []).append(entry.object_id)
        return made

    @contextmanager
    def disturb(self, kind: str) -> Iterator[None]:
        self._set({"faults": {"seed": 7, **DISTURBANCES[kind]}})
        try:
            yield
        finally:
            self._set({})

    def _set(self, settings: dict[str, Any]) -> None:
        with self.store.transaction():
            self.store.set_settings(settings)


@contextmanager
def mock_cloud(folder: Path) -> Iterator[MockCloud]:
    """A fresh account below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    cloud = MockCloud(folder)
    try:
        yield cloud
    finally:
        cloud.store.close()
