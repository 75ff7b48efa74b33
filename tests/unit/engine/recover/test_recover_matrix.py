"""Every identity class × every kind of change × killed at every crash point, and once more during recovery × clouds that lag, lose replies
and requests, throttle, forget tokens, copy tags, hold what is somebody else's. The cloud's own ledger is the judge.

MCFLOW_MATRIX=all tries every case (about an hour of one core); without it a fixed sample of one in a hundred.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import pytest
from tests.unit.engine.recover.crashes import LAG, LIFETIME, Life, points
from tests.unit.engine.toy_driver import Thing, Toy, ToySession

from mcflow.drivers.sdk import Ambiguous, Throttled
from mcflow.drivers.sdk.native import MARK_OP
from mcflow.engine.apply.machine import Machine
from mcflow.engine.recover import sweep
from mcflow.state.records import Intent

ALL = os.environ.get("MCFLOW_MATRIX") == "all"
SHARE = 1 if ALL else 97
CLASSES = ["toy.tagged", "toy.token", "toy.brief", "toy.named", "toy.natural", "toy.part", "toy.blank", "toy.job"]
PARENTS = "  p1: {type: toy.tagged, properties: {name: p1}}\n  p2: {type: toy.tagged, properties: {name: p2}}\n"


def block(kind: str, name: str = "x", *, parent: str = "p1", size: int = 1, peers: str = "", called: str = "") -> str:
    soft = f", peers: ['{{{{ resources.{peers}.id }}}}']" if peers else ""
    text = f"name: {called or name}, parent: '{{{{ resources.{parent}.id }}}}', size: {size}, power: running{soft}"
    return f"  {name}: {{type: {kind}, properties: {{{text}}}}}\n"


@dataclass(frozen=True)
class Change:
    """From one blueprint to the next; ``destroy``: the whole of it goes."""

    before: str
    after: str
    destroy: bool = False


def changes(kind: str) -> dict[str, Change]:
    """What can happen to an object, by name."""
    looped = block(kind, "x", peers="y") + block("toy.tagged", "y", parent="p2", peers="x")
    keeper = block("toy.tagged", "keeper", parent="p2", peers="x")
    return {
        "create": Change(PARENTS, PARENTS + block(kind)),
        "finish": Change(PARENTS, PARENTS + looped),
        "update": Change(PARENTS + block(kind), PARENTS + block(kind, size=2)),
        "delete": Change(PARENTS + block(kind), PARENTS),
        "release": Change(PARENTS + looped, PARENTS + block("toy.tagged", "y", parent="p2")),
        "destroy": Change(PARENTS + looped, "", destroy=True),
        "replace": Change(PARENTS + block(kind), PARENTS + block(kind, parent="p2", called="x2")),
        "replace, create first": Change(PARENTS + block(kind) + keeper, PARENTS + block(kind, parent="p2", called="x2") + keeper),
    }


@dataclass(frozen=True)
class Weather:
    """How the cloud behaves. ``before`` the killed run, ``between`` it and recovery; ``between`` gives the ids that are not ours."""

    before: Callable[[Life], None] = lambda life: None
    between: Callable[[Life, str], frozenset[str]] = lambda life, kind: frozenset()


def lagging(life: Life) -> None:
    life.cloud.lag = LAG


def lossy(after: bool) -> Callable[[Life], None]:
    def before(life: Life) -> None:
        for handler in ("create", "update", "delete"):
            life.cloud.fault(handler, Ambiguous("connection reset"), after=after)

    return before


def lossy_and_lagging(life: Life) -> None:
    lagging(life)
    lossy(after=True)(life)


def throttled(life: Life, kind: str) -> frozenset[str]:
    life.cloud.fault("find", Throttled("slow down"), times=3)
    life.cloud.fault("observe", Throttled("slow down"), times=3)
    return frozenset()


def late(seconds: float) -> Callable[[Life, str], frozenset[str]]:
    def between(life: Life, kind: str) -> frozenset[str]:
        life.still_on_its_way(seconds)
        return frozenset()

    return between


def open_creates(life: Life, kind: str) -> list[Intent]:
    """Creates of that type that nobody has ended yet."""
    return [opened.intent for opened in life.room.state().open.values()
            if opened.intent.action == "create" and opened.intent.type == kind]


def made_by(life: Life, intent: Intent) -> Thing | None:
    things = (thing for thing in life.alive().values() if thing.token == intent.token)
    return next(things, None)


def copied(seconds: float) -> Callable[[Life, str], frozenset[str]]:
    """Somebody makes an object from ours, and the cloud copies the tags."""

    def between(life: Life, kind: str) -> frozenset[str]:
        added = set()
        for intent in open_creates(life, kind):
            thing = made_by(life, intent)
            if thing is not None and thing.tags.get(MARK_OP):
                life.clock.pass_by(seconds)
                copy = replace(thing, id=f"{thing.id}-copy", at=life.clock.at, tags=dict(thing.tags), want=dict(thing.want), token="")
                life.cloud.things[copy.id] = copy
                added.add(copy.id)
        return frozenset(added)

    return between


def foreign(life: Life, kind: str) -> frozenset[str]:
    """Somebody else takes the name, or makes something that looks the same, while nobody of us is there."""
    added = set()
    for intent in open_creates(life, kind):
        if made_by(life, intent) is None:
            want = {key: value for key, value in intent.request.items() if key != "tags"}
            thing = Thing(f"foreign-{len(life.cloud.things)}", kind, want, {}, "", life.clock.at, 0.0)
            life.cloud.things[thing.id] = thing
            added.add(thing.id)
    return frozenset(added)


def deleted(life: Life, kind: str) -> frozenset[str]:
    """Somebody deletes what was just made (or is just being changed)."""
    for opened in life.room.state().open.values():
        for thing in life.alive().values():
            if thing.type == kind and (thing.token == opened.intent.token != "" or thing.id == opened.intent.id):
                thing.gone_at = life.clock.at
                # What is made again because somebody deleted it is no duplicate.
                life.cloud.made[opened.intent.op] -= 1
    return frozenset()


def broken(life: Life, kind: str) -> frozenset[str]:
    """What was made turns out to have failed, by itself or by its operation."""
    for intent in open_creates(life, kind):
        thing = made_by(life, intent)
        if thing is not None:
            thing.status = "failed"
    return frozenset()


def refused_later(life: Life, kind: str) -> frozenset[str]:
    """The operation that the cloud gave turns out to have failed: nothing was made."""
    for intent in open_creates(life, kind):
        thing = made_by(life, intent)
        for operation, (id, _) in list(life.cloud.operations.items()):
            if thing is not None and id == thing.id:
                life.cloud.operations[operation] = ("", "no capacity left")
                life.cloud.things.pop(id)
                life.cloud.made[intent.op] -= 1
    return frozenset()


def much_later(life: Life, kind: str) -> frozenset[str]:
    life.clock.pass_by(40_000.0)
    return frozenset()


WEATHERS: dict[str, Weather] = {
    "calm": Weather(),
    "lag": Weather(lagging),
    "reply lost": Weather(lossy(after=True)),
    "request lost": Weather(lossy(after=False)),
    "reply lost and lag": Weather(lossy_and_lagging),
    "throttled looks": Weather(lagging, throttled),
    "request on its way": Weather(lagging, late(LIFETIME * 0.95)),
    "request soon there": Weather(between=late(5.0)),
    "tags copied at once": Weather(between=copied(10.0)),
    "tags copied later": Weather(between=copied(5000.0)),
    "taken by somebody": Weather(between=foreign),
    "deleted by somebody": Weather(lagging, deleted),
    "failed": Weather(between=broken),
    "operation failed": Weather(between=refused_later),
    "days later": Weather(between=much_later),
}


@cache
def prepared(kind: str, change: str) -> tuple[Life, str, int]:
    """A life in which the first blueprint is applied; the second's text; how many crash points the run between them has."""
    wanted = changes(kind)[change]
    life = Life()
    outcome = life.run(f"resources:\n{wanted.before}" if wanted.before else "resources: {}\n")
    assert outcome is not None
    assert outcome.ok, outcome
    life.clock.pass_by(1000.0)
    after = f"resources:\n{wanted.after}" if wanted.after else "resources: {}\n"
    return life, after, points(life, after, destroy=wanted.destroy)


