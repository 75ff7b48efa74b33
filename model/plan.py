"""Plans: what would change, why, and the execution graph that makes it so. Field names follow Terraform's plan JSON where one exists."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mcflow.model.diagnostic import Diagnostic
from mcflow.model.record import ConnectionRecord, Edges, NativeRecord, Ownership, ResourceRecord, Settings

FORMAT_VERSION = "1.0"

Action = Literal["no-op", "create", "update", "delete", "forget", "adopt", "read"]
Mode = Literal["apply", "destroy", "refresh", "rollback", "import"]
Verb = Literal["create", "update", "delete", "forget", "record", "decide"]
Purpose = Literal["", "finish", "release", "prepare", "restore", "mark"]
"""Why an update step exists beside a wanted change: finish a create, release what would lock a delete, prepare for a group's needs and
restore after it, mark what was imported as this state's."""


class AttributeChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attribute of a native. Values are redacted JSON; ``unknown`` means only apply will know ``after``."""

    path: str
    before: Any = None
    after: Any = None
    unknown: bool = False
    sensitive: bool = False
    replaces: bool = False
    group: str = ""


class Change(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What happens to one native. ``actions`` is Terraform's: [no-op], [create], [update], [delete], [delete, create] or, create first,
    [create, delete]; [forget] leaves the object in the cloud."""

    address: str
    resource: str | None
    type: str
    connection: str
    actions: tuple[Action, ...]
    attributes: tuple[AttributeChange, ...] = ()
    reason: str = ""
    """A short sentence for people: ``image_id cannot be changed in place``, ``no longer in the blueprint``, ``requested by --replace``."""
    conditional: bool = False
    """True for "may be replaced": it depends on a value that only apply knows."""
    driver_made: bool = False
    """True if the user changed nothing that this resource reads: a driver or lowering version did."""
    held: bool = False
    """A driver-made change that waits for --accept-driver-changes."""
    id: str = ""
    ownership: Ownership = "owned"
    round: int = 1
    previous_address: str = ""
    """Where it is in the state now, if the blueprint (or a newer driver) moves it."""
    importing: str = ""
    """The cloud's id of an object that exists and is taken over: [adopt], or [adopt, update] with what then changes in place."""


