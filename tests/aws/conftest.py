"""The AWS of the tests: moto behind the wrapper, moto as it is, and a handful of handlers driven without an engine."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.aws.moto_handle import CREDENTIALS, MotoCloud, serving

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, Intent, Observed
from mcflow.model.connection import Connection

REGION = "ap-northeast-2"


@pytest.fixture(scope="session")
def wrapped_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoCloud]:
    """The wrapped server, one for all tests of a worker."""
    with serving(tmp_path_factory.mktemp("moto")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def plain_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoCloud]:
    """moto's server as it is."""
    with serving(tmp_path_factory.mktemp("moto"), plain=True) as cloud:
        yield cloud


@pytest.fixture
def aws_cloud(wrapped_moto: MotoCloud) -> MotoCloud:
    """The wrapped server with nothing in it."""
    wrapped_moto.reset()
    return wrapped_moto


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment, and nothing else of the machine's configuration."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")


class Hand:
    """Handlers called by hand, as the engine would: create, look, settle, delete."""

    def __init__(self, api: AwsSession) -> None:
        self.api = api
        self._numbers = itertools.count(1)

    def intent(self) -> Intent:
        """A fresh operation."""
        op = f"op-{next(self._numbers)}"
        return Intent(op, f"token-{op}".ljust(36, "0"), {"mcflow-state": "lineage", "mcflow-op": op}, "test")

    def make(self, type: str, intent: Intent | None = None, /, **want: Any) -> str:
        """Create and give the id."""
        made = driver.natives[type].create(self.api, want, intent or self.intent())
        assert made.id is not None
        return made.id

    def see(self, type: str, id: str) -> Observed | None:
        """What is there of it."""
        return next((seen for seen in driver.natives[type].observe(self.api, [id]) if seen.id == id), None)

    def settle(self, type: str, id: str, group: str, /, owned: dict[str, str] | None = None, **want: Any) -> list[str]:
        """Update until it no longer asks for another call; the progress it told."""
        told = []
        for _ in range(10):
            seen = self.see(type, id)
            assert seen is not None
            last = {**seen.attributes, **({} if owned is None else {"tags": owned})}
            answer = driver.natives[type].update(self.api, id, want, last, group)
            if not isinstance(answer, Again):
                return told
            told.append(answer.progress)
        raise AssertionError(f"{type} never settles: {told}")

    def remove(self, type: str, id: str) -> None:
        """Delete, with what was last seen."""
        seen = self.see(type, id)
        assert seen is not None
        driver.natives[type].delete(self.api, id, seen.attributes)


@pytest.fixture
def hand(aws_cloud: MotoCloud, credentials: None) -> Iterator[Hand]:
    """Handlers on the wrapped server."""
    api = driver.connect(Connection("aws", "aws", REGION, {"endpoint": aws_cloud.endpoint}))
    assert isinstance(api, AwsSession)
    yield Hand(api)
    api.close()


@pytest.fixture
def plain_hand(plain_moto: MotoCloud, credentials: None) -> Iterator[Hand]:
    """Handlers on moto as it is."""
    plain_moto.reset()
    api = driver.connect(Connection("aws", "aws", REGION, {"endpoint": plain_moto.endpoint}))
    assert isinstance(api, AwsSession)
    yield Hand(api)
    api.close()


@pytest.fixture
def folder(tmp_path: Path, credentials: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder, and nothing of the machine's own settings."""
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path
