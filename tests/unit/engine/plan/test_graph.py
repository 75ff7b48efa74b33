"""The execution graph: what waits for what."""

import itertools
from typing import Any, ClassVar

import pytest

from mcflow.drivers.sdk import Group, NativeType, Natural, Tagged, array, string
from mcflow.engine.plan.graph import GraphBuilder, LoopError, old_address, settle
from mcflow.engine.plan.node import Node
from mcflow.engine.plan.order import decide_order, dependants
from mcflow.model.plan import Step
from mcflow.model.record import Edges, NativeRecord
from mcflow.model.values import Ref


class Thing(NativeType[Any]):
    """A thing that names others at birth, later, or never."""

    name = "toy.thing"
    identity = Tagged()
    attributes: ClassVar = {
        "parent": string(), "peers": array(string(), set_after_create=True, group="peers", set=True), "size": string(group="size"),
        "power": string(group="power"),
    }
    groups: ClassVar = [Group("size", needs={"power": "stopped"})]


class Link(NativeType[Any]):
    """Exists once."""

    name = "toy.link"
    identity = Natural()
    attributes: ClassVar = {"a": string(), "b": string()}


def node(address: str, action: str, *, want: dict[str, Any] | None = None, hard: tuple[str, ...] = (), soft: tuple[str, ...] = (),
         type: NativeType[Any] | None = None, changed: dict[str, tuple[str, ...]] | None = None, attributes: dict[str, Any] | None = None,
         **more: Any) -> Node:
    edges = Edges(hard=hard, soft=soft)
    record = None if action == "create" else NativeRecord(
        address=address, type="toy.thing", connection="c", driver="toy", id=f"id-{address}", edges=edges, attributes=attributes or {}
    )
    made = Node(address, type or Thing(), "c", "toy", origin=address, want=want or {}, record=record, edges=edges, action=action,
                changed=changed or {}, settled=True, **more)
    made.known = dict(made.want)
    return made


def steps_of(*nodes: Node) -> dict[str, Step]:
    by_address = {each.address: each for each in nodes}
    users = dependants(by_address)
    decide_order(by_address, users)
    builder = GraphBuilder(by_address, users)
    builder.build()
    return {step.id: step for step in settle(builder)}


def before(steps: dict[str, Step], first: str, second: str) -> bool:
    queue, seen = [second], set()
    while queue:
        name = queue.pop()
        if name == first:
            return True
        if name not in seen:
            seen.add(name)
            queue += steps[name].needs
    return False


def test_a_child_is_made_after_its_parent_and_goes_before_it():
    steps = steps_of(node("net", "create"), node("app", "create", want={"parent": Ref("net")}, hard=("net",)))
    assert steps["app:create"].needs == ("net:create",)
    steps = steps_of(node("net", "delete"), node("app", "delete", hard=("net",)))
    assert steps["net:delete"].needs == ("app:delete",)


def test_two_that_name_each_other_are_both_made_and_then_finished():
    one = node("one", "create", want={"peers": [Ref("two")]}, soft=("two",), changed={"peers": ("peers",)})
    two = node("two", "create", want={"peers": [Ref("one")]}, soft=("one",), changed={"peers": ("peers",)})
    steps = steps_of(one, two)
    assert set(steps["one:finish:peers"].needs) == {"one:create", "two:create"}
    assert set(steps["two:finish:peers"].needs) == {"one:create", "two:create"}


def test_a_consumer_waits_for_the_finish_of_what_it_needs():
    group = node("group", "create", want={"peers": ["x"]}, changed={"peers": ("peers",)})
    steps = steps_of(group, node("vm", "create", want={"parent": Ref("group")}, hard=("group",)))
    assert set(steps["vm:create"].needs) == {"group:create", "group:finish:peers"}


def test_a_finish_that_names_its_own_consumer_gives_way():
    group = node("group", "create", want={"peers": [Ref("vm")]}, soft=("vm",), changed={"peers": ("peers",)})
    steps = steps_of(group, node("vm", "create", want={"parent": Ref("group")}, hard=("group",)))
    assert steps["vm:create"].needs == ("group:create",)
    assert "vm:create" in steps["group:finish:peers"].needs


def test_two_that_name_each_other_are_released_before_either_goes():
    one = node("one", "delete", soft=("two",), attributes={"peers": ["id-two"]})
    two = node("two", "delete", soft=("one",), attributes={"peers": ["id-one"]})
    steps = steps_of(one, two)
    releases = {name for name in steps if ":release:" in name}
    assert releases
    for step in steps.values():
        if step.purpose == "release":
            assert step.override == {"peers": []}
    assert before(steps, next(iter(releases)), "one:delete") or before(steps, next(iter(releases)), "two:delete")


def test_a_replacement_deletes_first_and_takes_its_dependants_along():
    steps = steps_of(
        node("vm", "replace"),
        node("link", "replace", type=Link(), want={"a": Ref("vm")}, hard=("vm",)),
    )
    order = ["link:delete", "vm:delete", "vm:create", "link:create"]
    for first, second in itertools.pairwise(order):
        assert before(steps, first, second), (first, second)


def test_a_surviving_dependant_makes_its_target_create_first():
    group = node("group", "replace")
    vm = node("vm", "update", want={"size": Ref("group")}, hard=("group",), changed={"size": ("size",)}, attributes={"power": "stopped"})
    steps = steps_of(group, vm)
    assert group.create_first
    assert old_address(group) == "group@1"
    assert before(steps, "group:create", "vm:update:size")
    assert before(steps, "vm:update:size", "group@1:delete")


def test_what_exists_once_is_never_created_first():
    link = node("link", "replace", type=Link(), wants_create_first=True)
    nodes = {"link": link}
    assert decide_order(nodes, {}) == ["link"]
    assert not link.create_first


def test_creating_first_reaches_what_it_depends_on():
    parent, child = node("parent", "replace"), node("child", "replace", hard=("parent",), wants_create_first=True)
    decide_order({"parent": parent, "child": child}, dependants({"parent": parent, "child": child}))
    assert child.create_first
    assert parent.create_first


def test_a_group_that_needs_a_stopped_object_is_wrapped():
    vm = node("vm", "update", want={"size": "big"}, changed={"size": ("size",)}, attributes={"power": "running", "size": "small"})
    steps = steps_of(vm)
    prepare, change, restore = "vm:prepare:size.power", "vm:update:size", "vm:restore:size.power"
    assert steps[prepare].override == {"power": "stopped"}
    assert steps[change].needs == (prepare,)
    assert steps[restore].needs == (change,)
    assert steps[restore].override == {"power": "running"}


def test_a_stopped_object_is_not_started_for_it():
    vm = node("vm", "update", want={"size": "big"}, changed={"size": ("size",)}, attributes={"power": "stopped", "size": "small"})
    assert set(steps_of(vm)) == {"vm:update:size"}


def test_a_real_loop_is_reported_with_its_steps():
    one = node("one", "create", want={"parent": Ref("two")}, hard=("two",))
    two = node("two", "create", want={"parent": Ref("one")}, hard=("one",))
    with pytest.raises(LoopError) as caught:
        steps_of(one, two)
    assert sorted(caught.value.steps) == ["one:create", "two:create"]
