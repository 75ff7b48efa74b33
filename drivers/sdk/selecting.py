"""Answering selectors from a catalog, the same way for every cloud: the newest image, the cheapest size, the first zone. Deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mcflow.drivers.sdk.catalog import Answer, Image, Price, Query, Reader, Source, Spec, Zone
from mcflow.drivers.sdk.driver import Chosen
from mcflow.drivers.sdk.errors import DriverError
from mcflow.drivers.sdk.lowering import Unsuitable

ARCHES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
"""How clouds spell architectures, and how mcflow does."""
BARE = "bare metal"
"""What is never chosen, only named: it takes minutes to start and costs a whole machine."""
CURRENCY = "USD"
"""What a selector's ``max_price`` is in."""


def image_fits(image: Image, selector: Mapping[str, Any], arch: str = "") -> bool:
    """True if it is of that system and version (``9`` is every 9.x) and, where one is asked for, of that architecture."""
    os, version = str(selector.get("os") or "").lower(), str(selector.get("version") or "")
    arch = arch or ARCHES.get(str(selector.get("arch") or ""), "")
    return ((not os or image.os == os) and (not version or image.version == version or image.version.startswith(f"{version}."))
            and (not arch or not image.architecture or image.architecture == arch))


def newest(images: Iterable[Image]) -> Image | None:
    """The one created last; of several the one with the greatest id."""
    return max(images, key=lambda image: (image.created, image.id), default=None)


def choose_image(reader: Reader, selector: Mapping[str, Any], arch: str) -> tuple[Image | None, Answer[Image], int]:
    """The newest image that fits, the answer it is from, and of how many it is the newest. Images are always looked up anew."""
    query = Query(os=str(selector.get("os") or "").lower(), version=str(selector.get("version") or ""), architecture=arch)
    answer = reader.read("images", query, fresh=True)
    fitting = [image for image in answer.items if image_fits(image, selector, arch)]
    return newest(fitting), answer, len(fitting)


def spec_fits(spec: Spec, asked: Mapping[str, Any], *, arch: str = "", zone: str = "") -> bool:
    """True if it has at least that. Machines with GPUs or other special hardware only for those who ask for GPUs. A size without an
    architecture fits any: there the image decides."""
    gpus = int(asked.get("gpus") or 0)
    if BARE in spec.special or (not gpus and (spec.gpus or spec.special)):
        return False
    return (spec.gpus >= gpus and spec.vcpus >= float(asked.get("vcpus") or 0) and spec.memory_gib >= float(asked.get("memory_gib") or 0)
            and (not arch or spec.architecture in ("", arch)) and (not zone or not spec.zones or zone in spec.zones))


def choose_spec(reader: Reader, asked: Mapping[str, Any], *, of: str = "vm", arch: str = "", zone: str = "", place: str = "",
                spot: bool = False, disk_gib: float = 0) -> Chosen:
    """The cheapest size with at least what is asked for, below ``max_price`` an hour; where no prices are known the smallest: fewest vcpus,
    then least memory, then name. Raises Unsuitable. ``place`` is the region, for the message; ``disk_gib`` what its own disk must hold, on
    clouds where sizes have one."""
    answer = reader.read("specs")
    sizes = [spec for spec in answer.items if spec.of == of]
    fitting = [spec for spec in sizes if spec.current and spec.disk_gib >= disk_gib and spec_fits(spec, asked, arch=arch, zone=zone)]
    if not fitting:
        asked = {**asked, **({"disk_gib": f"{disk_gib:g}"} if disk_gib else {})}
        largest = max(sizes, key=lambda spec: (spec.vcpus, spec.memory_gib, spec.name), default=None)
        there = f"; the largest there is is {largest.name}" if largest else ""
        where = f" in {zone or place}" if zone or place else ""
        raise Unsuitable("spec", f"no size{where} has {describe(asked)}", f"ask for less, or for another zone{there}")
    prices, source, reason = known_prices(reader, Query(of=of, spot=spot))
    hourly = {spec.name: price for spec in fitting if (price := cheapest_price(prices, spec.name, zone)) is not None}
    fitting.sort(key=lambda spec: spec.name)
    return cheapest(fitting, hourly, asked.get("max_price"), sources=(answer.source, source), reason=reason)


