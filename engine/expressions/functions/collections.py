"""Lists and mappings."""

from __future__ import annotations

import json as _json
from collections.abc import Callable
from itertools import chain
from typing import Any

from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions import arguments as take
from mcflow.engine.expressions.functions.function import ABSENT, Library

LIBRARY = Library()


@LIBRARY.add("merge", "merge({'a': 1, 'b': 1}, {'b': 2})", {"a": 1, "b": 2}, kind="structure")
def merge(*mappings: Any) -> dict[str, Any]:
    """One mapping of several; later ones win. Null counts as empty."""
    merged: dict[str, Any] = {}
    for one in mappings:
        if one is not None:
            merged.update(take.mapping(one, "what is merged"))
    return merged


@LIBRARY.add("keys", "keys({'a': 1, 'b': 2})", ["a", "b"], kind="structure")
def keys(mapping: Any) -> list[str]:
    """The keys of a mapping, in its order."""
    return list(take.mapping(mapping))


@LIBRARY.add("values", "values({'a': 1, 'b': 2})", [1, 2], kind="structure")
def values(mapping: Any) -> list[Any]:
    """The values of a mapping, in its order."""
    return list(take.mapping(mapping).values())


@LIBRARY.add("items", "items({'a': 1})", [["a", 1]], kind="structure")
def items(mapping: Any) -> list[list[Any]]:
    """Pairs of key and value."""
    return [[key, value] for key, value in take.mapping(mapping).items()]


@LIBRARY.add("lookup", "lookup({'a': 1}, 'b', 0)", 0, kind="structure")
def lookup(mapping: Any, key: Any, default: Any = ABSENT) -> Any:
    """The value under a key, or the default."""
    found = take.mapping(mapping)
    name = take.key(key)
    if name in found:
        return found[name]
    if default is ABSENT:
        raise FunctionError(f"there is no '{name}' and no default; the keys are {', '.join(list(found)[:10]) or 'none'}")
    return default


@LIBRARY.add("list", "list({'a': 1})", ["a"], kind="structure")
def list_(value: Any) -> list[Any]:
    """A list as it is; the keys of a mapping."""
    if isinstance(value, list | tuple):
        return list(value)
    return list(take.mapping(value))


@LIBRARY.add("flatten", "flatten([1, [2, [3]]])", [1, 2, 3], kind="structure")
def flatten(value: Any) -> list[Any]:
    """A list of lists, of any depth, as one list."""
    flat: list[Any] = []
    waiting = [iter(take.sequence(value))]
    while waiting:
        item = next(waiting[-1], ABSENT)
        if item is ABSENT:
            waiting.pop()
        elif isinstance(item, list | tuple):
            waiting.append(iter(item))
        else:
            flat.append(item)
            take.room(len(flat))
    return flat


@LIBRARY.add("zipmap", "zipmap(['a', 'b'], [1, 2])", {"a": 1, "b": 2}, kind="structure")
def zipmap(names: Any, values: Any) -> dict[str, Any]:
    """A mapping of a list of keys and a list of values, of the same length."""
    left, right = take.sequence(names, "the keys"), take.sequence(values, "the values")
    if len(left) != len(right):
        raise FunctionError(f"{len(left)} keys and {len(right)} values")
    return dict(zip((take.key(name) for name in left), right, strict=True))


@LIBRARY.add("concat", "concat([1], [2, 3])", [1, 2, 3], kind="structure")
def concat(*lists: Any) -> list[Any]:
    """One list of several. Null counts as empty."""
    parts = [take.sequence(one, "what is put together") for one in lists if one is not None]
    take.room(sum(map(len, parts)))
    return list(chain.from_iterable(parts))


@LIBRARY.add("slice", "slice([1, 2, 3, 4], 1, 3)", [2, 3], kind="structure")
def slice_(value: Any, start: Any, end: Any = None) -> Any:
    """A part of a list or text: from `start` up to, not including, `end`."""
    first = take.integer(take.known(start), "start")
    last = None if end is None else take.integer(take.known(end), "end")
    if isinstance(value, str):
        return value[first:last]
    return take.sequence(value)[first:last]


