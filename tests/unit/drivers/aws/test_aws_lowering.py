"""What portable types become on AWS: the web tier word for word, then the choices and refusals one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from tests.unit.drivers.aws.conftest import Bench, natives

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Derived, Export, Handle, MisusedValueError, Ref, Secret, Unknown

ZONE = "ap-northeast-2a"
KEY = "ssh-ed25519 AAAA me"
EVERYTHING = [{"ip_protocol": "-1", "cidr_ip": "0.0.0.0/0"}, {"ip_protocol": "-1", "cidr_ipv6": "::/0"}]
TAGS = {"team": "shop"}


def test_vpc(bench: Bench) -> None:
    out = bench.lower("net", "vpc", TAGS, cidr="10.0.0.0/16")
    tags = {"Name": "net", "team": "shop"}
    assert natives(out) == {
        "vpc": {"type": "aws.vpc", "cidr_block": "10.0.0.0/16", "enable_dns_hostnames": True, "tags": tags},
        "gateway": {"type": "aws.internet_gateway", "tags": tags},
        "attachment": {"type": "aws.internet_gateway_attachment", "internet_gateway_id": Ref("net/gateway"), "vpc_id": Ref("net/vpc")},
    }
    assert out.exports == {"id": Ref("net/vpc"), "name": "net", "cidr": Ref("net/vpc", ("cidr_block",))}
    assert out.privates == {"gateway": Ref("net/attachment", ("internet_gateway_id",))}, "through the attachment"


def test_vpc_without_internet(bench: Bench) -> None:
    out = bench.lower("net", "vpc", cidr="10.0.0.0/16", internet=False)
    assert list(natives(out)) == ["vpc"]
    assert out.privates == {}


def test_public_subnet(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    out = bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", zone=ZONE)
    tags = {"Name": "app"}
    assert natives(out) == {
        "subnet": {"type": "aws.subnet", "vpc_id": Ref("net/vpc"), "cidr_block": "10.0.1.0/24", "availability_zone": ZONE,
                   "map_public_ip_on_launch": True, "tags": tags},
        "route_table": {"type": "aws.route_table", "vpc_id": Ref("net/vpc"), "tags": tags},
        "association": {"type": "aws.route_table_association", "subnet_id": Ref("app/subnet"), "route_table_id": Ref("app/route_table")},
        "route": {"type": "aws.route", "route_table_id": Ref("app/route_table"), "destination_cidr_block": "0.0.0.0/0",
                  "gateway_id": Ref("net/attachment", ("internet_gateway_id",))},
    }
    assert out.exports == {"id": Ref("app/subnet"), "name": "app", "cidr": Ref("app/subnet", ("cidr_block",)), "zone": ZONE}
    assert out.privates == {"route_table": Ref("app/route_table"), "internet": Ref("app/route")}


def test_private_subnet_has_a_table_and_no_way_out(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    out = bench.lower("db", "subnet", vpc=bench.handle("net"), cidr="10.0.2.0/24", zone=ZONE, public=False)
    assert list(natives(out)) == ["subnet", "route_table", "association"]
    assert "internet" not in out.privates
    assert natives(out)["subnet"]["map_public_ip_on_launch"] is False


def test_subnet_of_a_literal_network(bench: Bench) -> None:
    literal = Handle("", "vpc", "aws", None, literal="vpc-1")
    out = bench.lower("db", "subnet", vpc=literal, cidr="10.0.2.0/24", zone=ZONE, public=False)
    assert natives(out)["subnet"]["vpc_id"] == "vpc-1"
    with pytest.raises(Unsuitable, match="gateway"):
        bench.lower("db", "subnet", vpc=literal, cidr="10.0.2.0/24", zone=ZONE, public=True)


def test_groups_that_name_each_other(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    inbound = [
        {"protocol": "tcp", "ports": [80, 443, "8000-8080"], "cidr": "0.0.0.0/0"},
        {"protocol": "tcp", "ports": 22, "cidrs": ["198.51.100.0/24", "2001:db8::/32"], "description": "admins"},
        {"protocol": "tcp", "ports": 9100, "security_group": bench.handle("store", "security_group")},
        {"protocol": "icmp"}, {"protocol": "all", "security_group": "self"},
    ]
    web = bench.lower("web", "security_group", vpc=bench.handle("net"), description="what the world may reach", inbound=inbound)
    group = natives(web)["group"]
    tcp = {"ip_protocol": "tcp"}
    assert group.pop("inbound") == [
        {**tcp, "from_port": 80, "to_port": 80, "cidr_ip": "0.0.0.0/0"},
        {**tcp, "from_port": 443, "to_port": 443, "cidr_ip": "0.0.0.0/0"},
        {**tcp, "from_port": 8000, "to_port": 8080, "cidr_ip": "0.0.0.0/0"},
        {**tcp, "from_port": 22, "to_port": 22, "cidr_ip": "198.51.100.0/24", "description": "admins"},
        {**tcp, "from_port": 22, "to_port": 22, "cidr_ipv6": "2001:db8::/32", "description": "admins"},
        {**tcp, "from_port": 9100, "to_port": 9100, "group_id": Export("store", "id")},
        {"ip_protocol": "icmp", "from_port": -1, "to_port": -1, "cidr_ip": "0.0.0.0/0"},
        {"ip_protocol": "icmp", "from_port": -1, "to_port": -1, "cidr_ipv6": "::/0"},
        {"ip_protocol": "-1", "group_id": "self"},
    ]
    assert group == {"type": "aws.security_group", "vpc_id": Ref("net/vpc"), "description": "what the world may reach",
                     "outbound": EVERYTHING, "tags": {"Name": "web"}}
    assert web.natives[0].stem == "mcflow-web"
    own = bench.lower("store", "security_group", vpc=bench.handle("net"), inbound=[
        {"protocol": "tcp", "ports": 5432, "security_group": bench.handle("web")},
        {"protocol": "all", "security_group": bench.handle("store")}])
    rules = natives(own)["group"]["inbound"]
    assert rules[0]["group_id"] == Ref("web/group")
    assert rules[1]["group_id"] == "self", "a group that names itself through its own handle needs nobody else"


def test_no_outbound_is_not_all_outbound(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    out = bench.lower("web", "security_group", vpc=bench.handle("net"), outbound=[])
    assert natives(out)["group"]["outbound"] == []


def test_key_pair_given_and_generated(bench: Bench) -> None:
    out = bench.lower("admin", "key_pair", public_key=KEY)
    assert natives(out) == {"key": {"type": "aws.key_pair", "public_key_material": KEY, "tags": {"Name": "admin"}}}
    assert out.exports["private_key"] is None
    chosen = driver.choosers["key_pair", "public_key"](None, None, Want({}))
    assert chosen.value["public_key"].startswith("ssh-ed25519 ")
    assert isinstance(chosen.value["private_key"], Secret)
    out = bench.lower("admin", "key_pair", public_key=chosen.value)
    assert out.exports["private_key"] == chosen.value["private_key"]
    assert "private" not in str(natives(out))


def test_a_generated_pair_belongs_together() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    pair = driver.choosers["key_pair", "public_key"](None, None, Want({})).value
    private = load_ssh_private_key(pair["private_key"].reveal().encode(), None)
    assert private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() == pair["public_key"]
    assert driver.choosers["key_pair", "public_key"](None, None, Want({})).value["public_key"] != pair["public_key"]


@pytest.fixture
def tier(bench: Bench) -> Bench:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", zone=ZONE)
    bench.lower("db", "subnet", vpc=bench.handle("net"), cidr="10.0.2.0/24", zone=ZONE, public=False)
    bench.lower("web", "security_group", vpc=bench.handle("net"))
    bench.lower("admin", "key_pair", public_key=KEY)
    return bench


def vm(tier: Bench, address: str = 'server["0"]', **more: Any) -> Any:
    properties = {"subnet": tier.handle("app"), "security_groups": [tier.handle("web")], "image": "ami-1", "spec": "t3.medium",
                  "key_pair": tier.handle("admin"), **more}
    return tier.lower(address, "vm", **properties)


def test_vm(tier: Bench) -> None:
    out = vm(tier)
    assert natives(out) == {"instance": {
        "type": "aws.instance", "image_id": "ami-1", "instance_type": "t3.medium", "subnet_id": Ref("app/subnet"),
        "security_group_ids": [Ref("web/group")], "key_name": Ref("admin/key", ("key_name",)), "tags": {"Name": "server-0"}}}
    instance = 'server["0"]/instance'
    assert out.natives[0].after == (Ref("app/route"),), "made after the way out, gone before it"
    assert out.exports == {
        "id": Ref(instance), "name": "server-0", "private_ip": Ref(instance, ("private_ip_address",)),
        "public_ip": Ref(instance, ("public_ip_address",)), "status": Ref(instance, ("state",)), "image_id": Ref(instance, ("image_id",)),
        "spec_name": Ref(instance, ("instance_type",)), "zone": ZONE,
        "ssh": Derived("format", ("ssh {}", Ref(instance, ("public_ip_address",))))}


def test_vm_with_everything(tier: Bench) -> None:
    tier.lower("door", "public_ip")
    out = vm(tier, root_disk={"size_gib": 50, "type": "premium"}, private_ip="10.0.1.9", user="ops", power="running", spot=True,
             public_ip=tier.handle("door", "public_ip"))
    made = natives(out)
    expected = {"root_volume_size": 50, "root_volume_type": "io2", "root_volume_iops": 2500, "private_ip_address": "10.0.1.9",
                "power": "running", "instance_lifecycle": "spot"}
    assert {name: made["instance"][name] for name in expected} == expected
    assert "name: ops" in made["instance"]["user_data"]
    assert made["address"] == {"type": "aws.address_association", "allocation_id": Ref("door/address"),
                               "instance_id": Ref('server["0"]/instance')}
    assert out.exports["ssh"] == Derived("format", ("ssh {}@{}", "ops", Ref("door/address", ("public_ip",))))


@pytest.mark.parametrize(("given", "sent", "exported"), [(None, None, False), (True, None, False), (False, False, False)])
def test_vm_in_a_private_subnet(tier: Bench, given: bool | None, sent: bool | None, exported: bool) -> None:
    if given:
        with pytest.raises(Unsuitable) as refused:
            vm(tier, subnet=tier.handle("db"), public_ip=given)
        assert refused.value.property == "public_ip"
        return
    out = vm(tier, subnet=tier.handle("db"), public_ip=given)
    assert natives(out)["instance"].get("associate_public_ip_address") is sent
    assert out.exports["public_ip"] is None
    assert out.exports["ssh"] == Derived("format", ("ssh {}", Ref('server["0"]/instance', ("private_ip_address",))))


def test_all_of_a_map_of_groups(tier: Bench) -> None:
    tier.lower('more["a"]', "security_group", vpc=tier.handle("net"))
    out = vm(tier, security_groups=[{"a": tier.handle('more["a"]')}, tier.handle("web")])
    assert natives(out)["instance"]["security_group_ids"] == [Ref('more["a"]/group'), Ref("web/group")]


def test_disk_on_a_machine(tier: Bench) -> None:
    vm(tier)
    out = tier.lower("data", "disk", size_gib=20, type="ssd", zone=ZONE, attach_to=tier.handle('server["0"]'))
    assert natives(out) == {
        "volume": {"type": "aws.volume", "availability_zone": ZONE, "size": 20, "volume_type": "gp3", "tags": {"Name": "data"}},
        "attachment": {"type": "aws.volume_attachment", "volume_id": Ref("data/volume"), "instance_id": Ref('server["0"]/instance')}}
    assert out.exports["device"] == Ref("data/attachment", ("device",))
    free = tier.lower("spare", "disk", size_gib=20, zone=ZONE)
    assert list(natives(free)) == ["volume"]
    assert free.exports["device"] is None


def test_public_ip_on_a_machine(tier: Bench) -> None:
    vm(tier)
    out = tier.lower("entry", "public_ip", attach_to=tier.handle('server["0"]'))
    assert natives(out) == {
        "address": {"type": "aws.address", "tags": {"Name": "entry"}},
        "association": {"type": "aws.address_association", "allocation_id": Ref("entry/address"),
                        "instance_id": Ref('server["0"]/instance')}}
    assert out.natives[1].after == (Ref("app/route"),)
    assert out.exports["address"] == Ref("entry/address", ("public_ip",))


@contextmanager
def refused(property: str) -> Iterator[None]:
    """Expect a refusal that names the property and what to do."""
    with pytest.raises(Unsuitable) as refusal:
        yield
    assert refusal.value.property == property
    assert refusal.value.remedy


@pytest.mark.parametrize(("property", "type", "properties"), [
    ("cidr", "vpc", {"cidr": "10.0.0.0/8"}), ("cidr", "vpc", {"cidr": "10.0.0.0/29"}), ("cidr", "vpc", {"cidr": "2001:db8::/56"}),
    ("ipv6", "vpc", {"cidr": "10.0.0.0/16", "ipv6": True}), ("name", "security_group", {"vpc": "vpc-1", "name": "sg-x"}),
    ("description", "security_group", {"vpc": "vpc-1", "description": "größer"}),
    ("ports", "security_group", {"vpc": "vpc-1", "inbound": [{"protocol": "icmp", "ports": 1}]}),
    ("type", "disk", {"size_gib": 1, "type": "floppy", "zone": ZONE}),
    ("size_gib", "disk", {"size_gib": 2000, "type": "standard", "zone": ZONE}),
    ("size_gib", "disk", {"size_gib": 10, "type": "st1", "zone": ZONE}),
    ("type", "disk", {"type": "premium", "zone": ZONE, "snapshot": "snap-1"}),
])
def test_what_aws_cannot_do_is_refused_with_a_remedy(bench: Bench, property: str, type: str, properties: dict[str, Any]) -> None:
    with refused(property):
        bench.lower("x", type, **properties)


@pytest.mark.parametrize(("property", "more"), [
    ("image", {"image": None}), ("password", {"password": Secret("x" * 12)}), ("user", {"user": "ops", "user_data": "#!/bin/sh"}),
    ("zone", {"zone": "ap-northeast-2c"}), ("root_disk.size_gib", {"root_disk": {"size_gib": 2, "type": "io2"}}),
])
def test_machines_refused(tier: Bench, property: str, more: dict[str, Any]) -> None:
    with refused(property):
        vm(tier, **more)


def test_subnets_refused(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16", internet=False)
    with refused("public"):
        bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", public=True)
    with refused("cidr"):
        bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.1.1.0/24")


def test_addresses_refused(tier: Bench) -> None:
    tier.lower("door", "public_ip")
    vm(tier, address="inside", subnet=tier.handle("db"))
    vm(tier, address="outside", public_ip=tier.handle("door"))
    for machine in ("inside", "outside"):
        with refused("attach_to"):
            tier.lower("entry", "public_ip", attach_to=tier.handle(machine))


def test_disks_stay_in_their_zone(tier: Bench) -> None:
    vm(tier)
    with refused("zone"):
        tier.lower("data", "disk", size_gib=1, zone="ap-northeast-2c", attach_to=tier.handle('server["0"]'))


def test_reserved_tag_keys_are_refused(bench: Bench) -> None:
    with refused("tags"):
        bench.lower("net", "vpc", {"aws:x": "1"}, cidr="10.0.0.0/16")


def test_an_unknown_structure_is_not_guessed(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    with pytest.raises(MisusedValueError):
        bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", public=Unknown())


def test_unknown_values_pass_through(bench: Bench) -> None:
    unknown = Unknown(Ref("other/thing"))
    out = bench.lower("net", "vpc", cidr=unknown, internet=False)
    assert natives(out)["vpc"]["cidr_block"] is unknown


EXAMPLES: dict[str, Callable[[Bench], Mapping[str, Any]]] = {
    "disk": lambda tier: {"size_gib": 1, "zone": ZONE, "attach_to": tier.handle("machine")},
    "public_ip": lambda tier: {"attach_to": tier.handle("machine")},
    "nic": lambda tier: {"subnet": tier.handle("app"), "security_groups": [tier.handle("web")]},
    "snapshot": lambda tier: {"disk": tier.handle("store")},
    "image": lambda tier: {"vm": tier.handle("machine")},
    "nat_gateway": lambda tier: {"subnet": tier.handle("app"), "subnets": [tier.handle("db")]},
    "bucket": lambda tier: {"versioning": True, "public": True, "lifecycle": [{"expire_days": 1}]},
    "load_balancer": lambda tier: {
        "vpc": tier.handle("net"), "subnets": [tier.handle("app")], "targets": [tier.handle("machine")],
        "listeners": [{"protocol": "tcp", "port": 80}], "health_check": {"protocol": "tcp"}},
    "file_system": lambda tier: {"vpc": tier.handle("net"), "subnets": [tier.handle("app")], "security_groups": [tier.handle("web")]},
    "kubernetes_cluster": lambda tier: {**in_two_zones(tier), "version": "1.31", "security_groups": [tier.handle("web")]},
    "node_group": lambda tier: {
        "cluster": tier.handle("kube"), "spec": "t3.medium", "size": {"desired": 2}, "labels": {"a": "b"}, "key_pair": tier.handle("admin"),
        "root_disk": {"size_gib": 30, "type": "ssd"}, "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]},
    "database": lambda tier: {
        **in_two_zones(tier), "engine": "postgresql", "version": "16", "spec": "db.t4g.medium",
        "storage": {"size_gib": 200, "type": "premium"}, "username": "shop", "password": Secret("correct-horse-battery"),
        "databases": ["shop"], "high_availability": True, "security_groups": [tier.handle("web")],
        "backup": {"retention_days": 7, "window": "02:00-03:00"}},
}
"""One resource of each type that the tier has none of (or too plain a one), with much of what it can say."""


def in_two_zones(tier: Bench) -> dict[str, Any]:
    return {"vpc": tier.handle("net"), "subnets": [tier.handle("app"), tier.handle("other")]}


@pytest.mark.parametrize("type", sorted(driver.lowerings))
def test_lowerings_use_attributes_their_natives_have(tier: Bench, type: str) -> None:
    vm(tier, address="machine", user="ops", root_disk={"size_gib": 9})
    tier.lower("other", "subnet", vpc=tier.handle("net"), cidr="10.0.3.0/24", zone="ap-northeast-2b")
    tier.lower("store", "disk", size_gib=1, zone=ZONE)
    tier.lower("kube", "kubernetes_cluster", **in_two_zones(tier))
    outs = [tier.targets[address].out for address, kind in tier.types.items() if kind == type]
    if type in EXAMPLES:
        outs.append(tier.lower("x", type, **EXAMPLES[type](tier)))
    assert outs
    for out in outs:
        assert out is not None
        for native in out.natives:
            declared = driver.natives[native.type].attributes
            assert set(native.want) <= set(declared)
            assert not [name for name in native.want if declared[name].get("read_only")]
