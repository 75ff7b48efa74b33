"""openstack.router, its interfaces and its further routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.native.network import LATER_TAGS, description
from mcflow.drivers.openstack.native.relation import Relation
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.native.subnet import ROUTE, range_of, routes_of
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    InvalidRequest,
    NotFound,
    Observed,
    Submitted,
    Tagged,
    array,
    boolean,
    native_type,
    record,
    string,
)

INTERFACE = "network:router_interface"
"""What Neutron writes on a port that is a router's interface; distributed and highly available routers' begin otherwise, see below."""
INTERFACES = (INTERFACE, "network:router_interface_distributed", "network:ha_router_replicated_interface")

FIXED_IP = record({"subnet_id": string("In which subnet.", default_from_cloud=True), "ip_address": string(default_from_cloud=True)})
GATEWAY = record({
    "network_id": string("The external network; absent: the connection's.", default_from_cloud=True),
    "enable_snat": boolean("Whether machines without public addresses get out through it; for administrators.", default_from_cloud=True),
    "external_fixed_ips": array(FIXED_IP, "Its addresses there; for administrators.", set=True, default_from_cloud=True),
})


@native_type
class Router(RestType):
    """What leads from subnet to subnet, and to the world.  https://docs.openstack.org/api-ref/network/v2/#routers-routers"""

    name = "openstack.router"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/routers", "router", "routers", ids="id", marked_by="description")
    states = {"ACTIVE": "ready", "ALLOCATING": "pending", "ERROR": "failed"}
    matched_by = ("name",)
    attributes = {
        "name": string("The router's name.", group="settings", default_from_cloud=True, maxLength=255),
        "description": description(),
        "admin_state_up": boolean("Whether it forwards.", group="settings", default=True),
        "external_gateway": boolean("Whether it leads to the connection's external network; in place of `external_gateway_info`.",
                                    group="gateway", default_from_cloud=True),
        "external_gateway_info": {**GATEWAY, "group": "gateway", "default_from_cloud": True,
                                  "description": "The external network it leads to, and how."},
        "routes": array(ROUTE, "Routes beside those to its subnets and to the gateway: each an `openstack.router_route`, as Neutron "
                               "takes one only when the router leads to its next hop.", set=True, read_only=True),
        "ha": boolean("Whether a second one takes over when it fails; for administrators.", default_from_cloud=True, incidental=True),
        "distributed": boolean("Whether it runs on every host; for administrators.", default_from_cloud=True, incidental=True),
        "availability_zone_hints": array(string(), "Where it should run.", set=True, default_from_cloud=True, incidental=True),
        "external_address": string("Its first address on the external network.", read_only=True, changes_with=["gateway"]),
        "leads_to": string("A network that it is made for; by this an import finds it.", reference=["openstack.network"], at_create=True),
        "tags": LATER_TAGS,
        "status": string("What Neutron says of it.", read_only=True),
    }

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        """Those that have an interface in the network it is made for; where there is none those of that name."""
        network = want.get("leads_to")
        ports = api.rows("network", "/ports", "ports", params={"network_id": network}) if network else ()
        routers = sorted({str(port["device_id"]) for port in ports if port["device_owner"] in INTERFACES})
        return self.observe(api, routers) if routers else super().match(api, want)

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        body = super().request(api, want, intent)
        # What Neutron has no word for.
        for name in ("external_gateway", "leads_to"):
            body.pop(name, None)
        gateway = wanted_gateway(api, want)
        return {**body, **({"external_gateway_info": gateway} if gateway else {})}

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {**super().read(api, row), "routes": routes_of(row.get("routes") or ())}
        gateway = row.get("external_gateway_info") or {}
        leads = _leads_out(api, gateway)
        addresses = gateway.get("external_fixed_ips") or [{}]
        told.update(external_gateway=leads, external_address=addresses[0].get("ip_address"),
                    external_gateway_info={name: value for name, value in gateway.items() if name in GATEWAY["properties"]} or None)
        return {name: value for name, value in told.items() if value is not None}

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "gateway":
            return self.ask(api, "PUT", self.place(id), {"router": {"external_gateway_info": wanted_gateway(api, want) or {}}})
        return super().change(api, id, want, last, group)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The connection's external network is not spelled out."""
        told = super().portray(attributes)
        plain = (attributes.get("external_gateway_info") or {}).get("enable_snat", True) is True
        told.pop("external_gateway_info" if told.get("external_gateway") and plain else "external_gateway", None)
        if "external_gateway_info" in told:
            told["external_gateway_info"] = {name: value for name, value in told["external_gateway_info"].items()
                                             if name == "network_id" or (name == "enable_snat" and value is False)}
        return told


def wanted_gateway(api: OpenStackSession, want: Mapping[str, Any]) -> dict[str, Any] | None:
    """The gateway that a router is asked to have, its network said; None for none."""
    info = want.get("external_gateway_info")
    if want.get("external_gateway") is False or not (want.get("external_gateway") or info):
        return None
    told = {name: value for name, value in (info or {}).items() if value is not None}
    return {**told, "network_id": told.get("network_id") or str(api.external_network()["id"])}


