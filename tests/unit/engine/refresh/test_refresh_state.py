"""What refresh sees, what it calls drift, what it takes for gone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.engine.toy_driver import LAG, POLL, World, create, toy_driver

from mcflow.drivers.sdk import AccessDenied, InvalidCredentials, Throttled
from mcflow.engine.refresh import refresh
from mcflow.engine.sessions import Sessions
from mcflow.model.connection import Connection
from mcflow.model.diagnostic import Rejected
from mcflow.model.record import NativeRecord
from mcflow.model.values import Secret
from mcflow.model.wire import decode


def refreshed(world: World, mode: Any = "all") -> Any:
    return refresh(world.writer.state, world.sessions, world.ports, world.writer.sealer, mode)


def built(count: int = 1, **want: Any) -> World:
    world = World()
    world.apply(*[create(f"n{index}", want={"name": f"n{index}", **want}) for index in range(count)])
    world.cloud.calls.clear()
    world.cloud.clock.at += LAG + 1
    return world


def test_nothing_changed_is_nothing_found() -> None:
    world = built(3, size=1, rules=["a", "b"], tags={"x": "1"})
    found = refreshed(world)
    assert (found.records, found.drift) == ({}, [])
    assert set(found.observed) == {"n0", "n1", "n2"}


def test_one_look_serves_every_object_of_a_type_up_to_its_batch() -> None:
    world = built(450)
    found = refreshed(world)
    assert found.requests == 3
    assert [len(ids) for handler, _, ids in world.cloud.calls if handler == "observe"].count(200) == 2


def test_drift_names_the_attributes_that_differ() -> None:
    world = built(1, size=1, rules=["a", "b"], tags={"x": "1"})
    thing = world.cloud.things["tagged-1"]
    thing.want |= {"size": 7, "rules": ["b", "a"], "tags": {"x": "1", "foreign": "y"}}
    found = refreshed(world)
    drift, = found.drift
    assert [(change.path, change.before, change.after) for change in drift.attributes] == [("size", 1, 7)]
    assert found.records["n0"].attributes["size"] == 7
    assert found.records["n0"].want["size"] == 1
    assert world.told("resource_drift")[0].address == "n0"


def test_an_owned_key_that_was_changed_or_removed_is_drift() -> None:
    world = built(1, tags={"x": "1"})
    world.cloud.things["tagged-1"].want["tags"] = {"foreign": "y"}
    assert [change.path for change in refreshed(world).drift[0].attributes] == ["tags"]


def test_gone_is_what_two_looks_do_not_show() -> None:
    world = built(2)
    world.cloud.things["tagged-1"].gone_at = world.cloud.clock.at
    before = world.cloud.clock.at
    found = refreshed(world)
    assert found.records == {"n0": None}
    assert [(drift.address, drift.gone) for drift in found.drift] == [("n0", True)]
    assert world.cloud.clock.at - before >= POLL
    assert world.cloud.called("observe") == 2
    assert "n0" not in found.apply_to(world.writer.state)
    assert "n1" in found.apply_to(world.writer.state)


def test_a_just_made_object_may_not_be_visible_yet() -> None:
    world = World()
    world.apply(create("a"))
    world.cloud.lag = 10_000
    found = refreshed(world)
    assert (found.records, found.drift) == ({}, [])


def test_a_second_look_that_shows_it_settles_it() -> None:
    world = built(1)
    thing = world.cloud.things["tagged-1"]
    world.cloud.lag = world.cloud.clock.at - thing.at + POLL / 2
    assert refreshed(world).drift == []


def test_an_older_shape_is_upgraded_also_without_looking() -> None:
    world = World()
    world.apply(create("a", "toy.stepwise", want={"name": "a", "size": 2}))
    record = world.writer.state.natives["a"]
    old = {"name": "a", "width": 2}
    world.writer.state.natives["a"] = replace(record, type_version=1, want=old, attributes=old)
    found = refreshed(world, "none")
    assert found.records["a"].want == {"name": "a", "size": 2}
    assert found.records["a"].type_version == 2
    assert world.cloud.called("observe", "toy.stepwise") == 1


def test_secrets_stay_sealed_and_equal_ones_are_no_drift() -> None:
    world = built(1, echo=Secret("s3ntinel"))
    assert "s3ntinel" not in str(world.writer.state.natives["n0"])
    assert refreshed(world).drift == []
    world.cloud.things["tagged-1"].want["size"] = 3
    found = refreshed(world)
    assert "s3ntinel" not in str(found.records) + str(found.drift)
    assert decode(found.records["n0"].attributes, world.writer.sealer.unseal)["echo"] == Secret("s3ntinel")


def test_throttled_looks_are_made_again() -> None:
    world = built(1)
    world.cloud.fault("observe", Throttled("slow", retry_after=3), times=2)
    found = refreshed(world)
    assert found.requests == 1
    assert not found.diagnostics
    assert world.cloud.called("observe") == 3


def test_one_that_spoils_the_batch_does_not_hide_the_others() -> None:
    world = built(3)
    world.cloud.fault("observe", AccessDenied("not this one"), times=9, when=lambda call: "tagged-2" in call["ids"])
    found = refreshed(world)
    assert [finding.code for finding in found.diagnostics] == ["MC0835"]
    assert set(found.observed) == {"n0", "n2"}
    assert found.records == {}


def test_what_is_being_made_is_left_to_recovery() -> None:
    world = built(1)
    state = world.writer.state
    state.natives["half"] = NativeRecord(address="half", type="toy.tagged", connection="toy", driver="toy", id="x", status="creating")
    assert set(refreshed(world).observed) == {"n0"}


def test_every_connection_that_cannot_be_opened_is_told() -> None:
    world = built(1)
    driver = toy_driver(world.cloud)

    def refuse(connection: Connection) -> Any:
        raise InvalidCredentials("expired")

    driver.connect = refuse
    driver.translate = lambda failure: failure if isinstance(failure, InvalidCredentials) else None
    sessions = Sessions({"toy": Connection("toy", "toy")}, load=lambda name: driver)
    with pytest.raises(Rejected) as caught:
        refresh(world.writer.state, sessions, world.ports, world.writer.sealer)
    assert [finding.code for finding in caught.value.diagnostics] == ["MC0804"]
    assert caught.value.exit_code == 4


def test_progress_is_told() -> None:
    world = built(3)
    refreshed(world)
    assert [event.type for event in world.events if event.type.startswith("refresh")] == [
        "refresh_start", "refresh_progress", "refresh_complete"]
    assert world.told("refresh_complete")[0].data == {"done": 3, "total": 3, "requests": 1}
