"""Lives of random environments: what is wanted changes, clouds fail, runs are killed, and nothing is lost, doubled or left behind.

MCFLOW_LIVES sets how many are tried; without it, few enough for every run of the tests.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcflow.drivers.mock.cloud.backdoor import living
from mcflow.engine import api
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Cancel, Clock, Ports
from mcflow.model.plan import Plan

LIVES = int(os.environ.get("MCFLOW_LIVES", "100"))
FAULTS = ["", "{lost_reply: 0.2}", "{lost_request: 0.15, throttle: 0.1}", "{error: 0.2, lost_reply: 0.1}"]
KINDS = ["document", "document", "document", "note", "bucket", "disk", "vpc", "vpc", "subnet", "group", "group"]
POINTS = ["before intent", "intent durable", "call returned", "identified durable", "done durable"]
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Many small states are written: where there is a file system in memory, there."""
RETRIES = 6
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
class Thing:
    """One resource of a blueprint: what differs between two versions of it are plain small numbers."""

    kind: str
    content: int
    fixed: int
    uses: tuple[int, ...]
    relates: tuple[int, ...]
    first: bool


@dataclass(frozen=True)
class Act:
    """One run: over the n-th version of the blueprint, killed where and when."""

    version: int
    destroy: bool
    kills: tuple[tuple[str, int], ...]


@dataclass
class Life:
    """An environment on a cloud of its own."""

    faults: str
    seed: int
    folder: Path
    account: str = field(default_factory=lambda: f"life-{os.getpid()}-{next(_number)}")
    clock: Clock = field(default_factory=Leaping)

    def write(self, things: list[Thing]) -> None:
        quick = "poll_interval: 0.002, request_timeout: 0.01"
        faults = f", faults: {self.faults[:-1]}, seed: {self.seed}}}" if self.faults else ""
        cloud = f"driver: mock, path: ':memory:{self.account}', account: {self.account}, {quick}{faults}"
        head = f"mcflow: 1\nname: life\nconnections:\n  cloud: {{{cloud}}}\n"
        blocks = "".join(f"  {block_name(index)}: {block(index, thing, things)}\n" for index, thing in enumerate(things))
        (self.folder / "mcflow.yaml").write_text(f"{head}resources:\n{blocks}" if blocks else head + "resources: {}\n")

    def project(self) -> Any:
        return api.open_project(ProjectOptions(self.folder), Ports(user_config=self.folder / "user", clock=self.clock))

    def run(self, act: Act | None = None, *, destroy: bool = False) -> Outcome | None:
        """One run; None if it was killed."""
        probe = killer(act.kills) if act else None
        mode: Any = "destroy" if destroy or (act and act.destroy) else "apply"
        shown: list[Plan] = []
        try:
            outcome = api.apply(self.project(), None, PlanOptions(mode=mode), ApplyOptions(probe=probe),
                                lambda plan: not shown.append(plan))
        except Killed:
            return None
        planned = {step.id for plan in shown for step in plan.steps}
        assert {step.id for step in outcome.done} <= planned
        return outcome

    def settle(self, *, destroy: bool = False) -> None:
        """Run until it is done: what a cloud refuses by chance, the next run does."""
        for _ in range(RETRIES):
            outcome = self.run(destroy=destroy)
            assert outcome is not None
            if outcome.ok:
                return
        raise AssertionError([(step.id, finding.code, finding.message) for step, finding in outcome.failed])

    def store(self) -> Any:
        project = self.project()
        return project.sessions(project.workspace.read().state).get("cloud").session.cloud.store

    def check(self) -> None:
        """Everything there is known, once; everything known is there; no operation created twice."""
        state = api.read_state(self.project()).state
        ids = [record.id for record in state.natives.values()]
        store = self.store()
        assert not state.open
        assert sorted(ids) == sorted(found.id for found in living(store))
        served = [entry for entry in store.ledger() if entry.outcome in ("ok", "lost_reply:ok")]
        made = Counter(entry.op for entry in served if entry.verb == "create" and entry.op)
        assert [op for op, count in made.items() if count > 1] == []


def killer(kills: tuple[tuple[str, int], ...]) -> Any:
    """A probe that kills at the n-th pass of a point; the first kill of a run counts, the others are for the runs after it."""
    passed: Counter[str] = Counter()

    def probe(point: str, step: str) -> None:
        passed[point] += 1
        if kills and point == kills[0][0] and passed[point] == kills[0][1]:
            raise Killed

    return probe


def block_name(index: int) -> str:
    return f"r{index}"


