"""Crashes to order, judged by the cloud's own ledger: whole runs of the engine over the cloud in memory, with a state that survives only as
far as it was durable."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.unit.engine.toy_driver import (
    LAG,
    LIFETIME,
    POLL,
    TYPES,
    Cloud,
    JumpingClock,
    Killed,
    MemoryWriter,
    Thing,
    ToySession,
    toy_driver,
)

from mcflow.drivers.sdk import Driver, DriverError, registry
from mcflow.drivers.sdk import Intent as HandlerIntent
from mcflow.engine import api
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Cancel, Ports
from mcflow.engine.project import Project
from mcflow.engine.sessions import Sessions
from mcflow.model.plan import Plan
from mcflow.model.wire import decode
from mcflow.state.records import Done, Failed, Intent, Record, State
from mcflow.state.workspace import Reading

driver = toy_driver(Cloud())
"""What the blueprint is checked against; runs get one of their own over their own cloud."""


@cache
def load(text: str) -> Project:
    """A blueprint with the toy driver, read once however often it is run."""
    known = registry._entries()
    with TemporaryDirectory() as folder:
        registry._entries.cache_clear()
        registry.BUILTIN["toy"] = registry.Entry(f"{__name__}:driver")
        try:
            path = Path(folder)
            head = "mcflow: 1\nname: t\nconnections:\n  toy: {driver: toy, region: here}\n"
            (path / "mcflow.yaml").write_text(head + text)
            return api.open_project(ProjectOptions(path), Ports())
        finally:
            del registry.BUILTIN["toy"]
            registry._entries.cache_clear()
            assert registry._entries() == known


class Ticking(JumpingClock):
    """Things may be due at a time: they happen when it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.due: list[tuple[float, Callable[[], None]]] = []

    def wait(self, cancel: Cancel, seconds: float) -> bool:
        self.pass_by(seconds)
        return cancel.level > 0

    def pass_by(self, seconds: float) -> None:
        until = self.at + seconds
        while ready := [each for each in self.due if each[0] <= until]:
            first = min(ready, key=lambda each: each[0])
            self.due.remove(first)
            self.at = max(self.at, first[0])
            first[1]()
        self.at = until


class Lasting(MemoryWriter):
    """A leased state; leaving it gives the lease back."""

    findings: tuple[Any, ...] = ()
    sweep = False
    holder = "me"

    def __enter__(self) -> Lasting:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            self.commit()


@dataclass
class Room:
    """Stands in for a workspace: durable records in memory."""

    durable: list[Record] = field(default_factory=list)
    writer: Lasting | None = None

    def state(self) -> State:
        return Lasting(None, self.durable).state

    def read(self) -> Reading:
        return Reading(self.state(), (), None, False)

    def lease(self, owner: object, wait: float = 0, *, lineage: str = "") -> Lasting:
        self.writer = Lasting(None, self.durable)
        return self.writer

    def keep(self) -> None:
        """The process is gone: what was durable is what there is."""
        if self.writer is not None:
            self.durable = self.writer.durable
            self.writer = None


@dataclass(frozen=True)
class ToyProject(Project):
    """A project whose sessions end in one cloud in memory."""

    toy: Driver = field(default_factory=lambda: driver)
    config: Mapping[str, Any] = field(default_factory=dict)

    def sessions(self, state: State) -> Sessions:
        known = super().sessions(state)
        settings = {"request_timeout": LIFETIME, "poll_interval": POLL, "requests_per_second": 0, **self.config}
        connections = {name: replace(each, config={**each.config, **settings}) for name, each in known._connections.items()}
        return Sessions(connections, state.connections, load=lambda name: self.toy)


