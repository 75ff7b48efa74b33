"""Metrics and events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.engine.operate.conftest import Place

from mcflow.drivers.mock.telemetry import MockTelemetry
from mcflow.drivers.sdk import AccessDenied, Happening, ServiceFault
from mcflow.engine import api
from mcflow.engine.ports import Clock
from mcflow.model.diagnostic import Rejected

Codes = Callable[[Any], list[str]]


class Later(Clock):
    """An hour from now."""

    def now(self) -> float:
        return time.time() + 3600.0


def test_series_have_a_value_for_each_step_of_the_life_of_the_object(place: Place) -> None:
    measured = api.metrics(place.project(Later()), 'web["a"]', span=1800, step=60)
    assert [each.metric for each in measured.series] == ["cpu", "memory", "disk_read", "disk_write", "network_in", "network_out"]
    cpu = measured.series[0]
    assert (cpu.subject, cpu.unit, len(cpu.points)) == ('web["a"]/instance', "%", 30)
    assert [at for at, _ in cpu.points] == [measured.window.start + 60 * index for index in range(30)]
    assert all(0 <= value <= 100 for _, value in cpu.points)
    before = api.metrics(place.project(), 'web["a"]', span=1800, step=60)
    assert all(len(each.points) <= 1 for each in before.series), "nothing was measured before it was there"


def test_all_natives_behind_an_address_and_only_the_metrics_asked_for(place: Place) -> None:
    measured = api.metrics(place.project(Later()), "web", span=600, names=["cpu", "memory"])
    assert [(each.subject, each.metric) for each in measured.series] == [
        ('web["a"]/instance', "cpu"), ('web["a"]/instance', "memory"), ('web["b"]/instance', "cpu"), ('web["b"]/instance', "memory")]
    assert measured.series[0].points != measured.series[2].points


@pytest.mark.parametrize(("address", "more", "code"), [
    ("net", {}, "MC1031"), ("web", {"names": ["cpus"]}, "MC1035"), ("web", {"span": 864000.0, "step": 60}, "MC1037"), ("wbe", {}, "MC0773"),
])
def test_what_cannot_be_measured(place: Place, address: str, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        api.metrics(place.project(), address, **{"span": 3600.0, **more})
    assert refused.value.diagnostics[0].code == code


def test_events_of_an_object_and_of_a_connection(place: Place) -> None:
    since = time.time() - 600
    whole = api.events(place.project(), "cloud", since=since)
    assert whole.ok
    assert {"create vpc", "create instance", "create volume"} <= {each.what for each in whole.events}
    assert [each.at for each in whole.events] == sorted(each.at for each in whole.events)
    place.operate("reboot", 'web["a"]')
    own = api.events(place.project(), 'web["a"]', since=since)
    assert [each.what for each in own.events] == ["create instance", "restart instance"]
    assert {own.addresses[each.object] for each in own.events} == {'web["a"]/instance'}
    assert api.events(place.project(), 'web["a"]', since=time.time() + 60).events == ()


def test_a_source_that_refuses_does_not_hide_the_others(place: Place, codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(self: Any, api: Any, source: str, subjects: Any, since: float, until: float) -> Iterator[Happening]:
        if source == "trail":
            raise AccessDenied("no", permission="trail:LookUp")
        if source == "broken":
            raise ServiceFault("out of order\nat line 7")
        yield Happening(since, "call", "kim", "reboot", "i-1")

    monkeypatch.setattr(MockTelemetry, "sources", ("trail", "broken", "ledger"))
    monkeypatch.setattr(MockTelemetry, "events", told)
    found = api.events(place.project(), "cloud", since=0.0)
    assert [each.what for each in found.events] == ["reboot"]
    assert sorted(codes(found.findings)) == ["MC1032", "MC1036"]
    assert found.ok
    assert "trail:LookUp" in found.findings[0].message
    assert "out of order" in found.findings[1].message
    monkeypatch.setattr(MockTelemetry, "sources", ("trail",))
    assert not api.events(place.project(), "cloud", since=0.0).ok


def test_a_name_that_is_neither(place: Place) -> None:
    with pytest.raises(Rejected) as refused:
        api.events(place.project(), "clowd", since=0.0)
    assert (refused.value.diagnostics[0].code, refused.value.diagnostics[0].suggestion) == ("MC1038", "cloud")


def test_a_driver_without_telemetry_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.drivers.mock import driver

    monkeypatch.setattr(driver, "telemetry", None)
    with pytest.raises(Rejected, match="MC1033"):
        api.events(place.project(), "cloud", since=0.0)
