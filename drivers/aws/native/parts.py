"""Ids of what the API gives no id of its own: the ids of both ends, joined."""

from __future__ import annotations


def join(*ids: str) -> str:
    """``igw-1|vpc-1``."""
    return "|".join(ids)


def split(id: str) -> list[str]:
    """The ends of a joined id."""
    return id.split("|")
