"""Every shipped recipe on the rehearsal cloud, as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.conformance.mock_cloud import MockCloud
from tests.recipes import tier
from tests.recipes.recipe import BLUEPRINTS, Recipe

from mcflow.conformance.rig import describe

RECIPES = sorted(path.parent.name for path in BLUEPRINTS.glob("*/mcflow.yaml"))


def _inventory(recipe: Recipe) -> Mapping[str, str]:
    """Kind of every living object, read from the cloud's own files."""
    found: dict[str, str] = {}
    for path in (recipe.folder / ".mcflow" / "mock").glob("*.db"):
        found |= MockCloud(path.parent, file=path.name).inventory()
    return found


def test_the_recipes_are_those_the_readme_names() -> None:
    assert {"quickstart", "web-tier", "multi-cloud"} <= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_apply_empty_plan_destroy(name: str, tmp_path: Path) -> None:
    recipe = Recipe(name, tmp_path)
    plan = recipe.apply()
    assert not [each.message for each in plan.diagnostics if each.severity != "note"]
    assert recipe.outputs()
    assert set(recipe.ids().values()) >= set(_inventory(recipe))
    recipe.apply(mode="destroy")
    assert not recipe.state().natives
    assert not _inventory(recipe)


def test_web_tier_takes_every_kind_of_change(tmp_path: Path) -> None:
    recipe = Recipe("web-tier", tmp_path)
    tier.exercise(recipe, lambda: _inventory(recipe))


def test_values_flow_between_two_clouds(tmp_path: Path) -> None:
    recipe = Recipe("multi-cloud", tmp_path)
    before = recipe.plan()
    gate = next(change for change in before.resource_changes if change.address == "office_gate/group")
    assert any(item.unknown for item in gate.attributes), f"the shop's address cannot be known before it exists: {describe(before)}"
    recipe.apply()
    natives = recipe.state().natives
    address = recipe.outputs()["shop"]
    assert re.fullmatch(r"[0-9.]+", address)
    assert natives["office_gate/group"].attributes["inbound"][0]["cidr"] == f"{address}/32"
    assert natives["office/instance"].attributes["tags"]["partner"] == natives["shop/instance"].id
    assert natives["shop/instance"].connection != natives["office/instance"].connection
    recipe.apply(mode="destroy")


def test_quickstart_scales_by_a_variable(tmp_path: Path) -> None:
    recipe = Recipe("quickstart", tmp_path)
    recipe.apply(servers=1)
    assert len(recipe.outputs()["addresses"]) == 1
    recipe.apply(servers=5)
    assert len(set(recipe.outputs()["addresses"])) == 5
