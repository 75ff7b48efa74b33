"""Every identity class: made, found again when the answer was lost, and never taken for somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.mock.stage import IMAGE, KEY, Stage, create, find, observe

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud.errors import Lost, Refused
from mcflow.drivers.sdk import Natural, NoIdentity, Tagged, Token, UniqueName

LOSE_REPLY = {"faults": {"lost_reply": 1.0}}
LOSE_REQUEST = {"faults": {"lost_request": 1.0}}


def wants(stage: Stage) -> dict[str, dict[str, Any]]:
    """One type of each class with something it can be asked for."""
    there = stage.network()
    return {
        "mock.vpc": {"cidr_block": "10.1.0.0/16", "tags": {"a": "b"}},
        "mock.instance": {"subnet_id": there["front"], "image_id": IMAGE, "instance_type": "m1.small", "tags": {}},
        "mock.key_pair": {"key_name": "admin", "public_key": KEY},
        "mock.route": {"route_table_id": there["table"], "destination_cidr_block": "10.55.0.0/16", "gateway_id": there["gateway"]},
        "mock.note": {"text": "remember"},
    }


def with_behaviour(stage: Stage, behaviour: dict[str, Any]) -> Stage:
    stage.store.set_settings(behaviour)
    return stage


def test_every_class_occurs() -> None:
    classes = {type(native.identity) for native in driver.natives.values()}
    assert classes == {Token, UniqueName, Tagged, Natural, NoIdentity}


@pytest.mark.parametrize("name", ["mock.vpc", "mock.instance", "mock.key_pair", "mock.route", "mock.note"])
def test_created_and_found(name: str) -> None:
    stage = Stage()
    want = wants(stage)[name]
    assert find(stage, name, want) == []
    made = create(stage, name, want)
    assert made.id
    assert [hit.id for hit in find(stage, name, want)] == [made.id]
    seen = observe(stage, name, made.id)
    assert seen.status == "ready"
    for attribute, value in want.items():
        if not driver.natives[name].attributes[attribute].get("write_only"):
            assert seen.attributes[attribute] == value
    marked = driver.natives[name].identity.marked
    assert (seen.tags.get("mcflow-op") == "op-1") is marked
    assert "mcflow-op" not in seen.attributes.get("tags", {})


@pytest.mark.parametrize("name", ["mock.vpc", "mock.instance", "mock.key_pair", "mock.route", "mock.note"])
def test_a_lost_reply_is_found_by_looking(name: str) -> None:
    stage = Stage()
    want = wants(stage)[name]
    before = tuple(hit.id for hit in find(stage, name, want))
    with_behaviour(stage, LOSE_REPLY)
    with pytest.raises(Lost) as lost:
        create(stage, name, want, op="op-9")
    assert lost.value.mutation
    with_behaviour(stage, {})
    (hit,) = find(stage, name, want, op="op-9", listed=before)
    assert stage.created("op-9") == [hit.id]


@pytest.mark.parametrize("name", ["mock.vpc", "mock.instance", "mock.key_pair", "mock.route", "mock.note"])
def test_a_lost_request_did_nothing(name: str) -> None:
    stage = with_behaviour(Stage(), {})
    want = wants(stage)[name]
    with_behaviour(stage, LOSE_REQUEST)
    with pytest.raises(Lost):
        create(stage, name, want, op="op-9")
    with_behaviour(stage, {})
    assert find(stage, name, want, op="op-9") == []
    assert stage.created("op-9") == []


def test_a_token_sent_again_makes_nothing_new() -> None:
    stage = Stage()
    want = {"size_gib": 10, "zone": "mock-east-a"}
    first, second = create(stage, "mock.volume", want), create(stage, "mock.volume", want)
    assert first.id == second.id
    assert [entry.outcome for entry in stage.store.ledger()] == ["ok", "repeated"]
    with pytest.raises(Refused) as other:
        create(stage, "mock.volume", {**want, "size_gib": 11})
    assert other.value.code == "IdempotentParameterMismatch"


def test_a_token_names_the_object_even_when_it_is_gone() -> None:
    stage = Stage()
    want = {"size_gib": 10, "zone": "mock-east-a"}
    first = create(stage, "mock.volume", want)
    assert first.id
    stage.cloud.delete("volume", first.id)
    assert create(stage, "mock.volume", want).id == first.id
    assert list(driver.natives["mock.volume"].observe(stage.api, [first.id])) == []


def test_tagged_creates_are_not_idempotent() -> None:
    stage = Stage()
    first, second = (create(stage, "mock.vpc", {"cidr_block": "10.0.0.0/16"}) for _ in range(2))
    assert first.id != second.id
    assert {hit.id for hit in find(stage, "mock.vpc", {})} == {first.id, second.id}


def test_unique_and_natural_repeats_are_refused() -> None:
    stage = Stage()
    every = wants(stage)
    for name in ("mock.key_pair", "mock.route"):
        create(stage, name, every[name])
        with pytest.raises(Refused) as again:
            create(stage, name, every[name], op="op-2")
        assert again.value.code == "AlreadyExists"


def test_a_unique_name_of_somebody_else_shows_its_owner() -> None:
    stage = Stage()
    create(stage, "mock.key_pair", {"key_name": "admin", "public_key": KEY}, op="theirs")
    (hit,) = find(stage, "mock.key_pair", {"key_name": "admin", "public_key": KEY}, op="ours")
    assert hit.tags["mcflow-op"] == "theirs"


def test_notes_are_told_apart_by_the_list_before() -> None:
    stage = Stage()
    create(stage, "mock.note", {"text": "same"})
    before = tuple(hit.id for hit in find(stage, "mock.note", {"text": "same"}))
    made = create(stage, "mock.note", {"text": "same"})
    assert [hit.id for hit in find(stage, "mock.note", {"text": "same"}, listed=before)] == [made.id]


def test_one_object_is_not_found_under_another_operation() -> None:
    stage = Stage()
    create(stage, "mock.vpc", {"cidr_block": "10.0.0.0/16"}, op="one")
    assert find(stage, "mock.vpc", {"cidr_block": "10.0.0.0/16"}, op="two") == []


def test_regions_and_accounts_do_not_see_each_other() -> None:
    east = Stage()
    west = Stage(east.store, region="mock-west")
    other = Stage(east.store, account="other")
    vpc = east.make("vpc", cidr_block="10.0.0.0/16")
    assert west.cloud.describe("vpc", [vpc]) == other.cloud.search("vpc") == []
    assert str(east.api.identity()) != str(west.api.identity()) != str(other.api.identity())
