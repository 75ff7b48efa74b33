"""What was found as records of a state: as if this state had made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.apply.trees import fingerprints, observed_wire, sealed
from mcflow.engine.discover.portrait import Portrait
from mcflow.engine.sessions import Live
from mcflow.model.record import Edges, NativeRecord
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


def records_of(portraits: Iterable[Portrait], live: Live, state: State, sealer: Sealer) -> dict[str, NativeRecord]:
    """Their records, by address. The want is what was observed, so that a diff finds nothing and a delete has all it needs."""
    return {made.name: _record(made, live, state, sealer) for made in portraits}


def _record(made: Portrait, live: Live, state: State, sealer: Sealer) -> NativeRecord:
    shown = made.item.observed
    assert shown is not None
    type = made.native
    told = {name: value for name, value in shown.attributes.items() if not type.attributes.get(name, {}).get("write_only")}
    ours = shown.tags.get(MARK_STATE) == state.lineage
    return NativeRecord(
        address=made.name, type=type.name, type_version=type.version, connection=live.name, driver=live.driver.name,
        driver_version=live.driver.version, id=shown.id, want=sealed(made.want, sealer),
        attributes=observed_wire(type, told, (), sealer), fingerprints=fingerprints(type, made.want, sealer),
        edges=Edges(tuple(sorted(made.hard)), tuple(sorted(made.soft))), origin=made.name,
        op=shown.tags.get(MARK_OP, "") if ours else "", created_at=shown.created_at or 0.0)


def laid_over(state: State, records: Mapping[str, NativeRecord]) -> State:
    """The state with these records in it. The state given is not touched."""
    return replace(state, natives={**state.natives, **records})
