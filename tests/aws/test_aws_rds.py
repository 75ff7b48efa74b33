"""Database types against moto: made, seen, changed group by group, tagged, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.conftest import Hand

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.native.rds import GONE_WRONG, STATES
from mcflow.drivers.sdk import InUse, InvalidRequest, NotUpdatable

DATABASE, SUBNETS, SETTINGS, SNAPSHOT = "aws.db_instance", "aws.db_subnet_group", "aws.db_parameter_group", "aws.db_snapshot"
PASSWORD = "correct-horse-battery"


def subnets(hand: Hand) -> list[str]:
    """Two subnets in two zones."""
    vpc = hand.make("aws.vpc", cidr_block="10.0.0.0/16")
    return [hand.make("aws.subnet", vpc_id=vpc, cidr_block=f"10.0.{index}.0/24", availability_zone=f"ap-northeast-2{zone}")
            for index, zone in enumerate("ab")]


@pytest.fixture
def database(hand: Hand) -> dict[str, Any]:
    """The want of a database that is there, in a subnet group of its own."""
    hand.make(SUBNETS, db_subnet_group_name="two", db_subnet_group_description="both", subnet_ids=subnets(hand))
    want = {"db_instance_identifier": "shop", "engine": "postgres", "engine_version": "16.4", "db_instance_class": "db.t4g.medium",
            "allocated_storage": 20, "storage_type": "gp3", "master_username": "shop", "master_user_password": PASSWORD,
            "db_name": "shop", "db_subnet_group_name": "two", "multi_az": False, "publicly_accessible": False,
            "backup_retention_period": 3, "preferred_backup_window": "02:00-03:00", "deletion_protection": False, "tags": {"a": "b"}}
    assert hand.make(DATABASE, **want) == "shop"
    return want


def test_a_database_is_seen_as_it_was_made(hand: Hand, database: dict[str, Any]) -> None:
    seen = hand.see(DATABASE, "shop")
    assert seen is not None
    assert seen.status == "ready"
    readable = {name: value for name, value in database.items() if name != "master_user_password"}
    assert {name: seen.attributes[name] for name in readable} == readable
    assert "master_user_password" not in seen.attributes
    assert PASSWORD not in str(seen)
    assert seen.attributes["endpoint_address"]
    assert seen.attributes["endpoint_port"] == 5432
    assert seen.tags["mcflow-state"] == "lineage"


def test_databases_are_read_in_one_call(hand: Hand, database: dict[str, Any]) -> None:
    hand.make(DATABASE, **{**database, "db_instance_identifier": "other"})
    assert {each.id for each in driver.natives[DATABASE].observe(hand.api, ["shop", "other", "gone"])} == {"shop", "other"}
    assert not list(driver.natives[DATABASE].observe(hand.api, ["gone"]))


def test_a_database_is_found_by_its_name(hand: Hand, database: dict[str, Any]) -> None:
    kind = driver.natives[DATABASE]
    for seen in (kind.find(hand.api, database, hand.intent()), kind.match(hand.api, database), kind.discover(hand.api),
                 kind.marked(hand.api, "lineage")):
        assert [each.id for each in seen] == ["shop"]


@pytest.mark.parametrize(("group", "change"), [
    ("class", {"db_instance_class": "db.t4g.large"}),
    ("storage", {"allocated_storage": 40}),
    ("version", {"engine_version": "16.6"}),
    ("availability", {"multi_az": True}),
    ("access", {"publicly_accessible": True}),
    ("backup", {"backup_retention_period": 7, "preferred_backup_window": "04:00-05:00"}),
    ("protection", {"deletion_protection": True}),
    ("port", {"port": 5433}),
])
def test_a_database_is_changed_in_place(hand: Hand, database: dict[str, Any], group: str, change: dict[str, Any]) -> None:
    hand.settle(DATABASE, "shop", group, **{**database, **change})
    seen = hand.see(DATABASE, "shop")
    assert seen is not None
    assert {name: seen.attributes[name] for name in change} == change


def test_a_password_is_changed_and_shown_nowhere(hand: Hand, database: dict[str, Any]) -> None:
    assert hand.settle(DATABASE, "shop", "password", **{**database, "master_user_password": "another-long-secret"}) == []
    assert "another-long-secret" not in str(hand.see(DATABASE, "shop"))


def test_a_password_that_is_not_in_force_yet_is_waited_for() -> None:
    kind = driver.natives[DATABASE]
    row = {"db_instance_status": "available", "pending_modified_values": {"master_user_password": "****"}}
    assert kind.status(row)[0] == "pending"  # type: ignore[attr-defined]
    assert kind.status({**row, "pending_modified_values": {"multi_az": True}})[0] == "ready"  # type: ignore[attr-defined]


def test_states_that_pass_by_themselves_are_waited_for() -> None:
    assert all(STATES[word] == "failed" for word in GONE_WRONG)
    assert not {"creating", "modifying", "backing-up", "upgrading", "rebooting"} & set(STATES)
    kind = driver.natives[DATABASE]
    assert kind.status({"db_instance_status": "modifying"}) == ("pending", "")  # type: ignore[attr-defined]
    assert kind.status({"db_instance_status": "incompatible-network"}) == ("failed", "incompatible-network")  # type: ignore[attr-defined]


def test_tags_of_a_database(hand: Hand, database: dict[str, Any]) -> None:
    hand.settle(DATABASE, "shop", "tags", {"a": "b"}, **{**database, "tags": {"c": "d"}})
    seen = hand.see(DATABASE, "shop")
    assert seen is not None
    assert seen.attributes["tags"] == {"c": "d"}
    assert "mcflow-op" in seen.tags


def test_a_last_snapshot_is_made_where_one_is_named(hand: Hand, database: dict[str, Any]) -> None:
    driver.natives[DATABASE].delete(hand.api, "shop", {"final_db_snapshot_identifier": "last"})
    assert hand.see(DATABASE, "shop") is None
    seen = hand.see(SNAPSHOT, "last")
    assert seen is not None
    assert seen.attributes["db_instance_identifier"] == "shop"


def test_a_protected_database_stays(hand: Hand, database: dict[str, Any]) -> None:
    hand.settle(DATABASE, "shop", "protection", **{**database, "deletion_protection": True})
    with pytest.raises(InvalidRequest, match="protect"):
        hand.remove(DATABASE, "shop")


def test_what_rds_gives_by_itself_is_nobodys_wish(hand: Hand, database: dict[str, Any]) -> None:
    seen = hand.see(DATABASE, "shop")
    assert seen is not None
    portrayed = driver.natives[DATABASE].portray(seen.attributes)
    assert portrayed["db_subnet_group_name"] == "two"
    assert not {"db_parameter_group_name", "option_group_name", "master_user_password", "endpoint_address"} & set(portrayed)


def test_a_subnet_group(hand: Hand, database: dict[str, Any]) -> None:
    seen = hand.see(SUBNETS, "two")
    assert seen is not None
    assert len(seen.attributes["subnet_ids"]) == 2
    assert seen.tags["mcflow-state"] == "lineage"
    want = {"db_subnet_group_name": "two", "db_subnet_group_description": "one of both", "subnet_ids": seen.attributes["subnet_ids"][:1]}
    hand.settle(SUBNETS, "two", "subnets", **want)
    hand.settle(SUBNETS, "two", "tags", **{**want, "tags": {"c": "d"}})
    seen = hand.see(SUBNETS, "two")
    assert seen is not None
    assert {name: seen.attributes[name] for name in want} == want
    assert seen.attributes["tags"] == {"c": "d"}
    with pytest.raises(InUse):
        hand.remove(SUBNETS, "two")
    hand.remove(DATABASE, "shop")
    hand.remove(SUBNETS, "two")
    assert hand.see(SUBNETS, "two") is None


def parameters(count: int, value: str) -> list[dict[str, str]]:
    return [{"parameter_name": f"setting_{index:02}", "parameter_value": value, "apply_method": "immediate"} for index in range(count)]


def test_parameters_are_written_by_the_page(hand: Hand) -> None:
    want = {"db_parameter_group_name": "fast", "db_parameter_group_family": "postgres16", "description": "fast",
            "parameters": parameters(45, "1")}
    hand.make(SETTINGS, **{name: value for name, value in want.items() if name != "parameters"})
    assert hand.settle(SETTINGS, "fast", "parameters", **want) == ["20 parameters written", "20 parameters written", "5 parameters written"]
    seen = hand.see(SETTINGS, "fast")
    assert seen is not None
    assert seen.attributes["parameters"] == want["parameters"]
    fewer = {**want, "parameters": [*parameters(2, "1"), {"parameter_name": "setting_02", "parameter_value": "2"}]}
    assert hand.settle(SETTINGS, "fast", "parameters", **fewer)[:2] == ["1 parameters written", "20 parameters reset"]
    seen = hand.see(SETTINGS, "fast")
    assert seen is not None
    assert [each["parameter_value"] for each in seen.attributes["parameters"]] == ["1", "1", "2"]
    with pytest.raises(NotUpdatable):
        hand.settle(SETTINGS, "fast", "colour", **want)
    hand.remove(SETTINGS, "fast")
    assert hand.see(SETTINGS, "fast") is None


def test_a_snapshot(hand: Hand, database: dict[str, Any]) -> None:
    want = {"db_snapshot_identifier": "before", "db_instance_identifier": "shop", "tags": {"a": "b"}}
    assert hand.make(SNAPSHOT, **want) == "before"
    seen = hand.see(SNAPSHOT, "before")
    assert seen is not None
    assert seen.status == "ready"
    assert {name: seen.attributes[name] for name in want} == want
    hand.settle(SNAPSHOT, "before", "tags", {"a": "b"}, **{**want, "tags": {}})
    seen = hand.see(SNAPSHOT, "before")
    assert seen is not None
    assert seen.attributes["tags"] == {}
    assert [each.id for each in driver.natives[SNAPSHOT].discover(hand.api) if not each.provided] == ["before"]
    hand.remove(SNAPSHOT, "before")
    assert hand.see(SNAPSHOT, "before") is None
