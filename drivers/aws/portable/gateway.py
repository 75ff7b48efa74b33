"""nat_gateway."""

from __future__ import annotations

from mcflow.drivers.aws.portable.network import ANYWHERE
from mcflow.drivers.aws.portable.wants import each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers
from mcflow.model.values import Handle, Value


@lowers("nat_gateway")
def lower_nat_gateway(want: Want, out: Lowering) -> None:
    """nat_gateway → aws.nat_gateway (+ an aws.address, unless ``public_ip`` names one; + a route in the table of each of ``subnets``)."""
    subnet = want.subnet
    internet = subnet.private("internet") if known(subnet) else None
    if known(subnet) and internet is None:
        raise Unsuitable("subnet", "it has no way to the internet, so nothing gets out through it", "choose a public subnet")
    gateway = out.native("gateway", "aws.nat_gateway", subnet_id=identify(subnet), allocation_id=_allocation(want, out), tags=tagged(want),
                         after=[internet])
    for served in each(want.subnets):
        if not isinstance(served, Handle) or not known(served):
            raise Unsuitable("subnets", "a literal subnet id does not tell its route table",
                             "write the subnet as a resource, or the route as an aws.route")
        if served.private("internet") is not None:
            raise Unsuitable("subnets", f"{served.address} is public: its traffic goes out through the internet gateway",
                             "say public: false there, or leave it out here")
        out.native("route", "aws.route", item=served.address, route_table_id=served.private("route_table"),
                   destination_cidr_block=ANYWHERE, nat_gateway_id=gateway.id)
    out.export(id=gateway.id, name=label(want), address=gateway.public_ip)


def _allocation(want: Want, out: Lowering) -> Value:
    """The address it uses: one of its own, or the one named, which must lead nowhere else."""
    named = want.public_ip
    if named is None:
        return out.native("address", "aws.address", tags=tagged(want)).id
    if isinstance(named, Handle) and known(named) and named.properties.get("attach_to") is not None:
        raise Unsuitable("public_ip", "the address is attached to a machine already", "leave attach_to out there, or public_ip out here")
    return identify(named)
