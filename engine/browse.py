"""Answering `mcflow catalog`: from what is kept if that will do, without opening the connection; else by asking the cloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from mcflow.drivers.sdk import Driver, DriverError, InvalidCredentials
from mcflow.drivers.sdk.catalog import Answer, Catalog, Kind, Offer, Query
from mcflow.drivers.sdk.selecting import in_short
from mcflow.engine.catalog.filtering import ORDER, in_order, query_of, row_of, tests_of, wanted_rows, why_none
from mcflow.engine.catalog.keeping import Keeper
from mcflow.engine.catalog.reader import WHO_FOR, CachedReader
from mcflow.engine.options import CatalogOptions, CatalogView
from mcflow.engine.ports import Ports
from mcflow.engine.project import Project
from mcflow.engine.sessions import EXIT_CREDENTIALS, Live, Sessions
from mcflow.model.connection import Connection, ConnectionIdentity
from mcflow.model.diagnostic import reject
from mcflow.schemas import portable_types

_NONE: Catalog[Any] = Catalog()


def browse(project: Project | None, options: CatalogOptions, ports: Ports) -> CatalogView:
    """What the connection's cloud sells. Takes no lease, writes nothing but what is kept for later. Raises Rejected."""
    connection = _connection(project, options)
    sessions = Sessions({connection.name: connection}, directory=project.blueprint.directory if project else None)
    asking = _Asking(sessions, connection, options, ports)
    try:
        return _answer(asking, options)
    except DriverError as refused:
        code = EXIT_CREDENTIALS if isinstance(refused, InvalidCredentials) else 1
        raise reject("MC1002", kind=options.kind, connection=connection.name, reason=in_short(refused), exit_code=code,
                     request_id=refused.request_id or None) from refused
    finally:
        sessions.close()


class _Asking:
    """One connection being asked, opened only when nothing that is kept will do."""

    def __init__(self, sessions: Sessions, connection: Connection, options: CatalogOptions, ports: Ports) -> None:
        self.connection = connection
        self.driver: Driver = sessions.driver(connection.driver)
        self.catalog = self.driver.catalog or _NONE
        self.ports = ports
        self._sessions = sessions
        self._refresh = options.refresh
        self._keeper = Keeper(ports.cache)
        self._live: Live | None = None
        self._reader: CachedReader | None = None

    def read(self, kind: Kind, query: Query) -> Answer[Any]:
        """The answer, kept or live. Raises Rejected, DriverError."""
        who = None if self._refresh else self.who()
        if who is not None:
            kept = self._reading(None, who).kept(kind, query)
            if kept is not None:
                return kept
        return self.reader().read(kind, query)

    def kept(self, kind: Kind, query: Query) -> Answer[Any] | None:
        """The answer if that costs no call."""
        who = self.who()
        if who is None or self.catalog.source == "table":
            return self.reader().read(kind, query) if self.catalog.source == "table" else None
        return self._reading(None, who).kept(kind, query)

    def who(self) -> ConnectionIdentity | None:
        """Who the connection is, as far as that is known without opening it."""
        if self._live is not None:
            return self._live.identity
        whose = self._whose()
        found = self._keeper.who(self.driver.name, whose) if whose is not None else None
        return found[0] if found is not None and 0 <= self.ports.clock.now() - found[1] <= WHO_FOR else None

    def reader(self) -> CachedReader:
        """A reader over an open session. Raises Rejected."""
        if self._reader is None:
            self._live = self._sessions.get(self.connection.name)
            self._reader = self._reading(self._live.session, self._live.identity)
            self._live.session.reader = self._reader
            whose = self._whose()
            if whose is not None:
                self._keeper.remember(self.driver.name, whose, self._live.identity, self.ports.clock.now())
        return self._reader

    def _whose(self) -> str | None:
        return self.catalog.whose(self.connection.region, self.connection.config, self.ports.environ)

    def _reading(self, api: Any, who: ConnectionIdentity) -> CachedReader:
        return CachedReader(self.catalog, api, who, self._keeper, self.ports.clock, self.driver.translate, refresh=self._refresh)


def _answer(asking: _Asking, options: CatalogOptions) -> CatalogView:
    if options.kind != "services" and not asking.catalog.offers(options.kind):
        has = [kind for kind in ORDER if asking.catalog.offers(kind)] if asking.catalog is not _NONE else []  # type: ignore[arg-type]
        raise reject("MC1001", driver=asking.driver.name, kind=options.kind, known=", ".join([*has, "services"]))
    priced: dict[str, Any] = {}
    if options.kind == "services":
        answer = _offers(asking)
    elif options.kind == "prices":
        answer = _prices(asking, options)
    else:
        answer = asking.read(options.kind, query_of(options))
    rows = [row_of(item) for item in answer.items]
    if options.kind == "specs":
        priced = _put_prices(asking, options, rows)
    tests = tests_of(options)
    lost = _unknown_zone(asking, options.zone)
    wanted = [] if lost else wanted_rows(rows, tests)
    ordered = in_order(wanted, (*options.sort, *ORDER[options.kind]), options.kind)
    empty = "" if wanted else lost or _reason(asking, options, rows, tests)
    shown = ordered[:options.limit] if options.limit else ordered
    who = asking.who() or asking.reader().who
    return CatalogView(options.kind, asking.connection.name, str(who), tuple(shown), answer.source, answer.at, len(rows), empty, **priced)


