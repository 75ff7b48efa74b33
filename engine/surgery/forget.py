"""``forget``: records leave the state, their objects stay in the cloud."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.engine.surgery.change import Approve, Changed, Proposal, change
from mcflow.engine.surgery.locate import check_settled, natives_named
from mcflow.model.address import without_generation
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.record import ResourceRecord
from mcflow.state.records import Failed, Recorded, State


def forget(project: Project, addresses: Sequence[str], options: ApplyOptions, approve: Approve, *, force: bool = False) -> Changed:
    """Forget resources, instances or natives. ``force``: also where others depend on them, or an operation on them was left
    open, which ends with it. Raises Rejected: MC0773, MC0774, MC0776."""
    at = project.ports.clock.now()
    return change(project, options, "forget", lambda state: propose_forgetting(state, addresses, force=force, at=at), approve)


def propose_forgetting(state: State, addresses: Sequence[str], *, force: bool = False, at: float = 0.0) -> Proposal:
    """The forgetting as a record. Rows: {address, type, id, connection} of each native."""
    records = natives_named(state, addresses)
    names = {record.address for record in records}
    ends = _ended(state, names, at) if force else ()
    if not force:
        check_settled(state, names)
        _check_unused(state, names)
    resources = _left(state, names, set(addresses))
    # What was never made leaves with its operation; what it was to replace is back at its address.
    begun = {state.open[end.op].intent.address for end in ends if state.open[end.op].intent.action == "create"}
    rows = tuple({"address": record.address, "type": record.type, "id": record.id, "connection": record.connection} for record in records)
    return Proposal(Recorded(natives=dict.fromkeys(names - begun), resources=resources, at=at), rows, ends=ends)


def _ended(state: State, names: set[str], at: float) -> tuple[Failed, ...]:
    """Ends of the operations that are open on these natives: a person says that nothing comes of them."""
    told = "ended by mcflow forget --force"
    return tuple(Failed(op=op, message=told, at=at) for op, opened in state.open.items() if opened.intent.address in names)


def _check_unused(state: State, names: set[str]) -> None:
    plain = {without_generation(name) for name in names}
    users: dict[str, list[str]] = {}
    for record in state.natives.values():
        if record.address not in names:
            for target in {*record.edges.hard, *record.edges.soft} & plain:
                users.setdefault(target, []).append(record.address)
    if users:
        raise Rejected([Diagnostic("MC0776", {"address": target, "users": ", ".join(found)}, address=target)
                        for target, found in sorted(users.items())])


def _left(state: State, names: set[str], asked: set[str]) -> dict[str, ResourceRecord | None]:
    """Records of resources that lose all their natives go; of those that keep some, the list follows."""
    changed: dict[str, ResourceRecord | None] = {}
    for record in state.resources.values():
        kept = tuple(native for native in record.natives if native not in names)
        named = record.address in asked or record.address.partition("[")[0] in asked
        if named or (record.natives and not kept):
            changed[record.address] = None
        elif kept != record.natives:
            changed[record.address] = replace(record, natives=kept)
    return changed
