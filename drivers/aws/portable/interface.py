"""nic."""

from __future__ import annotations

import ipaddress

from mcflow.drivers.aws.portable.wants import each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers

KEPT = 4
"""How many addresses at the beginning of each subnet AWS keeps for itself, and the last one."""


@lowers("nic")
def lower_nic(want: Want, out: Lowering) -> None:
    """nic → aws.network_interface (+ its attachment, if ``attach_to``), which is always in the zone of its machine."""
    subnet, machine = want.subnet, want.attach_to
    _check_zone(want)
    addresses = want.private_ips or []
    for address in addresses:
        _check_address(want, address)
    internet = subnet.private("internet") if known(subnet) else None
    interface = out.native(
        "interface", "aws.network_interface", subnet_id=identify(subnet),
        groups=[identify(group) for group in each(want.security_groups)] or None, private_ip_address=addresses[0] if addresses else None,
        secondary_private_ip_addresses=addresses[1:], tags=tagged(want))
    if machine is not None:
        out.native("attachment", "aws.network_interface_attachment", network_interface_id=interface.id, instance_id=identify(machine))
    out.private(internet=internet, interface=interface.id)
    out.export(id=interface.id, name=label(want), private_ip=interface.private_ip_address, mac=interface.mac_address)


def _check_zone(want: Want) -> None:
    here = want.subnet.export("zone") if known(want.subnet) else None
    there = want.attach_to.export("zone") if known(want.attach_to) else None
    if isinstance(here, str) and isinstance(there, str) and here != there:
        raise Unsuitable("attach_to", f"the interface's subnet is in {here} and the machine in {there}; AWS attaches within one zone",
                         "choose a subnet in the machine's zone")


def _check_address(want: Want, address: object) -> None:
    """An address must be IPv4 and one that the subnet gives away, where its range is known."""
    if not isinstance(address, str):
        return
    ip = ipaddress.ip_address(address)
    if ip.version != 4:
        raise Unsuitable("private_ips", f"{address} is IPv6, which interfaces do not get on AWS yet", "name IPv4 addresses only")
    cidr = want.subnet.properties.get("cidr") if known(want.subnet) else None
    if not isinstance(cidr, str):
        return
    network = ipaddress.ip_network(cidr, strict=False)
    if ip not in network:
        raise Unsuitable("private_ips", f"{address} does not lie inside the subnet's {cidr}", "choose an address inside it")
    if int(ip) - int(network.network_address) < KEPT or ip == network.broadcast_address:
        raise Unsuitable("private_ips", f"AWS keeps {address} of {cidr} for itself: the first four addresses and the last one",
                         "choose another address")
