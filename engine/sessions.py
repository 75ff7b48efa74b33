"""Live connections: opened when first needed, once per name, shared by every stage of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcflow.drivers.sdk import Driver, InvalidCredentials, NativeType, Reader, Session
from mcflow.drivers.sdk.registry import DriverUnavailableError, UnknownDriverError, load_driver
from mcflow.model.connection import Connection, ConnectionIdentity
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.record import ConnectionRecord
from mcflow.state.records import State

EXIT_CREDENTIALS = 4
Readers = Callable[[Driver, Session, ConnectionIdentity], Reader | None]


@dataclass(frozen=True, slots=True)
class Live:
    """An open connection: the session that handlers get as ``api``, its driver, and who it really is."""

    name: str
    session: Session
    driver: Driver
    identity: ConnectionIdentity
    connection: Connection | None = None
    """As it was asked for, without what the engine added."""

    def lag(self, type: NativeType[Any]) -> float:
        """Seconds within which a look may miss an object of this type."""
        own = self.session.visibility_lag
        return type.identity.visibility_lag if own is None else own


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    live: Live | None = None
    failure: Rejected | None = None


class Sessions:
    """The connections of a run. ``records`` are those that the state remembers: they serve to destroy what the blueprint no longer names.
    ``directory`` is the blueprint's folder; ``reader`` makes what a session reads its catalog with.

    Safe to use from several threads; a connection that could not be opened gives the same error each time.
    """

    def __init__(
        self, connections: Mapping[str, Connection], records: Mapping[str, ConnectionRecord] | None = None,
        load: Callable[[str], Driver] = load_driver, directory: Path | None = None, reader: Readers | None = None,
    ) -> None:
        self._connections = dict(connections)
        self._records = dict(records or {})
        self._load = load
        self._directory = directory
        self._reader = reader
        self._slots: dict[str, _Slot] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Live:
        """The open connection of that name. Raises Rejected: unknown name, missing driver, refused credentials (exit code 4)."""
        with self._lock:
            slot = self._slots.setdefault(name, _Slot())
        with slot.lock:
            if slot.failure is not None:
                raise slot.failure
            if slot.live is None:
                try:
                    slot.live = self._open(name)
                except Rejected as rejected:
                    slot.failure = rejected
                    raise
            return slot.live

    def type(self, connection: str, name: str) -> NativeType[Any]:
        """A native type of the connection's driver. Raises Rejected."""
        driver = self.get(connection).driver
        found = driver.natives.get(name)
        if found is None:
            raise reject("MC0802", type=name, driver=driver.name, version=driver.version)
        return found

    def driver(self, name: str) -> Driver:
        """A driver by its own name, without opening anything. Raises Rejected."""
        return self._driver(name, name)

    def names(self) -> tuple[str, ...]:
        """Every connection that can be asked for."""
        return tuple({**self._records, **self._connections})

    def close(self) -> None:
        """Give back every session that was opened."""
        for slot in self._slots.values():
            if slot.live is not None:
                slot.live.session.close()
                slot.live = None

    def _open(self, name: str) -> Live:
        connection = self._connection(name)
        driver = self._driver(connection.driver, name)
        try:
            session = driver.connect(self._placed(connection, driver))
            identity = session.identity()
        except Rejected:
            raise
        except Exception as failure:
            raise self._refused(connection, driver, failure) from failure
        if self._reader is not None:
            session.reader = self._reader(driver, session, identity)
        return Live(name, session, driver, identity, connection)

    def _placed(self, connection: Connection, driver: Driver) -> Connection:
        """With the blueprint's folder as ``directory``, for a driver that has relative paths and asks for it in its schema."""
        if self._directory is None or "directory" in connection.config or "directory" not in driver.config_schema.get("properties", {}):
            return connection
        return replace(connection, config={**connection.config, "directory": str(self._directory)})

    def _connection(self, name: str) -> Connection:
        if name in self._connections:
            return self._connections[name]
        record = self._records.get(name)
        if record is None:
            raise reject("MC0801", connection=name, known=", ".join(sorted(self.names())) or "none")
        return Connection(record.name, record.driver, record.region or None, record.config)

    def _driver(self, name: str, connection: str) -> Driver:
        try:
            return self._load(name)
        except UnknownDriverError as unknown:
            raise reject("MC0803", connection=connection, driver=name, reason=f"installed are {', '.join(unknown.known)}") from unknown
        except DriverUnavailableError as missing:
            hint = missing.install or None
            raise reject("MC0803", connection=connection, driver=name, reason=missing.reason, suggestion=hint) from missing

    def _refused(self, connection: Connection, driver: Driver, failure: Exception) -> Rejected:
        error = driver.translate(failure)
        reason = (error.message if error is not None else str(failure)) or type(failure).__name__
        code = "MC0804" if isinstance(failure, InvalidCredentials) or isinstance(error, InvalidCredentials) else "MC0805"
        args = {"connection": connection.name, "driver": driver.name, "reason": reason}
        request = error.request_id or None if error is not None else None
        finding = Diagnostic(code, args, connection.position, request_id=request)
        return Rejected([finding], EXIT_CREDENTIALS if code == "MC0804" else 1)


def connection_record(live: Live) -> ConnectionRecord:
    """What a state remembers of an open connection: enough to destroy with, no secrets (a connection's config names them only)."""
    connection = live.connection or live.session.connection
    return ConnectionRecord(
        name=live.name, driver=live.driver.name, driver_version=live.driver.version, account=live.identity.account,
        region=live.identity.region or connection.region or "", endpoint=live.identity.endpoint, config=dict(connection.config),
    )


def check_accounts(state: State, sessions: Sessions) -> None:
    """A connection's name that now means another account or region: what the state holds is somewhere else, and a look there would take all
    of it for gone. Raises Rejected."""
    findings = []
    for name in sorted({record.connection for record in state.natives.values()}):
        before = state.connections.get(name)
        if before is None:
            continue
        now = sessions.get(name).identity
        was = (before.driver, before.account, before.region)
        if was != (now.driver, now.account, now.region):
            findings.append(Diagnostic("MC0633", {"address": name, "was": "/".join(filter(None, was)), "now": str(now)}, address=name))
    if findings:
        raise Rejected(findings)
