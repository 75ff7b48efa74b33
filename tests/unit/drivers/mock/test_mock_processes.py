"""The file of an account: shared by processes, and it outlives those that are killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud.objects import Object
from mcflow.drivers.mock.cloud.sqlite import SqliteStore
from mcflow.drivers.mock.session import MockSession, store_path
from mcflow.model.connection import Connection

WORKER = """
import sys
from mcflow.drivers.mock import driver
from mcflow.drivers.sdk import Intent
from mcflow.model.connection import Connection
api = driver.connect(Connection("m", "mock", None, {"path": sys.argv[1]}))
at = 0
while True:
    at += 1
    op = f"{sys.argv[2]}-{at}"
    driver.natives["mock.vpc"].create(api, {"cidr_block": "10.0.0.0/16"}, Intent(op, op, {"mcflow-op": op}, op))
    print(at, flush=True)
"""


def _worker(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(path), name], stdout=subprocess.PIPE, text=True)


def test_killed_processes_leave_objects_and_ledger_in_agreement(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cloud.db"
    workers = [_worker(path, name) for name in ("one", "two")]
    acknowledged = {}
    for worker, name in zip(workers, ("one", "two"), strict=True):
        assert worker.stdout is not None
        for _ in range(10):
            acknowledged[name] = int(worker.stdout.readline())
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
    store = SqliteStore(path)
    ledger = store.ledger()
    assert [entry.seq for entry in ledger] == list(range(1, len(ledger) + 1))
    assert {entry.process for entry in ledger} == {worker.pid for worker in workers}
    made = {entry.object_id: entry.op for entry in ledger if entry.outcome == "ok"}
    assert {found.id: found.tags["mcflow-op"] for found in store.everything()} == made
    for name, count in acknowledged.items():
        assert {f"{name}-{at}" for at in range(1, count + 1)} <= set(made.values())
    store.close()


def test_the_file_is_private_and_lies_beside_the_blueprint(tmp_path: Path) -> None:
    api = driver.connect(Connection("m", "mock", "mock-west", {"account": "a1", "directory": str(tmp_path)}))
    path = tmp_path / ".mcflow" / "mock" / "a1.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert api.identity().account == "a1"
    assert api.identity().region == "mock-west"
    assert str(api.identity()) == "mock/a1/mock-west/a1.db"
    api.close()


def test_where_the_file_is() -> None:
    assert store_path({}) == ".mcflow/mock/rehearsal.db"
    assert store_path({"directory": "/b", "account": "x"}) == "/b/.mcflow/mock/x.db"
    assert store_path({"directory": "/b", "path": "c/d.db"}) == "/b/c/d.db"
    assert store_path({"directory": "/b", "path": "/e/d.db"}) == "/e/d.db"
    assert store_path({"directory": "/b", "path": ":memory:"}) == ":memory:"


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cloud.db")

    def half_done() -> None:
        with store.transaction():
            store.put(Object("x-1", "note", "a/r", {"text": "t"}, terms=("kind:a/r:note",)))
            raise KeyError

    with pytest.raises(KeyError):
        half_done()
    assert store.get("x-1") is None
    assert store.find("kind:a/r:note") == []
    store.close()


def test_threads_share_a_session(tmp_path: Path) -> None:
    api = MockSession(Connection("m", "mock", None, {"path": str(tmp_path / "cloud.db")}))
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for at in range(10):
                made = api.cloud.create("note", {"text": f"{name}{at}"})
                assert len(api.cloud.describe("note", [made.id])) == 1
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(str(at),)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(api.cloud.search("note")) == 40
    assert len(api.cloud.store.ledger()) == 40
    api.close()


def test_settings_reach_other_sessions(tmp_path: Path) -> None:
    first, second = (MockSession(Connection("m", "mock", None, {"path": str(tmp_path / "cloud.db")})) for _ in range(2))
    first.cloud.store.set_settings({"latency": {"visibility_lag": 7}})
    assert second.visibility_lag == 7.0
    first.close()
    second.close()
