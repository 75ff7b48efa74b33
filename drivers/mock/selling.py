"""The rehearsal cloud's catalog, and what its natives cost. All of it is a table but the quotas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.mock.cloud import catalog as table
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Catalog, Charge, Image, Offer, Price, Query, Quota, Region, Spec, Unpriced, Zone, by_use, free, prices


class MockCatalog(Catalog[MockSession]):
    """What the rehearsal cloud sells. Quotas are what the connection's ``quotas`` set; without them nothing is limited."""

    source = "table"
    sells = ("vm", "database", "disk", "database_storage", "file_system", "snapshot", "load_balancer", "nat_gateway", "public_ip",
             "kubernetes_cluster")
    systems = tuple(dict.fromkeys(image.os for image in table.IMAGES))

    def regions(self, api: MockSession, query: Query) -> Iterator[Region]:
        yield from (Region(name, f"Rehearsal {name.removeprefix('mock-')}") for name in table.REGIONS)

    def zones(self, api: MockSession, query: Query) -> Iterator[Zone]:
        yield from (Zone(name, api.region) for name in table.zones(api.region))

    def images(self, api: MockSession, query: Query) -> Iterator[Image]:
        for image in table.IMAGES:
            yield Image(id=image.id, name=f"{image.os} {image.version}", os=image.os, version=image.version, architecture=image.arch,
                        publisher="mock", created=image.published, root_gib=image.min_disk_gib)

    def specs(self, api: MockSession, query: Query) -> Iterator[Spec]:
        for of, specs in (("vm", table.SPECS), ("database", table.DATABASE_SPECS)):
            for spec in specs:
                yield Spec(name=spec.name, of=of, vcpus=spec.vcpus, memory_gib=spec.memory_gib, architecture=spec.arch, gpus=spec.gpus,
                           gpu_model="Rehearsal G1" if spec.gpus else "")

    def prices(self, api: MockSession, query: Query) -> Iterator[Price]:
        for spec in table.SPECS:
            yield Price(of="vm", key=spec.name, amount=round(spec.price * table.SPOT_SHARE, 4), kind="spot", region=api.region)
        for of, key, amount in HOURLY:
            yield Price(of=of, key=key, amount=amount, region=api.region)
        for of, key, amount in MONTHLY:
            yield Price(of=of, key=key, amount=amount, per="month", unit="GiB", region=api.region)

    def quotas(self, api: MockSession, query: Query) -> Iterator[Quota]:
        for kind, limit in sorted(api.cloud.behaviour().quotas.items()):
            yield Quota(name=kind, limit=limit, used=len(list(api.cloud.search(kind))), service="mock", code=kind)

    def services(self, api: MockSession, query: Query) -> Iterator[Offer]:
        sizes = "; ".join(f"{type} {low}–{high}" for type, (low, high) in table.VOLUME_TYPES.items())
        yield Offer(type="disk", kind="portable", limits={"type": ", ".join(table.VOLUME_TYPES), "size_gib": sizes})
        versions = "; ".join(f"{engine} {', '.join(found)}" for engine, (found, _) in table.DATABASE_ENGINES.items())
        yield Offer(type="database", kind="portable", limits={"version": versions})
        yield Offer(type="kubernetes_cluster", kind="portable", limits={"version": ", ".join(table.CLUSTER_VERSIONS)})
        zones = ", ".join(table.zones(api.region))
        for type in ("subnet", "vm", "disk"):
            yield Offer(type=type, kind="portable", limits={"zone": zones})


HOURLY = (
    *(("vm", spec.name, spec.price) for spec in table.SPECS),
    *(("database", spec.name, spec.price) for spec in table.DATABASE_SPECS),
    ("load_balancer", "load_balancer", table.BALANCER_HOUR), ("nat_gateway", "nat_gateway", table.GATEWAY_HOUR),
    ("public_ip", "address", table.ADDRESS_HOUR), ("kubernetes_cluster", "cluster", table.CLUSTER_HOUR),
)
MONTHLY = (
    *(("disk", type, amount) for type, amount in table.VOLUME_PRICES.items()),
    ("database_storage", "storage", table.DATABASE_STORAGE_PRICE), ("file_system", "file_system", table.FILE_SYSTEM_PRICE),
    ("snapshot", "snapshot", table.SNAPSHOT_PRICE),
)

