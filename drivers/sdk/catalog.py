"""What a cloud sells: regions, zones, images, specs, prices, quotas, and which types a connection offers.

A driver subclasses `Catalog` with the methods its cloud can answer. Whoever asks goes through a `Reader`: it narrows the question to what
the catalog can narrow by, remembers answers while the session lasts, and says how each was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec

from mcflow.drivers.sdk.errors import DriverError, Unsupported

S = TypeVar("S")
T = TypeVar("T")

Kind = Literal["regions", "zones", "images", "specs", "prices", "quotas", "services"]
Source = Literal["live", "cached", "table"]
"""How an answer was found: asked just now, kept from an earlier time, or written down in the driver."""


class Region(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place with zones. ``enabled``: whether this account may use it."""

    name: str
    title: str = ""
    enabled: bool = True


class Zone(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a region that fails by itself. ``id``: the cloud's name for it in every account, where names differ between accounts;
    ``kind``: ``zone``, or what else it is (a ``local`` one is chosen only by name)."""

    name: str
    region: str = ""
    id: str = ""
    available: bool = True
    kind: str = "zone"


class Image(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A system to start from. ``os`` and ``version`` in the words selectors use; ``created`` an ISO date, newest wins; ``root_gib`` the
    smallest root disk."""

    id: str
    name: str = ""
    os: str = ""
    version: str = ""
    architecture: str = ""
    publisher: str = ""
    created: str = ""
    root_gib: float = 0


class Spec(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A size. ``of``: what comes in it (``vm``, ``database``). ``special`` says what hardware it has that nobody pays for who did not ask
    (``bare metal``, ``FPGA``); ``network`` is the cloud's text; ``zones`` where it is offered, empty: in all."""

    name: str
    of: str = "vm"
    vcpus: float = 0
    memory_gib: float = 0
    architecture: str = "x86_64"
    gpus: int = 0
    gpu_model: str = ""
    special: str = ""
    network: str = ""
    disk_gib: float = 0
    current: bool = True
    zones: tuple[str, ...] = ()


class Price(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What one ``unit`` (empty: the thing itself) of ``key`` costs an hour or a month.

    ``of``: what is sold (``vm``, ``disk``, ``database``, ``load_balancer``, ``nat_gateway``, ``public_ip`` …); ``key``: the cloud's own
    name of the size or kind; ``variant``: what else the price depends on (``linux``, ``mysql``).
    """

    of: str
    key: str
    amount: float
    currency: str = "USD"
    per: Literal["hour", "month"] = "hour"
    unit: str = ""
    variant: str = ""
    kind: Literal["on_demand", "spot"] = "on_demand"
    region: str = ""
    zone: str = ""


class Quota(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How many the account may have. ``used``: None where the cloud does not tell; ``adjustable``: whether more can be asked for."""

    name: str
    limit: float
    used: float | None = None
    unit: str = ""
    adjustable: bool = False
    service: str = ""
    code: str = ""


class Offer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whether a connection offers a type. ``limits``: property → what it may be, in words; ``reason``: why it is not offered."""

    type: str
    kind: Literal["portable", "native"] = "native"
    available: bool = True
    limits: dict[str, str] = {}
    reason: str = ""


class Query(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is asked for. A catalog narrows its answer by the fields its `Catalog.narrows` names, and only by these."""

    os: str = ""
    version: str = ""
    architecture: str = ""
    name: str = ""
    of: str = ""
    spot: bool = False
    service: str = ""


ROWS: dict[Kind, type[Any]] = {
    "regions": Region, "zones": Zone, "images": Image, "specs": Spec, "prices": Price, "quotas": Quota, "services": Offer,
}
"""What each kind of answer is made of."""


class Catalog(Generic[S]):
    """A cloud's catalog. Every method is optional: a catalog has those it overrides. Methods read only, and raise DriverErrors.

    Rows may be yielded page by page; whoever reads may stop in between.
    """

    source: ClassVar[Literal["live", "table"]] = "live"
    """``table``: the driver knows it all by heart, and nothing of it is cached."""
    narrows: ClassVar[Mapping[Kind, Sequence[str]]] = {}
    """Kind → the fields of a Query that make the cloud's answer smaller. Each combination is cached apart."""
    sells: ClassVar[Sequence[str]] = ()
    """What there are prices of: the values of `Price.of`."""
    systems: ClassVar[Sequence[str]] = ()
    """The systems that images are known of: the values of `Image.os`."""

    def regions(self, api: S, query: Query) -> Iterable[Region]:
        """Every region of the cloud."""
        raise NotImplementedError

    def zones(self, api: S, query: Query) -> Iterable[Zone]:
        """The zones of the connection's region."""
        raise NotImplementedError

    def images(self, api: S, query: Query) -> Iterable[Image]:
        """Images of the region; of one system where ``query.os`` says which, and of its usual version where no version is asked for."""
        raise NotImplementedError

    def specs(self, api: S, query: Query) -> Iterable[Spec]:
        """Sizes of the region."""
        raise NotImplementedError

    def prices(self, api: S, query: Query) -> Iterable[Price]:
        """Prices of the region: of ``query.of``, one of `sells`; spot prices where ``query.spot``."""
        raise NotImplementedError

    def quotas(self, api: S, query: Query) -> Iterable[Quota]:
        """What the account may have in the region."""
        raise NotImplementedError

    def services(self, api: S, query: Query) -> Iterable[Offer]:
        """What is to be said of types in this connection: limits, and what is not offered. Types not named are offered as they are."""
        raise NotImplementedError

    def whose(self, region: str | None, config: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
        """All that decides who a connection is, as one text that is only hashed: an equal text means the same account. None: it must be
        opened to know."""
        return None

    def offers(self, kind: Kind) -> bool:
        """True if the catalog answers that kind."""
        return getattr(type(self), kind) is not getattr(Catalog, kind)


@dataclass(frozen=True)
class Answer(Generic[T]):
    """Rows, how they were found, and when the cloud was asked (seconds since the epoch; 0 for a table)."""

    items: tuple[T, ...]
    source: Source
    at: float = 0.0


class Reader:
    """Asks one catalog for one session, and asks the same only once. The engine gives sessions one that also keeps answers in files."""

    def __init__(self, catalog: Catalog[Any], api: Any) -> None:
        self.catalog = catalog
        self._api = api
        self._remembered: dict[tuple[Kind, Query], Answer[Any]] = {}
        self._refused: dict[Query, DriverError] = {}

    def read(self, kind: Kind, query: Query | None = None, *, fresh: bool = False) -> Answer[Any]:
        """The rows of that kind. ``fresh``: what another run kept is not good enough. Raises DriverError; Unsupported where the catalog
        has none."""
        asked = self.narrowed(kind, query or Query())
        known = self._remembered.get((kind, asked))
        if known is None:
            known = self._asked(kind, asked, fresh)
            source: Source = "table" if known.source == "table" else "cached"
            self._remembered[kind, asked] = Answer(known.items, source, known.at)
        return known

    def _asked(self, kind: Kind, query: Query, fresh: bool) -> Answer[Any]:
        if kind != "prices":
            return self.ask(kind, query, fresh=fresh)
        # A cloud that does not tell its prices is not asked again for each machine.
        if query in self._refused:
            raise self._refused[query]
        try:
            return self.ask(kind, query, fresh=fresh)
        except DriverError as refused:
            self._refused[query] = refused
            raise

    def narrowed(self, kind: Kind, query: Query) -> Query:
        """The query with only those fields that this catalog narrows by."""
        names = self.catalog.narrows.get(kind, ())
        return Query(**{name: getattr(query, name) for name in names})

    def ask(self, kind: Kind, query: Query, *, fresh: bool) -> Answer[Any]:
        """The answer, from wherever it is."""
        return Answer(tuple(self.rows(kind, query)), self.catalog.source)

    def rows(self, kind: Kind, query: Query) -> Iterator[Any]:
        """The catalog's own rows, page by page."""
        if not self.catalog.offers(kind):
            raise Unsupported(f"its catalog has no {kind}")
        yield from getattr(self.catalog, kind)(self._api, query)


def reader_of(api: Any, catalog: Catalog[Any]) -> Reader:
    """The reader that the engine gave the session; where there is no engine, one that keeps nothing in files."""
    if api.reader is None:
        api.reader = Reader(catalog, api)
    found: Reader = api.reader
    return found
