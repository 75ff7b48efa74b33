"""``state rollback``: the clouds go back to what a snapshot of the history recorded."""

from __future__ import annotations

from collections.abc import Callable

from mcflow.engine.apply import Outcome
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.engine.project import Project
from mcflow.engine.run import carry_out, see
from mcflow.engine.sessions import Sessions
from mcflow.engine.surgery.backwards import plan_back
from mcflow.engine.surgery.earlier import bring_back
from mcflow.model.plan import Plan, Recovery
from mcflow.state.records import State


def rollback(project: Project, serial: int, options: ApplyOptions, approve: Callable[[Plan], bool]) -> Outcome:
    """Take the lease, recover, refresh, plan from the snapshot of ``serial`` to now, ask, apply. Raises Rejected (MC0723, MC0724)."""
    then = project.workspace.snapshot_at(serial)

    def make(state: State, sessions: Sessions, recovered: list[Recovery]) -> Plan:
        seen = see(project, state, sessions, PlanOptions(mode="rollback", parallelism=options.parallelism), recovered)
        brought = bring_back(seen.state, then, sessions, project.ports, project.sealer)
        return plan_back(project, then, seen, brought, state, sessions)

    return carry_out(project, options, approve, make, connections=then.connections)
