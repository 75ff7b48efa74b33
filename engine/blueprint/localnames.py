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
            used_before = ("locals", name) in names.used
            check_references(one, names, findings)
            if not used_before:
                names.used.discard(("locals", name))
        if len(findings) > noted:
            unreadable.add(name)
    known = frozenset(section)
    needs = {name: _named(written[name], "locals") & known for name in section}
    looped = _note_loops(document, needs, findings)
    broken = {("vars", name) for name in broken_variables} | {("locals", name) for name in (*unreadable, *looped)}
    _spread(needs, written, broken)
    resources = _reached(needs, written)
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
    readers: dict[tuple[str, str], list[str]] = {}
    for name in needs:
        for read in [("vars", one) for one in _named(written[name], "vars")] + [("locals", one) for one in needs[name]]:
            readers.setdefault(read, []).append(name)
    waiting = list(broken)
    while waiting:
        for name in readers.get(waiting.pop(), ()):
            if ("locals", name) not in broken:
                broken.add(("locals", name))
                waiting.append(("locals", name))


def _reached(needs: Mapping[str, frozenset[str]], written: Mapping[str, list[Written]]) -> dict[str, frozenset[str]]:
    """For each local the resources that it reads, by itself and through other locals; each local is looked at once. Locals in a loop
    may miss some: they have no value anyway.
    """
    found: dict[str, frozenset[str]] = {}
    started: set[str] = set()
    for start in needs:
        stack = [start]
        while stack:
            name = stack[-1]
            started.add(name)
            waiting = [one for one in needs[name] if one not in started]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if name not in found:
                own = _named(written[name], "resources")
                found[name] = own.union(*(found[one] for one in needs[name] if one in found))
    return found
