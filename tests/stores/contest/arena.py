"""Where a contest takes place: one state in one store, opened anew by every process and thread that takes part."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.stores.table import COUNTERPARTS

from mcflow.state.sealing import Sealer
from mcflow.state.stores import remote
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace

KEY = bytes(range(32))
STATE, ENVIRONMENT = "contest", "default"
QUICK = 0.3
"""Where requests cost next to nothing, polls and pauses last this share of what they last for people."""


@dataclass(frozen=True)
class Arena:
    """``store`` names a counterpart, ``scratch`` is its folder; leases last ``lease`` and ``patience`` seconds without a sign of life.

    Servers that give times in whole seconds make it 2 s more.
    """

    store: str
    scratch: Path
    lease: float = 2.0
    patience: float = 0.5

    @property
    def local(self) -> bool:
        """True where the lease ends with its process."""
        return COUNTERPARTS[self.store].objects is None

    @property
    def lasts(self) -> float:
        """Seconds after which a lease without a sign of life may be taken."""
        return 0.0 if self.local else self.lease + self.patience + self._slack

    @property
    def _slack(self) -> float:
        return 2.0 if self.slow else 0.1

    @property
    def slow(self) -> bool:
        """True for a server that everybody asks."""
        return COUNTERPARTS[self.store].slow

    def open(self) -> Store:
        """A store of its own, as another machine would open it."""
        remote.SLACK = self._slack
        options: Mapping[str, float] = {} if self.local else {"lease": self.lease, "patience": self.patience}
        return COUNTERPARTS[self.store].open(self.scratch, STATE, ENVIRONMENT, **options)

    def workspace(self) -> Workspace:
        """A workspace on it."""
        share = 1.0 if self.slow else QUICK
        return Workspace(self.open(), STATE, ENVIRONMENT, Sealer(KEY), pause=lambda seconds: time.sleep(seconds * share))
