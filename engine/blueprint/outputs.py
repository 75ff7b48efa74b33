"""Outputs: an expression, or a mapping {value, description, sensitive}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.blueprint.blocks import OutputBlock
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.reports import Subject, place_below, reports
from mcflow.engine.reading import Document, Path
from mcflow.schemas.checking import problems

_LONG = {
    "type": "object",
    "properties": {"value": {}, "description": {"type": "string"}, "sensitive": {"type": "boolean"}},
    "required": ["value"],
    "additionalProperties": False,
}


def read_outputs(document: Document, section: Mapping[str, Any], findings: Findings) -> dict[str, OutputBlock]:
    """The outputs. A mapping with a key ``value`` is the long form; any other value is the output itself."""
    found: dict[str, OutputBlock] = {}
    for name, body in section.items():
        path: Path = ("outputs", name)
        position = document.position(path, key=True)
        if isinstance(body, dict) and "value" in body:
            findings.extend(reports(problems(_LONG, body), Subject(f"output {name}", place_below(document, path))))
            found[name] = OutputBlock(
                name, body["value"], (*path, "value"), position, str(body.get("description", "")), body.get("sensitive") is True
            )
        else:
            found[name] = OutputBlock(name, body, path, position)
    return found
