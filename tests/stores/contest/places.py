"""Machines that share one state and one rehearsal cloud: a folder each, and the blueprint in it."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.kills.mock_world import SettlingCloud
from tests.kills.world import World
from tests.stores.servers import NEUTRAL, running

LATENCY = {"call": 0.01, "settle": 0.02, "jitter": 0.5}


def machines(store: str, scratch: Path, count: int, seed: int, cells: int = 1, documents: int = 6) -> list[World]:
    """``count`` machines on a fresh cloud with a fresh state in a store: ``local`` (a folder that all see) or one of the servers."""
    scratch.mkdir(parents=True, exist_ok=True)
    cloud = SettlingCloud(scratch, latency=LATENCY, visibility_lag=0.03, request_timeout=1.0)
    state: Mapping[str, Any] = {"path": str(scratch / "state")}
    credentials: Mapping[str, str] = {}
    if store != "local":
        server = running()[store]
        # This process reads the state too.
        server.enter()
        state, credentials = server.state(f"contest/{os.getpid()}-{time.monotonic_ns()}", lease="5s"), server.environ
    credentials = {**credentials, "MCFLOW_STATE_KEY": base64.b64encode(bytes(32)).decode()}
    return [
        World(scratch / f"machine{number}", cloud, cells, documents, seed, growing=False, store=state, credentials=credentials)
        for number in range(count)
    ]


def environ(world: World) -> dict[str, str]:
    """The environment of a run there: nothing of the machine's own settings and credentials."""
    own = {name: value for name, value in os.environ.items() if name not in NEUTRAL and not name.startswith("MCFLOW_")}
    own |= {name: str(world.directory / name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    return {**own, **world.environ}
