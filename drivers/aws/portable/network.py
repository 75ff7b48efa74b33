"""vpc, subnet and public_ip."""

from __future__ import annotations

from mcflow.drivers.aws.portable.wants import check_range, each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers
from mcflow.model.values import Value

ANYWHERE = "0.0.0.0/0"


@lowers("vpc")
def lower_vpc(want: Want, out: Lowering) -> None:
    """vpc → aws.vpc (+ an internet gateway and its attachment, if ``internet``)."""
    if want.ipv6:
        raise Unsuitable("ipv6", "IPv6 ranges are not made on AWS yet", "leave ipv6 out")
    check_range("cidr", want.cidr)
    vpc = out.native("vpc", "aws.vpc", cidr_block=want.cidr, enable_dns_hostnames=True, tags=tagged(want))
    if want.internet is not False:
        gateway = out.native("gateway", "aws.internet_gateway", tags=tagged(want))
        attachment = out.native("attachment", "aws.internet_gateway_attachment", internet_gateway_id=gateway.id, vpc_id=vpc.id)
        # Through the attachment: whoever routes to it waits until it is attached, and goes before it is detached.
        out.private(gateway=attachment.internet_gateway_id)
    out.export(id=vpc.id, name=label(want), cidr=vpc.cidr_block)


@lowers("subnet")
def lower_subnet(want: Want, out: Lowering) -> None:
    """subnet → aws.subnet with a route table of its own, their association, and the default route if ``public``."""
    in_blueprint = known(want.vpc)
    check_range("cidr", want.cidr, want.vpc.properties.get("cidr") if in_blueprint else None)
    gateway = want.vpc.private("gateway") if in_blueprint else None
    public = want.public if want.public is not None else gateway is not None
    if public and gateway is None and in_blueprint:
        raise Unsuitable("public", "its network has no way to the internet", "set internet: true on the vpc, or public: false here")
    if public and gateway is None:
        raise Unsuitable("public", "a literal network id does not tell its gateway", "say public: false, or write the vpc as a resource")
    subnet = out.native("subnet", "aws.subnet", vpc_id=identify(want.vpc), cidr_block=want.cidr, availability_zone=want.zone,
                        map_public_ip_on_launch=public, tags=tagged(want))
    table = out.native("route_table", "aws.route_table", vpc_id=identify(want.vpc), tags=tagged(want))
    out.native("association", "aws.route_table_association", subnet_id=subnet.id, route_table_id=table.id)
    out.private(route_table=table.id)
    if public:
        route = out.native("route", "aws.route", route_table_id=table.id, destination_cidr_block=ANYWHERE, gateway_id=gateway)
        out.private(internet=route.id)
    zone = want.zone if want.zone is not None else subnet.availability_zone
    out.export(id=subnet.id, name=label(want), cidr=subnet.cidr_block, zone=zone)


@lowers("public_ip")
def lower_public_ip(want: Want, out: Lowering) -> None:
    """public_ip → aws.address (+ its association, if ``attach_to``)."""
    address = out.native("address", "aws.address", tags=tagged(want))
    for target in each(want.attach_to):
        internet = target.private("internet") if known(target) else None
        if known(target) and internet is None:
            raise Unsuitable("attach_to", "its subnet has no way to the internet", "attach to a machine or interface in a public subnet")
        if known(target) and target.private("address") is not None:
            raise Unsuitable("attach_to", "the machine's public_ip names an address already", "say it in one of the two places")
        out.native("association", "aws.address_association", allocation_id=address.id, after=[internet], **_end(target))
    out.private(allocation=address.id)
    out.export(id=address.id, name=label(want), address=address.public_ip)


def _end(target: Value) -> dict[str, Value]:
    """What an address leads to, as its association names it: an interface or a machine."""
    interface = target.private("interface") if known(target) else None
    if interface is not None:
        return {"network_interface_id": interface}
    id = identify(target)
    return {"network_interface_id" if isinstance(id, str) and id.startswith("eni-") else "instance_id": id}
