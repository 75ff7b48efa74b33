"""The kept snapshots with what the audit log knows of the runs that wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mcflow.engine.options import HistoryView
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.audit import AuditEntry
from mcflow.state.records import Ended, Run
from mcflow.state.snapshot import DamagedError
from mcflow.state.workspace import Workspace

_WORDS = {"create": "created", "update": "changed", "delete": "destroyed", "operate": "operated"}


class _Natives(msgspec.Struct):
    natives: dict[str, msgspec.Raw] = {}


class _Snapshot(msgspec.Struct):
    state: _Natives


_SNAPSHOT = msgspec.json.Decoder(_Snapshot)


@dataclass
class _Deeds:
    """A run, where its records begin, and what it did."""

    run: Run
    sequence: int
    did: Counter[str] = field(default_factory=Counter)
    wrote: bool = False
    outcome: str = "killed"


@dataclass(frozen=True)
class _Lost:
    """``count`` records from ``first`` on that the audit log lost, and when that was found (seconds since the epoch)."""

    first: int
    count: int
    at: float


def history(workspace: Workspace) -> HistoryView:
    """The kept snapshots, newest first. Where the audit log does not hold, what it would have said is missing and a finding says why.

    Runs that changed nothing are kept as one snapshot with the run before them: it is that run which the entry tells of.
    """
    findings: tuple[Diagnostic, ...] = ()
    runs: list[_Deeds] = []
    try:
        deeds = _runs(workspace)
        runs = [each for each in deeds if isinstance(each, _Deeds)]
        lost = sum(each.count for each in deeds if isinstance(each, _Lost))
        if len(runs) < len(deeds):
            findings = (Diagnostic("MC0790", {"place": workspace.store.place, "count": str(lost)}),)
    except Rejected as broken:
        findings = broken.diagnostics
    kept = workspace.history()
    entries = []
    for entry, before in zip(kept, [*(older.sequence for older in kept[1:]), 0], strict=False):
        found = _author([deeds for deeds in runs if before < deeds.sequence <= entry.sequence])
        told = _told(found) if found else {"run": entry.run}
        entries.append({"serial": entry.serial, "at": entry.at, **told, "natives": _count(workspace, entry.name)})
    return HistoryView(entries, findings)


def audit(workspace: Workspace) -> list[Mapping[str, Any]]:
    """Every run ever, newest first: what `_told` says, and its outcome (``killed`` where it did not end by itself). Where records were
    lost there is an entry of mode ``lost`` that says which.

    Raises Rejected (MC0719) where the hash chain of the audit log does not hold.
    """
    return [_gap(each) if isinstance(each, _Lost) else {
        **_told(each), "epoch": each.run.epoch, "outcome": each.outcome, "plan_digest": each.run.plan_digest,
    } for each in reversed(_runs(workspace))]


def _gap(lost: _Lost) -> Mapping[str, Any]:
    last = lost.first + lost.count - 1
    return {"at": lost.at, "run": "", "mode": "lost", "who": "", "host": "", "reason": f"records {lost.first} to {last} were lost",
            "commit": "", "ci": "", "did": {}, "epoch": 0, "outcome": "unknown", "plan_digest": ""}


def _author(runs: Sequence[_Deeds]) -> _Deeds | None:
    """The run that made the state what it is: the last that changed a cloud, else the last that recorded something, else the first."""
    changing = [deeds for deeds in runs if deeds.did] or [deeds for deeds in runs if deeds.wrote]
    return changing[-1] if changing else runs[0] if runs else None


def _told(deeds: _Deeds) -> Mapping[str, Any]:
    run = deeds.run
    return {"at": run.at, "run": run.run, "mode": run.mode, "who": run.who, "host": run.host, "reason": run.reason, "commit": run.commit,
            "ci": run.ci, "did": dict(deeds.did)}


def _runs(workspace: Workspace) -> list[_Deeds | _Lost]:
    """Every run, and how many natives it created, changed, destroyed; and every gap. What follows a creation to complete it is part of
    it."""
    told: list[_Deeds | _Lost] = []
    runs: dict[str, _Deeds] = {}
    open_: dict[str, AuditEntry] = {}
    counted: set[tuple[str, str, str]] = set()
    now: _Deeds | None = None
    sequence = 0
    for entry in workspace.audit():
        sequence += entry.records
        if entry.of == "LOST":
            told.append(_Lost(sequence - entry.records + 1, entry.records, entry.at))
            now = None
        elif isinstance(entry.record, Run):
            now = runs[entry.record.run] = _Deeds(entry.record, sequence)
            told.append(now)
        elif entry.of == "INTENT":
            open_[entry.op] = entry
        elif entry.of == "DONE" and entry.op in open_:
            intent = open_.pop(entry.op)
            key = (intent.run, intent.action, intent.address)
            completing = intent.action == "update" and (intent.run, "create", intent.address) in counted
            if intent.run in runs and key not in counted and not completing:
                counted.add(key)
                runs[intent.run].did[_WORDS.get(intent.action, intent.action)] += 1
        elif isinstance(entry.record, Ended) and entry.run in runs:
            runs[entry.run].outcome = entry.record.outcome
        if now is not None and entry.of not in ("RUN", "ENDED"):
            now.wrote = True
    return told


def _count(workspace: Workspace, name: str) -> int | None:
    """Natives in a kept snapshot; None if it cannot be read."""
    try:
        return len(_SNAPSHOT.decode(workspace.kept_document(name)).state.natives)
    except (DamagedError, Rejected, msgspec.MsgspecError):
        return None
