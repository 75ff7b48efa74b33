"""Every portable and every native type is complete: described, exemplified, documented, and tried by the conformance suite."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.conformance.subjects import SUBJECTS

from mcflow import schemas
from mcflow.drivers.sdk.identity import Identity, UniqueName
from mcflow.drivers.sdk.native import NativeType
from mcflow.drivers.sdk.registry import BUILTIN, load_driver

ROOT = Path(__file__).parents[2]
PORTABLE = schemas.portable_types()
DRIVERS = {name: load_driver(name) for name in BUILTIN}
NATIVES = [pytest.param(driver, native, id=native.name) for driver in DRIVERS.values() for native in driver.natives.values()]
VOCABULARY = {
    "vpc", "subnet", "nat_gateway", "security_group", "key_pair", "vm", "nic", "public_ip", "disk", "snapshot", "image", "load_balancer",
    "kubernetes_cluster", "node_group", "database", "file_system", "bucket",
}
ANNOTATIONS = {
    "group", "read_only", "write_only", "sensitive", "set", "default_from_cloud", "at_create", "set_after_create", "local", "changes_with",
    "blocks_delete", "owned_keys", "shared", "by_others", "reference", "words", "create_only", "incidental", "grows", "prefix", "takes",
}


def test_the_vocabulary_is_whole() -> None:
    assert set(PORTABLE) == VOCABULARY


@pytest.mark.parametrize("type", PORTABLE)
def test_a_portable_type_is_described_to_its_last_property(type: str) -> None:
    schema = schemas.portable(type)
    jsonschema.Draft202012Validator.check_schema({key: value for key, value in schema.items() if key != "outputs"})
    assert schema.get("description")
    assert schema["properties"]
    silent = [name for name, body in schema["properties"].items() if not _described(body)]
    assert not silent, f"{type}: no description of {silent}"
    assert all(_described(body) for body in schema["outputs"].values())


def _described(body: Mapping[str, Any]) -> bool:
    return bool(body.get("description")) or "$ref" in body


@pytest.mark.parametrize("type", PORTABLE)
def test_a_portable_type_has_an_example_that_its_own_schema_accepts(type: str) -> None:
    schema = schemas.portable(type)
    assert schema.get("examples"), f"{type} has no example"
    for example in schema["examples"]:
        problems = schemas.checking.problems(schema, example, skip=partial(_is_expression, example))
        assert not problems, f"{type}: {problems}"


def _is_expression(tree: Any, path: tuple[str | int, ...]) -> bool:
    for step in path:
        tree = tree[step]
    return isinstance(tree, str) and "{{" in tree


@pytest.mark.parametrize("type", PORTABLE)
def test_a_portable_type_has_a_page(type: str) -> None:
    assert re.search(rf"^## {type}$", (ROOT / "docs" / "types.md").read_text(), re.MULTILINE)


UNTRIED = {"openstack": {"database": "Trove is not in the lab: its requests are compared with openstacksdk's models"}}
"""Lowerings without a counterpart to try them on, and what is done instead; the driver's page says so too."""


@pytest.mark.parametrize("driver", sorted(BUILTIN))
def test_every_lowering_is_tried_by_the_conformance_suite(driver: str) -> None:
    untried = set(DRIVERS[driver].lowerings) - set(SUBJECTS[driver].types)
    assert untried == set(UNTRIED.get(driver, {})), f"{driver} lowers types its subject does not try"
    assert not untried or "Never run against a live service" in (ROOT / "docs" / f"{driver}.md").read_text()


def test_the_rehearsal_cloud_has_all_types() -> None:
    assert set(DRIVERS["mock"].lowerings) == VOCABULARY


@pytest.mark.parametrize(("driver", "native"), NATIVES)
def test_a_native_type_is_whole(driver: Any, native: NativeType[Any]) -> None:
    cls = type(native)
    assert re.fullmatch(rf"{driver.name}\.[a-z][a-z0-9_]*", native.name)
    assert len((inspect.getdoc(cls) or "").split()) >= 2, "says what it is"
    assert isinstance(native.identity, Identity)
    for handler in ("create", "observe", "find"):
        assert getattr(cls, handler) is not getattr(NativeType, handler), f"{native.name} has no {handler}"
    if any(schema.get("group") for schema in native.attributes.values()):
        assert native.offers("update"), f"{native.name} has update groups and no update"


@pytest.mark.parametrize(("driver", "native"), NATIVES)
def test_a_native_types_declarations_agree_with_each_other(driver: Any, native: NativeType[Any]) -> None:
    names = set(native.attributes)
    groups = {schema["group"] for schema in native.attributes.values() if schema.get("group")}
    assert set(native.required) <= names
    assert {group.name for group in native.groups} <= groups, "a group with needs changes no attribute"
    for group in native.groups:
        assert set(group.needs) <= names
    if isinstance(native.identity, UniqueName):
        assert native.identity.attribute in names
    if native.part_of is not None:
        assert native.part_of in names
    for name, schema in native.attributes.items():
        assert not (schema.get("read_only") and name in native.required), f"{name} is read-only and required"
        assert not (schema.get("read_only") and schema.get("group")), f"{name} is read-only and has a group"


@pytest.mark.parametrize(("driver", "native"), NATIVES)
def test_native_attributes_are_described_and_annotated_with_known_words(driver: Any, native: NativeType[Any]) -> None:
    known = ANNOTATIONS | {
        "type", "description", "enum", "pattern", "items", "properties", "required", "additionalProperties", "minimum", "maximum", "unit",
        "format", "minLength", "maxLength", "minItems", "maxItems", "default", "examples", "const", "anyOf", "oneOf", "uniqueItems",
    }
    for name, schema in native.attributes.items():
        assert set(schema) <= known, f"{native.name}.{name}: {set(schema) - known}"
