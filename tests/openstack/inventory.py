"""What lives in a project of the lab, seen by the cloud's administrator: one row of a table for each kind, and the order things go in.

`LISTINGS` is open: a file that brings a new kind appends its row. Ids are spelled as mcflow's native types spell them; what has no id of
its own has those of its two ends, ``router|subnet``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

ROUTER_INTERFACE = "network:router_interface"
PATIENCE = 120.0
"""Seconds that everything in a project may take to go."""
VERSIONS: dict[str, dict[str, str]] = {
    "compute": {"OpenStack-API-Version": "compute 2.79"}, "block-storage": {"OpenStack-API-Version": "volume 3.59"},
    "shared-file-system": {"X-OpenStack-Manila-API-Version": "2.60"},
    "container-infrastructure-management": {"OpenStack-API-Version": "container-infra 1.10"},
}
"""Which of its versions a service is asked in."""


@dataclass(frozen=True)
class Scope:
    """A project to look at: the administrator's connection, one of a user of the project, the ids of both, and the services there are."""

    admin: Any
    own: Any
    project: str
    user: str
    services: frozenset[str]


@dataclass(frozen=True)
class Request:
    """How to take an object away."""

    path: str
    method: str = "DELETE"
    body: Any = None


@dataclass(frozen=True)
class Row:
    """One object. ``part_of``: the id of what it belongs to and goes with, if nobody made it by itself; empty: it stands alone. ``raw``: as
    the service lists it."""

    service: str
    kind: str
    id: str
    name: str
    part_of: str
    removal: Request | None
    raw: Mapping[str, Any] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Listing:
    """One kind: where it is listed (``{project}``, ``{user}``), under which member, and the path that an object is deleted by.

    ``own``: only a member of the project sees it. ``rows``: what stands in a row of the answer, where that is not an object with an ``id``.
    ``part_of``: the id of the thing that a row belongs to, if it is a part and not made by people.
    """

    kind: str
    service: str
    path: str
    member: str
    delete: str
    own: bool = False
    id: str = "id"
    rows: Callable[[Mapping[str, Any]], Iterable[tuple[str, Request | None]]] | None = None
    keep: Callable[[Mapping[str, Any]], bool] = lambda row: True
    part_of: Callable[[Mapping[str, Any]], str] = lambda row: ""


def _marked(row: Mapping[str, Any]) -> bool:
    return "mcflow-op" in json.dumps(row)


def _interfaces(row: Mapping[str, Any]) -> Iterator[tuple[str, Request | None]]:
    for address in row["fixed_ips"]:
        body = {"subnet_id": address["subnet_id"]}
        yield (f"{row['device_id']}|{address['subnet_id']}",
               Request(f"/routers/{row['device_id']}/remove_router_interface", "PUT", body))


def _router_routes(row: Mapping[str, Any]) -> Iterator[tuple[str, Request | None]]:
    for route in row.get("routes") or ():
        yield (f"{row['id']}|{route['destination']}|{route['nexthop']}",
               Request(f"/routers/{row['id']}/remove_extraroutes", "PUT", {"router": {"routes": [route]}}))


def _attachments(row: Mapping[str, Any]) -> Iterator[tuple[str, Request | None]]:
    for each in row["attachments"]:
        yield f"{each['server_id']}|{row['id']}", None


def _within(member: str, path: str) -> Callable[[Mapping[str, Any]], Iterator[tuple[str, Request | None]]]:
    """What a balancer's pool or policy lists only the ids of."""
    def rows(row: Mapping[str, Any]) -> Iterator[tuple[str, Request | None]]:
        for each in row[member]:
            yield f"{row['id']}|{each['id']}", Request(f"{path}/{row['id']}/{member}/{each['id']}")

    return rows


def _qos_rules(row: Mapping[str, Any]) -> Iterator[tuple[str, Request | None]]:
    for each in row["rules"]:
        yield f"{row['id']}|{each['id']}", Request(f"/qos/policies/{row['id']}/{each['type']}_rules/{each['id']}")


