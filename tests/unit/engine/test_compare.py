from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from mcflow.drivers.sdk import NativeType, anything, array, boolean, integer, mapping, record, string, tags
from mcflow.engine.compare import owned, same, same_all
from mcflow.model.values import Ref, Secret, Unknown

RULE = record({"port": integer(), "cidr": string(), "description": string(), "rule_id": string(default_from_cloud=True)})


class Thing(NativeType[Any]):
    name = "toy.thing"
    attributes = {  # noqa: RUF012
        "cidr": string(group="cidr"), "size": integer(), "on": boolean(), "rules": array(RULE, set=True, group="rules"),
        "order": array(string()), "tags": tags(), "zone": string(default_from_cloud=True),
        "password": string(write_only=True, sensitive=True),
        "nics": array(string(), shared=True), "free": anything(), "labels": mapping(string()), "monitoring": boolean(default=True),
        "version": string(prefix=True),
    }

    def normalise(self, attribute: str, value: Any) -> Any:
        return str(ipaddress.ip_network(value, strict=False)) if attribute == "cidr" else value


THING = Thing()


def eq(attribute: str, want: Any, have: Any, **more: Any) -> bool:
    return same(THING, attribute, want, have, **more)


@pytest.mark.parametrize(("attribute", "want", "have", "expected"), [
    ("cidr", "10.0.0.5/16", "10.0.0.0/16", True),
    ("cidr", "10.1.0.0/16", "10.0.0.0/16", False),
    ("cidr", None, "10.0.0.0/16", False),
    ("cidr", None, None, True),
    ("size", 1, 1.0, True),
    ("version", "16", "16.4", True), ("version", "16.4", "16.4", True), ("version", "1", "16.4", False), ("version", "16.4", "16", False),
    ("size", 1, True, False),
    ("size", 0, None, False),
    ("size", 2, "2", False),
    ("on", False, None, True),
    ("on", None, False, True),
    ("on", True, None, False),
    ("on", None, True, False),
    ("monitoring", None, True, True),
    ("monitoring", None, False, False),
    ("order", ["a", "b"], ["b", "a"], False),
    ("order", None, [], True),
    ("order", [], None, True),
    ("order", ["a"], None, False),
    ("zone", None, "z1", True),
    ("zone", "z2", "z1", False),
    ("free", {"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, True),
    ("free", {"a": 1}, {"a": 1, "b": 2}, False),
    ("labels", {"a": "1"}, {"a": "1", "b": "2"}, False),
    ("labels", {"a": "1"}, "a=1", False),
])
def test_plain(attribute: str, want: Any, have: Any, expected: bool) -> None:
    assert eq(attribute, want, have) is expected


def test_sets_ignore_order_doubles_and_what_the_cloud_adds() -> None:
    want = [{"port": 80, "cidr": "0.0.0.0/0"}, {"port": 22, "cidr": "10.0.0.0/8"}, {"port": 22, "cidr": "10.0.0.0/8"}]
    have = [{"port": 22, "cidr": "10.0.0.0/8", "rule_id": "r1", "description": ""}, {"port": 80, "cidr": "0.0.0.0/0", "rule_id": "r2"}]
    assert eq("rules", want, have)
    assert not eq("rules", want, [*have, {"port": 443, "cidr": "0.0.0.0/0", "rule_id": "r3"}])
    assert not eq("rules", want, [{**have[0], "description": "by hand"}, have[1]])


def test_a_set_is_matched_even_where_the_first_partner_is_the_wrong_one() -> None:
    want = [{"port": 80}, {"port": 80, "rule_id": "r1"}]
    have = [{"port": 80, "rule_id": "r1"}, {"port": 80, "rule_id": "r2"}]
    assert eq("rules", want, have)


def test_owned_keys_compare_ours_only_and_miss_what_we_dropped() -> None:
    have = {"team": "a", "foreign": "x"}
    assert eq("tags", {"team": "a"}, have)
    assert not eq("tags", {"team": "b"}, have)
    assert not eq("tags", {}, have, last={"team": "a"})
    assert not eq("tags", None, have, last={"team": "a"})
    assert eq("tags", None, have)


def test_shared_collections_keep_the_parts_of_others() -> None:
    assert eq("nics", ["a"], ["b", "a"])
    assert not eq("nics", ["a"], ["b"])
    assert not eq("nics", [], ["a", "b"], last=["a"])


def test_of_a_shared_collection_ours_is_what_one_of_our_wants_names() -> None:
    assert owned(THING, "nics", ["theirs", "before", "now"], ["before"], ["now"]) == ["before", "now"]
    assert owned(THING, "nics", ["theirs"], ["before"], None) == []
    assert owned(THING, "nics", None, ["before"]) == []


def test_write_only_goes_by_fingerprint() -> None:
    assert eq("password", Secret("x"), None)
    assert eq("password", Secret("x"), "#x", fingerprint=lambda value, like: f"#{value}")
    assert not eq("password", Secret("y"), "#x", fingerprint=lambda value, like: f"#{value}")
    assert not eq("password", Secret("y"), None, fingerprint=lambda value, like: f"#{value}")


def test_secrets_compare_by_value_and_the_unknown_is_never_the_same() -> None:
    assert eq("zone", Secret("z"), "z")
    assert not eq("zone", Unknown(), "z")
    assert not eq("rules", [{"port": 1, "cidr": Ref("net/vpc")}], [])


def test_same_all_takes_the_named_attributes() -> None:
    want, have = {"size": 1, "tags": {"a": "1"}}, {"size": 1, "tags": {"a": "2"}}
    assert same_all(THING, ["size"], want, have)
    assert not same_all(THING, ["size", "tags"], want, have)
