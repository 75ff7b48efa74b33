"""Where a state to be moved is now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """``state``: the old ``state:`` block as YAML or JSON, or the path of the old blueprint; ``name`` and ``environment`` the old ones.
    What is empty is as it is now."""

    state: str = ""
    name: str = ""
    environment: str = ""