def _port_owner(row: Mapping[str, Any]) -> str:
    """A port that Nova or Octavia made for a machine or a balancer; people's ports keep standing when the machine goes."""
    if row["device_owner"] == "Octavia":
        return str(row["device_id"]).removeprefix("lb-")
    return str(row["device_id"]) if row["device_owner"].startswith("compute:") and not _marked(row) else ""


def _booted_by(row: Mapping[str, Any]) -> str:
    """The machine that boots from a disk: that it has it came with it."""
    return next((str(each["server_id"]) for each in row["attachments"] if each["device"] in ("/dev/vda", "/dev/sda")), "")


def _root_of(row: Mapping[str, Any]) -> str:
    """The machine that an unmarked first disk was made for."""
    return "" if _marked(row) else _booted_by(row)


def _rule_of(row: Mapping[str, Any]) -> str:
    """The group that came with a rule: one that lets everything out, or (the default group's) everything in from its own members."""
    limited = any(row[name] for name in ("protocol", "port_range_min", "remote_ip_prefix", "remote_address_group_id"))
    plain = row["remote_group_id"] == (None if row["direction"] == "egress" else row["security_group_id"])
    return str(row["security_group_id"]) if plain and not limited and not _marked(row) else ""


def _network(kind: str, path: str, **more: Any) -> Listing:
    member = more.pop("member", path.replace("-", "_"))
    return Listing(kind, "network", f"/{path}?project_id={{project}}", member, f"/{path}/{{id}}", **more)


def _balancing(kind: str, path: str, **more: Any) -> Listing:
    return Listing(kind, "load-balancer", f"/lbaas/{path}?project_id={{project}}", path, f"/lbaas/{path}/{{id}}", **more)


LISTINGS: list[Listing] = [
    Listing("cluster", "container-infrastructure-management", "/clusters", "clusters", "/clusters/{id}", own=True, id="uuid"),
    Listing("cluster_template", "container-infrastructure-management", "/clustertemplates", "clustertemplates", "/clustertemplates/{id}",
            own=True, id="uuid"),
    Listing("load_balancer", "load-balancer", "/lbaas/loadbalancers?project_id={project}", "loadbalancers",
            "/lbaas/loadbalancers/{id}?cascade=true"),
    _balancing("l7_rule", "l7policies", rows=_within("rules", "/lbaas/l7policies")), _balancing("l7_policy", "l7policies"),
    _balancing("listener", "listeners"),
    _balancing("member", "pools", rows=_within("members", "/lbaas/pools")), _balancing("health_monitor", "healthmonitors"),
    _balancing("pool", "pools"),
    # For a moment Nova lists one that it says is deleted.
    Listing("server", "compute", "/servers/detail?all_tenants=1&project_id={project}", "servers", "/servers/{id}",
            keep=lambda row: row["status"] != "DELETED"),
    Listing("server_group", "compute", "/os-server-groups", "server_groups", "/os-server-groups/{id}", own=True),
    Listing("key_pair", "compute", "/os-keypairs?user_id={user}", "keypairs", "/os-keypairs/{id}?user_id={user}",
            rows=lambda row: [(row["keypair"]["name"], None)]),
    _network("floating_ip", "floatingips"),
    Listing("share_snapshot", "shared-file-system", "/snapshots/detail?all_tenants=1&project_id={project}", "snapshots", "/snapshots/{id}"),
    Listing("share", "shared-file-system", "/shares/detail?all_tenants=1&project_id={project}", "shares", "/shares/{id}"),
    Listing("share_network", "shared-file-system", "/share-networks/detail?all_tenants=1&project_id={project}", "share_networks",
            "/share-networks/{id}"),
    Listing("snapshot", "block-storage", "/snapshots/detail?all_tenants=1&project_id={project}", "snapshots", "/snapshots/{id}"),
    Listing("volume_attachment", "block-storage", "/volumes/detail?all_tenants=1&project_id={project}", "volumes", "", rows=_attachments,
            part_of=_booted_by),
    Listing("volume", "block-storage", "/volumes/detail?all_tenants=1&project_id={project}", "volumes", "/volumes/{id}", part_of=_root_of),
    Listing("image", "image", "/images?owner={project}&visibility=all&limit=1000", "images", "/images/{id}"),
    _network("router_route", "routers", rows=_router_routes),
    _network("router_interface", "ports", rows=_interfaces, keep=lambda row: row["device_owner"] == ROUTER_INTERFACE),
    _network("router", "routers"),
    _network("port", "ports", part_of=_port_owner, keep=lambda row: row["device_owner"] not in (ROUTER_INTERFACE, "network:dhcp")),
    _network("network", "networks"),
    _network("subnet", "subnets"), _network("subnet_pool", "subnetpools"), _network("address_scope", "address-scopes"),
    _network("security_group_rule", "security-group-rules", part_of=_rule_of),
    _network("security_group", "security-groups", keep=lambda row: row["name"] != "default"),
    _network("address_group", "address-groups"),
    _network("qos_rule", "qos/policies", member="policies", rows=_qos_rules), _network("qos_policy", "qos/policies", member="policies"),
    _network("rbac_policy", "rbac-policies"),
    Listing("container", "object-store", "?format=json", "", "/{id}", own=True, id="name"),
]
"""Every kind, in the order that things are taken away in."""


