"""Objects in a table of PostgreSQL, through psycopg 3. One row an object; the key's primary index is what makes a create conditional.

What is not configured comes from libpq's own places: PG* variables, the service file, ~/.pgpass.
A connection is used by one thread at a time.
"""

from __future__ import annotations

import os
import re
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.position import Position
from mcflow.model.values import Secret, Value, reveal
from mcflow.state.keys.finding import KEYS
from mcflow.state.stores.bucket import prefix_of
from mcflow.state.stores.faults import StoreFault, missing_package
from mcflow.state.stores.objects import Found

TABLE = "mcflow_objects"
VERSION = "mcflow objects 1"
"""What the table's comment says: that it is ours, and how it is laid out."""
CONNECT = 5
REQUEST = 10.0
"""Seconds for connecting and for one statement, the way there and back included."""
KEPT = 2
"""Connections that wait for the next request: a server gives out few, and many runs may wait for one lease."""
GRACE = 2.0
"""Seconds the server gets beyond that to say that it was too long."""
LOCK = 0x6D63666C
"""The advisory lock under which the table is made."""

_Rows = list[tuple[Any, ...]]
_NO_ROLE = re.compile(r'role ".*" does not exist')
_NO_DATABASE = re.compile(r'database ".*" does not exist')
_PARAMETERS = {"host": "host", "port": "port", "database": "dbname", "user": "user", "service": "service", "sslmode": "sslmode",
               "sslrootcert": "sslrootcert", "password": "password"}


def place_of(settings: Mapping[str, Any]) -> str:
    """Where that is, for people, without user and password."""
    url = urlsplit(str(reveal(settings.get("url")) or ""))
    if settings.get("service"):
        where = f"service {settings['service']}"
    else:
        # Of several hosts as they stand there.
        hosts = settings.get("host") or url.netloc.rpartition("@")[2] or os.environ.get("PGHOST") or "local"
        port = f":{settings['port']}" if settings.get("port") else ""
        database = settings.get("database") or url.path.strip("/") or os.environ.get("PGDATABASE") or ""
        where = f"{hosts}{port}/{database}"
    table = ".".join(filter(None, (settings.get("schema"), str(settings.get("table") or TABLE))))
    return f"postgresql://{where}/{table}/{prefix_of(settings)}".rstrip("/")


