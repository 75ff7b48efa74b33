"""openstack.subnet and openstack.subnet_route: ranges of addresses, and the routes that their machines are told of."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.openstack.native.network import LATER_TAGS, description
from mcflow.drivers.openstack.native.relation import Relation
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    AlreadyExists,
    Intent,
    NotFound,
    Observed,
    Submitted,
    Tagged,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
)

NONE = "none"
"""What ``gateway_ip`` says where there is to be no gateway."""

ROUTE = record({"destination": string("Where to, a range."), "nexthop": string("Through which address.")}, "One route.",
               required=["destination", "nexthop"])


def range_of(text: str) -> str:
    """A range spelled by its network; what is no range stays as it is."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def routes_of(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Routes in one spelling and order."""
    plain = [{"destination": range_of(str(row["destination"])), "nexthop": str(row["nexthop"])} for row in rows]
    return sorted(plain, key=lambda row: (row["destination"], row["nexthop"]))


def settled(present: Iterable[Mapping[str, Any]], owned: Iterable[Mapping[str, Any]],
            wanted: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The routes there shall be: those of others, which stay, and those that are wanted."""
    ours = routes_of(owned)
    wants = routes_of(wanted)
    return routes_of([route for route in routes_of(present) if route not in ours and route not in wants] + wants)


@native_type
class Subnet(RestType):
    """A range of addresses in a network.  https://docs.openstack.org/api-ref/network/v2/#subnets"""

    name = "openstack.subnet"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/subnets", "subnet", "subnets", ids="id", marked_by="description")
    matched_by = ("network_id", "cidr")
    unset = {"dns_nameservers": [], "dns_publish_fixed_ip": False}
    # With the routes that others add: Neutron counts no revision for these.
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(
        lambda want: f"subnet {want['id']}" if want.get("id") else None)
    attributes = {
        "name": string("The subnet's name.", group="settings", default_from_cloud=True, maxLength=255),
        "description": description(),
        "network_id": string("The network it is of.", reference=["openstack.network"]),
        "cidr": string("Its addresses; absent where a pool gives them.", default_from_cloud=True),
        "ip_version": integer("4 or 6; absent: as `cidr` is.", enum=[4, 6], default_from_cloud=True),
        "gateway_ip": string("The address of its router, told to its machines as their default route; `none`: none. Absent: the first one.",
                             group="gateway", default_from_cloud=True),
        "enable_dhcp": boolean("Whether addresses are given by DHCP.", group="settings", default=True),
        "dns_nameservers": array(string(), "Name servers that its machines are told of, the first is asked first.", group="settings"),
        "allocation_pools": array(record({"start": string("First address."), "end": string("Last address.")}, required=["start", "end"]),
                                  "Which addresses are given away; absent: all but the gateway's.", set=True, group="pools",
                                  default_from_cloud=True, incidental=True),
        "host_routes": array(ROUTE, "Further routes that its machines are told of.", set=True, shared=True, group="routes"),
        "ipv6_address_mode": string("How IPv6 addresses come about.", enum=["slaac", "dhcpv6-stateful", "dhcpv6-stateless"]),
        "ipv6_ra_mode": string("What routers announce.", enum=["slaac", "dhcpv6-stateful", "dhcpv6-stateless"]),
        "service_types": array(string(), "For which devices' ports only; for administrators.", set=True, group="service_types"),
        "subnetpool_id": string("The pool its addresses are from.", reference=["openstack.subnet_pool"]),
        "prefixlen": integer("How long the prefix shall be that the pool gives.", at_create=True),
        "dns_publish_fixed_ip": boolean("Whether its addresses get names in the cloud's DNS.", group="dns"),
        "tags": LATER_TAGS,
    }
    required = ("network_id",)

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        body = super().request(api, want, intent)
        if want.get("cidr"):
            body["cidr"] = range_of(str(want["cidr"]))
        body.setdefault("ip_version", 6 if ":" in str(want.get("cidr", "")) else 4)
        return _ungated(body)

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {**super().read(api, row), "host_routes": routes_of(row.get("host_routes") or ())}
        return {**told, "gateway_ip": row.get("gateway_ip") or NONE}

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "host_routes" and isinstance(value, Sequence):
            return routes_of(value) if all(isinstance(each, Mapping) and len(each) == 2 for each in value) else value
        if attribute == "gateway_ip" and value == "":
            return NONE
        return range_of(value) if attribute == "cidr" and isinstance(value, str) else value

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "routes":
            row = self.present(api, id)
            routes = settled(row.get("host_routes") or (), last.get("host_routes") or (), want.get("host_routes") or ())
            return Submitted(id) if routes == routes_of(row.get("host_routes") or ()) else write_routes(api, row, routes)
        if group == "gateway":
            return self.ask(api, "PUT", self.place(id), self.wrapped(_ungated(self.body(want, ["gateway_ip"]))))
        return super().change(api, id, want, last, group)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The gateway only where it is another than Neutron would take: the first address."""
        told = super().portray(attributes)
        if told.get("gateway_ip") == _first(told.get("cidr")):
            del told["gateway_ip"]
        if told.get("ip_version") == (6 if ":" in str(told.get("cidr", "")) else 4):
            del told["ip_version"]
        return told


def write_routes(api: OpenStackSession, row: Mapping[str, Any], routes: list[dict[str, str]]) -> Reply:
    """Set a subnet's host routes, if nobody has changed it since ``row`` was read. Raises Stale."""
    unchanged = {"If-Match": f"revision_number={row['revision_number']}"} if "revision_number" in row else {}
    return api.call("network", "PUT", f"/subnets/{row['id']}", json={"subnet": {"host_routes": routes}}, headers=unchanged)


def _ungated(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "gateway_ip": None} if body.get("gateway_ip") in (NONE, "") else dict(body)


def _first(cidr: Any) -> str:
    try:
        network = ipaddress.ip_network(str(cidr))
    except ValueError:
        return ""
    return str(network.network_address + 1) if network.num_addresses > 1 else ""


@native_type
class SubnetRoute(Relation):
    """One route among a subnet's ``host_routes``; the id is ``subnet|destination``. It stands in the subnet's body, so that the whole
    list is written with it, under the subnet's revision number.  https://docs.openstack.org/api-ref/network/v2/#update-subnet"""

    name = "openstack.subnet_route"
    part_of = "subnet_id"
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(
        lambda want: f"subnet {want['subnet_id']}" if want.get("subnet_id") else None)
    attributes = {
        "subnet_id": string("The subnet whose machines are told of it.", reference=["openstack.subnet"]),
        "destination": string("Where to, a range; `0.0.0.0/0` is everywhere."),
        "nexthop": string("Through which address.", group="nexthop"),
    }
    required = ("subnet_id", "destination", "nexthop")

    def normalise(self, attribute: str, value: Any) -> Any:
        return range_of(value) if attribute == "destination" and isinstance(value, str) else value

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        row = _subnet(api, str(want["subnet_id"]))
        present = routes_of(row.get("host_routes") or ())
        if any(route["destination"] == range_of(want["destination"]) for route in present):
            raise AlreadyExists(f"subnet {row['id']} has a route to {want['destination']} already")
        reply = write_routes(api, row, routes_of([*present, want]))
        return Submitted(_route_id(want), request_id=reply.request_id)

    def update(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        return self._put(api, id, [{"destination": want["destination"], "nexthop": want["nexthop"]}])

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        return self._put(api, id, [])

    def _put(self, api: OpenStackSession, id: str, ours: list[dict[str, str]]) -> Submitted:
        subnet, _, destination = id.partition("|")
        row = _subnet(api, subnet)
        present = routes_of(row.get("host_routes") or ())
        routes = routes_of([*(route for route in present if route["destination"] != destination), *ours])
        return Submitted(id, request_id="" if routes == present else write_routes(api, row, routes).request_id)

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        subnets = sorted({id.partition("|")[0] for id in ids})
        for row in api.rows("network", "/subnets", "subnets", params={"id": subnets}):
            for route in routes_of(row.get("host_routes") or ()):
                told = {"subnet_id": row["id"], **route}
                if _route_id(told) in asked:
                    yield Observed(_route_id(told), "ready", told)

    def place(self, want: Mapping[str, Any]) -> str:
        return _route_id(want)


def _route_id(values: Mapping[str, Any]) -> str:
    return f"{values['subnet_id']}|{range_of(str(values['destination']))}"


def _subnet(api: OpenStackSession, id: str) -> dict[str, Any]:
    """A subnet, fresh. Raises NotFound."""
    row = api.get("network", f"/subnets/{id}")["subnet"]
    if not row:
        raise NotFound(f"there is no subnet {id}")
    return dict(row)
