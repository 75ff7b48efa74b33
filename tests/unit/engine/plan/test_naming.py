"""Derived names."""

import re

from mcflow.drivers.sdk import UniqueName
from mcflow.engine.plan.naming import derive_name


def test_a_name_is_stem_and_hash_and_repeats():
    identity = UniqueName(max_length=32)
    first = derive_name(identity, "Shop_Front", "lineage", "front/balancer", 1)
    assert first == derive_name(identity, "Shop_Front", "lineage", "front/balancer", 1)
    assert re.fullmatch(r"shop-front-[a-z0-9]{8}", first)


def test_state_address_and_generation_each_change_the_name():
    identity = UniqueName()
    names = {
        derive_name(identity, "web", "a", "web", 1), derive_name(identity, "web", "b", "web", 1),
        derive_name(identity, "web", "a", "web2", 1), derive_name(identity, "web", "a", "web", 2),
    }
    assert len(names) == 4


def test_a_name_keeps_to_what_the_cloud_allows():
    underscores = UniqueName(max_length=25, pattern="[A-Za-z0-9_]")
    name = derive_name(underscores, "a-very-long-name-of-something", "l", "x", 1)
    assert re.fullmatch(r"[A-Za-z0-9_]+", name)
    assert len(name) <= 25
    assert derive_name(UniqueName(), "123", "l", "x", 1)[0].isalpha()
