"""The state itself: can it be read, who holds it, do history and audit log hold, can its secrets be opened, who can read its files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcflow import __version__
from mcflow.engine.doctor.check import Check, listed, of_diagnostics
from mcflow.engine.project import Project
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.wire import decode
from mcflow.state.records import State
from mcflow.state.workspace import Reading

_GIVEN_UP = {"MC0780", "MC0781"}
"""The state is elsewhere, or on its way: nothing here is to be mended."""
_SKEW = 30.0
"""Seconds by which this machine's clock may differ from the store's: tokens, signatures and leases allow for less than minutes."""
_STALE = 120.0
"""Seconds without a sign of life after which a lease without an expiry is worth a look."""


def read(project: Project) -> tuple[Reading | None, list[Check]]:
    """The state, and how it is; None if it cannot be read."""
    try:
        reading = project.workspace.read()
    except Rejected as rejected:
        checks = of_diagnostics("state", rejected.diagnostics)
        damaged = checks and not _GIVEN_UP & {finding.code for finding in rejected.diagnostics}
        advice = ("mcflow state repair", "mcflow state history", "mcflow state rollback SERIAL")
        return None, [*checks[:-1], _with(checks[-1], advice)] if damaged else checks
    state, place = reading.state, project.workspace.store.place
    healthy = f"natives: {len(state.natives)}, serial {state.serial}, in {place}"
    return reading, of_diagnostics("state", reading.findings) or [Check("state", "ok", healthy)]


def _with(check: Check, commands: tuple[str, ...]) -> Check:
    return Check(check.name, check.health, check.message, check.help, check.code, check.address, commands)


def lock(project: Project, reading: Reading) -> list[Check]:
    """Who holds the lease, and whether it looks alive."""
    info, now = reading.holder, project.ports.clock.now()
    if info is None:
        return [Check("lock", "ok", "nobody holds it")]
    silent = now - max(info.heartbeat, info.since)
    if (info.expires and info.expires < now) or silent > _STALE:
        return [Check("lock", "warn", f"held by {info}, without a sign of life for {silent:.0f} s",
                      "see whether that run is alive; if it is not, take the lock away: it is fenced and writes no more",
                      commands=("mcflow lock show", "mcflow lock release"))]
    return [Check("lock", "note", f"held by {info}: a run is at work")]


def clock(project: Project) -> list[Check]:
    """This machine's clock against the store's, where it has one of its own."""
    before = project.ports.clock.now()
    try:
        told = project.workspace.store.now()
    except (OSError, Rejected) as fault:
        return [Check("clock", "note", f"the store's clock could not be asked: {fault}", "some stores tell it only to who may write")]
    if told is None:
        return []
    after = project.ports.clock.now()
    # It was asked somewhere in between.
    apart = (before + after) / 2 - told
    if abs(apart) - (after - before) / 2 <= _SKEW:
        return [Check("clock", "ok", f"within {_SKEW:.0f} s of the store's")]
    return [Check("clock", "warn", f"this machine's clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the store's",
                  "set it by the network's time: clouds refuse requests that are signed minutes off, and times in the audit log are wrong")]


def history(project: Project) -> list[Check]:
    """Every kept snapshot can be read, and the audit log's hash chain holds."""
    checks: list[Check] = []
    try:
        serials = [entry.serial for entry in project.workspace.history()]
    except Rejected as rejected:
        return of_diagnostics("history", rejected.diagnostics)
    for serial in serials:
        try:
            project.workspace.snapshot_at(serial)
        except Rejected as rejected:
            checks += of_diagnostics("history", rejected.diagnostics, at_most="warn")
    return checks or [Check("history", "ok", f"kept snapshots: {len(serials)}, all readable")]


def audit(project: Project) -> list[Check]:
    """The audit log from its beginning."""
    try:
        entries = [(entry.records, entry.of == "LOST") for entry in project.workspace.audit()]
    except Rejected as rejected:
        return [_with(check, ("mcflow state repair",)) for check in of_diagnostics("audit log", rejected.diagnostics)]
    count, lost = sum(records for records, _ in entries), sum(records for records, gone in entries if gone)
    if any(gone for _, gone in entries):
        args = {"place": project.workspace.store.place, "count": str(lost)}
        return of_diagnostics("audit log", [Diagnostic("MC0790", args)])
    return [Check("audit log", "ok", f"records: {count}, hash chain intact")]


def secrets(state: State, project: Project) -> list[Check]:
    """Every sealed value opens with the keys there are."""
    closed: dict[str, Rejected] = {}
    opened = 0
    for name, tree in _trees(state):
        if not _seals(tree):
            continue
        try:
            decode(tree, project.sealer.unseal)
            opened += _seals(tree)
        except Rejected as rejected:
            closed.setdefault(name, rejected)
    if not closed:
        return [Check("secrets", "ok", f"sealed values: {opened}, all can be opened" if opened else "none sealed")]
    first = of_diagnostics("secrets", next(iter(closed.values())).diagnostics[:1])[0]
    return [Check("secrets", "error", f"{listed(sorted(closed))}: {first.message}", first.help, first.code)]


def _trees(state: State) -> Iterator[tuple[str, Any]]:
    for address, native in state.natives.items():
        yield address, [native.want, native.attributes]
    for address, resource in state.resources.items():
        yield address, [resource.properties, resource.exports, resource.privates]
    for name, output in state.outputs.items():
        yield f"output {name}", output.value
    for opened in state.open.values():
        yield opened.intent.address, [opened.intent.request, opened.intent.last]


def _seals(tree: Any) -> int:
    if isinstance(tree, dict):
        return 1 if "$secret" in tree else sum(_seals(item) for item in tree.values())
    return sum(_seals(item) for item in tree) if isinstance(tree, list) else 0


def files(project: Project) -> list[Check]:
    """A local store's files are its owner's alone."""
    root = Path(project.workspace.store.place)
    if not root.is_dir():
        return []
    open_ones = [str(path.relative_to(root)) for path in sorted((root, *root.rglob("*"))) if _others(path)]
    if not open_ones:
        return [Check("files", "ok", "readable by their owner only")]
    return [Check("files", "warn", f"others may read or write {listed(open_ones)} in {root}", "take the rights away",
                  commands=(f"chmod -R go-rwx {root}",))]


def _others(path: Path) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    rights = 0o022 if stat.S_ISDIR(found.st_mode) else 0o077
    return bool(stat.S_IMODE(found.st_mode) & rights)


def version(state: State) -> list[Check]:
    """Whether a newer mcflow wrote it."""
    wrote = state.mcflow_version
    if not wrote or wrote == __version__:
        return [Check("version", "ok", f"mcflow {__version__}")]
    if _numbers(wrote) > _numbers(__version__):
        return [Check("version", "warn", f"written by mcflow {wrote}; this is {__version__}", "use that version or a newer one")]
    return [Check("version", "ok", f"mcflow {__version__}; last written by {wrote}")]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
