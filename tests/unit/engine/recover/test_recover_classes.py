"""Killed or left without an answer, in every identity class: one object in the end, one creation per operation."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.toy_driver import LAG, LIFETIME, Killed, World, create, delete, kill_at, update

from mcflow.drivers.sdk import Ambiguous, InvalidRequest, Throttled
from mcflow.engine.options import ApplyOptions
from mcflow.engine.recover import finish, look
from mcflow.state.records import Intent

CLASSES = ["toy.tagged", "toy.token", "toy.named", "toy.natural", "toy.blank", "toy.job"]
POINTS = ["before intent", "intent durable", "call returned", "identified durable", "done durable"]
WANT = {"name": "x", "parent": "p", "size": 1}


def recovered(world: World, probe: Any = None) -> Any:
    return finish(world.writer, world.sessions, world.ports, ApplyOptions(parallelism=4, probe=probe))


def converged(world: World, type: str) -> None:
    """Recover, then do what the next plan would: create it only if it is not in the state."""
    result = recovered(world)
    assert result.sound
    assert not world.writer.state.open, result.entries
    if "a" not in world.writer.state.natives:
        assert world.apply(create("a", type, want=WANT)).status == "done"
    record = world.writer.state.natives["a"]
    assert record.status == "ready"
    assert [thing.id for thing in world.cloud.alive(type)] == [record.id]
    assert max(world.cloud.made.values()) == 1
    assert len(world.cloud.made) == 1


@pytest.mark.parametrize("lag", [0.0, LAG])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("type", CLASSES)
def test_killed_at_each_point_of_a_create(type: str, point: str, lag: float) -> None:
    world = World()
    world.cloud.lag = lag
    with pytest.raises(Killed):
        world.apply(create("a", type, want=WANT), options=ApplyOptions(probe=kill_at(point)))
    world.killed()
    converged(world, type)


@pytest.mark.parametrize("second", POINTS[2:4])
@pytest.mark.parametrize("point", POINTS[1:4])
@pytest.mark.parametrize("type", CLASSES)
def test_killed_again_during_recovery(type: str, point: str, second: str) -> None:
    world = World()
    world.cloud.lag = LAG
    with pytest.raises(Killed):
        world.apply(create("a", type, want=WANT), options=ApplyOptions(probe=kill_at(point)))
    world.killed()
    try:
        recovered(world, kill_at(second))
    except Killed:
        world.killed()
    converged(world, type)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("lag", [0.0, LAG])
@pytest.mark.parametrize("type", CLASSES)
def test_a_lost_reply_is_looked_into_before_anything_else(type: str, lag: float, after: bool) -> None:
    world = World()
    world.cloud.lag = lag
    world.cloud.fault("create", Ambiguous("connection reset"), after=after)
    outcome = world.apply(create("a", type, want=WANT))
    assert outcome.status == "done"
    assert sum(world.cloud.made.values()) == 1
    assert len(world.writer.intents()) == 1
    handlers = [handler for handler, _, _ in world.cloud.calls]
    first = handlers.index("create")
    assert handlers[first + 1] == "find"
    assert handlers.count("create") == (1 if after and type != "toy.token" else 2) or (after and type == "toy.token")


@pytest.mark.parametrize("type", ["toy.tagged", "toy.named", "toy.natural"])
def test_without_a_token_it_is_created_again_only_after_the_window(type: str) -> None:
    world = World()
    world.cloud.fault("create", Ambiguous("timed out"), after=False)
    times: list[float] = []
    world.cloud.hooks["create"] = lambda want: times.append(world.cloud.clock.at)
    world.apply(create("a", type, want=WANT))
    assert len(times) == 2
    assert times[1] - times[0] >= LAG + LIFETIME


def test_a_token_is_sent_again_at_once_and_names_the_same_object() -> None:
    world = World()
    world.cloud.lag = LAG
    world.cloud.fault("create", Ambiguous("timed out"), after=True)
    times: list[float] = []
    world.cloud.hooks["create"] = lambda want: times.append(world.cloud.clock.at)
    assert world.apply(create("a", "toy.token", want=WANT)).status == "done"
    assert len(times) == 2
    assert times[1] - times[0] < LAG
    assert sum(world.cloud.made.values()) == 1


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("lag", [0.0, LAG])
@pytest.mark.parametrize(("type", "looks"), [("toy.named", 1), ("toy.natural", 1), ("toy.token", 0)])
def test_what_the_service_answered_is_repeated_soon_where_no_second_object_can_come_of_it(
        type: str, looks: int, lag: float, after: bool) -> None:
    world = World()
    world.cloud.lag = lag
    world.cloud.fault("create", Ambiguous("unavailable", answered=True), after=after)
    times: list[float] = []
    world.cloud.hooks["create"] = lambda want: times.append(world.cloud.clock.at)
    world.cloud.calls.clear()
    assert world.apply(create("a", type, want=WANT)).status == "done"
    assert len(world.writer.intents()) == 1
    assert sum(world.cloud.made.values()) == 1
    handlers = [handler for handler, _, _ in world.cloud.calls]
    if not after:
        first = handlers.index("create")
        assert handlers[first + 1:first + 1 + looks + 1] == ["find"] * looks + ["create"]
        assert times[1] - times[0] < LAG


def test_what_the_service_answered_is_looked_for_until_the_window_ends_where_only_marks_tell() -> None:
    world = World()
    world.cloud.fault("create", Ambiguous("unavailable", answered=True), after=False)
    times: list[float] = []
    world.cloud.hooks["create"] = lambda want: times.append(world.cloud.clock.at)
    assert world.apply(create("a", "toy.tagged", want=WANT)).status == "done"
    assert len(times) == 2
    assert times[1] - times[0] >= LAG + LIFETIME


@pytest.mark.parametrize("type", ["toy.named", "toy.natural", "toy.token"])
def test_a_lost_request_before_an_answered_one_keeps_its_window(type: str) -> None:
    world = World()
    world.cloud.lag = LAG
    world.cloud.fault("create", Ambiguous("reset"), after=False)
    world.cloud.fault("create", Ambiguous("unavailable", answered=True), after=True)
    assert world.apply(create("a", type, want=WANT)).status == "done"
    assert sum(world.cloud.made.values()) == 1


def test_a_token_past_its_lifetime_is_treated_like_a_tag() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", "toy.token", want=WANT), options=ApplyOptions(probe=kill_at("intent durable")))
    world.killed()
    world.cloud.clock.at += 4000
    before = world.cloud.clock.at
    recovered(world)
    assert sum(world.cloud.made.values()) == 1
    assert world.cloud.clock.at - before >= LAG + LIFETIME


def test_a_token_that_names_a_dead_object_closes_the_intent() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", "toy.token", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    thing = next(iter(world.cloud.things.values()))
    thing.gone_at = world.cloud.clock.at
    result = recovered(world)
    assert [entry.outcome for entry in result.entries] == ["failed"]
    assert not world.writer.state.natives
    assert not world.writer.state.open


@pytest.mark.parametrize("type", ["toy.named", "toy.natural"])
def test_what_is_there_before_the_intent_is_somebody_elses(type: str) -> None:
    world = World()
    world.apply(create("mine", type, want=WANT))
    outcome = world.apply(create("a", type, want=WANT))
    assert outcome.status == "failed"
    (_, finding), = outcome.failed
    assert finding.code == "MC0810"
    assert "import" in finding.help
    assert len(world.writer.intents()) == 1


def test_a_name_taken_by_somebody_else_meanwhile_is_not_adopted() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", "toy.named", want=WANT), options=ApplyOptions(probe=kill_at("intent durable")))
    world.killed()
    other = World(cloud=world.cloud)
    other.writer.state.lineage = "another"
    other.apply(create("b", "toy.named", want=WANT))
    result = recovered(world)
    assert [entry.outcome for entry in result.entries] == ["failed"]
    assert not world.writer.state.natives


def test_without_identity_two_candidates_are_quarantined_with_advice() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", "toy.blank", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    other = World(cloud=world.cloud)
    other.apply(create("b", "toy.blank", want=WANT))
    result = recovered(world)
    entry, = result.entries
    assert entry.outcome == "quarantined"
    assert any("blank-1" in line and "blank-2" in line for line in entry.advice)
    assert world.writer.state.open
    seen = look(world.writer.state, world.sessions, world.ports, world.writer.sealer)
    assert [each.outcome for each in seen] == ["quarantined"]
    world.cloud.things["blank-2"].gone_at = world.cloud.clock.at
    assert [each.outcome for each in recovered(world).entries] == ["adopted"]


def test_copied_tags_keep_the_equal_one_and_leave_the_other_to_the_plan() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", "toy.tagged", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    original = world.cloud.things["tagged-1"]
    from dataclasses import replace

    world.cloud.things["copy"] = replace(original, id="copy", at=original.at + 5, ready_at=0)
    world.cloud.things["odd"] = replace(original, id="odd", want={**original.want, "size": 9}, ready_at=0)
    world.cloud.clock.at += 60
    result = recovered(world)
    assert [entry.id for entry in result.entries] == ["tagged-1"]
    assert [finding.code for finding in result.diagnostics] == ["MC0825"]
    natives = world.writer.state.natives
    assert natives["a"].id == "tagged-1"
    extra = {record.id for address, record in natives.items() if address != "a"}
    assert extra == {"copy"}


@pytest.mark.parametrize("lag", [0.0, LAG])
def test_a_refusal_after_a_lost_answer_counts_only_if_nothing_was_made(lag: float) -> None:
    world = World()
    world.cloud.lag = lag
    world.cloud.fault("create", Ambiguous("lost"), after=True)
    world.cloud.fault("create", InvalidRequest("quota gone"), after=False, when=lambda want: sum(world.cloud.made.values()) == 1)
    assert world.apply(create("a", "toy.token", want=WANT)).status == "done"
    assert sum(world.cloud.made.values()) == 1


@pytest.mark.parametrize("point", ["intent durable", "call returned"])
def test_updates_and_deletes_are_observed_before_they_are_repeated(point: str) -> None:
    world = World()
    world.apply(create("a", want=WANT))
    with pytest.raises(Killed):
        world.apply(update("a", "toy.tagged", "size", {**WANT, "size": 5}, attributes=("size",)),
                    options=ApplyOptions(probe=kill_at(point)))
    world.killed()
    expected = "finished" if point == "call returned" else "unfinished"
    assert [each.outcome for each in look(world.writer.state, world.sessions, world.ports, world.writer.sealer)] == [expected]
    assert [entry.outcome for entry in recovered(world).entries] == ["finished"]
    assert world.cloud.called("update") == 1
    assert world.writer.state.natives["a"].want["size"] == 5
    with pytest.raises(Killed):
        world.apply(delete("a"), options=ApplyOptions(probe=kill_at(point)))
    world.killed()
    assert [entry.outcome for entry in recovered(world).entries] == ["finished"]
    assert world.cloud.called("delete") == 1
    assert not world.writer.state.natives


def test_an_update_of_what_cannot_be_read_back_is_repeated() -> None:
    world = World()
    world.apply(create("a", want=WANT))
    with pytest.raises(Killed):
        world.apply(update("a", "toy.tagged", "secret", {**WANT, "password": "n3w-secret"}, attributes=("password",)),
                    options=ApplyOptions(probe=kill_at("intent durable")))
    world.killed()
    recovered(world)
    assert world.cloud.things["tagged-1"].want["password"] == "n3w-secret"


def test_the_journalled_request_is_sent_again_and_nothing_rendered_anew() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", want=WANT), options=ApplyOptions(probe=kill_at("intent durable")))
    world.killed()
    intent = world.writer.intents()[0]
    assert isinstance(intent, Intent)
    recovered(world)
    thing = next(iter(world.cloud.things.values()))
    assert thing.want == WANT
    assert thing.tags["mcflow-op"] == intent.op
    assert thing.tags["mcflow-state"] == "lineage-1"
    assert thing.token == intent.token


def test_throttled_looks_are_made_again() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    world.cloud.fault("find", Throttled("slow down"), times=3)
    assert [entry.outcome for entry in recovered(world).entries] == ["adopted"]


def test_another_account_under_the_same_name_is_left_alone() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    sessions = world.sessions
    sessions._connections["toy"].config["account"] = "elsewhere"
    result = finish(world.writer, sessions, world.ports, ApplyOptions())
    assert [entry.outcome for entry in result.entries] == ["quarantined"]
    assert sum(world.cloud.made.values()) == 1


def test_recovery_tells_what_it_found() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    recovered(world)
    event, = world.told("recovery")
    assert event.address == "a"
    assert event.data["outcome"] == "adopted"
    assert event.data["found_by"] == "mark"
    assert event.data["id"] == "tagged-1"


def test_a_live_lease_is_in_progress_and_not_looked_at() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    calls = len(world.cloud.calls)
    seen = look(world.writer.state, world.sessions, world.ports, world.writer.sealer, in_progress=True)
    assert [each.outcome for each in seen] == ["in-progress"]
    assert len(world.cloud.calls) == calls


def test_nothing_happens_where_an_operation_is_still_open() -> None:
    world = World()
    with pytest.raises(Killed):
        world.apply(create("a", "toy.blank", want=WANT), options=ApplyOptions(probe=kill_at("call returned")))
    world.killed()
    outcome = world.apply(create("a", "toy.blank", want=WANT), create("b"))
    assert [finding.code for _, finding in outcome.failed] == ["MC0838"]
    assert [step.id for step in outcome.done] == ["b:create"]
    assert world.cloud.called("create", "toy.blank") == 1
    assert [entry.outcome for entry in recovered(world).entries] == ["adopted"]


def test_an_operation_the_cloud_has_forgotten_is_settled_by_looking() -> None:
    world = World()
    world.cloud.create_seconds = 50
    with pytest.raises(Killed):
        world.apply(create("a", "toy.job", want=WANT), options=ApplyOptions(probe=kill_at("identified durable")))
    world.killed()
    assert next(iter(world.writer.state.open.values())).operation == "op-0"
    world.cloud.operations.clear()
    assert [entry.outcome for entry in recovered(world).entries] == ["adopted"]
    assert sum(world.cloud.made.values()) == 1
