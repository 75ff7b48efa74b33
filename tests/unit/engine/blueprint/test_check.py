"""Evaluated properties: handles, unknowns and secrets among plain values."""

from __future__ import annotations

from typing import Any

import pytest

from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine.blueprint import ForEachError, check_properties, hide_sensitive, instances, native_schema
from mcflow.model.position import Position
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown
from mcflow.schemas import portable

NET = Handle("net", "vpc", "c", None, literal="vpc-1")
APP = Handle("app", "subnet", "c", None, literal="subnet-1")


def _codes(type: str, tree: dict[str, Any]) -> list[tuple[str, str]]:
    found = check_properties(portable(type), tree, lambda path: Position("f", 1, 1))
    return [(one.code, one.args.get("property", "")) for one in found]


def test_handles_and_unknowns_pass_where_they_fit() -> None:
    assert _codes("subnet", {"vpc": NET, "cidr": Unknown(Export("net", "cidr"), {"type": "string"}), "zone": None}) == []
    assert _codes("vm", {"subnet": APP, "security_groups": [Unknown(), Unknown()], "spec": {"vcpus": Derived("x", ())}}) == []
    assert _codes("vm", {"subnet": APP, "image": Unknown(schema={"type": "string"})}) == []


@pytest.mark.parametrize(
    ("type", "tree", "expected"),
    [
        ("subnet", {"vpc": APP, "cidr": "10.0.0.0/24"}, [("MC0228", "vpc")]),
        ("subnet", {"vpc": NET, "cidr": NET}, [("MC0235", "cidr")]),
        ("vpc", {"cidr": "10.0.0.0/16", "internet": Unknown(schema={"type": "string"})}, [("MC0236", "internet")]),
        ("vpc", {"cidr": Secret("SENTINEL")}, [("MC0212", "cidr")]),
        ("vpc", {"cidr": None}, [("MC0204", "cidr")]),
        ("disk", {"size_gib": "20"}, [("MC0207", "size_gib")]),
        (
            "security_group", {"vpc": NET, "inbound": [{"protocol": "tcp", "security_group": NET}]},
            [("MC0228", "inbound[0].security_group")],
        ),
        ("vm", {"subnet": APP, "security_groups": [APP, APP]}, [("MC0220", "security_groups"), ("MC0228", "security_groups[0]"),
                                                               ("MC0228", "security_groups[1]")]),
    ],
)
def test_what_does_not_fit_is_found(type: str, tree: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert _codes(type, tree) == expected


def test_a_secret_is_in_no_text() -> None:
    found = check_properties(portable("vm"), {"subnet": APP, "password": "SENTINL", "power": Secret("SENTINL")}, lambda path: None)
    assert [one.code for one in found] == ["MC0218", "MC0209"]
    assert "SENTINL" not in repr(found)


def test_sensitive_properties_become_secrets() -> None:
    hidden = hide_sensitive(portable("vm"), {"password": "x", "user": "y", "spec": {"vcpus": 1}})
    assert hidden == {"password": Secret("x"), "user": "y", "spec": {"vcpus": 1}}


def test_instances_of_for_each() -> None:
    assert instances({"a": 1}) == {"a": 1}
    assert instances([1, "b", True]) == {"1": 1, "b": "b", "true": True}
    for wrong, code in ((["a", "a"], "MC0331"), ([1, "1"], "MC0331"), ([{}], "MC0330"), ("text", "MC0330"), (3, "MC0330")):
        with pytest.raises(ForEachError) as error:
            instances(wrong)
        assert error.value.code == code


def test_every_native_type_has_a_schema_of_its_attributes() -> None:
    for name in ("mock", "aws", "openstack"):
        for native in load_driver(name).natives.values():
            schema = native_schema(native)
            assert set(schema["properties"]) == set(native.attributes)
            assert "id" in schema["outputs"]
            assert schema["description"]


def test_known_parts_of_a_sensitive_tree_are_secrets_beside_references() -> None:
    schema = {"properties": {"environment": {"type": "object", "sensitive": True}}}
    whole = hide_sensitive(schema, {"environment": {"password": Secret("x"), "mode": "fast"}})
    assert whole == {"environment": Secret({"password": "x", "mode": "fast"})}
    table = Ref("orders", ("id",))
    mixed = hide_sensitive(schema, {"environment": {"password": Secret("x"), "mode": ["fast"], "table": table}})
    assert mixed == {"environment": {"password": Secret("x"), "mode": Secret(["fast"]), "table": table}}
