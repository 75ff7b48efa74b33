"""What a face may ask for, and what it gets back: options and views. Data only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Mode
from mcflow.state.records import State

RefreshMode = Literal["all", "none"]


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
