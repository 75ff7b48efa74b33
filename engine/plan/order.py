"""Which replacements create first, and which natives depend on which in the state."""

from __future__ import annotations

from collections.abc import Mapping

from mcflow.engine.plan.diff import exclusive
from mcflow.engine.plan.graph import sources
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

    Create first if the blueprint says so, or if a dependant survives and is re-pointed or cannot be decided without the new one, or if
    something that creates first depends on it; never if old and new cannot exist at once.
    """
    awaited = _awaited(nodes)
    refused = []
    queue = []
    for address, node in nodes.items():
        if node.action != "replace":
            continue
        asked = node.wants_create_first
        if asked and exclusive(node):
            refused.append(address)
        survivors = any(_repointed(nodes[user], address) for user in users.get(address, ()))
        if (asked or survivors or address in awaited) and not exclusive(node):
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


def _repointed(user: Node, target: str) -> bool:
    """True if a dependant stays and is changed to name the target's new self; what merely comes after it is not."""
    record = user.record
    return user.action == "update" and record is not None and target in (*record.edges.hard, *record.edges.soft)


def _awaited(nodes: Mapping[str, Node]) -> set[str]:
    """Replaced natives whose new self tells whether a dependant is replaced too. Where old and new cannot exist at once, the dependant must
    go before that can be known: it is replaced for certain."""
    awaited: dict[str, set[str]] = {}
    for address, node in nodes.items():
        if node.conditional:
            for target in sources(node, (change.path for change in node.details if change.replaces)):
                awaited.setdefault(target, set()).add(address)
    certain = [address for address, node in nodes.items() if node.action == "replace" and not node.conditional and exclusive(node)]
    while certain:
        for user in awaited.get(certain.pop(), ()):
            node = nodes[user]
            if node.conditional:
                node.conditional, node.decided_by, node.kept = False, None, {}
                node.reason = node.reason.replace("may be replaced: ", "").replace("after apply", "only when it is gone")
                if exclusive(node):
                    certain.append(user)
    return {
        target for target, waiting in awaited.items()
        if any(nodes[user].conditional for user in waiting) and target in nodes and not nodes[target].conditional
    }
