"""The reader that the engine gives a session: answers from the files while they are young enough, else from the cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcflow.drivers.sdk import Driver, Session
from mcflow.drivers.sdk.catalog import Answer, Catalog, Kind, Query, Reader
from mcflow.drivers.sdk.errors import DriverError, ServiceFault
from mcflow.engine.catalog.keeping import Keeper, key_of
from mcflow.engine.ports import Clock, Ports
from mcflow.model.connection import ConnectionIdentity

HOUR, DAY = 3600.0, 86400.0
KEPT_FOR: dict[Kind, float] = {
    "regions": 7 * DAY, "zones": DAY, "images": 6 * HOUR, "specs": 3 * DAY, "prices": DAY, "quotas": 0.0, "services": 0.0,
}
"""How old a kept answer may be, in seconds; 0: it is never kept."""
STALE_PRICES = 30 * DAY
"""How old prices may be where nothing may be asked: a plan says how old they are."""
WHO_FOR = 12 * HOUR
"""How long it is believed who a connection is, as long as nothing changes that decides it."""


PRICES_WITHIN = 30.0
"""Seconds that asking for prices may take, where somebody waits for a plan."""


class TooLateError(ServiceFault):
    """The cloud was still answering when the time for it was over."""


class CachedReader(Reader):
    """Reads for one session. ``api`` None: only what is kept. ``refresh``: nothing that is kept is good enough.

    ``translate`` turns what an SDK raises into DriverErrors; ``deadline`` (monotonic seconds) ends a look-up between two rows.
    """

    def __init__(self, catalog: Catalog[Any], api: Any, who: ConnectionIdentity, keeper: Keeper, clock: Clock,
                 translate: Callable[[BaseException], DriverError | None], *, refresh: bool = False) -> None:
        super().__init__(catalog, api)
        self.who = who
        self._keeper = keeper
        self._clock = clock
        self._translate = translate
        self._refresh = refresh
        self.deadline: float | None = None

    def kept(self, kind: Kind, query: Query | None = None, *, within: float | None = None) -> Answer[Any] | None:
        """The answer that is kept, not older than ``within`` seconds (default: as `KEPT_FOR` says). None: there is none."""
        asked = self.narrowed(kind, query or Query())
        limit = KEPT_FOR[kind] if within is None else within
        found = self._keeper.get(key_of(self.who, kind, asked)) if limit else None
        # An answer from the future is of a clock that was wrong.
        if found is None or not 0 <= self._clock.now() - found[1] <= limit:
            return None
        return Answer(found[0], "cached", found[1])

    def ask(self, kind: Kind, query: Query, *, fresh: bool) -> Answer[Any]:
        known = None if fresh or self._refresh or self.catalog.source == "table" else self.kept(kind, query)
        if known is not None:
            return known
        now = self._clock.now()
        try:
            items = tuple(self._punctual(kind, query))
        except DriverError:
            raise
        except Exception as failure:
            error = self._translate(failure)
            if error is None:
                raise
            raise error from failure
        if self.catalog.source == "table":
            return Answer(items, "table")
        if KEPT_FOR[kind]:
            self._keeper.put(key_of(self.who, kind, query), items, now)
        return Answer(items, "live", now)

    def _punctual(self, kind: Kind, query: Query) -> Any:
        deadline = self.deadline
        if deadline is None and kind == "prices":
            deadline = self._clock.monotonic() + PRICES_WITHIN
        for row in self.rows(kind, query):
            if deadline is not None and self._clock.monotonic() > deadline:
                raise TooLateError(f"the cloud took too long to tell its {kind}")
            yield row


def readers(ports: Ports) -> Callable[[Driver, Session, ConnectionIdentity], Reader | None]:
    """What gives each session that is opened its reader."""
    keeper = Keeper(ports.cache)

    def give(driver: Driver, session: Session, who: ConnectionIdentity) -> Reader | None:
        if driver.catalog is None:
            return None
        return CachedReader(driver.catalog, session, who, keeper, ports.clock, driver.translate)

    return give
