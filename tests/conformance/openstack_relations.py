"""What stands between two objects of the lab and has no id of its own: which of it people asked for, and how somebody else ends it.

A floating IP leads to a port because it was made so (then that is a part of it) or because somebody turned it there later (then that counts
by itself). The services do not tell these apart; the ledger does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from tests.openstack.inventory import Row
from tests.openstack.proxy import Proxy


class Cloud(Protocol):
    """What is needed of the cloud."""

    proxy: Proxy

    def ask(self, service: str, method: str, path: str, body: Any = None, *, own: bool = False) -> Any:
        """A request as the administrator, or as the project's user."""


def relations(cloud: Cloud, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Id and kind of each that was made by a call of its own and still stands."""
    told = list(_told(cloud.proxy))
    for row in rows:
        raw, id = row.raw, row.id
        if row.kind == "floating_ip" and ("floatingips", id, raw["port_id"]) in told:
            yield f"{id}|{raw['port_id']}", "floating_ip_association"
        elif row.kind == "floating_ip" and raw.get("port_forwardings"):
            for each in cloud.ask("network", "GET", f"/floatingips/{id}/port_forwardings")["port_forwardings"]:
                yield f"{id}|{each['id']}", "port_forwarding"
        elif row.kind == "port" and ("servers", raw["device_id"], id) in told:
            yield f"{raw['device_id']}|{id}", "interface_attachment"
        elif row.kind == "subnet":
            yield from ((f"{id}|{route['destination']}", "subnet_route") for route in raw["host_routes"]
                        if ("subnets", id, route["destination"]) in told)
        elif row.kind == "router":
            yield from ((f"{id}|{route['destination']}|{route['nexthop']}", "router_route") for route in raw["routes"]
                        if ("routers", id, route["destination"]) in told)
        elif row.kind == "share":
            for rule in cloud.ask("shared-file-system", "GET", f"/share-access-rules?share_id={id}")["access_list"]:
                yield f"{id}|{rule['id']}", "share_access_rule"
        elif row.kind == "cluster":
            for group in cloud.ask("container-infrastructure-management", "GET", f"/clusters/{id}/nodegroups", own=True)["nodegroups"]:
                if not group["is_default"]:
                    yield f"{id}|{group['uuid']}", "node_group"


def _told(proxy: Proxy) -> Iterator[tuple[str, str, Any]]:
    """Collection, id and other end of everything that a call turned somewhere. Routes that a subnet was made with are its own, also where
    they are written again with those that came later."""
    own: set[tuple[str, str]] = set()
    for call in proxy.ledger():
        parts = call.path.partition("?")[0].split("/")
        if call.reads or call.status >= 400 or not call.sent.startswith(b"{"):
            continue
        body = next(iter(json.loads(call.sent).values()), None)
        if call.method == "POST" and parts[-1] == "subnets" and isinstance(body, dict):
            own |= {(route["destination"], route["nexthop"]) for route in body.get("host_routes") or ()}
        if len(parts) < 4 or not isinstance(body, dict):
            continue
        if parts[-1] == "os-interface":
            yield "servers", parts[-2], body.get("port_id")
        elif parts[-1] == "add_extraroutes":
            yield from (("routers", parts[-2], route["destination"]) for route in body["routes"])
        elif call.method == "PUT" and body.get("port_id"):
            yield parts[-2], parts[-1], body["port_id"]
        elif call.method == "PUT" and body.get("host_routes"):
            yield from (("subnets", parts[-1], route["destination"]) for route in body["host_routes"]
                        if (route["destination"], route["nexthop"]) not in own)


def _take_interface(cloud: Cloud, id: str) -> None:
    server, _, port = id.partition("|")
    cloud.ask("compute", "DELETE", f"/servers/{server}/os-interface/{port}")


def _take_volume(cloud: Cloud, id: str) -> None:
    server, _, volume = id.partition("|")
    cloud.ask("compute", "DELETE", f"/servers/{server}/os-volume_attachments/{volume}")


def _drop_router_route(cloud: Cloud, id: str) -> None:
    router, destination, nexthop = id.split("|")
    body = {"router": {"routes": [{"destination": destination, "nexthop": nexthop}]}}
    cloud.ask("network", "PUT", f"/routers/{router}/remove_extraroutes", body)


def _drop_subnet_route(cloud: Cloud, id: str) -> None:
    subnet, _, destination = id.partition("|")
    routes = cloud.ask("network", "GET", f"/subnets/{subnet}")["subnet"]["host_routes"]
    kept = [route for route in routes if route["destination"] != destination]
    cloud.ask("network", "PUT", f"/subnets/{subnet}", {"subnet": {"host_routes": kept}})


def _turn_away(cloud: Cloud, id: str) -> None:
    cloud.ask("network", "PUT", f"/floatingips/{id.partition('|')[0]}", {"floatingip": {"port_id": None}})


def _stop_forwarding(cloud: Cloud, id: str) -> None:
    address, _, forwarding = id.partition("|")
    cloud.ask("network", "DELETE", f"/floatingips/{address}/port_forwardings/{forwarding}")


def _deny(cloud: Cloud, id: str) -> None:
    share, _, rule = id.partition("|")
    cloud.ask("shared-file-system", "POST", f"/shares/{share}/action", {"deny_access": {"access_id": rule}})


def _shut_down(cloud: Cloud, id: str) -> None:
    cluster, _, group = id.partition("|")
    cloud.ask("container-infrastructure-management", "DELETE", f"/clusters/{cluster}/nodegroups/{group}", own=True)


REMOVALS: dict[str, Callable[[Any, str], None]] = {
    "openstack.floating_ip_association": _turn_away, "openstack.interface_attachment": _take_interface,
    "openstack.volume_attachment": _take_volume, "openstack.router_route": _drop_router_route,
    "openstack.subnet_route": _drop_subnet_route, "openstack.share_access_rule": _deny,
    "openstack.port_forwarding": _stop_forwarding, "openstack.node_group": _shut_down,
}
