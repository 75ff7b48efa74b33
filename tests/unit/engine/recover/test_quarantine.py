"""What looking does not decide is put before a person with the exact commands; planning goes on; once one was run, the next apply
converges."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.engine.recover.crashes import Life, points

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, Import
from mcflow.model.plan import Recovery
from mcflow.model.wire import decode
from mcflow.state.records import Intent

PARENT = "resources:\n  p: {type: toy.tagged, properties: {name: p}}\n"
OTHER = "  other: {type: toy.tagged, properties: {name: other}}\n"


def block(kind: str) -> str:
    return f"  x: {{type: {kind}, properties: {{name: x, parent: '{{{{ resources.p.id }}}}', size: 1}}}}\n"


def undecided(kind: str) -> tuple[Life, str]:
    """A create was killed behind its call, and more than one object may be its result."""
    text = PARENT + block(kind)
    life = Life()
    life.run(PARENT)
    life.clock.pass_by(100.0)
    intent = next(point for point in range(1, points(life, text) + 1) if _made(life.copy(), text, point))
    life.run(text, intent)
    made = next(thing for thing in life.alive().values() if "parent" in thing.want)
    want = dict(made.want) if kind == "toy.blank" else {**made.want, "size": 7}
    life.cloud.things["second"] = replace(made, id="second", want=want, tags=dict(made.tags), token="")
    if kind != "toy.blank":
        made.want["size"] = 8
    life.clock.pass_by(100.0)
    return life, text


def _made(life: Life, text: str, point: int) -> bool:
    before = len(life.alive())
    life.run(text, point)
    return len(life.alive()) > before


def quarantined(life: Life, text: str) -> Recovery:
    entry, = life.plan(text).recovered
    assert entry.outcome == "quarantined"
    return entry


def obey(life: Life, text: str, command: str) -> None:
    """What the command does, through the same doors."""
    words = shlex.split(command)
    project = life.project(text)
    try:
        if words[1] == "import":
            outcome = api.adopt(project, [Import(words[2], {"": words[3]})], ApplyOptions(parallelism=1), lambda plan: True)
            assert outcome.ok, outcome
        else:
            assert words[:3] == ["mcflow", "forget", "--force"]
            assert api.forget(project, words[3:], ApplyOptions(), lambda proposal: True, force=True).done
    finally:
        life.room.keep()


@pytest.mark.parametrize("kind", ["toy.blank", "toy.tagged"])
def test_planning_and_applying_go_on_around_it(kind: str) -> None:
    life, text = undecided(kind)
    entry = quarantined(life, text)
    ids = sorted(thing.id for thing in life.alive().values() if thing.type == kind and thing.id != "p" and "parent" in thing.want)
    assert entry.commands == (*(f"mcflow import x {id}" for id in ids), "mcflow forget --force x")
    plan = life.plan(text + OTHER)
    finding, = (each for each in plan.diagnostics if each.code == "MC0644")
    assert all(f"`{command}`" in finding.message + finding.help for command in entry.commands)
    outcome = life.run(text + OTHER)
    assert outcome is not None
    assert [step.address for step in outcome.done if step.verb == "create"] == ["other"]
    assert all(f"`{command}`" in "".join(each.message + each.help for each in outcome.diagnostics) for command in entry.commands) or any(
        each.commands == entry.commands for plan in life.plans for each in plan.recovered)
    assert quarantined(life, text + OTHER).commands == entry.commands
    told = [event for event in life.events if event.type == "recovery"]
    assert told[-1].data["commands"] == list(entry.commands)


@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("kind", ["toy.blank", "toy.tagged"])
def test_importing_one_of_them_settles_it(kind: str, choice: int) -> None:
    life, text = undecided(kind)
    command = quarantined(life, text).commands[choice]
    obey(life, text, command)
    kept = shlex.split(command)[3]
    assert life.room.state().natives["x"].id == kept
    for thing in list(life.alive().values()):
        if thing.type == kind and thing.id not in (kept, life.room.state().natives["p"].id):
            life.cloud.things.pop(thing.id)
    converged(life, text)
    assert life.room.state().natives["x"].id == kept


@pytest.mark.parametrize("kind", ["toy.blank", "toy.tagged"])
def test_forgetting_says_that_none_is_meant(kind: str) -> None:
    life, text = undecided(kind)
    doomed = [each.split()[-1] for each in quarantined(life, text).commands[:-1]]
    obey(life, text, quarantined(life, text).commands[-1])
    assert not life.room.state().open
    for id in doomed:
        life.cloud.things.pop(id)
    life.cloud.made.clear()
    converged(life, text)


def test_forgetting_a_replacement_puts_the_old_half_back() -> None:
    """Created first, undecided: what it was to replace is at its address again."""
    keeper = "  k: {type: toy.tagged, properties: {name: k, peers: ['{{ resources.x.id }}']}}\n"
    before = PARENT + block("toy.blank") + keeper
    after = PARENT + block("toy.blank").replace("name: x", "name: x2") + keeper
    life = Life()
    life.run(before)
    old = life.room.state().natives["x"]
    life.clock.pass_by(100.0)
    count = len(life.alive())
    for point in range(1, points(life, after) + 1):
        trial = life.copy()
        trial.run(after, point)
        if len(trial.alive()) > count:
            break
    life = trial
    made = next(thing for thing in life.alive().values() if thing.want["name"] == "x2")
    life.cloud.things["second"] = replace(made, id="second", want=dict(made.want))
    obey(life, after, quarantined(life, after).commands[-1])
    assert life.room.state().natives["x"].id == old.id
    for id in (made.id, "second"):
        life.cloud.things.pop(id)
    life.cloud.made.clear()
    assert life.plan(before).empty
    converged(life, after)


def test_an_update_in_another_account_can_only_be_forgotten_or_wait() -> None:
    life = Life()
    life.run(PARENT)
    changed = PARENT.replace("name: p}", "name: p, size: 3}")
    life.run(changed, 2)
    opened = next(iter(life.room.state().open.values())).intent
    assert isinstance(opened, Intent)
    durable = [replace_identity(record) for record in life.room.durable]
    life.room.durable = durable
    entry = quarantined(life, changed)
    assert entry.commands == ("mcflow forget --force p",)


def replace_identity(record: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(record, identity="toy/9/there") if isinstance(record, Intent) and record.action == "update" else record


def converged(life: Life, text: str) -> None:
    for _ in range(2):
        outcome = life.run(text)
        assert outcome is not None
        assert outcome.ok, outcome
    assert life.judge() == []
    assert life.plan(text).empty
    wanted = decode(life.room.state().natives["x"].want, lambda sealed: sealed)
    thing = life.alive()[life.room.state().natives["x"].id]
    assert isinstance(wanted, dict)
    assert thing.want["size"] == wanted["size"] == 1
