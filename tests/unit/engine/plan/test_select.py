"""Targets and excludes: a closed part of the graph."""

from mcflow.engine.plan.select import select, unknown_patterns
from mcflow.model.plan import Step


def step(id: str, *needs: str, origin: str | None = None) -> Step:
    address, _, verb = id.rpartition(":")
    return Step(id=id, address=address, verb=verb, type="t", connection="c", needs=needs, origin=origin or address.partition("/")[0])


STEPS = [
    step("net/vpc:create"), step("app/subnet:create", "net/vpc:create"), step("web/vm:create", "app/subnet:create"),
    step("db/vm:create", "app/subnet:create"), step("log/bucket:create"),
]


def ids(steps: list[Step]) -> list[str]:
    return [each.id for each in steps]


def test_a_target_brings_what_it_needs_and_nothing_else():
    assert ids(select(STEPS, ("web",), ())) == ["net/vpc:create", "app/subnet:create", "web/vm:create"]


def test_an_exclude_takes_what_needs_it():
    assert ids(select(STEPS, (), ("app",))) == ["net/vpc:create", "log/bucket:create"]


def test_steps_of_one_native_are_never_parted():
    steps = [step("vm@1:delete", "vm:create", origin="vm"), step("vm:create", origin="vm"), step("tag:create", "vm:create")]
    assert ids(select(steps, ("tag",), ())) == ["vm@1:delete", "vm:create", "tag:create"]
    assert ids(select(steps, (), ("vm",))) == []


def test_an_instance_and_a_whole_block_can_be_named():
    steps = [step('web["a"]/vm:create', origin='web["a"]'), step('web["b"]/vm:create', origin='web["b"]')]
    assert ids(select(steps, ('web["a"]',), ())) == ['web["a"]/vm:create']
    assert len(select(steps, ("web",), ())) == 2


def test_target_and_exclude_together():
    assert ids(select(STEPS, ("web", "log"), ("web",))) == ["log/bucket:create"]


def test_patterns_that_mean_nothing_are_named():
    assert unknown_patterns(["web", "wbe", 'web["a"]', "w e"], ['web["a"]']) == ["wbe", "w e"]
