"""One environment through its life: runs that succeed, fail or are killed, other people's hands in between, and what must hold."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.things import Thing, name, text

from mcflow.drivers.mock.cloud.backdoor import alter, living, vanish
from mcflow.engine import api
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Cancel, Clock, Ports
from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Plan

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Many small states are written: where there is a file system in memory, there."""
RETRIES = 8
_number = itertools.count()


class Leaping(Clock):
    """Real time, but nobody sleeps: a wait only sets it forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return super().now() + self._ahead

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    def wait(self, cancel: Cancel, seconds: float) -> bool:
        self._ahead += seconds
        return cancel.level > 0


class Killed(BaseException):
    """The process dies here."""


@dataclass(frozen=True)
class Act:
    """One run over the n-th version of the blueprint. ``kills``: where and at which pass; the first counts for this run, each other one
    for a run more. ``chosen`` are indices of resources that ``way`` (targets, excludes, replace) is about. ``hand``: what somebody does
    to the cloud before, and to which object."""

    version: int
    mode: str = "apply"
    kills: tuple[tuple[str, int], ...] = ()
    way: str = ""
    chosen: tuple[int, ...] = ()
    refresh: str = "all"
    on_failure: str = "continue"
    hand: tuple[str, int] | None = None


@dataclass(frozen=True)
class Case:
    """A whole life: versions of its blueprint, what happens in which order, how unreliable the cloud is."""

    versions: tuple[tuple[Thing, ...], ...]
    acts: tuple[Act, ...]
    faults: str = ""
    seed: int = 0


@dataclass
class Life:
    """An environment on a cloud of its own."""

    case: Case
    folder: Path
    account: str = field(default_factory=lambda: f"life-{os.getpid()}-{next(_number)}")
    clock: Clock = field(default_factory=Leaping)
    things: Sequence[Thing] = ()

    def write(self, things: Sequence[Thing]) -> None:
        """The blueprint is this from now on."""
        self.things = things
        faults = f", faults: {{{self.case.faults}, seed: {self.case.seed}}}" if self.case.faults else ""
        quick = "poll_interval: 0.002, request_timeout: 0.01"
        connection = f"driver: mock, path: ':memory:{self.account}', account: {self.account}, {quick}{faults}"
        (self.folder / "mcflow.yaml").write_text(text(things, connection))

    def project(self) -> Any:
        """The project, opened anew."""
        return api.open_project(ProjectOptions(self.folder), Ports(user_config=self.folder / "user", clock=self.clock))

    def run(self, act: Act) -> Outcome | None:
        """One run; None if it was killed. Nothing is done that its plan did not have."""
        shown: list[Plan] = []
        options = ApplyOptions(probe=_killer(act.kills), on_failure=act.on_failure)  # type: ignore[arg-type]
        try:
            if act.mode == "refresh":
                api.refresh(self.project(), options)
                return None
            outcome = api.apply(self.project(), None, self._options(act), options, lambda plan: not shown.append(plan))
        except Killed:
            return None
        planned = {step.id for plan in shown for step in plan.steps}
        strange = {step.id for step in outcome.done} - planned
        assert not strange or act.on_failure == "rollback", f"done and not planned: {strange}"
        return outcome

    def _options(self, act: Act) -> PlanOptions:
        mode: Any = act.mode
        names = tuple(name(pick % len(self.things)) for pick in dict.fromkeys(act.chosen)) if self.things and act.way else ()
        refresh: Any = act.refresh
        return PlanOptions(mode=mode, refresh=refresh, **({act.way: names} if names else {}))  # type: ignore[arg-type]

    def act(self, act: Act) -> None:
        """What the act says, other people's hands first; whatever comes of it, nothing is lost."""
        self._meddle(act.hand)
        try:
            self.run(act)
            for again in act.kills[1:]:
                self.run(Act(act.version, act.mode, (again,)))
        except Rejected as rejected:
            # A choice that this version has nothing of is refused; so is what a cloud in this mood cannot tell.
            if not all(each.code.startswith(("MC06", "MC08")) for each in rejected.diagnostics):
                raise
        self.intact()

    def _meddle(self, hand: tuple[str, int] | None) -> None:
        there = sorted(living(self.store()), key=lambda found: found.id) if hand else []
        if not there or hand is None:
            return
        found = there[hand[1] % len(there)]
        if hand[0] == "vanish":
            vanish(self.store(), found.id)
        elif found.kind == "document":
            alter(self.store(), found.id, {"content": "theirs"})
        elif found.kind == "security_group":
            alter(self.store(), found.id, {"inbound": []})
        else:
            alter(self.store(), found.id, {}, {"theirs": "yes"})

    def settle(self, *, destroy: bool = False) -> None:
        """Run until it is done: what a cloud refuses by chance, the next run does."""
        for attempt in range(RETRIES):
            try:
                outcome = self.run(Act(0, "destroy" if destroy else "apply"))
            except Rejected:
                # A cloud in this mood may refuse a plan its reads.
                if attempt == RETRIES - 1 or not self.case.faults:
                    raise
                continue
            assert outcome is not None
            if outcome.ok:
                return
        raise AssertionError([(step.id, finding.code, finding.message) for step, finding in outcome.failed])

    def store(self) -> Any:
        """The cloud from behind its counter."""
        project = self.project()
        return project.sessions(project.workspace.read().state).get("cloud").session.cloud.store

    def intact(self) -> None:
        """The state can be read, no object is in it twice, no operation made two, and what is unknown belongs to one left open."""
        state = api.read_state(self.project()).state
        ids = [record.id for record in state.natives.values() if record.id]
        assert len(ids) == len(set(ids)), f"known twice: {Counter(ids).most_common(1)}"
        makers = {entry.object_id: entry.op for entry in self.store().ledger() if entry.verb == "create" and entry.object_id}
        strangers = {found.id: makers[found.id] for found in living(self.store()) if found.id not in ids}
        lost = {id: op for id, op in strangers.items() if op not in state.open}
        assert not lost, f"in the cloud, and nobody knows it: {lost}"
        self._once()

    def _once(self) -> None:
        ledger = self.store().ledger()
        # What somebody else took away while its operation was open may be made again by the same operation.
        taken = {entry.object_id for entry in ledger if entry.verb == "vanish"}
        served = [entry for entry in ledger if entry.outcome in ("ok", "lost_reply:ok") and entry.object_id not in taken]
        made = Counter(entry.op for entry in served if entry.verb == "create" and entry.op)
        twice = [op for op, count in made.items() if count > 1]
        assert not twice, f"made twice: {twice}"

    def check(self) -> None:
        """Everything there is known, once; everything known is there; no operation created twice; nothing is left open."""
        state = api.read_state(self.project()).state
        assert not state.open, f"left open: {sorted(state.open)}"
        ids = sorted(record.id for record in state.natives.values())
        there = sorted(found.id for found in living(self.store()))
        assert ids == there, f"in the state only: {set(ids) - set(there)}, in the cloud only: {set(there) - set(ids)}"
        self._once()


def _killer(kills: tuple[tuple[str, int], ...]) -> Any:
    """A probe that kills at the n-th pass of a point."""
    passed: Counter[str] = Counter()

    def probe(point: str, step: str) -> None:
        passed[point] += 1
        if kills and point == kills[0][0] and passed[point] == kills[0][1]:
            raise Killed

    return probe if kills else None


def live(case: Case) -> None:
    """Live it through: after the acts one run must do all that is wanted, the plan after it is empty, and destroy leaves nothing.
    Raises AssertionError."""
    with tempfile.TemporaryDirectory(prefix="mcflow-life", dir=MEMORY) as folder:
        life = Life(case, Path(folder))
        for act in case.acts:
            life.write(case.versions[act.version % len(case.versions)])
            life.act(act)
        life.settle()
        life.check()
        after = api.plan(life.project(), PlanOptions())
        assert after.empty, {change.address: (change.actions, change.reason) for change in after.resource_changes}
        assert not after.steps, [step.id for step in after.steps]
        life.settle(destroy=True)
        life.check()
        assert not living(life.store())
        life.store().reset()
