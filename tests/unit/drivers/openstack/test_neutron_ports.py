"""Ports, attachments, floating IPs and what they pass on."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, PROJECT, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.native.port import kept
from mcflow.drivers.sdk import InUse, InvalidRequest

PORT, PLUG = driver.natives["openstack.port"], driver.natives["openstack.interface_attachment"]
ADDRESS, LEADS = driver.natives["openstack.floating_ip"], driver.natives["openstack.floating_ip_association"]
PASS, NETWORK = driver.natives["openstack.port_forwarding"], driver.natives["openstack.network"]


def port(**more: Any) -> dict[str, Any]:
    return {"id": "p-1", "name": "card", "network_id": "n-1", "device_id": "", "device_owner": "", "status": "DOWN", "project_id": PROJECT,
            "mac_address": "fa:16:3e:00:00:01", "fixed_ips": [{"subnet_id": "s-1", "ip_address": "10.1.1.5"}], "security_groups": ["g-1"],
            "port_security_enabled": True, "allowed_address_pairs": [], "binding:vnic_type": "normal", "description": "", "tags": [],
            **more}


def test_a_ports_network_is_that_of_its_subnet() -> None:
    api = StubSession({"GET network /subnets/s-1": {"subnet": {"network_id": "n-1"}}, "POST network /ports": {"port": port()}})
    PORT.create(api, {"fixed_ips": [{"subnet_id": "s-1"}], "binding_vnic_type": "direct"}, INTENT)
    body = api.changes[0][1]["port"]
    assert (body["network_id"], body["fixed_ips"], body["binding:vnic_type"]) == ("n-1", [{"subnet_id": "s-1"}], "direct")
    with pytest.raises(InvalidRequest):
        PORT.create(api, {}, INTENT)


def test_a_port_is_found_by_its_address() -> None:
    api = StubSession({"GET network /ports": {"ports": [port()]}})
    want = {"fixed_ips": [{"subnet_id": "s-1"}, {"subnet_id": "s-1", "ip_address": "10.1.1.5"}]}
    assert [seen.id for seen in PORT.match(api, want)] == ["p-1"]
    assert api.requests == [("GET network /ports", {"fixed_ips": ["subnet_id=s-1", "ip_address=10.1.1.5"]})]
    assert list(PORT.match(api, {"fixed_ips": [{"subnet_id": "s-1"}]})) == []


def test_an_address_stays_where_only_its_subnet_is_said() -> None:
    present = [{"subnet_id": "s-1", "ip_address": "10.1.1.5"}, {"subnet_id": "s-2", "ip_address": "10.1.2.5"}]
    assert kept([{"subnet_id": "s-2"}, {"subnet_id": "s-2", "ip_address": "10.1.2.7"}], present) == [
        {"subnet_id": "s-2", "ip_address": "10.1.2.5"}, {"subnet_id": "s-2", "ip_address": "10.1.2.7"}]
    assert kept([{"subnet_id": "s-2"}, {"subnet_id": "s-2", "ip_address": "10.1.2.5"}], present) == [
        {"subnet_id": "s-2"}, {"subnet_id": "s-2", "ip_address": "10.1.2.5"}]


def test_ports_that_services_made_are_not_ours_to_find() -> None:
    def came(**more: Any) -> bool:
        return PORT.provided(port(**more))

    assert came(device_owner="network:router_interface")
    assert came(device_owner="compute:nova", name="")
    assert not came(device_owner="compute:nova")
    assert not came()


def test_a_portrait_has_subnets_and_no_addresses() -> None:
    seen, = PORT.observe(StubSession({"GET network /ports/p-1": {"port": port(device_owner="compute:nova", device_id="v-1")}}), ["p-1"])
    assert seen.attributes["ip_address"] == "10.1.1.5"
    assert PORT.portray(seen.attributes) == {
        "name": "card", "network_id": "n-1", "fixed_ips": [{"subnet_id": "s-1"}], "security_groups": ["g-1"]}


def test_attachments_of_many_servers_are_seen_in_one_listing() -> None:
    plugged = [port(device_id="v-1", device_owner="compute:nova"), port(id="p-2", device_id="r-1", device_owner="network:router_interface")]
    api = StubSession({"GET network /ports": {"ports": plugged}, "POST compute /servers/v-1/os-interface": {}})
    assert [seen.id for seen in PLUG.observe(api, ["v-1|p-1", "r-1|p-2"])] == ["v-1|p-1"]
    assert PLUG.create(api, {"server_id": "v-1", "port_id": "p-1"}, INTENT).id == "v-1|p-1"
    assert api.changes == [("POST compute /servers/v-1/os-interface", {"interfaceAttachment": {"port_id": "p-1"}})]


# -- addresses


def fip(**more: Any) -> dict[str, Any]:
    return {"id": "f-1", "floating_ip_address": "198.51.100.9", "floating_network_id": "ext-1", "port_id": None, "fixed_ip_address": None,
            "revision_number": 4, "status": "DOWN", "project_id": PROJECT, **more}


def test_an_address_is_from_the_connections_external_network() -> None:
    api = StubSession({"GET network /networks": {"networks": [{"id": "ext-1", "name": "a"}, {"id": "ext-2", "name": "b"}]},
                       "POST network /floatingips": {"floatingip": fip()}}, external_network="b")
    ADDRESS.create(api, {}, INTENT)
    ADDRESS.create(api, {"floating_network_id": "ext-9"}, INTENT)
    assert [body["floatingip"]["floating_network_id"] for _, body in api.changes] == ["ext-2", "ext-9"]


def test_an_address_is_led_to_a_port_and_away_but_never_from_somebody_elses() -> None:
    def cloud(**more: Any) -> StubSession:
        return StubSession({"GET network /floatingips/f-1": {"floatingip": fip(**more)}, "PUT network /floatingips/f-1": {}})

    free, taken = cloud(), cloud(port_id="p-9")
    assert LEADS.create(free, {"floatingip_id": "f-1", "port_id": "p-1"}, INTENT).id == "f-1|p-1"
    assert free.changes == [("PUT network /floatingips/f-1", {"floatingip": {"port_id": "p-1"}})]
    with pytest.raises(InUse):
        LEADS.create(taken, {"floatingip_id": "f-1", "port_id": "p-1"}, INTENT)
    LEADS.delete(taken, "f-1|p-1", {})
    assert taken.changes == [], "it leads elsewhere by now"
    LEADS.delete(taken, "f-1|p-9", {})
    assert taken.changes == [("PUT network /floatingips/f-1", {"floatingip": {"port_id": None}})]


def test_an_association_is_seen_where_the_address_leads_there() -> None:
    api = StubSession({"GET network /floatingips": {"floatingips": [fip(port_id="p-1", fixed_ip_address="10.1.1.5")]}})
    seen, = LEADS.observe(api, ["f-1|p-1", "f-1|p-2"])
    assert seen.attributes["floating_ip_address"] == "198.51.100.9"


def test_a_forwarding_needs_the_inner_address_and_is_found_by_its_outer_port() -> None:
    path = "/floatingips/f-1/port_forwardings"
    row = {"id": "w-1", "external_port": 8080, "protocol": "tcp", "internal_port": 80, "internal_port_id": "p-1",
           "internal_ip_address": "10.1.1.5"}
    api = StubSession({"GET network /ports/p-1": {"port": port()}, f"POST network {path}": {"port_forwarding": row},
                       f"GET network {path}": {"port_forwardings": [row, {**row, "id": "w-2", "external_port": 81}]}})
    want = {"floatingip_id": "f-1", "external_port": 8080, "protocol": "tcp", "internal_port_id": "p-1", "internal_port": 80}
    assert PASS.create(api, want, INTENT).id == "f-1|w-1"
    assert api.changes[0][1] == {"port_forwarding": {
        "external_port": 8080, "protocol": "tcp", "internal_port_id": "p-1", "internal_port": 80, "internal_ip_address": "10.1.1.5"}}
    assert [seen.id for seen in PASS.find(api, want, INTENT)] == ["f-1|w-1"]


def test_what_other_projects_share_is_shown_by_its_id_and_not_discovered() -> None:
    theirs = {"id": "n-9", "name": "public", "status": "ACTIVE", "project_id": "another", "shared": True}
    api = StubSession({"GET network /networks/n-9": {"network": theirs}, "GET network /networks": {"networks": [theirs]}})
    assert [seen.id for seen in NETWORK.observe(api, ["n-9"])] == ["n-9"]
    assert list(NETWORK.discover(api)) == []
