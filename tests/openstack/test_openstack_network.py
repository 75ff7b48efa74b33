"""Networks on the lab: subnets that become private and public again, what was made by hand, many objects in few requests, and what only a
project's manager may make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.fragments import block, ref
from tests.conformance.openstack_cases_network import QOS, QOS_SKIPS
from tests.conformance.openstack_cloud import OpenStackCloud, openstack_project
from tests.conformance.openstack_subject import LIGHT
from tests.openstack.lab import Lab, Project

from mcflow.cli.entry import outcome
from mcflow.conformance import Check, checks

FAST = {"driver": "openstack", "poll_interval": 0.3, "requests_per_second": 0}
PARTS = 20
"""Networks of the large environment; each has a subnet, two ports, a group with three rules, and a volume."""
REQUESTS = 15


def write(folder: Path, resources: dict[str, Any]) -> None:
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "wires", "resources": resources, "tags": {"team": "net"},
                                                    "connections": {"cloud": FAST}}))


def tier(*, public: bool) -> dict[str, Any]:
    """Two subnets, an address in the public one, a way out for the private one."""
    made = {
        "net": block("vpc", cidr="10.20.0.0/16"), "front": block("subnet", vpc=ref("net"), cidr="10.20.1.0/24"),
        "back": block("subnet", vpc=ref("net"), cidr="10.20.2.0/24", public=public), "card": block("nic", subnet=ref("back")),
        "door": block("nic", subnet=ref("front")), "entry": block("public_ip", attach_to=ref("door")),
    }
    return made if public else {**made, "nat": block("nat_gateway", subnet=ref("front"), subnets=[ref("back")])}


@pytest.mark.timeout(900)
def test_a_subnet_becomes_private_and_public_again(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    for public in (True, False, True):
        write(folder, tier(public=public))
        assert outcome(["apply", "-y"]) == 0, capsys.readouterr().out
        assert outcome(["plan", "--detailed-exitcode"]) == 0, capsys.readouterr().out
        back = next(subnet for subnet in project.own.network.subnets() if subnet.name == "back")
        routes = sorted((route["destination"], route["nexthop"]) for route in back.host_routes)
        told = [] if public else [("0.0.0.0/0", "10.20.2.1"), ("10.20.0.0/16", "10.20.2.1")]
        assert (back.gateway_ip, routes) == ("10.20.2.1" if public else None, told)
        interfaces = [port for port in project.own.network.ports() if port.device_owner == "network:router_interface"]
        assert {fixed["ip_address"] for port in interfaces for fixed in port.fixed_ips} == {"10.20.1.1", "10.20.2.1"}
    assert outcome(["destroy", "-y"]) == 0, capsys.readouterr().out
    assert project.inventory() == before


@pytest.mark.timeout(600)
def test_a_route_of_somebody_elses_stays(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, tier(public=False))
    assert outcome(["apply", "-y"]) == 0, capsys.readouterr().out
    theirs = {"destination": "192.0.2.0/24", "nexthop": "10.20.2.9"}
    back = next(subnet for subnet in project.own.network.subnets() if subnet.name == "back")
    project.own.network.update_subnet(back, host_routes=[*back.host_routes, theirs])
    assert outcome(["plan", "--detailed-exitcode"]) == 0, "a route of somebody else's is nobody's drift"
    write(folder, {name: made for name, made in tier(public=False).items() if name != "nat"})
    assert outcome(["apply", "-y"]) == 0, capsys.readouterr().out
    routes = project.own.network.get_subnet(back.id).host_routes
    assert sorted(route["destination"] for route in routes) == ["10.20.0.0/16", "192.0.2.0/24"]


def by_hand(cloud: Any) -> None:
    """A network as people make it: with a router to the world, a group that names itself, a port with an address."""
    network = cloud.network
    outside = next(network.networks(is_router_external=True))
    wire = network.create_network(name="hand-wire", description="made by hand")
    lan = network.create_subnet(network_id=wire.id, name="hand-lan", ip_version=4, cidr="10.30.1.0/24", dns_nameservers=["192.0.2.53"],
                                host_routes=[{"destination": "10.99.0.0/16", "nexthop": "10.30.1.9"}])
    six = network.create_subnet(network_id=wire.id, name="hand-six", ip_version=6, cidr="2001:db8:30::/64", gateway_ip=None,
                                ipv6_address_mode="dhcpv6-stateful", ipv6_ra_mode="dhcpv6-stateful")
    way = network.create_router(name="hand-way", external_gateway_info={"network_id": outside.id})
    network.add_interface_to_router(way, subnet_id=lan.id)
    network.add_extra_routes_to_router(way, {"router": {"routes": [{"destination": "10.98.0.0/16", "nexthop": "10.30.1.8"}]}})
    group = network.create_security_group(name="hand-group", description="made by hand")
    for side in ({"remote_ip_prefix": "0.0.0.0/0", "protocol": "tcp", "port_range_min": 80, "port_range_max": 90},
                 {"remote_group_id": group.id}, {"protocol": "icmp", "port_range_min": 8}):
        network.create_security_group_rule(security_group_id=group.id, direction="ingress", **side)
    port = network.create_port(network_id=wire.id, name="hand-port", security_groups=[group.id], fixed_ips=[{"subnet_id": lan.id}],
                               allowed_address_pairs=[{"ip_address": "10.30.1.200"}])
    network.create_port(network_id=wire.id, name="hand-six", fixed_ips=[{"subnet_id": six.id}], is_port_security_enabled=False)
    network.create_ip(floating_network_id=outside.id, port_id=port.id)
    network.create_address_group(name="hand-office", addresses=["192.0.2.0/28"])
    network.set_tags(wire, ["team=hand", "plain"])


@pytest.mark.timeout(600)
def test_what_was_made_by_hand_is_imported_and_needs_nothing(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    by_hand(project.own)
    made = project.inventory()
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "taken", "connections": {"cloud": FAST}}))
    assert outcome(["discover", "cloud", "--import", "-y"]) == 0, capsys.readouterr().out
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    assert project.inventory() == made
    text = (folder / "found.yaml").read_text()
    written = {name: each["properties"] for name, each in json.loads(text)["resources"].items()}
    assert written["hand_way"]["external_gateway"] is True
    directions = [rule["direction"] for rule in written["hand_group"]["security_group_rules"]]
    assert sorted(directions) == ["egress", "egress", "ingress", "ingress", "ingress"], "rules stand with their group"
    picked = {fixed["ip_address"] for port in project.own.network.ports() if not port.device_owner for fixed in port.fixed_ips}
    assert len(picked) == 2
    assert not [address for address in picked if address in text], "what Neutron happened to pick is not written down"
    assert outcome(["destroy", "-f", "found.yaml", "-y"]) == 0, capsys.readouterr().out
    assert project.inventory() == {}


def large() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for number in range(PARTS):
        made[f"wire{number}"] = block("openstack.network", name=f"wire{number}")
        made[f"lan{number}"] = block("openstack.subnet", network_id=ref(f"wire{number}"), cidr=f"10.40.{number}.0/24")
        for card in ("a", "b"):
            made[f"card{number}{card}"] = block("openstack.port", network_id=ref(f"wire{number}"), fixed_ips=[
                {"subnet_id": f"{{{{ resources.lan{number}.id }}}}"}])
        made[f"guard{number}"] = block("openstack.security_group", name=f"guard{number}")
        for port in (22, 80, 443):
            made[f"rule{number}-{port}"] = block("openstack.security_group_rule", security_group_id=ref(f"guard{number}"),
                                                 direction="ingress", protocol="tcp", port_range_min=port, port_range_max=port)
        made[f"data{number}"] = block("openstack.volume", name=f"data{number}", size=1)
        made[f"spare{number}"] = block("openstack.volume", name=f"spare{number}", size=1)
    return made


@pytest.mark.timeout(1800)
def test_two_hundred_objects_are_looked_at_in_few_requests(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    resources = large()
    assert len(resources) == 200
    write(folder, resources)
    assert outcome(["apply", "-y", "--parallelism", "16"]) == 0, capsys.readouterr().out
    assert project.proxy is not None
    with project.proxy.counting() as calls:
        assert outcome(["plan", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    assert len(calls) <= REQUESTS, [f"{call.method} {call.service} {call.path[:80]}" for call in calls]


# -- what only a project's manager may make


@contextmanager
def _managed(folder: Path) -> Iterator[OpenStackCloud]:
    with openstack_project(folder, "manager") as cloud:
        yield cloud


MANAGED = [check for check in checks(replace(LIGHT, open=_managed, cases=QOS, skips=QOS_SKIPS))
           if any(f"[{case.type}" in check.name for case in QOS)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("check", [check for check in MANAGED if check.name.startswith(("create_and_destroy", "update", "gone", "drift"))],
                         ids=str)
def test_a_manager_makes_policies(check: Check, lab: Lab, tmp_path: Path) -> None:
    check.run(tmp_path)
