"""What the service sells: regions, zones, images, machine specs, database specs and their prices."""

from __future__ import annotations

from dataclasses import dataclass

REGIONS = ("mock-east", "mock-west", "mock-north")


@dataclass(frozen=True, slots=True)
class Image:
    """An operating system to start from. ``published`` is a date, newest wins."""

    id: str
    os: str
    version: str
    arch: str
    user: str
    published: str
    min_disk_gib: int = 8


@dataclass(frozen=True, slots=True)
class Spec:
    """A machine size; ``price`` in dollars an hour."""

    name: str
    vcpus: int
    memory_gib: int
    price: float
    arch: str = "x86_64"
    gpus: int = 0


IMAGES = tuple(
    Image(f"img-{os}-{version.replace('.', '')}-{'x64' if arch == 'x86_64' else arch}", os, version, arch, user, published)
    for os, version, user, published in (
        ("ubuntu", "20.04", "ubuntu", "2025-04-01"),
        ("ubuntu", "22.04", "ubuntu", "2026-02-01"),
        ("ubuntu", "24.04", "ubuntu", "2026-06-01"),
        ("debian", "12", "admin", "2026-05-01"),
        ("rocky", "9", "rocky", "2026-04-01"),
        ("windows", "2022", "Administrator", "2026-05-01"),
    )
    for arch in (("x86_64",) if os == "windows" else ("x86_64", "arm64"))
)

SPECS = (
    Spec("m1.micro", 1, 1, 0.008),
    Spec("m1.small", 1, 2, 0.016),
    Spec("m1.medium", 2, 4, 0.034),
    Spec("m1.large", 2, 8, 0.068),
    Spec("m1.xlarge", 4, 16, 0.136),
    Spec("m1.2xlarge", 8, 32, 0.272),
    Spec("c1.large", 4, 8, 0.120),
    Spec("c1.xlarge", 8, 16, 0.240),
    Spec("a1.small", 1, 2, 0.013, "arm64"),
    Spec("a1.medium", 2, 4, 0.027, "arm64"),
    Spec("a1.large", 4, 8, 0.054, "arm64"),
    Spec("g1.xlarge", 8, 32, 1.100, gpus=1),
    Spec("g1.4xlarge", 32, 128, 4.400, gpus=4),
)

DATABASE_SPECS = (
    Spec("db.small", 1, 2, 0.030),
    Spec("db.medium", 2, 4, 0.065),
    Spec("db.large", 2, 8, 0.130),
    Spec("db.xlarge", 4, 16, 0.260),
)

DATABASE_ENGINES = {"mysql": (("8.0", "8.4"), 3306), "mariadb": (("10.11", "11.4"), 3306), "postgresql": (("15", "16", "17"), 5432)}
CLUSTER_VERSIONS = ("1.31", "1.32", "1.33", "1.34")
VOLUME_TYPES = {"hdd": (10, 16384), "ssd": (1, 16384), "nvme": (4, 65536)}
"""Volume type → smallest and largest size, GiB."""

BALANCER_HOUR, GATEWAY_HOUR, ADDRESS_HOUR, CLUSTER_HOUR = 0.0225, 0.045, 0.005, 0.10
"""Dollars an hour for a load balancer, a NAT gateway, a public address, a cluster."""
SPOT_SHARE = 0.3
"""What a machine that may be taken back costs of the whole price."""
VOLUME_PRICES = {"hdd": 0.045, "ssd": 0.10, "nvme": 0.16}
"""Dollars a month for a GiB of a volume, by type."""
FILE_SYSTEM_PRICE, SNAPSHOT_PRICE, DATABASE_STORAGE_PRICE = 0.30, 0.05, 0.115
"""Dollars a month for a GiB."""

_IMAGES = {image.id: image for image in IMAGES}
_SPECS = {spec.name: spec for spec in SPECS}
_DATABASE_SPECS = {spec.name: spec for spec in DATABASE_SPECS}


def zones(region: str) -> tuple[str, ...]:
    """The zones of a region."""
    return tuple(f"{region}-{letter}" for letter in "abc")


def image(id: str) -> Image | None:
    """An image that the service publishes."""
    return _IMAGES.get(id)


def spec(name: str) -> Spec | None:
    """A machine size."""
    return _SPECS.get(name)


def database_spec(name: str) -> Spec | None:
    """A database size."""
    return _DATABASE_SPECS.get(name)
