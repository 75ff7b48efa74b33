"""Connections are opened once, when needed, and refuse in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.toy_driver import Cloud, toy_driver

from mcflow.drivers.sdk import InvalidCredentials
from mcflow.drivers.sdk.registry import DriverUnavailableError
from mcflow.engine.sessions import Sessions, connection_record
from mcflow.model.connection import Connection
from mcflow.model.diagnostic import Rejected
from mcflow.model.record import ConnectionRecord


def test_a_connection_is_opened_once_and_closed() -> None:
    driver = toy_driver(Cloud())
    opened: list[str] = []
    connect = driver.connect

    def counted(connection: Connection) -> Any:
        opened.append(connection.name)
        return connect(connection)

    driver.connect = counted
    sessions = Sessions({"c": Connection("c", "toy", "here")}, load=lambda name: driver)
    assert opened == []
    assert sessions.get("c") is sessions.get("c")
    assert opened == ["c"]
    assert sessions.type("c", "toy.named").name == "toy.named"
    assert connection_record(sessions.get("c")).region == "here"
    sessions.close()
    sessions.get("c")
    assert opened == ["c", "c"]


def test_what_the_state_remembers_serves_to_destroy() -> None:
    record = ConnectionRecord(name="old", driver="toy", region="there", config={"account": "9"})
    sessions = Sessions({}, {"old": record}, load=lambda name: toy_driver(Cloud()))
    assert sessions.get("old").identity.account == "9"


def test_refusals() -> None:
    driver = toy_driver(Cloud())

    def refuse(connection: Connection) -> Any:
        raise InvalidCredentials("expired")

    driver.connect = refuse
    driver.translate = lambda failure: failure if isinstance(failure, InvalidCredentials) else None
    sessions = Sessions({"c": Connection("c", "toy")}, load=lambda name: driver)
    for _ in range(2):
        with pytest.raises(Rejected) as caught:
            sessions.get("c")
        assert [finding.code for finding in caught.value.diagnostics] == ["MC0804"]
        assert caught.value.exit_code == 4
    with pytest.raises(Rejected, match="MC0801"):
        sessions.get("nobody")

    def missing(name: str) -> Any:
        raise DriverUnavailableError(name, "no SDK", "pip install it")

    with pytest.raises(Rejected, match="MC0803"):
        Sessions({"c": Connection("c", "toy")}, load=missing).get("c")

    def broken(connection: Connection) -> Any:
        raise OSError("no route")

    driver.connect = broken
    with pytest.raises(Rejected, match="MC0805"):
        Sessions({"c": Connection("c", "toy")}, load=lambda name: driver).get("c")
    driver = toy_driver(Cloud())
    with pytest.raises(Rejected, match="MC0802"):
        Sessions({"c": Connection("c", "toy")}, load=lambda name: driver).type("c", "toy.unheard")
