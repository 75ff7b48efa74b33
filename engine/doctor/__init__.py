"""The doctor: a full examination of a state against itself and the clouds. Reads only, unless asked to mend.

Belongs here: what is checked, in which words it is told, and the little that may be mended without asking anybody.
"""

from __future__ import annotations

from mcflow.engine.doctor import clouds, store
from mcflow.engine.doctor.check import Check, Examination
from mcflow.engine.doctor.mending import mend
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project

__all__ = ["Check", "Examination", "examine"]


def examine(project: Project, options: ApplyOptions, *, fix: bool = False) -> Examination:
    """Look at everything. ``fix``: first, under the lease, settle what is open and take back what is exactly ours.

    Raises Rejected only while fixing: somebody else holds the lease, the journal cannot be written. Everything else is a check.
    """
    reading, checks = store.read(project)
    fixed: tuple[str, ...] = ()
    if fix and (reading is None or reading.state.serial):
        fixed = mend(project, options)
        reading, checks = store.read(project)
    if reading is None:
        return Examination((*checks, *store.history(project), *store.files(project)), fixed)
    state = reading.state
    checks += [
        *store.lock(project, reading), *store.clock(project), *store.history(project), *store.audit(project),
        *store.secrets(state, project), *store.files(project), *store.version(state),
    ]
    sessions = project.sessions(state)
    try:
        about, usable = clouds.connections(state, sessions)
        checks += about
        known = clouds.drivers(state, sessions)
        checks += known
        if not any(each.health == "error" for each in known):
            checks += clouds.operations(state, sessions, project, in_progress=reading.holder is not None)
            checks += clouds.standing(state)
            checks += clouds.objects(state, sessions, project, usable, options.parallelism)
            checks += clouds.marks(state, sessions, project.ports, usable, options.parallelism)
    finally:
        sessions.close()
    return Examination(tuple(checks), fixed)
