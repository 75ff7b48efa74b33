"""Choosers that are asked about plain texts too: what a cloud's catalog makes of a word is pinned like any choice."""

from __future__ import annotations

from typing import Any

import pytest

from mcflow.drivers.sdk import Chosen, Driver, Unsuitable, Want, chooses
from mcflow.engine.blueprint.blocks import ResourceBlock
from mcflow.engine.plan.choose import Choosing
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance
from mcflow.model.position import Position
from mcflow.model.record import Pin

KINDS = {"quick": "nvme-2", "slow": "tape"}


@chooses("disk", "type", words=True)
def choose_type(api: Any, selector: Any, want: Want) -> Chosen | None:
    """A word's meaning; the cloud's own names stay."""
    if selector is None or selector in KINDS.values():
        return None
    if selector not in KINDS:
        raise Unsuitable("type", f"there is no {selector}", "say quick or slow")
    return Chosen(KINDS[selector], "live")


@chooses("disk", "placement.kind", words=True)
def choose_kind(api: Any, selector: Any, want: Want) -> Chosen | None:
    """The same, inside a structure."""
    return choose_type(api, selector, want)


@chooses("disk", "zone")
def choose_zone(api: Any, selector: Any, want: Want) -> Chosen:
    """Only where nothing is said."""
    return Chosen("first", "live")


class Module:
    """What a driver adds."""

    one, two, three = choose_type, choose_kind, choose_zone


def choose(pins: dict[str, Pin] | None = None, **properties: Any) -> tuple[Instance, Findings]:
    driver = Driver("toy", "1", "Toy", lambda connection: None, lambda error: None, {})  # type: ignore[arg-type, return-value]
    driver.add(Module)
    block = ResourceBlock("data", "disk", ("resources", "data"), Position("mcflow.yaml", 1, 1))
    instance, findings = Instance("data", block, properties=dict(properties)), Findings(None)
    choosing = Choosing(findings, lambda secret: secret, lambda sealed: sealed, str, lambda: 0.0, frozenset())  # type: ignore[arg-type, return-value]
    choosing.choose(instance, driver, None, lambda: Want(instance.properties))  # type: ignore[arg-type]
    return instance, findings


def test_a_word_becomes_what_the_cloud_calls_it_and_is_pinned() -> None:
    instance, _ = choose(type="quick")
    assert instance.properties["type"] == "nvme-2"
    assert (instance.pins["type"].selector, instance.pins["type"].value) == ("quick", "nvme-2")


def test_a_word_inside_a_structure_leaves_the_rest_and_the_blueprint_alone() -> None:
    written = {"kind": "slow", "size": 3}
    instance, _ = choose(placement=written)
    assert instance.properties["placement"] == {"kind": "tape", "size": 3}
    assert written["kind"] == "slow"


@pytest.mark.parametrize("properties", [{}, {"type": "tape"}, {"placement": {"size": 3}}])
def test_what_stays_as_it_is_has_no_pin(properties: dict[str, Any]) -> None:
    instance, findings = choose(zone="z", **properties)
    assert instance.properties == {"zone": "z", **properties}
    assert instance.pins == {}
    assert not findings.diagnostics


def test_a_word_that_means_nothing_is_refused_at_its_place() -> None:
    _, findings = choose(type="golden")
    refusal, = findings.errors
    assert "there is no golden" in refusal.message


def test_other_choosers_are_not_asked_about_texts() -> None:
    assert choose(zone="elsewhere")[0].properties["zone"] == "elsewhere"
    assert choose()[0].properties["zone"] == "first"
