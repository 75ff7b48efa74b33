"""Each kind of record and what it does to a state."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcflow.model.record import ConnectionRecord, Edges, NativeRecord, OutputRecord, ResourceRecord, Settings
from mcflow.state.fold import fold, fold_all
from mcflow.state.records import Adopted, Done, Ended, Failed, Identified, Intent, Record, Recorded, Run, State

Make = Callable[..., Intent]


@pytest.fixture
def state() -> State:
    return State(name="shop", environment="default", lineage="l")


def native(address: str = "net/vpc", **more: object) -> NativeRecord:
    return NativeRecord(address=address, type="mock.vpc", connection="lab", driver="mock", **more)  # type: ignore[arg-type]


def test_a_run_and_its_end_are_no_change_of_the_state(state: State) -> None:
    assert fold(state, Run(run="r", epoch=7, mode="apply")) is False
    assert fold(state, Ended(run="r")) is False
    assert (state.serial, state.epoch) == (0, 7)


def test_a_create_from_intent_to_done(state: State, intent: Make) -> None:
    fold(state, Run(run="r", epoch=3, mode="apply"))
    begun = intent("a", driver="mock", driver_version="2", edges=Edges(hard=("x",)), origin="net", name="net-1", at=5.0,
                   fingerprints={"secret": "f"}, settings=Settings(retain=True), generation=4)
    assert fold(state, begun)
    record = state.natives["net/vpc"]
    assert (record.status, record.id, record.op, record.generation, record.created_at) == ("creating", "", "a", 4, 5.0)
    assert (record.want, record.edges.hard, record.origin, record.name) == ({"cidr": "10.0.0.0/16"}, ("x",), "net", "net-1")
    assert state.open["a"].epoch == 3
    assert fold(state, Identified(op="a", id="vpc-1", operation="work-1"))
    assert (state.natives["net/vpc"].id, state.natives["net/vpc"].operation, state.open["a"].operation) == ("vpc-1", "work-1", "work-1")
    assert fold(state, Done(op="a", attributes={"cidr": "10.0.0.0/16", "state": "up"}))
    record = state.natives["net/vpc"]
    assert (record.status, record.id, record.operation, record.attributes["state"]) == ("ready", "vpc-1", None, "up")
    assert record.settings.retain
    assert state.open == {}
    assert state.serial == 3


def test_what_the_record_remembers_is_the_whole_want_not_the_request(state: State, intent: Make) -> None:
    fold_all(state, [intent("a", request={"x": 1}, want={"x": 1, "y": 2}), Done(op="a", id="i")])
    assert state.natives["net/vpc"].want == {"x": 1, "y": 2}


def test_create_before_destroy_sets_the_old_one_aside(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="old"), intent("b", generation=2)])
    assert state.natives["net/vpc@1"].id == "old"
    assert state.natives["net/vpc@1"].address == "net/vpc@1"
    assert state.natives["net/vpc"].status == "creating"
    fold_all(state, [Done(op="b", id="new"), intent("c", "net/vpc@1", "delete", id="old")])
    assert state.natives["net/vpc@1"].status == "deleting"
    fold(state, Done(op="c"))
    assert {address: record.id for address, record in state.natives.items()} == {"net/vpc": "new"}


def test_a_failed_replacement_puts_the_old_one_back(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="old", attributes={"k": 1})])
    before = msgspec.json.encode(state.natives)
    fold_all(state, [intent("b", generation=2), Failed(op="b")])
    assert msgspec.json.encode(state.natives) == before
    assert state.open == {}


def test_a_tainted_replacement_stays_and_the_old_one_stays_aside(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="old"), intent("b", generation=2), Failed(op="b", id="half", tainted=True)])
    assert (state.natives["net/vpc"].status, state.natives["net/vpc"].id) == ("tainted", "half")
    assert state.natives["net/vpc@1"].id == "old"


def test_two_things_set_aside_do_not_overwrite_each_other(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="one"), intent("b"), Done(op="b", id="two"), intent("c"), Done(op="c", id="three")])
    assert {address: record.id for address, record in state.natives.items()} == {"net/vpc@1": "one", "net/vpc@2": "two", "net/vpc": "three"}


def test_a_definite_failure_of_a_first_create_leaves_nothing(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Failed(op="a", code="QuotaExceeded")])
    assert (state.natives, state.open, state.serial) == ({}, {}, 2)


def test_tainted_without_any_id_is_nothing(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Failed(op="a", tainted=True)])
    assert state.natives == {}


def test_tainted_takes_the_id_that_was_identified(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Identified(op="a", id="i-1"), Failed(op="a", tainted=True)])
    assert (state.natives["net/vpc"].status, state.natives["net/vpc"].id) == ("tainted", "i-1")


def test_an_ambiguous_failure_stays_open(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Failed(op="a", certainty="ambiguous", id="maybe")])
    assert state.open["a"].ambiguous
    assert state.open["a"].id == "maybe"
    assert state.natives["net/vpc"].status == "creating"
    fold(state, Adopted(record=native(id="maybe", op="a"), op="a"))
    assert state.open == {}
    assert state.natives["net/vpc"].status == "ready"


def test_an_update_takes_the_intents_want_edges_settings_and_fingerprints(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="i", attributes={"size": 1})])
    changed = intent("b", action="update", id="i", group="size", request={"size": 2}, want={"size": 2, "name": "n"},
                     edges=Edges(soft=("g",)), settings=Settings(attempts=3), fingerprints={"p": "x"}, type_version=2)
    fold(state, changed)
    assert state.natives["net/vpc"].want == {"cidr": "10.0.0.0/16"}, "not before it is done"
    fold(state, Done(op="b", attributes={"size": 2}))
    record = state.natives["net/vpc"]
    assert (record.id, record.status, record.want, record.attributes) == ("i", "ready", {"size": 2, "name": "n"}, {"size": 2})
    assert (record.edges.soft, record.settings.attempts, record.fingerprints, record.type_version) == (("g",), 3, {"p": "x"}, 2)


@pytest.mark.parametrize("action", ["update", "delete"])
@pytest.mark.parametrize("before", ["ready", "tainted", "quarantined"])
def test_a_failed_update_or_delete_leaves_the_record_as_it_was(state: State, intent: Make, action: str, before: str) -> None:
    fold(state, Recorded(natives={"net/vpc": native(id="i", status=before)}))
    fold_all(state, [intent("b", action=action, id="i", request={"new": 1}), Failed(op="b")])
    assert state.natives["net/vpc"] == native(id="i", status=before)


def test_a_deleted_native_is_removed(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="i"), intent("b", action="delete", id="i"), Done(op="b")])
    assert (state.natives, state.serial) == ({}, 4)


@pytest.mark.parametrize("late", [Identified(op="z", id="i"), Done(op="z", id="i"), Failed(op="z")])
def test_what_is_told_of_an_operation_that_is_not_open_changes_nothing(state: State, late: Record) -> None:
    before = msgspec.json.encode(state)
    assert fold(state, late) is False
    assert msgspec.json.encode(state) == before


def test_recorded_sets_and_removes_and_counts_only_changes(state: State) -> None:
    facts = Recorded(
        natives={"a/b": native("a/b", id="1")}, resources={"a": ResourceRecord(address="a", type="vpc", connection="lab")},
        outputs={"o": OutputRecord(1)}, connections={"lab": ConnectionRecord(name="lab", driver="mock")})
    assert fold(state, facts)
    assert fold(state, facts) is False
    assert state.serial == 1
    assert fold(state, Recorded(natives={"a/b": None}, resources={"a": None}, outputs={"o": None}, connections={"lab": None}))
    assert fold(state, Recorded(natives={"a/b": None})) is False
    assert (state.natives, state.resources, state.outputs, state.connections, state.serial) == ({}, {}, {}, {}, 2)


OPS = st.sampled_from("abcd")
ADDRESSES = st.sampled_from(["n/x", "n/y", "n/x@1"])
RECORDS = st.one_of(
    st.builds(lambda op, address, action, generation: Intent(
        op=op, run="r", step="s", address=address, type="t", action=action, connection="c", generation=generation, id="i"),
        OPS, ADDRESSES, st.sampled_from(["create", "update", "delete"]), st.integers(1, 3)),
    st.builds(lambda op, id: Identified(op=op, id=id), OPS, st.sampled_from(["", "i1"])),
    st.builds(lambda op, id: Done(op=op, id=id, attributes={"x": 1}), OPS, st.sampled_from(["", "i1"])),
    st.builds(lambda op, sure, tainted: Failed(op=op, certainty=sure, tainted=tainted),
              OPS, st.sampled_from(["definite", "ambiguous"]), st.booleans()),
    st.builds(lambda op, address: Adopted(op=op, record=native(address, id="i")), OPS, ADDRESSES),
    st.builds(lambda address: Recorded(natives={address: None}), ADDRESSES),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, max_size=25), st.integers(0, 25))
def test_folding_is_deterministic_and_may_stop_at_a_snapshot_anywhere(records: list[Record], cut: int) -> None:
    whole = fold_all(State(name="s", environment="e", lineage="l"), records)
    first = fold_all(State(name="s", environment="e", lineage="l"), records[:cut])
    restored = msgspec.json.decode(msgspec.json.encode(first), type=State)
    assert msgspec.json.encode(fold_all(restored, records[cut:])) == msgspec.json.encode(whole)
    assert all(address == record.address for address, record in whole.natives.items())


def test_what_a_person_asks_for_changes_nothing_but_is_open_until_it_ends(state: State, intent: Make) -> None:
    fold_all(state, [intent("a"), Done(op="a", id="vpc-1", attributes={"state": "up"})])
    before, serial = state.natives["net/vpc"], state.serial
    for end in (Done(op="b", id="vpc-1"), Failed(op="b", code="unknown")):
        assert fold(state, intent("b", action="operate", group="reboot", request={}))
        assert state.open["b"].intent.group == "reboot"
        assert state.natives["net/vpc"] == before
        assert fold(state, end)
        assert (state.open, state.natives["net/vpc"]) == ({}, before)
    assert state.serial == serial + 4


def test_an_operation_on_nothing_of_the_state(state: State, intent: Make) -> None:
    fold_all(state, [intent("b", action="operate", address="", type="aws.raw", group="ec2 CreateTags", request={}), Done(op="b")])
    assert (state.natives, state.open) == ({}, {})
