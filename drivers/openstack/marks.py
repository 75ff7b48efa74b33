"""Marks and tags in OpenStack's words.

Neutron's create calls take no tags, so marks stand in the description, behind the user's own words. Where tags are texts, a tag with a
value is written ``key=value``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE

_MARKS = re.compile(r" ?\[((?:mcflow-[a-z]+=[^\s\];]+(?:; )?)+)\]$")
DESCRIPTION = 150
"""Longest description a user may write where marks stand behind it, characters; the API takes 255."""


def described(description: str | None, marks: Mapping[str, str]) -> str:
    """A description with marks behind it."""
    noted = "; ".join(f"{key}={marks[key]}" for key in (MARK_STATE, MARK_OP) if key in marks)
    return " ".join(filter(None, (description or "", f"[{noted}]" if noted else "")))


def undescribed(text: str | None) -> tuple[str, dict[str, str]]:
    """The user's words of a description, and the marks behind them."""
    found = _MARKS.search(text or "")
    if not found:
        return text or "", {}
    marks = dict(each.split("=", 1) for each in found.group(1).split("; ") if "=" in each)
    return (text or "")[:found.start()], marks


def texts(tags: Mapping[str, str]) -> list[str]:
    """Tags as texts, sorted."""
    return sorted(f"{key}={value}" if value else key for key, value in tags.items())


def pairs(tags: Iterable[str]) -> dict[str, str]:
    """Tags that are texts, as pairs; a text without ``=`` has an empty value."""
    return {key: value for key, _, value in (tag.partition("=") for tag in tags)}
