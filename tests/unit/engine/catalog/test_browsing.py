"""What `mcflow catalog` answers: from what is kept without opening anything, filtered, sorted, and with a reason where nothing fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.catalog import selling_driver
from tests.unit.engine.catalog.selling_driver import Hand, Shop, ShopCatalog

from mcflow.drivers.sdk import AccessDenied, Driver, InvalidCredentials, registry
from mcflow.engine.api import catalog
from mcflow.engine.options import CatalogOptions, CatalogView, Range
from mcflow.engine.ports import Ports
from mcflow.model.diagnostic import Rejected

SHOP: Driver


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopCatalog]:
    """The shop, known as a driver."""
    driver = selling_driver.shop()
    monkeypatch.setattr(f"{__name__}.SHOP", driver, raising=False)
    registry.register_driver("shop", f"{__name__}:SHOP")
    assert isinstance(driver.catalog, ShopCatalog)
    yield driver.catalog
    registry.BUILTIN.pop("shop")
    registry.load_driver.cache_clear()


def ask(kind: str, folder: Path | None = None, clock: Hand | None = None, environ: dict[str, str] | None = None,
        **options: Any) -> CatalogView:
    wanted = CatalogOptions(kind=kind, driver="shop", region="here", **options)  # type: ignore[arg-type]
    return catalog(None, wanted, Ports(environ=environ or {}, clock=clock or Hand(), cache=folder))


def names(view: CatalogView) -> list[str]:
    return [str(row.get("name") or row.get("id") or row.get("key") or row.get("type")) for row in view.rows]


def test_what_is_kept_is_answered_without_opening_the_connection(shop: ShopCatalog, tmp_path: Path) -> None:
    assert ask("specs", tmp_path).source == "live"
    again = ask("specs", tmp_path)
    assert (again.source, Shop.opened, again.where) == ("cached", 1, "shop/shop-1/here")
    assert ask("specs", tmp_path, refresh=True).source == "live"


def test_other_credentials_may_be_another_account(shop: ShopCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("specs", tmp_path, environ={"SHOP_KEY": "one"})
    monkeypatch.setattr(Shop, "account", "shop-2")
    other = ask("specs", tmp_path, environ={"SHOP_KEY": "two"})
    assert (other.source, other.where) == ("live", "shop/shop-2/here")


def test_it_is_not_believed_for_ever_who_a_connection_is(shop: ShopCatalog, tmp_path: Path) -> None:
    clock = Hand()
    ask("specs", tmp_path, clock)
    clock.at += 24 * 3600
    assert (ask("specs", tmp_path, clock).source, Shop.opened) == ("cached", 2)


@pytest.mark.parametrize(("options", "found"), [
    ({}, ["m.small", "m.medium", "m.large", "g.large", "m.metal"]),
    ({"vcpus": Range(2, 4)}, ["m.medium", "m.large", "g.large"]),
    ({"memory": Range(None, 4)}, ["m.small", "m.medium"]),
    ({"memory": Range(4, None), "gpus": Range(0, 0)}, ["m.medium", "m.large", "m.metal"]),
    ({"zone": "here-b"}, ["m.small", "m.large", "g.large", "m.metal"]),
    ({"name": "*.medium", "old": True}, ["m.medium", "old.medium"]),
    ({"max_price": 0.06}, ["m.small", "m.large"]),
    ({"sort": ("price",)}, ["m.small", "m.large", "m.medium", "g.large", "m.metal"]),
    ({"sort": ("-vcpus",), "limit": 2}, ["m.metal", "m.large"]),
])
def test_filters_and_order(shop: ShopCatalog, options: dict[str, Any], found: list[str]) -> None:
    assert names(ask("specs", **options)) == found


def test_a_zone_that_is_not_there_fits_nothing(shop: ShopCatalog) -> None:
    view = ask("specs", zone="nowhere")
    assert (view.rows, view.total > 0) == ((), True), "what is offered in all zones is not offered there"
    assert "there is no zone `nowhere` here; there are here-0, here-00, here-a, here-b" in view.empty


def test_prices_are_asked_for_only_where_they_matter(shop: ShopCatalog, tmp_path: Path) -> None:
    plain = ask("specs", tmp_path)
    assert (plain.prices, plain.rows[0]["price"], shop.asked["prices vm"]) == ("", None, 0)
    assert "--sort price" in plain.unpriced
    assert ask("specs", tmp_path, sort=("price",)).prices == "live"
    now_known = ask("specs", tmp_path)
    assert (now_known.prices, now_known.rows[0]["price"], shop.asked["prices vm"]) == ("cached", 0.01, 1)


def test_prices_of_one_thing_or_of_all(shop: ShopCatalog) -> None:
    assert {row["of"] for row in ask("prices").rows} == {"vm", "disk"}
    assert names(ask("prices", of="disk")) == ["ssd"]
    assert "there are no prices of boats; there are of vm, disk" in ask("prices", of="boats").empty


@pytest.mark.parametrize(("kind", "options", "why"), [
    ("specs", {"vcpus": Range(1000, None)}, "none of 6 specs fits `--vcpus 1000..`"),
    ("specs", {"vcpus": Range(1, 1), "gpus": Range(1, None)}, "`--vcpus 1` fits 1, `--gpus 1..` fits 1"),
    ("images", {"os": "ubuntu"}, "no publisher of ubuntu images is known; known are plan9, beos"),
    ("images", {"os": "beos", "version": "3"}, "none of 2 images fits `--version 3`"),
])
def test_nothing_says_why(shop: ShopCatalog, kind: str, options: dict[str, Any], why: str) -> None:
    view = ask(kind, **options)
    assert view.rows == ()
    assert why in view.empty


def test_versions_are_compared_by_their_parts(shop: ShopCatalog) -> None:
    assert names(ask("images", os="beos", version="9")) == ["beos-1"]
    assert names(ask("images", os="beos", sort=("-version",))) == ["beos-2", "beos-1"]


@pytest.mark.parametrize(("options", "code"), [
    ({"kind": "quotas", "driver": "shop"}, "MC1001"), ({"kind": "specs", "driver": "shop", "sort": ("cpu",)}, "MC1003"),
    ({"kind": "specs"}, "MC1004"),
])
def test_questions_that_have_no_answer(shop: ShopCatalog, options: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        catalog(None, CatalogOptions(**options), Ports(clock=Hand()))
    assert [each.code for each in refused.value.diagnostics] == [code]


@pytest.mark.parametrize(("error", "exit_code"), [(AccessDenied("you may not"), 1), (InvalidCredentials("who are you"), 4)])
def test_a_cloud_that_refuses(shop: ShopCatalog, error: Any, exit_code: int) -> None:
    shop.broken = error
    with pytest.raises(Rejected) as refused:
        ask("zones")
    assert [each.code for each in refused.value.diagnostics] == ["MC1002"]
    assert refused.value.exit_code == exit_code
    assert error.message in refused.value.diagnostics[0].message


def test_services_name_what_is_not_offered_too(shop: ShopCatalog) -> None:
    view = ask("services")
    assert {row["available"] for row in view.rows} == {False}
    assert ask("services", available=True).empty
