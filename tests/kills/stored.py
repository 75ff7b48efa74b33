"""Worlds whose state is in a store on a server: S3 by moto, in a process of its own. Leases are short, so that the next run takes over."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from tests.kills.world import World
from tests.stores.servers import serving

STORES = ("local", "s3")
KEY = {"MCFLOW_STATE_KEY": base64.b64encode(bytes(32)).decode()}


@contextmanager
def stored(name: str, scratch: Path) -> Iterator[Callable[[World], World]]:
    """What puts a world's state into a store. ``local``: it stays beside the blueprint."""
    if name == "local":
        yield lambda world: world
        return
    folder = scratch / f"server-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        server = stack.enter_context(serving(name, folder))
        # The judge reads the state in this process.
        own = {"XDG_STATE_HOME": str(scratch / "own")}
        stack.enter_context(patch.dict(os.environ, {**server.environ, **own}))

        def move(world: World) -> World:
            prefix = f"kills/{uuid.uuid4().hex}"
            return replace(world, store=server.state(prefix, lease="5s"), credentials={**server.environ, **own, **KEY})

        yield move
