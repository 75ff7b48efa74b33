"""Which of what was found may be imported or destroyed, and why not the rest. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.discover.findings import Found, Key
from mcflow.engine.options import DiscoverOptions
from mcflow.model.address import Address, AddressError, parse_address
from mcflow.model.record import NativeRecord
from mcflow.state.records import State


@dataclass(frozen=True)
class Chosen:
    """What may be taken, and what was asked for and may not be: reason → how many."""

    items: tuple[Found, ...]
    left: Mapping[str, int]


REASONS = {
    "here": "managed by this state already",
    "elsewhere": "managed by another mcflow state (--take-over)",
    "missing": "not in the cloud any more",
    "provided": "made by the cloud itself (name the id to have it)",
    "unsettled": "not ready",
}


def choose(items: Iterable[Found], options: DiscoverOptions) -> Chosen:
    """What nobody manages (or, if allowed, another state) and what is settled. What the cloud made by itself only if its id is given."""
    taken: list[Found] = []
    left: Counter[str] = Counter()
    for item in items:
        reason = _reason(item, options)
        if reason:
            left[reason] += 1
        else:
            taken.append(item)
    return Chosen(tuple(taken), dict(left))


def _reason(item: Found, options: DiscoverOptions) -> str:
    if item.managed in ("here", "missing") or (item.managed == "elsewhere" and not options.take_over):
        return item.managed
    if item.provided and item.id not in options.ids:
        return "provided"
    return "" if item.settled else "unsettled"


def references_to(state: State, blueprint: Blueprint, records: Mapping[Key, NativeRecord]) -> dict[Key, str]:
    """The expression of each object that this state has and the blueprint names."""
    found: dict[Key, str] = {}
    for key, record in records.items():
        try:
            address = parse_address(record.address)
        except AddressError:
            continue
        expression = _expression(address)
        if expression and address.name in blueprint.resources and address.generation is None:
            found[key] = expression
    return found


def _expression(address: Address) -> str:
    if len(address.path) != 1 or address.path[0].key is not None or (address.role is not None and address.role.key is not None):
        return ""
    return f"resources.{address.name}.native.{address.role.name}" if address.role else f"resources.{address.name}"


def names_taken(state: State, blueprint: Blueprint) -> set[str]:
    """Names of resources in the blueprint and in the state."""
    taken = set(blueprint.resources)
    for text in (*state.resources, *state.natives):
        try:
            taken.add(parse_address(text).name)
        except AddressError:
            taken.add(text)
    return taken


def spelled_reasons(left: Mapping[str, int]) -> str:
    """``3 managed by this state already, 1 not ready``."""
    return ", ".join(f"{count} {REASONS[reason]}" for reason, count in left.items())


def named(items: Sequence[Found], most: int = 8) -> str:
    """Types and ids in one line, the first of many."""
    shown = [f"{item.type} {item.id}" for item in items[:most]]
    return ", ".join(shown) + (f" and {len(items) - most} more" if len(items) > most else "")
