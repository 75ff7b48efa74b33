"""Connections: which cloud, where, as whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.model.position import Position


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as the blueprint (or connections.yaml) names it, evaluated. ``config``: its other keys, schema-checked by the driver.

    ``request_timeout`` is the longest one request may take, seconds; ``visibility_lag`` overrides the types' own, seconds.
    """

    name: str
    driver: str
    region: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class ConnectionIdentity:
    """Who a session really is, stored beside the connection's name: a renamed connection changes nothing, another account stops."""

    driver: str
    account: str
    region: str
    endpoint: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.driver, self.account, self.region, self.endpoint)))
