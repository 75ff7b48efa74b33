"""The values of variables: given or by default, checked against their declarations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.engine.blueprint.declarations import ABSENT, Declaration
from mcflow.engine.blueprint.expression import evaluate_noted, written_in
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.given import PREFIX, Given
from mcflow.engine.blueprint.loops import shortest_loops
from mcflow.engine.blueprint.reports import Subject, reports
from mcflow.engine.reading import Document, Path
from mcflow.model.diagnostic import Related
from mcflow.model.position import Position
from mcflow.model.values import Secret, Value, reveal
from mcflow.schemas.checking import problems


@dataclass(slots=True)
class Settled:
    """Variables' values, and the names of those that have none because something is wrong with them."""

    values: dict[str, Value] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def settle_variables(
    document: Document, declarations: Mapping[str, Declaration], given: Mapping[str, Given], env: Mapping[str, str], findings: Findings
) -> Settled:
    """Every declared variable's value. Missing and unfit values are noted. Defaults may use other variables and ``env``."""
    settled = Settled()
    needs = _needs(document, declarations, given, findings)
    _note_loops(document, needs, settled, findings)
    scope = {"vars": settled.values, "env": env}
    for name in _needed_first(needs):
        if name in settled.broken:
            continue
        if needs[name] & settled.broken or not _settle(document, declarations[name], given.get(name), scope, settled, findings):
            settled.broken.add(name)
    for declaration in declarations.values():
        if declaration.name not in settled.broken:
            _validate(document, declaration, scope, settled, findings)
    return settled


def _needs(
    document: Document, declarations: Mapping[str, Declaration], given: Mapping[str, Given], findings: Findings
) -> dict[str, frozenset[str]]:
    needs: dict[str, frozenset[str]] = {}
    known = frozenset(declarations)
    for name, declaration in declarations.items():
        used: set[str] = set()
        if name not in given and declaration.default is not ABSENT:
            for written in written_in(document, declaration.default, (*declaration.path, "default"), findings):
                used.update(one.path[0] for one in written.template.references if one.root == "vars" and one.path)
        needs[name] = known & used
    return needs


def _note_loops(document: Document, needs: Mapping[str, frozenset[str]], settled: Settled, findings: Findings) -> None:
    for loop in shortest_loops(needs):
        settled.broken.update(loop)
        related = tuple(Related(f"{one} is declared here", document.position(("variables", one), key=True)) for one in loop[1:])
        findings.at(document, ("variables", loop[0], "default"), "MC0318", loop=" → ".join((*loop, loop[0])), related=related)


def _needed_first(needs: Mapping[str, frozenset[str]]) -> list[str]:
    order: dict[str, None] = {}
    started: set[str] = set()
    for start in needs:
        stack = [start]
        while stack:
            name = stack[-1]
            waiting = [one for one in sorted(needs[name]) if one not in started]
            started.add(name)
            if waiting:
                stack.append(waiting[0])
            else:
                order[stack.pop()] = None
    return list(order)


def _settle(
    document: Document, declaration: Declaration, given: Given | None, scope: Mapping[str, Value], settled: Settled, findings: Findings
) -> bool:
    name = declaration.name
    if given is None and declaration.default is ABSENT:
        findings.at(document, declaration.path, "MC0321", on_key=True, name=name, variable=PREFIX + name,
                    suggestion=f"--var {name}=…")
        return False
    if given is not None:
        value, place, path, source = given.value, given.document, given.path, given.source
    else:
        place, path, source = document, (*declaration.path, "default"), "its default"
        value, evaluated = evaluate_noted(document, declaration.default, path, scope, findings)
        if not evaluated:
            return False
    plain = reveal(value)
    what = f"vars.{name}" if place else f"vars.{name} (from {source})"
    subject = Subject(what, _place_in(place, path), hidden=lambda _: declaration.sensitive)
    found = reports(problems(declaration.schema, plain), subject)
    findings.extend(found)
    if found:
        return False
    settled.values[name] = Secret(plain) if declaration.sensitive else value
    return True


def _place_in(document: Document | None, path: Path) -> Any:
    def place(inside: Path, key: bool) -> Position | None:
        return document.position((*path, *inside), key and bool(inside)) if document else None

    return place


def _validate(document: Document, declaration: Declaration, scope: Mapping[str, Value], settled: Settled, findings: Findings) -> None:
    for index, rule in enumerate(declaration.validation):
        path = (*declaration.path, "validation", index, "check")
        used = {
            one.path[0] for written in written_in(document, rule.get("check"), path, Findings())
            for one in written.template.references if one.root == "vars" and one.path
        }
        if used & settled.broken or not used <= set(settled.values):
            continue
        value, evaluated = evaluate_noted(document, rule.get("check"), path, scope, findings)
        if not evaluated:
            continue
        verdict = reveal(value)
        if not isinstance(verdict, bool):
            findings.at(document, path, "MC0326", name=declaration.name, value=type(verdict).__name__)
        elif not verdict:
            findings.at(document, path, "MC0325", name=declaration.name, message=rule.get("message", ""))
