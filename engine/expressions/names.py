"""The names an expression may begin with, and what it reads through them."""

from __future__ import annotations

from dataclasses import dataclass

ROOTS = ("vars", "locals", "env", "resources", "data", "each", "run")
DECLARED = frozenset({"vars", "locals", "resources"})
"""Roots whose names are declared in the blueprint: a name that is not there is a slip, which `default` must not hide."""
METHODS = frozenset({"keys", "values", "items", "get"})
"""What may be called on a mapping, as in ``resources.web.values()``."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that an expression reads: ``resources.net.id`` is root ``resources``, path ``("net", "id")``.

    ``dynamic``: an index further on is not constant, ``path`` is what comes before it. ``offset`` and ``length`` count characters of the
    scalar.
    """

    root: str
    path: tuple[str, ...]
    dynamic: bool
    offset: int
    length: int
