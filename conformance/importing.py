"""Importing by id: what was made and forgotten is bound again by one id for each resource, and then there is nothing to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.conformance.rig import Rig, describe, expect
from mcflow.conformance.subject import Case
from mcflow.state.records import State


def imported_by_id(rig: Rig, case: Case) -> None:
    """Apply, forget everything, import every resource by its own id: all natives are found again, and the plan after it is empty."""
    before = dict(rig.cloud.inventory())
    rig.write(case.resources)
    rig.apply()
    made = rig.state()
    known = {address: record.id for address, record in made.natives.items()}
    forget_all(rig)
    for address in known:
        expect(address not in rig.state().natives, f"{address} is not forgotten")
    rig.write(case.resources)
    lay_over(rig, {"import": [{"to": address, "id": id} for address, id in main_ids(made).items()]})
    plan = rig.plan()
    wrong = [change.address for change in plan.resource_changes if change.actions != ("adopt",)]
    expect(not wrong, f"the import would not only adopt: {describe(plan)}")
    expect({change.address for change in plan.resource_changes} == set(known), f"the import finds other natives: {describe(plan)}")
    rig.apply()
    found = {address: record.id for address, record in rig.state().natives.items()}
    expect(found == known, f"imported is {sorted(found.items() - known.items())}, made was {sorted(known.items() - found.items())}")
    rig.expect_empty_plan("after the import")
    rig.write(case.resources)
    rig.expect_empty_plan("without the import blocks")
    rig.destroy()
    expect(dict(rig.cloud.inventory()) == before, f"destroy left {sorted(rig.cloud.inventory().items() - before.items())}")


def forget_all(rig: Rig) -> None:
    """A blueprint without resources, which leaves all of the state's in the cloud."""
    names = sorted({address.partition("[")[0] for address in rig.state().resources})
    rig.write({})
    lay_over(rig, {"removed": [{"from": name, "destroy": False} for name in names]})
    rig.apply()


def lay_over(rig: Rig, sections: Mapping[str, Sequence[Any]]) -> None:
    """Put further sections into the blueprint as it is."""
    file = rig.directory / "mcflow.yaml"
    file.write_text(json.dumps({**json.loads(file.read_text()), **sections}, indent=1))


def main_ids(state: State) -> dict[str, str]:
    """For each resource the id of the native that its own id is."""
    found = {}
    for address, record in state.resources.items():
        reference = record.exports.get("id")
        native = reference["$ref"][0] if isinstance(reference, dict) and "$ref" in reference else record.natives[0]
        found[address] = state.natives[native].id
    return found
