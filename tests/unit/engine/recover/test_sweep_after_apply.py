"""The sweep after an apply: cloud = state by one list for each type touched; never more than warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.plan.shop import Shop
from tests.unit.engine.recover.crashes import LAG, Life
from tests.unit.engine.toy_driver import Cloud, Thing

from mcflow.drivers.mock.native.kind import MockType
from mcflow.drivers.sdk import AccessDenied, Throttled
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions

ONE = "resources:\n  x: {type: toy.tagged, properties: {name: x}}\n"
TWO = ONE + "  y: {type: toy.token, properties: {name: y}}\n" + (
    "  z: {type: toy.natural, properties: {name: z, parent: '{{ resources.x.id }}'}}\n")


def codes(outcome: Any) -> list[str]:
    return [finding.code for finding in outcome.diagnostics]


def applied(life: Life, text: str, **options: Any) -> Any:
    outcome = life.run(text, **options)
    assert outcome is not None
    assert outcome.ok, outcome
    return outcome


def copy_of(cloud: Cloud, thing: Thing, **changes: Any) -> Thing:
    copy = replace(thing, id=f"{thing.id}-copy", tags=dict(thing.tags), want=dict(thing.want), token="", **changes)
    cloud.things[copy.id] = copy
    return copy


def test_one_list_for_each_marked_type_that_was_touched() -> None:
    life = Life()
    assert codes(applied(life, TWO)) == []
    assert [kind for handler, kind, _ in life.cloud.calls if handler == "marked"] == ["toy.tagged", "toy.token"]
    life.cloud.calls.clear()
    applied(life, TWO)
    assert life.cloud.called("marked") == 0, "nothing was touched"


def test_it_can_be_left_out() -> None:
    life = Life()
    applied(life, TWO, sweep=False)
    assert life.cloud.called("marked") == 0


def test_what_is_not_visible_yet_is_no_finding() -> None:
    life = Life()
    life.cloud.create_seconds = 0.0
    applied(life, ONE)
    life.cloud.lag = LAG
    life.cloud.things["tagged-1"].at = life.clock.at
    assert codes(applied(life, ONE.replace("name: x}", "name: x, size: 3}"))) == []


def test_a_copied_mark_is_told_with_where_it_comes_from() -> None:
    life = Life()
    life.cloud.hooks["create"] = lambda want: copy_of(life.cloud, life.cloud.things["tagged-1"]) if want["name"] == "y" else None
    outcome = applied(life, ONE + "  y: {type: toy.tagged, properties: {name: y, parent: '{{ resources.x.id }}'}}\n")
    finding, = outcome.diagnostics
    assert finding.code == "MC0845"
    assert finding.severity == "warning"
    assert finding.args["id"] == "tagged-1-copy"
    assert finding.args["op"] == life.cloud.things["tagged-1"].tags[MARK_OP]
    assert "x" in finding.args["why"]


def test_an_object_of_ours_that_nothing_explains_is_told() -> None:
    life = Life()
    applied(life, ONE)
    lineage = life.room.state().lineage
    life.cloud.things["lost"] = Thing("lost", "toy.tagged", {"name": "lost"}, {MARK_STATE: lineage, MARK_OP: "f" * 32}, "", 0.0, 0.0)
    life.cloud.things["other"] = Thing("other", "toy.tagged", {"name": "o"}, {MARK_STATE: "another", MARK_OP: "e" * 32}, "", 0.0, 0.0)
    outcome = applied(life, ONE.replace("name: x}", "name: x, size: 3}"))
    finding, = outcome.diagnostics
    assert (finding.code, finding.args["id"], finding.args["op"]) == ("MC0845", "lost", "f" * 32)


def test_what_disappeared_at_once_is_told() -> None:
    life = Life()

    def take(want: Any) -> None:
        if want["name"] == "y":
            life.cloud.things["tagged-1"].gone_at = life.clock.at

    life.cloud.hooks["create"] = take
    outcome = applied(life, ONE + "  y: {type: toy.token, properties: {name: y, parent: '{{ resources.x.id }}'}}\n")
    # It is as old as its type's lag only after that.
    assert codes(outcome) == []
    life = Life()
    life.cloud.hooks["create"] = lambda want: (life.clock.pass_by(2 * LAG), take(want)) if want["name"] == "y" else None
    outcome = applied(life, ONE + "  y: {type: toy.token, properties: {name: y, parent: '{{ resources.x.id }}'}}\n")
    finding, = outcome.diagnostics
    assert (finding.code, finding.args["address"]) == ("MC0846", "x")


def test_a_mark_that_somebody_took_off_is_no_loss() -> None:
    life = Life()

    def strip(want: Any) -> None:
        if want["name"] == "y":
            life.clock.pass_by(2 * LAG)
            life.cloud.things["tagged-1"].tags.clear()

    life.cloud.hooks["create"] = strip
    assert codes(applied(life, ONE + "  y: {type: toy.token, properties: {name: y, parent: '{{ resources.x.id }}'}}\n")) == []


def test_a_list_that_cannot_be_had_is_a_warning() -> None:
    life = Life()
    life.cloud.fault("marked", AccessDenied("not allowed"), times=9)
    outcome = applied(life, ONE)
    finding, = outcome.diagnostics
    assert (finding.code, finding.severity) == ("MC0847", "warning")
    life = Life()
    life.cloud.fault("marked", Throttled("slow down"), times=2)
    assert codes(applied(life, ONE)) == []


@pytest.mark.slow
def test_a_thousand_natives_cost_a_handful_of_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(tmp_path)
    blocks = "".join(f"  b{number}: {{type: bucket}}\n  d{number}: {{type: mock.document, properties: {{content: '{number}'}}}}\n"
                     for number in range(500))
    shop.write(f"\nresources:\n{blocks}")
    asked: Counter[str] = Counter()
    original = MockType.marked

    def counted(self: MockType, session: Any, state: str) -> Any:
        asked[self.name] += 1
        return original(self, session, state)

    monkeypatch.setattr(MockType, "marked", counted)
    outcome = api.apply(shop.project(), None, PlanOptions(), ApplyOptions(), lambda plan: True)
    assert outcome.ok
    assert len(outcome.done) == 1000
    assert outcome.diagnostics == ()
    assert sum(asked.values()) == len(asked) <= 2