def block(index: int, thing: Thing, things: list[Thing]) -> str:
    """The resource as YAML in one line."""
    def of(kinds: tuple[str, ...], picks: tuple[int, ...], *, all_of_them: bool = False) -> list[str]:
        reach = range(len(things) if all_of_them else index)
        pool = [number for number in reach if things[number].kind in kinds and number != index]
        return [block_name(pool[pick % len(pool)]) for pick in dict.fromkeys(picks)] if pool else []

    life = ", lifecycle: {create_before_destroy: true}" if thing.first and thing.kind == "document" else ""
    if thing.kind == "document":
        sources = sorted({f'"{{{{ resources.{name}.id }}}}"' for name in of(("document",), thing.uses)})
        related = sorted({f'"{{{{ resources.{name}.id }}}}"' for name in of(("document",), thing.relates, all_of_them=True)})
        texts = of(("document",), thing.uses[:1])
        title = f'"t{{{{ resources.{texts[0]}.digest | length }}}} {thing.fixed}"' if texts and thing.first else f"t{thing.fixed}"
        return (f"{{type: mock.document, properties: {{title: {title}, content: c{thing.content}, source_ids: [{', '.join(sources)}], "
                f"related_ids: [{', '.join(related)}]}}{life}}}")
    if thing.kind == "note":
        return f"{{type: mock.note, properties: {{text: n{index}-{thing.content}}}}}"
    if thing.kind == "bucket":
        return f"{{type: bucket, properties: {{versioning: {str(bool(thing.content % 2)).lower()}, tags: {{v: v{thing.fixed}}}}}}}"
    if thing.kind == "disk":
        return f"{{type: disk, properties: {{size_gib: {10 + thing.content}, type: {'ssd' if thing.fixed else 'standard'}}}}}"
    if thing.kind == "vpc":
        return f"{{type: vpc, properties: {{cidr: 10.{thing.fixed}.0.0/16, internet: {str(bool(thing.content % 2)).lower()}}}}}"
    net = next((number for number, other in enumerate(things) if other.kind == "vpc"), None)
    if net is None:
        return f"{{type: mock.note, properties: {{text: without a vpc {index}}}}}"
    vpc = f'vpc: "{{{{ resources.{block_name(net)} }}}}"'
    if thing.kind == "subnet":
        public = str(bool(things[net].content % 2 and thing.content % 2)).lower()
        return f"{{type: subnet, properties: {{{vpc}, cidr: 10.{things[net].fixed}.{index * 2 + thing.fixed}.0/24, public: {public}}}}}"
    sources = [f'security_group: "{{{{ resources.{name} }}}}"' for name in of(("group",), thing.relates, all_of_them=True)]
    inbound = ", ".join(f"{{protocol: tcp, ports: [{80 + thing.content}], {source}}}" for source in sorted(set(sources)))
    first = ", lifecycle: {create_before_destroy: true}" if thing.first else ""
    return f"{{type: security_group, properties: {{{vpc}, description: d{thing.fixed}, inbound: [{inbound}]}}{first}}}"


picks = st.lists(st.integers(0, 4), max_size=2).map(tuple)
things = st.builds(
    Thing, kind=st.sampled_from(KINDS), content=st.integers(0, 2),
    fixed=st.integers(0, 1), uses=picks, relates=picks, first=st.booleans(),
)
kills = st.lists(st.tuples(st.sampled_from(POINTS), st.integers(1, 6)), max_size=2).map(tuple)


@given(
    versions=st.lists(st.lists(things, max_size=6), min_size=1, max_size=3),
    acts=st.lists(st.builds(Act, version=st.integers(0, 2), destroy=st.booleans(), kills=kills), min_size=1, max_size=4),
    faults=st.sampled_from(FAULTS), seed=st.integers(0, 1000),
)
@settings(max_examples=LIVES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_doubled_or_left_behind(versions: list[list[Thing]], acts: list[Act], faults: str, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mcflow-life", dir=MEMORY) as folder:
        life = Life(faults, seed, Path(folder))
        for act in acts:
            life.write(versions[act.version % len(versions)])
            life.run(act)
            for again in act.kills[1:]:
                life.run(Act(act.version, act.destroy, (again,)))
        life.settle()
        life.check()
        after = api.plan(life.project(), PlanOptions())
        assert after.empty, {change.address: (change.actions, change.reason) for change in after.resource_changes}
        assert not after.steps
        life.settle(destroy=True)
        life.check()
        assert not living(life.store())
        life.store().reset()
