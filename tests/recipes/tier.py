"""What every cloud must do with the web tier: each kind of change, and what it may touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.recipes.recipe import Recipe

from mcflow.model.plan import Plan


def exercise(recipe: Recipe, inventory: Callable[[], Mapping[str, str]]) -> None:
    """Apply, one of each kind of change, destroy; the inventory ends as it began."""
    before = dict(inventory())
    plan = recipe.apply()
    assert all(change.actions == ("create",) for change in plan.resource_changes)
    assert set(inventory()) - set(before), "nothing was made"
    _a_tag_changes_in_place(recipe)
    _a_rule_changes_in_place(recipe)
    _a_disk_grows_in_place(recipe)
    _a_machine_is_stopped_to_change_its_spec(recipe)
    _a_new_image_replaces_machines_and_nothing_else(recipe)
    _one_machine_more_and_one_less(recipe)
    recipe.apply(mode="destroy")
    assert not recipe.state().natives
    assert dict(inventory()) == before


def _updates(plan: Plan) -> dict[str, set[str]]:
    return {
        change.address: {item.path.partition(".")[0].partition("[")[0] for item in change.attributes}
        for change in plan.resource_changes if change.actions == ("update",)
    }


def _only_updates(plan: Plan) -> bool:
    return all(change.actions in (("update",), ("no-op",)) for change in plan.resource_changes)


def _a_tag_changes_in_place(recipe: Recipe) -> None:
    old = recipe.ids()
    plan = recipe.apply(team="shop")
    assert _only_updates(plan)
    assert len(_updates(plan)) > 5
    assert recipe.ids() == old


def _a_rule_changes_in_place(recipe: Recipe) -> None:
    old = recipe.ids()
    plan = recipe.apply(admins="203.0.113.0/24")
    assert _only_updates(plan)
    assert {address.partition("/")[0] for address in _updates(plan)} == {"web"}
    assert recipe.ids() == old


def _a_disk_grows_in_place(recipe: Recipe) -> None:
    old = recipe.ids()
    plan = recipe.apply(data_gib=40)
    assert _only_updates(plan)
    assert {address.partition("[")[0] for address in _updates(plan)} == {"data"}
    assert recipe.ids() == old


def _a_machine_is_stopped_to_change_its_spec(recipe: Recipe) -> None:
    old = recipe.ids()
    plan = recipe.apply(vcpus=4, memory_gib=16)
    assert _only_updates(plan)
    assert {address.partition("[")[0] for address in _updates(plan)} == {"server"}
    purposes = {step.purpose for step in plan.steps if step.address.startswith("server[")}
    assert {"prepare", "restore"} <= purposes, "stop and start were not inserted"
    assert recipe.ids() == old


def _a_new_image_replaces_machines_and_nothing_else(recipe: Recipe) -> None:
    old = recipe.ids()
    entry = recipe.outputs()["entry"]
    recipe.apply(ubuntu="22.04")
    new = recipe.ids()
    replaced = {address.partition("[")[0].partition("/")[0] for address in old if old[address] != new.get(address)}
    assert "server" in replaced
    kept = {address for address in old if address.split("/")[-1] in ("volume", "address", "vpc", "subnet", "group", "key")}
    assert {address: old[address] for address in kept} == {address: new[address] for address in kept}
    assert recipe.outputs()["entry"] == entry


def _one_machine_more_and_one_less(recipe: Recipe) -> None:
    two = recipe.ids()
    recipe.apply(servers=3)
    three = recipe.ids()
    assert {address: three[address] for address in two} == two
    assert any(address.startswith('server["2"]') for address in three)
    recipe.apply(servers=1)
    one = recipe.ids()
    assert {address for address in one if address.startswith(("server", "data"))} < set(two)
    assert all(one[address] == two[address] for address in one)
