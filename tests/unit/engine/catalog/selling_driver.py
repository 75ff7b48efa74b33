"""A cloud that sells little and counts how often it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.sdk import Catalog, Driver, DriverError, Image, InvalidCredentials, Price, Query, Session, Spec, Throttled, Zone
from mcflow.engine.ports import Clock
from mcflow.model.connection import Connection, ConnectionIdentity


class Hand(Clock):
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000.0
        self.ticks = 0.0
        self.step = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        self.ticks += self.step
        return self.ticks


class Shop(Session):
    """A session that counts."""

    opened = 0
    account = "shop-1"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        Shop.opened += 1

    def identity(self) -> ConnectionIdentity:
        return ConnectionIdentity("shop", self.account, self.connection.region or "here", "")


class ShopCatalog(Catalog[Shop]):
    """Three sizes, two images a system, prices of what is asked for."""

    narrows: Any = {"images": ("os",), "prices": ("of", "spot")}  # noqa: RUF012
    sells = ("vm", "disk")
    systems = ("plan9", "beos")

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.broken: DriverError | None = None
        self.sizes = [
            Spec(name="m.large", vcpus=4, memory_gib=16), Spec(name="m.small", vcpus=1, memory_gib=2),
            Spec(name="m.medium", vcpus=2, memory_gib=4, zones=("here-a",)), Spec(name="old.medium", vcpus=2, memory_gib=4, current=False),
            Spec(name="g.large", vcpus=4, memory_gib=32, gpus=1, gpu_model="Voodoo"),
            Spec(name="m.metal", vcpus=96, memory_gib=384, special="bare metal"),
        ]
        self.amounts = {"m.large": 0.05, "m.small": 0.01, "m.medium": 0.09, "g.large": 1.5, "m.metal": 5.0}

    def _count(self, kind: str) -> None:
        self.asked[kind] += 1
        if self.broken is not None:
            raise self.broken

    def zones(self, api: Shop, query: Query) -> Iterator[Zone]:
        self._count("zones")
        yield from (Zone("here-b"), Zone("here-a"), Zone("here-0", kind="local"), Zone("here-00", available=False))

    def images(self, api: Shop, query: Query) -> Iterator[Image]:
        self._count(f"images {query.os}")
        for os in self.systems if query.os in ("", *self.systems) else ():
            if query.os not in ("", os):
                continue
            yield Image(id=f"{os}-1", os=os, version="9.4", architecture="x86_64", created="2026-01-01")
            yield Image(id=f"{os}-2", os=os, version="10.1", architecture="arm64", created="2026-02-01")

    def specs(self, api: Shop, query: Query) -> Iterator[Spec]:
        self._count("specs")
        yield from self.sizes

    def prices(self, api: Shop, query: Query) -> Iterator[Price]:
        self._count(f"prices {query.of}")
        if query.of == "vm" and not query.spot:
            yield from (Price(of="vm", key=key, amount=amount) for key, amount in self.amounts.items())
        if query.of == "disk":
            yield Price(of="disk", key="ssd", amount=0.1, per="month", unit="GiB")

    def whose(self, region: str | None, config: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
        return repr((region, environ.get("SHOP_KEY")))


def translate(error: BaseException) -> DriverError | None:
    """Slips of paper are refusals."""
    if isinstance(error, PermissionError):
        return InvalidCredentials(str(error))
    return Throttled(str(error)) if isinstance(error, TimeoutError) else None


def shop() -> Driver:
    """The driver, made anew."""
    Shop.opened = 0
    return Driver(name="shop", version="1", title="Shop", connect=Shop, translate=translate, config_schema={}, catalog=ShopCatalog())
