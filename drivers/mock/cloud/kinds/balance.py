"""Load balancers: the balancer with its members inside, and its listeners."""

from __future__ import annotations

from collections.abc import Iterator

from mcflow.drivers.mock.cloud import errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.kinds.network import has_route_to_internet, place_private, public_address
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Link, Object, World

_PROTOCOLS = ("tcp", "udp", "http", "https", "tls")


def _create_balancer(world: World, attributes: Attributes) -> None:
    if attributes["scheme"] not in ("public", "internal"):
        raise Refused(errors.INVALID, f"scheme: {attributes['scheme']!r} is neither public nor internal")
    zones = [world.need("subnet", id, "subnet_ids").attributes["zone"] for id in attributes["subnet_ids"]]
    if len(set(zones)) != len(zones):
        raise Refused(errors.INVALID, "subnet_ids: two of them are in one zone")
    if attributes["scheme"] == "public":
        if not all(has_route_to_internet(world, id) for id in attributes["subnet_ids"]):
            raise Refused(errors.INVALID, "subnet_ids: a public load balancer needs subnets with a route to the internet")
        attributes["public_ip"] = public_address(world, attributes["id"])
    one: Attributes = {"id": attributes["id"], "subnet_id": attributes["subnet_ids"][0]}
    place_private(world, one)
    attributes["private_ip"] = one["private_ip_address"]
    attributes["dns_name"] = f"{attributes['name']}.lb.mock.invalid"
    attributes["members"] = {}
    _check_health(attributes["health_check"])


def _change_balancer(world: World, found: Object, changes: Attributes) -> None:
    if "health_check" in changes:
        _check_health(changes["health_check"])
    for key, member in changes.get("members", {}).items():
        world.need("instance", member["instance_id"], f"members[{key}]")


def _check_health(check: Attributes) -> None:
    if check.get("protocol", "tcp") not in _PROTOCOLS:
        raise Refused(errors.INVALID, f"health_check: there is no protocol {check['protocol']}")
    if check.get("timeout_seconds", 5) > check.get("interval_seconds", 10):
        raise Refused(errors.INVALID, "health_check: the timeout is longer than the interval")


def _balancer_terms(found: Object) -> Iterator[str]:
    yield f"private:{found.attributes['subnet_ids'][0]}:{found.attributes['private_ip']}"
    if found.attributes.get("public_ip"):
        yield f"public:{found.attributes['public_ip']}"
    for member in found.attributes.get("members", {}).values():
        yield f"to:{member['instance_id']}"


def _create_listener(world: World, attributes: Attributes) -> None:
    if attributes["protocol"] not in _PROTOCOLS:
        raise Refused(errors.INVALID, f"protocol: there is no {attributes['protocol']}")
    if attributes["protocol"] in ("https", "tls") and not attributes.get("certificate"):
        raise Refused(errors.INVALID, f"certificate: {attributes['protocol']} needs one")
    attributes.setdefault("target_port", attributes["port"])


KINDS = (
    Kind("load_balancer", "lb", required=("name", "subnet_ids"), unique="name", settles=2.0,
         optional={"scheme": "public", "security_group_ids": [], "health_check": {"protocol": "tcp"}},
         computed=("public_ip", "private_ip", "dns_name", "members"), mutable=frozenset({"security_group_ids", "health_check", "members"}),
         links=(Link("subnet_ids", ("subnet",)), Link("security_group_ids", ("security_group",))),
         on_create=_create_balancer, on_change=_change_balancer, extra_terms=_balancer_terms),
    Kind("listener", "lsn", required=("load_balancer_id", "port", "protocol"), optional={"target_port": None, "certificate": None},
         mutable=frozenset({"target_port", "certificate"}), natural=("load_balancer_id", "port"), composite=True, taggable=False,
         serial="load_balancer_id", links=(Link("load_balancer_id", ("load_balancer",)),), on_create=_create_listener, settles=0.5),
)
