"""The life of one type: created, left alone, changed in place, replaced, deleted or altered by somebody else, destroyed."""

from __future__ import annotations

from mcflow.conformance.rig import Rig, describe, expect
from mcflow.conformance.subject import Case, Change, Drifted
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE


def create_and_destroy(rig: Rig, case: Case) -> None:
    """Create; a plan is empty; the marks are there; destroy leaves nothing."""
    before = dict(rig.cloud.inventory())
    rig.write(case.resources)
    rig.apply()
    rig.expect_empty_plan("after create")
    made = rig.cloud.inventory().keys() - before.keys()
    known = {record.id for record in rig.state().natives.values()}
    expect(made <= known, f"in the cloud and not in the state: {sorted(made - known)}")
    rig.destroy()
    expect(not rig.state().natives, f"the state still has {sorted(rig.state().natives)}")
    expect(dict(rig.cloud.inventory()) == before, f"destroy left {sorted(rig.cloud.inventory().items() - before.items())}")


def update(rig: Rig, case: Case, change: Change) -> None:
    """A change in place keeps every id, and is all there is to do."""
    rig.write(case.resources)
    rig.apply()
    old = rig.ids(case.target)
    rig.change(case.target, change)
    plan = rig.plan()
    actions = {change.address: change.actions for change in plan.resource_changes if change.actions != ("no-op",)}
    expect(bool(actions), f"{change.name}: the plan sees no change")
    replaced = [address for address, verbs in actions.items() if {"create", "delete"} <= set(verbs)]
    expect(not replaced, f"{change.name} should be made in place: {describe(plan)}")
    rig.apply()
    new = rig.ids(case.target)
    moved = [address for address in old if new.get(address, old[address]) != old[address]]
    expect(not moved, f"{change.name} gave {moved} a new id")
    rig.expect_empty_plan(f"after {change.name}")
    rig.destroy()


def replace(rig: Rig, case: Case, change: Change) -> None:
    """A create-only change makes a new object and the old one goes."""
    rig.write(case.resources)
    rig.apply()
    address = f"{case.target}/{change.native}" if change.native else case.target
    old = rig.ids(case.target)[address]
    rig.change(case.target, change)
    plan = rig.plan()
    actions = next((each.actions for each in plan.resource_changes if each.address == address), ())
    expect({"create", "delete"} == set(actions), f"{change.name} should replace {address}: {describe(plan)}")
    rig.apply()
    new = rig.ids(case.target)[address]
    expect(new != old, f"{change.name} kept the id {old}")
    living = rig.cloud.inventory()
    expect(old not in living, f"the old {old} is still there")
    expect(new in living, f"the new {new} is not there")
    rig.expect_empty_plan(f"after {change.name}")
    rig.destroy()
    expect(new not in rig.cloud.inventory(), f"destroy left {new}")


def gone(rig: Rig, case: Case, native: str) -> None:
    """Deleted by somebody else: the plan says so, apply makes it again."""
    rig.write(case.resources)
    rig.apply()
    address = f"{case.target}/{native}" if native else case.target
    record = rig.state().natives[address]
    rig.outlive_lag(address)
    rig.cloud.remove(record.type, record.id)
    plan = rig.plan()
    expect(any(each.gone and each.address == address for each in plan.resource_drift), f"{address} is gone and not shown: {describe(plan)}")
    expect(any(each.address == address and "create" in each.actions for each in plan.resource_changes), f"not made again: {describe(plan)}")
    rig.apply()
    expect(rig.ids(case.target)[address] in rig.cloud.inventory(), f"{address} was not made again")
    rig.expect_empty_plan("after it was made again")
    rig.destroy()


def drift(rig: Rig, case: Case, drifted: Drifted) -> None:
    """Altered by somebody else: shown as drift apart from changes, and brought back."""
    rig.write(case.resources)
    rig.apply()
    address = f"{case.target}/{drifted.native}" if drifted.native else case.target
    record = rig.state().natives[address]
    rig.cloud.alter(record.type, record.id, drifted.attribute, drifted.value)
    plan = rig.plan()
    shown = [item.path for each in plan.resource_drift if each.address == address for item in each.attributes]
    expect(any(path.partition(".")[0].partition("[")[0] == drifted.attribute for path in shown), f"drift not shown: {describe(plan)}")
    expect(any(each.address == address and "update" in each.actions for each in plan.resource_changes), f"not undone: {describe(plan)}")
    rig.apply()
    expect(rig.ids(case.target)[address] == record.id, f"undoing drift gave {address} a new id")
    rig.expect_empty_plan("after drift was undone")
    rig.destroy()


def tags(rig: Rig, case: Case) -> None:
    """Default tags reach what can carry them, beside mcflow's marks; changing them is no replacement; marks are never drift."""
    rig.write(case.resources, tags={"team": "first"})
    rig.apply()
    old = rig.ids(case.target)
    rig.expect_empty_plan("after create with tags")
    carrying = {id: found for id in old.values() if (found := rig.cloud.tags(id)).get("team") == "first"}
    for id, found in carrying.items():
        expect(MARK_STATE in found and MARK_OP in found, f"{id} lacks a mark: {dict(found)}")
    rig.write(case.resources, tags={"team": "second"})
    rig.apply()
    expect(rig.ids(case.target) == old, "a new tag replaced something")
    for id in carrying:
        expect(rig.cloud.tags(id).get("team") == "second", f"{id} kept the old tag")
    rig.expect_empty_plan("after tags changed")
    rig.destroy()
