"""Which connection each resource has, as far as the blueprint's text says: its own, else its handles', else the only one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcflow.engine.blueprint.blocks import ConnectionBlock, ResourceBlock
from mcflow.engine.blueprint.connections import WrittenConnection
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.blueprint.types import ResourceType, available
from mcflow.engine.reading import Document
from mcflow.model.diagnostic import Related


def check_choices(
    document: Document, blocks: Mapping[str, ResourceBlock], types: Mapping[str, ResourceType],
    handles: Mapping[str, tuple[frozenset[str], bool]], order: Iterable[str], written: Mapping[str, WrittenConnection],
    connections: Mapping[str, ConnectionBlock], default: str | None, findings: Findings,
) -> None:
    """Note connections that do not exist, contradict each other, are missing, or are of a cloud that cannot make the resource.

    What only evaluation can tell is left to it.
    """
    chosen: dict[str, str | None] = {}
    for name in order:
        block = blocks[name]
        chosen[name] = _choose(document, block, handles[name], chosen, written, default, findings)
        connection = connections.get(chosen[name] or "")
        if connection is not None and name in types:
            _check_driver(document, block, types[name], connection, findings)


def _choose(
    document: Document, block: ResourceBlock, handles: tuple[frozenset[str], bool], chosen: Mapping[str, str | None],
    written: Mapping[str, WrittenConnection], default: str | None, findings: Findings,
) -> str | None:
    if block.connection is not None:
        return _named(document, block, written, findings)
    names, more = handles
    of_handles = {name: chosen.get(name) for name in sorted(names)}
    known = {connection for connection in of_handles.values() if connection is not None}
    if len(known) > 1:
        related = tuple(Related(f"{name} is in {connection}") for name, connection in of_handles.items() if connection)
        findings.add("MC0507", block.position, address=block.name, name=block.name, known=listed(sorted(known)), related=related)
        return None
    if more or None in of_handles.values():
        return next(iter(known), None) if not more else None
    if known:
        return next(iter(known))
    if default is None:
        _note_no_choice(block, written, findings)
    return default


def _named(document: Document, block: ResourceBlock, written: Mapping[str, WrittenConnection], findings: Findings) -> str | None:
    name = block.connection or ""
    if "{{" in name:
        return None
    if name not in written:
        findings.at(document, (*block.path, "connection"), "MC0501", address=block.name, name=name, known=listed(written),
                    suggestion=closest(name, written))
        return None
    return name


def _note_no_choice(block: ResourceBlock, written: Mapping[str, WrittenConnection], findings: Findings) -> None:
    if written:
        findings.add("MC0506", block.position, address=block.name, name=block.name, known=listed(written),
                     suggestion=f"connection: {next(iter(written))}")
    else:
        findings.add("MC0505", block.position, address=block.name, name=block.name)


def _check_driver(document: Document, block: ResourceBlock, type: ResourceType, connection: ConnectionBlock, findings: Findings) -> None:
    driver = available(connection.driver)
    if driver is None:
        return
    position = document.position((*block.path, "type"))
    if type.driver is not None and type.driver != driver.name:
        findings.add("MC0508", position, address=block.name, type=type.name, connection=connection.name, driver=driver.name)
    elif type.driver is None and type.name not in driver.lowerings:
        findings.add("MC0509", position, address=block.name, type=type.name, connection=connection.name, driver=driver.name,
                     known=listed(sorted(driver.lowerings)))
    if block.overrides and driver.name not in block.overrides:
        other = next(iter(block.overrides))
        findings.at(document, (*block.path, other), "MC0513", on_key=True, address=block.name, driver=other, connection=connection.name)
