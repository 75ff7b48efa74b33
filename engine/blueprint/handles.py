"""Handles as written: a reference to a whole resource may stand only where the schema takes one, and of the right type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcflow.engine.blueprint.blocks import ResourceBlock
from mcflow.engine.blueprint.expression import Written
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.references import Names
from mcflow.engine.blueprint.suggest import listed
from mcflow.engine.blueprint.types import ResourceType
from mcflow.engine.expressions import Reference
from mcflow.schemas.walking import Path, parts_at


def handle_of(written: Written, resources: Mapping[str, ResourceBlock]) -> str | None:
    """The resource whose handle the scalar is; None if it is anything else (an attribute, all instances of a for_each)."""
    bare = written.bare
    if bare is None or bare.root != "resources" or not bare.path:
        return None
    block = resources.get(bare.path[0])
    if block is None:
        return None
    return block.name if len(bare.path) == (1 if block.for_each is None else 2) and not _is_method(bare, block) else None


def check_handle(written: Written, block: ResourceBlock, type: ResourceType, names: Names, findings: Findings) -> None:
    """Check a property's expression that is a handle, or all handles of a for_each, against what the property takes."""
    path = written.path
    bare = written.bare
    if len(path) < 4 or path[2] != "properties" or bare is None or bare.root != "resources" or not bare.path:
        return
    target = names.resources.get(bare.path[0])
    target_type = names.types.get(bare.path[0])
    if target is None or target_type is None:
        return
    taken = references_at(type, path[3:])
    about = {"property": str(path[3]), "type": type.name, "target": target.name, "found": target_type.name}
    if target.for_each is not None and len(bare.path) == 1:
        findings.add("MC0240", written.position(bare), address=block.name, suggestion=_instead_of_all(target.name, path), about=about)
    elif handle_of(written, names.resources) is None:
        if bare.path[-1] == "id" and len(bare.path) == 2 and target_type.name in taken:
            findings.add("MC0229", written.position(bare), address=block.name, suggestion=f"{{{{ resources.{target.name} }}}}", about=about)
    elif not taken and not _takes_anything(type, path[3:]):
        outputs = [name for name in target_type.outputs if name not in ("native",)]
        suggestion = f"{{{{ resources.{target.name}.id }}}}"
        findings.add("MC0235", written.position(bare), address=block.name, suggestion=suggestion, known=listed(outputs),
                     about=about)
    elif taken and not fits(target_type, taken):
        findings.add("MC0228", written.position(bare), address=block.name, expected=" or ".join(taken), about=about)


def fits(target: ResourceType, taken: tuple[str, ...]) -> bool:
    """True if a handle of that type may stand where ``taken`` types may. A native attribute also takes a portable resource's id."""
    return target.name in taken or (target.driver is None and any("." in one for one in taken))


def references_at(type: ResourceType, path: Path) -> tuple[str, ...]:
    """The types that a handle at ``path`` of the properties may be of; empty if none may stand there."""
    found: dict[str, None] = {}
    for part in parts_at(type.schema, path):
        found.update(dict.fromkeys(part.get("reference", ())))
    return tuple(found)


def _takes_anything(type: ResourceType, path: Path) -> bool:
    parts = parts_at(type.schema, path)
    return not parts or any("type" not in part and "anyOf" not in part and "enum" not in part for part in parts)


def _is_method(bare: Reference, block: ResourceBlock) -> bool:
    return block.for_each is not None and len(bare.path) == 2 and bare.path[1] in ("keys", "values", "items", "get")


def _instead_of_all(name: str, path: Path) -> str:
    if isinstance(path[-1], int):
        return f'{{{{ resources.{name}["key"] }}}}'
    return f"{{{{ resources.{name}.values() | list }}}}"


def handles_in(written: Iterator[Written], resources: Mapping[str, ResourceBlock]) -> tuple[frozenset[str], bool]:
    """The resources whose handles stand in the properties, and whether there may be more that only evaluation shows."""
    found: set[str] = set()
    more = False
    for one in written:
        if one.path[2:3] != ("properties",):
            continue
        name = handle_of(one, resources)
        if name is not None:
            found.add(name)
        elif _may_hold_handles(one):
            more = True
    return frozenset(found), more


def _may_hold_handles(written: Written) -> bool:
    if not written.template.whole:
        return False
    return any(_could_be_handle(reference) for reference in written.template.references)


def _could_be_handle(reference: Reference) -> bool:
    if reference.root in ("each", "locals"):
        return True
    if reference.root != "resources":
        return False
    return reference.dynamic or len(reference.path) < 2 or reference.path[1] in ("values", "items", "get")
