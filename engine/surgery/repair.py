"""``state repair``: what is damaged is explained, and what is proven can be taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcflow.engine.leasing import new_run_id, owner_of, take_lease
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.engine.surgery.change import write
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.state.examine import Examination, Proven, examine
from mcflow.state.gaps import tell_gaps
from mcflow.state.repair import repair as rewrite
from mcflow.state.stores.faults import unusable


@dataclass(frozen=True)
class Account:
    """What is wrong and what would be done. ``damage``: (file, what is wrong with it); ``source``: what the repaired state stands on, with
    ``natives`` natives, at ``serial``; ``lossless``: it is for certain the last that was written."""

    problem: tuple[Diagnostic, ...]
    findings: tuple[Diagnostic, ...]
    damage: tuple[tuple[str, str], ...]
    source: str = ""
    serial: int = 0
    natives: int = 0
    lossless: bool = True

    @property
    def sound(self) -> bool:
        """True if there is nothing to repair."""
        return not (self.problem or self.findings or self.damage)


@dataclass(frozen=True)
class Repaired:
    """``done`` is False where there was nothing to do or nobody approved. ``aside``: what was set aside; ``findings``: what to tell now."""

    account: Account
    done: bool
    serial: int = 0
    aside: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def repair(project: Project, options: ApplyOptions, approve: Callable[[Account], bool], *, accept_loss: bool = False,
           serial: int | None = None) -> Repaired:
    """Explain, ask, repair: from what is proven to be the last state, or with ``accept_loss`` the newest proven one, or a ``serial`` of the
    history. Raises Rejected: MC0783 where a person must choose, LeaseHeld."""
    workspace = project.workspace
    try:
        found = examine(workspace)
        if not found.problem:
            if serial is not None:
                raise reject("MC0783", place=workspace.store.place, kept=_kept(found), proven="it loads",
                             problem="it is not damaged; `mcflow state rollback` goes back to a snapshot")
            return _heal(project, found, options, approve)
        proven = _chosen(project, found, accept_loss=accept_loss, serial=serial)
        account = _account(found, proven)
        if not approve(account):
            return Repaired(account, False)
        owner = owner_of(project, new_run_id())
        aside = rewrite(workspace, found, proven, owner, project.ports.clock.now)
    except OSError as fault:
        raise unusable(fault, workspace.store.place) from fault
    return _recorded(project, options, account, tuple(aside))


def _chosen(project: Project, found: Examination, *, accept_loss: bool, serial: int | None) -> Proven:
    if serial is not None:
        if serial not in found.kept:
            raise reject("MC0723", serial=serial, kept=_kept(found))
        return found.kept[serial]
    if found.newest is not None and ((found.lossless and found.newest.source) or accept_loss):
        return found.newest
    newest = found.newest
    proven = f"serial {newest.state.serial}, {len(newest.state.natives)} natives" if newest is not None and newest.source else "none"
    problem = "; ".join(f"{name} {wrong}" for name, wrong in found.damage) or "records are missing"
    place = project.workspace.store.place
    choose = Diagnostic("MC0783", {"place": place, "problem": problem, "proven": proven, "kept": _kept(found)})
    raise Rejected([*found.problem, choose])


def _heal(project: Project, found: Examination, options: ApplyOptions, approve: Callable[[Account], bool]) -> Repaired:
    """What loading puts right by itself is written."""
    account = _account(found, found.newest)
    if account.sound or not approve(account):
        return Repaired(account, False)
    return _recorded(project, options, account, ())


def _recorded(project: Project, options: ApplyOptions, account: Account, aside: tuple[str, ...]) -> Repaired:
    run = new_run_id()
    with take_lease(project, options, run) as writer:
        # A damaged audit log proves nothing and stops nobody: its gaps are told in it, for ever.
        told = tell_gaps(writer.store, writer.codec, writer.state.lineage, project.ports.clock.now(), writer.epoch)
        late = write(writer, project, run, "repair", options.reason, [])
        return Repaired(account, True, writer.state.serial, (*aside, *told), (*writer.findings, *late))


def _account(found: Examination, proven: Proven | None) -> Account:
    if proven is None:
        return Account(found.problem, found.findings, tuple(found.damage))
    lossless = not found.problem or (found.lossless and proven is found.newest)
    return Account(
        found.problem, found.findings, tuple(found.damage), proven.source or "the head mark: an empty state of the same lineage",
        proven.state.serial, len(proven.state.natives), lossless)


def _kept(found: Examination) -> str:
    return ", ".join(map(str, sorted(found.kept, reverse=True))) or "none"
