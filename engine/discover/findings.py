"""What discovery found, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mcflow.drivers.sdk import NativeType, Observed
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import AttributeChange
from mcflow.model.record import NativeRecord

Key = tuple[str, str]
"""Type and id: an id alone need not be unique in an account."""

Managed = Literal["here", "orphan", "elsewhere", "nobody", "missing"]


@dataclass(frozen=True, slots=True)
class Found:
    """One object. ``managed``: ``here`` (in this state), ``orphan`` (carries this state's mark and is not in it), ``elsewhere`` (another
    mcflow state's), ``nobody``, or ``missing`` (the state has it, the cloud has not).

    ``state``: the lineage of the other state; empty for a part of what another state manages, which carries no mark of its own.
    ``provided``: made by the cloud itself. ``drift``: what differs from what was recorded. ``attributes`` are redacted JSON.
    """

    type: str
    id: str
    managed: Managed
    name: str = ""
    address: str = ""
    state: str = ""
    provided: bool = False
    status: str = "ready"
    tags: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    drift: tuple[AttributeChange, ...] = ()
    native: NativeType[Any] | None = field(default=None, repr=False, compare=False)
    observed: Observed | None = field(default=None, repr=False, compare=False)
    record: NativeRecord | None = field(default=None, repr=False, compare=False)

    @property
    def key(self) -> Key:
        """Its type and id."""
        return self.type, self.id

    @property
    def settled(self) -> bool:
        """Whether nothing is being done to it just now."""
        return self.status in ("ready", "failed")


@dataclass(frozen=True)
class Discovery:
    """What there is in a connection. ``items`` are those asked for, ``every`` all that was listed; ``unlisted`` types have no listing,
    ``unread`` could not be read."""

    connection: str
    items: tuple[Found, ...]
    every: tuple[Found, ...] = field(default=(), repr=False)
    unlisted: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
