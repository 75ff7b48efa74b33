"""Locals: checked, evaluated where they need no resource, and what resources they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.blueprint.expression import Written, note_problems, written_in
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.loops import shortest_loops
from mcflow.engine.blueprint.references import Names, check_references
from mcflow.engine.blueprint.scope import LocalFailed, Scope
from mcflow.engine.reading import Document
from mcflow.model.diagnostic import Related


def settle_locals(
    document: Document, section: Mapping[str, Any], names: Names, roots: Scope, broken_variables: set[str], findings: Findings
) -> tuple[dict[str, frozenset[str]], frozenset[tuple[str, str]]]:
    """The resources each local reads (through other locals too), and what has no value, as (root, name).

    Locals that need no resource are evaluated, so that what is wrong with them shows now.
    """
    written: dict[str, list[Written]] = {}
    unreadable: set[str] = set()
    for name, tree in section.items():
        noted = len(findings)
        written[name] = list(written_in(document, tree, ("locals", name), findings))
        for one in written[name]:
            used = set(names.used)
            check_references(one, names, findings)
            if ("locals", name) not in used:
                names.used.discard(("locals", name))
        if len(findings) > noted:
            unreadable.add(name)
    needs = {name: _named(written[name], "locals") & set(section) for name in section}
    looped = _note_loops(document, needs, findings)
    broken = {("vars", name) for name in broken_variables} | {("locals", name) for name in (*unreadable, *looped)}
    _spread(needs, written, broken)
    resources = {name: frozenset(_reached(name, needs, written)) for name in section}
    scope = roots.open()
    for name in section:
        if ("locals", name) in broken or resources[name]:
            continue
        try:
            scope["locals"][name]
        except LocalFailed as failed:
            broken.add(("locals", name))
            note_problems(document, failed.problems, findings)
    return resources, frozenset(broken)


def _named(written: list[Written], root: str) -> frozenset[str]:
    return frozenset(ref.path[0] for one in written for ref in one.template.references if ref.root == root and ref.path)


def _note_loops(document: Document, needs: Mapping[str, frozenset[str]], findings: Findings) -> set[str]:
    looped: set[str] = set()
    for loop in shortest_loops(needs):
        looped.update(loop)
        related = tuple(Related(f"{name} is written here", document.position(("locals", name), key=True)) for name in loop[1:])
        findings.at(document, ("locals", loop[0]), "MC0317", on_key=True, loop=" → ".join((*loop, loop[0])), related=related)
    return looped


def _spread(needs: Mapping[str, frozenset[str]], written: Mapping[str, list[Written]], broken: set[tuple[str, str]]) -> None:
    """Whoever reads something broken is broken."""
    changed = True
    while changed:
        changed = False
        for name in needs:
            reads = {("vars", one) for one in _named(written[name], "vars")} | {("locals", one) for one in needs[name]}
            if ("locals", name) not in broken and reads & broken:
                broken.add(("locals", name))
                changed = True


def _reached(name: str, needs: Mapping[str, frozenset[str]], written: Mapping[str, list[Written]]) -> set[str]:
    seen = {name}
    waiting = [name]
    found: set[str] = set()
    while waiting:
        one = waiting.pop()
        found |= _named(written[one], "resources")
        new = needs[one] - seen
        seen |= new
        waiting += new
    return found
