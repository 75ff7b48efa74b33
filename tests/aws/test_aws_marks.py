"""Lists by mark on AWS: each type shows what carries the state's mark and nothing else; the doctor agrees with moto."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.aws_subject import SUBJECT

from mcflow.conformance.rig import Rig
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions
from mcflow.engine.recover.sweep import lists


def test_every_marked_type_lists_by_mark(tmp_path: Path) -> None:
    with SUBJECT.open(tmp_path) as cloud:
        rig = Rig(tmp_path / "project", cloud)
        rig.write(SUBJECT.scene.resources)
        rig.apply()
        project = rig.project()
        state = project.workspace.read().state
        sessions = project.sessions(state)
        try:
            marked = {
                (record.connection, record.type) for record in state.natives.values()
                if sessions.type(record.connection, record.type).identity.marked and record.ownership != "adopted"
            }
            assert len(marked) >= 5
            assert all(sessions.type(*kind).offers("marked") for kind in marked)
            swept = lists(state, sessions, project.ports, sorted(marked))
        finally:
            sessions.close()
        assert (swept.strays, swept.missing, swept.unread) == ([], [], [])
        assert swept.requests == len(marked)
        found = api.examine(project, ApplyOptions())
        assert [each for each in found.checks if each.health in ("warn", "error")] == []
        rig.destroy()