@LIBRARY.add("length", "length([1, 2, 3])", 3, kind="structure")
def length(value: Any) -> int:
    """How many items a list or mapping, how many characters a text has."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple):
        return len(value)
    return len(take.mapping(value, "what is counted"))


@LIBRARY.add("first", "first([1, 2])", 1, kind="structure")
def first(value: Any) -> Any:
    """The first item of a list."""
    found = take.sequence(value)
    if not found:
        raise FunctionError("the list is empty")
    return found[0]


@LIBRARY.add("last", "last([1, 2])", 2, kind="structure")
def last(value: Any) -> Any:
    """The last item of a list."""
    found = take.sequence(value)
    if not found:
        raise FunctionError("the list is empty")
    return found[-1]


@LIBRARY.add("reverse", "reverse([1, 2])", [2, 1], kind="structure")
def reverse(value: Any) -> Any:
    """A list or text from its end."""
    return value[::-1] if isinstance(value, str) else take.sequence(value)[::-1]


@LIBRARY.add("sort", "sort(['b', 'a'])", ["a", "b"])
def sort(value: Any, reverse: Any = False) -> list[Any]:
    """A list of numbers, or of texts, in order."""
    found = take.sequence(value)
    return sorted(found, key=_order(found), reverse=bool(reverse))


def _order(found: list[Any]) -> Callable[[Any], Any]:
    if all(isinstance(item, str) for item in found) or all(_is_number(item) for item in found):
        return lambda item: item
    odd = next(item for item in found if type(item) is not type(found[0]) or not isinstance(item, str | int | float))
    raise FunctionError(f"only a list of numbers or a list of texts has an order, this one has {take.kind_of(odd)} too")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@LIBRARY.add("unique", "unique([1, 2, 1])", [1, 2])
def unique(value: Any) -> list[Any]:
    """A list without repeats, in the order of first appearance."""
    seen: dict[Any, Any] = {}
    for item in take.sequence(value):
        seen.setdefault(_identity(item), item)
    return list(seen.values())


def _identity(item: Any) -> Any:
    """Something hashable that is equal for equal data only; a boolean is never a number."""
    if isinstance(item, str | int | float) and not isinstance(item, bool):
        return item
    return (_json.dumps(item, sort_keys=True),)


@LIBRARY.add("distinct", "distinct(['a', 'a'])", ["a"])
def distinct(value: Any) -> list[Any]:
    """As `unique`."""
    found: list[Any] = unique(value)
    return found


@LIBRARY.add("index", "index(['a', 'b'], 'b')", 1)
def index(value: Any, item: Any) -> int:
    """The place of an item in a list, from 0."""
    wanted = _identity(item)
    for at, one in enumerate(take.sequence(value)):
        if _identity(one) == wanted:
            return at
    raise FunctionError("the item is not in the list")


@LIBRARY.add("contains", "contains(['a', 'b'], 'b')", True)
def contains(value: Any, item: Any) -> bool:
    """Whether a list has an item, a mapping a key, a text a part."""
    if isinstance(value, str):
        return take.strict_text(item, "what is looked for") in value
    if isinstance(value, list | tuple):
        wanted = _identity(item)
        return any(_identity(one) == wanted for one in value)
    return take.key(item) in take.mapping(value, "what is searched")


@LIBRARY.add("range", "range(3)", [0, 1, 2])
def range_(start: Any, end: Any = None, step: Any = 1) -> list[int]:
    """Integers from 0 (or `start`) up to, not including, the end."""
    first, last = (0, take.integer(start, "the end")) if end is None else (take.integer(start, "start"), take.integer(end, "the end"))
    width = take.integer(step, "step")
    if width == 0:
        raise FunctionError("a step of 0 never arrives")
    numbers = range(first, last, width)
    if max(abs(first), abs(last), abs(width)) > 1 << 62:
        take.room(1 << 62)
    take.room(len(numbers))
    return list(numbers)
