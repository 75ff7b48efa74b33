"""OpenStack's cases of the conformance suite: networks, subnets, routers, ports, groups, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.fragments import block, machine, network, ref
from tests.conformance.openstack_cloud import ALTERATIONS, OpenStackCloud

from mcflow.conformance import Case, Change, Drifted

SIZE = {"vcpus": 1}
WEB_RULE = {"protocol": "tcp", "ports": 80, "cidr": "0.0.0.0/0"}
RENAMED = Change("name", {"name": "renamed"})
THEIRS = Drifted("", "name", "theirs")
FAR = {"far": block("vpc", cidr="10.9.0.0/16"), "yonder": block("subnet", vpc=ref("far"), cidr="10.9.1.0/24")}
BACK = {"back": block("subnet", vpc=ref("net"), cidr="10.0.2.0/24", public=False)}
DEEP = {"deep": block("subnet", vpc=ref("net"), cidr="10.0.3.0/24", public=False)}
CARD = {"card": block("nic", subnet=ref("front"))}


def id_of(name: str, native: str = "") -> str:
    """The id of a resource, or of one of its natives."""
    return f"{{{{ resources.{name}.native.{native}.id }}}}" if native else f"{{{{ resources.{name}.id }}}}"


def wires(**router: Any) -> dict[str, Any]:
    """A network with a subnet and a router that leads to it, as natives."""
    return {
        "wire": block("openstack.network"), "lan": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.1.0/24"),
        "way": block("openstack.router", **{"external_gateway": True, **router}),
        "plug": block("openstack.router_interface", router_id=ref("way"), subnet_id=ref("lan")),
    }


PLUGGED = {**wires(), "one": block("openstack.port", network_id=ref("wire"), fixed_ips=[{"subnet_id": id_of("lan")}]),
           "two": block("openstack.port", network_id=ref("wire"), fixed_ips=[{"subnet_id": id_of("lan")}])}
ROUTE = {"destination": "192.0.2.0/24", "nexthop": "10.1.1.9"}
PASS = {"direction": "ingress", "protocol": "tcp", "port_range_min": 80, "port_range_max": 80, "description": "web"}
OUT = {"direction": "egress", "ethertype": "IPv4"}

PORTABLE = [
    Case("vpc", "net", {"net": block("vpc", cidr="10.0.0.0/16")}, updates=[Change("internet", {"internet": False}), RENAMED],
         removable="router", drift=Drifted("network", "name", "theirs")),
    Case("subnet", "front", network(), updates=[RENAMED], replace=Change("cidr", {"cidr": "10.0.7.0/24"}, "subnet"), removable="interface",
         drift=Drifted("subnet", "name", "theirs")),
    Case("security_group", "web", {**network(), "web": block("security_group", vpc=ref("net"), description="web", inbound=[WEB_RULE])},
         updates=[Change("inbound", {"inbound": [WEB_RULE, {"protocol": "udp", "ports": "5000-5010", "cidr": "10.0.0.0/8"}]}),
                  Change("outbound", {"outbound": [{"protocol": "tcp", "ports": 443, "cidr": "0.0.0.0/0"}]}),
                  Change("description", {"description": "other"})],
         removable="group", drift=Drifted("group", "security_group_rules", 22)),
    Case("nic", "card", {**network(), **FAR, "box": block("vm", subnet=ref("front"), image={"os": "ubuntu", "version": "24.04"}, spec=SIZE),
                         "card": block("nic", subnet=ref("front"), private_ips=["10.0.1.20"])},
         updates=[Change("attach_to", {"attach_to": ref("box")}), Change("private_ips", {"private_ips": ["10.0.1.20", "10.0.1.21"]})],
         replace=Change("subnet", {"subnet": ref("yonder"), "private_ips": None}, "port"), removable="port",
         drift=Drifted("port", "name", "theirs")),
    Case("public_ip", "entry", {**network(), **CARD, "entry": block("public_ip")},
         updates=[Change("attach_to", {"attach_to": ref("card")})], removable="address"),
    Case("nat_gateway", "nat", {**network(), **BACK, **DEEP, "nat": block("nat_gateway", subnet=ref("front"), subnets=[ref("back")])},
         updates=[Change("subnets", {"subnets": [ref("back"), ref("deep")]})], removable='route["back"]',
         drift=Drifted('route["back"]', "nexthop", "10.0.2.9")),
]

NATIVE = [
    Case("openstack.network", "wire", {"wire": block("openstack.network", name="wire", description="one")},
         updates=[Change("settings", {"description": "two", "admin_state_up": False}), Change("mtu", {"mtu": 1400}),
                  Change("port_security", {"port_security_enabled": False})], removable="", drift=THEIRS),
    Case("openstack.subnet", "lan", {"wire": block("openstack.network"), "lan": block(
            "openstack.subnet", network_id=ref("wire"), cidr="10.1.1.0/24", name="lan", dns_nameservers=["192.0.2.53", "192.0.2.54"])},
         updates=[Change("settings", {"dns_nameservers": ["192.0.2.54"], "enable_dhcp": False}), Change("gateway", {"gateway_ip": "none"}),
                  Change("pools", {"allocation_pools": [{"start": "10.1.1.10", "end": "10.1.1.99"}]}),
                  Change("routes", {"host_routes": [ROUTE]})],
         replace=Change("cidr", {"cidr": "10.1.2.0/24"}), removable="", drift=Drifted("", "dns_nameservers", ["192.0.2.1"])),
    Case("openstack.subnet_route", "hop", {
            "wire": block("openstack.network"),
            "lan": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.1.0/24", host_routes=[ROUTE]),
            "hop": block("openstack.subnet_route", subnet_id=ref("lan"), destination="198.51.100.0/24", nexthop="10.1.1.8")},
         updates=[Change("nexthop", {"nexthop": "10.1.1.7"})], replace=Change("destination", {"destination": "203.0.113.0/24"}),
         removable="", drift=Drifted("", "nexthop", "10.1.1.6")),
    Case("openstack.router", "way", wires(name="way"),
         updates=[Change("settings", {"admin_state_up": False}), Change("gateway", {"external_gateway": False})], drift=THEIRS),
    Case("openstack.router_interface", "plug", {
            **wires(), "wan": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.2.0/24")},
         replace=Change("subnet", {"subnet_id": ref("wan")}), removable=""),
    Case("openstack.router_route", "hop", {
            **wires(), "hop": {**block("openstack.router_route", router_id=ref("way"), **ROUTE), "depends_on": ["plug"]}},
         replace=Change("destination", {"destination": "203.0.113.0/24"}), removable=""),
    Case("openstack.port", "one", {
            **PLUGGED, "far": block("openstack.network"), "guard": block("openstack.security_group"),
            "one": block("openstack.port", network_id=ref("wire"), name="one", fixed_ips=[{"subnet_id": id_of("lan")}])},
         updates=[Change("addresses", {"fixed_ips": [{"subnet_id": id_of("lan")}, {"subnet_id": id_of("lan"), "ip_address": "10.1.1.77"}]}),
                  Change("security_groups", {"security_groups": [id_of("guard")]}), Change("settings", {"description": "two"}),
                  Change("pairs", {"allowed_address_pairs": [{"ip_address": "10.1.1.200"}]})],
         replace=Change("network", {"network_id": ref("far"), "fixed_ips": None}), removable="", drift=THEIRS),
    Case("openstack.interface_attachment", "plug", {
            **machine(spec=SIZE), **CARD, "other": block("nic", subnet=ref("front")),
            "plug": block("openstack.interface_attachment", server_id=id_of("box"), port_id=id_of("card"))},
         replace=Change("port", {"port_id": id_of("other")}), removable=""),
    Case("openstack.floating_ip", "entry", {**PLUGGED, "entry": {
            **block("openstack.floating_ip", description="one"), "depends_on": ["plug"]}},
         updates=[Change("description", {"description": "two"}), Change("port", {"port_id": id_of("one")})], removable="",
         drift=Drifted("", "description", "theirs")),
    Case("openstack.floating_ip_association", "leads", {
            **PLUGGED, "entry": {**block("openstack.floating_ip"), "depends_on": ["plug"]},
            "leads": {**block("openstack.floating_ip_association", floatingip_id=ref("entry"), port_id=ref("one")),
                      "depends_on": ["plug"]}},
         replace=Change("port", {"port_id": ref("two")}), removable=""),
    Case("openstack.port_forwarding", "pass", {
            **PLUGGED, "entry": {**block("openstack.floating_ip"), "depends_on": ["plug"]},
            "pass": {**block("openstack.port_forwarding", floatingip_id=ref("entry"), external_port=8080, protocol="tcp",
                             internal_port_id=ref("one"), internal_port=80), "depends_on": ["plug"]}},
         updates=[Change("inside", {"internal_port": 81, "description": "two"})], replace=Change("port", {"external_port": 8081}),
         removable="", drift=Drifted("", "internal_port", 82)),
    Case("openstack.security_group", "guard", {"guard": block("openstack.security_group", name="guard", security_group_rules=[PASS, OUT])},
         updates=[Change("settings", {"description": "two"}), Change("stateful", {"stateful": False}),
                  Change("rules", {"security_group_rules": [{**PASS, "description": "other"}, {**PASS, "remote_group_id": "self"}]})],
         removable="", drift=Drifted("", "security_group_rules", 22)),
    Case("openstack.security_group_rule", "pass", {
            "guard": block("openstack.security_group"),
            "pass": block("openstack.security_group_rule", security_group_id=ref("guard"), **PASS)},
         replace=Change("port", {"port_range_max": 90}), removable=""),
    Case("openstack.address_group", "office", {"office": block("openstack.address_group", name="office", addresses=["192.0.2.0/24"])},
         updates=[Change("addresses", {"addresses": ["198.51.100.0/24", "203.0.113.7"]}), Change("settings", {"description": "two"})],
         removable="", drift=Drifted("", "addresses", "203.0.113.9/32")),
    Case("openstack.subnet_pool", "pool", {"pool": block("openstack.subnet_pool", name="pool", prefixes=["10.8.0.0/16"])},
         updates=[Change("prefixes", {"prefixes": ["10.8.0.0/16", "10.11.0.0/16"]}), Change("lengths", {"default_prefixlen": 24}), RENAMED],
         removable="", drift=THEIRS),
    Case("openstack.address_scope", "scope", {"scope": block("openstack.address_scope", name="scope", ip_version=4)},
         replace=Change("name", {"name": "renamed"}), removable=""),
    Case("openstack.rbac_policy", "grant", {"wire": block("openstack.network"), "grant": block(
            "openstack.rbac_policy", object_type="network", object_id=ref("wire"), action="access_as_shared", target_tenant="f" * 32)},
         replace=Change("target", {"target_tenant": "e" * 32}), removable=""),
]

POLICY = {"policy": block("openstack.qos_policy", name="policy")}
QOS = [
    Case("openstack.qos_policy", "policy", POLICY, updates=[RENAMED, Change("description", {"description": "two"})], removable="",
         drift=THEIRS),
    Case("openstack.qos_bandwidth_limit_rule", "limit", {
            **POLICY, "limit": block("openstack.qos_bandwidth_limit_rule", policy_id=ref("policy"), max_kbps=1000)},
         updates=[Change("limit", {"max_kbps": 2000, "max_burst_kbps": 300})], replace=Change("direction", {"direction": "ingress"}),
         removable="", drift=Drifted("", "max_kbps", 5)),
    Case("openstack.qos_dscp_marking_rule", "mark", {
            **POLICY, "mark": block("openstack.qos_dscp_marking_rule", policy_id=ref("policy"), dscp_mark=10)},
         updates=[Change("mark", {"dscp_mark": 12})], removable="", drift=Drifted("", "dscp_mark", 14)),
    Case("openstack.qos_minimum_bandwidth_rule", "least", {
            **POLICY, "least": block("openstack.qos_minimum_bandwidth_rule", policy_id=ref("policy"), min_kbps=100)},
         updates=[Change("limit", {"min_kbps": 200})], replace=Change("direction", {"direction": "ingress"}), removable="",
         drift=Drifted("", "min_kbps", 5)),
]
"""What a plain member may not make: these are tried in a project whose user is its manager."""

_FIXED = "nothing of it is fixed at creation, so there is nothing to replace it for"
_ENDS = "it is its ends and no more: one with other ends is another one"
SKIPS: dict[str, str] = {
    **{f"replace[{kind}]": _FIXED for kind in (
        "vpc", "security_group", "public_ip", "nat_gateway", "openstack.network", "openstack.router", "openstack.floating_ip",
        "openstack.security_group", "openstack.address_group", "openstack.subnet_pool")},
    **{f"{check}[{kind}]": _ENDS for check in ("update", "drift") for kind in (
        "openstack.router_interface", "openstack.router_route", "openstack.interface_attachment", "openstack.floating_ip_association",
        "openstack.security_group_rule", "openstack.rbac_policy")},
    "update[openstack.address_scope]": "a member may change its name only, which is what tells it apart",
    "drift[openstack.address_scope]": "a member may change its name only, which is what tells it apart",
    "drift[public_ip]": "what mcflow sets on an address are its tags; where it leads is another native",
    "gone[openstack.router]": "Neutron takes no router away that has interfaces, and the case has one",
}
"""Check → why it cannot be tried."""

QOS_SKIPS: dict[str, str] = {f"replace[openstack.{kind}]": _FIXED for kind in ("qos_policy", "qos_dscp_marking_rule")}


def _open_port(cloud: OpenStackCloud, id: str, port: Any) -> None:
    # Of the project, as a rule of the administrator's own could be withdrawn by nobody else.
    rule = {"security_group_id": id, "direction": "ingress", "protocol": "tcp", "port_range_min": port, "port_range_max": port,
            "project_id": cloud.project.id}
    cloud.ask("network", "POST", "/security-group-rules", {"security_group_rule": rule})


def _reroute(cloud: OpenStackCloud, id: str, nexthop: Any) -> None:
    subnet, _, destination = id.partition("|")
    routes = cloud.ask("network", "GET", f"/subnets/{subnet}")["subnet"]["host_routes"]
    turned: list[Mapping[str, Any]] = [{**route, "nexthop": nexthop} if route["destination"] == destination else route for route in routes]
    cloud.ask("network", "PUT", f"/subnets/{subnet}", {"subnet": {"host_routes": turned}})


def _redirect(cloud: OpenStackCloud, id: str, port: Any) -> None:
    address, _, forwarding = id.partition("|")
    path = f"/floatingips/{address}/port_forwardings/{forwarding}"
    there = cloud.ask("network", "GET", path)["port_forwarding"]
    inside = {"internal_port_id": there["internal_port_id"], "internal_ip_address": there["internal_ip_address"], "internal_port": port}
    cloud.ask("network", "PUT", path, {"port_forwarding": inside})


def _add_address(cloud: OpenStackCloud, id: str, address: Any) -> None:
    cloud.ask("network", "PUT", f"/address-groups/{id}/add_addresses", {"addresses": [address]})


def _of_policy(kind: str, attribute: str) -> Any:
    def alter(cloud: OpenStackCloud, id: str, value: Any) -> None:
        policy, _, rule = id.partition("|")
        cloud.ask("network", "PUT", f"/qos/policies/{policy}/{kind}s/{rule}", {kind: {attribute: value}})

    return alter


ALTERATIONS.update({
    ("openstack.security_group", "security_group_rules"): _open_port, ("openstack.subnet_route", "nexthop"): _reroute,
    ("openstack.port_forwarding", "internal_port"): _redirect, ("openstack.address_group", "addresses"): _add_address,
    ("openstack.qos_bandwidth_limit_rule", "max_kbps"): _of_policy("bandwidth_limit_rule", "max_kbps"),
    ("openstack.qos_dscp_marking_rule", "dscp_mark"): _of_policy("dscp_marking_rule", "dscp_mark"),
    ("openstack.qos_minimum_bandwidth_rule", "min_kbps"): _of_policy("minimum_bandwidth_rule", "min_kbps"),
})
