"""``moved``, ``removed`` and ``import``: what becomes of things that are in the state or in a cloud already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.engine.blueprint.blocks import ImportBlock, MovedBlock, RemovedBlock
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.reading import Document, Path
from mcflow.model.address import Address, AddressError, parse_address
from mcflow.model.diagnostic import Related


def read_moved(document: Document, section: Any, resources: Mapping[str, Any], findings: Findings) -> tuple[MovedBlock, ...]:
    """The moves, in order. ``resources``: the section of that name as it is written."""
    found: list[MovedBlock] = []
    for path, body in _entries("moved", section):
        source = _address(document, (*path, "from"), body.get("from"), findings)
        target = _address(document, (*path, "to"), body.get("to"), findings)
        if source is None or target is None:
            continue
        if (source.role is None) != (target.role is None):
            findings.at(document, (*path, "to"), "MC0245", source=source, target=target)
        elif source == target:
            findings.at(document, (*path, "to"), "MC0250", source=source)
        else:
            found.append(MovedBlock(str(source), str(target), path))
    _only_once(document, found, findings)
    sources, targets = {block.source for block in found}, {block.target for block in found}
    for block in found:
        name = parse_address(block.target).name
        if name not in resources and block.target not in sources and name not in sources:
            _note_missing(document, (*block.path, "to"), name, resources, findings)
        if _is_block(block.source) and block.source in resources and not _refilled(block.source, block.target, targets):
            findings.at(document, (*block.path, "from"), "MC0246", what="moved", source=block.source)
    return tuple(found)


def read_removed(document: Document, section: Any, resources: Mapping[str, Any], findings: Findings) -> tuple[RemovedBlock, ...]:
    """What is removed, in order."""
    found = []
    for path, body in _entries("removed", section):
        source = _address(document, (*path, "from"), body.get("from"), findings)
        if source is None:
            continue
        if _is_block(str(source)) and source.name in resources:
            findings.at(document, (*path, "from"), "MC0246", what="removed", source=source)
        found.append(RemovedBlock(str(source), body.get("destroy") is not False, path))
    _only_once(document, found, findings)
    return tuple(found)


def read_imports(document: Document, section: Any, resources: Mapping[str, Any], findings: Findings) -> tuple[ImportBlock, ...]:
    """What is imported, in order. Addresses that expressions make are checked when planning."""
    found = []
    plain: dict[str, Path] = {}
    for path, body in _entries("import", section):
        to = body.get("to")
        if not isinstance(to, str):
            continue
        if ("id" in body) == ("ids" in body):
            findings.at(document, path, "MC0249", to=to)
        if "{{" not in to:
            address = _address(document, (*path, "to"), to, findings)
            if address is None:
                continue
            if address.name not in resources:
                _note_missing(document, (*path, "to"), address.name, resources, findings)
            first = plain.setdefault(str(address), path)
            if first is not path:
                _note_twice(document, (*path, "to"), (*first, "to"), to, findings)
        found.append(ImportBlock(to, path, body.get("id"), body.get("ids"), body.get("for_each"), body.get("force", False)))
    return tuple(found)


def _entries(name: str, section: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    for index, body in enumerate(section if isinstance(section, list) else ()):
        if isinstance(body, dict):
            yield (name, index), body


def _address(document: Document, path: Path, text: Any, findings: Findings) -> Address | None:
    if not isinstance(text, str) or "{{" in text:
        return None
    try:
        address = parse_address(text)
    except AddressError as error:
        findings.at(document, path, "MC0244", text=text, problem=error)
        return None
    if address.generation is not None or address.connection is not None:
        problem = "the old half of a replacement has no name of its own" if address.generation is not None else (
            "helpers that a connection shares follow those who use them")
        findings.at(document, path, "MC0244", text=text, problem=problem)
        return None
    return address


def _is_block(address: str) -> bool:
    """True for a bare name: a resource with all its instances."""
    parsed = parse_address(address)
    return parsed.role is None and parsed.path[-1].key is None


def _refilled(source: str, target: str, targets: set[str]) -> bool:
    """True if the source may stand in the blueprint: something else comes to it, or only its lone instance goes into a key of it."""
    return any(parse_address(other).name == source for other in targets) or parse_address(target).name == source


def _only_once(document: Document, blocks: list[Any], findings: Findings) -> None:
    for name, key in (("source", "from"), ("target", "to")):
        first: dict[str, Path] = {}
        for block in blocks:
            said = getattr(block, name, None)
            if said is not None and first.setdefault(said, block.path) is not block.path:
                _note_twice(document, (*block.path, key), (*first[said], key), said, findings)


def _note_twice(document: Document, path: Path, first: Path, address: str, findings: Findings) -> None:
    related = (Related("the first time", document.position(first)),)
    findings.at(document, path, "MC0248", what=address, related=related)


def _note_missing(document: Document, path: Path, name: str, resources: Mapping[str, Any], findings: Findings) -> None:
    findings.at(document, path, "MC0247", name=name, known=listed(resources), suggestion=closest(name, resources))
