"""Whatever a blueprint says, it is loaded or refused with findings that have a place: never a traceback."""
# ruff: noqa: E501 - the odd values stand in a table

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcflow.engine.blueprint import LoadOptions, load
from mcflow.engine.ports import Ports
from mcflow.model.codes import CODES
from mcflow.model.diagnostic import Rejected

WHOLE: dict[str, Any] = {
    "mcflow": 1, "name": "shop",
    "variables": {
        "size": {"type": "integer", "default": 2, "minimum": 1, "validation": [{"check": "{{ vars.size > 0 }}", "message": "m"}]},
        "zone": {"type": "object", "properties": {"a": {"type": "string"}}, "default": {"a": "b"}},
        "other": {"default": "{{ vars.size }}"},
    },
    "locals": {"a": "{{ vars.size + 1 }}", "b": ["{{ locals.a }}", {"c": 1}]},
    "connections": {"lab": {"driver": "mock", "region": "{{ env.REGION | default('mock-east') }}"}},
    "tags": {"team": "{{ locals.a }}"},
    "resources": {
        "net": {"type": "vpc", "connection": "lab", "properties": {"cidr": "10.0.0.0/16"}, "lifecycle": {"prevent_destroy": True}},
        "app": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.1.0/24"}, "timeouts": {"create": "20m"}},
        "web": {"type": "security_group", "properties": {"vpc": "{{ resources.net }}", "inbound": [{"protocol": "tcp", "ports": [80]}]}},
        "vm": {
            "type": "vm", "for_each": {"a": 1, "b": 2}, "when": "{{ vars.size > 1 }}", "depends_on": ["net"], "retry": {"attempts": 3},
            "properties": {"subnet": "{{ resources.app }}", "security_groups": ["{{ resources.web }}"], "spec": {"vcpus": "{{ each.value }}"}},
            "mock": {"instance": {"x": 1}},
        },
        "box": {"type": "mock.vpc", "properties": {}},
    },
    "outputs": {"short": "{{ resources.vm['a'].private_ip }}", "long": {"value": "{{ locals.b }}", "sensitive": True}},
}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.just([]), st.just({}), st.just([[]]),
    st.just({"": {}}), st.just([{"a": [None]}]), st.text(max_size=5),
    st.sampled_from([
        "{{ vars }}", "{{ resources }}", "{{ resources.vm }}", "{{ resources.app.id.x.y }}", "{{ locals }}", "{{ each }}", "{{ data }}", "{{ run }}",
        "{{ env }}", "{{", "{{ }}", "{% if x %}", "{{ vars.size", "{{ nothing.x }}", "{{ resources.vm.values() }}", "{{ 1 / 0 }}", "vm", "aws.vpc",
        "mock.", ".", "{{ resources.net }}{{ resources.net }}", "{{ resources.vm[each.key] }}", "20m", "env:X", "lab", "all", "integer",
    ]),
)


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(tree, dict):
        found += [inner for key, item in tree.items() for inner in _paths(item, (*path, key))]
    if isinstance(tree, list):
        found += [inner for index, item in enumerate(tree) for inner in _paths(item, (*path, index))]
    return found


def _changed(changes: list[tuple[tuple[Any, ...], Any, str]]) -> dict[str, Any]:
    tree = copy.deepcopy(WHOLE)
    for path, value, how in changes:
        at: Any = tree
        try:
            for step in path[:-1]:
                at = at[step]
            if how == "drop":
                del at[path[-1]]
            elif how == "add" and isinstance(at, dict):
                at[value if isinstance(value, str) else "stray"] = copy.deepcopy(at[path[-1]])
            else:
                at[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue
    return tree


CHANGES = st.lists(st.tuples(st.sampled_from(_paths(WHOLE)), ODD, st.sampled_from(["set", "set", "drop", "add"])), min_size=1, max_size=4)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_never_a_traceback(tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any, str]]) -> None:
    file = tmp_path / "mcflow.yaml"
    file.write_text(json.dumps(_changed(changes)), "utf-8")
    try:
        load(LoadOptions(None, tmp_path), Ports(environ={}))
    except Rejected as rejected:
        for one in rejected.diagnostics:
            assert one.code in CODES
            assert one.message
            assert one.position is not None
            assert one.position.end_column > 0


def test_the_whole_is_good(tmp_path: Path) -> None:
    whole = copy.deepcopy(WHOLE)
    del whole["resources"]["box"]
    (tmp_path / "mcflow.yaml").write_text(json.dumps(whole), "utf-8")
    assert len(load(LoadOptions(None, tmp_path), Ports(environ={})).resources) == 4


@pytest.mark.parametrize("code", sorted(code for code in CODES if code[:4] in ("MC02", "MC03", "MC05")))
def test_every_code_explains_itself(code: str) -> None:
    found = CODES[code]
    assert len(found.explain) > 60
    assert not found.title.endswith(".")
