"""The schema for editors stands alone, completes by type and takes expressions everywhere."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from mcflow.schemas import editor_schema, portable

NATIVE = {
    "title": "toy.box", "description": "A box.", "type": "object", "additionalProperties": False, "required": ["width"],
    "properties": {"width": {"type": "integer"}, "made": {"type": "string", "read_only": True}}, "outputs": {},
}
SCHEMA = editor_schema({"toy.box": NATIVE}, {"toy": {"type": "object", "properties": {"shelf": {"type": "string"}}}})
GOOD: dict[str, Any] = {
    "mcflow": 1, "name": "shop", "connections": {"c": {"driver": "toy", "shelf": "{{ vars.a }}"}},
    "resources": {
        "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16", "internet": "{{ vars.a }}"}},
        "box": {"type": "toy.box", "properties": {"width": "{{ vars.a }}"}, "toy": {"box": {"lid": True}}},
    },
}


def _errors(change: dict[str, Any], name: str = "net") -> list[tuple[list[Any], str]]:
    resources = {**GOOD["resources"], name: {**GOOD["resources"][name], **change}}
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors({**GOOD, "resources": resources})
    return [(list(error.absolute_path), str(error.validator)) for error in found]


def test_it_is_a_schema_that_stands_alone() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert _errors({}) == []
    text = str(SCHEMA)
    assert "'static'" not in text
    assert "set_after_create" not in text


@pytest.mark.parametrize(
    ("change", "name", "path"),
    [
        ({"properties": {"cidr": "10.0.0.0/16", "cidrr": 1}}, "net", ["resources", "net", "properties"]),
        ({"properties": {"cidr": "nonsense"}}, "net", ["resources", "net", "properties", "cidr"]),
        ({"properties": {"width": "wide"}}, "box", ["resources", "box", "properties", "width"]),
        ({"properties": {"width": 1, "made": "x"}}, "box", ["resources", "box", "properties"]),
        ({"type": "vpcc"}, "net", ["resources", "net", "type"]),
        ({"type": "{{ vars.a }}"}, "net", ["resources", "net", "type"]),
        ({"typ": 1}, "net", ["resources", "net"]),
    ],
)
def test_it_checks_properties_by_type(change: dict[str, Any], name: str, path: list[Any]) -> None:
    assert path in [where for where, _ in _errors(change, name)]


def test_every_type_and_property_is_described_for_completion() -> None:
    types = SCHEMA["$defs"]["resource"]["properties"]["type"]["anyOf"]
    assert {one["const"] for one in types} >= {"vpc", "vm", "toy.box"}
    assert all(one["description"] for one in types)
    cidr = SCHEMA["$defs"]["properties.vpc"]["properties"]["cidr"]
    assert cidr["description"] == portable("vpc")["properties"]["cidr"]["description"]
