"""Networks: VPCs, gateways, routes, subnets, security groups, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from ipaddress import IPv4Network, ip_network

from mcflow.drivers.mock.cloud import catalog, errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Link, Object, World

_PUBLIC = IPv4Network("198.18.0.0/15")
"""Reserved for rehearsals (RFC 2544): nobody's address."""
_ANYWHERE = [{"protocol": "all", "from_port": 0, "to_port": 65535, "cidr": cidr} for cidr in ("0.0.0.0/0", "::/0")]


def network(text: object, attribute: str) -> IPv4Network:
    """A CIDR without host bits. Raises Refused."""
    try:
        return IPv4Network(str(text))
    except ValueError as wrong:
        raise Refused(errors.INVALID, f"{attribute}: {text!r} is not an IPv4 network ({wrong})") from wrong


def _any_network(text: object, attribute: str) -> None:
    try:
        ip_network(str(text))
    except ValueError as wrong:
        raise Refused(errors.INVALID, f"{attribute}: {text!r} is not a network ({wrong})") from wrong


def region_of(world: World) -> str:
    """The region part of a scope."""
    return world.scope.partition("/")[2]


def check_zone(world: World, zone: str) -> None:
    """Refuse a zone that the region has not."""
    if zone not in catalog.zones(region_of(world)):
        raise Refused(errors.INVALID, f"there is no zone {zone} in {region_of(world)}")


