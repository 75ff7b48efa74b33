"""Text."""

from __future__ import annotations

import re
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions import arguments as take
from mcflow.engine.expressions.functions.function import Library

LIBRARY = Library()

_DIRECTIVE = re.compile(r"%(%|(0?)([0-9]{0,3})(?:\.([0-9]{1,2}))?([a-zA-Z]))")


@LIBRARY.add("join", "join(['a', 'b'], '-')", "a-b")
def join(value: Any, separator: Any = "") -> str:
    """The items of a list as one text, with a separator between them."""
    between = take.strict_text(separator, "the separator")
    found = value if isinstance(value, list | tuple) else None
    if found is None:
        raise FunctionError(f"the first argument must be a list, this is {take.kind_of(value)}")
    parts = [take.text(item, "an item") for item in found]
    take.room(sum(map(len, parts)) + len(between) * len(parts), "characters", limits.TEXT)
    return between.join(parts)


@LIBRARY.add("split", "split('a,b', ',')", ["a", "b"])
def split(value: Any, separator: Any = None) -> list[str]:
    """The parts of a text between separators (without one: between blanks)."""
    text = take.strict_text(value)
    if separator is None:
        return text.split()
    between = take.strict_text(separator, "the separator")
    if not between:
        raise FunctionError("the separator is empty")
    take.room(text.count(between) + 1)
    return text.split(between)


@LIBRARY.add("replace", "replace('a.b', '.', '-')", "a-b")
def replace(value: Any, old: Any, new: Any) -> str:
    """The text with every `old` written as `new`."""
    text, before, after = take.text(value), take.strict_text(old, "old"), take.strict_text(new, "new")
    if not before:
        raise FunctionError("what is replaced is empty")
    take.room(len(text) + text.count(before) * (len(after) - len(before)), "characters", limits.TEXT)
    return text.replace(before, after)


@LIBRARY.add("upper", "upper('web')", "WEB")
def upper(value: Any) -> str:
    """In capitals."""
    return take.strict_text(value).upper()


@LIBRARY.add("lower", "lower('Web')", "web")
def lower(value: Any) -> str:
    """In small letters."""
    return take.strict_text(value).lower()


@LIBRARY.add("title", "title('web tier')", "Web Tier")
def title(value: Any) -> str:
    """Every word with a capital."""
    return take.strict_text(value).title()


@LIBRARY.add("trim", "trim('  web ')", "web")
def trim(value: Any, characters: Any = None) -> str:
    """Without blanks (or the given characters) at both ends."""
    return take.strict_text(value).strip(None if characters is None else take.strict_text(characters, "the characters"))


@LIBRARY.add("startswith", "startswith('web-1', 'web')", True)
def startswith(value: Any, prefix: Any) -> bool:
    """Whether a text begins so."""
    return take.strict_text(value).startswith(take.strict_text(prefix, "the prefix"))


@LIBRARY.add("endswith", "endswith('web-1', '-1')", True)
def endswith(value: Any, suffix: Any) -> bool:
    """Whether a text ends so."""
    return take.strict_text(value).endswith(take.strict_text(suffix, "the suffix"))


@LIBRARY.add("format", "format('web-%03d', 7)", "web-007")
def format_(pattern: Any, *values: Any) -> str:
    """Values put into a text: %s as written, %d integers (%03d: with zeros), %x hexadecimal, %.2f decimals, %% a percent sign."""
    text = take.strict_text(pattern, "the pattern")
    waiting = list(values)
    out: list[str] = []
    at = 0
    for found in _DIRECTIVE.finditer(text):
        if "%" in text[at:found.start()]:
            break
        out.append(text[at:found.start()])
        at = found.end()
        out.append("%" if found[1] == "%" else _formatted(found, waiting))
    if "%" in text[at:]:
        raise FunctionError(f"'{text[text.index('%', at):][:10]}' is no directive; %% writes a percent sign")
    if waiting:
        raise FunctionError(f"{len(waiting)} values too many for {text[:60]!r}")
    return "".join([*out, text[at:]])


def _formatted(found: re.Match[str], waiting: list[Any]) -> str:
    if not waiting:
        raise FunctionError(f"there is no value for {found[0]}")
    value, zero, width, kind = waiting.pop(0), found[2], int(found[3] or 0), found[5]
    if kind == "s":
        plain = take.text(value, f"the value for {found[0]}")
    elif kind in "dx":
        plain = format(take.integer(value, f"the value for {found[0]}"), kind)
    elif kind == "f":
        plain = format(take.number(value, f"the value for {found[0]}"), f".{int(found[4] or 6)}f")
    else:
        raise FunctionError(f"{found[0]} is no directive", "%s, %d, %x or %f")
    return plain.zfill(width) if zero else plain.rjust(width)