def cases() -> list[tuple[str, str, str]]:
    return [(kind, change, weather) for kind in CLASSES for change in changes(kind) for weather in WEATHERS]


def sampled(*parts: object) -> bool:
    return zlib.crc32("/".join(map(str, parts)).encode()) % SHARE == 0


@pytest.mark.slow
@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("kind", CLASSES)
def test_killed_anywhere_and_again_during_recovery(kind: str, weather: str) -> None:
    wrong: list[str] = []
    for change, wanted in changes(kind).items():
        _, _, count = prepared(kind, change)
        for first in range(1, count + 1):
            for second in range(8):
                if sampled(kind, change, weather, first, second):
                    found = killed_twice(kind, change, wanted.destroy, weather, first, second)
                    wrong += [f"{change} in {weather}, killed at {first} and {second}: {each}" for each in found]
    assert not wrong, "\n".join(wrong[:20])


def killed_twice(kind: str, change: str, destroy: bool, weather: str, first: int, second: int) -> list[str]:
    """What the ledger says in the end; nothing, if it is as it shall be."""
    start, after, _ = prepared(kind, change)
    life = start.copy()
    WEATHERS[weather].before(life)
    life.run(after, first, destroy=destroy)
    not_ours = WEATHERS[weather].between(life, kind)
    if second:
        life.run(after, second, destroy=destroy)
    return settled(life, after, destroy, not_ours)


