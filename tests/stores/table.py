"""The table of counterparts. Those that need no server are always there; servers are where they run around this process:

``python -m tests.stores.running s3 gcs azure postgresql -- pytest tests/stores``.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from tests.stores.counterpart import Counterpart, remote
from tests.stores.folder import FolderObjects
from tests.stores.memory import Bucket, MemoryObjects
from tests.stores.servers import HONEST, Server, running

from mcflow.state.stores.local import LocalStore
from mcflow.state.stores.objects import Objects
from mcflow.state.stores.store import Store

_BUCKETS: dict[Path, Bucket] = {}


def _local(scratch: Path, name: str, environment: str, *, lease: float = 0, patience: float = 0, **options: Any) -> Store:
    return LocalStore(scratch, name, environment, **{"spill_folder": scratch / "own", **options})


def bucket(scratch: Path) -> Bucket:
    """The bucket in memory that belongs to a scratch folder."""
    return _BUCKETS.setdefault(scratch, Bucket())


COUNTERPARTS: dict[str, Counterpart] = {
    each.name: each for each in (
        Counterpart("local", _local),
        remote("memory", lambda scratch: MemoryObjects(bucket(scratch)), processes=False),
        remote("folder", lambda scratch: FolderObjects(scratch / "objects")),
    )
}
"""Name → counterpart."""


def _served(server: Server, scratch: Path) -> Objects:
    return server.objects(hashlib.sha256(str(scratch).encode()).hexdigest()[:16])


COUNTERPARTS |= {
    server.name: remote(server.name, partial(_served, server), slow=True) for server in running().values() if server.name in HONEST
}
