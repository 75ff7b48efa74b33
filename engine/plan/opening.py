"""Opening sealed values while planning: one that cannot be opened is told once, and planning goes on."""

from __future__ import annotations

from typing import Any

from mcflow.model.diagnostic import Diagnostic
from mcflow.state.sealing import Sealer, SealError

UNOPENED = "(cannot be opened)"


class Opener:
    """Unseals with a sealer; ``failure`` is the first value that could not be opened. A plan made so may be read, not applied."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self.failure: Diagnostic | None = None

    def unseal(self, text: str) -> Any:
        """The value, or `UNOPENED`."""
        try:
            return self._sealer.unseal(text)
        except SealError as error:
            self.failure = self.failure or error.diagnostics[0]
            return UNOPENED
