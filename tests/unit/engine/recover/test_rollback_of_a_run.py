"""--on-failure=rollback: after a failure the state and the cloud are what they were before, as far as that can be; killed anywhere in the
middle, the next run goes on from the journal as ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.engine.recover.crashes import Life
from tests.unit.engine.toy_driver import LAG

from mcflow.drivers.sdk import Ambiguous, InvalidRequest
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.engine.ports import Cancel
from mcflow.model.event import Event
from mcflow.model.record import NativeRecord

PARENTS = "  p1: {type: toy.tagged, properties: {name: p1}}\n  p2: {type: toy.tagged, properties: {name: p2}}\n"
BAD = "  zz: {type: toy.tagged, properties: {name: zz, parent: '{{ resources.x.id }}'}}\n"
KEEPER = "  keeper: {type: toy.tagged, properties: {name: keeper, parent: '{{ resources.p2.id }}', peers: ['{{ resources.x.id }}']}}\n"


def x(kind: str = "toy.tagged", parent: str = "p1", **more: Any) -> str:
    rest = "".join(f", {key}: {value}" for key, value in {"name": "x", "size": 1, "power": "running", **more}.items())
    return f"  x: {{type: {kind}, properties: {{parent: '{{{{ resources.{parent}.id }}}}'{rest}}}}}\n"


def blueprint(*blocks: str) -> str:
    return "resources:\n" + "".join(blocks)


def failing(life: Life) -> None:
    life.cloud.fault("create", InvalidRequest("not like that"), times=99, when=lambda want: want.get("name") == "zz")


def remembered(life: Life) -> dict[str, Any]:
    def told(record: NativeRecord) -> Any:
        return record.id, record.want, record.edges, record.settings, record.name, record.status, record.generation

    state = life.room.state()
    return {"natives": {address: told(record) for address, record in state.natives.items()}, "resources": state.resources,
            "outputs": state.outputs, "open": state.open}


def inventory(life: Life) -> dict[str, Any]:
    return {id: {key: value for key, value in thing.want.items() if value is not None} for id, thing in life.alive().items()}


OUTPUTS = "outputs: {{where: {{value: '{{{{ resources.x.{} }}}}'}}}}\n"
WORD = "variables: {word: {type: string, default: swordfish, sensitive: true}}\n"
CASES = {
    "created": (blueprint(PARENTS), blueprint(PARENTS, x(), BAD)),
    "created with what is set after": (blueprint(PARENTS), blueprint(PARENTS, x(), KEEPER, BAD)),
    "changed": (blueprint(PARENTS, x()), blueprint(PARENTS, x(size=2), BAD)),
    "changed, and more set": (
        blueprint(PARENTS, x()), blueprint(PARENTS, x(size=2, rules="[a, b]", password="'{{ vars.word }}'"), BAD) + WORD),
    "unset": (blueprint(PARENTS, x(rules="[a, b]")), blueprint(PARENTS, x(), BAD)),
    "replaced, create first": (blueprint(PARENTS, x(), KEEPER), blueprint(PARENTS, x(parent="p2"), KEEPER, BAD)),
    "named, replaced": (blueprint(PARENTS, x("toy.named"), KEEPER), blueprint(PARENTS, x("toy.named", "p2", name="x2"), KEEPER, BAD)),
    "outputs": (blueprint(PARENTS, x()) + OUTPUTS.format("size"), blueprint(PARENTS, x(size=2), BAD) + OUTPUTS.format("size")),
}


@pytest.mark.parametrize("case", CASES)
def test_state_and_cloud_are_as_before(case: str) -> None:
    before, after = CASES[case]
    life = Life()
    first = life.run(before)
    assert first is not None
    assert first.ok
    life.clock.pass_by(1000.0)
    failing(life)
    state, cloud = remembered(life), inventory(life)
    outcome = life.run(after, on_failure="rollback")
    assert outcome is not None
    assert outcome.status == "failed"
    assert [step.address for step, _ in outcome.failed] == ["zz"]
    assert outcome.undone
    assert outcome.not_undone == ()
    assert inventory(life) == cloud
    assert remembered(life) == state
    assert not [finding for finding in outcome.diagnostics if finding.code == "MC0848"]
    assert life.plan(before).empty
    assert len([event for event in life.events if event.type == "run_end"]) == 2
    assert [event.data["steps"] for event in life.events if event.type == "rollback_start"]


def test_what_was_deleted_is_made_anew_and_that_is_said_before_and_after() -> None:
    before, after = blueprint(PARENTS, x()), blueprint(PARENTS, x(parent="p2"), BAD)
    life = Life()
    life.run(before)
    failing(life)
    outcome = life.run(after, on_failure="rollback")
    assert outcome is not None
    assert outcome.status == "partial"
    plan, = life.plans
    warning, = (finding for finding in plan.diagnostics if finding.code == "MC0849")
    assert warning.args["addresses"] == "x"
    told, = (finding for finding in outcome.diagnostics if finding.code == "MC0848")
    assert told.args["what"] == "x"
    made = life.room.state().natives["x"]
    assert life.alive()[made.id].want["parent"] == "tagged-1"
    assert life.judge() == []
    assert life.plan(before).empty


def test_a_refusal_in_the_rollback_is_told() -> None:
    life = Life()
    life.run(blueprint(PARENTS))
    failing(life)
    life.cloud.fault("delete", InvalidRequest("locked"), times=99)
    outcome = life.run(blueprint(PARENTS, x(), BAD), on_failure="rollback")
    assert outcome is not None
    assert outcome.status == "partial"
    assert [step.address for step in outcome.not_undone] == ["x"]
    assert {"MC0811", "MC0848"} <= {finding.code for finding in outcome.diagnostics}
    life.cloud.faults.clear()
    assert life.judge() == [], "what is left is in the state"
    again = life.run(blueprint(PARENTS))
    assert again is not None
    assert again.ok


def test_what_the_failure_left_open_is_settled_first() -> None:
    """The create that failed had lost its answer: whether it made something is found out, and undone too."""
    life = Life()
    life.run(blueprint(PARENTS))
    life.cloud.fault("create", Ambiguous("reset"), after=True, when=lambda want: want.get("name") == "x")
    life.cloud.fault("find", InvalidRequest("no such filter"), when=lambda want: want.get("name") == "x")
    outcome = life.run(blueprint(PARENTS, x()), on_failure="rollback")
    assert outcome is not None
    assert outcome.failed
    assert life.judge() == []
    assert "x" not in life.room.state().natives


def test_without_a_failure_nothing_is_undone() -> None:
    life = Life()
    outcome = life.run(blueprint(PARENTS, x()), on_failure="rollback")
    assert outcome is not None
    assert outcome.ok
    assert outcome.undone == ()


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_killed_anywhere_in_between_nothing_is_lost(case: str) -> None:
    before, after = CASES[case]
    start = Life()
    start.run(before)
    start.clock.pass_by(1000.0)
    for point in range(1, 60):
        life = start.copy()
        failing(life)
        if life.run(after, point, on_failure="rollback") is not None:
            break
        life.cloud.faults.clear()
        life.clock.pass_by(2 * LAG)
        for text in (before, after) if point % 2 else (after, before):
            outcome = life.run(text)
            assert outcome is not None
            if not outcome.ok:
                # Half a replacement holds the name that the way back needs: its first run only makes room.
                assert case == "named, replaced"
                outcome = life.run(text)
                assert outcome is not None
            assert outcome.ok, (point, outcome)
            assert life.judge() == [], point
            assert life.plan(text).empty, point
    else:
        raise AssertionError("it never came to its end")
    assert point > 4


@pytest.mark.parametrize("requests", [1, 2])
@pytest.mark.parametrize("when", ["rollback_start", "apply_start"])
def test_interrupted_in_the_rollback_it_is_told_as_interrupted(when: str, requests: int) -> None:
    """What is left of the way back is not undone; the next run goes on from the state as ever."""
    life = Life()
    life.run(blueprint(PARENTS))
    failing(life)
    cancel = Cancel()

    def interrupt(event: Event) -> None:
        life.events.append(event)
        back = any(each.type == "rollback_start" for each in life.events)
        if back and event.type == when and not cancel.level:
            for _ in range(requests):
                cancel.request()

    many = [x(), x().replace("x:", "y:", 1).replace("name: x", "name: y"), BAD]
    project = life.project(blueprint(PARENTS, *many))
    project = replace(project, ports=replace(project.ports, events=interrupt, cancel=cancel))
    outcome = api.apply(project, None, PlanOptions(), ApplyOptions(on_failure="rollback", parallelism=1), lambda plan: True)
    life.room.keep()
    assert outcome.failed
    assert outcome.status == "interrupted"
    life.cloud.faults.clear()
    life.clock.pass_by(2 * LAG)
    again = life.run(blueprint(PARENTS))
    assert again is not None
    assert again.ok
    assert life.judge() == []
