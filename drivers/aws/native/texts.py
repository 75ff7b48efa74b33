"""Attributes that a service keeps as a map of texts (SQS, SNS): typed here, ``"30"`` and ``"true"`` there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mcflow.drivers.aws.native.ec2 import pascal


def texts(want: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """These attributes of a want in the API's spelling, as texts."""
    return {pascal(name): text(want[name]) for name in names if want.get(name) is not None}


def text(value: Any) -> str:
    """One value as the service writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)


def typed(attributes: Mapping[str, Mapping[str, Any]], told: Mapping[str, str]) -> dict[str, Any]:
    """The attributes that a map of texts tells. Empty texts are nothing."""
    found = {name: told.get(pascal(name)) for name in attributes}
    return {name: _typed(attributes[name], value) for name, value in found.items() if value not in (None, "")}


def _typed(schema: Mapping[str, Any], value: Any) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return str(value).lower() == "true"
    return int(value) if kind == "integer" else value
