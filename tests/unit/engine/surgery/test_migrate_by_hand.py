"""The state follows the blueprint to another place, name or environment."""

from __future__ import annotations

from typing import Any

import pytest

from mcflow.engine import api
from mcflow.engine.api import Origin
from mcflow.engine.options import ApplyOptions
from mcflow.model.diagnostic import Rejected

WRITE = ApplyOptions()


def move(place: Any, **origin: str) -> Any:
    return api.migrate_state(place.project(), Origin(**origin), WRITE, lambda migration: True)


def text(place: Any) -> str:
    return str((place.folder / "mcflow.yaml").read_text().partition("resources:\n")[2])


def test_the_state_block_changed(applied: Any) -> None:
    before, blocks = applied.state, text(applied)
    old = applied.folder / "before.yaml"
    old.write_text((applied.folder / "mcflow.yaml").read_text())
    applied.head = "state: {path: elsewhere}\n"
    applied.write(blocks)
    done = move(applied, state=str(old))
    assert done.serial == before.serial
    assert applied.state.natives == before.natives
    assert applied.plan().empty
    assert move(applied, state=str(old)).resumed
    applied.head = ""
    applied.write(blocks)
    with pytest.raises(Rejected, match="MC0780"):
        applied.plan()


def test_the_old_block_itself_is_enough(applied: Any) -> None:
    blocks = text(applied)
    applied.head = "state: {path: elsewhere}\n"
    applied.write(blocks)
    assert move(applied, state="{}").serial
    applied.head = "state: {path: further}\n"
    applied.write(blocks)
    assert move(applied, state="state: {path: elsewhere}").serial
    assert applied.plan().empty
    for wrong in ("[", "42", "{path: nowhere}"):
        with pytest.raises(Rejected, match="MC0787"):
            move(applied, state=wrong)


def test_the_name_changed(applied: Any) -> None:
    blocks = text(applied)
    applied.name = "store"
    applied.write(blocks)
    warned = [finding for finding in applied.plan().diagnostics if finding.code == "MC0788"]
    assert [finding.args["other"] for finding in warned] == ["shop"]
    move(applied, name="shop")
    plan = applied.plan()
    assert plan.empty
    assert "MC0788" not in {finding.code for finding in plan.diagnostics}
    assert api.audit(applied.project())[0]["mode"] == "migrate"


def test_another_blueprint_beside_is_no_renamed_one(applied: Any) -> None:
    blocks = text(applied)
    (applied.folder / "shop.yaml").write_text((applied.folder / "mcflow.yaml").read_text())
    applied.name = "store"
    applied.write(blocks)
    assert "MC0788" not in {finding.code for finding in applied.plan().diagnostics}


def test_into_another_environment(applied: Any) -> None:
    applied.environment = "production"
    move(applied, environment="default")
    assert applied.plan().empty
    with pytest.raises(Rejected, match="MC0787"):
        move(applied, environment="stagin")
    with pytest.raises(Rejected, match="MC0782"):
        move(applied, environment="production")


def test_declined_nothing_moves(applied: Any) -> None:
    applied.environment = "production"
    assert api.migrate_state(applied.project(), Origin(environment="default"), WRITE, lambda migration: False) is None
    applied.environment = "default"
    assert applied.plan().empty