def _prices(asking: _Asking, options: CatalogOptions) -> Answer[Any]:
    """Prices of what is asked for, or of everything that is sold; of several answers the least certain and the oldest counts."""
    sold = [options.of] if options.of else [*asking.catalog.sells]
    if "of" not in asking.catalog.narrows.get("prices", ()) or not sold:
        return asking.read("prices", query_of(options))
    answers = [asking.read("prices", query_of(replace(options, of=of))) for of in (["vm"] if options.spot else sold)]
    source = "cached" if any(answer.source == "cached" for answer in answers) else answers[0].source
    return Answer(tuple(item for answer in answers for item in answer.items), source, min(answer.at for answer in answers))


def _put_prices(asking: _Asking, options: CatalogOptions, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A column with the least price an hour. The cloud is asked for prices only where a filter or the order is about them."""
    needed = options.max_price is not None or options.spot or any(name.lstrip("-") == "price" for name in options.sort)
    least: dict[tuple[str, str], float] = {}
    told: dict[str, Any] = {"unpriced": f"driver {asking.driver.name} knows no prices"}
    if asking.catalog.offers("prices"):
        told = _least_prices(asking, options, {str(row["of"]) for row in rows}, needed, least)
    for row in rows:
        row["price"] = least.get((row["of"], row["name"]))
    return told


def _least_prices(asking: _Asking, options: CatalogOptions, sold: Iterable[str], needed: bool,
                  least: dict[tuple[str, str], float]) -> dict[str, Any]:
    told: dict[str, Any] = {"unpriced": "no prices are kept; --sort price asks for them"}
    for of in sorted(sold):
        query = Query(of=of, spot=options.spot)
        try:
            answer = asking.read("prices", query) if needed else asking.kept("prices", query)
        except DriverError as refused:
            told = {"unpriced": in_short(refused)}
            continue
        if answer is None:
            continue
        told = {"prices": answer.source, "prices_at": answer.at}
        for price in answer.items:
            here = not options.zone or price.zone in ("", options.zone)
            if price.per == "hour" and price.of == of and (price.kind == "spot") == options.spot and here:
                key = (of, price.key)
                least[key] = min(least.get(key, price.amount), price.amount)
    return told


def _offers(asking: _Asking) -> Answer[Offer]:
    """Every portable and native type: what the driver's own tables say, and what its catalog adds for this connection."""
    catalog, driver = asking.catalog, asking.driver
    answer: Answer[Offer] = asking.reader().read("services") if catalog.offers("services") else Answer((), "table")
    said: dict[tuple[str, str], Offer] = {}
    for offer in answer.items:
        before = said.get((offer.kind, offer.type))
        said[offer.kind, offer.type] = offer if before is None else msgspec.structs.replace(offer, limits={**before.limits, **offer.limits})
    offers = []
    for type in portable_types():
        known = Offer(type=type, kind="portable", available=type in driver.lowerings,
                      reason="" if type in driver.lowerings else f"driver {driver.name} does not lower it")
        offers.append(said.get(("portable", type), known) if known.available else known)
    for type in sorted(driver.natives):
        offers.append(said.get(("native", type), Offer(type=type)))
    return Answer(tuple(offers), answer.source, answer.at)


def _unknown_zone(asking: _Asking, name: str) -> str:
    """Why there can be nothing in a zone of that name; what is offered in all zones would fit any."""
    if not name or not asking.catalog.offers("zones"):
        return ""
    try:
        known = sorted(zone.name for zone in asking.read("zones", Query()).items)
    except DriverError:
        return ""
    return "" if name in known or not known else f"there is no zone `{name}` here; there are {', '.join(known)}"


def _reason(asking: _Asking, options: CatalogOptions, rows: list[dict[str, Any]], tests: Mapping[str, Any]) -> str:
    catalog = asking.catalog
    if options.kind == "images" and options.os and catalog.systems and options.os.lower() not in catalog.systems:
        return f"no publisher of {options.os} images is known; known are {', '.join(catalog.systems)}"
    if options.kind == "prices" and options.of and catalog.sells and options.of not in catalog.sells:
        return f"there are no prices of {options.of}; there are of {', '.join(catalog.sells)}"
    if options.kind == "specs" and options.max_price is not None and not any(row["price"] is not None for row in rows):
        return "no prices are known here, so --max-price fits nothing"
    if options.kind == "quotas" and not rows:
        return f"{asking.driver.title} tells of no quota here: nothing is limited, or it does not say"
    return why_none(options.kind, rows, tests)


def _connection(project: Project | None, options: CatalogOptions) -> Connection:
    """The connection that is meant. Raises Rejected."""
    if not options.connection:
        if not options.driver:
            raise reject("MC1004")
        return Connection(options.driver, options.driver, options.region or None)
    assert project is not None
    blocks = {name: block.connection for name, block in project.blueprint.connections.items()}
    found = blocks.get(options.connection) or _remembered(project, options.connection, blocks)
    return replace(found, region=options.region) if options.region else found


def _remembered(project: Project, name: str, blocks: Mapping[str, Connection]) -> Connection:
    records = project.workspace.read().state.connections
    record = records.get(name)
    if record is None:
        from rapidfuzz import process

        known = sorted({*blocks, *records})
        near = process.extractOne(name, known, score_cutoff=60)
        raise reject("MC0680", connection=name, known=", ".join(known) or "none", suggestion=near[0] if near else None)
    return Connection(record.name, record.driver, record.region or None, record.config)
