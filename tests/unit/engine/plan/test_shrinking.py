"""What can only grow is not planned to shrink."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.model.diagnostic import Diagnostic, Rejected

DISK = """
resources:
  data: {{type: disk, properties: {{zone: mock-east-a, size_gib: {size}}}{rest}}}
  raw: {{type: mock.volume, properties: {{zone: mock-east-a, size_gib: {raw}, volume_type: ssd}}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    made.write(DISK.format(size=20, raw=20, rest=""))
    made.apply()
    return made


def refused(shop: Shop, **options: object) -> list[Diagnostic]:
    with pytest.raises(Rejected) as rejected:
        shop.plan(**options)
    return [each for each in rejected.value.diagnostics if each.severity == "error"]


def test_a_disk_that_would_shrink_is_refused_with_both_sizes_and_its_place(shop: Shop) -> None:
    shop.write(DISK.format(size=10, raw=12, rest=""))
    found = refused(shop)
    assert [each.code for each in found] == ["MC0635", "MC0635"]
    assert [each.address for each in found] == ["data", "raw"]
    assert [(each.args["before"], each.args["after"]) for each in found] == [("20", "10"), ("20", "12")]
    lines = (shop.folder / "mcflow.yaml").read_text().splitlines()
    for each, size in zip(found, ("10", "12"), strict=True):
        assert each.position is not None
        assert lines[each.position.line - 1][each.position.column - 1:].startswith(size)
        assert "--replace" in each.help
        assert each.args["before"] in each.help


def test_growing_replacing_ignoring_and_leaving_out_are_as_ever(shop: Shop) -> None:
    shop.write(DISK.format(size=30, raw=20, rest=""))
    assert not shop.plan().empty
    shop.write(DISK.format(size=10, raw=20, rest=""))
    assert {change.actions for change in shop.plan(replace=("data",)).resource_changes} == {("delete", "create"), ("no-op",)}
    assert shop.plan(excludes=("data",)).steps == []
    assert [each.address for each in refused(shop, targets=("data",))] == ["data"]
    shop.write(DISK.format(size=10, raw=20, rest=", lifecycle: {ignore_changes: [size_gib]}"))
    assert shop.plan().empty


def test_nothing_is_done_before_it_is_refused(shop: Shop) -> None:
    serial = api.read_state(shop.project()).state.serial
    shop.write(DISK.format(size=10, raw=20, rest="") + "  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n")
    with pytest.raises(Rejected):
        api.apply(shop.project(), None, PlanOptions(), ApplyOptions(), lambda plan: True)
    assert api.read_state(shop.project()).state.serial == serial
    assert "net/vpc" not in api.read_state(shop.project()).state.natives