@dataclass
class Life:
    """A cloud and a state, and runs of blueprints over them, killed at will."""

    cloud: Cloud = field(default_factory=lambda: Cloud(clock=Ticking()))
    room: Room = field(default_factory=Room)
    events: list[Any] = field(default_factory=list)
    seed: int = 0
    plans: list[Plan] = field(default_factory=list)

    def copy(self) -> Life:
        """As it is now, to go on from several times."""
        cloud = Cloud(**{item.name: copy.deepcopy(getattr(self.cloud, item.name)) for item in fields(Cloud)
                         if item.init and item.name not in ("lock", "clock", "faults", "hooks", "calls")}, clock=Ticking())
        cloud.clock.at = self.cloud.clock.at
        return Life(cloud, Room(list(self.room.durable)), seed=self.seed)

    @property
    def clock(self) -> Ticking:
        assert isinstance(self.cloud.clock, Ticking)
        return self.cloud.clock

    def project(self, text: str) -> ToyProject:
        loaded = load(text)
        self.seed += 1
        ports = Ports(clock=self.clock, random=random.Random(self.seed), events=self.events.append)
        return ToyProject(
            loaded.options, ports, loaded.blueprint, self.room, Lasting(None).sealer, toy_driver(self.cloud))  # type: ignore[arg-type]

    def run(self, text: str, kill: int = 0, *, destroy: bool = False, **options: Any) -> Outcome | None:
        """One run; None if it was killed at its ``kill``-th crash point."""
        self.plans = []
        apply_options = ApplyOptions(parallelism=1, probe=countdown(kill), **options)
        try:
            return api.apply(self.project(text), None, PlanOptions(mode="destroy" if destroy else "apply", parallelism=1), apply_options,
                             lambda plan: not self.plans.append(plan))
        except Killed:
            return None
        finally:
            self.room.keep()

    def plan(self, text: str, *, destroy: bool = False) -> Plan:
        return api.plan(self.project(text), PlanOptions(mode="destroy" if destroy else "apply", parallelism=1))

    # The judge.

    def alive(self) -> dict[str, Thing]:
        return {thing.id: thing for kind in TYPES for thing in self.cloud.alive(kind)}

    def judge(self, foreign: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong by the cloud's own ledger: orphans, duplicates, what the state has and the cloud has not."""
        state = self.room.state()
        known = {record.id: address for address, record in state.natives.items()}
        alive = self.alive()
        return [
            *(f"orphan {id}" for id in alive if id not in known and id not in foreign),
            *(f"lost {known[id]} {id}" for id in known if id not in alive),
            *(f"made {count} times: {op}" for op, count in self.cloud.made.items() if count > 1),
            *(f"open: {opened.intent.action} {opened.intent.address}" for opened in state.open.values()),
            *(f"{record.status}: {record.address}" for record in state.natives.values() if record.status != "ready"),
        ]

    # What happens to a request whose process died.

    def still_on_its_way(self, seconds: float) -> Intent | None:
        """The last request that was journalled and has no end takes effect, ``seconds`` from now. None: there is none."""
        ended = {record.op for record in self.room.durable if isinstance(record, Done | Failed)}
        intents = [record for record in self.room.durable if isinstance(record, Intent) and record.op not in ended]
        if not intents or intents[-1].op in self.cloud.made or self._arrived(intents[-1]):
            return None
        self.clock.due.append((self.clock.at + seconds, lambda: self._take_effect(intents[-1])))
        return intents[-1]

    def _arrived(self, intent: Intent) -> bool:
        told = {"update": (intent.id, intent.group), "delete": (intent.id,)}.get(intent.action, ())
        return any(handler == intent.action and about[:len(told)] == told for handler, _, about in self.cloud.calls
                   if handler in ("update", "delete"))

    def _take_effect(self, intent: Intent) -> None:
        kind = toy_driver(self.cloud).natives[intent.type]
        session = ToySession(load_connection(), self.cloud)
        want: Any = decode(intent.request, Lasting(None).sealer.unseal)
        try:
            if intent.action == "create":
                kind.create(session, want, HandlerIntent(intent.op, intent.token, intent.marks, intent.address))
            elif intent.action == "update":
                kind.update(session, intent.id, want, {}, intent.group)
            else:
                kind.delete(session, intent.id, {})
        except DriverError:
            pass


def load_connection() -> Any:
    from mcflow.model.connection import Connection

    return Connection("toy", "toy", "here", {})


def countdown(kill: int) -> Callable[[str, str], None]:
    """Kills at the n-th crash point of a run; 0: never."""
    left = [kill]

    def probe(point: str, step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return probe


def points(life: Life, text: str, **options: Any) -> int:
    """How many crash points the run has that is next in a life."""
    trial = life.copy()
    reached = [0]

    def probe(point: str, step: str) -> None:
        reached[0] += 1

    api.apply(trial.project(text), None, PlanOptions(mode="destroy" if options.get("destroy") else "apply", parallelism=1),
              ApplyOptions(parallelism=1, probe=probe), lambda plan: True)
    return reached[0]


__all__ = ["LAG", "LIFETIME", "POLL", "Life", "points"]
