"""The doctor compares this machine's clock with the store's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.stores.memory import Bucket, MemoryObjects
from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api
from mcflow.engine.doctor import Check
from mcflow.engine.options import ApplyOptions
from mcflow.state.stores.local import LocalStore
from mcflow.state.stores.remote import RemoteStore

NET = "\nresources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n"


@dataclass
class Behind:
    """A store whose clock is so many seconds behind this machine's."""

    project: Any
    seconds: float

    def now(self) -> float:
        return float(self.project.ports.clock.now() - self.seconds)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    made.write(NET)
    made.apply()
    return made


def clocks(shop: Shop, monkeypatch: pytest.MonkeyPatch, told: Any) -> list[Check]:
    project = shop.project()
    monkeypatch.setattr(LocalStore, "now", lambda store: told(project))
    return [each for each in api.examine(project, ApplyOptions()).checks if each.name == "clock"]


@pytest.mark.parametrize(("seconds", "health", "text"), [
    (0, "ok", "within 30 s"), (25, "ok", "within 30 s"), (-25, "ok", "within 30 s"),
    (60, "warn", "60 s ahead of"), (-3600, "warn", "3600 s behind"),
])
def test_a_clock_that_is_wrong_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch, seconds: float, health: str, text: str) -> None:
    check, = clocks(shop, monkeypatch, lambda project: Behind(project, seconds).now())
    assert check.health == health
    assert text in check.message


def test_a_store_that_does_not_tell_is_a_note(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(project: Any) -> float:
        raise PermissionError("denied")

    check, = clocks(shop, monkeypatch, refuse)
    assert check.health == "note"
    assert "denied" in check.message


def test_files_of_this_machine_have_no_clock_of_their_own(shop: Shop) -> None:
    assert not [each for each in api.examine(shop.project(), ApplyOptions()).checks if each.name == "clock"]


def test_a_remote_store_tells_the_time_of_what_it_keeps_its_log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = MemoryObjects(Bucket())
    monkeypatch.setattr(objects, "now", lambda: 1234.5)
    assert RemoteStore(objects, "shop", "default", spill_folder=tmp_path).now() == 1234.5
