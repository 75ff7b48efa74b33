"""The rehearsal cloud refuses what clouds refuse. Each refusal here must leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.drivers.mock.stage import IMAGE, KEY, ZONE, Stage

from mcflow.drivers.mock.cloud.errors import Refused


def refused(code: str, call: Callable[[], Any], text: str = "") -> None:
    """The call must be refused with this code, and the refusal must say why."""
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.code == code
    assert text in caught.value.message


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_missing_references_are_refused(stage: Stage) -> None:
    refused("NotFound", lambda: stage.make("subnet", vpc_id="vpc-none", cidr_block="10.0.0.0/24"), "vpc-none")
    refused("NotFound", lambda: stage.cloud.modify("vpc", "vpc-none", {}, tags={"a": "b"}))
    refused("NotFound", lambda: stage.cloud.delete("vpc", "vpc-none"))
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    refused("NotFound", lambda: stage.make("route_table", vpc_id=stage.make("internet_gateway")), "no vpc")
    refused("NotFound", lambda: stage.make("security_group", vpc_id=vpc, inbound=[
        {"protocol": "tcp", "from_port": 1, "to_port": 2, "source_group_id": "sg-none"}]), "sg-none")
    assert stage.created().count(vpc) == 1


def test_unknown_missing_and_unchangeable_attributes_are_refused(stage: Stage) -> None:
    refused("InvalidParameter", lambda: stage.make("vpc", cidr_block="10.0.0.0/16", colour="red"), "colour")
    refused("InvalidParameter", lambda: stage.make("vpc"), "cidr_block")
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    refused("NotModifiable", lambda: stage.cloud.modify("vpc", vpc, {"cidr_block": "10.1.0.0/16"}))
    refused("InvalidParameter", lambda: stage.cloud.create("note", {"text": "x"}, tags={"a": "b"}), "tags")


def test_what_is_in_use_cannot_be_deleted(stage: Stage) -> None:
    there = stage.network()
    machine = stage.machine(there["front"])
    for kind, id in (("vpc", there["vpc"]), ("subnet", there["front"]), ("internet_gateway", there["gateway"]),
                     ("route_table", there["table"])):
        refused("DependencyViolation", lambda kind=kind, id=id: stage.cloud.delete(kind, id), "in use")
    stage.cloud.delete("instance", machine)
    assert stage.status("instance", machine) == "gone"


def test_a_gateway_stays_while_public_addresses_are_mapped(stage: Stage) -> None:
    there = stage.network()
    machine = stage.machine(there["front"])
    address = stage.make("address")
    association = stage.make("address_association", allocation_id=address, instance_id=machine)
    stage.cloud.delete("route", there["route"])
    refused("DependencyViolation", lambda: stage.cloud.delete("internet_gateway_attachment", there["attachment"]), "mapped")
    stage.cloud.delete("address_association", association)
    stage.cloud.delete("internet_gateway_attachment", there["attachment"])


def test_a_gateway_stays_while_an_instance_has_a_public_address(stage: Stage) -> None:
    there = stage.network()
    machine = stage.machine(there["front"], associate_public_ip=True)
    stage.cloud.delete("route", there["route"])
    refused("DependencyViolation", lambda: stage.cloud.delete("internet_gateway_attachment", there["attachment"]), machine)


def test_a_gateway_and_a_vpc_are_attached_once(stage: Stage) -> None:
    there = stage.network()
    other = stage.make("internet_gateway")
    refused("AlreadyExists", lambda: stage.make("internet_gateway_attachment", internet_gateway_id=other, vpc_id=there["vpc"]),
            "has a gateway")
    second = stage.make("vpc", cidr_block="10.9.0.0/16")
    refused("AlreadyExists", lambda: stage.make("internet_gateway_attachment", internet_gateway_id=there["gateway"], vpc_id=second))
    refused("InvalidParameter", lambda: stage.make("route", route_table_id=there["table"], destination_cidr_block="10.99.0.0/16",
                                                   gateway_id=other), "not attached")
    refused("InvalidParameter", lambda: stage.make("route", route_table_id=there["table"], destination_cidr_block="10.99.0.0/16"),
            "one target")
    refused("AlreadyExists", lambda: stage.make("route", route_table_id=there["table"], destination_cidr_block="0.0.0.0/0",
                                                gateway_id=there["gateway"]))


def test_a_security_group_in_use_stays(stage: Stage) -> None:
    there = stage.network()
    one, two = (stage.make("security_group", vpc_id=there["vpc"]) for _ in range(2))
    rule = {"protocol": "tcp", "from_port": 80, "to_port": 80}
    stage.cloud.modify("security_group", one, {"inbound": [{**rule, "source_group_id": two}]})
    stage.cloud.modify("security_group", two, {"inbound": [{**rule, "source_group_id": one}]})
    refused("DependencyViolation", lambda: stage.cloud.delete("security_group", one), two)
    stage.cloud.modify("security_group", two, {"inbound": []})
    machine = stage.machine(there["front"], security_group_ids=[one])
    refused("DependencyViolation", lambda: stage.cloud.delete("security_group", one), machine)
    stage.cloud.modify("instance", machine, {"security_group_ids": []})
    stage.cloud.delete("security_group", one)


def test_security_group_rules_are_checked(stage: Stage) -> None:
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    rule = {"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0"}
    for wrong in ({**rule, "cidr": "10.0.0.1/8"}, {**rule, "protocol": "icmpx"}, {**rule, "own_group": True}, {**rule, "cidr": ""}):
        refused("InvalidParameter", lambda wrong=wrong: stage.make("security_group", vpc_id=vpc, inbound=[wrong]))
    refused("AlreadyExists", lambda: stage.make("security_group", vpc_id=vpc, inbound=[rule, rule]), "twice")
    group = stage.make("security_group", vpc_id=vpc)
    assert stage.attributes("security_group", group)["outbound"][0]["protocol"] == "all"


def test_a_volume_is_attached_once_and_in_its_zone(stage: Stage) -> None:
    there = stage.network()
    near, far = stage.machine(there["front"]), stage.machine(there["back"])
    disk = stage.make("volume", size_gib=10, zone=ZONE)
    refused("InvalidParameter", lambda: stage.make("volume_attachment", volume_id=disk, instance_id=far), "mock-east-b")
    stage.make("volume_attachment", volume_id=disk, instance_id=near)
    refused("AlreadyExists", lambda: stage.make("volume_attachment", volume_id=disk, instance_id=near))
    refused("IncorrectState", lambda: stage.make("volume_attachment", volume_id=disk, instance_id=far), "attached already")
    refused("DependencyViolation", lambda: stage.cloud.delete("volume", disk))
    refused("DependencyViolation", lambda: stage.cloud.delete("instance", near))


def test_disks_do_not_shrink_and_keep_to_their_range(stage: Stage) -> None:
    disk = stage.make("volume", size_gib=20, zone=ZONE)
    refused("InvalidParameter", lambda: stage.cloud.modify("volume", disk, {"size_gib": 10}), "shrink")
    stage.cloud.modify("volume", disk, {"size_gib": 40})
    refused("InvalidParameter", lambda: stage.make("volume", size_gib=2, zone=ZONE, volume_type="hdd"), "10 to")
    refused("InvalidParameter", lambda: stage.make("volume", size_gib=20, zone=ZONE, volume_type="tape"))
    refused("InvalidParameter", lambda: stage.make("volume", size_gib=20, zone="moon-1"), "moon-1")
    snapshot = stage.make("snapshot", volume_id=disk)
    refused("InvalidParameter", lambda: stage.make("volume", size_gib=20, zone=ZONE, snapshot_id=snapshot), "40 GiB")


def test_names_are_unique(stage: Stage) -> None:
    stage.make("key_pair", key_name="admin", public_key=KEY)
    refused("AlreadyExists", lambda: stage.make("key_pair", key_name="admin", public_key=KEY))
    stage.make("service_role", name="r", service="cluster")
    refused("AlreadyExists", lambda: stage.make("service_role", name="r", service="cluster"))
    bucket = Stage(stage.store, region="mock-west", account="other")
    stage.make("bucket", name="logs")
    refused("AlreadyExists", lambda: bucket.make("bucket", name="logs"), "logs")
    bucket.make("key_pair", key_name="admin", public_key=KEY)


def test_networks_are_contained_and_do_not_overlap(stage: Stage) -> None:
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    stage.make("subnet", vpc_id=vpc, cidr_block="10.0.0.0/20")
    refused("InvalidParameter", lambda: stage.make("subnet", vpc_id=vpc, cidr_block="10.1.0.0/24"), "not inside")
    for overlapping in ("10.0.0.0/20", "10.0.4.0/24", "10.0.0.0/18"):
        refused("AlreadyExists", lambda cidr=overlapping: stage.make("subnet", vpc_id=vpc, cidr_block=cidr), "overlaps")
    stage.make("subnet", vpc_id=vpc, cidr_block="10.0.16.0/20")
    other = stage.make("vpc", cidr_block="10.0.0.0/16")
    stage.make("subnet", vpc_id=other, cidr_block="10.0.0.0/20")
    refused("InvalidParameter", lambda: stage.make("vpc", cidr_block="10.0.0.1/16"), "not an IPv4 network")
    refused("InvalidParameter", lambda: stage.make("vpc", cidr_block="10.0.0.0/29"))


def test_a_place_freed_can_be_taken_again(stage: Stage) -> None:
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    subnet = stage.make("subnet", vpc_id=vpc, cidr_block="10.0.0.0/20")
    stage.cloud.delete("subnet", subnet)
    stage.make("subnet", vpc_id=vpc, cidr_block="10.0.0.0/20")


def test_quota_and_capacity(stage: Stage) -> None:
    tight = Stage(quotas={"vpc": 1}, capacity={ZONE: 1})
    there = tight.network()
    refused("QuotaExceeded", lambda: tight.make("vpc", cidr_block="10.5.0.0/16"), "quota of 1 vpc")
    first = tight.machine(there["front"])
    refused("InsufficientCapacity", lambda: tight.machine(there["front"]), ZONE)
    tight.machine(there["back"])
    tight.cloud.delete("instance", first)
    tight.machine(there["front"])


def test_instance_rules(stage: Stage) -> None:
    there = stage.network()
    other = stage.make("security_group", vpc_id=stage.make("vpc", cidr_block="10.7.0.0/16"))
    make = stage.machine
    refused("InvalidParameter", lambda: make(there["front"], zone="mock-east-b"), "mock-east-a")
    refused("NotFound", lambda: make(there["front"], image_id="img-none"), "img-none")
    refused("InvalidParameter", lambda: make(there["front"], instance_type="z9.huge"), "z9.huge")
    refused("InvalidParameter", lambda: make(there["front"], instance_type="a1.small"), "arm64")
    refused("NotFound", lambda: make(there["front"], key_name="nobody"), "nobody")
    refused("InvalidParameter", lambda: make(there["front"], security_group_ids=[other]), "another VPC")
    refused("InvalidParameter", lambda: make(there["back"], associate_public_ip=True), "no route")
    refused("InvalidParameter", lambda: make(there["front"], private_ip_address="10.0.9.9"), "not in")
    refused("InvalidParameter", lambda: make(there["front"], root_volume={"size_gib": 4}), "needs 8")
    taken = make(there["front"], private_ip_address="10.0.1.20")
    refused("InvalidParameter", lambda: make(there["front"], private_ip_address="10.0.1.20"), "taken")
    refused("IncorrectState", lambda: stage.cloud.modify("instance", taken, {"instance_type": "m1.large"}), "stop it first")
    refused("NotModifiable", lambda: stage.cloud.modify("instance", taken, {"image_id": IMAGE}))
    refused("InvalidParameter", lambda: stage.cloud.modify("instance", taken, {"power": "napping"}))


def test_addresses_lead_somewhere_and_once(stage: Stage) -> None:
    there, island = stage.network(), stage.network("10.8.0.0/16", internet=False)
    machine, lonely = stage.machine(there["front"]), stage.machine(island["front"])
    address = stage.make("address")
    refused("InvalidParameter", lambda: stage.make("address_association", allocation_id=address, instance_id=lonely), "no internet gateway")
    refused("InvalidParameter", lambda: stage.make("address_association", allocation_id=address))
    stage.make("address_association", allocation_id=address, instance_id=machine)
    refused("AlreadyExists", lambda: stage.make("address_association", allocation_id=address, instance_id=machine))
    second = stage.make("address")
    refused("AlreadyExists", lambda: stage.make("address_association", allocation_id=second, instance_id=machine), "has an address")
    refused("IncorrectState", lambda: stage.make("nat_gateway", subnet_id=there["front"], allocation_id=address))
    refused("InvalidParameter", lambda: stage.make("nat_gateway", subnet_id=there["back"], allocation_id=second), "no route")
    refused("DependencyViolation", lambda: stage.cloud.delete("address", address))


def test_load_balancer_rules(stage: Stage) -> None:
    there = stage.network()
    machine = stage.machine(there["front"])
    refused("InvalidParameter", lambda: stage.make("load_balancer", name="b", subnet_ids=[there["back"]]), "route to the internet")
    refused("InvalidParameter", lambda: stage.make("load_balancer", name="b", subnet_ids=[there["front"], there["front"]]), "one zone")
    balancer = stage.make("load_balancer", name="b", subnet_ids=[there["front"]])
    refused("AlreadyExists", lambda: stage.make("load_balancer", name="b", subnet_ids=[there["front"]]))
    refused("InvalidParameter", lambda: stage.make("listener", load_balancer_id=balancer, port=443, protocol="https"), "certificate")
    stage.make("listener", load_balancer_id=balancer, port=80, protocol="tcp")
    refused("AlreadyExists", lambda: stage.make("listener", load_balancer_id=balancer, port=80, protocol="udp"))
    stage.cloud.put_part("load_balancer", balancer, "members", machine, {"instance_id": machine}, etag=1, part="member")
    refused("PreconditionFailed",
            lambda: stage.cloud.put_part("load_balancer", balancer, "members", "x", {"instance_id": "x"}, etag=1, part="member"), "etag 2")
    refused("NotFound",
            lambda: stage.cloud.put_part("load_balancer", balancer, "members", "x", {"instance_id": "i-x"}, etag=2, part="member"))
    refused("DependencyViolation", lambda: stage.cloud.delete("instance", machine), balancer)


def test_services_rules(stage: Stage) -> None:
    there = stage.network()
    database = {"identifier": "d", "engine": "mysql", "instance_class": "db.small", "storage_gib": 20, "subnet_ids": [there["back"]],
                "username": "u", "master_password": "hunter22hunter22"}
    for wrong in ({"engine": "db2"}, {"version": "3.23"}, {"instance_class": "db.none"}, {"storage_gib": 1}):
        refused("InvalidParameter", lambda wrong=wrong: stage.make("database", **{**database, **wrong}))
    id = stage.make("database", **database, deletion_protection=True)
    refused("DependencyViolation", lambda: stage.cloud.delete("database", id), "protected")
    refused("InvalidParameter", lambda: stage.cloud.modify("database", id, {"storage_gib": 10}), "shrink")
    role = stage.make("service_role", name="r", service="cluster")
    refused("InvalidParameter", lambda: stage.make("cluster", name="c", role_id=role, subnet_ids=[there["back"]], version="0.9"), "0.9")
    cluster = stage.make("cluster", name="c", role_id=role, subnet_ids=[there["back"]], version="1.31")
    refused("InvalidParameter", lambda: stage.cloud.modify("cluster", cluster, {"version": "1.33"}), "one minor version")
    refused("DependencyViolation", lambda: stage.cloud.delete("service_role", role))
    nodes = {"name": "n", "cluster_id": cluster, "instance_type": "m1.small"}
    refused("InvalidParameter", lambda: stage.make("node_group", **nodes, desired_size=5, max_size=2), "between")
    stage.make("bucket", name="data")
    refused("InvalidParameter", lambda: stage.make("bucket", name="Data_1"))
    bucket = stage.cloud.search("bucket", where={"name": "data"})[0].id
    files = stage.make("file_system", capacity_gib=100)
    target = stage.make("mount_target", file_system_id=files, subnet_id=there["back"])
    refused("DependencyViolation", lambda: stage.cloud.delete("file_system", files), target)
    refused("InvalidParameter", lambda: stage.cloud.modify("file_system", files, {"capacity_gib": 50}), "shrink")
    assert stage.attributes("bucket", bucket)["object_count"] == 0


def test_a_secret_is_kept_as_a_digest_only(stage: Stage) -> None:
    there = stage.network()
    machine = stage.machine(there["front"], admin_password="correct horse battery")
    kept = stage.attributes("instance", machine)
    assert "admin_password" not in kept
    assert len(kept["admin_password_sha256"]) == 64
    assert "horse" not in repr(stage.store.get(machine))


def test_a_refusal_leaves_nothing_but_a_line_in_the_ledger(stage: Stage) -> None:
    refused("NotFound", lambda: stage.make("subnet", vpc_id="vpc-none", cidr_block="10.0.0.0/24"))
    assert stage.store.everything() == []
    (line,) = stage.store.ledger()
    assert (line.verb, line.type, line.object_id, line.outcome) == ("create", "subnet", "", "NotFound")
