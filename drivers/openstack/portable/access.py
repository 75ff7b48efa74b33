"""security_group and public_ip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.marks import DESCRIPTION
from mcflow.drivers.openstack.portable.ports import ranges
from mcflow.drivers.openstack.portable.wants import each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers
from mcflow.model.values import Handle, Value

BOTH = ("IPv4", "IPv6")
EVERYTHING = [{"protocol": "all"}]


@lowers("security_group")
def lower_security_group(want: Want, out: Lowering) -> None:
    """security_group → openstack.security_group with its rules, set after all groups exist, so that groups may name each other."""
    if want.name == "default":
        raise Unsuitable("name", "OpenStack keeps the name default for the group that every project has", "choose another name")
    if isinstance(want.description, str) and len(want.description) > DESCRIPTION:
        raise Unsuitable("description", f"there is room for {DESCRIPTION} characters, as mcflow's marks stand behind it", "write less")
    outbound = EVERYTHING if want.outbound is None else want.outbound
    rules = [*_rules(want, "ingress", want.inbound or []), *_rules(want, "egress", outbound)]
    group = out.native("group", "openstack.security_group", name=label(want), description=want.description, security_group_rules=rules,
                       tags=tagged(want))
    out.export(id=group.id, name=label(want))


def _rules(want: Want, direction: str, rules: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        protocol = rule["protocol"]
        for first, last in ranges(protocol, rule.get("ports")):
            for side in _sides(want, rule):
                plain = {"direction": direction, "protocol": None if protocol == "all" else protocol, "port_range_min": first,
                         "port_range_max": last, **side, "description": rule.get("description")}
                yield {name: value for name, value in plain.items() if value is not None}


def _sides(want: Want, rule: Mapping[str, Any]) -> Iterator[dict[str, Value]]:
    """The other sides of a rule: groups or anywhere, in both IP versions, or ranges, which tell theirs."""
    if rule.get("security_group") is not None:
        for group in each(rule["security_group"]):
            itself = group == "self" if isinstance(group, str) else isinstance(group, Handle) and _is_own(want, group)
            yield from ({"ethertype": version, "remote_group_id": "self" if itself else identify(group)} for version in BOTH)
        return
    cidrs = rule.get("cidrs")
    if cidrs is None and rule.get("cidr") is None:
        yield from ({"ethertype": version} for version in BOTH)
        return
    yield from ({"remote_ip_prefix": cidr} for cidr in ([rule["cidr"]] if cidrs is None else cidrs))


def _is_own(want: Want, group: Handle) -> bool:
    """True for the group's own name, and for `self` where it was taken for a literal id."""
    return group.address == want.address or (group.opaque and group.export("id") == "self")


@lowers("public_ip")
def lower_public_ip(want: Want, out: Lowering) -> None:
    """public_ip → openstack.floating_ip of the connection's external network (+ its association, if ``attach_to``)."""
    address = out.native("address", "openstack.floating_ip", tags=tagged(want))
    for target in each(want.attach_to):
        if not isinstance(target, Handle) or not known(target):
            raise Unsuitable("attach_to", "a literal id does not tell the port that the address is to lead to",
                             "write the machine or interface as a resource, or an openstack.floating_ip_association with its port")
        internet = target.private("internet")
        if internet is None:
            raise Unsuitable("attach_to", "its subnet has no way to the internet", "attach to a machine or interface in a public subnet")
        if target.private("address") is not None:
            raise Unsuitable("attach_to", "the machine's public_ip names an address already", "say it in one of the two places")
        out.native("association", "openstack.floating_ip_association", floatingip_id=address.id, port_id=target.private("port"),
                   after=[internet])
    out.private(address=address.id)
    out.export(id=address.id, name=label(want), address=address.floating_ip_address)
