"""Text made of what was found: scalars that mean themselves, names that are free, sections that grow without losing a line."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mcflow.engine.discover.blueprint_text import with_portraits
from mcflow.engine.discover.findings import Found
from mcflow.engine.discover.naming import name_all, slug
from mcflow.engine.discover.portrait import Portrait
from mcflow.engine.discover.yaml_text import flow, lines, scalar

ODD = ["", "yes", "No", "null", "~", "1", "1.5", "0x1f", "1_000", "12:30", "2024-01-01", "- x", "a: b", "a #b", "#", "'", '"', "\\", "a\nb",
       "\ttab", " lead", "trail ", "é", "\u200b", "\u202e", "\U0001f600", "\x07", "&a", "*a", "!t", "%d", "@x", "`x`", "[", "{", "a,b", "=",
       "10.0.0.0/16", "arn:aws:iam::1:role/x", "web 1", "x" * 300, "\ufeff", "?", ":", "<<", "1e3", ".5", "+1", "0o7", "TRUE", "off"]


@pytest.mark.parametrize("text", ODD)
def test_a_text_is_read_back_as_itself(text: str) -> None:
    document = "\n".join(lines({"a": text, "b": [text, 1], "c": [{"d": text}], text or "e": 1}))
    read = yaml.safe_load(document)
    assert read == {"a": text, "b": [text, 1], "c": [{"d": text}], text or "e": 1}
    assert document.isprintable() or "\n" in document


@pytest.mark.parametrize("tree", [
    {"a": {}}, {"a": []}, {"a": None, "b": True, "c": 1.5}, {"a": [[1, 2], []]}, {"a": [{"b": {"c": ["d"]}}]},
])
def test_trees_are_read_back_as_themselves(tree: dict[str, Any]) -> None:
    assert yaml.safe_load("\n".join(lines(tree))) == tree
    assert yaml.safe_load(flow(tree)) == tree


def test_scalars_that_need_no_quotes_have_none() -> None:
    assert [scalar(text) for text in ("t3.micro", "10.0.0.0/16", "web 1", "vpc-0a1b")] == ["t3.micro", "10.0.0.0/16", "web 1", "vpc-0a1b"]


def item(type: str, id: str, name: str = "") -> Found:
    return Found(type, id, "nobody", name)


def test_names_come_from_names_then_from_what_they_belong_to() -> None:
    items = [item("x.vpc", "vpc-1", "Prod (EU)"), item("x.gateway", "igw-1", "Prod (EU)"), item("x.route_table", "rtb-1"),
             item("x.route_table_association", "as-1"), item("x.vpc", "vpc-22334455667788"), item("x.subnet", "sub-1", "7th")]
    table = ("x.route_table", "rtb-1")
    parents = {table: [("x.vpc", "vpc-1")], ("x.route_table_association", "as-1"): [table]}
    assert list(name_all(items, parents, ()).values()) == [
        "prod_eu_vpc", "prod_eu_gateway", "prod_eu_vpc_route_table", "prod_eu_vpc_route_table_association", "vpc_55667788", "n7th"]


def test_names_in_use_are_not_taken_again() -> None:
    items = [item("x.vpc", f"vpc-{number}", "net") for number in range(3)]
    assert list(name_all(items, {}, ("net_vpc", "Net")).values()) == ["net_vpc_2", "net_vpc_3", "net_vpc_4"]
    assert slug("Straße 12") == "stra_e_12"
    assert slug("日本") == ""


def portrait(name: str) -> Portrait:
    from mcflow.drivers.sdk.registry import load_driver

    native = load_driver("mock").natives["mock.vpc"]
    return Portrait(name, Found("mock.vpc", "vpc-1", "nobody", native=native), {}, {"cidr_block": "10.0.0.0/16"})


NEW = {"type": "mock.vpc", "properties": {"cidr_block": "10.0.0.0/16"}}


@pytest.mark.parametrize("text", [
    "mcflow: 1\nname: x\n",
    "mcflow: 1\nresources:\nname: x\n",
    "mcflow: 1\nresources: {}\nname: x\n",
    "mcflow: 1\nresources: {}  # none yet\nname: x\n",
    "mcflow: 1\nresources:\n  old: {type: vpc}\nname: x",
    "mcflow: 1\nresources:\n    old:\n        type: vpc  # kept\n\n# about outputs\noutputs: {a: 1}\n",
    "mcflow: 1\nresources:\n  old:\n    type: note\n    text: |\n      several\n      lines\n\noutputs: {a: 1}\n",
    '{"mcflow": 1, "name": "x"}',
    '{"mcflow": 1, "resources": {}}\n',
    '{"mcflow": 1, "resources": {"old": {"type": "vpc"}}}\n',
    "mcflow: 1\nresources: {old: {type: vpc},}\n",
    "mcflow: 1\nimport:\n- {to: x, id: y}\n- to: z\n  id: v  # kept\n\nname: x\n",
    "mcflow: 1\nimport: [{to: x, id: y}]\nname: x\n",
    "mcflow: 1\nimport:\nname: x\n",
    "mcflow: 1\nimport: []\n",
    '{"mcflow": 1, "import": [{"to": "x", "id": "y"}]}',
])
def test_resources_are_added_and_nothing_is_lost(text: str) -> None:
    made = with_portraits(text, [portrait("a"), portrait("b")], None)
    before, after = yaml.safe_load(text), yaml.safe_load(made)
    origins = [*(before.get("import") or []), {"to": "a", "id": "vpc-1"}, {"to": "b", "id": "vpc-1"}]
    assert after == {**before, "resources": {**(before.get("resources") or {}), "a": NEW, "b": NEW}, "import": origins}
    assert [line for line in text.splitlines() if "#" in line and "resources" not in line] == [
        line for line in made.splitlines() if "#" in line and "vpc-1" not in line and "none yet" not in line]


def test_the_connection_is_named_where_it_is_not_the_only_one() -> None:
    assert yaml.safe_load(with_portraits("mcflow: 1\n", [portrait("a")], "other"))["resources"]["a"]["connection"] == "other"