def cheapest(fitting: Sequence[Spec], hourly: Mapping[str, Price], ceiling: float | None, *, sources: tuple[Source, Source],
             reason: str) -> Chosen:
    """The cheapest of sizes that fit, not above ``ceiling``; of equal ones the smaller, then the earlier. Raises Unsuitable.

    ``sources``: how sizes and prices were found; ``reason``: why there are no prices, if there are none.
    """
    if not hourly:
        if ceiling is not None:
            raise Unsuitable("spec", f"no prices are known here ({reason}), so max_price cannot be kept", "leave max_price out")
        smallest = min(fitting, key=lambda spec: (spec.vcpus, spec.memory_gib))
        return Chosen(smallest.name, sources[0], f"{size(smallest)}; without prices the smallest that fits, not the cheapest")
    priced = [spec for spec in fitting if spec.name in hourly and (ceiling is None or within(hourly[spec.name], float(ceiling)))]
    if not priced:
        least = min(hourly.values(), key=lambda price: price.amount)
        over = f"the cheapest that fits costs {money(least)} an hour, more than max_price {ceiling:g}"
        raise Unsuitable("spec", over, "ask for less, or pay more")
    best = min(priced, key=lambda spec: (hourly[spec.name].amount, spec.vcpus, spec.memory_gib))
    return Chosen(best.name, _worse(*sources), f"{size(best)}, {money(hourly[best.name])}/h, the cheapest that fits")


def known_prices(reader: Reader, query: Query) -> tuple[Mapping[str, Sequence[Price]], Source, str]:
    """Hourly prices by key, how they were found, and why there are none. A cloud that cannot tell its prices is no error."""
    try:
        answer = reader.read("prices", query)
    except DriverError as refused:
        return {}, "live", in_short(refused)
    found: dict[str, list[Price]] = {}
    for price in answer.items:
        if price.of == query.of and (price.kind == "spot") == query.spot and price.per == "hour":
            found.setdefault(price.key, []).append(price)
    return found, answer.source, "the cloud names none"


def in_short(refused: DriverError) -> str:
    """The first line of what the cloud said; a page of HTML says nothing."""
    first = refused.message.strip().partition("\n")[0]
    return f"it failed and did not say why ({refused.code or type(refused).__name__})" if not first or first.startswith("<") else first


def cheapest_price(prices: Mapping[str, Sequence[Price]], key: str, zone: str) -> Price | None:
    """The least of a key's prices that hold in the zone."""
    here = [price for price in prices.get(key, ()) if not zone or not price.zone or price.zone == zone]
    return min(here, key=lambda price: (price.amount, price.variant), default=None)


def within(price: Price, ceiling: float) -> bool:
    """True if it costs no more. Raises Unsuitable where the price is in another currency."""
    if price.currency != CURRENCY:
        raise Unsuitable("spec", f"prices here are in {price.currency}, max_price is in {CURRENCY}", "leave max_price out")
    return price.amount <= ceiling


def choose_zone(reader: Reader, place: str) -> Chosen:
    """The region's first zone by name. Raises Unsuitable."""
    answer: Answer[Zone] = reader.read("zones")
    names = sorted(zone.name for zone in answer.items if zone.available and zone.kind == "zone")
    if not names:
        raise Unsuitable("zone", f"{place} shows this account no available zone", "choose another region")
    return Chosen(names[0], answer.source, f"first of {len(names)}")


def money(price: Price) -> str:
    """``$0.0416``; other currencies by their code."""
    amount = f"{price.amount:.4f}".rstrip("0")
    whole, _, cents = amount.partition(".")
    return f"{'$' if price.currency == 'USD' else price.currency + ' '}{whole}.{cents:0<2}"


def size(spec: Spec) -> str:
    """``2 vcpus, 4 GiB``."""
    return f"{spec.vcpus:g} vcpus, {spec.memory_gib:g} GiB"


def describe(asked: Mapping[str, Any]) -> str:
    """What a selector asks for, in words."""
    return ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None) or "anything"


def _worse(*sources: Source) -> Source:
    """The least certain of several."""
    return max(sources, key=("live", "cached", "table").index)
