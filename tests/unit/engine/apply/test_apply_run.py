"""Whole runs on the toy cloud: order, journal, outputs, records."""

from __future__ import annotations

from tests.unit.engine.toy_driver import World, create, delete, update

from mcflow.model.record import ResourceRecord
from mcflow.model.values import Derived, Ref, Secret
from mcflow.state.records import Done, Ended, Identified, Intent, Recorded, Run


def test_a_graph_is_created_changed_and_deleted() -> None:
    world = World()
    outcome = world.apply(
        create("net/vpc", want={"name": "n"}, origin="net"),
        create("app/subnet", "toy.named", "net/vpc:create", want={"name": "s", "parent": Ref("net/vpc")}, origin="app"),
        resources={"net": ResourceRecord(address="net", type="vpc", connection="toy", exports={"id": {"$ref": ["net/vpc", "id"]}})},
        outputs={
            "id": Ref("net/vpc"), "said": Derived("format", ("it is {}", Ref("app/subnet", ("address",)))), "secret": Secret("hush-hush")},
    )
    assert outcome.status == "done"
    assert outcome.outputs["id"]["value"] == "tagged-1"
    assert outcome.outputs["said"]["value"] == "it is 10.0.0.named-2"
    assert outcome.outputs["secret"] == {"sensitive": True}
    state = world.writer.state
    assert state.natives["app/subnet"].want["parent"] == "tagged-1"
    assert state.natives["app/subnet"].status == "ready"
    assert state.resources["net"].type == "vpc"
    assert not state.open
    assert "hush-hush" not in world.everything_written()
    kinds = [type(record) for record in world.writer.durable]
    assert kinds[0] is Run
    assert kinds[-1] is Ended

    changed = world.apply(update("net/vpc", "toy.tagged", "size", {"name": "n", "size": 4}, attributes=("size",)))
    assert changed.status == "done"
    assert world.cloud.things["tagged-1"].want["size"] == 4
    assert state.natives["net/vpc"].want == {"name": "n", "size": 4}

    ended = world.apply(delete("app/subnet", "toy.named"), delete("net/vpc", "toy.tagged", "app/subnet:delete"), mode="destroy", outputs={})
    assert ended.status == "done"
    assert not state.natives
    assert not state.outputs
    assert not world.cloud.alive("toy.tagged")


def test_the_intent_is_durable_before_the_call_and_the_id_before_the_wait() -> None:
    world = World()
    order: list[str] = []
    writer = world.writer
    world.cloud.hooks["create"] = lambda want: order.append("call")
    commit = writer.commit

    def committed() -> None:
        order.extend(type(record).__name__ for record in writer.pending if isinstance(record, Intent | Identified | Done))
        commit()

    writer.commit = committed
    world.apply(create("a"))
    assert order == ["Intent", "call", "Identified", "Done"]


def test_intents_of_one_tick_share_a_commit_and_waits_share_a_look() -> None:
    world = World()
    world.cloud.create_seconds = 10
    outcome = world.apply(*[create(f"n{index}") for index in range(4)])
    assert outcome.status == "done"
    groups: list[list[str]] = [[]]
    for kind, record in world.writer.log:
        if kind == "commit":
            groups.append([])
        else:
            groups[-1].append(type(record).__name__)
    assert [name for group in groups for name in group].count("Intent") == 4
    assert any(group.count("Intent") == 4 for group in groups)
    observed = [ids for handler, _, ids in world.cloud.calls if handler == "observe"]
    assert any(len(ids) == 4 for ids in observed)
    assert len(observed) <= 12


def test_records_of_resources_wait_for_all_their_natives() -> None:
    world = World()
    order: list[str] = []
    world.apply(
        create("net/vpc", origin="net"), create("net/gateway", origin="net"),
        resources={"net": ResourceRecord(address="net", type="vpc", connection="toy"), "same": ResourceRecord(
            address="same", type="vpc", connection="toy")},
    )
    for record in world.writer.durable:
        if isinstance(record, Done):
            order.append("done")
        elif isinstance(record, Recorded):
            order.extend(record.resources)
    assert order == ["same", "done", "done", "net"]


def test_what_came_as_wanted_is_not_set_once_more() -> None:
    world = World()
    finish = update("a", "toy.tagged", "peers", {"name": "a", "size": 4}, "a:create", attributes=("size",), purpose="finish")
    outcome = world.apply(create("a", want={"name": "a", "size": 4}), finish)
    assert outcome.status == "done"
    assert world.cloud.called("update") == 0, "the object was seen so when it was ready"
    assert world.writer.state.natives["a"].want == {"name": "a", "size": 4}


def test_what_came_otherwise_and_what_cannot_be_read_is_set() -> None:
    world = World()
    other = update("a", "toy.tagged", "size", {"name": "a", "size": 5}, "a:create", attributes=("size",), purpose="finish")
    assert world.apply(create("a", want={"name": "a", "size": 4}), other).status == "done"
    assert world.cloud.called("update") == 1
    want = {"name": "b", "password": Secret("hush-hush")}
    hidden = update("b", "toy.tagged", "secret", want, "b:create", attributes=("password",), purpose="finish")
    assert world.apply(create("b", want=want), hidden).status == "done"
    assert world.cloud.called("update") == 2
