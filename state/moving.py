"""Moving: addresses change, the things stay. Pure: a state and which addresses become which give the record that makes it so.

Nothing is renamed or replaced by a move: ids, pins, derived names, marks and what was last wanted stay; edges, references, origins and
lists of natives follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from mcflow.model.address import parse_address, without_generation
from mcflow.model.record import Edges, NativeRecord, ResourceRecord
from mcflow.state.records import Recorded, State

Moves = Mapping[str, str]
"""Addresses of records (resources, natives, old halves ``@1`` too) → what they become."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move as it is written. ``follows``: the characters that may stand behind ``old`` in an address that goes along."""

    old: str
    new: str
    follows: str

    @classmethod
    def of(cls, old: str, new: str) -> Move:
        """Raises AddressError for a text that is no address, ValueError if one is a native and the other is not."""
        source, target = parse_address(old), parse_address(new)
        if (source.role is None) != (target.role is None):
            raise ValueError(f"{old} and {new} are not of one kind: one is a native, the other a resource")
        block = source.role is None and source.path[-1].key is None and target.path[-1].key is None
        return cls(str(source), str(target), "@" if source.role is not None else "/@.[" if block else "/@.")

    def becomes(self, address: str) -> str | None:
        """What an address becomes; None if it does not go along."""
        if address.startswith(self.old) and (len(address) == len(self.old) or address[len(self.old)] in self.follows):
            return self.new + address[len(self.old):]
        return None


def moves_of(state: State, old: str, new: str) -> dict[str, str]:
    """Every address of the state that moving ``old`` to ``new`` changes; empty if there is nothing at ``old``.

    A name moves with all its instances, unless ``new`` has a key: then only the instance without one moves. A native moves alone. Raises
    AddressError for a text that is no address, ValueError if one is a native and the other is not, or if both are the same.
    """
    move = Move.of(old, new)
    if move.old == move.new:
        raise ValueError("it is the same address")
    found = {}
    for address in (*state.resources, *state.natives):
        becomes = move.becomes(address)
        if becomes is not None:
            found[address] = becomes
            # Edges name a native without its generation, also where only an old half of it is left.
            found.setdefault(without_generation(address), without_generation(becomes))
    return found


def clashes(state: State, moves: Moves) -> list[tuple[str, str]]:
    """Pairs (old, new) that cannot be: something stays at ``new``, or another moves there too."""
    taken: dict[str, str] = {}
    found = []
    for old, new in moves.items():
        if old not in state.natives and old not in state.resources:
            continue
        stays = (new in state.natives or new in state.resources) and new not in moves
        if stays or taken.setdefault(new, old) != old:
            found.append((old, new))
    return found


def busy(state: State, moves: Moves) -> list[str]:
    """Addresses to be moved, or moved to, that an open operation is about: it must be settled first."""
    open_ones = {address for opened in state.open.values() for address in (opened.intent.address, opened.aside) if address}
    return sorted(open_ones & {*moves, *moves.values()})


def moved(state: State, moves: Moves, *, at: float = 0.0, noted: bool = False) -> Recorded:
    """The record that makes the moves, all at once (a swap is one). ``noted``: resources remember where they came from.

    The caller has made sure that nothing clashes and nothing is busy.
    """
    natives: dict[str, NativeRecord | None] = {}
    for native in state.natives.values():
        now = _native(native, moves)
        if now is not native:
            natives[now.address] = now
    resources: dict[str, ResourceRecord | None] = {}
    for resource in state.resources.values():
        changed = _resource(resource, moves, noted=noted)
        if changed is not resource:
            resources[changed.address] = changed
    for old, new in moves.items():
        if old in state.natives and old != new:
            natives.setdefault(old, None)
        if old in state.resources and old != new:
            resources.setdefault(old, None)
    return Recorded(natives=natives, resources=resources, at=at)


def _native(record: NativeRecord, moves: Moves) -> NativeRecord:
    edges = record.edges
    if any(target in moves for target in edges):
        edges = Edges(*(tuple(sorted(moves.get(target, target) for target in kind)) for kind in (edges.hard, edges.soft, edges.order)))
    origin = record.origin if record.origin is None else moves.get(record.origin, record.origin)
    address, want = moves.get(record.address, record.address), _tree(record.want, moves)
    if (address, origin) == (record.address, record.origin) and edges is record.edges and want is record.want:
        return record
    return replace(record, address=address, origin=origin, edges=edges, want=want)


def _resource(record: ResourceRecord, moves: Moves, *, noted: bool) -> ResourceRecord:
    address = moves.get(record.address, record.address)
    natives = tuple(moves.get(native, native) for native in record.natives)
    trees = {name: _tree(getattr(record, name), moves) for name in ("properties", "exports", "privates")}
    if address != record.address:
        # A resource without an id of its own goes by its address.
        own = [name for name in ("id", "name") if trees["exports"].get(name) == record.address and name not in record.properties]
        trees["exports"] = {**trees["exports"], **dict.fromkeys(own, address)}
    elif natives == record.natives and all(tree is getattr(record, name) for name, tree in trees.items()):
        return record
    kept = record.moved_from if address == record.address else record.address if noted else ""
    return replace(record, address=address, natives=natives, moved_from=kept, **trees)


def _tree(tree: Any, moves: Moves) -> Any:
    """A wire tree with its references following; the very same tree if none does."""
    if isinstance(tree, list):
        items = [_tree(item, moves) for item in tree]
        return items if any(new is not old for new, old in zip(items, tree, strict=True)) else tree
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        (tag, body), = tree.items()
        if tag in ("$ref", "$export"):
            return {tag: [moves[body[0]], *body[1:]]} if body[0] in moves else tree
    changed = {key: _tree(item, moves) for key, item in tree.items()}
    return changed if any(changed[key] is not item for key, item in tree.items()) else tree
