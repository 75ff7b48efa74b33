"""Which replacements create first, and which natives depend on which in the state."""

from __future__ import annotations

from collections.abc import Mapping

from mcflow.engine.plan.diff import exclusive
from mcflow.engine.plan.node import Node


def dependants(nodes: Mapping[str, Node]) -> dict[str, set[str]]:
    """For each native in the state: the natives whose records say that they depend on it."""
    found: dict[str, set[str]] = {}
    for address, node in nodes.items():
        if node.record is not None:
            for target in node.record.edges:
                found.setdefault(target, set()).add(address)
    return found


def decide_order(nodes: Mapping[str, Node], users: Mapping[str, set[str]]) -> list[str]:
    """Set ``create_first`` on replaced nodes. Returns addresses that asked for it and cannot have it.

    Create first if the blueprint says so, or if a dependant survives and is re-pointed, or if something that creates first depends on it;
    never if old and new cannot exist at once.
    """
    refused = []
    queue = []
    for address, node in nodes.items():
        if node.action != "replace":
            continue
        asked = node.wants_create_first
        if asked and exclusive(node):
            refused.append(address)
        survivors = any(nodes[user].action in ("no-op", "update") for user in users.get(address, ()))
        if (asked or survivors) and not exclusive(node):
            node.create_first = True
            queue.append(node)
    while queue:
        node = queue.pop()
        for target in node.edges:
            other = nodes.get(target)
            if other is not None and other.action == "replace" and not other.create_first and not exclusive(other):
                other.create_first = True
                queue.append(other)
    return refused
