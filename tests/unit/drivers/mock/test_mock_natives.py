"""Native types: updates by group, parts, deletion page by page, import, and what their schemas say."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from tests.unit.drivers.mock.stage import IMAGE, Stage, create, find, intent, observe, update

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud import backdoor
from mcflow.drivers.mock.cloud.errors import Lost, Refused
from mcflow.drivers.mock.cloud.kinds import KINDS
from mcflow.drivers.sdk import Again, Natural, NotFound, UniqueName

NATIVES = sorted(driver.natives)


@pytest.mark.parametrize("name", NATIVES)
def test_the_type_and_the_cloud_agree(name: str) -> None:
    native = driver.natives[name]
    if native.part_of:
        return
    kind = KINDS[name.partition(".")[2]]
    attributes = {key: schema for key, schema in native.attributes.items() if key != "tags" and not schema.get("local")}
    known = {*kind.required, *kind.optional, *kind.computed}
    assert set(attributes) <= known
    assert {key for key, schema in attributes.items() if schema.get("group")} <= kind.mutable
    assert {key for key, schema in attributes.items() if schema.get("read_only")} <= set(kind.computed)
    needed = set(kind.required)
    if isinstance(native.identity, UniqueName):
        assert native.identity.attribute == kind.unique
        needed.discard(native.identity.attribute)
    assert set(native.required) == needed
    assert ("tags" in native.attributes) is kind.taggable is native.identity.marked
    if isinstance(native.identity, Natural):
        assert tuple(native.natural) == kind.natural  # type: ignore[attr-defined]
    assert {key for key, schema in attributes.items() if schema.get("write_only")} == set(kind.secrets)
    assert native.offers("poll") is kind.operation


@pytest.mark.parametrize("name", NATIVES)
def test_the_type_is_told_about(name: str) -> None:
    native = driver.natives[name]
    assert inspect.getdoc(type(native))
    assert name == f"mock.{name.partition('.')[2]}"
    assert set(native.required) <= set(native.attributes)
    assert all(handler and native.offers(handler) for handler in ("update", "delete", "match", "discover"))


def test_tags_are_set_and_ours_removed() -> None:
    stage = Stage()
    vpc = str(create(stage, "mock.vpc", {"cidr_block": "10.0.0.0/16", "tags": {"a": "1", "b": "2"}}).id)
    backdoor.alter(stage.store, vpc, {}, {"foreign": "x"})
    update(stage, "mock.vpc", vpc, "tags", {"tags": {"a": "1", "b": "2"}}, tags={"a": "3"})
    assert observe(stage, "mock.vpc", vpc).attributes["tags"] == {"a": "3", "foreign": "x"}
    assert observe(stage, "mock.vpc", vpc).tags["mcflow-op"] == "op-1"
    assert find(stage, "mock.vpc", {}) != []


def test_an_update_sends_its_group_alone() -> None:
    stage = Stage()
    volume = str(create(stage, "mock.volume", {"size_gib": 10, "zone": "mock-east-a", "tags": {}}).id)
    update(stage, "mock.volume", volume, "size", size_gib=20, zone="mock-east-b", tags={"a": "b"})
    seen = observe(stage, "mock.volume", volume).attributes
    assert (seen["size_gib"], seen["zone"], seen["tags"]) == (20, "mock-east-a", {})


def test_stop_change_start_gives_another_public_address() -> None:
    stage = Stage()
    machine = stage.machine(stage.network()["front"], associate_public_ip=True)
    first = observe(stage, "mock.instance", machine).attributes["public_ip_address"]
    with pytest.raises(Refused):
        update(stage, "mock.instance", machine, "instance_type", instance_type="m1.large")
    update(stage, "mock.instance", machine, "power", power="stopped")
    assert observe(stage, "mock.instance", machine).attributes["public_ip_address"] == ""
    update(stage, "mock.instance", machine, "instance_type", instance_type="m1.large")
    update(stage, "mock.instance", machine, "power", power="running")
    after = observe(stage, "mock.instance", machine).attributes
    assert after["instance_type"] == "m1.large"
    assert after["public_ip_address"] not in ("", first)
    assert driver.natives["mock.instance"].groups[0].needs == {"power": "stopped"}


def test_security_groups_that_name_each_other_are_released_and_deleted() -> None:
    stage = Stage()
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    one, two = (str(create(stage, "mock.security_group", {"vpc_id": vpc}, op=op).id) for op in ("1", "2"))
    rule = {"protocol": "tcp", "from_port": 80, "to_port": 80}
    for group, other in ((one, two), (two, one)):
        update(stage, "mock.security_group", group, "inbound", inbound=[{**rule, "source_group_id": other}])
    native = driver.natives["mock.security_group"]
    with pytest.raises(Refused):
        native.delete(stage.api, one, {})
    update(stage, "mock.security_group", two, "inbound", inbound=[])
    native.delete(stage.api, one, {})
    native.delete(stage.api, two, {})


def test_a_network_interface_is_plugged_in_and_out() -> None:
    stage = Stage()
    there = stage.network()
    machine = stage.machine(there["front"])
    card = str(create(stage, "mock.network_interface", {"subnet_id": there["front"]}).id)
    update(stage, "mock.network_interface", card, "attachment", instance_id=machine)
    with pytest.raises(Refused):
        driver.natives["mock.instance"].delete(stage.api, machine, {})
    update(stage, "mock.network_interface", card, "attachment")
    assert observe(stage, "mock.network_interface", card).attributes["instance_id"] == ""
    driver.natives["mock.instance"].delete(stage.api, machine, {})


def _balancer(stage: Stage) -> tuple[str, str, dict[str, Any]]:
    there = stage.network()
    machine = stage.machine(there["front"])
    balancer = str(create(stage, "mock.load_balancer", {"name": "b", "subnet_ids": [there["front"]]}).id)
    return balancer, machine, {"load_balancer_id": balancer, "instance_id": machine}


def test_a_member_lives_in_the_balancers_body() -> None:
    stage = Stage()
    balancer, machine, want = _balancer(stage)
    native = driver.natives["mock.member"]
    assert find(stage, "mock.member", want) == []
    made = create(stage, "mock.member", want, op="op-m")
    assert stage.attributes("load_balancer", balancer)["members"] == {machine: {"instance_id": machine, "weight": 1}}
    (hit,) = find(stage, "mock.member", want)
    assert hit.id == made.id
    assert hit.attributes == {**want, "weight": 1, "health": "healthy"}
    assert stage.created("op-m") == [made.id]
    update(stage, "mock.member", hit.id, "weight", weight=5)
    update(stage, "mock.load_balancer", balancer, "health_check", health_check={"protocol": "http"})
    assert observe(stage, "mock.member", hit.id).attributes["weight"] == 5
    stage.cloud.modify("instance", machine, {"power": "stopped"})
    assert [each.attributes["health"] for each in native.discover(stage.api)] == ["unhealthy"]
    assert [each.id for each in native.match(stage.api, want)] == [hit.id]
    native.delete(stage.api, hit.id, {})
    assert find(stage, "mock.member", want) == []
    with pytest.raises(Refused) as gone:
        native.delete(stage.api, hit.id, {})
    assert gone.value.code == "NotFound"


def test_a_member_whose_reply_was_lost_is_found_and_made_once() -> None:
    stage = Stage()
    _, _, want = _balancer(stage)
    stage.store.set_settings({"faults": {"lost_reply": 1.0}})
    with pytest.raises(Lost):
        create(stage, "mock.member", want, op="op-m")
    stage.store.set_settings({})
    assert [hit.id for hit in find(stage, "mock.member", want)] == stage.created("op-m")


def test_a_member_without_its_balancer() -> None:
    stage = Stage()
    native = driver.natives["mock.member"]
    want = {"load_balancer_id": "lb-none", "instance_id": "i-none"}
    assert list(native.observe(stage.api, ["lb-none|i-none"])) == []
    with pytest.raises(NotFound):
        native.create(stage.api, want, intent())


def test_one_change_of_a_balancer_at_a_time() -> None:
    for name in ("mock.member", "mock.listener"):
        serial = type(driver.natives[name]).serial
        assert serial is not None
        assert serial({"load_balancer_id": "lb-1"}) == "load_balancer/lb-1"
        assert serial({}) is None


def test_a_bucket_is_emptied_page_by_page() -> None:
    stage = Stage()
    native = driver.natives["mock.bucket"]
    bucket = str(create(stage, "mock.bucket", {"name": "logs"}).id)
    backdoor.alter(stage.store, bucket, {"object_count": 25})
    with pytest.raises(Refused):
        native.delete(stage.api, bucket, {})
    answers = [native.delete(stage.api, bucket, {"force_destroy": True}) for _ in range(4)]
    assert [answer for answer in answers if isinstance(answer, Again)] == [
        Again("15 objects left"), Again("5 objects left"), Again("0 objects left")]
    assert list(native.observe(stage.api, [bucket])) == []


def test_a_password_reaches_the_cloud_and_is_never_shown() -> None:
    stage = Stage()
    want = {"identifier": "d", "engine": "mysql", "instance_class": "db.small", "storage_gib": 20,
            "subnet_ids": [stage.network()["back"]], "username": "u", "master_password": "first-password"}
    id = str(create(stage, "mock.database", want).id)
    before = stage.attributes("database", id)["master_password_sha256"]
    update(stage, "mock.database", id, "password", master_password="second-password")
    assert stage.attributes("database", id)["master_password_sha256"] != before
    assert "master_password" not in str(observe(stage, "mock.database", id).attributes)
    assert "second-password" not in repr(stage.store.everything()) + repr(stage.store.ledger())


def test_import_matches_by_relation() -> None:
    stage = Stage()
    there = stage.network()
    assert [hit.id for hit in driver.natives["mock.subnet"].match(stage.api, {"vpc_id": there["vpc"], "cidr_block": "10.0.1.0/24"})] == [
        there["front"]]
    attachment = driver.natives["mock.internet_gateway_attachment"]
    assert [hit.id for hit in attachment.match(stage.api, {"internet_gateway_id": there["gateway"], "vpc_id": there["vpc"]})] == [
        there["attachment"]]
    assert list(driver.natives["mock.vpc"].match(stage.api, {"cidr_block": "10.0.0.0/16"})) == []
    assert len(list(driver.natives["mock.subnet"].discover(stage.api))) == 2


def test_cidrs_are_compared_without_host_bits() -> None:
    assert driver.natives["mock.vpc"].normalise("cidr_block", "10.0.3.1/16") == "10.0.0.0/16"
    assert driver.natives["mock.vpc"].normalise("ipv6", True) is True
    rules = driver.natives["mock.security_group"].normalise("inbound", [{"cidr": "10.0.0.9/24"}, {"own_group": True}])
    assert rules == [{"cidr": "10.0.0.0/24"}, {"own_group": True}]
    assert driver.natives["mock.route"].normalise("destination_cidr_block", "nonsense") == "nonsense"


def test_an_image_of_a_machine_starts_another() -> None:
    stage = Stage()
    front = stage.network()["front"]
    source = stage.machine(front, root_volume={"size_gib": 30})
    image = str(create(stage, "mock.image", {"instance_id": source}).id)
    stage.cloud.delete("instance", source)
    copy = stage.machine(front, image_id=image, root_volume={"size_gib": 40})
    assert observe(stage, "mock.instance", copy).attributes["architecture"] == "x86_64"
    with pytest.raises(Refused):
        stage.machine(front, image_id=image, root_volume={"size_gib": 20})
    assert stage.machine(front, image_id=IMAGE)


def test_what_holds_on_to_each_other_vanishes_as_a_whole() -> None:
    stage = Stage()
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    one, other = (stage.make("security_group", vpc_id=vpc) for _ in range(2))
    for group, peer in ((one, other), (other, one)):
        rule = {"protocol": "tcp", "from_port": 80, "to_port": 80, "source_group_id": peer}
        stage.cloud.modify("security_group", group, {"inbound": [rule]})
    gone = backdoor.vanish(stage.store, one)
    assert [found.id for found in gone] == [other, one]
    assert [found.id for found in backdoor.living(stage.store)] == [vpc]
