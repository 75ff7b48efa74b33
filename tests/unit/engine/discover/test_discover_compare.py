"""Whose each object is, how it differs, and what could not be listed."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from tests.unit.engine.discover.yard import Yard, environment

from mcflow.drivers.sdk import AccessDenied, NativeType
from mcflow.drivers.sdk.registry import load_driver
from mcflow.model.diagnostic import Rejected

NET = "resources:\n  net:\n    type: vpc\n    properties: {cidr: 10.0.0.0/16}\n"
MOCK = load_driver("mock")


def applied(yard: Yard) -> dict[str, str]:
    yard.write(yard.text("mcflow.yaml") + NET)
    yard.apply()
    return {address: record.id for address, record in yard.state().natives.items()}


def test_here_elsewhere_nobody_and_missing(yard: Yard) -> None:
    ours = applied(yard)
    theirs = applied(yard.stranger("other"))
    free = environment(yard)
    gone = yard.make("note", text="x")
    assert gone in yard.whose()
    yard.cloud.delete("internet_gateway_attachment", ours["net/attachment"])
    yard.cloud.delete("note", gone)
    whose = yard.whose()
    assert {whose[id] for id in free.values()} == {"nobody"}
    assert {whose[id] for id in theirs.values()} == {"elsewhere"}, "parts, which carry no mark, among them"
    assert whose.pop(ours["net/attachment"]) == "missing"
    assert [id for id, managed in whose.items() if managed == "here"] == sorted(
        (ours["net/vpc"], ours["net/gateway"]), key=lambda id: id.startswith("vpc"))
    assert gone not in whose


def test_what_is_too_new_to_be_surely_visible_is_not_missing(yard: Yard) -> None:
    ours = applied(yard)
    yard.write(yard.text("mcflow.yaml").replace("visibility_lag: 0", "visibility_lag: 60"))
    assert {id: managed for id, managed in yard.whose().items() if id in ours.values()} == dict.fromkeys(ours.values(), "here")
    yard.write(yard.text("mcflow.yaml").replace("visibility_lag: 60", "visibility_lag: 0"))
    yard.cloud.delete("internet_gateway_attachment", ours["net/attachment"])
    assert yard.whose()[ours["net/attachment"]] == "missing"


def test_the_other_state_is_named(yard: Yard) -> None:
    other = yard.stranger("other")
    applied(other)
    lineage = other.state().lineage
    states = {item.type: item.state for item in yard.discover().items}
    assert states == {"mock.vpc": lineage, "mock.internet_gateway": lineage, "mock.internet_gateway_attachment": ""}


def test_drift_is_told_by_attribute(yard: Yard) -> None:
    yard.write(yard.text("mcflow.yaml") + "resources:\n  box:\n    type: mock.document\n    properties: {content: one}\n")
    yard.apply()
    id = yard.state().natives["box"].id
    assert not yard.discover().items[0].drift
    yard.cloud.modify("document", id, {"content": "two"})
    (change,) = yard.discover().items[0].drift
    assert (change.path, change.before, change.after) == ("content", "one", "two")


def test_what_carries_our_mark_and_is_not_in_the_state_is_an_orphan(yard: Yard) -> None:
    applied(yard)
    lineage = yard.state().lineage
    lost = yard.make("vpc", {"mcflow-state": lineage, "mcflow-op": "0" * 32}, cidr_block="10.9.0.0/16")
    assert yard.whose()[lost] == "orphan"
    assert yard.whose(managed=("orphan",)) == {lost: "orphan"}


def test_filters(yard: Yard) -> None:
    ids = environment(yard)
    assert set(yard.whose(types=("vpc", "mock.sub*"))) == {ids["vpc"], ids["front"], ids["back"]}
    assert set(yard.whose(tags=("Name=leg*",))) == {ids["vpc"], ids["gateway"]}
    assert set(yard.whose(tags=("odd",))) == {ids["vpc"]}
    assert set(yard.whose(ids=(ids["vpc"],))) == {ids["vpc"]}
    assert not yard.whose(managed=("here",))


@pytest.mark.parametrize(("options", "code", "suggestion"), [
    ({"types": ("vcp",)}, "MC0685", "vpc"), ({"ids": ("vpc-nope",)}, "MC0686", None),
])
def test_what_fits_nothing_is_refused(yard: Yard, options: dict[str, Any], code: str, suggestion: str | None) -> None:
    with pytest.raises(Rejected) as rejected:
        yard.discover(**options)
    assert [(finding.code, finding.suggestion) for finding in rejected.value.diagnostics] == [(code, suggestion)]


def test_an_unknown_connection_is_refused_with_the_nearest(yard: Yard) -> None:
    from mcflow.engine import api
    from mcflow.engine.options import DiscoverOptions

    with pytest.raises(Rejected) as rejected:
        api.discover(yard.project(), DiscoverOptions("clod"))
    assert [(finding.code, finding.suggestion) for finding in rejected.value.diagnostics] == [("MC0680", "cloud")]


def test_types_that_cannot_be_listed_are_named(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    note = yard.make("note", text="x")
    monkeypatch.setattr(type(MOCK.natives["mock.note"]), "discover", NativeType.discover, raising=False)
    found = yard.discover()
    assert found.unlisted == ("mock.note",)
    assert [finding.code for finding in found.findings] == ["MC0682"]
    assert note not in {item.id for item in found.items}


def test_a_type_that_may_not_be_listed_is_told_and_the_others_are_shown(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = environment(yard)

    def refuse(self: Any, api: Any) -> NoReturn:
        raise AccessDenied("you may not list key pairs")

    monkeypatch.setattr(type(MOCK.natives["mock.key_pair"]), "discover", refuse, raising=False)
    found = yard.discover()
    assert found.unread == ("mock.key_pair",)
    assert [(finding.code, finding.severity) for finding in found.findings] == [("MC0681", "warning")]
    assert {item.id for item in found.items} == set(ids.values()) - {ids["key"]}


def test_secrets_are_not_in_what_is_found(yard: Yard) -> None:
    environment(yard)
    assert "hidden" not in repr([(item.attributes, item.drift) for item in yard.discover().items])


def test_two_names_of_one_account_are_one(yard: Yard) -> None:
    ours = applied(yard)
    text = yard.text("mcflow.yaml").replace("connections:\n", "connections:\n  also: {driver: mock, path: yard.db, visibility_lag: 0}\n")
    yard.write(text.replace("type: vpc", "type: vpc\n    connection: cloud"))
    from mcflow.engine import api
    from mcflow.engine.options import DiscoverOptions

    found = api.discover(yard.project(), DiscoverOptions("also"))
    assert {item.id: item.managed for item in found.items} == dict.fromkeys(ours.values(), "here")
