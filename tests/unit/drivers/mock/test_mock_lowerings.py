"""Every portable type: what it becomes, that the cloud takes it, what it exports, and what is refused at plan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.drivers.mock.lowered import Blueprint, literal
from tests.unit.drivers.mock.stage import IMAGE, KEY, ZONE

from mcflow.drivers.mock import driver
from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Handle, MisusedValueError, OpaqueHandleError, Ref, Secret, Unknown

SYSTEM = {"os": "ubuntu", "version": "24.04"}


def network(blue: Blueprint, internet: bool = True) -> tuple[Handle, Handle, Handle]:
    """A vpc, a subnet that follows it, and a private one in another zone."""
    net = blue.add("vpc", "net", cidr="10.0.0.0/16", internet=internet)
    front = blue.add("subnet", "front", vpc=net, cidr="10.0.1.0/24")
    back = blue.add("subnet", "back", vpc=net, cidr="10.0.2.0/24", zone="mock-east-b", public=False)
    return net, front, back


def machine(blue: Blueprint, subnet: Handle, name: str = "web", **properties: Any) -> Handle:
    return blue.add("vm", name, subnet=subnet, **{"image": SYSTEM, "spec": {"vcpus": 2, "memory_gib": 4}, **properties})


@pytest.fixture
def blue() -> Blueprint:
    return Blueprint()


def test_every_portable_type_is_lowered() -> None:
    assert set(driver.lowerings) == {
        "vpc", "subnet", "nat_gateway", "security_group", "key_pair", "vm", "nic", "public_ip", "disk", "snapshot", "image",
        "load_balancer", "kubernetes_cluster", "node_group", "database", "file_system", "bucket"}


def test_vpc_with_and_without_internet(blue: Blueprint) -> None:
    blue.add("vpc", "net", cidr="10.0.0.0/16", name="shop", tags={"team": "a"})
    blue.add("vpc", "island", cidr="10.1.0.0/16", internet=False)
    assert blue.types("net") == {"vpc": "mock.vpc", "gateway": "mock.internet_gateway", "attachment": "mock.internet_gateway_attachment"}
    assert blue.types("island") == {"vpc": "mock.vpc"}
    blue.build()
    assert blue.exports("net") == {"id": blue.seen["net/vpc"]["id"], "name": "shop", "cidr": "10.0.0.0/16"}
    assert blue.seen["net/vpc"]["tags"] == {"Name": "shop", "team": "a"}
    assert blue.exports("island")["name"] == "island"


def test_subnets_own_their_route_tables(blue: Blueprint) -> None:
    network(blue)
    assert blue.types("front") == {"subnet": "mock.subnet", "table": "mock.route_table", "association": "mock.route_table_association",
                                   "route": "mock.route"}
    assert "route" not in blue.types("back")
    blue.build()
    assert blue.seen["front/subnet"]["assign_public_ip"] is True
    assert blue.seen["back/subnet"]["assign_public_ip"] is False
    assert blue.exports("front") == {"id": blue.seen["front/subnet"]["id"], "name": "front", "cidr": "10.0.1.0/24", "zone": ZONE}
    assert blue.exports("back")["zone"] == "mock-east-b"
    route = next(native for native in blue.natives if native.address == "front/route")
    assert Ref("net/attachment") in route.after


def test_subnets_that_cannot_be(blue: Blueprint) -> None:
    island = blue.add("vpc", "island", cidr="10.1.0.0/16", internet=False)
    with pytest.raises(Unsuitable) as public:
        blue.add("subnet", "a", vpc=island, cidr="10.1.0.0/24", public=True)
    assert public.value.property == "public"
    with pytest.raises(Unsuitable) as outside:
        blue.add("subnet", "b", vpc=island, cidr="10.2.0.0/24")
    assert outside.value.property == "cidr"
    assert "route" not in (blue.add("subnet", "c", vpc=literal("vpc-1", "vpc"), cidr="10.1.0.0/24"), blue.types("c"))[1]
    with pytest.raises(Unsuitable):
        blue.add("subnet", "d", vpc=literal("vpc-1", "vpc"), cidr="10.1.0.0/24", public=True)


def test_a_structural_unknown_is_never_taken_for_true(blue: Blueprint) -> None:
    with pytest.raises(MisusedValueError):
        blue.add("vpc", "net", cidr="10.0.0.0/16", internet=Unknown())


def test_security_groups(blue: Blueprint) -> None:
    net, _, _ = network(blue)
    door = blue.add("security_group", "door", vpc=net)
    blue.add("security_group", "web", vpc=net, name="web", description="the web", inbound=[
        {"protocol": "tcp", "ports": [22, "8000-8080"], "cidrs": ["10.0.0.0/8", "192.168.0.0/16"], "description": "admin"},
        {"protocol": "tcp", "ports": 443, "security_group": door},
        {"protocol": "all", "security_group": "self"},
        {"protocol": "icmp"},
    ], outbound=[])
    assert blue.want("web/group")["inbound"] == [
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/8", "description": "admin"},
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "192.168.0.0/16", "description": "admin"},
        {"protocol": "tcp", "from_port": 8000, "to_port": 8080, "cidr": "10.0.0.0/8", "description": "admin"},
        {"protocol": "tcp", "from_port": 8000, "to_port": 8080, "cidr": "192.168.0.0/16", "description": "admin"},
        {"protocol": "tcp", "from_port": 443, "to_port": 443, "source_group_id": Ref("door/group")},
        {"protocol": "all", "from_port": 0, "to_port": 65535, "own_group": True},
        {"protocol": "icmp", "from_port": 0, "to_port": 65535, "cidr": "0.0.0.0/0"},
        {"protocol": "icmp", "from_port": 0, "to_port": 65535, "cidr": "::/0"},
    ]
    blue.build()
    assert len(blue.seen["web/group"]["inbound"]) == 8
    assert blue.seen["web/group"]["outbound"] == []
    assert [rule["cidr"] for rule in blue.seen["door/group"]["outbound"]] == ["0.0.0.0/0", "::/0"]
    assert blue.exports("web") == {"id": blue.seen["web/group"]["id"], "name": "web"}


@pytest.mark.parametrize("own", ["self", literal("self", "security_group"), Handle("web", "security_group", "m", None)], ids=repr)
def test_a_group_may_name_itself(blue: Blueprint, own: Any) -> None:
    blue.add("security_group", "web", vpc=literal("vpc-1", "vpc"), inbound=[{"protocol": "tcp", "ports": 22, "security_group": own}])
    assert blue.want("web/group")["inbound"] == [{"protocol": "tcp", "from_port": 22, "to_port": 22, "own_group": True}]


def test_key_pairs_given_and_made(blue: Blueprint) -> None:
    blue.add("key_pair", "mine", public_key=KEY, name="mine")
    blue.add("key_pair", "made")
    blue.build()
    mine, made = blue.exports("mine"), blue.exports("made")
    assert (mine["public_key"], mine["private_key"], mine["name"]) == (KEY, None, "mine")
    assert made["public_key"].startswith("ssh-ed25519 ")
    assert "PRIVATE KEY" in made["private_key"]
    assert isinstance(blue.outs["made"].exports["private_key"], Secret)
    assert made["fingerprint"] != mine["fingerprint"]
    assert "private" not in str(blue.want("made/key")).lower()


def test_vm_with_everything(blue: Blueprint) -> None:
    net, front, _ = network(blue)
    group = blue.add("security_group", "web-sg", vpc=net)
    key = blue.add("key_pair", "admin", public_key=KEY)
    machine(blue, front, security_groups=[group], key_pair=key, public_ip=True, root_disk={"size_gib": 30, "type": "premium"},
            user="deploy", user_data="#!/bin/sh", private_ip="10.0.1.50", password="sesame sesame", power="running", name="web")
    blue.build()
    seen = blue.seen["web/instance"]
    assert seen["root_volume"] == {"size_gib": 30, "volume_type": "nvme"}
    out = blue.exports("web")
    assert out["private_ip"] == "10.0.1.50"
    assert out["ssh"] == f"ssh deploy@{out['public_ip']}"
    assert (out["status"], out["image_id"], out["spec_name"], out["zone"]) == ("running", IMAGE, "m1.medium", ZONE)
    instance = next(native for native in blue.natives if native.address == "web/instance")
    assert set(instance.after) == {Ref("front/route"), Ref("front/association"), Ref("net/attachment")}


def test_vm_follows_its_subnet(blue: Blueprint) -> None:
    _, front, back = network(blue)
    machine(blue, front)
    machine(blue, back, "inner")
    machine(blue, front, "shy", public_ip=False)
    blue.build()
    assert blue.exports("web")["public_ip"]
    assert blue.exports("web")["ssh"].startswith("ssh ubuntu@")
    assert not blue.exports("inner")["public_ip"]
    assert not blue.exports("shy")["public_ip"]


def test_vm_with_a_public_ip_of_the_blueprint(blue: Blueprint) -> None:
    _, front, back = network(blue)
    door = blue.add("public_ip", "door")
    machine(blue, front, public_ip=door)
    blue.build()
    assert blue.exports("web")["public_ip"] == blue.exports("door")["address"]
    with pytest.raises(Unsuitable) as twice:
        machine(blue, front, "other", public_ip=blue.add("public_ip", "bound", attach_to=machine(blue, front, "third")))
    assert twice.value.property == "public_ip"
    for wrong in (True, door):
        with pytest.raises(Unsuitable):
            machine(blue, back, "inner", public_ip=wrong)


def test_vm_zone_must_be_the_subnets(blue: Blueprint) -> None:
    _, front, _ = network(blue)
    with pytest.raises(Unsuitable) as wrong:
        machine(blue, front, zone="mock-east-c")
    assert wrong.value.property == "zone"


def test_public_ip(blue: Blueprint) -> None:
    _, front, back = network(blue)
    web = machine(blue, front)
    blue.add("public_ip", "door", attach_to=web)
    card = blue.add("nic", "card", subnet=front)
    blue.add("public_ip", "window", attach_to=card)
    assert blue.types("door") == {"address": "mock.address", "association": "mock.address_association"}
    blue.build()
    assert blue.exports("door")["address"] == blue.seen["door/association"]["public_ip"]
    assert blue.seen["window/association"]["network_interface_id"] == blue.exports("card")["id"]
    with pytest.raises(Unsuitable) as nowhere:
        blue.add("public_ip", "blind", attach_to=machine(blue, back, "inner"))
    assert nowhere.value.property == "attach_to"
    association = next(native for native in blue.natives if native.address == "door/association")
    assert Ref("net/attachment") in association.after


def test_disk(blue: Blueprint) -> None:
    _, _, back = network(blue)
    web = machine(blue, back, "web")
    data = blue.add("disk", "data", size_gib=20, type="premium", attach_to=web)
    blue.add("disk", "spare", size_gib=20)
    copy = blue.add("snapshot", "copy", disk=data, description="before")
    blue.add("disk", "again", size_gib=20, snapshot=copy)
    assert blue.types("data") == {"volume": "mock.volume", "attachment": "mock.volume_attachment"}
    blue.build()
    assert blue.seen["data/volume"]["zone"] == "mock-east-b"
    assert blue.seen["data/volume"]["volume_type"] == "nvme"
    assert blue.exports("data")["device"] == "/dev/vdb"
    assert (blue.exports("spare")["device"], blue.exports("spare")["status"]) == (None, "available")
    assert blue.seen["spare/volume"]["zone"] == ZONE
    assert blue.exports("copy")["size_gib"] == 20


@pytest.mark.parametrize(("properties", "named"), [
    ({"size_gib": 20, "zone": "mock-east-a"}, "zone"), ({"size_gib": 1, "type": "standard"}, "size_gib"),
    ({"size_gib": 20, "type": "tape"}, "type"),
])
def test_disks_that_cannot_be(blue: Blueprint, properties: dict[str, Any], named: str) -> None:
    _, _, back = network(blue)
    with pytest.raises(Unsuitable) as wrong:
        blue.add("disk", "data", attach_to=machine(blue, back), **properties)
    assert wrong.value.property == named


def test_a_disk_at_a_literal_vm_needs_its_zone(blue: Blueprint) -> None:
    with pytest.raises(Unsuitable):
        blue.add("disk", "data", size_gib=10, attach_to=literal("i-1", "vm"))
    blue.add("disk", "named", size_gib=10, zone="mock-east-c", attach_to=literal("i-1", "vm"))
    assert blue.want("named/attachment")["instance_id"] == "i-1"


def test_nic_and_image(blue: Blueprint) -> None:
    net, front, _ = network(blue)
    group = blue.add("security_group", "sg", vpc=net)
    web = machine(blue, front)
    blue.add("nic", "card", subnet=front, security_groups=[group], private_ips=["10.0.1.80", "10.0.1.81"], attach_to=web)
    golden = blue.add("image", "golden", vm=web, description="as of today")
    machine(blue, front, "copy", image=golden, spec="m1.small")
    blue.build()
    card = blue.exports("card")
    assert card["private_ip"] == "10.0.1.80"
    assert card["mac"].startswith("02:")
    assert blue.seen["card/interface"]["instance_id"] == blue.exports("web")["id"]
    assert blue.exports("copy")["image_id"] == blue.exports("golden")["id"]


def test_nat_gateway(blue: Blueprint) -> None:
    _, front, back = network(blue)
    blue.add("nat_gateway", "nat", subnet=front, subnets=[back])
    assert blue.types("nat") == {"address": "mock.address", "gateway": "mock.nat_gateway", 'route["back"]': "mock.route"}
    blue.build()
    assert blue.exports("nat")["address"] == blue.seen["nat/address"]["public_ip"]
    assert blue.seen['nat/route["back"]']["route_table_id"] == blue.seen["back/table"]["id"]
    with pytest.raises(Unsuitable) as served:
        blue.add("nat_gateway", "other", subnet=front, subnets=[front])
    assert served.value.property == "subnets"
    with pytest.raises(Unsuitable):
        blue.add("nat_gateway", "buried", subnet=back)
    with pytest.raises(OpaqueHandleError):
        blue.add("nat_gateway", "blind", subnet=front, subnets=[literal("subnet-1", "subnet")])


def test_load_balancer(blue: Blueprint) -> None:
    net, front, back = network(blue)
    webs = {key: machine(blue, front, f'web["{key}"]') for key in ("a", "b")}
    blue.add("load_balancer", "lb", vpc=net, subnets=[front], targets=webs, health_check={"protocol": "http", "port": 80, "path": "/up"},
             listeners=[{"protocol": "http", "port": 80, "target_port": 8080}, {"protocol": "tls", "port": 443, "certificate": "cert-1"}])
    blue.add("load_balancer", "inner", vpc=net, subnets=[back], scheme="internal", listeners=[], targets=[])
    assert blue.types("lb") == {
        "balancer": "mock.load_balancer", 'listener["80"]': "mock.listener", 'listener["443"]': "mock.listener",
        r'member["web[\"a\"]"]': "mock.member", r'member["web[\"b\"]"]': "mock.member"}
    blue.build()
    out, inner = blue.exports("lb"), blue.exports("inner")
    assert out["healthy"] == 2
    assert out["address"] == blue.seen["lb/balancer"]["public_ip"]
    assert out["dns_name"].endswith(".lb.mock.invalid")
    assert inner["address"].startswith("10.0.2.")
    assert inner["healthy"] == 0
    for wrong, named in (({"subnets": []}, "subnets"), ({"subnets": [back]}, "scheme"),
                         ({"subnets": [front], "listeners": [{"protocol": "https", "port": 1}]}, "listeners")):
        with pytest.raises(Unsuitable) as refused:
            blue.add("load_balancer", "wrong", vpc=net, **wrong)
        assert refused.value.property == named


def test_kubernetes(blue: Blueprint) -> None:
    net, front, back = network(blue)
    first = blue.add("kubernetes_cluster", "k", vpc=net, subnets=[front, back], name="k", version="1.33")
    blue.add("kubernetes_cluster", "k2", vpc=net, subnets=[front], name="k2")
    blue.add("node_group", "workers", cluster=first, name="w", size={"desired": 2, "min": 1, "max": 3}, spec={"vcpus": 4, "memory_gib": 8},
             root_disk={"size_gib": 50, "type": "ssd"}, labels={"tier": "web"})
    shared = {native.address for native in blue.natives if native.ownership == "shared"}
    assert shared == {"@m/cluster_role"}
    blue.build()
    out = blue.exports("k")
    config = json.loads(out["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == out["endpoint"]
    assert (out["name"], out["version"], out["status"]) == ("k", "1.33", "active")
    workers = blue.exports("workers")
    assert len(workers["nodes"]) == 2
    assert blue.seen["workers/nodes"]["instance_type"] == "c1.large"
    assert isinstance(driver.derivations["kubeconfig"]("a", "b", "c"), Secret)
    for wrong, named in (({"version": "0.9", "subnets": [front]}, "version"), ({"subnets": []}, "subnets")):
        with pytest.raises(Unsuitable) as refused:
            blue.add("kubernetes_cluster", "wrong", vpc=net, **wrong)
        assert refused.value.property == named


def test_database(blue: Blueprint) -> None:
    net, _, back = network(blue)
    blue.add("database", "db", engine="postgresql", version="16", spec={"vcpus": 2, "memory_gib": 8}, vpc=net, subnets=[back], name="db",
             storage={"size_gib": 50, "type": "ssd"}, backup={"retention_days": 7, "window": "02:00-03:00"}, high_availability=True,
             databases=["shop"])
    password = blue.want("db/database")["master_password"]
    assert isinstance(password, Secret)
    assert len(password.reveal()) == 32
    blue.build()
    out = blue.exports("db")
    assert (out["host"], out["port"], out["status"]) == ("db.db.mock.invalid", 5432, "available")
    seen = blue.seen["db/database"]
    assert (seen["instance_class"], seen["storage_gib"], seen["backup_retention_days"], seen["multi_zone"]) == ("db.large", 50, 7, True)
    with pytest.raises(Unsuitable) as refused:
        blue.add("database", "old", engine="mysql", version="3.23", subnets=[back])
    assert refused.value.property == "version"


def test_file_system(blue: Blueprint) -> None:
    net, front, back = network(blue)
    group = blue.add("security_group", "nfs", vpc=net)
    blue.add("file_system", "files", vpc=net, subnets=[front, back], security_groups=[group], capacity_gib=200, nfs_version="3")
    assert blue.types("files") == {
        "files": "mock.file_system", 'target["front"]': "mock.mount_target", 'target["back"]': "mock.mount_target"}
    blue.build()
    out = blue.exports("files")
    assert len(out["mount_targets"]) == 2
    assert out["mount_command"] == f"mount -t nfs -o vers=3 {out['mount_targets'][0]}:/ /mnt"
    with pytest.raises(Unsuitable):
        blue.add("file_system", "odd", vpc=net, performance="warp")


def test_bucket(blue: Blueprint) -> None:
    blue.add("bucket", "logs", name="logs", versioning=True, force_destroy=True)
    assert blue.want("logs/bucket")["force_destroy"] is True
    blue.build()
    assert blue.exports("logs") == {"id": blue.seen["logs/bucket"]["id"], "name": "logs", "url": "https://logs.objects.mock.invalid",
                                    "endpoint": "https://objects.mock.invalid"}


@pytest.mark.parametrize(("selector", "chosen"), [
    ({"vcpus": 2, "memory_gib": 4}, "m1.medium"), ({"vcpus": 3}, "c1.large"), ({"vcpus": 1, "arch": "arm64"}, "a1.small"),
    ({"gpus": 1}, "g1.xlarge"), (None, "m1.micro"), ({"memory_gib": 3.5}, "m1.medium"),
])
def test_specs_are_the_cheapest_that_fit(blue: Blueprint, selector: Any, chosen: str) -> None:
    found = driver.choosers["vm", "spec"](blue.stage.api, selector, Want({}))
    assert found.value == chosen
    assert "$" in found.note


def test_images_are_the_newest_that_fit(blue: Blueprint) -> None:
    choose = driver.choosers["vm", "image"]
    assert choose(blue.stage.api, SYSTEM, Want({})).value == IMAGE
    assert choose(blue.stage.api, {"os": "ubuntu"}, Want({})).value == IMAGE
    assert choose(blue.stage.api, {"os": "debian"}, Want({"spec": "a1.small"})).value == "img-debian-12-arm64"
    assert driver.choosers["vm", "spec"](blue.stage.api, {"vcpus": 2}, Want({"image": "img-debian-12-arm64"})).value == "a1.medium"


@pytest.mark.parametrize(("key", "selector"), [
    (("vm", "image"), {"os": "beos"}), (("vm", "spec"), {"vcpus": 999}), (("vm", "spec"), {"vcpus": 4, "max_price": 0.01}),
    (("database", "spec"), {"memory_gib": 999}),
])
def test_nothing_fits(blue: Blueprint, key: tuple[str, str], selector: Any) -> None:
    with pytest.raises(Unsuitable) as none:
        driver.choosers[key](blue.stage.api, selector, Want({}))
    assert none.value.property == key[1]
    assert none.value.remedy
