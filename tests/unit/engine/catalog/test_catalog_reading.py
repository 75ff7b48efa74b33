"""Answers are kept for a while, for the right question and connection; what is damaged is asked for again."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.catalog.selling_driver import Hand, Shop, ShopCatalog, translate

from mcflow.drivers.sdk import Catalog, InvalidCredentials, Query, Throttled, Unsupported
from mcflow.engine.catalog import KEPT_FOR, CachedReader, Keeper, TooLateError
from mcflow.model.connection import Connection, ConnectionIdentity

WHO = ConnectionIdentity("shop", "shop-1", "here", "")


def reader(catalog: Catalog[Any], clock: Hand, folder: Path | None, who: ConnectionIdentity = WHO, **options: Any) -> CachedReader:
    return CachedReader(catalog, Shop(Connection("c", "shop", "here")), who, Keeper(folder), clock, translate, **options)


def test_an_answer_is_kept_until_it_is_too_old(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    first = reader(catalog, clock, tmp_path).read("specs")
    clock.at += KEPT_FOR["specs"] - 1
    second = reader(catalog, clock, tmp_path).read("specs")
    assert (first.source, second.source, second.items, second.at) == ("live", "cached", first.items, first.at)
    clock.at += 2
    assert reader(catalog, clock, tmp_path).read("specs").source == "live"
    assert catalog.asked["specs"] == 2


def test_within_a_session_nothing_is_asked_twice(tmp_path: Path) -> None:
    catalog = ShopCatalog()
    reading = reader(catalog, Hand(), None)
    assert [reading.read("zones").source for _ in range(3)] == ["live", "cached", "cached"]
    assert catalog.asked["zones"] == 1
    assert list(tmp_path.iterdir()) == []


def test_refresh_and_fresh_go_past_what_is_kept(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    reader(catalog, clock, tmp_path).read("specs")
    assert reader(catalog, clock, tmp_path).read("specs", fresh=True).source == "live"
    assert reader(catalog, clock, tmp_path, refresh=True).read("specs").source == "live"


@pytest.mark.parametrize("other", [
    ConnectionIdentity("shop", "shop-2", "here", ""), ConnectionIdentity("shop", "shop-1", "there", ""),
    ConnectionIdentity("shop", "shop-1", "here", "http://elsewhere"),
])
def test_answers_are_of_one_account_region_and_endpoint(tmp_path: Path, other: ConnectionIdentity) -> None:
    catalog, clock = ShopCatalog(), Hand()
    reader(catalog, clock, tmp_path).read("specs")
    assert reader(catalog, clock, tmp_path, other).read("specs").source == "live"


def test_only_what_a_catalog_narrows_by_parts_its_answers(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    reader(catalog, clock, tmp_path).read("images", Query(os="beos", version="9"))
    assert reader(catalog, clock, tmp_path).read("images", Query(os="beos", version="10")).source == "cached"
    assert reader(catalog, clock, tmp_path).read("images", Query(os="plan9")).source == "live"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format":99}', b"\xff\xfe", b'{"format":1,"key":{},"at":1,"items":[]}'])
def test_a_damaged_file_counts_as_none_and_is_written_anew(tmp_path: Path, damage: bytes) -> None:
    catalog, clock = ShopCatalog(), Hand()
    reader(catalog, clock, tmp_path).read("specs")
    file, = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert reader(catalog, clock, tmp_path).read("specs").source == "live"
    assert file.read_bytes() == whole


def test_an_answer_under_a_wrong_name_is_not_believed(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    other = ConnectionIdentity("shop", "shop-2", "here")
    for who in (WHO, other):
        reader(catalog, clock, tmp_path, who).read("specs")
    first, second = sorted(tmp_path.iterdir())
    first.write_bytes(second.read_bytes())
    assert sorted(reader(catalog, clock, tmp_path, who).read("specs").source for who in (WHO, other)) == ["cached", "live"]


def test_an_answer_from_the_future_is_not_believed(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    reader(catalog, clock, tmp_path).read("specs")
    clock.at -= 3600
    assert reader(catalog, clock, tmp_path).read("specs").source == "live"


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    reader(ShopCatalog(), Hand(), folder).read("specs")
    file, = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert reader(ShopCatalog(), Hand(), tmp_path / "file").read("specs").source == "live"


def test_many_writers_leave_one_whole_file(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    catalog.sizes *= 200
    threads = [threading.Thread(target=lambda: reader(catalog, clock, tmp_path, refresh=True).read("specs")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(os.listdir(tmp_path)) == 1
    assert len(reader(catalog, clock, tmp_path).read("specs").items) == 1200
    assert reader(catalog, clock, tmp_path).read("specs").source == "cached"


def test_errors_come_in_mcflows_words_and_are_not_kept(tmp_path: Path) -> None:
    catalog, clock = ShopCatalog(), Hand()
    catalog.broken = TimeoutError("slow")  # type: ignore[assignment]
    with pytest.raises(Throttled):
        reader(catalog, clock, tmp_path).read("specs")
    catalog.broken = PermissionError("no")  # type: ignore[assignment]
    with pytest.raises(InvalidCredentials):
        reader(catalog, clock, tmp_path).read("specs")
    catalog.broken = ValueError("a fault of ours")  # type: ignore[assignment]
    with pytest.raises(ValueError, match="of ours"):
        reader(catalog, clock, tmp_path).read("specs")
    assert list(tmp_path.iterdir()) == []


def test_a_cloud_without_prices_is_asked_once(tmp_path: Path) -> None:
    catalog, reading = ShopCatalog(), None
    catalog.broken = Unsupported("none here")
    reading = reader(catalog, Hand(), tmp_path)
    for _ in range(3):
        with pytest.raises(Unsupported):
            reading.read("prices", Query(of="vm"))
    assert catalog.asked["prices vm"] == 1


def test_a_kind_that_the_catalog_has_not() -> None:
    with pytest.raises(Unsupported, match="no quotas"):
        reader(ShopCatalog(), Hand(), None).read("quotas")


def test_a_look_up_ends_when_its_time_is_over(tmp_path: Path) -> None:
    clock = Hand()
    reading = reader(ShopCatalog(), clock, tmp_path)
    clock.step, reading.deadline = 10.0, 15.0
    with pytest.raises(TooLateError):
        reading.read("specs")
    assert list(tmp_path.iterdir()) == []


def test_who_a_connection_is_is_kept_under_what_decides_it(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    keeper.remember("shop", "key-1 SECRET", WHO, 5.0)
    assert keeper.who("shop", "key-1 SECRET") == (WHO, 5.0)
    assert keeper.who("shop", "key-2") is None
    assert keeper.who("other", "key-1 SECRET") is None
    assert b"SECRET" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
