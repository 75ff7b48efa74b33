"""What every case of the conformance suite gets: a counterpart, and ways to open the state in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.stores.counterpart import Counterpart
from tests.stores.serverfixtures import Servers, session_servers
from tests.stores.table import COUNTERPARTS

from mcflow.state.sealing import Sealer
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers by name."""
    yield from session_servers(tmp_path_factory.mktemp("servers"))


@pytest.fixture(params=sorted(COUNTERPARTS))
def counterpart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Counterpart:
    found = COUNTERPARTS[request.param]
    if not found.slow:
        # Their clocks have fractions of a second.
        monkeypatch.setattr("mcflow.state.stores.remote.SLACK", 0.1)
    return found


@pytest.fixture
def remote(counterpart: Counterpart) -> Counterpart:
    """A counterpart with a log; the local store's leases end otherwise."""
    if counterpart.objects is None:
        pytest.skip("the local store has no log")
    return counterpart


@pytest.fixture
def shared(counterpart: Counterpart) -> Counterpart:
    """A counterpart that several processes can open."""
    if not counterpart.processes:
        pytest.skip("it lives in one process")
    return counterpart


@pytest.fixture
def store(counterpart: Counterpart, tmp_path: Path) -> Callable[..., Store]:
    """Another handle on the same place."""

    def build(name: str = "shop", environment: str = "default", **options: Any) -> Store:
        return counterpart.open(tmp_path, name, environment, **options)

    return build


@pytest.fixture
def make(counterpart: Counterpart, store: Callable[..., Store]) -> Callable[..., Workspace]:
    """A workspace of its own, as another process would open it."""

    def build(name: str = "shop", environment: str = "default", **options: Any) -> Workspace:
        pause = time.sleep if counterpart.slow else lambda seconds: time.sleep(seconds / 20)
        return Workspace(store(name, environment, **options), name, environment, Sealer(KEY), pause=pause)

    return build


@pytest.fixture
def brief(counterpart: Counterpart) -> dict[str, float]:
    """A lease that runs out soon."""
    return {"lease": 2.0, "patience": 0.5} if counterpart.slow else {"lease": 0.4, "patience": 0.1}
