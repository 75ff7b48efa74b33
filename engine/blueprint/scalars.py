"""Schema-directed scalars: where the schema says string, the source text of a plain scalar is meant, not what YAML made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcflow.engine.reading import Document, Path
from mcflow.schemas.walking import kind_of, kinds_at

Schema = Mapping[str, Any]
Ruling = tuple[Schema, Path]
"""A schema and the path inside what it describes."""


def settle_scalars(document: Document, ruled_by: Callable[[Path], Ruling | None]) -> None:
    """Put the source text in place of every plain number or boolean where a string is asked for (``1.10``, ``012345``), a whole number
    in place of ``20.0``, and drop nulls where null says nothing. Changes ``document.value``; ``ruled_by`` finds the schema of a path."""
    known: dict[tuple[int, tuple[str | None, ...]], frozenset[str]] = {}
    for path, text in document.raw.items():
        ruling = ruled_by(path)
        if ruling is None:
            continue
        schema, inside = ruling
        kinds = _kinds(schema, inside, known)
        if kinds:
            _settle(document.value, path, text, kinds)


def _kinds(schema: Schema, path: Path, known: dict[tuple[int, tuple[str | None, ...]], frozenset[str]]) -> frozenset[str]:
    key = (id(schema), tuple(None if isinstance(step, int) else step for step in path))
    found = known.get(key)
    if found is None:
        found = known[key] = kinds_at(schema, path)
    return found


def _settle(tree: Any, path: Path, text: str, kinds: frozenset[str]) -> None:
    parent = tree
    for step in path[:-1]:
        parent = parent[step]
    value = parent[path[-1]]
    kind = kind_of(value)
    if kind in kinds or (kind == "integer" and "number" in kinds):
        return
    if kind == "null":
        if isinstance(parent, dict):
            del parent[path[-1]]
    elif kind == "number" and "integer" in kinds and value == int(value):
        parent[path[-1]] = int(value)
    elif "string" in kinds:
        parent[path[-1]] = text


def templates(tree: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every string that may hold an expression in a tree, with its path, in order."""
    if isinstance(tree, str):
        if "{{" in tree or "{%" in tree:
            yield path, tree
    elif isinstance(tree, dict):
        for key, item in tree.items():
            if item.__class__ in (str, dict, list):
                yield from templates(item, (*path, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from templates(item, (*path, index))
