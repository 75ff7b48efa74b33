"""Selectors: the same answer for the same catalog, the cheapest where prices are known, a reason where nothing fits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.catalog.selling_driver import Shop, ShopCatalog

from mcflow.drivers.sdk import AccessDenied, Price, Reader, Unsuitable, reader_of
from mcflow.drivers.sdk.selecting import choose_image, choose_spec, choose_zone
from mcflow.model.connection import Connection


@pytest.fixture
def shop() -> ShopCatalog:
    return ShopCatalog()


@pytest.fixture
def reader(shop: ShopCatalog) -> Reader:
    return reader_of(Shop(Connection("c", "shop", "here")), shop)


@pytest.mark.parametrize(("asked", "zone", "value"), [
    ({}, "", "m.small"), ({"vcpus": 2}, "", "m.large"), ({"vcpus": 2, "memory_gib": 4}, "here-a", "m.large"), ({"gpus": 1}, "", "g.large"),
])
def test_the_cheapest_that_fits(reader: Reader, asked: dict[str, Any], zone: str, value: str) -> None:
    chosen = choose_spec(reader, asked, zone=zone)
    assert chosen.value == value
    assert "the cheapest that fits" in chosen.note
    assert choose_spec(reader, asked, zone=zone).value == value


def test_without_prices_the_smallest_and_it_says_so(shop: ShopCatalog, reader: Reader) -> None:
    shop.amounts = {}
    chosen = choose_spec(reader, {"vcpus": 2})
    assert (chosen.value, "not the cheapest" in chosen.note) == ("m.medium", True)


def test_prices_that_may_not_be_read(shop: ShopCatalog, reader: Reader) -> None:
    choose_zone(reader, "here")
    reader.read("specs")
    shop.broken = AccessDenied("pricing is not for you")
    assert choose_spec(reader, {"vcpus": 2}).value == "m.medium"
    with pytest.raises(Unsuitable, match="pricing is not for you"):
        choose_spec(reader, {"vcpus": 2, "max_price": 1})


def test_max_price_is_kept(reader: Reader) -> None:
    assert choose_spec(reader, {"vcpus": 2, "max_price": 0.05}).value == "m.large"
    with pytest.raises(Unsuitable, match=r"costs \$0\.05 an hour, more than max_price 0\.04"):
        choose_spec(reader, {"vcpus": 2, "max_price": 0.04})


def test_a_price_in_another_currency_is_not_compared(shop: ShopCatalog, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ShopCatalog, "prices", lambda self, api, query: [Price(of="vm", key="m.large", amount=70, currency="KRW")])
    assert "KRW 70.00/h" in choose_spec(reader, {"vcpus": 4}).note
    with pytest.raises(Unsuitable, match="KRW"):
        choose_spec(reader, {"vcpus": 4, "max_price": 1})


@pytest.mark.parametrize("asked", [{"vcpus": 96}, {"vcpus": 1000}, {"gpus": 2}])
def test_what_does_not_fit_is_refused_bare_metal_is_never_chosen(reader: Reader, asked: dict[str, Any]) -> None:
    with pytest.raises(Unsuitable, match="no size") as refused:
        choose_spec(reader, asked, place="here")
    assert "the largest there is is m.metal" in refused.value.remedy


def test_the_newest_image_of_that_version_and_architecture(reader: Reader) -> None:
    newest, answer, count = choose_image(reader, {"os": "BeOS"}, "")
    assert (newest.id if newest else "", answer.source, count) == ("beos-2", "live", 2)
    older, _, _ = choose_image(reader, {"os": "beos", "version": "9"}, "x86_64")
    assert older is not None
    assert older.id == "beos-1"
    assert choose_image(reader, {"os": "beos", "version": "9"}, "arm64")[0] is None


def test_the_first_zone_that_is_one(shop: ShopCatalog, reader: Reader) -> None:
    assert choose_zone(reader, "here").value == "here-a"
