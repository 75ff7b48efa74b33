"""Names for what was found: from Name tags and names in the cloud, else from what it belongs to; unique, and the same each time."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from mcflow.engine.discover.findings import Found, Key

_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


def name_all(items: Sequence[Found], parents: Mapping[Key, Sequence[Key]], taken: Collection[str]) -> dict[Key, str]:
    """The name of each item. ``items`` in order of dependency; ``parents``: the items that one refers to, the nearest first;
    ``taken``: names that are in use."""
    used = dict.fromkeys((name.casefold() for name in taken), 1)
    named: dict[Key, str] = {}
    wanted: dict[str, int] = {}
    for item in items:
        first = slug(item.name)
        wanted[first] = wanted.get(first, 0) + 1
    for item in items:
        kind = slug(item.type.partition(".")[2])
        own = slug(item.name)
        if own and wanted[own] == 1 and own not in used:
            name = own
        elif own:
            name = own if own == kind or own.endswith(f"_{kind}") else f"{own}_{kind}"
        else:
            over = [named[parent] for parent in parents.get(item.key, ()) if parent in named]
            name = _joined(over[0], kind) if over else f"{kind}_{slug(item.id)[-8:].strip('_')}"
        named[item.key] = _free(name[:_LONGEST].rstrip("_"), used)
    return named


def slug(text: str) -> str:
    """``Web servers (prod)`` → ``web_servers_prod``; empty for a text without letters and digits of ASCII."""
    plain = _OTHER.sub("_", text.lower()).strip("_")
    return f"n{plain}" if plain[:1].isdigit() else plain


def _joined(over: str, kind: str) -> str:
    """``main_route_table`` and ``route_table_association`` → ``main_route_table_association``."""
    words = kind.split("_")
    shared = next((count for count in range(len(words) - 1, 0, -1) if over.endswith("_".join(words[:count]))), 0)
    return "_".join([over, *words[shared:]])


def _free(name: str, used: dict[str, int]) -> str:
    """The name, or with the next number behind it. ``used`` counts how often a name was wanted."""
    found = name
    while found in used:
        used[name] += 1
        found = f"{name}_{used[name]}"
    used[found] = 1
    return found
