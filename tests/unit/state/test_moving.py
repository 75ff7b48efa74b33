"""Moving addresses inside a state: what follows, what stays."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mcflow.model.address import AddressError
from mcflow.model.record import Edges, NativeRecord, ResourceRecord
from mcflow.state.fold import fold
from mcflow.state.moving import busy, clashes, moved, moves_of
from mcflow.state.records import Intent, State


def native(address: str, *needs: str, origin: str | None = None) -> NativeRecord:
    return NativeRecord(
        address=address, type="mock.thing", connection="cloud", driver="mock", id=f"id-of-{address}", edges=Edges(hard=needs),
        origin=origin if origin is not None else address.partition("/")[0], name=f"named-for-{address}")


def resource(address: str, *roles: str) -> ResourceRecord:
    natives = tuple(f"{address}/{role}" for role in roles)
    return ResourceRecord(
        address=address, type="thing", connection="cloud", natives=natives,
        exports={"id": {"$ref": [natives[0], "id"]}, "name": address, "all": [{"$derived": ["concat", [{"$ref": [natives[0], "tags"]}]]}]})


def state() -> State:
    records = [native("net/vpc"), native("net/gate", "net/vpc"), native('web["0"]/vm', "net/gate", "net/vpc"),
               native('web["0"]/vm@1', "net/vpc", origin='web["0"]'), native("network/vpc")]
    resources = [resource("net", "vpc", "gate"), resource('web["0"]', "vm"), resource("network", "vpc")]
    return State(name="shop", environment="default", lineage="x", natives={each.address: each for each in records},
                 resources={each.address: each for each in resources})


def after(moves: dict[str, str], base: State | None = None) -> State:
    now = base or state()
    fold(now, moved(now, moves, noted=True))
    return now


def test_a_resource_moves_with_its_natives_and_those_that_name_it_follow() -> None:
    now = after(moves_of(state(), "net", "lan"))
    assert set(now.natives) == {"lan/vpc", "lan/gate", 'web["0"]/vm', 'web["0"]/vm@1', "network/vpc"}
    assert set(now.resources) == {"lan", 'web["0"]', "network"}
    assert now.natives['web["0"]/vm'].edges.hard == ("lan/gate", "lan/vpc")
    gate = now.natives["lan/gate"]
    assert (gate.id, gate.name, gate.origin, gate.edges.hard) == ("id-of-net/gate", "named-for-net/gate", "lan", ("lan/vpc",))
    moved_one = now.resources["lan"]
    assert moved_one.natives == ("lan/vpc", "lan/gate")
    assert moved_one.exports == {
        "id": {"$ref": ["lan/vpc", "id"]}, "name": "lan", "all": [{"$derived": ["concat", [{"$ref": ["lan/vpc", "tags"]}]]}]}
    assert moved_one.moved_from == "net"


def test_an_instance_moves_with_its_old_half() -> None:
    now = after(moves_of(state(), 'web["0"]', 'web["a"]'))
    assert {'web["a"]/vm', 'web["a"]/vm@1'} < set(now.natives)
    assert 'web["0"]' not in now.resources


def test_a_name_moves_all_instances_and_one_without_key_moves_into_a_key() -> None:
    assert moves_of(state(), "web", "site") == {
        'web["0"]': 'site["0"]', 'web["0"]/vm': 'site["0"]/vm', 'web["0"]/vm@1': 'site["0"]/vm@1'}
    assert moves_of(state(), "web", 'web["0"]') == {}
    assert moves_of(state(), "net", 'net["a"]') == {"net": 'net["a"]', "net/vpc": 'net["a"]/vpc', "net/gate": 'net["a"]/gate'}


def test_a_native_moves_alone() -> None:
    now = after(moves_of(state(), "net/gate", "net/gateway"))
    assert now.resources["net"].natives == ("net/vpc", "net/gateway")
    assert now.natives["net/gateway"].origin == "net"
    assert now.natives['web["0"]/vm'].edges.hard == ("net/gateway", "net/vpc")


def test_two_that_swap_swap_at_once() -> None:
    moves = {**moves_of(state(), "net", "network"), **moves_of(state(), "network", "net")}
    # A gate has no counterpart: it goes with its own.
    assert clashes(state(), moves) == []
    now = after(moves)
    assert now.natives["net/vpc"].id == "id-of-network/vpc"
    assert now.natives["network/vpc"].id == "id-of-net/vpc"
    assert now.natives["network/gate"].edges.hard == ("network/vpc",)
    assert (now.resources["net"].moved_from, now.resources["network"].moved_from) == ("network", "net")


def test_what_is_taken_clashes() -> None:
    taken = moves_of(state(), "net", "network")
    assert ("net", "network") in clashes(state(), taken)
    both = {**moves_of(state(), "net", "lan"), **moves_of(state(), "network", "lan")}
    assert ("network/vpc", "lan/vpc") in clashes(state(), both)
    assert clashes(state(), moves_of(state(), "net", "lan")) == []


def test_what_an_open_operation_is_about_is_told() -> None:
    base = state()
    fold(base, Intent(op="o", run="r", step="s", address="net/vpc", type="mock.thing", action="update", connection="cloud"))
    assert busy(base, moves_of(base, "net", "lan")) == ["net/vpc"]
    assert busy(base, moves_of(base, "web", "site")) == []


def test_moving_there_and_back_leaves_what_was() -> None:
    there = after(moves_of(state(), "net", "lan"))
    back = after(moves_of(there, "lan", "net"), there)
    assert back.natives == state().natives
    assert {name: replace(each, moved_from="") for name, each in back.resources.items()} == state().resources


@pytest.mark.parametrize(("old", "new"), [("net", "net/vpc"), ("net/vpc", "net")])
def test_a_native_is_not_a_resource(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="not of one kind"):
        moves_of(state(), old, new)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(AddressError):
        moves_of(state(), "net[0]", "lan")


@pytest.mark.parametrize("one", ["net", "net/vpc"])
def test_a_move_to_the_same_address_is_refused(one: str) -> None:
    with pytest.raises(ValueError, match="the same address"):
        moves_of(state(), one, one)


def test_what_keeps_its_address_among_moves_is_kept() -> None:
    moves = {address: address for address in (*state().resources, *state().natives)}
    assert after(moves).natives == state().natives
