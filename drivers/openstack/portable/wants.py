"""Reading a want: handles or literal ids, names and tags, the same way in every lowering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Handle, Value

TAG = 255
"""Longest key and longest value of a tag, characters: what metadata takes."""
NAME = 255
"""Longest name of anything, characters."""


def identify(target: Value) -> Value:
    """The id of what a property names: a handle's export, or a literal id as it is."""
    return target.export("id") if isinstance(target, Handle) else target


def known(target: Value) -> bool:
    """True for a handle of a resource in the blueprint, which can be asked; a literal id cannot."""
    return isinstance(target, Handle) and not target.opaque


def each(targets: Value) -> Iterator[Value]:
    """The handles and ids in a list, a map (``for_each``) or one alone."""
    if isinstance(targets, dict):
        targets = list(targets.values())
    if isinstance(targets, list | tuple):
        for target in targets:
            yield from each(target)
    elif targets is not None:
        yield targets


def label(want: Want) -> Value:
    """What people see in the dashboard: the name given, else the address in plain characters (``web["0"]`` → ``web-0``). Raises
    Unsuitable."""
    if isinstance(want.name, str) and len(want.name) > NAME:
        raise Unsuitable("name", f"OpenStack takes names of up to {NAME} characters", "choose a shorter name")
    if want.name is not None:
        return want.name
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", want.address).strip("-")[:NAME]


def tagged(want: Want) -> dict[str, Any]:
    """The tags of a native that keeps them as metadata. Raises Unsuitable."""
    for key, value in want.tags.items():
        if not re.fullmatch(r"[A-Za-z0-9_:. -]+", key) or len(key) > TAG:
            raise Unsuitable("tags", f"OpenStack takes letters, digits, spaces and _-:. in the key of a tag, not {key!r}",
                             f"write it with those, at most {TAG} characters")
        if isinstance(value, str) and len(value) > TAG:
            raise Unsuitable("tags", f"OpenStack takes {TAG} characters in the value of a tag, and that of {key!r} has {len(value)}",
                             "write less")
    return dict(want.tags)