def free_address(world: World, space: IPv4Network, label: str, seed: str, reserved: int = 4) -> str:
    """An address of ``space`` that no living object holds under ``label``; where the search starts follows from ``seed``. It starts in
    the lower half: what somebody picks by hand above it stays free."""
    size = space.num_addresses - reserved - 1
    start = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "big") % max(size // 2, 1)
    for step in range(max(size, 0)):
        address = str(space[reserved + (start + step) % size])
        if not world.having(f"{label}:{address}"):
            return address
    raise Refused(errors.CAPACITY, f"{space} has no free address")


def public_address(world: World, seed: str) -> str:
    """A free public address."""
    return free_address(world, _PUBLIC, "public", seed)


def place_private(world: World, attributes: Attributes, attribute: str = "private_ip_address") -> None:
    """Give an object a private address in its subnet, or check the one it asks for."""
    subnet = attributes["subnet_id"]
    space = network(world.need("subnet", subnet, "subnet_id").attributes["cidr_block"], "cidr_block")
    wanted = attributes.get(attribute)
    if not wanted:
        attributes[attribute] = free_address(world, space, f"private:{subnet}", attributes["id"])
        return
    try:
        inside = network(f"{wanted}/32", attribute).subnet_of(space)
    except Refused:
        inside = False
    if not inside:
        raise Refused(errors.INVALID, f"{attribute}: {wanted} is not in {space}")
    if world.having(f"private:{subnet}:{wanted}"):
        raise Refused(errors.INVALID, f"{attribute}: {wanted} is taken")


def address_terms(found: Object) -> Iterator[str]:
    """What keeps two objects from having one address."""
    attributes = found.attributes
    for name in ("private_ip_address", "private_ip_addresses"):
        values = attributes.get(name) or []
        for address in [values] if isinstance(values, str) else values:
            yield f"private:{attributes['subnet_id']}:{address}"
    for name in ("public_ip_address", "public_ip"):
        if attributes.get(name):
            yield f"public:{attributes[name]}"


def has_route_to_internet(world: World, subnet: str) -> bool:
    """True if the subnet's route table leads to an internet gateway."""
    tables = [each.attributes["route_table_id"] for each in world.users(subnet, "route_table_association")]
    return any(route.attributes.get("gateway_id") for table in tables for route in world.users(table, "route"))


def has_gateway(world: World, subnet: str) -> bool:
    """True if the subnet's VPC has a gateway attached."""
    vpc = world.need("subnet", subnet, "subnet_id").attributes["vpc_id"]
    return bool(world.users(vpc, "internet_gateway_attachment"))


def _create_vpc(world: World, attributes: Attributes) -> None:
    if not 8 <= network(attributes["cidr_block"], "cidr_block").prefixlen <= 28:
        raise Refused(errors.INVALID, "cidr_block must be between /8 and /28")
    if attributes.get("ipv6"):
        attributes["ipv6_cidr_block"] = f"fd00:{attributes['id'][-4:]}::/56"


def _create_attachment(world: World, attributes: Attributes) -> None:
    gateway, vpc = attributes["internet_gateway_id"], attributes["vpc_id"]
    if world.users(gateway, "internet_gateway_attachment"):
        raise Refused(errors.ALREADY_EXISTS, f"{gateway} is attached already")
    if world.users(vpc, "internet_gateway_attachment"):
        raise Refused(errors.ALREADY_EXISTS, f"{vpc} has a gateway already")


def _detach(world: World, found: Object) -> None:
    """A gateway cannot leave while public addresses are mapped behind it."""
    for subnet in world.users(found.attributes["vpc_id"], "subnet"):
        for user in world.users(subnet.id):
            if user.attributes.get("public_ip_address") or user.kind == "nat_gateway" or world.users(user.id, "address_association"):
                raise Refused(errors.DEPENDENCY, f"{user.id} has a mapped public address")


def _create_route(world: World, attributes: Attributes) -> None:
    network(attributes["destination_cidr_block"], "destination_cidr_block")
    targets = [name for name in ("gateway_id", "nat_gateway_id") if attributes.get(name)]
    if len(targets) != 1:
        raise Refused(errors.INVALID, "a route has one target: gateway_id or nat_gateway_id")
    vpc = world.need("route_table", attributes["route_table_id"], "route_table_id").attributes["vpc_id"]
    gateway = attributes.get("gateway_id")
    if gateway and not any(each.attributes["internet_gateway_id"] == gateway for each in world.users(vpc, "internet_gateway_attachment")):
        raise Refused(errors.INVALID, f"{gateway} is not attached to {vpc}")


def _associate_table(world: World, attributes: Attributes) -> None:
    table = world.need("route_table", attributes["route_table_id"], "route_table_id")
    subnet = world.need("subnet", attributes["subnet_id"], "subnet_id")
    if table.attributes["vpc_id"] != subnet.attributes["vpc_id"]:
        raise Refused(errors.INVALID, f"{table.id} and {subnet.id} are of two VPCs")


def _create_subnet(world: World, attributes: Attributes) -> None:
    vpc = world.need("vpc", attributes["vpc_id"], "vpc_id")
    own, whole = network(attributes["cidr_block"], "cidr_block"), network(vpc.attributes["cidr_block"], "cidr_block")
    if not own.subnet_of(whole):
        raise Refused(errors.INVALID, f"cidr_block: {own} is not inside {whole}")
    if own.prefixlen > 28:
        raise Refused(errors.INVALID, f"cidr_block: {own} is smaller than /28")
    inside = world.having(f"inside:{vpc.id}:{own}")
    around = [held for length in range(whole.prefixlen, own.prefixlen)
              for held in world.having(f"exact:{vpc.id}:{own.supernet(new_prefix=length)}")]
    if inside or around:
        other = (inside or around)[0]
        raise Refused(errors.ALREADY_EXISTS, f"cidr_block: {own} overlaps {other.id} ({other.attributes['cidr_block']})")
    attributes.setdefault("zone", catalog.zones(region_of(world))[0])
    check_zone(world, attributes["zone"])


def _subnet_terms(found: Object) -> Iterator[str]:
    """Terms that make overlap a look-up: two networks overlap only if one contains the other."""
    vpc, own = found.attributes["vpc_id"], IPv4Network(found.attributes["cidr_block"])
    yield f"exact:{vpc}:{own}"
    for length in range(8, own.prefixlen + 1):
        yield f"inside:{vpc}:{own.supernet(new_prefix=length)}"


def _create_nat(world: World, attributes: Attributes) -> None:
    if not has_route_to_internet(world, attributes["subnet_id"]):
        raise Refused(errors.INVALID, f"{attributes['subnet_id']} has no route to the internet")
    if world.users(attributes["allocation_id"], "address_association") or world.users(attributes["allocation_id"], "nat_gateway"):
        raise Refused(errors.INCORRECT_STATE, f"{attributes['allocation_id']} is associated already")
    attributes["public_ip"] = world.need("address", attributes["allocation_id"], "allocation_id").attributes["public_ip"]
    place_private(world, attributes)


def _nat_terms(found: Object) -> Iterator[str]:
    yield f"private:{found.attributes['subnet_id']}:{found.attributes['private_ip_address']}"


def _check_rules(attributes: Attributes) -> None:
    for name in ("inbound", "outbound"):
        seen = set()
        for rule in attributes.get(name, []):
            if sum(map(bool, (rule.get("cidr"), rule.get("source_group_id"), rule.get("own_group")))) != 1:
                raise Refused(errors.INVALID, f"{name}: a rule has one of cidr, source_group_id, own_group")
            if rule.get("cidr"):
                _any_network(rule["cidr"], name)
            if rule.get("protocol") not in ("tcp", "udp", "icmp", "all"):
                raise Refused(errors.INVALID, f"{name}: unknown protocol {rule.get('protocol')!r}")
            key = tuple(rule.get(part) for part in ("protocol", "from_port", "to_port", "cidr", "source_group_id", "own_group"))
            if key in seen:
                raise Refused(errors.ALREADY_EXISTS, f"{name}: the rule {key} is given twice")
            seen.add(key)


def _create_group(world: World, attributes: Attributes) -> None:
    _check_rules(attributes)


def _change_group(world: World, found: Object, changes: Attributes) -> None:
    _check_rules(changes)


def _create_address(world: World, attributes: Attributes) -> None:
    attributes["public_ip"] = public_address(world, attributes["id"])


def _associate_address(world: World, attributes: Attributes) -> None:
    target = attributes.get("instance_id") or attributes.get("network_interface_id")
    if not target or (attributes.get("instance_id") and attributes.get("network_interface_id")):
        raise Refused(errors.INVALID, "an address goes to an instance_id or a network_interface_id")
    if world.users(attributes["allocation_id"], "address_association") or world.users(attributes["allocation_id"], "nat_gateway"):
        raise Refused(errors.ALREADY_EXISTS, f"{attributes['allocation_id']} is associated already")
    if world.users(target, "address_association"):
        raise Refused(errors.ALREADY_EXISTS, f"{target} has an address already")
    kind = "instance" if attributes.get("instance_id") else "network_interface"
    if not has_gateway(world, world.need(kind, target, "instance_id").attributes["subnet_id"]):
        raise Refused(errors.INVALID, f"the network of {target} has no internet gateway")
    attributes["public_ip"] = world.need("address", attributes["allocation_id"], "allocation_id").attributes["public_ip"]


_VPC = Link("vpc_id", ("vpc",))
_SUBNET = Link("subnet_id", ("subnet",))

KINDS = (
    Kind("vpc", "vpc", required=("cidr_block",), optional={"ipv6": False}, computed=("ipv6_cidr_block",), on_create=_create_vpc),
    Kind("internet_gateway", "igw"),
    Kind("internet_gateway_attachment", "igwa", required=("internet_gateway_id", "vpc_id"), natural=("internet_gateway_id", "vpc_id"),
         composite=True, taggable=False, links=(Link("internet_gateway_id", ("internet_gateway",)), _VPC), on_create=_create_attachment,
         on_delete=_detach, settles=0.5),
    Kind("route_table", "rtb", required=("vpc_id",), links=(_VPC,), settles=0.2),
    Kind("route", "route", required=("route_table_id", "destination_cidr_block"), optional={"gateway_id": None, "nat_gateway_id": None},
         mutable=frozenset({"gateway_id", "nat_gateway_id"}), natural=("route_table_id", "destination_cidr_block"), composite=True,
         taggable=False, on_create=_create_route, settles=0.2,
         links=(Link("route_table_id", ("route_table",)), Link("gateway_id", ("internet_gateway",)),
                Link("nat_gateway_id", ("nat_gateway",)))),
    Kind("route_table_association", "rtbassoc", required=("route_table_id", "subnet_id"), natural=("subnet_id",), taggable=False,
         links=(Link("route_table_id", ("route_table",)), _SUBNET), on_create=_associate_table, settles=0.2),
    Kind("subnet", "subnet", required=("vpc_id", "cidr_block"), optional={"zone": None, "assign_public_ip": False},
         mutable=frozenset({"assign_public_ip"}), links=(_VPC,), on_create=_create_subnet, extra_terms=_subnet_terms, settles=0.5),
    Kind("nat_gateway", "nat", required=("subnet_id", "allocation_id"), computed=("public_ip", "private_ip_address"), tokens=True,
         links=(_SUBNET, Link("allocation_id", ("address",))), on_create=_create_nat, extra_terms=_nat_terms, settles=2.0),
    Kind("security_group", "sg", required=("vpc_id",), settles=0.2, on_create=_create_group, on_change=_change_group,
         optional={"group_name": "", "description": "", "inbound": [], "outbound": _ANYWHERE}, mutable=frozenset({"inbound", "outbound"}),
         links=(_VPC, Link("inbound.source_group_id", ("security_group",)), Link("outbound.source_group_id", ("security_group",)))),
    Kind("address", "addr", computed=("public_ip",), on_create=_create_address, extra_terms=address_terms, settles=0.2),
    Kind("address_association", "addrassoc", required=("allocation_id",), optional={"instance_id": None, "network_interface_id": None},
         computed=("public_ip",), natural=("allocation_id",), taggable=False, on_create=_associate_address, settles=0.5,
         links=(Link("allocation_id", ("address",)), Link("instance_id", ("instance",)),
                Link("network_interface_id", ("network_interface",)))),
)
