"""Where several natives stand in one body, what another one put there is no drift of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.sdk import NativeType, Observed, array, string
from mcflow.engine.refresh.drift import compared
from mcflow.model.record import NativeRecord
from mcflow.state.sealing import Sealer


class Place(NativeType[Any]):
    name = "toy.place"
    attributes = {  # noqa: RUF012
        "routes": array(string(), shared=True, group="routes"), "target": string(by_others=True, group="target"),
        "name": string(group="name"),
    }


def drifted(want: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[set[str], Mapping[str, Any]]:
    """What is shown as drift, and the attributes that the record has then."""
    record = NativeRecord(
        address="a", type="toy.place", type_version=1, connection="c", driver="toy", driver_version="1", id="1", want=dict(want),
        attributes=dict(before))
    kept, drift = compared(Place(), record, Observed("1", "ready", now), Sealer(bytes(32)))
    return {each.path for each in drift.attributes} if drift else set(), kept.attributes


def test_what_others_put_there_and_take_away_is_not_told() -> None:
    assert drifted({}, {}, {"routes": ["theirs"], "target": "theirs"})[0] == set()
    assert drifted({"routes": ["ours"]}, {"routes": ["ours", "theirs"]}, {"routes": ["ours"]})[0] == set()


def test_what_we_asked_for_and_somebody_took_is_told() -> None:
    assert drifted({"routes": ["ours"]}, {"routes": ["ours", "theirs"]}, {"routes": ["theirs"]})[0] == {"routes"}
    assert drifted({"target": "ours"}, {"target": "ours"}, {"target": "theirs"})[0] == {"target"}


def test_what_others_put_there_is_remembered() -> None:
    told, kept = drifted({"name": "x"}, {"name": "x"}, {"name": "y", "target": "theirs"})
    assert told == {"name"}
    assert kept["target"] == "theirs"
