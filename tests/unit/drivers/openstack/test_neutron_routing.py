"""Routers, their interfaces and routes; subnets and the routes that others add to them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.marks import described
from mcflow.drivers.sdk import AlreadyExists, InvalidRequest, Submitted

OUTSIDE = {"networks": [{"id": "ext-1", "name": "public"}]}
HERE, THERE = {"destination": "10.0.0.0/8", "nexthop": "10.1.1.1"}, {"destination": "192.0.2.0/24", "nexthop": "10.1.1.9"}
SUBNET, HOP = driver.natives["openstack.subnet"], driver.natives["openstack.subnet_route"]
ROUTER, PLUG = driver.natives["openstack.router"], driver.natives["openstack.router_interface"]


def subnet(*routes: Any, **more: Any) -> dict[str, Any]:
    return {"subnet": {"id": "s-1", "network_id": "n-1", "cidr": "10.1.1.0/24", "ip_version": 4, "gateway_ip": "10.1.1.1",
                       "revision_number": 3, "host_routes": list(routes), "description": described("", MARKS), **more}}


def lan(*routes: Any) -> StubSession:
    return StubSession({"GET network /subnets/s-1": subnet(*routes), "PUT network /subnets/s-1": subnet(),
                        "GET network /subnets": {"subnets": [subnet(*routes)["subnet"]]}, "POST network /subnets": subnet()})


# -- subnets


def test_a_subnet_is_made_with_the_ip_version_of_its_range() -> None:
    api = lan()
    SUBNET.create(api, {"network_id": "n-1", "cidr": "2001:db8::5/64"}, INTENT)
    SUBNET.create(api, {"network_id": "n-1", "cidr": "10.1.1.7/24", "gateway_ip": "none", "host_routes": [HERE]}, INTENT)
    marks = {"description": described("", MARKS)}
    assert [body["subnet"] for _, body in api.changes] == [
        {"network_id": "n-1", "cidr": "2001:db8::/64", "ip_version": 6, **marks},
        {"network_id": "n-1", "cidr": "10.1.1.0/24", "ip_version": 4, "gateway_ip": None, "host_routes": [HERE], **marks}]


def test_no_gateway_reads_none_and_can_be_asked_for() -> None:
    api = StubSession({"GET network /subnets/s-1": subnet(gateway_ip=None), "PUT network /subnets/s-1": subnet()})
    seen, = SUBNET.observe(api, ["s-1"])
    assert seen.attributes["gateway_ip"] == "none"
    SUBNET.update(api, "s-1", {"gateway_ip": "none"}, {}, "gateway")
    assert api.changes == [("PUT network /subnets/s-1", {"subnet": {"gateway_ip": None}})]


def test_a_subnets_own_routes_are_settled_beside_those_of_others() -> None:
    api = lan(HERE, THERE)
    SUBNET.update(api, "s-1", {"host_routes": []}, {"host_routes": [HERE]}, "routes")
    assert api.changes == [("PUT network /subnets/s-1", {"subnet": {"host_routes": [THERE]}})]
    assert SUBNET.update(lan(HERE, THERE), "s-1", {"host_routes": [HERE]}, {"host_routes": [HERE]}, "routes") == Submitted("s-1")


def test_a_route_is_added_to_those_there_are_and_taken_from_them() -> None:
    api = lan(HERE)
    assert HOP.create(api, {"subnet_id": "s-1", **THERE}, INTENT).id == "s-1|192.0.2.0/24"
    assert api.changes == [("PUT network /subnets/s-1", {"subnet": {"host_routes": [HERE, THERE]}})]
    api = lan(HERE, THERE)
    HOP.delete(api, "s-1|192.0.2.0/24", {})
    assert api.changes == [("PUT network /subnets/s-1", {"subnet": {"host_routes": [HERE]}})]


def test_a_route_that_is_there_is_somebody_elses() -> None:
    with pytest.raises(AlreadyExists):
        HOP.create(lan(HERE), {"subnet_id": "s-1", "destination": "10.0.0.0/8", "nexthop": "10.1.1.2"}, INTENT)


def test_a_route_leads_elsewhere_in_place_and_is_found_by_its_subnet_and_destination() -> None:
    api = lan(HERE, THERE)
    HOP.update(api, "s-1|10.0.0.0/8", {"subnet_id": "s-1", **HERE, "nexthop": "10.1.1.2"}, {}, "nexthop")
    assert api.changes[0][1] == {"subnet": {"host_routes": [{**HERE, "nexthop": "10.1.1.2"}, THERE]}}
    found, = HOP.find(api, {"subnet_id": "s-1", "destination": "10.9.9.9/8"}, INTENT)
    assert (found.id, found.attributes["nexthop"]) == ("s-1|10.0.0.0/8", "10.1.1.1")


def test_the_first_address_is_not_written_out_as_gateway() -> None:
    seen = {"network_id": "n-1", "cidr": "10.1.1.0/24", "ip_version": 4, "gateway_ip": "10.1.1.1", "enable_dhcp": True}
    assert SUBNET.portray(seen) == {"network_id": "n-1", "cidr": "10.1.1.0/24"}
    assert SUBNET.portray({**seen, "gateway_ip": "none"})["gateway_ip"] == "none"


# -- routers


def test_a_router_finds_the_connections_external_network() -> None:
    api = StubSession({"GET network /networks": OUTSIDE, "POST network /routers": {"router": {"id": "r-1"}}})
    ROUTER.create(api, {"name": "way", "external_gateway": True}, INTENT)
    ROUTER.create(api, {"external_gateway_info": {"network_id": "other", "enable_snat": False}}, INTENT)
    ROUTER.create(api, {"external_gateway": False}, INTENT)
    assert [body["router"].get("external_gateway_info") for _, body in api.changes] == [
        {"network_id": "ext-1"}, {"network_id": "other", "enable_snat": False}, None]
    assert "external_gateway" not in api.changes[0][1]["router"]


def _router(**more: Any) -> dict[str, Any]:
    return {"router": {"id": "r-1", "name": "way", "status": "ACTIVE", "admin_state_up": True, "routes": [], "external_gateway_info": {
        "network_id": "ext-1", "enable_snat": True, "external_fixed_ips": [{"subnet_id": "x", "ip_address": "198.51.100.7"}]}, **more}}


def test_a_router_tells_where_it_leads() -> None:
    api = StubSession({"GET network /networks": OUTSIDE, "GET network /routers/r-1": _router()})
    seen, = ROUTER.observe(api, ["r-1"])
    assert (seen.attributes["external_gateway"], seen.attributes["external_address"]) == (True, "198.51.100.7")
    assert ROUTER.portray(seen.attributes) == {"name": "way", "external_gateway": True}
    elsewhere = StubSession({"GET network /networks": {"networks": []}, "GET network /routers/r-1": _router()})
    seen, = ROUTER.observe(elsewhere, ["r-1"])
    assert seen.attributes["external_gateway"] is False
    assert ROUTER.portray(seen.attributes)["external_gateway_info"] == {"network_id": "ext-1"}


def test_a_router_is_found_by_the_network_it_leads_to() -> None:
    api = StubSession({"GET network /networks": OUTSIDE, "GET network /ports": PORTS, "GET network /routers": {"routers": [
        _router()["router"], {**_router()["router"], "id": "r-2", "name": "other"}]}, "POST network /routers": _router()})
    assert [seen.id for seen in ROUTER.match(api, {"name": "x", "leads_to": "n-1"})] == ["r-1", "r-2"]
    api.answers["GET network /ports"] = {"ports": []}
    assert [seen.id for seen in ROUTER.match(api, {"name": "other", "leads_to": "n-1"})] == ["r-2"]
    ROUTER.create(api, {"leads_to": "n-1"}, INTENT)
    assert "leads_to" not in api.changes[0][1]["router"]


def test_a_gateway_is_taken_away_by_saying_so() -> None:
    api = StubSession({"PUT network /routers/r-1": _router()})
    ROUTER.update(api, "r-1", {"external_gateway": False, "external_gateway_info": {"network_id": "ext-1"}}, {}, "gateway")
    assert api.changes == [("PUT network /routers/r-1", {"router": {"external_gateway_info": {}}})]


def test_a_routers_routes_are_added_and_taken_away_one_by_one() -> None:
    hop, foreign = driver.natives["openstack.router_route"], {"destination": "203.0.113.0/24", "nexthop": "10.1.1.3"}
    api = StubSession({"GET network /routers": {"routers": [_router(routes=[HERE, foreign])["router"]]},
                       "PUT network /routers/r-1/add_extraroutes": {}, "PUT network /routers/r-1/remove_extraroutes": {}})
    assert hop.create(api, {"router_id": "r-1", **THERE}, INTENT).id == "r-1|192.0.2.0/24|10.1.1.9"
    hop.delete(api, "r-1|10.0.0.0/8|10.1.1.1", {})
    assert [(asked, body["router"]["routes"]) for asked, body in api.changes] == [
        ("PUT network /routers/r-1/add_extraroutes", [THERE]), ("PUT network /routers/r-1/remove_extraroutes", [HERE])]
    assert [seen.id for seen in hop.discover(api)] == ["r-1|10.0.0.0/8|10.1.1.1", "r-1|203.0.113.0/24|10.1.1.3"]


# -- interfaces


PORTS = {"ports": [
    {"id": "p-1", "device_id": "r-1", "device_owner": "network:router_interface",
     "fixed_ips": [{"subnet_id": "s-1", "ip_address": "10.1.1.1"}]},
    {"id": "p-2", "device_id": "r-1", "device_owner": "network:router_gateway",
     "fixed_ips": [{"subnet_id": "x", "ip_address": "198.51.100.7"}]},
    {"id": "p-3", "device_id": "r-2", "device_owner": "network:router_interface_distributed",
     "fixed_ips": [{"subnet_id": "s-2", "ip_address": "10.1.2.1"}]},
]}


def test_interfaces_are_made_by_subnet_or_port_and_go_by_subnet() -> None:
    api = StubSession({"PUT network /routers/r-1/add_router_interface": {"port_id": "p-1", "subnet_id": "s-1"},
                       "PUT network /routers/r-1/remove_router_interface": {}})
    assert PLUG.create(api, {"router_id": "r-1", "subnet_id": "s-1"}, INTENT).id == "r-1|s-1"
    assert PLUG.create(api, {"router_id": "r-1", "port_id": "p-1"}, INTENT).id == "r-1|s-1"
    PLUG.delete(api, "r-1|s-1", {})
    assert [body for _, body in api.changes] == [{"subnet_id": "s-1"}, {"port_id": "p-1"}, {"subnet_id": "s-1"}]
    with pytest.raises(InvalidRequest):
        PLUG.create(api, {"router_id": "r-1"}, INTENT)


def test_interfaces_of_many_routers_are_seen_in_one_listing() -> None:
    api = StubSession({"GET network /ports": PORTS})
    assert [seen.id for seen in PLUG.observe(api, ["r-1|s-1", "r-2|s-2", "r-2|s-9"])] == ["r-1|s-1", "r-2|s-2"]
    assert api.requests == [("GET network /ports", {"device_id": ["r-1", "r-2"]})]
    found, = PLUG.find(api, {"router_id": "r-2", "port_id": "p-3"}, INTENT)
    assert (found.id, found.attributes["ip_address"]) == ("r-2|s-2", "10.1.2.1")
    assert list(PLUG.match(api, {"router_id": "r-2"})) == []
