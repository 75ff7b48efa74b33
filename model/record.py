"""Records: what a state remembers of each native and of each portable resource. Plans carry them, states keep them.

Attribute and want trees are in wire form (`mcflow.model.wire`): plain JSON, secrets sealed.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Ownership = Literal["owned", "adopted", "shared", "byproduct"]
Status = Literal["creating", "ready", "tainted", "deleting", "quarantined"]


class Edges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Addresses of the natives this one depends on. hard: needed to create; soft: set after create, updatable; order: merely before."""

    hard: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def __iter__(self) -> Any:
        yield from self.hard
        yield from self.soft
        yield from self.order


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What destroying (or waiting for) a native needs to know when the blueprint is gone. Time-outs in seconds."""

    create_timeout: float = 1200.0
    update_timeout: float = 1200.0
    delete_timeout: float = 1200.0
    attempts: int = 8
    prevent_destroy: bool = False
    retain: bool = False
    local: dict[str, Any] = {}
    """Values of the attributes marked ``local`` (force_destroy …)."""


class NativeRecord(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One native that exists (or is being made). ``address`` is its key in the state."""

    address: str
    type: str
    type_version: int = 1
    connection: str
    driver: str
    driver_version: str = ""
    id: str = ""
    operation: str | None = None
    status: Status = "ready"
    want: dict[str, Any] = {}
    """The last want, references resolved, wire form."""
    attributes: dict[str, Any] = {}
    """What was last observed, wire form."""
    fingerprints: dict[str, str] = {}
    """Keyed fingerprints of write-only attributes, by name."""
    edges: Edges = Edges()
    origin: str | None = None
    """The address of the portable resource it was lowered from, None for helpers shared in a connection."""
    ownership: Ownership = "owned"
    generation: int = 1
    name: str | None = None
    """The name that mcflow derived for it, pinned."""
    settings: Settings = Settings()
    op: str = ""
    """The operation that created it: the value of its ``mcflow-op`` mark."""
    created_at: float = 0.0


class Pin(msgspec.Struct, frozen=True):
    """A choice made once: the selector it was made for, the value, the day (seconds since the epoch), and a note on how."""

    selector: Any
    value: Any
    at: float
    note: str = ""


class ResourceRecord(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The thin record of a portable resource: what is needed to know what the user changed, and to destroy without the blueprint."""

    address: str
    type: str
    connection: str
    properties: dict[str, Any] = {}
    """Evaluated properties, wire form, secrets as fingerprints."""
    properties_hash: str = ""
    inputs_hash: str = ""
    """Digest of all its lowering read: properties, overrides, pins and, through handles, the targets' properties and exports."""
    driver_version: str = ""
    lowering_version: int = 1
    exports: dict[str, Any] = {}
    """Public exports as value trees over references, wire form."""
    privates: dict[str, Any] = {}
    """Private exports, for when what the driver would lower now is held back."""
    pins: dict[str, Pin] = {}
    natives: tuple[str, ...] = ()
    moved_from: str = ""
    """The address a ``moved`` of the blueprint brought it from, as long as that stands there: a swap is made once."""


class ConnectionRecord(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A connection as the last run used it: enough to destroy, and to notice that its name now means another account. No secrets."""

    name: str
    driver: str
    driver_version: str = ""
    account: str = ""
    region: str = ""
    endpoint: str = ""
    config: dict[str, Any] = {}


class OutputRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """An output's last value, wire form (sealed where sensitive)."""

    value: Any = None
    sensitive: bool = False
