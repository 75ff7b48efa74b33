"""Sessions: one authenticated way into one cloud, region and account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mcflow.drivers.sdk.catalog import Reader
from mcflow.model.connection import Connection, ConnectionIdentity


class Session:
    """A live connection. A driver subclasses it; handlers receive it as ``api``. Must be usable from several threads at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.reader: Reader | None = None
        """How the catalog is read in this session; see `reader_of`."""

    def identity(self) -> ConnectionIdentity:
        """Who this is. May call the cloud once (and remember). Raises InvalidCredentials."""
        raise NotImplementedError

    @property
    def request_lifetime(self) -> float:
        """Seconds after which a request that was sent can no longer take effect: the client's time-out plus the cloud's own."""
        return float(self.connection.config.get("request_timeout", 60.0))

    @property
    def visibility_lag(self) -> float | None:
        """Overrides the types' visibility lag, seconds; None leaves it."""
        lag = self.connection.config.get("visibility_lag")
        return None if lag is None else float(lag)

    @property
    def rate(self) -> float:
        """Requests a second that mcflow allows itself per API family before it adapts to the cloud's answers. 0: no limit."""
        return float(self.connection.config.get("requests_per_second", 20.0))

    @property
    def poll_interval(self) -> float:
        """Seconds between two looks at what is being waited for."""
        return float(self.connection.config.get("poll_interval", 2.0))

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """While it lasts many objects are looked at, nothing is changed, and all looks count as made at one moment: what one look has
        shown may answer another. From one thread at a time; looks come from several."""
        yield

    def close(self) -> None:
        """Give back what the session holds."""
