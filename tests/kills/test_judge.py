"""The judge finds what is planted: an orphan, something forgotten by the cloud, two objects of one operation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kills.mock_world import make_world
from tests.kills.world import World

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A small world, applied."""
    world = make_world(tmp_path, 0, 1, largest=20)
    world.write(0)
    project = api.open_project(ProjectOptions(directory=world.directory), Ports(user_config=world.directory / "user"))
    assert api.apply(project, None, PlanOptions(), ApplyOptions(), lambda plan: True).ok
    return world


def test_a_world_as_it_should_be_is_clean(world: World) -> None:
    assert world.judge() == []


def _copy(world: World, kind: str, id: str) -> None:
    store = world.cloud.store  # type: ignore[attr-defined]
    original = next(found for found in world.cloud.living() if found.kind == kind)  # type: ignore[attr-defined]
    with store.transaction():
        twin = store.get(original.id)
        twin.id = id
        store.put(twin)
        entry = next(each for each in store.ledger() if each.object_id == original.id and each.verb == "create")
        entry.object_id = id
        store.log(entry)


def test_a_twin_is_an_orphan_and_a_duplicate(world: World) -> None:
    _copy(world, "vpc", "vpc-twin")
    findings = world.judge()
    assert any(finding.startswith("orphan: vpc vpc-twin") for finding in findings)
    assert any("duplicates of one operation" in finding for finding in findings)


def test_what_the_cloud_has_not_is_missed(world: World) -> None:
    volume = next(found for found in world.cloud.living() if found.kind == "volume")  # type: ignore[attr-defined]
    world.cloud.remove("mock.volume", volume.id)
    assert f"in the state and not in the cloud: {volume.id}" in world.judge()


def test_a_state_that_cannot_be_read_is_told(world: World) -> None:
    for snapshot in world.directory.rglob("snapshot.json"):
        snapshot.write_text("{")
    for journal in (*world.directory.rglob("*.journal"), *world.directory.rglob("history/*")):
        journal.write_bytes(b"")
    assert any("unreadable state" in finding for finding in world.unreadable())