CATALOG = MockCatalog()

FREE = free(*(f"mock.{kind}" for kind in (
    "key_pair", "network_interface", "vpc", "internet_gateway", "internet_gateway_attachment", "route_table", "route",
    "route_table_association", "subnet", "security_group", "address_association", "volume_attachment", "mount_target", "listener", "member",
    "service_role", "note", "document",
)))
BY_USE = by_use({"mock.bucket": "by what is stored in it", "mock.image": "by what is stored"})


@prices("mock.instance")
def price_instance(want: Mapping[str, Any]) -> Iterator[Charge]:
    """The machine while it runs, and its root volume."""
    if want.get("power") != "stopped":
        yield Charge("vm", _known(want, "instance_type"), spot=bool(want.get("spot")))
    yield from _root_volume(want, 1.0)


@prices("mock.node_group")
def price_nodes(want: Mapping[str, Any]) -> Iterator[Charge]:
    """As many machines as are desired."""
    count = float(_known(want, "desired_size"))
    yield Charge("vm", _known(want, "instance_type"), count)
    yield from _root_volume(want, count)


@prices("mock.volume")
def price_volume(want: Mapping[str, Any]) -> Iterator[Charge]:
    """Its size, by type."""
    yield Charge("disk", want.get("volume_type") or "ssd", float(_known(want, "size_gib")))


@prices("mock.snapshot")
def price_snapshot(want: Mapping[str, Any]) -> Iterator[Charge]:
    """The size of what it is of."""
    yield Charge("snapshot", "snapshot", float(_known(want, "size_gib")))


@prices("mock.file_system")
def price_file_system(want: Mapping[str, Any]) -> Iterator[Charge]:
    """Its capacity."""
    yield Charge("file_system", "file_system", float(_known(want, "capacity_gib")))


@prices("mock.database")
def price_database(want: Mapping[str, Any]) -> Iterator[Charge]:
    """The machine and its storage; twice in two zones."""
    copies = 2 if want.get("multi_zone") else 1
    yield Charge("database", _known(want, "instance_class"), copies)
    yield Charge("database_storage", "storage", copies * float(_known(want, "storage_gib")))


@prices("mock.load_balancer")
def price_balancer(want: Mapping[str, Any]) -> Iterator[Charge]:
    """Its hours."""
    yield Charge("load_balancer", "load_balancer")


@prices("mock.nat_gateway")
def price_gateway(want: Mapping[str, Any]) -> Iterator[Charge]:
    """Its hours."""
    yield Charge("nat_gateway", "nat_gateway")


@prices("mock.address")
def price_address(want: Mapping[str, Any]) -> Iterator[Charge]:
    """Its hours, in use or not."""
    yield Charge("public_ip", "address")


@prices("mock.cluster")
def price_cluster(want: Mapping[str, Any]) -> Iterator[Charge]:
    """Its control plane."""
    yield Charge("kubernetes_cluster", "cluster")


def _root_volume(want: Mapping[str, Any], count: float) -> Iterator[Charge]:
    root = want.get("root_volume") or {}
    image = table.image(str(want.get("image_id")))
    size = root.get("size_gib") or (image.min_disk_gib if image else None)
    if size is None:
        raise Unpriced("the size of its root volume is not known yet")
    yield Charge("disk", root.get("volume_type") or "ssd", count * float(size))


def _known(want: Mapping[str, Any], attribute: str) -> Any:
    if want.get(attribute) is None:
        raise Unpriced(f"its {attribute} is not known yet")
    return want[attribute]
