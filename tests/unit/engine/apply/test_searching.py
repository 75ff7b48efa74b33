"""What several creates may have made is looked for together."""

from __future__ import annotations

from tests.unit.engine.toy_driver import World, create

from mcflow.drivers.sdk import Ambiguous, Throttled


def spoiled(*, after: bool, type: str = "toy.tagged", lookups: int = 0) -> World:
    """Eight creates whose answers are lost, carried out or not."""
    world = World()
    world.cloud.fault("create", Ambiguous("unavailable", answered=True), after=after, times=8)
    for _ in range(lookups):
        world.cloud.fault("marked", Throttled("slower"))
    outcome = world.apply(*[create(f"n{index}", type) for index in range(8)])
    assert outcome.status == "done"
    assert len(world.cloud.alive(type)) == 8
    assert max(world.cloud.made.values()) == 1
    return world


def test_lost_answers_cost_one_listing_for_all_of_a_type() -> None:
    for after in (True, False):
        cloud = spoiled(after=after).cloud
        assert cloud.called("marked") >= 1
        # Some come a moment later than others, and one listing is the sweep's at the end.
        assert cloud.called("find") + cloud.called("marked") <= 5


def test_a_listing_that_fails_is_made_again_for_all() -> None:
    cloud = spoiled(after=True, lookups=2).cloud
    assert cloud.called("find") + cloud.called("marked") <= 6


def test_what_no_mark_tells_apart_is_looked_for_one_by_one() -> None:
    world = World()
    world.cloud.fault("create", Ambiguous("unavailable", answered=True), after=True, times=4)
    outcome = world.apply(*[create(f"n{index}", "toy.named", want={"name": f"name-{index}"}) for index in range(4)])
    assert outcome.status == "done"
    assert world.cloud.called("marked", "toy.named") == 0
    assert len(world.cloud.alive("toy.named")) == 4


def test_where_the_state_has_many_of_a_type_each_is_looked_for_by_itself() -> None:
    world = World()
    assert world.apply(*[create(f"old{index}") for index in range(250)]).status == "done"
    before = world.cloud.called("marked")
    world.cloud.fault("create", Ambiguous("unavailable", answered=True), after=True, times=2)
    assert world.apply(*[create(f"n{index}") for index in range(2)]).status == "done"
    assert world.cloud.called("marked") == before
    assert len(world.cloud.alive("toy.tagged")) == 252
