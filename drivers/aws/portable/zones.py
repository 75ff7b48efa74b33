"""Subnets and the zones they are in."""

from __future__ import annotations

from mcflow.drivers.aws.portable.wants import each, known
from mcflow.drivers.sdk import Unsuitable
from mcflow.model.values import Value


def one_each_zone(property: str, subnets: Value, what: str) -> None:
    """Refuse two subnets in one zone, as far as their zones are known. ``what`` stands in one subnet of each. Raises Unsuitable."""
    taken: set[str] = set()
    for subnet in each(subnets):
        zone = subnet.export("zone") if known(subnet) else None
        if isinstance(zone, str) and zone in taken:
            raise Unsuitable(property, f"{what} stands in one subnet of a zone, and two of these are in {zone}",
                             "name one of them, or give the other subnet another `zone`")
        if isinstance(zone, str):
            taken.add(zone)
    if not list(each(subnets)):
        raise Unsuitable(property, f"{what} stands in one subnet at least", "name one for each zone")
