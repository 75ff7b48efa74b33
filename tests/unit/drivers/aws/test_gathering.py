"""Looks of one gathering share what a listing has shown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from mcflow.drivers.aws.gathering import Gathering, shared

TABLES: list[dict[str, Any]] = [
    {"RouteTableId": f"rtb-{number}", "Associations": [{"RouteTableAssociationId": f"rtbassoc-{number}-{each}"} for each in range(2)]}
    for number in range(3)
]


class Api:
    """Route tables by either id; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        self.asked.append(list(ids))
        return [table for table in TABLES
                if {table["RouteTableId"], *(each["RouteTableAssociationId"] for each in table["Associations"])} & set(ids)]


def look(gathering: Gathering, api: Api, filter: str, *ids: str) -> list[str]:
    return [row["RouteTableId"] for row in gathering.rows("describe_route_tables", filter, ids, api)]


def test_what_one_look_showed_answers_another_under_another_id() -> None:
    gathering, api = Gathering(), Api()
    assert look(gathering, api, "route-table-id", "rtb-0", "rtb-1") == ["rtb-0", "rtb-1"]
    assert look(gathering, api, "association.route-table-association-id", "rtbassoc-1-0", "rtbassoc-1-1") == ["rtb-1"]
    assert look(gathering, api, "route-table-id", "rtb-1", "rtb-2") == ["rtb-1", "rtb-2"]
    assert api.asked == [["rtb-0", "rtb-1"], ["rtb-2"]]


def test_what_is_not_there_is_asked_for_each_time() -> None:
    gathering, api = Gathering(), Api()
    assert look(gathering, api, "route-table-id", "rtb-9") == []
    assert look(gathering, api, "route-table-id", "rtb-9") == []
    assert api.asked == [["rtb-9"], ["rtb-9"]]


def test_a_failed_look_is_made_again() -> None:
    gathering, api = Gathering(), Api()

    def fails(ids: Sequence[str]) -> list[dict[str, Any]]:
        raise ValueError("away")

    with pytest.raises(ValueError, match="away"):
        list(gathering.rows("describe_route_tables", "route-table-id", ["rtb-0"], fails))
    assert look(gathering, api, "route-table-id", "rtb-0") == ["rtb-0"]


def test_looks_at_the_same_time_ask_once() -> None:
    gathering, api = Gathering(), Api()
    threads = [threading.Thread(target=look, args=(gathering, api, "route-table-id", "rtb-0")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api.asked == [["rtb-0"]]


def test_only_looks_by_ids_alone_are_shared() -> None:
    by_id = {"Filters": [{"Name": "volume-id", "Values": ["vol-1"]}]}
    assert shared("describe_volumes", by_id) == ("volume-id", ["vol-1"])
    assert shared("describe_volumes", {"Filters": [{"Name": "tag:a", "Values": ["b"]}]}) is None
    assert shared("describe_volumes", {**by_id, "MaxResults": 5}) is None
    assert shared("describe_volumes", {}) is None
    assert shared("describe_vpcs", {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]}) is None
