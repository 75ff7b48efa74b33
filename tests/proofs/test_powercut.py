"""Power cuts, short form; and engines that forget a sync, which must be found out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.proofs.disk import Disk, Event
from tests.proofs.operations import RECORDED
from tests.proofs.powercut import SYNCS, replay, sweep

SEED = 20261125
IMAGES = 1000
NAMES = [each.name for each, _ in RECORDED]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_the_power_may_fail_at_any_moment(name: str, scratch: Path, tmp_path: Path) -> None:
    done = sweep(scratch, -(-IMAGES // len(NAMES)), names=(name,), seed=SEED, keep=tmp_path)
    print(done.table())
    told = [f"{name} at {point}: {finding}" for name, point, finding in done.wrong]
    assert not told, "\n".join([f"written out in {tmp_path}", *told])
    assert done.distinct[name] >= 0.5 * done.images[name] > 0
    # A move by hand is one record: it was written or it was not.
    assert done.recoveries[name] >= (2 if name == "state mv" else 10)


@pytest.mark.parametrize("omit", SYNCS)
def test_an_engine_that_forgets_a_sync_is_found_out(omit: str, scratch: Path, tmp_path: Path) -> None:
    names = ("full disk",) if "spill" in omit else ("create", "recovery")
    done = sweep(scratch, 200, names=names, seed=SEED, omit=omit, recover=False, keep=tmp_path)
    assert done.wrong, f"nothing was found without the sync of {omit}"
    case = next(each for each in tmp_path.iterdir() if each.is_dir())
    assert replay(case, scratch), "the case that was written out finds nothing"


def test_what_is_synced_is_on_every_image_and_what_is_not_may_be_in_part() -> None:
    path = Path("folder/file")
    disk = Disk({path: b"old"})
    for event in (Event("write", path, 1, b"a" * 600), Event("sync", path, 1), Event("write", path, 1, b"b" * 2000, 600)):
        disk.take(event)
    images = [disk.image(random.Random(seed))[path] for seed in range(200)]
    assert all(image is not None and image[:600] == b"a" * 600 for image in images)
    assert {b"a" * 600, b"a" * 600 + b"b" * 2000} < set(images)
    assert any(image is not None and b"\0" in image and b"b" in image for image in images), "no write is torn"


def test_a_new_name_is_certain_only_after_a_sync_of_its_folder() -> None:
    old, new = Path("folder/.new"), Path("folder/file")
    disk = Disk({new: b"before"})
    for event in (Event("create", old, 2), Event("write", old, 2, b"after"), Event("sync", old, 2), Event("rename", old, 2, target=new)):
        disk.take(event)
    assert {disk.image(random.Random(seed))[new] for seed in range(50)} == {b"before", b"after"}
    disk.take(Event("sync_folder", Path("folder")))
    assert all(disk.image(random.Random(seed)) == {new: b"after"} for seed in range(50))
