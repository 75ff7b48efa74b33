"""What vpc, subnet, security_group, nic, public_ip and nat_gateway become on OpenStack, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.conftest import Bench, natives

from mcflow.drivers.sdk import Unsuitable
from mcflow.model.values import Handle, MisusedValueError, Ref, Unknown

TAGS = {"team": "shop"}
LITERAL = Handle("", "vpc", "cloud", None, literal="net-1")
OUT = [{"direction": "egress", "ethertype": "IPv4"}, {"direction": "egress", "ethertype": "IPv6"}]


@pytest.fixture
def net(bench: Bench) -> Bench:
    """A vpc with a public and a private subnet."""
    bench.lower("net", "vpc", TAGS, cidr="10.0.0.0/16")
    bench.lower("front", "subnet", TAGS, vpc=bench.handle("net"), cidr="10.0.1.0/24", zone="nova")
    bench.lower("back", "subnet", TAGS, vpc=bench.handle("net"), cidr="10.0.2.0/24", zone="nova", public=False)
    return bench


def lowered(bench: Bench, address: str) -> Any:
    return bench.targets[address].out


def test_vpc(net: Bench) -> None:
    out = lowered(net, "net")
    assert natives(out) == {
        "network": {"type": "openstack.network", "name": "net", "tags": TAGS},
        "router": {"type": "openstack.router", "name": "net", "external_gateway": True, "leads_to": Ref("net/network"), "tags": TAGS},
    }
    assert out.exports == {"id": Ref("net/network"), "name": "net", "cidr": "10.0.0.0/16"}


def test_vpc_without_internet(bench: Bench) -> None:
    out = bench.lower("net", "vpc", cidr="10.0.0.0/16", internet=False)
    assert natives(out)["router"]["external_gateway"] is False, "its subnets still reach each other"
    assert out.privates["internet"] is None


def test_a_public_subnet_has_its_routers_address_for_gateway(net: Bench) -> None:
    out = lowered(net, "front")
    assert natives(out) == {
        "subnet": {"type": "openstack.subnet", "name": "front", "network_id": Ref("net/network"), "cidr": "10.0.1.0/24",
                   "gateway_ip": "10.0.1.1", "tags": TAGS},
        "interface": {"type": "openstack.router_interface", "router_id": Ref("net/router"), "subnet_id": Ref("front/subnet")},
    }
    assert out.exports == {"id": Ref("front/subnet"), "name": "front", "cidr": Ref("front/subnet", ("cidr",)), "zone": "nova"}
    assert out.privates["internet"] == Ref("front/interface"), "addresses come after it and go before it"


def test_a_private_subnet_is_told_of_its_network_only(net: Bench) -> None:
    out = lowered(net, "back")
    assert natives(out) == {
        "subnet": {"type": "openstack.subnet", "name": "back", "network_id": Ref("net/network"), "cidr": "10.0.2.0/24",
                   "gateway_ip": "none", "allocation_pools": [{"start": "10.0.2.2", "end": "10.0.2.254"}],
                   "host_routes": [{"destination": "10.0.0.0/16", "nexthop": "10.0.2.1"}], "tags": TAGS},
        "port": {"type": "openstack.port", "name": "back", "network_id": Ref("net/network"),
                 "fixed_ips": [{"subnet_id": Ref("back/subnet"), "ip_address": "10.0.2.1"}], "tags": TAGS},
        "interface": {"type": "openstack.router_interface", "router_id": Ref("net/router"), "port_id": Ref('back/port["10.0.2.0-24"]')},
    }
    assert "internet" not in out.privates


def test_a_subnet_is_public_as_its_network_is(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16", internet=False)
    assert "port" in natives(bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24"))
    with pytest.raises(Unsuitable, match="no way to the internet"):
        bench.lower("app", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", public=True)


def test_subnets_of_a_literal_network(bench: Bench) -> None:
    out = bench.lower("app", "subnet", vpc=LITERAL, cidr="10.0.1.0/24", public=False)
    assert {key: want["type"] for key, want in natives(out).items()} == {"subnet": "openstack.subnet"}
    with pytest.raises(Unsuitable, match="router"):
        bench.lower("app", "subnet", vpc=LITERAL, cidr="10.0.1.0/24", public=True)


def test_a_private_subnets_range_must_be_known(bench: Bench) -> None:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    unknown = Unknown(Ref("net/network", ("cidr",)), {"type": "string"})
    assert natives(bench.lower("a", "subnet", vpc=bench.handle("net"), cidr=unknown, public=True))["subnet"]["cidr"] is unknown
    with pytest.raises(MisusedValueError):
        bench.lower("b", "subnet", vpc=bench.handle("net"), cidr=unknown, public=False)


@pytest.mark.parametrize("cidr", ["10.9.0.0/24", "10.0.0.0/31", "2001:db8::/64"])
def test_ranges_that_do_not_fit(net: Bench, cidr: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        net.lower("app", "subnet", vpc=net.handle("net"), cidr=cidr)
    assert refused.value.property == "cidr"


def test_ipv6_is_refused(bench: Bench) -> None:
    with pytest.raises(Unsuitable, match="IPv6"):
        bench.lower("net", "vpc", cidr="10.0.0.0/16", ipv6=True)


# -- security groups


def rules(bench: Bench, **properties: Any) -> list[dict[str, Any]]:
    out = bench.lower("web", "security_group", vpc=bench.handle("net"), **properties)
    return list(natives(out)["group"]["security_group_rules"])


def test_rules_are_flat_and_everything_may_leave(net: Bench) -> None:
    tcp = {"direction": "ingress", "protocol": "tcp"}
    assert rules(net, inbound=[
        {"protocol": "tcp", "ports": [80, 81, 443], "cidr": "0.0.0.0/0"},
        {"protocol": "tcp", "ports": "8000-8080", "cidrs": ["198.51.100.0/24", "2001:db8::/32"], "description": "admins"},
        {"protocol": "icmp"},
    ]) == [
        {**tcp, "port_range_min": 80, "port_range_max": 81, "remote_ip_prefix": "0.0.0.0/0"},
        {**tcp, "port_range_min": 443, "port_range_max": 443, "remote_ip_prefix": "0.0.0.0/0"},
        {**tcp, "port_range_min": 8000, "port_range_max": 8080, "remote_ip_prefix": "198.51.100.0/24", "description": "admins"},
        {**tcp, "port_range_min": 8000, "port_range_max": 8080, "remote_ip_prefix": "2001:db8::/32", "description": "admins"},
        *({"direction": "ingress", "protocol": "icmp", "ethertype": version} for version in ("IPv4", "IPv6")), *OUT,
    ]
    assert rules(net) == OUT
    assert rules(net, outbound=[]) == []


def test_groups_name_each_other_and_themselves(net: Bench) -> None:
    net.lower("store", "security_group", vpc=net.handle("net"), description="rows")
    inbound = [{"protocol": "all", "security_group": "self"}, {"protocol": "tcp", "ports": 22, "security_group": net.handle("store")}]
    assert [rule["remote_group_id"] for rule in rules(net, inbound=inbound, outbound=[])] == ["self", "self", *[Ref("store/group")] * 2]
    assert rules(net, inbound=[{"protocol": "all", "security_group": net.handle("web")}], outbound=[])[0]["remote_group_id"] == "self"
    literal = Handle("", "security_group", "cloud", None, literal="self")
    assert rules(net, inbound=[{"protocol": "all", "security_group": literal}], outbound=[])[0]["remote_group_id"] == "self"


@pytest.mark.parametrize(("properties", "named"), [
    ({"name": "default"}, "name"), ({"description": "x" * 200}, "description"),
    ({"inbound": [{"protocol": "icmp", "ports": 8}]}, "ports"), ({"inbound": [{"protocol": "tcp", "ports": "90-80"}]}, "ports"),
])
def test_what_a_group_cannot_have(net: Bench, properties: dict[str, Any], named: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        net.lower("web", "security_group", vpc=net.handle("net"), **properties)
    assert refused.value.property == named


# -- interfaces and addresses


def test_nic(net: Bench) -> None:
    net.lower("web", "security_group", vpc=net.handle("net"))
    out = net.lower("card", "nic", TAGS, subnet=net.handle("front"), security_groups=[net.handle("web")], private_ips=["10.0.1.20"])
    assert natives(out) == {"port": {
        "type": "openstack.port", "name": "card", "network_id": Ref("net/network"), "security_groups": [Ref("web/group")],
        "fixed_ips": [{"subnet_id": Ref("front/subnet"), "ip_address": "10.0.1.20"}], "tags": TAGS}}
    assert out.exports["private_ip"] == Ref("card/port", ("ip_address",))
    assert out.privates == {"port": Ref("card/port"), "internet": Ref("front/interface")}


def test_a_nic_without_wishes_has_some_address_and_the_default_group(net: Bench) -> None:
    port = natives(net.lower("card", "nic", subnet=net.handle("back")))["port"]
    assert port["fixed_ips"] == [{"subnet_id": Ref("back/subnet")}]
    assert "security_groups" not in port


@pytest.mark.parametrize("address", ["10.0.9.9", "10.0.1.1", "10.0.1.255"])
def test_addresses_that_the_subnet_has_not(net: Bench, address: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        net.lower("card", "nic", subnet=net.handle("front"), private_ips=[address])
    assert refused.value.property == "private_ips"


def test_public_ip_leads_to_an_interface_after_its_subnet_leads_out(net: Bench) -> None:
    net.lower("card", "nic", subnet=net.handle("front"))
    out = net.lower("entry", "public_ip", attach_to=net.handle("card"))
    assert natives(out) == {
        "address": {"type": "openstack.floating_ip"},
        "association": {"type": "openstack.floating_ip_association", "floatingip_id": Ref("entry/address"), "port_id": Ref("card/port")},
    }
    assert out.natives[1].after == (Ref("front/interface"),)
    assert out.exports["address"] == Ref("entry/address", ("floating_ip_address",))


def test_public_ip_that_leads_nowhere_is_refused(net: Bench) -> None:
    net.lower("card", "nic", subnet=net.handle("back"))
    with pytest.raises(Unsuitable, match="no way to the internet"):
        net.lower("entry", "public_ip", attach_to=net.handle("card"))
    with pytest.raises(Unsuitable, match="literal"):
        net.lower("entry", "public_ip", attach_to=Handle("", "vm", "cloud", None, literal="vm-1"))


# -- the way out of private subnets


def test_nat_gateway_is_a_route_in_each_subnet_and_the_routers_address(net: Bench) -> None:
    out = net.lower("nat", "nat_gateway", subnet=net.handle("front"), subnets=[net.handle("back")])
    assert natives(out) == {"route": {"type": "openstack.subnet_route", "subnet_id": Ref("back/subnet"), "destination": "0.0.0.0/0",
                                      "nexthop": "10.0.2.1"}}
    assert out.exports == {"id": "nat", "name": "nat", "address": Ref("net/router", ("external_address",))}


def test_nat_gateway_refusals(net: Bench) -> None:
    net.lower("far", "vpc", cidr="10.9.0.0/16")
    net.lower("yonder", "subnet", vpc=net.handle("far"), cidr="10.9.1.0/24", public=False)
    net.lower("way_out", "public_ip")
    for properties, named in (
        ({"subnet": net.handle("back")}, "subnet"),
        ({"subnet": net.handle("front"), "public_ip": net.handle("way_out")}, "public_ip"),
        ({"subnet": net.handle("front"), "subnets": [net.handle("front")]}, "subnets"),
        ({"subnet": net.handle("front"), "subnets": [net.handle("yonder")]}, "subnets"),
        ({"subnet": net.handle("front"), "subnets": ["subnet-1"]}, "subnets"),
    ):
        with pytest.raises(Unsuitable) as refused:
            net.lower("nat", "nat_gateway", **properties)
        assert refused.value.property == named
