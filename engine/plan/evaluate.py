"""Expanding blocks into instances, and evaluating an instance: properties, connection, lifecycle, time-outs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcflow.engine.blueprint import ForEachError, instances, parse_duration
from mcflow.engine.blueprint.blocks import Blueprint, ResourceBlock
from mcflow.engine.expressions import evaluate_tree
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance
from mcflow.engine.plan.scope import Lens
from mcflow.engine.reading import Path
from mcflow.model.address import resource_address
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.record import ResourceRecord, Settings
from mcflow.model.values import Handle, Secret, Value, contains_secret, contains_unknown, leaves
from mcflow.model.wire import redact

_DEFAULT = Settings()


class Evaluator:
    """Evaluates blocks in the scope of one blueprint. ``resources`` is set by the walk before the first use."""

    def __init__(self, blueprint: Blueprint, findings: Findings, lens: Lens, records: Mapping[str, ResourceRecord]) -> None:
        self._blueprint = blueprint
        self._findings = findings
        self._lens = lens
        self._records = records
        self._scope: dict[str, Any] = dict(blueprint.scope())
        self._instances: dict[str, list[Instance]] = {}
        self._expanding: set[str] = set()

    def use(self, resources: Mapping[str, Any]) -> None:
        """Give the scope its ``resources`` root."""
        self._scope["resources"] = resources

    def tree(self, tree: Value, path: Path, address: str, extra: Mapping[str, Any] | None = None) -> Value:
        """A tree with its expressions evaluated; failures become findings and read as None."""
        scope = {**self._scope, **extra} if extra else self._scope
        value, problems = evaluate_tree(tree, scope, path)
        for where, error in problems:
            self._findings.expression(where, error, address)
        return value

    def expand(self, name: str) -> list[Instance]:
        """The instances of a block, made once: one, none (``when`` is false), or one per item of ``for_each``."""
        if name not in self._instances:
            if name in self._expanding:
                return []
            self._expanding.add(name)
            self._instances[name] = self._expand(self._blueprint.resources[name])
            self._expanding.discard(name)
        return self._instances[name]

    def _expand(self, block: ResourceBlock) -> list[Instance]:
        if block.for_each is None:
            return [each for each in [self._instance(block, None, None)] if self._present(block, each)]
        items = self.tree(block.for_each, (*block.path, "for_each"), block.name)
        made = (self._instance(block, key, value) for key, value in self._items(block, items).items())
        return [each for each in made if self._present(block, each)]

    def _instance(self, block: ResourceBlock, key: str | None, value: Any) -> Instance:
        address = str(resource_address(block.name, key))
        return Instance(address, block, key, value, record=self._records.get(address))

    def _items(self, block: ResourceBlock, items: Value) -> dict[str, Any]:
        """What for_each goes through, by key; a finding and nothing if it is not that."""
        path = (*block.path, "for_each")
        if items is None:
            return {}
        if contains_secret(items):
            self._findings.say("MC0602", path, address=block.name)
            return {}
        if contains_unknown(items) and not isinstance(items, dict):
            self._findings.say("MC0601", path, address=block.name, what="for_each")
            return {}
        try:
            return instances(items)
        except ForEachError as error:
            self._findings.add(Diagnostic(error.code, error.arguments, self._findings.position(path), block.name))
            return {}

    def _present(self, block: ResourceBlock, instance: Instance) -> bool:
        if block.when is None:
            return True
        value = self.tree(block.when, (*block.path, "when"), instance.address, _each(instance))
        value = value.reveal() if isinstance(value, Secret) else value
        if isinstance(value, bool):
            return value
        if value is not None:
            code = "MC0601" if contains_unknown(value) else "MC0606"
            self._findings.say(code, (*block.path, "when"), address=instance.address, what="when", found=type(value).__name__)
        return False

    def evaluate(self, instance: Instance, expanded: Callable[[str], list[Instance]]) -> None:
        """Fill in everything of an instance that expressions decide."""
        block, extra = instance.block, _each(instance)
        self._lens.touched = set()
        instance.properties = self._mapping(block.properties, (*block.path, "properties"), instance, extra)
        for driver, tree in block.overrides.items():
            instance.overrides[driver] = self._mapping(tree, (*block.path, driver), instance, extra)
        instance.lifecycle = self._policy(block.lifecycle, "lifecycle", instance, extra)
        instance.settings = self._settings(instance, extra)
        instance.connection = self._connection(instance, extra)
        for name in block.depends_on:
            self._lens.touched |= {each.address for each in expanded(name)}
        instance.after = frozenset(self._lens.touched - {instance.address})

    def _mapping(self, tree: Value, path: Path, instance: Instance, extra: Mapping[str, Any] | None) -> dict[str, Value]:
        value = self.tree(tree, path, instance.address, extra)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._findings.say("MC0607", path, address=instance.address, found=type(value).__name__)
            return {}
        return value

    def _policy(self, tree: Value, name: str, instance: Instance, extra: Mapping[str, Any] | None) -> dict[str, Value]:
        """Lifecycle, time-outs, retry: every field takes expressions, and must be known."""
        path = (*instance.block.path, name)
        values = self._mapping(tree, path, instance, extra)
        for key, value in list(values.items()):
            if contains_unknown(value) or any(isinstance(leaf, Handle) for leaf in leaves(value)):
                self._findings.say("MC0601", (*path, key), address=instance.address, what=f"{name}.{key}")
                del values[key]
        return values

    def _settings(self, instance: Instance, extra: Mapping[str, Any] | None) -> Settings:
        timeouts = self._policy(instance.block.timeouts, "timeouts", instance, extra)
        retry = self._policy(instance.block.retry, "retry", instance, extra)
        return Settings(
            create_timeout=self._duration(instance, "create", timeouts), update_timeout=self._duration(instance, "update", timeouts),
            delete_timeout=self._duration(instance, "delete", timeouts),
            attempts=self._attempts(instance, retry),
            prevent_destroy=self._flag(instance, "prevent_destroy"), retain=self._flag(instance, "retain"),
        )

    def _attempts(self, instance: Instance, retry: Mapping[str, Value]) -> int:
        value = retry.get("attempts")
        if value is None:
            return _DEFAULT.attempts
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            path = (*instance.block.path, "retry", "attempts")
            self._findings.say("MC0609", path, address=instance.address, found=redact(value))
            return _DEFAULT.attempts
        return value

    def _flag(self, instance: Instance, name: str) -> bool:
        value = instance.lifecycle.get(name, False)
        if not isinstance(value, bool):
            path = (*instance.block.path, "lifecycle", name)
            self._findings.say("MC0606", path, address=instance.address, what=name, found=type(value).__name__)
            return True
        return value

    def _duration(self, instance: Instance, name: str, timeouts: Mapping[str, Value]) -> float:
        default: float = getattr(_DEFAULT, f"{name}_timeout")
        if timeouts.get(name) is None:
            return default
        value = timeouts[name]
        try:
            if not isinstance(value, str):
                raise ValueError("a sensitive value" if isinstance(value, Secret) else f"{value!r} has no unit")
            return parse_duration(value)
        except ValueError as problem:
            self._findings.say("MC0608", (*instance.block.path, "timeouts", name), address=instance.address, problem=problem)
            return default

    def _connection(self, instance: Instance, extra: Mapping[str, Any] | None) -> str:
        block, known = instance.block, self._blueprint.connections
        path = (*block.path, "connection")
        if block.connection is not None:
            name = self.tree(block.connection, path, instance.address, extra)
            if isinstance(name, str) and name in known:
                return name
            if isinstance(name, str):
                self._findings.say("MC0501", path, address=instance.address, name=name, known=", ".join(known) or "none")
            elif name is not None:
                self._findings.say("MC0601", path, address=instance.address, what="connection")
            return ""
        found = sorted({leaf.connection for leaf in leaves(instance.properties) if isinstance(leaf, Handle) and leaf.connection})
        if len(found) == 1:
            return found[0]
        if found:
            self._findings.say("MC0507", block.path, key=True, address=instance.address, name=block.name, known=", ".join(found))
        elif self._blueprint.default_connection is not None:
            return self._blueprint.default_connection
        else:
            code = "MC0506" if known else "MC0505"
            self._findings.say(code, block.path, key=True, address=instance.address, name=block.name, known=", ".join(known))
        return ""


def _each(instance: Instance) -> dict[str, Any] | None:
    return None if instance.key is None else {"each": {"key": instance.key, "value": instance.each}}
