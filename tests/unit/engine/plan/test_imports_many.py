"""Importing many: objects are looked at by the batch, not one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine.calls.call import Answer, Call
from mcflow.engine.plan import binding
from mcflow.model.diagnostic import Rejected

MANY = 1000


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many ids each look for imports asked about."""
    made: list[int] = []
    read_all = binding.read_all

    def counted(calls: Sequence[Call], *args: Any, **options: Any) -> Iterator[Answer]:
        made.extend(len(call.ids) for call in calls)
        return read_all(calls, *args, **options)

    monkeypatch.setattr(binding, "read_all", counted)
    return made


def documents(shop: Shop, count: int) -> list[str]:
    """Objects made by hand; their ids."""
    shop.write("")
    project = shop.project()
    cloud = project.sessions(project.workspace.read().state).get("cloud").session.cloud
    return [cloud.create("vpc", {"cidr_block": "10.0.0.0/16"}).id for _ in range(count)]


def blueprint(ids: Sequence[str]) -> str:
    resources = "".join(f"  n{at}: {{type: mock.vpc, properties: {{cidr_block: 10.0.0.0/16}}}}\n" for at in range(len(ids)))
    return f"\nresources:\n{resources}import:\n" + "".join(f"  - {{to: n{at}, id: {id}}}\n" for at, id in enumerate(ids))


def test_a_thousand_natives_take_a_handful_of_looks(shop: Shop, looks: list[int]) -> None:
    ids = documents(shop, MANY)
    shop.write(blueprint(ids))
    plan = shop.plan()
    assert {record.id for record in plan.adopted.values()} == set(ids)
    assert len(looks) == ceil(MANY / load_driver("mock").natives["mock.vpc"].batch)
    assert sum(looks) == MANY


def test_one_that_is_not_there_is_told_and_the_others_are_not_asked_for_again(shop: Shop, looks: list[int]) -> None:
    ids = documents(shop, 20)
    shop.write(blueprint([*ids, "vpc-nowhere"]))
    with pytest.raises(Rejected) as rejected:
        shop.plan()
    assert [each.code for each in rejected.value.diagnostics if each.severity == "error"] == ["MC0656"]
    assert looks[0] == 21
    assert looks[1:3] == [1, 1]