def open_objects(settings: Mapping[str, Any], position: Position | None = None) -> Table:
    """The table of ``settings`` (url or host, port, database, user, service, sslmode, sslrootcert, password; schema, table), where keys
    begin with the prefix. Connects to nothing yet. Rejected: MC0755 without the library, MC0760 for settings that cannot be used.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as fault:
        raise missing_package("postgresql", "psycopg", "postgresql", position) from fault
    given = {_PARAMETERS[name]: value for name, value in settings.items() if name in _PARAMETERS}
    if "password" in given:
        given["password"] = _password(given["password"], position)
    try:
        asked = conninfo_to_dict(str(reveal(settings.get("url")) or ""), **given)
    except psycopg.ProgrammingError:
        # The text of the error repeats the address.
        raise reject("MC0760", position=position, place="postgresql", problem="`url` is no address of a database") from None
    return Table(asked, settings.get("schema"), str(settings.get("table") or TABLE), prefix_of(settings), place_of(settings), position)


def _password(written: Value, position: Position | None) -> str:
    """A password, or what is at the place it names. Rejected (MC0762)."""
    text = str(reveal(written))
    kind, _, place = text.partition(":")
    if isinstance(written, Secret) or kind not in ("env", "file", "keyring"):
        return text
    module, _, attribute = KEYS[kind].partition(":")
    try:
        found = getattr(import_module(module), attribute)(place, os.environ, None)
    except Rejected as rejected:
        problem = "; ".join(each.message for each in rejected.diagnostics)
        raise reject("MC0762", position=position, place="postgresql", problem=problem) from None
    return (found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)).rstrip("\r\n")


class Table:
    """The objects whose keys begin with a prefix, in one table. ``asked`` are libpq's parameters."""

    def __init__(
        self, asked: Mapping[str, Any], schema: str | None, table: str, prefix: str, place: str, position: Position | None
    ) -> None:
        from psycopg import sql

        defaults = {"connect_timeout": CONNECT, "application_name": "mcflow", "target_session_attrs": "read-write",
                    "tcp_user_timeout": int(REQUEST * 1000), "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
        self._asked = {**defaults, **asked}
        self._schema = schema
        self._name = table
        self._table = sql.Identifier(*filter(None, (schema, table)))
        self._prefix = f"{prefix}/" if prefix else ""
        self._position = position
        self._idle: deque[tuple[int, Any]] = deque()
        self._known = False
        self.place = place

    def read(self, key: str) -> bytes | None:
        rows = self._ask("SELECT data FROM {} WHERE key = %s", (self._prefix + key,))
        return bytes(rows[0][0]) if rows else None

    def create(self, key: str, data: bytes) -> bool:
        put = "INSERT INTO {} (key, data) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING RETURNING true"
        return bool(self._ask(put, (self._prefix + key, data), make=True))

    def put(self, key: str, data: bytes) -> None:
        put = ("INSERT INTO {} (key, data) VALUES (%s, %s) ON CONFLICT (key) "
               "DO UPDATE SET data = excluded.data, modified = clock_timestamp() RETURNING true")
        self._ask(put, (self._prefix + key, data), make=True)

    def remove(self, key: str) -> None:
        self._ask("DELETE FROM {} WHERE key = %s RETURNING true", (self._prefix + key,))

    def list(self, prefix: str) -> list[Found]:
        begin = self._prefix + prefix
        end = begin[:-1] + chr(ord(begin[-1]) + 1) if begin else "\U0010ffff"
        asked = "SELECT key, length(data), extract(epoch FROM modified)::float8 FROM {} WHERE key >= %s AND key < %s ORDER BY key"
        return [Found(key.removeprefix(self._prefix), size, modified) for key, size, modified in self._ask(asked, (begin, end))]

    def now(self) -> float:
        return float(self._ask("SELECT extract(epoch FROM clock_timestamp())::float8", ())[0][0])

    def _ask(self, text: str, values: tuple[Any, ...], *, make: bool = False) -> _Rows:
        """The rows of a statement; none where there is no table yet, unless it is to be made. Each statement is a transaction.

        Where a connection that had waited turns out to be dropped, it is asked again on another: a create that happened answers no.
        """
        from psycopg import Error, InterfaceError, OperationalError, sql

        statement = sql.SQL(text).format(self._table)
        while True:
            used, begin = self._waiting(), time.monotonic()
            try:
                with self._connection(used) as connection:
                    if not self._known and "{}" in text and not self._recognized(connection):
                        if not make:
                            return []
                        self._make(connection)
                    return list(connection.execute(statement, values).fetchall())
            except (OperationalError, InterfaceError) as fault:
                if used is None or not (used.closed or used.broken) or time.monotonic() - begin > REQUEST:
                    raise self._explained(fault) from None
            except Error as fault:
                raise self._explained(fault) from None

    def _recognized(self, connection: Any) -> bool:
        """Whether the table is there. Rejected (MC0761) if it is not ours, or of another version."""
        name = self._table.as_string(connection)
        oid, comment = connection.execute(
            "SELECT to_regclass(%s)::oid, obj_description(to_regclass(%s), 'pg_class')", (name, name)).fetchone()
        if oid is None:
            return False
        if comment != VERSION:
            raise self._reject("MC0761", table=name, found=f"says `{comment}`" if comment else "says nothing of it")
        self._known = True
        return True

    def _make(self, connection: Any) -> None:
        from psycopg import sql

        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            if self._schema and not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self._schema,)).fetchone():
                connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self._schema)))
            # Somebody else may have made it just before; looking would not show that yet, making does.
            connection.execute(sql.SQL(
                'CREATE TABLE IF NOT EXISTS {} (key text COLLATE "C" PRIMARY KEY, data bytea NOT NULL, '
                "modified timestamptz NOT NULL DEFAULT clock_timestamp())").format(self._table))
            name = self._table.as_string(connection)
            if connection.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", (name,)).fetchone()[0] is None:
                connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(self._table, VERSION))

    @contextmanager
    def _connection(self, used: Any) -> Iterator[Any]:
        """The connection that waited, or a new one; it waits again if it is still good, unless enough others do."""
        connection = used or self._connected()
        with _deadline(connection):
            yield connection
        if connection.info.transaction_status == connection.info.transaction_status.IDLE:
            if len(self._idle) < KEPT:
                self._idle.append((os.getpid(), connection))
            else:
                connection.close()

    def _waiting(self) -> Any:
        while self._idle:
            try:
                pid, connection = self._idle.pop()
            except IndexError:
                return None
            # After a fork the connection is the parent's; one with something to read has been told goodbye.
            if pid == os.getpid() and not connection.closed and not select.select([connection.fileno()], [], [], 0)[0]:
                return connection
        return None

    def _connected(self) -> Any:
        import psycopg

        connection = psycopg.connect(**self._asked, autocommit=True, prepare_threshold=None)
        with _deadline(connection):
            # What is acknowledged must be on disk, whatever the server does by default.
            connection.execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
            connection.execute("SELECT set_config('statement_timeout', %s, false)", (str(int(REQUEST * 1000)),))
        return connection

    def _explained(self, fault: Any) -> Exception:
        state, problem = fault.sqlstate or "", _said(fault, self._asked.get("password"))
        if state.startswith("28") or "authentication failed" in problem or "no password supplied" in problem or _NO_ROLE.search(problem):
            return self._reject("MC0756", problem=problem)
        if "resolve host" in problem:
            return StoreFault(self.place, problem, self._position)
        if state == "3D000" or _NO_DATABASE.search(problem):
            return self._reject("MC0758", kind="database", name=str(self._asked.get("dbname") or "of that name"))
        if state == "42501":
            return self._reject("MC0757", problem=problem)
        if state.startswith(("42", "0A", "22")) or ("invalid" in problem and not state):
            return self._reject("MC0760", problem=problem)
        return StoreFault(self.place, problem, self._position)

    def _reject(self, code: str, **args: str) -> Rejected:
        return Rejected([Diagnostic(code, {"place": self.place, **args}, self._position)])


@contextmanager
def _deadline(connection: Any) -> Iterator[None]:
    """A server that has stopped answering ends what waits for it: the connection is cut."""
    def cut() -> None:
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(REQUEST + GRACE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _said(fault: Any, password: object) -> str:
    """The first line of what the server or libpq said, without the password."""
    first = fault.diag.message_primary or next(iter(str(fault).strip().splitlines()), "") or "the connection broke"
    return str(first).replace(str(password), "…") if password else str(first)
