"""vpc, subnet, nat_gateway, security_group, public_ip."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.mock.portable.wants import flag, handles, name_of, need_internet, tags_of
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, chooses, lowers
from mcflow.model.values import Handle, Value

ANYWHERE = "0.0.0.0/0"
_BOTH_ANYWHERE = (ANYWHERE, "::/0")


@lowers("vpc")
def lower_vpc(want: Want, out: Lowering) -> None:
    """vpc → mock.vpc, and with `internet` a gateway and its attachment."""
    vpc = out.native("vpc", "mock.vpc", cidr_block=want.cidr, ipv6=want.ipv6, tags=tags_of(want))
    if flag(want.internet, True):
        gateway = out.native("gateway", "mock.internet_gateway", tags=tags_of(want))
        attachment = out.native("attachment", "mock.internet_gateway_attachment", internet_gateway_id=gateway.id, vpc_id=vpc.id)
        out.private(gateway=gateway.id, attachment=attachment.id)
    out.export(id=vpc.id, name=name_of(want), cidr=vpc.cidr_block)


@chooses("subnet", "zone")
def choose_subnet_zone(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The region's first zone, unless one is named."""
    zones = catalog.zones(api.region)
    return Chosen(zones[0], "table", f"the first of {len(zones)} zones")


@lowers("subnet")
def lower_subnet(want: Want, out: Lowering) -> None:
    """subnet → mock.subnet with a route table of its own; if `public`, a default route to the vpc's gateway."""
    vpc = want.vpc
    gateway = None if vpc.opaque else vpc.private("gateway")
    public = gateway is not None if want.public is None else bool(want.public)
    if public and gateway is None:
        raise Unsuitable("public", f"{vpc.address or 'the vpc'} has no internet gateway",
                         "give the vpc `internet: true`, or import it, or make the subnet `public: false`")
    _check_inside(want)
    subnet = out.native("subnet", "mock.subnet", vpc_id=vpc.id, cidr_block=want.cidr, zone=want.zone, assign_public_ip=public,
                        tags=tags_of(want))
    table = out.native("table", "mock.route_table", vpc_id=vpc.id, tags=tags_of(want))
    association = out.native("association", "mock.route_table_association", route_table_id=table.id, subnet_id=subnet.id)
    if public:
        attachment = vpc.private("attachment")
        route = out.native("route", "mock.route", route_table_id=table.id, destination_cidr_block=ANYWHERE, gateway_id=gateway,
                           after=[attachment])
        out.private(internet=[route.id, association.id, attachment])
    out.private(route_table=table.id, association=association.id, vpc_id=vpc.id)
    out.export(id=subnet.id, name=name_of(want), cidr=subnet.cidr_block, zone=subnet.zone if want.zone is None else want.zone)


def _check_inside(want: Want) -> None:
    whole = None if want.vpc.opaque else want.vpc.properties.get("cidr")
    if isinstance(whole, str) and isinstance(want.cidr, str):
        own, around = ip_network(want.cidr, strict=False), ip_network(whole, strict=False)
        if own.version != around.version or not own.subnet_of(around):  # type: ignore[arg-type]
            raise Unsuitable("cidr", f"{want.cidr} is not inside the vpc's {whole}")


@lowers("nat_gateway")
def lower_nat_gateway(want: Want, out: Lowering) -> None:
    """nat_gateway → mock.nat_gateway with an address, and a default route in the table of each subnet it serves."""
    internet = need_internet(want.subnet, "subnet", "a NAT gateway")
    allocation = out.native("address", "mock.address", tags=tags_of(want)).id if want.public_ip is None else want.public_ip.id
    gateway = out.native("gateway", "mock.nat_gateway", after=internet, subnet_id=want.subnet.id, allocation_id=allocation,
                         tags=tags_of(want))
    for served in handles(want.subnets):
        if served.private("internet"):
            raise Unsuitable("subnets", f"{served.address} has a default route to the internet of its own", "make it `public: false`")
        out.native("route", "mock.route", item=served.address, route_table_id=served.private("route_table"),
                   destination_cidr_block=ANYWHERE, nat_gateway_id=gateway.id)
    out.export(id=gateway.id, name=name_of(want), address=gateway.public_ip)


@lowers("public_ip")
def lower_public_ip(want: Want, out: Lowering) -> None:
    """public_ip → mock.address, and with `attach_to` a mock.address_association."""
    address = out.native("address", "mock.address", tags=tags_of(want))
    target: Handle | None = want.attach_to
    if target is not None:
        internet = need_internet(target, "attach_to", "the address would lead nowhere")
        place: dict[str, Value] = {"network_interface_id" if target.type == "nic" else "instance_id": target.id}
        out.native("association", "mock.address_association", allocation_id=address.id, after=internet, **place)
    out.export(id=address.id, name=name_of(want), address=address.public_ip)


@lowers("security_group")
def lower_security_group(want: Want, out: Lowering) -> None:
    """security_group → mock.security_group, its rules as sets on it."""
    outbound = list(rules([{"protocol": "all"}] if want.outbound is None else want.outbound, want.address))
    group = out.native("group", "mock.security_group", vpc_id=want.vpc.id, group_name=want.name, description=want.description,
                       inbound=list(rules(want.inbound or [], want.address)), outbound=outbound, tags=tags_of(want))
    out.private(vpc_id=want.vpc.id)
    out.export(id=group.id, name=name_of(want))


def rules(wanted: list[dict[str, Value]], own: str) -> Iterator[dict[str, Value]]:
    """Portable rules as the cloud's: one for each range of ports and each source. ``own``: the address of the group they are of."""
    for rule in wanted:
        notes = {"description": rule["description"]} if rule.get("description") is not None else {}
        for first, last in _ports(rule):
            for source in _sources(rule, own):
                yield {"protocol": rule.get("protocol") or "tcp", "from_port": first, "to_port": last, **source, **notes}


def _ports(rule: dict[str, Value]) -> Iterator[tuple[Value, Value]]:
    wanted = rule.get("ports")
    if rule.get("protocol") in ("icmp", "all") or wanted is None:
        yield 0, 65535
        return
    for each in wanted if isinstance(wanted, list) else [wanted]:
        if isinstance(each, str):
            first, _, last = each.partition("-")
            yield int(first), int(last or first)
        else:
            yield each, each


def _is_own(group: Value, own: str) -> bool:
    """`self`, as it is written or as the literal that a property for handles makes of it, or the group's own name."""
    if isinstance(group, Handle):
        return group.address == own or (group.opaque and group.export("id") == "self")
    return isinstance(group, str) and group == "self"


def _sources(rule: dict[str, Value], own: str) -> Iterator[dict[str, Value]]:
    group = rule.get("security_group")
    if group is not None and _is_own(group, own):
        yield {"own_group": True}
    elif group is not None:
        yield {"source_group_id": group.export("id")}
    else:
        one, several = rule.get("cidr"), rule.get("cidrs")
        named = [*([] if one is None else [one]), *([] if several is None else several)]
        for cidr in named or _BOTH_ANYWHERE:
            yield {"cidr": cidr}
