"""Objects in each kind of server: what the remote store counts on, and what people are told when it does not work."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from tests.stores.serverfixtures import Servers
from tests.stores.servers import HONEST, Server

from mcflow.model.diagnostic import Rejected
from mcflow.model.position import Position
from mcflow.state.stores.faults import StoreFault
from mcflow.state.stores.objects import Objects
from mcflow.state.stores.store import OBJECTS

POSITION = Position("mcflow.yaml", 3, 9)
WRAPPED = ("s3", "gcs")


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The variables of this machine come back after each test."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def prefix() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def objects(name: str, servers: Servers, prefix: str) -> Objects:
    return servers(name).objects(prefix)


def opened(server: Server, **settings: Any) -> Objects:
    """With some settings otherwise."""
    asked = {key: value for key, value in {**server.settings, **settings}.items() if value is not None}
    made: Objects = import_module(OBJECTS[server.kind]).open_objects(asked, POSITION)
    return made


def code(error: pytest.ExceptionInfo[Rejected]) -> str:
    """The one code of a rejection that stands at a place in the blueprint."""
    (only,) = error.value.diagnostics
    assert only.position == POSITION
    return only.code


@pytest.mark.parametrize("name", HONEST)
def test_what_is_written_is_read_and_listed(objects: Objects) -> None:
    assert objects.read("log/1") is None
    assert objects.list("log/") == []
    assert objects.create("log/1", b"first")
    assert not objects.create("log/1", b"second")
    assert objects.read("log/1") == b"first"
    objects.put("log/1", bytes(range(256)) * 300)
    assert objects.read("log/1") == bytes(range(256)) * 300
    objects.put("log/10", b"")
    assert objects.read("log/10") == b""
    objects.put("lot", b"apart")
    assert [(found.key, found.size) for found in objects.list("log/")] == [("log/1", 76800), ("log/10", 0)]
    assert [found.key for found in objects.list("lo")] == ["log/1", "log/10", "lot"]
    assert [found.key for found in objects.list("")] == ["log/1", "log/10", "lot"]
    objects.remove("log/1")
    objects.remove("log/1")
    assert objects.read("log/1") is None


@pytest.mark.parametrize("name", HONEST)
def test_the_clock_is_the_servers(objects: Objects) -> None:
    objects.put("a", b"x")
    assert abs(objects.now() - time.time()) < 5
    assert abs(objects.list("a")[0].modified - time.time()) < 5
    assert [found.key for found in objects.list("")] == ["a"], "asking for the time leaves nothing behind"


@pytest.mark.parametrize("name", HONEST)
def test_one_prefix_sees_nothing_of_another(name: str, servers: Servers, prefix: str) -> None:
    servers(name).objects(f"{prefix}/a").put("x", b"1")
    servers(name).objects(f"{prefix}/ab").put("x", b"2")
    assert servers(name).objects(f"{prefix}/a").list("")[0].key == "x"
    assert len(servers(name).objects(f"{prefix}/a").list("")) == 1
    assert len(servers(name).objects(prefix).list("")) == 2


@pytest.mark.parametrize("name", HONEST)
def test_of_many_creates_at_once_one_happens(name: str, servers: Servers, prefix: str) -> None:
    hands = [servers(name).objects(prefix) for _ in range(3)]
    for number in range(5):
        won: list[int] = []
        start = threading.Barrier(9)

        def race(hand: Objects, mine: int, key: str = f"race/{number}", won: list[int] = won, start: threading.Barrier = start) -> None:
            start.wait()
            if hand.create(key, str(mine).encode()):
                won.append(mine)

        threads = [threading.Thread(target=race, args=(hands[mine % 3], mine)) for mine in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert hands[0].read(f"race/{number}") == str(won[0]).encode()


@pytest.mark.parametrize("name", WRAPPED)
def test_a_lost_reply_is_told_or_answered_with_exists(name: str, servers: Servers, prefix: str) -> None:
    server = servers(name)
    objects = server.objects(prefix)
    server.faults(next_replies_lost=1, prefix=prefix)
    try:
        created = objects.create("log/1", b"mine")
    except StoreFault:
        created = False
    assert not created, "the reply was lost: who asked cannot be told yes"
    assert objects.read("log/1") == b"mine"
    assert next(entry["lost"] for entry in server.ledger() if prefix in entry["key"])


@pytest.mark.parametrize("name", WRAPPED)
def test_a_server_that_fails_for_a_moment_is_asked_again(name: str, servers: Servers, prefix: str) -> None:
    server = servers(name)
    objects = server.objects(prefix)
    server.faults(next_errors=2, prefix=prefix)
    assert objects.create("log/1", b"mine")


def test_creates_that_met_are_asked_again(servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server = servers("s3")
    objects = server.objects(prefix)
    monkeypatch.setattr("mcflow.state.stores.bucket.PAUSES", (0.0, 0.0))
    server.faults(next_conflicts=1, prefix=prefix)
    assert objects.create("log/1", b"mine")
    server.faults(next_conflicts=50, prefix=prefix)
    with pytest.raises(StoreFault, match="409"):
        objects.create("log/2", b"mine")
    server.faults()
    assert objects.read("log/2") is None, "what was not decided was not written"


@pytest.mark.parametrize(("name", "wrong"), [
    ("s3", {"bucket": "no-such-bucket"}), ("gcs", {"bucket": "no-such-bucket"}), ("azure", {"container": "no-such-container"}),
    ("postgresql", {"database": "nowhere"}),
])
def test_a_bucket_that_is_not_there_is_named(name: str, wrong: dict[str, str], servers: Servers) -> None:
    servers(name).enter()
    objects = opened(servers(name), **wrong)
    for ask in (lambda: objects.read("x"), lambda: objects.create("x", b""), lambda: objects.list("")):
        with pytest.raises(Rejected) as error:
            ask()
        assert code(error) == "MC0758"
        assert next(iter(wrong.values())) in str(error.value)


@pytest.mark.parametrize(("name", "wrong"), [
    ("s3", {"endpoint": "http://127.0.0.1:9"}), ("gcs", {"endpoint": "http://127.0.0.1:9"}),
    ("azure", {"endpoint": "http://127.0.0.1:9/devstoreaccount1"}), ("postgresql", {"port": 9}), ("s3", {"endpoint": "http://no.such.invalid"}),
    ("postgresql", {"host": "no.such.invalid"}),
])
def test_a_server_that_is_not_there_is_a_fault_that_says_so(name: str, wrong: dict[str, Any], servers: Servers) -> None:
    servers(name).enter()
    with pytest.raises(StoreFault) as fault:
        opened(servers(name), **wrong).read("x")
    (told,) = fault.value.rejected().diagnostics
    assert (told.code, told.position) == ("MC0759", POSITION)
    assert any(word in told.message.lower() for word in ("refused", "lookup", "resolve")), told.message


@pytest.mark.parametrize(("name", "variable", "value"), [
    ("azure", "AZURE_STORAGE_ACCOUNT_KEY", "not base64!"), ("postgresql", "PGPASSWORD", "hunter2-wrong"),
    ("gcs", "GOOGLE_APPLICATION_CREDENTIALS", "/nowhere"), ("s3", "AWS_PROFILE", "nobody"),
])
def test_wrong_credentials_are_told_and_not_shown(name: str, variable: str, value: str, servers: Servers) -> None:
    servers(name).enter()
    os.environ[variable] = value
    with pytest.raises(Rejected) as error:
        opened(servers(name)).read("x")
    assert code(error) == "MC0756"
    assert "hunter2" not in str(error.value)
    assert "not base64" not in str(error.value)


@pytest.mark.parametrize("name", ["s3", "gcs", "azure"])
def test_without_any_credentials_the_chain_is_named(name: str, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    servers(name).enter()
    for variable in servers(name).environ:
        if "KEY" in variable or "GOOGLE" in variable:
            del os.environ[variable]
    os.environ["HOME"] = "/nonexistent"
    if name == "azure":
        monkeypatch.setattr("azure.identity.DefaultAzureCredential.get_token", _nothing)
    if name == "gcs":
        monkeypatch.setattr("google.auth.default", _no_default)
    with pytest.raises(Rejected) as error:
        opened(servers(name)).read("x")
    assert code(error) == "MC0756"


def _nothing(self: Any, *scopes: str) -> Any:
    from azure.core.exceptions import ClientAuthenticationError

    raise ClientAuthenticationError("no credential of the chain gave a token")


def _no_default(**asked: Any) -> Any:
    from google.auth.exceptions import DefaultCredentialsError

    raise DefaultCredentialsError("Your default credentials were not found.")


def test_what_is_refused_is_told(servers: Servers, prefix: str) -> None:
    server = servers("s3")
    server.enter()
    objects = opened(server, prefix=prefix)
    server.faults(revoked=True)
    try:
        with pytest.raises(Rejected) as error:
            objects.read("x")
    finally:
        server.faults()
    assert code(error) == "MC0757"


@pytest.mark.parametrize(("name", "wrong"), [
    ("s3", {"endpoint": "minio"}), ("gcs", {"bucket": "a b"}), ("azure", {"endpoint": "https://user:secret@host"}),
    ("postgresql", {"sslmode": "maybe"}), ("postgresql", {"url": "no address with secret-in-it", "host": None, "database": None}),
])
def test_settings_that_mean_nothing_are_told(name: str, wrong: dict[str, Any], servers: Servers) -> None:
    servers(name).enter()
    with pytest.raises(Rejected) as error:
        opened(servers(name), **wrong).read("x")
    assert code(error) == "MC0760"
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", HONEST)
def test_the_library_that_is_missing_is_named_with_how_to_install_it(name: str, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg" if name == "postgresql" else "obstore.store", None)
    with pytest.raises(Rejected) as error:
        opened(servers(name))
    assert code(error) == "MC0755"
    assert "pip install 'mcflow[" in error.value.diagnostics[0].help
