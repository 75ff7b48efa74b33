"""A blueprint in a scratch folder on an in-memory rehearsal cloud, planned and applied through the engine's door."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Plan


class Shop:
    """``write`` says what the blueprint holds beside its header; ``plan`` and ``apply`` do as they say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.account = f"account-{folder.name}-{abs(hash(str(folder)))}"

    def write(self, text: str) -> None:
        head = f"mcflow: 1\nname: shop\nconnections:\n  cloud: {{driver: mock, path: ':memory:{self.account}', account: {self.account}}}\n"
        (self.folder / "mcflow.yaml").write_text(head + dedent(text))

    def project(self) -> Any:
        return api.open_project(ProjectOptions(self.folder), Ports(user_config=self.folder / "user"))

    def plan(self, **options: Any) -> Plan:
        return api.plan(self.project(), PlanOptions(**options))

    def apply(self, saved: Plan | None = None, **options: Any) -> Plan:
        seen: list[Plan] = []
        project = self.project()
        outcome = api.apply(project, saved, PlanOptions(**options), ApplyOptions(), lambda plan: not seen.append(plan))
        assert outcome.status in ("done", "nothing"), [(step.id, finding.message) for step, finding in outcome.failed]
        return seen[0] if seen else replace_empty(project)

    def actions(self, plan: Plan) -> dict[str, tuple[str, ...]]:
        return {change.address: change.actions for change in plan.resource_changes if change.actions != ("no-op",) or change.held}

    def rejected(self, **options: Any) -> Rejected:
        try:
            plan = self.plan(**options)
        except Rejected as refusal:
            return refusal
        raise AssertionError(f"planned {self.actions(plan)}")

    def native(self, address: str) -> Any:
        return api.read_state(self.project()).state.natives[address]


def replace_empty(project: Any) -> Plan:
    """A plan with nothing in it."""
    return Plan(name=project.name, environment=project.environment)