class Drift(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What differs between the state and the cloud, made by somebody else. ``gone``: the object is no longer there."""

    address: str
    resource: str | None
    type: str
    id: str
    gone: bool = False
    attributes: tuple[AttributeChange, ...] = ()


class OutputChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """An output before and after, redacted."""

    actions: tuple[Action, ...]
    before: Any = None
    after: Any = None
    sensitive: bool = False
    unknown: bool = False


class Recovery(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of an operation that an earlier run left open.

    outcome: ``adopted`` (found and bound), ``finished`` (already as wanted, or gone as wanted), ``unfinished`` (apply will send it again),
    ``failed`` (it never happened), ``in-progress`` (its run is alive), ``quarantined`` (a person must decide; ``advice`` says how).
    """

    op: str
    address: str
    type: str
    action: str
    outcome: Literal["adopted", "finished", "unfinished", "failed", "in-progress", "quarantined"]
    id: str = ""
    found_by: str = ""
    advice: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """For ``quarantined``: each of these settles it."""
    record: NativeRecord | None = None


class Step(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One node of the execution graph: at most one mutating call (or a run of re-runnable ones).

    ``address`` is the key of the state's record it acts on. ``want`` is a value tree: in memory with references and secrets, on disk
    in wire form. Create: the whole want (what the create cannot carry is left to a finish step). Update: the whole want; ``attributes``
    names those this step sets, all of one ``group``. ``needs`` are ids of steps that must be done before. A step with ``decided_by``
    is a no-op when that decide step finds nothing to replace; an update (no finish, no release), when it does find something.
    """

    id: str
    address: str
    verb: Verb
    purpose: Purpose = ""
    type: str
    connection: str
    driver: str = ""
    want: dict[str, Any] = {}
    attributes: tuple[str, ...] = ()
    group: str = ""
    override: dict[str, Any] = {}
    """Attribute values of this step alone (prepare: power stopped; release: rules empty); laid over ``want`` for the call."""
    needs: tuple[str, ...] = ()
    edges: Edges = Edges()
    origin: str | None = None
    ownership: Ownership = "owned"
    generation: int = 1
    name: str | None = None
    settings: Settings = Settings()
    decided_by: str | None = None
    record: NativeRecord | None = None
    """For ``record``: the record as it shall be (edges, settings, local attributes changed; no cloud call)."""
    weight: float = 1.0
    """Expected seconds, for the critical path."""


class PlanInputs(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Digests of everything a plan was made from. A saved plan is refused if any has moved."""

    blueprint: str = ""
    variables: str = ""
    drivers: dict[str, str] = {}
    connections: dict[str, str] = {}
    """Connection name → driver/account/region/endpoint."""
    lineage: str = ""
    serial: int = 0


class CostLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What one native costs a month, all the time, before and after: 0 where it is not there, None where that is not known (``reason``)."""

    address: str
    resource: str | None
    type: str
    connection: str
    before: float | None = None
    after: float | None = None
    currency: str = ""
    reason: str = ""


class CostTotal(msgspec.Struct, frozen=True):
    """The sum of all lines of one currency whose both sides are known, a month."""

    currency: str
    before: float
    after: float
    difference: float


class Cost(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What everything costs a month, of ``hours`` hours, before discounts, taxes and what is paid by use. An estimate apply never reads.

    ``lines`` are of natives that cost something or of which that is not known; those that cost nothing are left out. ``source``: live,
    cached or table, the least certain; ``at``: when the oldest price was asked for, seconds since the epoch, 0 for tables.
    """

    hours: float = 730.0
    totals: tuple[CostTotal, ...] = ()
    lines: tuple[CostLine, ...] = ()
    source: str = ""
    at: float = 0.0


class Plan(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A plan. Everything apply needs is in it; ``steps`` is the execution graph."""

    format_version: str = FORMAT_VERSION
    mcflow_version: str = ""
    name: str
    environment: str
    mode: Mode = "apply"
    round: int = 1
    created_at: float = 0.0
    inputs: PlanInputs = PlanInputs()
    resource_drift: list[Drift] = []
    resource_changes: list[Change] = []
    output_changes: dict[str, OutputChange] = {}
    recovered: list[Recovery] = []
    steps: list[Step] = []
    moved: dict[str, str] = {}
    """Address of a record → what it becomes. Recorded before anything else but what recovery and refresh found."""
    adopted: dict[str, NativeRecord] = {}
    """Records of objects that are imported, by address: recorded, in this order, before the first step."""
    refreshed: dict[str, NativeRecord | None] = {}
    """Records that refresh found different from the state: apply records them first. None: gone."""
    resources: dict[str, ResourceRecord | None] = {}
    """Records of portable resources to write as their natives settle; None: to remove."""
    outputs: dict[str, Any] = {}
    """Outputs as value trees."""
    connections: dict[str, ConnectionRecord] = {}
    diagnostics: list[Diagnostic] = []
    """Warnings and notes."""
    cost: Cost | None = None
    """What all of it costs a month; None where nobody asked."""
    deferred: list[str] = []
    errored: bool = False
    applyable: bool = True
    complete: bool = True
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True if there is nothing to do: no change of a native or an output, nothing to finish. What only the state remembers does not
        count."""
        changed = any(change.actions != ("no-op",) and not change.held for change in self.resource_changes)
        steps = any(step.verb != "record" for step in self.steps)
        known = self.moved or self.adopted or self.output_changes
        return not (changed or steps or known or any(item.outcome == "unfinished" for item in self.recovered))


class Summary(msgspec.Struct, frozen=True):
    """How many natives a plan adds, changes, replaces, removes, forgets, takes over, moves."""

    add: int = 0
    change: int = 0
    replace: int = 0
    remove: int = 0
    forget: int = 0
    held: int = 0
    adopt: int = msgspec.field(default=0, name="import")
    move: int = 0


def summarise(plan: Plan) -> Summary:
    """Count a plan's changes. A replacement counts once, as replace."""
    counts = {"add": 0, "change": 0, "replace": 0, "remove": 0, "forget": 0, "held": 0, "adopt": 0}
    kinds = {("create",): "add", ("update",): "change", ("delete",): "remove", ("forget",): "forget",
             ("delete", "create"): "replace", ("create", "delete"): "replace"}
    for change in plan.resource_changes:
        rest = change.actions[1:] if change.actions[:1] == ("adopt",) else change.actions
        counts["adopt"] += rest != change.actions
        kind = "held" if change.held else kinds.get(rest)
        if kind:
            counts[kind] += 1
    natives = {change.previous_address for change in plan.resource_changes} - {""}
    return Summary(**counts, move=len(natives))
