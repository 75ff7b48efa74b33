"""A shipped recipe in a scratch folder, driven through the engine's door; its text is not touched but for the connection."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcflow.conformance.rig import describe
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.model.plan import Plan
from mcflow.state.records import State

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"


class Recipe:
    """A copy of ``blueprints/<name>``. Variables given to a call hold for that call and all later ones."""

    def __init__(
        self, name: str, folder: Path, connections: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder / name
        shutil.copytree(BLUEPRINTS / name, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.environ = dict(environ or {})
        self.variables: dict[str, Any] = {}
        path = self.folder / "mcflow.yaml"
        for old, new in (connections or {}).items():
            text = path.read_text()
            assert text.count(old) == 1, f"{name} should have one {old!r}"
            path.write_text(text.replace(old, new))

    def project(self, **variables: Any) -> Any:
        """The recipe, loaded as a new process would."""
        self.variables |= variables
        given = tuple(f"{name}={value}" for name, value in self.variables.items())
        ports = Ports(environ=self.environ, user_config=self.folder / "user")
        return api.open_project(ProjectOptions(directory=self.folder, variables=given), ports)

    def plan(self, **variables: Any) -> Plan:
        """A plan."""
        return api.plan(self.project(**variables), PlanOptions())

    def apply(self, mode: Any = "apply", **variables: Any) -> Plan:
        """Apply to the end, and the plan it followed. A plan afterwards must find nothing to do."""
        seen: list[Plan] = []
        outcome = api.apply(self.project(**variables), None, PlanOptions(mode=mode), ApplyOptions(), lambda plan: not seen.append(plan))
        assert outcome.status == "done", [(step, diagnostic.message) for step, diagnostic in outcome.failed]
        if mode == "apply":
            after = self.plan()
            assert after.empty, describe(after)
        return seen[0]

    def state(self) -> State:
        """What is remembered."""
        return api.read_state(self.project()).state

    def ids(self) -> dict[str, str]:
        """Address → id of every native."""
        return {address: record.id for address, record in self.state().natives.items()}

    def outputs(self) -> dict[str, Any]:
        """The outputs, secrets shown."""
        return api.outputs(self.project(), reveal=True)
