"""Key services: what keeps a key that never leaves it, and wraps the data keys that states are sealed with.

One module each, with a function ``open_service(place, environ, user_config)``, named in `SERVICES`. A module for another service
(Azure Key Vault, Google Cloud KMS, Vault's transit engine) needs nothing more than the three calls below; its SDK is imported inside
its functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol

SERVICES = {
    "age": "mcflow.state.keys.age",
    "awskms": "mcflow.state.keys.awskms",
    "passphrase": "mcflow.state.keys.passphrase",
}
"""Kind of reference → the module of its service."""

Context = Mapping[str, str]
"""What a data key is bound to: ``mcflow-name``, ``mcflow-environment`` and ``mcflow-lineage``. Readable in the service's own log."""


class KeyService(Protocol):
    """One configured key of a service. Nothing is asked before the first call."""

    source: str
    """What people know it by; no secret is in it."""

    def make(self, context: Context) -> tuple[bytes, dict[str, str]]:
        """A new data key of 32 bytes, and its wrapped form: texts that may be kept in the open. Rejected (MC0738 …)."""

    def unwrap(self, parts: Mapping[str, str], context: Context) -> bytes | None:
        """The data key; None if it was not wrapped by this key, or not for this context. Rejected if the service cannot be asked."""


class Opener(Protocol):
    """Makes the service for what a reference says after its colon."""

    def __call__(self, place: str, environ: Mapping[str, str], user_config: Path | None) -> KeyService: ...


def open_service(kind: str, place: str, environ: Mapping[str, str], user_config: Path | None) -> KeyService:
    """The service of a reference. Rejected (MC0734) if the place makes no sense."""
    opener: Opener = import_module(SERVICES[kind]).open_service
    return opener(place, environ, user_config)


def bound(context: Context) -> bytes:
    """The context as bytes, one way only."""
    return b"\0".join(f"{name}={context[name]}".encode() for name in sorted(context))
