"""What a face may ask for, and what it gets back: options and views. Data only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Mode
from mcflow.state.records import State

RefreshMode = Literal["all", "changed", "none"]
"""What is looked at before planning: everything in the state; what the plan would touch and what that depends on; nothing."""


@dataclass(frozen=True)
class ProjectOptions:
    """Which blueprint, with which variables, in which environment. ``file`` None: ``mcflow.yaml`` in ``directory``."""

    directory: Path
    file: Path | None = None
    variables: tuple[str, ...] = ()
    """``name=value`` texts, as after ``--var``."""
    var_files: tuple[Path, ...] = ()
    environment: str = "default"


@dataclass(frozen=True)
class Import:
    """An object that exists and shall be the resource, instance or native at ``address``. ``ids``: role → id; the empty role is the native
    that the resource's own id is. ``force``: even if it carries another state's mark, or would be replaced right away."""

    address: str
    ids: Mapping[str, str]
    force: bool = False


@dataclass(frozen=True)
class PlanOptions:
    """What to plan. Targets, excludes, replace and repick are addresses."""

    mode: Mode = "apply"
    refresh: RefreshMode = "all"
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    repick: tuple[str, ...] = ()
    accept_driver_changes: bool = False
    imports: tuple[Import, ...] = ()
    """Beside what the blueprint imports."""
    adopt_only: bool = False
    """Plan these imports and nothing else; the blueprint's own are left for another time."""
    parallelism: int = 16
    cost: Literal["cached", "live", "none"] = "cached"
    """Where prices for the plan's cost may come from."""


@dataclass(frozen=True)
class ApplyOptions:
    """How to apply. ``lock_timeout`` in seconds; ``reason`` goes to the audit log; ``probe`` is called at crash points by tests."""

    parallelism: int = 16
    on_failure: Literal["stop", "continue", "rollback"] = "continue"
    """rollback: begin nothing new, then undo what the run had done."""
    sweep: bool = True
    """After the last step, list by mark what was touched, to prove that cloud and state agree."""
    lock_timeout: float = 0.0
    reason: str = ""
    probe: Callable[[str, str], None] | None = None


@dataclass(frozen=True)
class DiscoverOptions:
    """What to look for in a connection: all of it, or what fits every filter given. Types are patterns as of shells, with or without the
    driver's name; ``managed`` as in `discover.findings`; tags are ``key`` or ``key=pattern``; ids are the cloud's.

    For importing and destroying: ``take_over`` allows what another mcflow state manages.
    """

    connection: str
    types: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    take_over: bool = False
    parallelism: int = 16


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``, both included; None: open at that end."""

    low: float | None = None
    high: float | None = None

    def __contains__(self, value: object) -> bool:
        return (isinstance(value, int | float) and (self.low is None or value >= self.low) and (self.high is None or value <= self.high))

    def __str__(self) -> str:
        low, high = ("" if end is None else f"{end:g}" for end in (self.low, self.high))
        return low if low == high else f"{low}..{high}"


@dataclass(frozen=True)
class CatalogOptions:
    """Which part of which catalog. ``connection`` is a blueprint's; or a ``driver`` and a ``region`` without a blueprint (with a
    connection the region replaces its own). Texts are equal to what is wanted but ``name``, a pattern as of shells; None and empty: all.

    ``max_price`` is an hour's price in the cloud's currency; ``sort`` are columns, a ``-`` before one turns it round; ``limit`` 0: all.
    ``refresh``: ask the cloud, whatever is kept.
    """

    kind: Literal["regions", "zones", "images", "specs", "prices", "quotas", "services"]
    connection: str = ""
    driver: str = ""
    region: str = ""
    name: str = ""
    os: str = ""
    version: str = ""
    arch: str = ""
    publisher: str = ""
    zone: str = ""
    of: str = ""
    service: str = ""
    vcpus: Range | None = None
    memory: Range | None = None
    gpus: Range | None = None
    max_price: float | None = None
    spot: bool = False
    old: bool = False
    """Sizes of earlier generations too."""
    available: bool = False
    """Only types that are offered."""
    sort: tuple[str, ...] = ()
    limit: int = 0
    refresh: bool = False


@dataclass(frozen=True)
class CatalogView:
    """Rows of a catalog. ``source``: live, cached or table; ``at``: when the cloud was asked, seconds since the epoch, 0 for a table;
    ``total``: how many rows there were before filters and limit; ``empty``: why there is no row; ``prices``: the same of the prices that
    stand beside sizes, empty where none are known, and then ``unpriced`` says why."""

    kind: str
    connection: str
    where: str
    rows: tuple[Mapping[str, Any], ...]
    source: str
    at: float = 0.0
    total: int = 0
    empty: str = ""
    prices: str = ""
    prices_at: float = 0.0
    unpriced: str = ""


@dataclass(frozen=True)
class StateView:
    """What is known of an environment: its state, what reading it found, who holds the lease (text, empty if nobody)."""

    state: State
    findings: tuple[Diagnostic, ...] = ()
    holder: str = ""


@dataclass(frozen=True)
class HistoryView:
    """The kept snapshots, newest first: {serial, at (seconds), run, natives, did {created, changed, destroyed}, and if the audit log tells:
    mode, who, host, reason, commit, ci}."""

    entries: Sequence[Mapping[str, Any]]
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class GraphView:
    """The blueprint's resources as a graph: ``edges`` are (from, to, kind) with kind hard, soft or order; ``from`` depends on ``to``."""

    nodes: Mapping[str, str] = field(default_factory=dict)
    """Name → type."""
    edges: tuple[tuple[str, str, str], ...] = ()
