"""Sealed values inside wire trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

SENSITIVE = "(sensitive)"


def sealed_texts(tree: Any) -> Iterator[str]:
    """Every sealed text in a tree of plain data."""
    if isinstance(tree, list | tuple):
        for item in tree:
            yield from sealed_texts(item)
    elif isinstance(tree, dict):
        if len(tree) == 1 and isinstance(tree.get("$secret"), str):
            yield tree["$secret"]
        else:
            for item in tree.values():
                yield from sealed_texts(item)


def replaced(tree: Any, change: Callable[[str], Any]) -> Any:
    """The tree with each sealed value, tag and all, replaced by what ``change`` makes of its text."""
    if isinstance(tree, list | tuple):
        return [replaced(item, change) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1 and isinstance(tree.get("$secret"), str):
        return change(tree["$secret"])
    return {key: replaced(item, change) for key, item in tree.items()}


def hidden(tree: Any) -> Any:
    """The tree for people: sealed values masked, references by name, texts that apply computes as such."""
    if isinstance(tree, list | tuple):
        return [hidden(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        (tag, body), = tree.items()
        if tag == "$secret":
            return SENSITIVE
        if tag == "$map":
            return hidden(body)
        if tag == "$ref":
            return "${" + ".".join(map(str, body)) + "}"
        if tag in ("$unknown", "$derived", "$export"):
            return "(derived)"
    return {key: hidden(item) for key, item in tree.items()}
