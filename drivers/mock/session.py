"""Connecting to the rehearsal cloud, and its errors in mcflow's words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcflow.drivers.mock.cloud import catalog, errors
from mcflow.drivers.mock.cloud.errors import Lost, Refused
from mcflow.drivers.mock.cloud.service import Cloud
from mcflow.drivers.mock.cloud.store import MEMORY, open_store
from mcflow.drivers.sdk import (
    AlreadyExists,
    Ambiguous,
    Busy,
    DriverError,
    InUse,
    InvalidRequest,
    NotFound,
    NotUpdatable,
    QuotaExceeded,
    ServiceFault,
    Session,
    Stale,
    Throttled,
)
from mcflow.model.connection import Connection, ConnectionIdentity

DEFAULT_ACCOUNT = "rehearsal"

_MEANINGS: dict[str, type[DriverError]] = {
    errors.NOT_FOUND: NotFound,
    errors.ALREADY_EXISTS: AlreadyExists,
    errors.DEPENDENCY: InUse,
    errors.INCORRECT_STATE: Busy,
    errors.STALE: Stale,
    errors.INVALID: InvalidRequest,
    errors.TOKEN_MISMATCH: InvalidRequest,
    errors.NOT_MODIFIABLE: NotUpdatable,
    errors.QUOTA: QuotaExceeded,
    errors.CAPACITY: QuotaExceeded,
    errors.THROTTLED: Throttled,
    errors.INTERNAL: ServiceFault,
}


def store_path(config: Mapping[str, Any]) -> str:
    """Where an account's objects are: ``path`` of the config, else a file beside the blueprint (``directory``), else in this folder."""
    directory = Path(str(config.get("directory") or "."))
    path = str(config.get("path") or f".mcflow/mock/{config.get('account', DEFAULT_ACCOUNT)}.db")
    return path if path.startswith(MEMORY) else str(directory / Path(path).expanduser())


class MockSession(Session):
    """One account and region of the rehearsal cloud. ``cloud`` may be given, for tests."""

    def __init__(self, connection: Connection, cloud: Cloud | None = None) -> None:
        super().__init__(connection)
        config = connection.config
        self.account = str(config.get("account", DEFAULT_ACCOUNT))
        self.region = connection.region or catalog.REGIONS[0]
        self.path = store_path(config)
        self.cloud = cloud or Cloud(open_store(self.path, self.account), account=self.account, region=self.region, config=config)

    def identity(self) -> ConnectionIdentity:
        """Who this is: the account, and as the endpoint the file as the config names it, so that a blueprint's folder may move."""
        return ConnectionIdentity("mock", self.account, self.region, str(self.connection.config.get("path") or f"{self.account}.db"))

    @property
    def request_lifetime(self) -> float:
        return float(self.connection.config.get("request_timeout", 1.0)) + self.cloud.behaviour().call

    @property
    def visibility_lag(self) -> float | None:
        return self.cloud.behaviour().visibility_lag

    @property
    def rate(self) -> float:
        return float(self.connection.config.get("requests_per_second", 0.0))

    @property
    def poll_interval(self) -> float:
        return float(self.connection.config.get("poll_interval", 0.05))

    def close(self) -> None:
        self.cloud.store.close()


def translate(error: BaseException) -> DriverError | None:
    """The service's answer in mcflow's words; None for what is not its own."""
    if isinstance(error, DriverError):
        return error
    if isinstance(error, Lost):
        return Ambiguous(str(error)) if error.mutation else ServiceFault(str(error))
    if isinstance(error, Refused):
        return _MEANINGS[error.code](error.message, code=error.code, retry_after=error.retry_after)
    return None


_RATE = {"type": "number", "minimum": 0, "maximum": 1}
_SECONDS = {"type": "number", "minimum": 0}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}


def _closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


CONFIG_SCHEMA: dict[str, Any] = _closed(
    account={"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "description": "The account; accounts share nothing. Default: rehearsal."},
    path={"type": "string", "description": "The file of the account, or ':memory:' for one that ends with the process. "
                                           "Default: .mcflow/mock/<account>.db beside the blueprint."},
    directory={"type": "string", "description": "The folder that a relative path starts from; mcflow gives the blueprint's."},
    faults={**_closed(seed={"type": "integer"}, error=_RATE, throttle=_RATE, lost_reply=_RATE, lost_request=_RATE, read_error=_RATE),
            "description": "How often calls fail, as probabilities. Which ones follows from seed, address, verb and attempt."},
    latency={**_closed(call=_SECONDS, settle=_SECONDS, jitter=_RATE),
             "description": "Seconds a call takes, seconds a creation or deletion takes to settle, and the share of both that varies."},
    visibility_lag={**_SECONDS, "description": "Seconds within which reads may miss a new object."},
    rate={**_SECONDS, "description": "Calls a second that the cloud takes before it throttles; 0: no limit."},
    quotas={**_COUNTS, "description": "Kind of object (vpc, instance …) → how many the account may have in a region."},
    capacity={**_COUNTS, "description": "Zone → how many machines it takes."},
    request_timeout={**_SECONDS, "description": "Seconds after which a sent request can no longer take effect."},
    requests_per_second={**_SECONDS, "description": "Requests a second that mcflow allows itself; 0: no limit."},
    poll_interval={**_SECONDS, "description": "Seconds between two looks at what is being waited for."},
)
