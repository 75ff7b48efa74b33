"""``state pull`` and ``state push``: the state as one document, out and in again through the ordinary writer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.engine.surgery.change import Approve, Changed, Proposal, change
from mcflow.engine.surgery.difference import differences
from mcflow.engine.surgery.reading import document, read_document
from mcflow.engine.surgery.sealed import sealed_texts
from mcflow.model.address import without_generation
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.state.records import Recorded, State
from mcflow.state.sealing import SealError


def pull(project: Project) -> bytes:
    """The state as canonical JSON: keys sorted, secrets sealed, ``format_version``, ``lineage`` and ``serial`` in it. Raises Rejected."""
    return document(project.workspace.read().state)


def push(project: Project, data: bytes, file: str, options: ApplyOptions, approve: Approve, *, force: bool = False) -> Changed:
    """Make the state what a pulled (and edited) document says, as one journalled change. ``force``: another lineage, an older serial or
    values that no key opens are no reason to refuse. Raises Rejected: MC0777, MC0778, MC0779, MC0774."""
    pushed = read_document(data, file)
    wrong = list(_inconsistent(pushed))
    if wrong:
        raise Rejected([Diagnostic("MC0778", {"file": file, "problem": problem}) for problem in wrong])
    return change(
        project, options, "push", lambda state: _propose(state, pushed, file, project, force=force), approve, lineage=pushed.lineage)


def _propose(state: State, pushed: State, file: str, project: Project, *, force: bool) -> Proposal:
    if (pushed.name, pushed.environment) != (state.name, state.environment):
        raise reject("MC0777", file=file, problem=f"it is of {pushed.name}, environment {pushed.environment}")
    if pushed.lineage != state.lineage and not force:
        raise reject("MC0777", file=file, problem=f"its lineage is {pushed.lineage}, here it is {state.lineage}")
    if pushed.serial < state.serial and not force:
        raise reject("MC0777", file=file, problem=f"its serial is {pushed.serial}, here it is {state.serial}")
    if state.open or pushed.open:
        raise Rejected([Diagnostic("MC0774", {"address": opened.intent.address}, address=opened.intent.address)
                        for opened in (*state.open.values(), *pushed.open.values())])
    record = replacing(state, pushed, project.ports.clock.now())
    unopened = _unopened(record, project)
    if unopened and not force:
        raise reject("MC0779", file=file, count=unopened)
    return Proposal(record, tuple(differences(state, pushed, project.sealer)))


def replacing(state: State, other: State, at: float) -> Recorded:
    """The record that makes a state's content that of another."""
    def settled(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
        return {**{key: entry for key, entry in then.items() if now.get(key) != entry}, **{key: None for key in now if key not in then}}

    return Recorded(
        natives=settled(state.natives, other.natives), resources=settled(state.resources, other.resources),
        outputs=settled(state.outputs, other.outputs), connections=settled(state.connections, other.connections), at=at)


def _unopened(record: Recorded, project: Project) -> int:
    """How many of the sealed values that would be written cannot be opened."""
    count = 0
    for text in sealed_texts(msgspec.to_builtins(record)):
        try:
            project.sealer.unseal(text)
        except SealError:
            count += 1
    return count


def _inconsistent(state: State) -> Iterator[str]:
    """Everything in which a state contradicts itself."""
    known = {without_generation(address) for address in state.natives}
    places: dict[tuple[str, str, str], str] = {}
    tables: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("natives", state.natives, "address"), ("resources", state.resources, "address"), ("connections", state.connections, "name"))
    for table, entries, key in tables:
        yield from (f"{table} has {getattr(entry, key)} under {name}" for name, entry in entries.items() if getattr(entry, key) != name)
    for record in state.natives.values():
        yield from (f"{record.address} depends on {target}, which is not there" for target in record.edges if target not in known)
        if record.connection not in state.connections:
            yield f"{record.address} is of the connection {record.connection}, which is not there"
        first = places.setdefault((record.connection, record.type, record.id), record.address) if record.id else record.address
        if first != record.address:
            yield f"{record.address} and {first} are the same object, {record.id}"
    for resource in state.resources.values():
        yield from (f"{resource.address} consists of {native}, which is not there" for native in resource.natives
                    if native not in state.natives)
