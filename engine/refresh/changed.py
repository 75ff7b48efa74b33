"""What ``--refresh changed`` reads: what a plan would touch, and what that depends on."""

from __future__ import annotations

from collections.abc import Mapping

from mcflow.model.address import without_generation
from mcflow.model.plan import Plan
from mcflow.model.record import NativeRecord


def needed(made: Plan, natives: Mapping[str, NativeRecord]) -> set[str]:
    """Addresses in the state of what the plan's steps act on or name, and of all that those depend on, however far."""
    came_from = {new: old for old, new in made.moved.items()}
    generations: dict[str, list[str]] = {}
    for address in natives:
        generations.setdefault(without_generation(address), []).append(address)
    found: set[str] = set()
    asked = [address for step in made.steps for address in (step.address, *step.edges)]
    while asked:
        stem = without_generation(asked.pop())
        for address in generations.get(stem) or generations.get(came_from.get(stem, stem)) or ():
            if address not in found:
                found.add(address)
                asked += natives[address].edges
    return found