def everything(scope: Scope, services: Iterable[str] | None = None) -> list[Row]:
    """Every object of the project; ``services``: only what these have."""
    asked = scope.services if services is None else scope.services & set(services)
    listings = [listing for listing in LISTINGS if listing.service in asked]
    places = {(listing.service, listing.path, listing.own): listing.member for listing in listings}
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(places, pool.map(lambda place: _read(scope, *place, places[place]), places), strict=True))
    found = [
        row for listing in listings
        for raw in answers[listing.service, listing.path, listing.own] if listing.keep(raw)
        for row in _rows(scope, listing, raw)
    ]
    groups = next((rows for (_, path, _), rows in answers.items() if path.startswith("/security-groups?")), ())
    defaults = {row["id"] for row in groups if row["name"] == "default"}
    return [row for row in found if row.part_of not in defaults]


def _read(scope: Scope, service: str, path: str, own: bool, member: str) -> Sequence[Mapping[str, Any]]:
    answer = ask(scope, service, "GET", path.format(project=scope.project, user=scope.user), own=own)
    if answer.status_code >= 400:
        raise RuntimeError(f"{service} {path}: {answer.status_code} {answer.text}")
    rows: Sequence[Mapping[str, Any]] = (answer.json()[member] if member else answer.json()) if answer.content else ()
    return rows


def _rows(scope: Scope, listing: Listing, raw: Mapping[str, Any]) -> Iterator[Row]:
    for id, removal in listing.rows(raw) if listing.rows else ((str(raw[listing.id]), None),):
        if removal is None and listing.delete:
            removal = Request(listing.delete.format(id=id, user=scope.user))
        yield Row(listing.service, listing.kind, id, str(raw.get("name") or ""), listing.part_of(raw), removal, raw)


def inventory(rows: Sequence[Row]) -> dict[str, str]:
    """What people could have made: id → kind. What belongs to a living thing is left out; left behind it counts."""
    living = {row.id for row in rows}
    return {row.id: row.kind for row in rows if row.part_of not in living}


def remove_all(scope: Scope, services: Iterable[str] | None = None) -> None:
    """Take everything away, and wait until it is gone. Raises TimeoutError with what would not go."""
    end = time.monotonic() + PATIENCE
    while rows := everything(scope, services):
        if time.monotonic() > end:
            raise TimeoutError(f"will not go: {[(row.kind, row.id, row.name) for row in rows]}")
        for row in rows:
            if row.kind == "container":
                for each in ask(scope, row.service, "GET", f"/{row.id}?format=json", own=True).json():
                    ask(scope, row.service, "DELETE", f"/{row.id}/{each['name']}", own=True)
            if row.removal is not None:
                own = row.service == "object-store"
                ask(scope, row.service, row.removal.method, row.removal.path, row.removal.body, own=own)
        time.sleep(0.3)


def ask(scope: Scope, service: str, method: str, path: str, body: Any = None, *, own: bool = False) -> Any:
    """One request as the administrator (or the project's user), past mcflow and proxy; the response, whatever it says."""
    adapter = getattr(scope.own if own else scope.admin, service.replace("-", "_"))
    return adapter.request(path, method, json=body, raise_exc=False, headers=VERSIONS.get(service, {}))
