"""Upgrades: documents of earlier formats become today's, one version at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcflow.model.diagnostic import reject
from mcflow.state.records import FORMAT_VERSION

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

SNAPSHOTS: dict[int, Upgrade] = {}
"""Format version → what makes a snapshot's document of it one of the next version."""

RECORDS: dict[int, Upgrade] = {}
"""The same for one journal record."""

AUDITS: dict[int, Upgrade] = {}
"""The same for the header and for each entry of an audit segment."""


def upgrade(
    document: dict[str, Any], version: int, table: Mapping[int, Upgrade], place: str, *, current: int = FORMAT_VERSION
) -> dict[str, Any]:
    """The document in today's format. Rejected (MC0720) if it is of a later format or none leads from its version to today's."""
    if version > current:
        raise reject("MC0720", place=place, version=version, current=current)
    while version < current:
        step = table.get(version)
        if step is None:
            raise reject("MC0721", place=place, version=version, current=current)
        document, version = step(document), version + 1
    return document
