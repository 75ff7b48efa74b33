"""The journal's records, and the state they fold to.

Every record is one JSON object with a ``kind``; trees are in wire form (`mcflow.model.wire`), secrets sealed. Times are seconds since
the epoch and for display: no decision hangs on them but a token's lifetime, which allows for skew.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mcflow.model.record import ConnectionRecord, Edges, NativeRecord, OutputRecord, Ownership, ResourceRecord, Settings, Status

FORMAT_VERSION = 1

IntentAction = Literal["create", "update", "delete", "operate"]


class Run(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="RUN"):
    """A run begins: who, where, why. ``previous`` is the chain hash of everything before: the audit log cannot be edited unnoticed."""

    run: str
    epoch: int
    mode: str
    plan_digest: str = ""
    who: str = ""
    host: str = ""
    pid: int = 0
    ci: str = ""
    commit: str = ""
    reason: str = ""
    mcflow_version: str = ""
    at: float = 0.0
    previous: str = ""


class Intent(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="INTENT"):
    """About to mutate. Durable before the call; recovery re-sends ``request`` and nothing rendered anew.

    ``request`` is what the handler receives as ``want`` (wire form, resolved); ``want`` the whole want that the record shall remember
    (equal to ``request`` where absent). ``marks`` are the tags of the create call; ``looked`` what the look before found.

    ``operate``: a person asked for something that is no part of a want (a reboot, a raw call); ``group`` says what. Nothing of the state
    changes by it, and recovery never sends it again.
    """

    op: str
    run: str
    step: str
    address: str
    type: str
    type_version: int = 1
    action: IntentAction
    connection: str
    identity: str = ""
    driver: str = ""
    driver_version: str = ""
    id: str = ""
    group: str = ""
    attributes: tuple[str, ...] = ()
    purpose: str = ""
    request: dict[str, Any] = {}
    want: dict[str, Any] | None = None
    last: dict[str, Any] = {}
    fingerprints: dict[str, str] = {}
    token: str = ""
    marks: dict[str, str] = {}
    name: str | None = None
    looked: Literal["", "absent", "ours"] = ""
    listed: tuple[str, ...] = ()
    """NoIdentity: the ids that were there before."""
    edges: Edges = Edges()
    origin: str | None = None
    ownership: Ownership = "owned"
    generation: int = 1
    settings: Settings = Settings()
    at: float = 0.0


class Identified(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="IDENTIFIED"):
    """The cloud answered: the id and/or the operation to poll. Written the moment it is known, before any waiting."""

    op: str
    id: str = ""
    operation: str | None = None
    request_id: str = ""
    at: float = 0.0


class Done(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="DONE"):
    """The operation ended well. ``attributes`` as observed after it (empty for deletes)."""

    op: str
    id: str = ""
    attributes: dict[str, Any] = {}
    at: float = 0.0


class Failed(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="FAILED"):
    """The operation ended badly. definite: nothing was made (or ``id``, ``tainted`` say what is left); ambiguous: recovery decides."""

    op: str
    certainty: Literal["definite", "ambiguous"] = "definite"
    id: str = ""
    tainted: bool = False
    code: str = ""
    message: str = ""
    request_id: str = ""
    at: float = 0.0


class Adopted(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="ADOPTED"):
    """An existing object is bound to an address: found by recovery (``op`` set, which it ends) or imported."""

    record: NativeRecord
    op: str = ""
    at: float = 0.0


class Recorded(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="RECORDED"):
    """Facts noted without a mutation: refreshed or forgotten natives, portable resources, outputs, connections. None removes."""

    natives: dict[str, NativeRecord | None] = {}
    resources: dict[str, ResourceRecord | None] = {}
    outputs: dict[str, OutputRecord | None] = {}
    connections: dict[str, ConnectionRecord | None] = {}
    at: float = 0.0


class Ended(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="ENDED"):
    """A run ended by itself. A RUN without it was killed."""

    run: str
    outcome: Literal["done", "partial", "failed", "interrupted", "nothing"] = "done"
    at: float = 0.0


Record = Run | Intent | Identified | Done | Failed | Adopted | Recorded | Ended


class OpenIntent(msgspec.Struct, omit_defaults=True, kw_only=True):
    """An INTENT without an end: what recovery must settle. ``id``/``operation`` from IDENTIFIED, ``ambiguous`` from FAILED.

    ``aside`` is the address the replaced object's record was moved to, ``before`` the status an update or delete found; a definite
    failure puts both back.
    """

    intent: Intent
    id: str = ""
    operation: str | None = None
    ambiguous: bool = False
    epoch: int = 0
    aside: str = ""
    before: Status | Literal[""] = ""


class State(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The state: a snapshot, or the fold of snapshot and journal. ``serial`` counts folded records that changed it."""

    format_version: int = FORMAT_VERSION
    mcflow_version: str = ""
    name: str
    environment: str
    lineage: str
    serial: int = 0
    epoch: int = 0
    """The lease of the last run."""
    natives: dict[str, NativeRecord] = {}
    resources: dict[str, ResourceRecord] = {}
    outputs: dict[str, OutputRecord] = {}
    connections: dict[str, ConnectionRecord] = {}
    open: dict[str, OpenIntent] = {}
    """Open intents by op."""
