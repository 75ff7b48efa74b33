"""openstack.floating_ip, where it leads to, and the ports that it passes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.openstack.native.network import LATER_TAGS, description
from mcflow.drivers.openstack.native.relation import Relation
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    InUse,
    Natural,
    NotFound,
    Observed,
    Submitted,
    Tagged,
    integer,
    native_type,
    string,
)


@native_type
class FloatingIp(RestType):
    """An address that the world sees.  https://docs.openstack.org/api-ref/network/v2/#floating-ips-floatingips"""

    name = "openstack.floating_ip"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/floatingips", "floatingip", "floatingips", ids="id", marked_by="description")
    states = {"ACTIVE": "ready", "DOWN": "ready", "ERROR": "failed"}
    unset = {"port_id": None, "qos_policy_id": None}
    matched_by = ("floating_ip_address",)
    attributes = {
        "description": description(),
        "floating_network_id": string("The external network it is from; absent: the connection's.", reference=["openstack.network"],
                                      default_from_cloud=True),
        "floating_ip_address": string("Which address; for administrators.", default_from_cloud=True, incidental=True),
        "subnet_id": string("The subnet of the external network it shall be from.", at_create=True),
        "port_id": string("The port it leads to.", reference=["openstack.port"], group="port", by_others=True),
        "fixed_ip_address": string("Which of the port's addresses it leads to; absent: the first.", group="port", default_from_cloud=True,
                                   incidental=True, by_others=True),
        "qos_policy_id": string("Its QoS policy.", group="qos", reference=["openstack.qos_policy"]),
        "router_id": string("The router it goes through.", read_only=True, changes_with=["port"]),
        "tags": LATER_TAGS,
        "status": string("What Neutron says of it.", read_only=True),
    }

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        """By the address, or by the port that it leads to."""
        if want.get("port_id"):
            return self.shown(api, self.listed(api, {"port_id": want["port_id"]}), {})
        return super().match(api, want)

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        body = super().request(api, want, intent)
        return {**body, "floating_network_id": body.get("floating_network_id") or str(api.external_network()["id"])}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The external network is written out: the connection may come to another."""
        return {**super().portray(attributes), "floating_network_id": attributes["floating_network_id"]}


@native_type
class FloatingIpAssociation(Relation):
    """That a floating IP leads to a port; the id is ``floatingip|port``. It stands in the floating IP's own body.
    https://docs.openstack.org/api-ref/network/v2/#update-floating-ip"""

    name = "openstack.floating_ip_association"
    part_of = "floatingip_id"
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(
        lambda want: f"floatingip {want['floatingip_id']}" if want.get("floatingip_id") else None)
    attributes = {
        "floatingip_id": string("The floating IP.", reference=["openstack.floating_ip"]),
        "port_id": string("The port it leads to.", reference=["openstack.port"]),
        "fixed_ip_address": string("Which of the port's addresses; absent: the first.", default_from_cloud=True, incidental=True),
        "floating_ip_address": string("The address that the world sees.", read_only=True),
    }
    required = ("floatingip_id", "port_id")

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        row = api.get("network", f"/floatingips/{want['floatingip_id']}")["floatingip"]
        if row.get("port_id") not in (None, want["port_id"]):
            raise InUse(f"{row['floating_ip_address']} leads to port {row['port_id']} already; Neutron would turn it round without asking")
        ends = {name: want[name] for name in ("port_id", "fixed_ip_address") if want.get(name)}
        return Submitted(f"{want['floatingip_id']}|{want['port_id']}", request_id=_lead(api, row, ends))

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        address, _, port = id.partition("|")
        row = api.get("network", f"/floatingips/{address}")["floatingip"]
        return Submitted(id, request_id=_lead(api, row, {"port_id": None}) if row.get("port_id") == port else "")

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        for row in api.rows("network", "/floatingips", "floatingips", params={"id": sorted({id.partition("|")[0] for id in ids})}):
            told = {"floatingip_id": row["id"], **{name: row[name] for name in ("port_id", "fixed_ip_address", "floating_ip_address")}}
            if f"{row['id']}|{row['port_id']}" in asked:
                yield Observed(f"{row['id']}|{row['port_id']}", "ready", told)

    def place(self, want: Mapping[str, Any]) -> str:
        return f"{want['floatingip_id']}|{want['port_id']}"


def _lead(api: OpenStackSession, row: Mapping[str, Any], ends: Mapping[str, Any]) -> str:
    """Point a floating IP to a port, or to nothing, if nobody has changed it since ``row`` was read; the cloud's id of the request."""
    unchanged = {"If-Match": f"revision_number={row['revision_number']}"} if "revision_number" in row else {}
    return api.call("network", "PUT", f"/floatingips/{row['id']}", json={"floatingip": dict(ends)}, headers=unchanged).request_id


@native_type
class PortForwarding(RestType):
    """One port of a floating IP that is passed on to a port of a machine.
    https://docs.openstack.org/api-ref/network/v2/#floating-ips-port-forwarding"""

    name = "openstack.port_forwarding"
    identity = Natural()
    noun = Noun("network", "/floatingips/{floatingip_id}/port_forwardings", "port_forwarding", "port_forwardings", marks="")
    exclusive = True
    attributes = {
        "floatingip_id": string("The floating IP; it must not lead to a port of its own.", reference=["openstack.floating_ip"]),
        "external_port": integer("The port that the world sees.", minimum=1, maximum=65535),
        "protocol": string("Of which protocol.", enum=["tcp", "udp"]),
        "internal_port_id": string("The interface it is passed on to.", reference=["openstack.port"], group="inside"),
        "internal_ip_address": string("Its address; absent: the interface's first.", group="inside", default_from_cloud=True),
        "internal_port": integer("The port there.", minimum=1, maximum=65535, group="inside"),
        "description": string("Text for people.", group="inside", default="", maxLength=255),
    }
    required = ("floatingip_id", "external_port", "protocol", "internal_port_id", "internal_port")

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        return self._located(api, want, super().request(api, want, intent))

    def body(self, values: Mapping[str, Any], names: Any) -> dict[str, Any]:
        # The description came with an extension of its own: not sent where nobody wants one.
        return {name: value for name, value in super().body(values, names).items() if (name, value) != ("description", "")}

    def _located(self, api: OpenStackSession, want: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """With the inner address, which Neutron does not find by itself."""
        if body.get("internal_ip_address") is None:
            port = api.get("network", f"/ports/{want['internal_port_id']}")["port"]
            body["internal_ip_address"] = port["fixed_ips"][0]["ip_address"]
        return body

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Any:
        names = ("internal_port_id", "internal_ip_address", "internal_port", "description")
        body = self._located(api, want, self.body(want, names))
        if not want.get("description") and last.get("description"):
            body["description"] = ""
        return self.ask(api, "PUT", self.place(id), self.wrapped(body))

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return (seen for seen in self._look(api, {}, want)
                if all(seen.attributes.get(name) == want[name] for name in ("external_port", "protocol")))

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for row in api.rows("network", "/floatingips", "floatingips", params={"project_id": api.project_id}):
            parents = {"floatingip_id": row["id"]}
            try:
                yield from self.shown(api, list(self.listed(api, {}, parents)), parents)
            except NotFound:
                continue
