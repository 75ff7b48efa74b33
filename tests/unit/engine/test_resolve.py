"""References, derived values and kept expressions on a state."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.toy_driver import Cloud, toy_driver

from mcflow.engine.resolve import MissingValueError, Resolver, UncomputableError, resolve
from mcflow.model.record import NativeRecord, ResourceRecord
from mcflow.model.values import Derived, Export, Ref, Secret, Unknown
from mcflow.model.wire import encode
from mcflow.state.records import State
from mcflow.state.sealing import Sealer

SEALER = Sealer(b"s" * 32)


def state() -> State:
    made = State(name="t", environment="d", lineage="l")
    made.natives["net/vpc"] = NativeRecord(
        address="net/vpc", type="toy.tagged", connection="c", driver="toy", id="vpc-1", want={"name": "n", "echo": "wanted"},
        attributes={"name": "shown", "rules": ["a", {"deep": 1}], "password": encode(Secret("hush"), SEALER.seal)})
    for key in ("0", "1"):
        made.resources[f'web["{key}"]'] = ResourceRecord(
            address=f'web["{key}"]', type="vm", connection="c", exports={"id": {"$ref": ["net/vpc", "id"]}}, natives=("net/vpc",))
    made.resources["net"] = ResourceRecord(
        address="net", type="vpc", connection="c", properties={"cidr": "10.0.0.0/16"}, natives=("net/vpc",),
        exports={"id": {"$ref": ["net/vpc", "id"]}, "cidr": "10.0.0.0/16"})
    return made


def resolved(tree: Any) -> Any:
    return resolve(tree, state(), SEALER.unseal, None, lambda name: toy_driver(Cloud()))


@pytest.mark.parametrize(("tree", "value"), [
    (Ref("net/vpc"), "vpc-1"),
    (Ref("net/vpc", ("name",)), "shown"),
    (Ref("net/vpc", ("echo",)), "wanted"),
    (Ref("net/vpc", ("rules", 1, "deep")), 1),
    (Ref("net/vpc", ("address",)), None),
    ({"a": [Ref("net/vpc"), 1]}, {"a": ["vpc-1", 1]}),
    (Ref("net/vpc", ("password",)), Secret("hush")),
    (Unknown(Ref("net/vpc")), "vpc-1"),
    (Unknown(Ref("net/vpc"), sensitive=True), Secret("vpc-1")),
    (Export("net", "id"), "vpc-1"),
    (Derived("format", ("{}/{}", Ref("net/vpc"), 3)), "vpc-1/3"),
    (Derived("concat", (["a"], Ref("net/vpc", ("rules",)))), ["a", "a", {"deep": 1}]),
    (Derived("json", ({"b": 1, "a": Ref("net/vpc")},)), '{"a":"vpc-1","b":1}'),
    (Derived("toy.shout", ("x",)), "X"),
    (Derived("format", ("pw {}", Ref("net/vpc", ("password",)))), Secret("pw hush")),
])
def test_values(tree: Any, value: Any) -> None:
    assert resolved(tree) == value


@pytest.mark.parametrize("tree", [
    Ref("nowhere/x"), Ref("net/vpc", ("no_such",)), Unknown(), Export("net", "nothing"), Export("gone", "id"),
])
def test_what_is_missing_is_named(tree: Any) -> None:
    with pytest.raises(MissingValueError):
        resolved(tree)


def test_a_value_that_cannot_be_computed_says_why_but_no_secret() -> None:
    with pytest.raises(UncomputableError, match="nothing"):
        resolved(Derived("toy.nothing", ()))
    with pytest.raises(UncomputableError) as caught:
        resolved(Derived("format", ("{9}", Secret("hush"))))
    assert "hush" not in caught.value.reason


def test_kept_expressions_are_finished_on_the_real_values() -> None:
    assert resolved(Derived("template", ("id {{ resources.net.id }}!", {}, ["net"]))) == "id vpc-1!"
    assert resolved(Derived("template", ("{{ vars.a }} {{ resources.net.cidr }}", {"vars": {"a": 1}}, ["net"]))) == "1 10.0.0.0/16"
    tree = Derived("template", ("{{ resources.web.values() | map(attribute='id') | list }}", {}, ["web"]))
    assert resolved(tree) == ["vpc-1", "vpc-1"]


def test_records_that_are_going_to_be_written_come_first() -> None:
    overlay = {"net": ResourceRecord(address="net", type="vpc", connection="c", exports={"id": "new"})}
    assert Resolver(state(), SEALER.unseal, overlay).resolve(Export("net", "id")) == "new"
