"""A project in a scratch folder, driven through the engine's door as a face would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcflow.conformance.subject import Change, Cloud
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.model.plan import Plan
from mcflow.state.records import State

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome

Resources = Mapping[str, Any]


class NonconformingError(AssertionError):
    """The driver (or the engine with it) does not do what the contract says."""


def expect(condition: bool, message: str) -> None:
    """Raise NonconformingError with the message unless the condition holds."""
    if not condition:
        raise NonconformingError(message)


class Rig:
    """One blueprint in one folder on one cloud. Each call opens the project anew, as a new process would."""

    def __init__(self, directory: Path, cloud: Cloud, name: str = "conformance") -> None:
        self.directory = directory
        self.cloud = cloud
        self.name = name
        self.resources: dict[str, Any] = {}
        self.tags: dict[str, str] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, resources: Resources, tags: Mapping[str, str] | None = None) -> None:
        """The blueprint, with these resources. JSON is YAML."""
        self.resources, self.tags = dict(resources), dict(tags or {})
        blueprint = {
            "mcflow": 1, "name": self.name, "connections": {"cloud": dict(self.cloud.connection)}, "tags": self.tags,
            "resources": self.resources,
        }
        (self.directory / "mcflow.yaml").write_text(json.dumps(blueprint, indent=1))

    def change(self, target: str, change: Change) -> None:
        """Rewrite the blueprint with new properties of one resource."""
        self.write(patched(self.resources, target, change), self.tags)

    def project(self) -> Any:
        """The project, loaded and validated."""
        ports = Ports(environ=dict(self.cloud.environ), user_config=self.directory / "user")
        return api.open_project(ProjectOptions(directory=self.directory), ports)

    def plan(self, **options: Any) -> Plan:
        """A plan; nothing is changed."""
        return api.plan(self.project(), PlanOptions(**options))

    def attempt(self, probe: Callable[[str, str], None] | None = None, **options: Any) -> Outcome:
        """Apply and give what came of it, good or bad."""
        return api.apply(self.project(), None, PlanOptions(**options), ApplyOptions(probe=probe, parallelism=4), lambda plan: True)

    def apply(self, **options: Any) -> Outcome:
        """Apply; anything but done is nonconforming."""
        outcome = self.attempt(**options)
        failures = "; ".join(f"{getattr(step, 'id', step)}: {diagnostic.code} {diagnostic.message}" for step, diagnostic in outcome.failed)
        expect(outcome.status in {"done", "nothing"}, f"apply ended {outcome.status}: {failures}")
        return outcome

    def destroy(self) -> Outcome:
        """Destroy everything; anything but done is nonconforming."""
        return self.apply(mode="destroy")

    def state(self) -> State:
        """What mcflow remembers."""
        return api.read_state(self.project()).state

    def outlive_lag(self, address: str) -> None:
        """Wait until a look that misses this native means that it is gone: before, it may only not be visible yet."""
        project = self.project()
        state = self.state()
        record = state.natives[address]
        sessions = project.sessions(state)
        lag = sessions.get(record.connection).lag(sessions.type(record.connection, record.type))
        sessions.close()
        time.sleep(max(0.0, record.created_at + lag - time.time()) + 0.01)

    def ids(self, resource: str) -> dict[str, str]:
        """Address → id of the natives of a resource."""
        found = self.state().natives
        return {address: record.id for address, record in found.items() if address == resource or address.startswith(f"{resource}/")}

    def expect_empty_plan(self, when: str) -> None:
        """A plan now finds nothing to do."""
        plan = self.plan()
        expect(plan.empty, f"the plan {when} is not empty: {describe(plan)}")
        expect(not plan.resource_drift, f"the plan {when} shows drift: {describe(plan)}")


def describe(plan: Plan) -> str:
    """A plan in one line, for messages."""
    changes = [
        f"{change.address} {'+'.join(change.actions)}"
        + (f" ({change.reason})" if change.reason else "")
        + "".join(f" {item.path}: {item.before!r} → {'(unknown)' if item.unknown else repr(item.after)}" for item in change.attributes)
        for change in plan.resource_changes if change.actions != ("no-op",)
    ]
    drift = [f"drift {each.address} {'gone' if each.gone else [item.path for item in each.attributes]}" for each in plan.resource_drift]
    return "; ".join([*changes, *drift]) or "no changes"


def patched(resources: Resources, target: str, change: Change) -> Resources:
    """The resources with new properties of one."""
    block = dict(resources[target])
    properties = {**block.get("properties", {}), **change.properties}
    return {**resources, target: {**block, "properties": {key: value for key, value in properties.items() if value is not None}}}
