"""vpc, subnet and nat_gateway."""

from __future__ import annotations

import ipaddress
from typing import Any

from mcflow.drivers.openstack.portable.choosing import first_zone
from mcflow.drivers.openstack.portable.wants import ANYWHERE, Network, addresses, each, identify, known, label, tagged
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, chooses, lowers
from mcflow.model.values import Handle, Value

LONGEST = 30
"""The longest prefix of a subnet that has room for a router and a machine."""


@lowers("vpc")
def lower_vpc(want: Want, out: Lowering) -> None:
    """vpc → openstack.network and openstack.router, which leads to the connection's external network if ``internet``. A network has no
    range of its own in OpenStack: its subnets have, and are checked against it."""
    if want.ipv6:
        raise Unsuitable("ipv6", "IPv6 ranges are not made on OpenStack yet", "leave ipv6 out, or write an openstack.subnet with one")
    _check_range("cidr", want.cidr)
    internet = want.internet is not False
    network = out.native("network", "openstack.network", name=label(want), tags=tagged(want))
    router = out.native("router", "openstack.router", name=label(want), external_gateway=internet, leads_to=network.id,
                        tags=tagged(want))
    out.private(router=router.id, internet=router.id if internet else None, external_address=router.external_address if internet else None)
    out.export(id=network.id, name=label(want), cidr=want.cidr)


@lowers("subnet")
def lower_subnet(want: Want, out: Lowering) -> None:
    """subnet → openstack.subnet and its openstack.router_interface.

    ``public``: machines are told of the router as their default route. Otherwise they are told of it for the vpc's range only, and the
    router has a port of ours there, as it takes a subnet without a gateway by a port only.
    """
    vpc = want.vpc
    in_blueprint = known(vpc)
    network = _check_range("cidr", want.cidr, vpc.properties.get("cidr") if in_blueprint else None)
    internet = vpc.private("internet") if in_blueprint else None
    public = want.public if want.public is not None else internet is not None
    if public and in_blueprint and internet is None:
        raise Unsuitable("public", "its network has no way to the internet", "set internet: true on the vpc, or public: false here")
    if public and not in_blueprint:
        raise Unsuitable("public", "a literal network id does not tell its router", "say public: false, or write the vpc as a resource")
    names: dict[str, Any] = {"name": label(want), "tags": tagged(want)}
    if public:
        # Said, though Neutron would take the same: so that it comes back where there was none.
        gateway = str(network.network_address + 1) if network else None
        subnet = out.native("subnet", "openstack.subnet", network_id=identify(vpc), cidr=want.cidr, gateway_ip=gateway, **names)
        interface = out.native("interface", "openstack.router_interface", router_id=vpc.private("router"), subnet_id=subnet.id)
        out.private(internet=interface.id, external_address=vpc.private("external_address"))
    else:
        subnet = _private(want, out, names)
    out.private(network=identify(vpc), router=vpc.private("router") if in_blueprint else None)
    out.export(id=subnet.id, name=label(want), cidr=subnet.cidr, zone=want.zone)


def _private(want: Want, out: Lowering, names: dict[str, Any]) -> Any:
    """A subnet whose machines have no default route, and what makes its router one of its network's."""
    vpc = want.vpc
    # Read as plain data: what becomes of it is not the same for every range, so it must be known.
    network = ipaddress.ip_network(f"{want.cidr}", strict=False)
    first, last = network.network_address + 1, network.broadcast_address - 1
    pools = [{"start": str(first + 1), "end": str(last)}]
    if not known(vpc):
        return out.native("subnet", "openstack.subnet", network_id=identify(vpc), cidr=want.cidr, gateway_ip="none", allocation_pools=pools,
                          **names)
    subnet = out.native("subnet", "openstack.subnet", network_id=identify(vpc), cidr=want.cidr, gateway_ip="none", allocation_pools=pools,
                        host_routes=[{"destination": vpc.export("cidr"), "nexthop": str(first)}], **names)
    # A port for each range, as one that is a router's interface keeps its address.
    port = out.native("port", "openstack.port", item=f"{network.network_address}-{network.prefixlen}", name=label(want),
                      network_id=identify(vpc), fixed_ips=[{"subnet_id": subnet.id, "ip_address": str(first)}], tags=tagged(want))
    out.native("interface", "openstack.router_interface", router_id=vpc.private("router"), port_id=port.id)
    out.private(router_address=str(first))
    return subnet


@chooses("subnet", "zone")
def choose_subnet_zone(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """Where machines in it stand that name no zone themselves: the first of Nova's. Neutron's subnets are in all zones."""
    return first_zone(api)


@lowers("nat_gateway")
def lower_nat_gateway(want: Want, out: Lowering) -> None:
    """nat_gateway → an openstack.subnet_route in each of ``subnets``: the vpc's router itself translates addresses, and is only to be
    named to machines as their way out."""
    subnet = want.subnet
    if known(subnet) and subnet.private("internet") is None:
        raise Unsuitable("subnet", "it has no way to the internet, so nothing gets out through it", "choose a public subnet")
    if want.public_ip is not None:
        raise Unsuitable("public_ip", "on OpenStack what goes out carries the router's own address, which cannot be chosen",
                         "leave public_ip out; `address` tells it")
    for served in each(want.subnets):
        if not isinstance(served, Handle) or not known(served):
            raise Unsuitable("subnets", "a literal subnet id does not tell its router's address",
                             "write the subnet as a resource, or the route as an openstack.subnet_route")
        if served.private("internet") is not None:
            raise Unsuitable("subnets", f"{served.address} is public: its machines have a default route",
                             "say public: false there, or leave it out here")
        if served.private("router_address") is None or (known(subnet) and served.private("router") != subnet.private("router")):
            raise Unsuitable("subnets", f"{served.address} is in another network", "name subnets of one vpc")
        out.native("route", "openstack.subnet_route", item=served.address, subnet_id=served.export("id"), destination=ANYWHERE[4],
                   nexthop=served.private("router_address"))
    out.export(id=out.address, name=label(want), address=subnet.private("external_address") if known(subnet) else None)


def _check_range(property: str, cidr: Value, inside: Value = None) -> Network | None:
    """A range of IPv4 with room in it, in the vpc's where that is known; None while it is not known. Raises Unsuitable."""
    network = addresses(property, cidr, inside)
    if network is not None and (network.version != 4 or network.prefixlen > LONGEST):
        raise Unsuitable(property, f"networks here have IPv4 ranges of at most /{LONGEST}, not {cidr}", "choose such a range")
    return network
