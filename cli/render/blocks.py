"""A plan's changes gathered into blocks: one portable resource with its natives, or many of one shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mcflow.model.plan import Change, Plan

SIGNS: dict[tuple[str, ...], str] = {
    ("create",): "+", ("update",): "~", ("delete",): "-", ("forget",): "x", ("adopt",): "<", ("read",): "?", ("adopt", "update"): "<~",
    ("adopt", "delete", "create"): "<!", ("adopt", "create", "delete"): "<!",
    ("delete", "create"): "-/+", ("create", "delete"): "+/-",
}
COLOURS = {"+": "green", "~": "yellow", "-": "red", "-/+": "bold red", "+/-": "bold red", "x": "cyan", "<": "cyan", "?": "cyan",
           "<~": "cyan", "<!": "bold red"}

_RANK = {"-": 0, "-/+": 1, "+/-": 1, "~": 2, "x": 3, "<": 4, "<~": 4, "+": 5, "?": 6, "<!": 0}
_KEY = re.compile(r'\["(?:[^"\\]|\\.)*"\]')


@dataclass(frozen=True, slots=True)
class Block:
    """A portable resource (or a native written directly, or a shared helper) and the changes of its natives."""

    address: str
    type: str
    """The portable type; the native's type where there is no portable resource."""
    changes: tuple[Change, ...]
    like: tuple[str, ...] = ()
    """Addresses of other resources with the same shape, folded into this block."""

    @property
    def sign(self) -> str:
        """The gravest sign among its changes; `~` where creates and deletes mix without a replacement."""
        signs = {sign(change) for change in self.changes}
        if signs & {"-/+", "+/-"}:
            return min(signs & {"-/+", "+/-"})
        return signs.pop() if len(signs) == 1 else "~"

    @property
    def rank(self) -> int:
        """Where it stands in the plan: what destroys comes first."""
        return min(_RANK[sign(change)] for change in self.changes)


def sign(change: Change) -> str:
    """The sign of one change."""
    return SIGNS.get(tuple(change.actions), "?")


def role(change: Change) -> str:
    """How the native is called inside its resource: its role, or its type where it has none."""
    head, slash, tail = change.address.rpartition("/")
    if slash and (change.resource is None or head.startswith(change.resource)):
        return tail.partition("@")[0]
    return change.type


def blocks(plan: Plan, changes: Iterable[Change], types: Mapping[str, str]) -> list[Block]:
    """The changes by portable resource, in the order in which the plan first names them; ``types`` of those that the plan removes."""
    gathered: dict[str, list[Change]] = {}
    for change in changes:
        gathered.setdefault(change.resource or change.address, []).append(change)
    return [Block(address, types.get(address) or _type(plan, address, found), tuple(found)) for address, found in gathered.items()]


def _type(plan: Plan, address: str, changes: list[Change]) -> str:
    record = plan.resources.get(address)
    if record is not None:
        return record.type
    types = {change.type for change in changes}
    return types.pop() if len(types) == 1 else ""


def fold(found: list[Block], *, across_names: bool) -> list[Block]:
    """Blocks of one shape as one block with the others in ``like``; unless ``across_names`` only instances of one ``for_each``."""
    groups: dict[object, list[Block]] = {}
    for block in found:
        name = "" if across_names else without_keys(block.address)
        groups.setdefault((name, _shape(block)), []).append(block)
    return [
        Block(first.address, first.type, first.changes, tuple(block.address for block in rest)) for first, *rest in groups.values()
    ]


def without_keys(address: str) -> str:
    """The address without the keys of ``for_each``."""
    return _KEY.sub("", address)


def _shape(block: Block) -> object:
    return (block.type, tuple(
        (role(change), change.type, change.connection, change.actions, _general(change.reason), change.conditional, tuple(
            (item.path, repr(item.before), repr(item.after), item.unknown, item.replaces)
            for item in (() if change.actions in (("create",), ("delete",)) else change.attributes)
        )) for change in block.changes
    ))


def _general(reason: str) -> str:
    return _KEY.sub("[…]", reason)
