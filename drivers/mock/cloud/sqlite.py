"""The store in one SQLite file: shared by processes, and it outlives those that are killed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mcflow.drivers.mock.cloud.objects import Entry, Object, Operation

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terms (term TEXT, id TEXT, PRIMARY KEY (term, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS terms_of ON terms (id);
CREATE TABLE IF NOT EXISTS attempts (address TEXT, verb TEXT, count INTEGER, PRIMARY KEY (address, verb)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, id TEXT, digest TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operations (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (seq INTEGER PRIMARY KEY AUTOINCREMENT, time REAL, process INTEGER, verb TEXT, type TEXT, object_id TEXT,
  op TEXT, token TEXT, address TEXT, outcome TEXT);
"""
_BUSY_SECONDS = 60.0
_CHUNK = 500


class SqliteStore:
    """One connection per thread; one writer at a time, by a lock in this process and by SQLite's between processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._write = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._write:
            _make(path)
            self._db.executescript(_TABLES)

    @property
    def _db(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "db", None)
        if found is None:
            found = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            _write_ahead(found)
            # A killed process loses nothing under NORMAL; only a power cut could, and a rehearsal cloud needs not survive that.
            found.execute("PRAGMA synchronous=NORMAL")
            self._local.db = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._write:
            db = self._db
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def get(self, id: str) -> Object | None:
        row = self._db.execute("SELECT body FROM objects WHERE id = ?", (id,)).fetchone()
        return _object(row[0]) if row else None

    def many(self, ids: Iterable[str]) -> list[Object]:
        return [_object(body) for body in self._bodies("objects", list(ids))]

    def _bodies(self, table: str, ids: list[str]) -> Iterator[bytes]:
        for start in range(0, len(ids), _CHUNK):
            part = ids[start:start + _CHUNK]
            marks = ",".join("?" * len(part))
            for row in self._db.execute(f"SELECT body FROM {table} WHERE id IN ({marks})", part):  # noqa: S608 - names of our own
                yield row[0]

    def put(self, found: Object) -> None:
        db = self._db
        db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?)", (found.id, msgspec.json.encode(found)))
        db.execute("DELETE FROM terms WHERE id = ?", (found.id,))
        db.executemany("INSERT INTO terms VALUES (?, ?)", [(term, found.id) for term in found.terms])

    def drop(self, id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (id,))
        self._db.execute("DELETE FROM terms WHERE id = ?", (id,))

    def find(self, term: str) -> list[Object]:
        rows = self._db.execute("SELECT body FROM terms JOIN objects USING (id) WHERE term = ? ORDER BY id", (term,))
        return [_object(row[0]) for row in rows]

    def everything(self) -> list[Object]:
        return [_object(row[0]) for row in self._db.execute("SELECT body FROM objects ORDER BY id")]

    def count(self, term: str) -> int:
        return int(self._db.execute("SELECT count(*) FROM terms WHERE term = ?", (term,)).fetchone()[0])

    def attempt(self, address: str, verb: str) -> int:
        row = self._db.execute("INSERT INTO attempts VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
                               (address, verb)).fetchone()
        return int(row[0])

    def token(self, token: str) -> tuple[str, str] | None:
        row = self._db.execute("SELECT id, digest FROM tokens WHERE token = ?", (token,)).fetchone()
        return (row[0], row[1]) if row else None

    def keep_token(self, token: str, id: str, digest: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", (token, id, digest))

    def operations(self, ids: Iterable[str]) -> list[Operation]:
        return [msgspec.json.decode(body, type=Operation) for body in self._bodies("operations", list(ids))]

    def keep_operation(self, operation: Operation) -> None:
        self._db.execute("INSERT OR REPLACE INTO operations VALUES (?, ?)", (operation.id, msgspec.json.encode(operation)))

    def log(self, entry: Entry) -> None:
        values = (entry.time, entry.process, entry.verb, entry.type, entry.object_id, entry.op, entry.token, entry.address, entry.outcome)
        self._db.execute("INSERT INTO ledger (time, process, verb, type, object_id, op, token, address, outcome) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def ledger(self, after: int = 0) -> list[Entry]:
        return [Entry(*row) for row in self._db.execute("SELECT * FROM ledger WHERE seq > ? ORDER BY seq", (after,))]

    def settings(self) -> dict[str, Any]:
        row = self._db.execute("SELECT body FROM settings").fetchone()
        return dict(msgspec.json.decode(row[0])) if row else {}

    def set_settings(self, settings: dict[str, Any]) -> None:
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (msgspec.json.encode(settings),))

    def reset(self) -> None:
        with self.transaction():
            for table in ("objects", "terms", "attempts", "tokens", "operations", "settings", "ledger"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    def close(self) -> None:
        # A connection ends with the last who holds it: closing one under a thread that is still at a call would end the process.
        self._local = threading.local()


def _make(path: Path) -> None:
    """An empty file of its owner alone. One that is there is not even opened: closing it would take the locks of this process's other
    connections with it (https://www.sqlite.org/howtocorrupt.html, 2.2)."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _write_ahead(db: sqlite3.Connection) -> None:
    # Turning to WAL does not wait for others who are just doing the same.
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def _object(body: bytes) -> Object:
    return msgspec.json.decode(body, type=Object)
