"""What a plan costs a month: prices that are kept (or, if asked, looked up within a time) times what each native's driver says it takes.

An estimate beside the plan. Nothing here can fail a plan, and apply never reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mcflow.drivers.sdk import Charge, DriverError, Price, Query, Unpriced
from mcflow.drivers.sdk.catalog import Answer
from mcflow.drivers.sdk.selecting import in_short
from mcflow.engine.catalog.reader import STALE_PRICES, CachedReader
from mcflow.engine.plan.node import Node
from mcflow.engine.ports import Clock
from mcflow.engine.sessions import Sessions
from mcflow.model.address import without_generation
from mcflow.model.plan import Cost, CostLine, CostTotal, Step
from mcflow.model.values import Value

HOURS = 730.0
"""Hours of a month, on the average of a year."""
LOOK_UP_WITHIN = 60.0
"""Seconds that looking prices up may take for one plan and connection."""
NOT_KEPT = "no prices are kept; `mcflow plan --cost` asks for them"

Sum = tuple[float, str]
"""An amount a month and its currency; empty where it costs nothing."""


def estimate(nodes: Mapping[str, Node], steps: Iterable[Step], sessions: Sessions, clock: Clock, mode: str) -> Cost | None:
    """The cost of everything the nodes are about. ``mode``: cached, live, or none. ``steps``: what the plan will really do."""
    if mode == "none":
        return None
    touched = {without_generation(step.address) for step in steps}
    books: dict[str, _Book] = {}
    lines = []
    for node in nodes.values():
        if node.connection not in books:
            books[node.connection] = _Book(sessions, node.connection, clock, live=mode == "live")
        line = _line(node, books[node.connection], node.address in touched)
        if line is not None:
            lines.append(line)
    read = [answer for book in books.values() for answer in book.answers.values() if isinstance(answer, Answer)]
    source = max((answer.source for answer in read), key=("live", "cached", "table").index, default="")
    return Cost(hours=HOURS, totals=_totals(lines), lines=tuple(lines), source=source,
                at=min((answer.at for answer in read if answer.at), default=0.0))


class _Book:
    """The prices of one connection, read as they are needed."""

    def __init__(self, sessions: Sessions, connection: str, clock: Clock, *, live: bool) -> None:
        opened = sessions.get(connection)
        self.rules = opened.driver.costs
        self._driver = opened.driver
        self._reader = opened.session.reader
        self._live = live
        self._clock = clock
        self._deadline = clock.monotonic() + LOOK_UP_WITHIN
        self.answers: dict[tuple[str, bool], Answer[Price] | str] = {}
        self._prices: dict[tuple[str, bool], dict[tuple[str, str], list[Price]]] = {}

    def ignorance(self, type: str) -> str:
        """Why it is not known what a type costs."""
        catalog = self._driver.catalog
        sells = catalog is not None and catalog.offers("prices")
        return f"it is not known what {type} costs" if sells else f"driver {self._driver.name} knows no prices"

    def monthly(self, charges: Iterable[Charge]) -> Sum:
        """What these charges come to. Raises Unpriced."""
        total, currency = 0.0, ""
        for charge in charges:
            price = self._price(charge)
            if currency and price.currency != currency:
                raise Unpriced("its prices are in several currencies")
            currency = price.currency
            total += charge.quantity * price.amount * (HOURS if price.per == "hour" else 1.0)
        return total, currency

    def _price(self, charge: Charge) -> Price:
        kind = (charge.of, charge.spot)
        if kind not in self.answers:
            self.answers[kind] = answer = self._ask(Query(of=charge.of, spot=charge.spot))
            index: dict[tuple[str, str], list[Price]] = {}
            for price in answer.items if isinstance(answer, Answer) else ():
                if price.of == charge.of and (price.kind == "spot") == charge.spot:
                    index.setdefault((price.key, price.variant), []).append(price)
            self._prices[kind] = index
        told = self.answers[kind]
        if isinstance(told, str):
            raise Unpriced(told)
        found = [price for price in self._prices[kind].get((charge.key, charge.variant), ())
                 if not charge.zone or price.zone in ("", charge.zone)]
        if not found:
            name = " ".join(filter(None, (charge.of, charge.key, charge.variant)))
            raise Unpriced(f"there is no price of {name}")
        return min(found, key=lambda price: price.amount)

    def _ask(self, query: Query) -> Answer[Price] | str:
        """The prices, or why there are none."""
        reader = self._reader
        if not isinstance(reader, CachedReader) or not reader.catalog.offers("prices"):
            return f"driver {self._driver.name} knows no prices"
        if not self._live and reader.catalog.source != "table":
            return reader.kept("prices", query, within=STALE_PRICES) or NOT_KEPT
        reader.deadline = self._deadline
        try:
            return reader.read("prices", query)
        except DriverError as refused:
            return f"prices could not be asked for: {in_short(refused)}"
        finally:
            reader.deadline = None


def _line(node: Node, book: _Book, touched: bool) -> CostLine | None:
    """The line of one native; None if it costs nothing before and after."""
    there, here = _before(node), _after(node, touched)
    if there is None and (node.importing or node.ownership == "adopted"):
        there = here
    try:
        before = _cost(book, node.record.type if node.record else node.type.name, there)
        after = _cost(book, node.type.name, here)
    except Unpriced as unknown:
        return CostLine(address=node.address, resource=node.origin, type=node.type.name, connection=node.connection, reason=unknown.reason)
    if not before[1] and not after[1]:
        return None
    if before[1] and after[1] and before[1] != after[1]:
        return CostLine(address=node.address, resource=node.origin, type=node.type.name, connection=node.connection,
                        reason="its prices are in several currencies")
    return CostLine(address=node.address, resource=node.origin, type=node.type.name, connection=node.connection,
                    before=round(before[0], 4), after=round(after[0], 4), currency=before[1] or after[1])


def _cost(book: _Book, type: str, want: Mapping[str, Any] | None) -> Sum:
    if want is None:
        return 0.0, ""
    rule = book.rules.get(type)
    if rule is None:
        raise Unpriced(book.ignorance(type))
    return book.monthly(rule(want))


def _before(node: Node) -> dict[str, Any] | None:
    """What is there now, as it was last seen."""
    record = node.record
    if record is None:
        return None
    return {name: value for name, value in {**record.want, **record.attributes}.items() if not _sealed(value)}


def _after(node: Node, touched: bool) -> dict[str, Any] | None:
    """What will be there. What is left in the cloud costs as before, and so does what this plan leaves alone."""
    if node.held or (node.action != "no-op" and not touched) or node.action == "forget":
        return _before(node)
    if node.action == "delete":
        return None
    settled = {} if node.made_anew else _before(node) or {}
    known = {name: value for name, value in node.known.items() if value is not None}
    return {name: value for name, value in {**settled, **known}.items() if _plain(value)}


def _sealed(tree: Any) -> bool:
    """True for what is not plain JSON in a record: a tagged object."""
    return isinstance(tree, dict) and any(key[:1] == "$" for key in tree)


def _plain(value: Value) -> bool:
    """True for JSON: no secret, nothing that only apply will know."""
    if isinstance(value, dict):
        return all(_plain(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(_plain(item) for item in value)
    return value is None or isinstance(value, str | int | float | bool)


def _totals(lines: Iterable[CostLine]) -> tuple[CostTotal, ...]:
    sums: dict[str, tuple[float, float]] = {}
    for line in lines:
        if line.before is not None and line.after is not None:
            before, after = sums.get(line.currency, (0.0, 0.0))
            sums[line.currency] = before + line.before, after + line.after
    return tuple(CostTotal(currency, round(before, 2), round(after, 2), round(after - before, 2))
                 for currency, (before, after) in sorted(sums.items()))
