"""openstack.port and openstack.interface_attachment: network interfaces, and the machines they are in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.openstack.native.network import LATER_TAGS, description, guarded
from mcflow.drivers.openstack.native.relation import Relation
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    InvalidRequest,
    Observed,
    Submitted,
    Tagged,
    array,
    boolean,
    native_type,
    record,
    string,
)

FIXED_IP = record({"subnet_id": string("In which subnet.", reference=["openstack.subnet"], default_from_cloud=True),
                   "ip_address": string("Which address; absent: Neutron picks one.", default_from_cloud=True)}, "One address.")
PAIR = record({"ip_address": string("An address or a range."), "mac_address": string("Absent: the port's own.", default_from_cloud=True)},
              required=["ip_address"])


@native_type
class Port(RestType):
    """A network interface, in a server or not.  https://docs.openstack.org/api-ref/network/v2/#ports"""

    name = "openstack.port"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/ports", "port", "ports", ids="id", marked_by="description")
    sent = {"binding_vnic_type": "binding:vnic_type"}
    states = {"ACTIVE": "ready", "DOWN": "ready", "N/A": "ready", "BUILD": "pending", "ERROR": "failed"}
    unset = {"qos_policy_id": None, "allowed_address_pairs": [], "dns_name": ""}
    attributes = {
        "name": string("The port's name.", group="settings", default_from_cloud=True, maxLength=255),
        "description": description(),
        "network_id": string("The network it is in; absent: that of its first subnet.", reference=["openstack.network"],
                             default_from_cloud=True),
        "admin_state_up": boolean("Whether packets flow.", group="settings", default=True),
        "fixed_ips": array(FIXED_IP, "Its addresses; absent: Neutron picks one.", group="addresses", default_from_cloud=True),
        "mac_address": string("Its hardware address.", default_from_cloud=True, incidental=True),
        "security_groups": array(string(reference=["openstack.security_group"]), "What guards it; absent: the project's default group.",
                                 set=True, group="security_groups", default_from_cloud=True),
        "port_security_enabled": boolean("Whether it is guarded at all; absent: as its network says.", group="port_security",
                                         default_from_cloud=True),
        "allowed_address_pairs": array(PAIR, "Further addresses it may speak for.", set=True, group="pairs"),
        "binding_vnic_type": string("What kind of device it is (`normal`, `direct`, …).", default="normal", group="binding"),
        "qos_policy_id": string("Its QoS policy.", group="qos", reference=["openstack.qos_policy"]),
        "dns_name": string("Its name in the cloud's DNS.", group="dns", default_from_cloud=True, incidental=True),
        "device_id": string("What it is plugged into: a server, a router.", read_only=True),
        "device_owner": string("Who plugged it in (`compute:nova`, `network:router_interface`).", read_only=True),
        "ip_address": string("The first of its addresses.", read_only=True, changes_with=["addresses"]),
        "tags": LATER_TAGS,
        "status": string("What Neutron says of it.", read_only=True),
    }

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        body = super().request(api, want, intent)
        if body.get("network_id") is None:
            subnet = next((fixed["subnet_id"] for fixed in body.get("fixed_ips", ()) if fixed.get("subnet_id")), None)
            if subnet is None:
                raise InvalidRequest("a port needs a network_id, or a subnet among its fixed_ips")
            body["network_id"] = api.get("network", f"/subnets/{subnet}")["subnet"]["network_id"]
        return body

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        """Who has the first address that is asked for."""
        for fixed in want.get("fixed_ips") or ():
            if fixed.get("subnet_id") and fixed.get("ip_address"):
                ends = [f"subnet_id={fixed['subnet_id']}", f"ip_address={fixed['ip_address']}"]
                return self._look(api, {"fixed_ips": ends}, want)
        return iter(())

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        first = next((fixed["ip_address"] for fixed in row.get("fixed_ips") or () if fixed.get("ip_address")), None)
        return told if first is None else {**told, "ip_address": first}

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "mac_address" and isinstance(value, str):
            return value.lower()
        return value

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "addresses" and want.get("fixed_ips") is not None:
            fixed = kept(want["fixed_ips"], self.present(api, id).get("fixed_ips") or ())
            return self.ask(api, "PUT", self.place(id), {"port": {"fixed_ips": fixed}})
        return super().change(api, id, want, last, group)

    def provided(self, row: Mapping[str, Any]) -> bool:
        """What services made for themselves: a router's interface, a balancer's address, and the nameless port that Nova makes for a
        server that was given a network only."""
        owner = str(row.get("device_owner") or "")
        return owner.startswith(("network:", "Octavia", "manila:", "trove:")) or (owner.startswith("compute:") and not row.get("name"))

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The subnets it is in, not the addresses it happened to get."""
        told = guarded(super().portray(attributes))
        if told.get("fixed_ips"):
            told["fixed_ips"] = [{"subnet_id": fixed["subnet_id"]} for fixed in told["fixed_ips"]]
        return told


def kept(wanted: Sequence[Mapping[str, Any]], present: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Addresses as wanted; where only a subnet is said, one that the port has there already stays."""
    spare = [dict(fixed) for fixed in present if not any(each.get("ip_address") == fixed["ip_address"] for each in wanted)]
    made: list[dict[str, Any]] = []
    for each in wanted:
        told = {name: value for name, value in each.items() if value}
        same = next((fixed for fixed in spare if fixed["subnet_id"] == told.get("subnet_id")), None) if "ip_address" not in told else None
        if same is not None:
            spare.remove(same)
        made.append(same or told)
    return made


@native_type
class InterfaceAttachment(Relation):
    """A port in a server, beside those it was made with; the id is ``server|port``.
    https://docs.openstack.org/api-ref/compute/#create-interface"""

    name = "openstack.interface_attachment"
    family = "compute"
    service = "compute"
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(
        lambda want: f"server {want['server_id']}" if want.get("server_id") else None)
    attributes = {
        "server_id": string("The server.", reference=["openstack.server"]),
        "port_id": string("The port.", reference=["openstack.port"]),
    }
    required = ("server_id", "port_id")

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        body = {"interfaceAttachment": {"port_id": want["port_id"]}}
        reply = api.call("compute", "POST", f"/servers/{want['server_id']}/os-interface", json=body)
        return Submitted(f"{want['server_id']}|{want['port_id']}", request_id=reply.request_id)

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        server, _, port = id.partition("|")
        return Submitted(id, request_id=api.call("compute", "DELETE", f"/servers/{server}/os-interface/{port}").request_id)

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in _attached(api, {"id": sorted({id.partition("|")[2] for id in ids})}) if seen.id in asked)

    def place(self, want: Mapping[str, Any]) -> str:
        return f"{want['server_id']}|{want['port_id']}"


def _attached(api: OpenStackSession, params: Mapping[str, Any]) -> Iterator[Observed]:
    """Ports that are in servers: Neutron tells it of many at once, Nova of one server."""
    for port in api.rows("network", "/ports", "ports", params=params):
        if port["device_id"] and str(port["device_owner"]).startswith("compute:"):
            yield Observed(f"{port['device_id']}|{port['id']}", "ready", {"server_id": port["device_id"], "port_id": port["id"]})
