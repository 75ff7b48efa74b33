"""A lost tail of the journal: whatever carries this state's mark is looked for before planning."""

from __future__ import annotations

from pathlib import Path

from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api


def test_a_torn_journal_makes_the_next_plan_look_for_our_marks(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("\nresources:\n  notes: {type: bucket}\n  more: {type: bucket}\n")
    shop.apply()
    lineage = api.read_state(shop.project()).state.lineage
    shop.write("\nresources:\n  notes: {type: bucket}\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n")
    shop.apply()
    project = shop.project()
    session = project.sessions(project.workspace.read().state).get("cloud").session
    stray = session.cloud.create("vpc", {"cidr_block": "10.9.0.0/16"}, tags={"mcflow-state": lineage, "mcflow-op": "lost"})
    journal = max((tmp_path / ".mcflow" / "state" / "shop" / "default" / "journal").iterdir())
    with journal.open("ab") as file:
        file.write(b"0000")
    plan = shop.plan()
    marked = [found for found in plan.diagnostics if found.code == "MC0839"]
    assert [found.args["id"] for found in marked] == [stray.id]
    assert plan.empty
