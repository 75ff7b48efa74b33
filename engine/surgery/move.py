"""``state mv``: an address changes, the thing stays."""

from __future__ import annotations

from mcflow.engine.options import ApplyOptions
from mcflow.engine.plan.select import block_of
from mcflow.engine.project import Project
from mcflow.engine.surgery.change import Approve, Changed, Proposal, change
from mcflow.engine.surgery.locate import check_known, check_settled
from mcflow.model.address import AddressError, parse_address
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.state.moving import busy, clashes, moved, moves_of
from mcflow.state.records import State


def move(project: Project, old: str, new: str, options: ApplyOptions, approve: Approve) -> Changed:
    """Move a resource (with all instances, or one of them) or a native. Raises Rejected: MC0773, MC0774, MC0775."""
    return change(project, options, "move", lambda state: propose_move(state, old, new, project), approve)


def propose_move(state: State, old: str, new: str, project: Project) -> Proposal:
    """The move as a record. Rows: {from, to, type, id} of each native, and of each resource without an id."""
    check_known(state, [old])
    try:
        moves = moves_of(state, old, new)
    except (AddressError, ValueError) as wrong:
        raise reject("MC0775", address=old, old=old, new=new, problem=str(wrong)) from wrong
    check_settled(state, busy(state, moves))
    taken = clashes(state, moves)
    if taken:
        raise Rejected([Diagnostic("MC0775", {"old": one, "new": two, "problem": "there is something already"}, address=one)
                        for one, two in taken])
    if not moves:
        raise reject("MC0775", address=old, old=old, new=new, problem="a name with a key stands for one instance, a name without for all")
    _check_type(state, old, new, project)
    rows = [{"from": was, "to": now, "type": state.natives[was].type, "id": state.natives[was].id}
            for was, now in moves.items() if was in state.natives]
    rows += [{"from": was, "to": now, "type": state.resources[was].type, "id": ""}
             for was, now in moves.items() if was in state.resources]
    return Proposal(moved(state, moves, at=project.ports.clock.now()), tuple(rows))


def _check_type(state: State, old: str, new: str, project: Project) -> None:
    """What the blueprint has under the new name must be of the same type: else the next plan would replace what was moved."""
    if parse_address(new).role is not None:
        return
    block = project.blueprint.resources.get(block_of(new))
    types = {record.type for record in state.resources.values() if record.address == old or block_of(record.address) == old}
    if block is not None and types and block.type not in types:
        problem = f"it is a {', '.join(sorted(types))}, and the blueprint has a {block.type} of that name"
        raise reject("MC0775", address=old, old=old, new=new, problem=problem)
