"""nic."""

from __future__ import annotations

import ipaddress

from mcflow.drivers.openstack.portable.wants import each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers
from mcflow.model.values import Value


@lowers("nic")
def lower_nic(want: Want, out: Lowering) -> None:
    """nic → openstack.port (+ its openstack.interface_attachment, if ``attach_to``)."""
    subnet = want.subnet
    wanted = want.private_ips or []
    for address in wanted:
        check_address("private_ips", address, subnet)
    groups = None if want.security_groups is None else [identify(group) for group in each(want.security_groups)]
    network = subnet.private("network") if known(subnet) else None
    port = out.native("port", "openstack.port", network_id=network, name=label(want), security_groups=groups,
                      fixed_ips=[{"subnet_id": identify(subnet), "ip_address": address} for address in wanted]
                      or [{"subnet_id": identify(subnet)}], tags=tagged(want))
    if want.attach_to is not None:
        out.native("attachment", "openstack.interface_attachment", server_id=identify(want.attach_to), port_id=port.id)
    out.private(port=port.id, internet=subnet.private("internet") if known(subnet) else None)
    out.export(id=port.id, name=label(want), private_ip=port.ip_address, mac=port.mac_address)


def check_address(property: str, address: Value, subnet: Value) -> None:
    """Refuse an address that its subnet cannot give, as far as both are known. Raises Unsuitable."""
    cidr = subnet.properties.get("cidr") if known(subnet) else None
    if not isinstance(address, str) or not isinstance(cidr, str):
        return
    ip, network = ipaddress.ip_address(address), ipaddress.ip_network(cidr, strict=False)
    if ip not in network:
        raise Unsuitable(property, f"{address} does not lie inside the subnet's {cidr}", "choose an address inside it")
    if ip in (network.network_address, network.network_address + 1, network.broadcast_address):
        raise Unsuitable(property, f"{address} is the range's own, its router's or the one for all of {cidr}", "choose another address")
