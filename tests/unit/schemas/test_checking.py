"""Two validators, one verdict; and problems that say where and what."""

from __future__ import annotations

import builtins
import importlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcflow.schemas import checking, document, portable, portable_types
from mcflow.schemas.checking import explained, is_valid, problems
from mcflow.schemas.opening import hole

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 70000), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.just(20.0),
    st.sampled_from([
        "", "self", "tcp", "10.0.0.0/16", "10.0.0.5/16", "::/0", "01.0.0.0/8", "1.2.3.4", "8000-8080", "9-1", "ubuntu",
        "{{ resources.net }}", "x{{ 1 }}", "20GB", "yes", hole("a"), "1.31", "running",
    ]),
    st.text(max_size=6),
)


def _instances(schema: Any) -> st.SearchStrategy[Any]:
    """Values near a schema: its own keys, with values that fit now and then."""
    branches = schema.get("anyOf") or ()
    shaped = [_instances(branch) for branch in branches if set(branch) != {"required"}]
    if "properties" in schema:
        keys = {name: _instances(part) for name, part in schema["properties"].items()}
        shaped.append(st.fixed_dictionaries({}, optional=keys))
        shaped.append(st.fixed_dictionaries({"stray": SCALARS}, optional=keys))
    elif isinstance(schema.get("additionalProperties"), dict):
        shaped.append(st.dictionaries(st.sampled_from(["a", "mcflow-x", ""]), _instances(schema["additionalProperties"]), max_size=2))
    if "items" in schema:
        shaped.append(st.lists(_instances(schema["items"]), max_size=3))
    if "enum" in schema:
        shaped.append(st.sampled_from(schema["enum"]))
    shaped += [st.just(example) for example in schema.get("examples", ())]
    return st.one_of(SCALARS, *shaped)


VALUES = st.sampled_from(portable_types()).flatmap(lambda name: st.tuples(st.just(name), _instances(portable(name))))


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.sampled_from(["", "expression", "hole"]))
def test_both_validators_agree(value: tuple[str, Any], opening: Any) -> None:
    name, instance = value
    schema = portable(name)
    assert is_valid(schema, instance, opening=opening) == (explained(schema, instance, opening=opening) == [])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_instances(document("blueprint")["$defs"]["resource"]))
def test_both_agree_about_the_frame_of_a_resource(instance: Any) -> None:
    whole = document("blueprint")
    schema = _KEPT.setdefault("resource", {**whole["$defs"]["resource"], "$defs": whole["$defs"]})
    assert is_valid(schema, instance, opening="expression") == (explained(schema, instance, opening="expression") == [])


_KEPT: dict[str, Any] = {}


@pytest.mark.parametrize("name", portable_types())
def test_examples_are_valid_and_a_stray_key_never_is(name: str) -> None:
    for example in portable(name)["examples"]:
        assert problems(portable(name), example, opening="expression") == []
        assert [(one.path, one.keyword) for one in problems(portable(name), {**example, "stray": 1}, opening="expression")] == [
            (("stray",), "unknown")
        ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("vpc", {"cidr": "10.0.0.1/16"}, [(("cidr",), "format")]),
        ("vpc", {}, [(("cidr",), "missing")]),
        ("vpc", {"cidr": "10.0.0.0/16", "internet": "no"}, [(("internet",), "type")]),
        ("vm", {"subnet": "a", "image": {"os": "x", "versio": "1"}}, [(("image", "versio"), "unknown")]),
        ("vm", {"subnet": "a", "spec": {"vcpus": 0}}, [(("spec", "vcpus"), "minimum")]),
        ("vm", {"subnet": "a", "spec": 4}, [(("spec",), "type")]),
        ("security_group", {"vpc": "a", "inbound": [{"protocol": "tcp", "ports": [70000]}]}, [(("inbound", 0, "ports", 0), "maximum")]),
        (
            "security_group", {"vpc": "a", "inbound": [{"protocol": "tcp", "cidr": "::/0", "security_group": "self"}]},
            [(("inbound", 0), "not")],
        ),
        ("disk", {"type": "ssd"}, [((), "anyOf")]),
        ("vpc", {"cidr": "10.0.0.0/16", "tags": {"mcflow-op": "x"}}, [(("tags", "mcflow-op"), "key")]),
    ],
)
def test_a_problem_says_where_and_what(name: str, value: Any, expected: list[Any]) -> None:
    assert [(one.path, one.keyword) for one in problems(portable(name), value)] == expected


def test_an_expression_may_stand_for_any_value_and_hides_no_other_mistake() -> None:
    value = {"vpc": "{{ resources.net }}", "inbound": [{"protocol": "{{ vars.p }}", "ports": "{{ vars.ports }}", "cidr": "nonsense"}]}
    assert [one.path for one in problems(portable("security_group"), value, opening="expression")] == [("inbound", 0, "cidr")]


def test_skip_leaves_places_out() -> None:
    value = {"cidr": 1, "internet": "x"}
    assert [one.path for one in problems(portable("vpc"), value, skip=lambda path: path == ("cidr",))] == [("internet",)]


def test_without_the_fast_validator_the_verdicts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("jsonschema_rs"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    slow = importlib.reload(checking)
    try:
        assert slow.is_valid(portable("vpc"), {"cidr": "10.0.0.0/16"})
        assert [one.keyword for one in slow.problems(portable("vpc"), {"cidr": "{{ a }}", "ipv6": 3}, opening="expression")] == ["type"]
    finally:
        monkeypatch.undo()
        importlib.reload(checking)
