"""Expressions of a document: parsed with their errors noted, evaluated with their problems noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.scalars import templates
from mcflow.engine.blueprint.scope import LocalFailed
from mcflow.engine.expressions import ExpressionError, Problem, Reference, Template, evaluate_tree, parse
from mcflow.engine.reading import Document, Path, place
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position
from mcflow.model.values import Value


@dataclass(frozen=True, slots=True)
class Written:
    """An expression where it stands: the scalar's path in the document and what was parsed from it."""

    document: Document
    path: Path
    template: Template

    def position(self, reference: Reference) -> Position:
        """Where a reference of it stands."""
        return place(self.document, self.path, reference.offset, reference.length)

    @property
    def bare(self) -> Reference | None:
        """The reference that the whole scalar is, None if it is anything more."""
        if not self.template.whole or len(self.template.references) != 1:
            return None
        only = self.template.references[0]
        inside = self.template.text.strip().removeprefix("{{").removesuffix("}}").strip()
        return only if len(inside) == only.length and not only.dynamic else None


def written_in(document: Document, tree: Any, path: Path, findings: Findings) -> Iterator[Written]:
    """Every expression in a tree that stands at ``path`` of the document; those that cannot be parsed are noted and left out."""
    for at, text in templates(tree, path):
        try:
            template = parse(text)
        except ExpressionError as error:
            findings.extend([expression_finding(document, at, error)])
            continue
        if template is not None:
            yield Written(document, at, template)


def expression_finding(document: Document, path: Path, error: ExpressionError, address: str | None = None) -> Diagnostic:
    """The diagnostic of an expression that stands at ``path`` of the document."""
    return error.diagnostic(place(document, path, error.offset, error.length), address)


def evaluate_noted(document: Document, tree: Any, path: Path, scope: Mapping[str, Value], findings: Findings) -> tuple[Value, bool]:
    """The tree's value, and whether all of it could be evaluated; what could not be is noted."""
    value, problems = evaluate_tree(tree, scope, path)
    note_problems(document, problems, findings)
    return value, not problems


def note_problems(document: Document, problems: Iterable[Problem], findings: Findings) -> None:
    """Note what went wrong while evaluating; the problems' paths are the document's. A local is noted where it is written, once,
    however many ways lead to it.
    """
    waiting = list(problems)[::-1]
    seen: set[str] = set()
    while waiting:
        path, error = waiting.pop()
        if not isinstance(error, LocalFailed):
            findings.extend([expression_finding(document, path, error)])
        elif error.name not in seen:
            seen.add(error.name)
            waiting += error.problems[::-1]