def settled(life: Life, after: str, destroy: bool, not_ours: frozenset[str]) -> list[str]:
    """Run until nothing is left to do; a person clears away what stands in the way."""
    for _ in range(5):
        outcome = life.run(after, destroy=destroy)
        assert outcome is not None
        if outcome.ok:
            break
        for id in not_ours:
            # A person moves what stands where ours shall be.
            life.cloud.things.pop(id, None)
        life.clock.pass_by(2 * LAG)
    else:
        return [f"{step.id}: {finding.message}" for step, finding in outcome.failed] or [outcome.status]
    life.clock.pass_by(LIFETIME + 2 * LAG)
    if not life.plan(after, destroy=destroy).empty:
        return [f"not empty: {[step.id for step in life.plan(after, destroy=destroy).steps]}"]
    return [*life.judge(not_ours), *(f"not told of {id}" for id in unexplained(life, after, not_ours))]


def unexplained(life: Life, after: str, not_ours: frozenset[str]) -> set[str]:
    """What carries our mark, is not in the state, and a sweep does not tell of."""
    state = life.room.state()
    project = life.project(after)
    told = {finding.args["id"] for finding in sweep(state, project.sessions(state), project.ports)}
    known = {record.id for record in state.natives.values()}
    return {id for id, thing in life.alive().items() if id in not_ours and thing.tags.get(MARK_OP) and id not in known} - told



def every_case(kind: str, change: str, weather: str) -> list[str]:
    wanted = changes(kind)[change]
    _, _, count = prepared(kind, change)
    return [each for first in range(1, count + 1) for each in killed_twice(kind, change, wanted.destroy, weather, first, 0)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "change", "weather"), [
    ("toy.tagged", "create", "lag"), ("toy.tagged", "create", "request on its way"), ("toy.brief", "create", "request on its way"),
    ("toy.tagged", "update", "request soon there")])
def test_an_engine_that_does_not_wait_is_found_out(kind: str, change: str, weather: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert every_case(kind, change, weather) == []
    monkeypatch.setattr(Machine, "window", lambda self, task: 0.0)
    monkeypatch.setattr(ToySession, "request_lifetime", 0.0)
    assert every_case(kind, change, weather) != []


@pytest.mark.slow
def test_an_engine_that_cannot_find_what_it_made_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "find", lambda self, api, want, intent: iter(()))
    assert every_case("toy.tagged", "create", "calm") != []


def chain(kind: str) -> str:
    return "resources:\n" + block(kind, "a", parent="root").replace("{{ resources.root.id }}", "root") + "".join(
        block(kind, name, parent=parent) for name, parent in (("b", "a"), ("c", "b")))


@pytest.mark.slow
@pytest.mark.parametrize("weather", ["calm", "lag", "reply lost", "request lost", "request on its way"])
@pytest.mark.parametrize("kind", ["toy.token", "toy.named", "toy.tagged"])
def test_a_chain_of_three_killed_at_every_step_and_again(kind: str, weather: str) -> None:
    """The model's own scenario (three in a row, every step, a second crash during recovery): 0 orphans, 0 duplicates."""
    text, empty = chain(kind), "resources: {}\n"
    start = Life()
    start.run(empty)
    for first in range(1, points(start, text) + 1):
        for second in range(0, 6, 1 if ALL else 2):
            life = start.copy()
            WEATHERS[weather].before(life)
            life.run(text, first)
            WEATHERS[weather].between(life, kind)
            if second:
                life.run(text, second)
            assert settled(life, text, False, frozenset()) == [], (first, second)
