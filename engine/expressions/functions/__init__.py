"""The library of functions that expressions may call, as filters and as functions alike.

Pure functions over values belong here, each listed with its example. What is not listed cannot be called. Nothing here reads the clock,
randomness or the network; `file` reads below the blueprint's folder only.
"""

from __future__ import annotations

from typing import Any

from mcflow.engine.expressions.functions import choices, collections, conversions, encodings, networks, numbers, patterns, texts
from mcflow.engine.expressions.functions.function import Function, Table

FUNCTIONS: Table = {
    **networks.LIBRARY.table, **collections.LIBRARY.table, **texts.LIBRARY.table, **patterns.LIBRARY.table, **encodings.LIBRARY.table,
    **numbers.LIBRARY.table, **conversions.LIBRARY.table, **choices.LIBRARY.table,
}
HIGHER_ORDER: dict[str, tuple[str, str, tuple[str, Any]]] = {
    "map": ("map(list, function, …) or map(list, attribute='name')", "The result of a function, or an attribute, for every item.",
            ("[1, 2] | map('string')", ["1", "2"])),
    "select": ("select(list, test, …)", "The items for which the test holds (without one: those that are true).",
               ("[1, null, 2] | select('number')", [1, 2])),
    "reject": ("reject(list, test, …)", "The items for which the test does not hold.", ("[1, null, 2] | reject('none')", [1, 2])),
    "selectattr": ("selectattr(list, attribute, test, …)", "The items whose attribute passes the test.",
                   ("[{'a': 1}, {'a': null}] | selectattr('a', 'number')", [{"a": 1}])),
    "rejectattr": ("rejectattr(list, attribute, test, …)", "The items whose attribute does not pass the test.",
                   ("[{'a': 1}, {'a': null}] | rejectattr('a', 'number')", [{"a": None}])),
}
"""Functions that call functions; the evaluation itself does these."""


def functions_table() -> list[dict[str, Any]]:
    """The library for documentation, by name: name, signature, doc, example (an expression) and result (its value)."""
    rows = [_row(function) for function in FUNCTIONS.values()]
    rows += [
        {"name": name, "signature": signature, "doc": doc, "example": example[0], "result": example[1]}
        for name, (signature, doc, example) in HIGHER_ORDER.items()
    ]
    return sorted(rows, key=lambda row: str(row["name"]))


def _row(function: Function) -> dict[str, Any]:
    example, result = function.example
    return {"name": function.name, "signature": function.signature, "doc": function.doc, "example": example, "result": result}