def _leads_out(api: OpenStackSession, gateway: Mapping[str, Any]) -> bool:
    """Whether a gateway leads to the connection's external network. Where that cannot be told there is none that one could ask for."""
    if not gateway.get("network_id"):
        return False
    try:
        return bool(api.external_network()["id"] == gateway["network_id"])
    except (NotFound, InvalidRequest):
        return False


def change_routes(api: OpenStackSession, verb: str, router: str, routes: Sequence[Mapping[str, str]]) -> Reply:
    """Add routes to a router or remove some of it, beside what others do. https://docs.openstack.org/api-ref/network/v2/#extra-routes"""
    return api.call("network", "PUT", f"/routers/{router}/{verb}_extraroutes", json={"router": {"routes": list(routes)}})


@native_type
class RouterInterface(Relation):
    """A subnet that a router leads to, through a port that Neutron makes or one that is given; the id is ``router|subnet``. When an
    interface goes its port does, whoever made it.  https://docs.openstack.org/api-ref/network/v2/#add-interface-to-router"""

    name = "openstack.router_interface"
    attributes = {
        "router_id": string("The router.", reference=["openstack.router"]),
        "subnet_id": string("The subnet; the router has its gateway's address there.", reference=["openstack.subnet"]),
        "port_id": string("In place of the subnet: a port with the address that the router shall have.", reference=["openstack.port"],
                          incidental=True),
        "ip_address": string("The router's address there.", read_only=True),
    }
    required = ("router_id",)

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        reply = api.call("network", "PUT", f"/routers/{want['router_id']}/add_router_interface", json=_end(want))
        return Submitted(f"{want['router_id']}|{reply.body['subnet_id']}", request_id=reply.request_id)

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        router, _, subnet = id.partition("|")
        reply = api.call("network", "PUT", f"/routers/{router}/remove_router_interface", json={"subnet_id": subnet})
        return Submitted(id, request_id=reply.request_id)

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        routers = sorted({id.partition("|")[0] for id in ids})
        return (seen for seen in _interfaces(api, {"device_id": routers}) if seen.id in asked)

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        end = _end(want)
        return (seen for seen in _interfaces(api, {"device_id": want["router_id"]})
                if all(seen.attributes[name] == value for name, value in end.items()))

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        told = want.get("router_id") and (want.get("port_id") or want.get("subnet_id"))
        return self.find(api, want, Intent("", "", {}, "")) if told else iter(())

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        return _interfaces(api, {"project_id": api.project_id})


def _end(want: Mapping[str, Any]) -> dict[str, str]:
    """What an interface is asked by: its port, else its subnet. Raises InvalidRequest where neither is said."""
    for name in ("port_id", "subnet_id"):
        if want.get(name):
            return {name: str(want[name])}
    raise InvalidRequest("a router interface needs a subnet_id or a port_id")


def _interfaces(api: OpenStackSession, params: Mapping[str, Any]) -> Iterator[Observed]:
    for port in api.rows("network", "/ports", "ports", params=params):
        if port["device_owner"] not in INTERFACES:
            continue
        for fixed in port["fixed_ips"]:
            yield Observed(f"{port['device_id']}|{fixed['subnet_id']}", "ready", {
                "router_id": port["device_id"], "subnet_id": fixed["subnet_id"], "port_id": port["id"], "ip_address": fixed["ip_address"]})


@native_type
class RouterRoute(Relation):
    """One route among a router's ``routes``; the id is ``router|destination|nexthop``: several next hops share the traffic.
    https://docs.openstack.org/api-ref/network/v2/#add-extra-routes-to-router"""

    name = "openstack.router_route"
    part_of = "router_id"
    attributes = {
        "router_id": string("The router that forwards so.", reference=["openstack.router"]),
        "destination": string("Where to, a range."),
        "nexthop": string("Through which address, in one of its subnets."),
    }
    required = ("router_id", "destination", "nexthop")

    def normalise(self, attribute: str, value: Any) -> Any:
        return range_of(value) if attribute == "destination" and isinstance(value, str) else value

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        reply = change_routes(api, "add", str(want["router_id"]), routes_of([want]))
        return Submitted(_route_id(want), request_id=reply.request_id)

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        router, destination, nexthop = id.split("|")
        reply = change_routes(api, "remove", router, [{"destination": destination, "nexthop": nexthop}])
        return Submitted(id, request_id=reply.request_id)

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in _routes(api, {"id": sorted({id.partition("|")[0] for id in ids})}) if seen.id in asked)

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        return _routes(api, {"project_id": api.project_id})

    def place(self, want: Mapping[str, Any]) -> str:
        return _route_id(want)


def _routes(api: OpenStackSession, params: Mapping[str, Any]) -> Iterator[Observed]:
    for row in api.rows("network", "/routers", "routers", params=params):
        for route in routes_of(row.get("routes") or ()):
            told = {"router_id": row["id"], **route}
            yield Observed(_route_id(told), "ready", told)


def _route_id(values: Mapping[str, Any]) -> str:
    return "|".join((str(values["router_id"]), range_of(str(values["destination"])), str(values["nexthop"])))
