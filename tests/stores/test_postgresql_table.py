"""The table in PostgreSQL: made once, known by its comment, and what becomes of connections."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.stores.serverfixtures import Servers
from tests.stores.servers import PASSWORD, Server

from mcflow.model.diagnostic import Rejected
from mcflow.model.values import Secret
from mcflow.state.stores import postgresql
from mcflow.state.stores.faults import StoreFault
from mcflow.state.stores.log import at_once


@pytest.fixture
def server(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Server:
    found = servers("postgresql")
    for name, value in found.environ.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def schema() -> str:
    return f"s_{uuid.uuid4().hex}"


@pytest.fixture
def admin(server: Server) -> Iterator[psycopg.Connection[Any]]:
    asked = server.settings
    with psycopg.connect(host=asked["host"], port=asked["port"], dbname=asked["database"], user=asked["user"], password=PASSWORD,
                         autocommit=True) as connection:
        yield connection


def test_of_many_who_find_no_table_one_makes_it(server: Server, schema: str, admin: psycopg.Connection[Any]) -> None:
    tables = [postgresql.open_objects({**server.settings, "schema": schema, "prefix": "p"}) for _ in range(8)]
    made: list[bool] = []
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        made.append(tables[number].create(f"log/{number}", b"x"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [True] * 8
    assert len(tables[0].list("log/")) == 8
    row = admin.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", (f"{schema}.mcflow_objects",)).fetchone()
    assert row == (postgresql.VERSION,)


def test_few_connections_stay_open_after_many_requests_at_once(server: Server, schema: str, admin: psycopg.Connection[Any]) -> None:
    table = postgresql.open_objects({**server.settings, "schema": schema})
    keys = [f"k{number}" for number in range(32)]
    assert at_once(lambda key: table.create(key, b"x"), keys) == [True] * 32
    assert at_once(table.read, keys) == [b"x"] * 32
    assert 1 <= len(table._idle) <= postgresql.KEPT


def test_reading_makes_nothing(server: Server, schema: str, admin: psycopg.Connection[Any]) -> None:
    table = postgresql.open_objects({**server.settings, "schema": schema})
    assert table.read("x") is None
    assert table.list("") == []
    table.remove("x")
    assert admin.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() == (0,)


@pytest.mark.parametrize("comment", [None, "mcflow objects 99"])
def test_a_table_of_somebody_else_is_left_alone(server: Server, schema: str, admin: psycopg.Connection[Any], comment: str | None) -> None:
    admin.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.users (key text, data bytea, modified timestamptz)")
    if comment:
        admin.execute(f"COMMENT ON TABLE {schema}.users IS '{comment}'")
    table = postgresql.open_objects({**server.settings, "schema": schema, "table": "users"})
    for ask in (lambda: table.read("x"), lambda: table.create("x", b"1")):
        with pytest.raises(Rejected) as error:
            ask()
        assert error.value.diagnostics[0].code == "MC0761"
    assert admin.execute(f"SELECT count(*) FROM {schema}.users").fetchone() == (0,)


def test_a_connection_that_was_dropped_while_it_waited_is_replaced(
    server: Server, schema: str, admin: psycopg.Connection[Any]
) -> None:
    table = postgresql.open_objects({**server.settings, "schema": schema})
    assert table.create("a", b"1")
    for number in range(5):
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mcflow'")
        assert table.create(f"b/{number}", b"2") or table.read(f"b/{number}") == b"2"
    assert len(table.list("b/")) == 5


def test_a_server_that_does_not_answer_in_time_is_left(
    server: Server, schema: str, admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = postgresql.open_objects({**server.settings, "schema": schema})
    table.create("a", b"1")
    with monkeypatch.context() as patience, admin.transaction():
        patience.setattr(postgresql, "REQUEST", 0.2)
        patience.setattr(postgresql, "GRACE", 0.1)
        admin.execute(f"LOCK TABLE {schema}.mcflow_objects IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreFault):
            table.read("a")
    assert table.read("a") == b"1"


def test_what_is_acknowledged_is_on_disk_whatever_the_server_does_by_default(
    server: Server, schema: str, admin: psycopg.Connection[Any]
) -> None:
    admin.execute("ALTER ROLE mcflow SET synchronous_commit = off")
    try:
        table = postgresql.open_objects({**server.settings, "schema": schema})
        table.create("a", b"1")
        with table._connection(table._waiting()) as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    finally:
        admin.execute("ALTER ROLE mcflow RESET synchronous_commit")


def test_a_child_process_does_not_use_its_parents_connection(server: Server, schema: str) -> None:
    table = postgresql.open_objects({**server.settings, "schema": schema})
    table.create("a", b"1")
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if table.read("a") == b"1" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert table.read("a") == b"1"


@pytest.mark.parametrize("password", ["env:DB_PASSWORD", "file", Secret(PASSWORD)])
def test_a_password_is_read_where_it_is(
    server: Server, schema: str, password: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    secret = tmp_path / "password"
    secret.touch(0o600)
    secret.write_text(f"{PASSWORD}\n")
    written = f"file:{secret}" if password == "file" else password
    table = postgresql.open_objects({**server.settings, "schema": schema, "password": written})
    assert table.create("a", b"1")
    assert PASSWORD not in repr(vars(table)["place"])


def test_a_password_that_is_nowhere_is_told(server: Server) -> None:
    with pytest.raises(Rejected) as error:
        postgresql.open_objects({**server.settings, "password": "env:NOT_SET_ANYWHERE"})
    assert error.value.diagnostics[0].code == "MC0762"


def test_a_service_file_says_where(server: Server, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = server.settings
    (tmp_path / "services").write_text(f"[ops]\nhost={asked['host']}\nport={asked['port']}\ndbname=postgres\nuser=mcflow\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    table = postgresql.open_objects({"service": "ops", "schema": schema})
    assert table.create("a", b"1")
    assert table.place == f"postgresql://service ops/{schema}.mcflow_objects"


def test_who_may_not_write_is_told_so(server: Server, schema: str, admin: psycopg.Connection[Any]) -> None:
    reader = f"r_{uuid.uuid4().hex[:12]}"
    admin.execute(f"CREATE ROLE {reader} LOGIN PASSWORD '{PASSWORD}'")
    postgresql.open_objects({**server.settings, "schema": schema}).create("a", b"1")
    table = postgresql.open_objects({**server.settings, "schema": schema, "user": reader})
    with pytest.raises(Rejected) as error:
        table.create("b", b"1")
    assert error.value.diagnostics[0].code == "MC0757"
