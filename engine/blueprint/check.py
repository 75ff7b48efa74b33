"""Checking a resource's evaluated properties: handles, unknowns and secrets among plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcflow.engine.blueprint.reports import Subject, dotted, reports
from mcflow.engine.blueprint.structure import sensitive_at
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value, leaves, reveal
from mcflow.schemas import Schema
from mcflow.schemas.checking import problems
from mcflow.schemas.opening import hole
from mcflow.schemas.walking import Path, kinds_at, parts_at


def check_properties(
    type_schema: Schema, tree: Mapping[str, Value], position_of: Callable[[Path], Position | None], address: str | None = None
) -> list[Diagnostic]:
    """What is wrong with the evaluated properties of a resource.

    Handles must be of a type that the property's ``reference`` names; unknowns must not contradict the schema; secrets are checked by
    their value, which no text shows. ``position_of`` finds the place of a path inside the properties.
    """
    secret: set[Path] = set()
    odd: list[tuple[Path, Value]] = []
    plain = _plain(tree, (), odd, secret)
    what = str(type_schema.get("title", "resource"))
    subject = Subject(what, lambda path, _: position_of(path), address, lambda path: _hidden(path, secret, type_schema))
    found = reports(problems(type_schema, plain, opening="hole"), subject)
    for path, value in odd:
        found += _check_odd(type_schema, path, value, subject)
    return found


def hide_sensitive(type_schema: Schema, tree: Mapping[str, Value]) -> dict[str, Value]:
    """The evaluated properties with every known value that the schema calls sensitive as a Secret."""
    return {name: _hide(type_schema["properties"].get(name, {}), value) for name, value in tree.items()}


def _hide(schema: Schema, value: Value) -> Value:
    if schema.get("sensitive"):
        return _hide_all(value)
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return {key: _hide(parts.get(key, {}), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(schema.get("items", {}), item) for item in value]
    return value


def _hide_all(value: Value) -> Value:
    """One secret of what is known as a whole. In a tree with parts that are not known yet each known part is a secret of its own."""
    if not isinstance(value, str | int | float | list | dict):
        return value
    if not any(isinstance(leaf, Handle | Unknown | Ref | Export | Derived) for leaf in leaves(value)):
        return Secret(reveal(value))
    if isinstance(value, dict):
        return {key: _hide_all(item) for key, item in value.items()}
    return [_hide_all(item) for item in value] if isinstance(value, list) else value


def _plain(value: Value, path: Path, odd: list[tuple[Path, Value]], secret: set[Path]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, (*path, key), odd, secret) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item, (*path, index), odd, secret) for index, item in enumerate(value)]
    if isinstance(value, Secret):
        secret.add(path)
        return _plain(value.reveal(), path, odd, secret)
    if isinstance(value, Handle | Unknown | Ref | Export | Derived):
        odd.append((path, value))
        return hole(value.address or str(id(value)) if isinstance(value, Handle) else dotted(path))
    return value


def _hidden(path: Path, secret: set[Path], schema: Schema) -> bool:
    return any(path[:length] in secret for length in range(len(path) + 1)) or sensitive_at(schema, path)


def _check_odd(schema: Schema, path: Path, value: Value, subject: Subject) -> Iterator[Diagnostic]:
    if isinstance(value, Handle):
        yield from _check_handle(schema, path, value, subject)
    elif isinstance(value, Unknown):
        wanted, given = kinds_at(schema, path), kinds_at(value.schema, ())
        if wanted and given and not _overlap(wanted, given):
            yield _finding("MC0236", path, subject, expected=" or ".join(sorted(wanted)), actual=" or ".join(sorted(given)))


def _check_handle(schema: Schema, path: Path, handle: Handle, subject: Subject) -> Iterator[Diagnostic]:
    parts = parts_at(schema, path)
    taken = [name for part in parts for name in part.get("reference", ())]
    if not parts or any(not kinds_at(part, ()) and "reference" not in part for part in parts):
        return
    if not taken:
        yield _finding("MC0235", path, subject, target=handle.address, found=handle.type, known=", ".join(handle.exports()),
                       suggestion=f"{{{{ resources.{handle.address}.id }}}}")
    elif handle.type and handle.type not in taken and not ("." not in handle.type and any("." in one for one in taken)):
        yield _finding("MC0228", path, subject, expected=" or ".join(taken), target=handle.address, found=handle.type)


def _overlap(wanted: frozenset[str], given: frozenset[str]) -> bool:
    # Null means absent wherever a property may be; a whole number is a number.
    wide = wanted | ({"integer"} if "number" in wanted else set()) | {"null"}
    return bool(wide & given) or ("integer" in wanted and "number" in given)


def _finding(code: str, path: Path, subject: Subject, suggestion: str | None = None, **args: str) -> Diagnostic:
    texts = {"property": dotted(path), "type": subject.what, **args}
    return Diagnostic(code, texts, subject.place(path, False), subject.address, suggestion)
