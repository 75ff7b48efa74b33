"""Values as YAML that mcflow reads back as the same values: nothing is taken for an expression, a number or a date that was a text."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*|\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "~"))
_OPENING = re.compile(r"\{(?=[{%#])")


@dataclass(frozen=True, slots=True)
class Expression:
    """A text with an expression in it, written as it stands."""

    text: str


def lines(tree: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """A mapping as block YAML, indented by so many blanks."""
    pad = " " * indent
    for key, value in tree.items():
        head = f"{pad}{scalar(str(key))}:"
        if isinstance(value, Mapping) and value:
            yield head
            yield from lines(value, indent + 2)
        elif isinstance(value, list | tuple) and value:
            yield from _list(head, value, indent)
        else:
            yield f"{head} {scalar(value)}"


def _list(head: str, values: list[Any] | tuple[Any, ...], indent: int) -> Iterator[str]:
    if not any(isinstance(value, Mapping | list | tuple) for value in values):
        flat = f"{head} [{', '.join(_inside(value) for value in values)}]"
        if len(flat) <= 110:
            yield flat
            return
    yield head
    for value in values:
        if isinstance(value, Mapping) and value:
            first, *rest = lines(value, indent + 4)
            yield f"{' ' * (indent + 2)}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{' ' * (indent + 2)}- {flow(value)}"


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_inside(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return _inside(value)


def _inside(value: Any) -> str:
    """A scalar inside brackets."""
    text = scalar(value)
    return quoted(value) if isinstance(value, str) and text == value and not re.fullmatch(r"[A-Za-z0-9_./-]+", value) else text


def scalar(value: Any) -> str:
    """A scalar: plain where that is surely read as the same text, else in double quotes."""
    if isinstance(value, Expression):
        return f'"{value.text}"'
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and len(value) < 100
        return value if plain else quoted(escaped(value))
    if isinstance(value, Mapping | list | tuple):
        return "{}" if isinstance(value, Mapping) else "[]"
    return json.dumps(value)


def escaped(text: str) -> str:
    """The text as a scalar of a blueprint that means just this text, braces and all."""
    return _OPENING.sub("{{ '{' }}", text)


def quoted(text: str) -> str:
    """In double quotes; what cannot be seen as an escape."""
    return '"' + "".join(_shown(char) for char in text) + '"'


def _shown(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char != " " and unicodedata.category(char)[0] in "CZ":
        code = ord(char)
        return {"\n": "\\n", "\t": "\\t"}.get(char) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return char


def as_json(tree: Any) -> Any:
    """The tree as JSON for a blueprint written in JSON."""
    if isinstance(tree, Expression):
        return tree.text
    if isinstance(tree, str):
        return escaped(tree)
    if isinstance(tree, Mapping):
        return {str(key): as_json(item) for key, item in tree.items()}
    return [as_json(item) for item in tree] if isinstance(tree, list | tuple) else tree
