"""The roots that expressions read before there are resources: vars, locals, env, run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from mcflow.engine.expressions import ExpressionError, Problem, evaluate_tree
from mcflow.model.values import Value


class LocalFailed(ExpressionError):
    """A local that an expression reads cannot be evaluated; ``problems`` say why, their paths are the document's."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        super().__init__("MC0343", name=name, problem=problems[0][1].diagnostic().message)
        self.name = name
        self.problems = problems


class Locals(Mapping[str, Value]):
    """Locals by name, each evaluated when it is first read, against the scope it belongs to."""

    def __init__(self, trees: Mapping[str, Any], scope: Mapping[str, Value]) -> None:
        self._trees = trees
        self._scope = scope
        self._values: dict[str, Value] = {}
        self._problems: dict[str, list[Problem]] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            if name in self._problems:
                # Kept, as values are: locals that read a failing one twice would try it twice as often with every step.
                raise LocalFailed(name, self._problems[name])
            value, problems = evaluate_tree(self._trees[name], self._scope, ("locals", name))
            if problems:
                self._problems[name] = problems
                raise LocalFailed(name, problems)
            self._values[name] = value
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._trees)

    def __len__(self) -> int:
        return len(self._trees)


@dataclass(frozen=True, slots=True)
class Scope:
    """What `Blueprint.scope` opens: the values of variables, the trees of locals, the environment, facts of the run."""

    variables: Mapping[str, Value] = field(default_factory=dict)
    locals: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    run: Mapping[str, Value] = field(default_factory=dict)

    def open(self) -> dict[str, Any]:
        """A fresh dict of the roots, its locals not evaluated yet."""
        scope: dict[str, Any] = {"vars": self.variables, "env": self.env, "run": self.run}
        scope["locals"] = Locals(self.locals, scope)
        return scope


RUN_FACTS: Mapping[str, str] = {
    "environment": "the environment's name",
    "name": "the blueprint's name",
    "directory": "the folder of the blueprint",
}
"""The names under ``run``."""


def run_facts(name: str, environment: str, directory: FilePath) -> dict[str, str]:
    """The values under ``run``."""
    return {"environment": environment, "name": name, "directory": str(directory)}
