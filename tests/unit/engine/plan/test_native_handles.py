"""Native types that take other natives as a whole: `vpc_id: "{{ resources.net }}"`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine.blueprint import types

NET = """
resources:
  net: {type: mock.vpc, properties: {cidr_block: 10.0.0.0/16}}
  front: {type: mock.subnet, properties: {vpc_id: "{{ resources.net }}", cidr_block: 10.0.1.0/24}}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The rehearsal cloud with a subnet that refers to its network."""
    attributes = load_driver("mock").natives["mock.subnet"].attributes
    caches = (types.native_schema, types._native_type)
    with monkeypatch.context() as patch:
        patch.setitem(attributes, "vpc_id", {**attributes["vpc_id"], "reference": ["mock.vpc"]})  # type: ignore[arg-type]
        for cache in caches:
            cache.cache_clear()
        yield Shop(tmp_path)
    for cache in caches:
        cache.cache_clear()


def test_an_edge_to_what_is_named_as_a_whole_outlives_the_first_plan(shop: Shop) -> None:
    shop.write(NET)
    shop.apply()
    assert shop.native("front").edges.hard == ("net",)
    plan = shop.plan()
    assert plan.empty
    assert not plan.steps, "nor does the state forget it"
    shop.apply()
    assert shop.native("front").edges.hard == ("net",)
    deletes = {step.address: step.needs for step in shop.plan(mode="destroy").steps}
    assert deletes["net"] == ("front:delete",)


def test_a_whole_resource_stands_for_the_attribute_that_is_taken_of_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = load_driver("mock").natives["mock.subnet"].attributes
    monkeypatch.setitem(attributes, "cidr_block", {  # type: ignore[arg-type]
        **attributes["cidr_block"], "reference": ["mock.vpc"], "takes": "cidr_block"})
    shop.write(NET.replace("cidr_block: 10.0.1.0/24", 'cidr_block: "{{ resources.net }}"'))
    shop.apply()
    assert shop.native("front").attributes["cidr_block"] == "10.0.0.0/16"
    assert shop.plan().empty
