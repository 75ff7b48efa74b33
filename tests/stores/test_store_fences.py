"""Fences: a writer that was stopped and whose lease was taken writes nothing more, wherever it was stopped and whatever it does next."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stores.conftest import KEY
from tests.stores.counterpart import Counterpart
from tests.stores.hooked import Hook, HookedFiles, HookedObjects, Nth
from tests.stores.records import made

from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import LeaseHeld, LeaseLost, Owner
from mcflow.state.sealing import Sealer
from mcflow.state.stores.local import LocalStore
from mcflow.state.stores.remote import RemoteStore
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer

Open = Callable[..., Store]
Make = Callable[..., Workspace]
ANN, KIM = Owner(who="ann"), Owner(who="kim")

WRITES: dict[str, Callable[[Store, int], None]] = {
    "put": lambda store, fence: store.put("snapshot.json", b"stale", fence=fence),
    "put a large one": lambda store, fence: store.put("snapshot.json", b"stale" * 50_000, fence=fence),
    "append": lambda store, fence: store.append("journal/000001.journal", b"stale", at=4, fence=fence),
    "append nothing": lambda store, fence: store.append("journal/000001.journal", b"", at=0, fence=fence),
    "remove": lambda store, fence: store.remove("journal/000001.journal", fence=fence),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("compactions", [0, 3])
def test_no_kind_of_stale_write_is_acknowledged_or_seen(store: Open, write: str, compactions: int) -> None:
    stale = store()
    fence = stale.acquire(ANN, 0, time.time()).info.epoch
    stale.put("snapshot.json", b"good", fence=fence)
    stale.put("journal/000001.journal", b"good", fence=fence)
    store().break_lease(KIM, time.time())
    thief = store()
    hold = thief.acquire(KIM, 0, time.time())
    for number in range(compactions):
        with thief.together(fence=hold.info.epoch):
            thief.put("other", b"%d" % number, fence=hold.info.epoch)
    with pytest.raises(LeaseLost):
        WRITES[write](stale, fence)
    with pytest.raises(LeaseLost):
        # A second try finds no way round it either.
        WRITES[write](stale, fence)
    with pytest.raises(LeaseLost), stale.together(fence=fence):
        stale.put("snapshot.json", b"stale", fence=fence)
    for seen in (thief, store()):
        assert (seen.read("snapshot.json"), seen.read("journal/000001.journal")) == (b"good", b"good")
    hold.release(time.time())


def test_a_stale_mark_is_never_seen(store: Open) -> None:
    stale = store()
    hold = stale.acquire(ANN, 0, time.time())
    stale.write_mark(b"a" * 1024, at=None, fence=hold.info.epoch)
    stale.put("x", b"", fence=hold.info.epoch)
    store().break_lease(KIM, time.time())
    thief = store()
    second = thief.acquire(KIM, 0, time.time())
    thief.write_mark(b"b" * 1024, at=None, fence=second.info.epoch)
    try:
        stale.write_mark(b"c" * 1024, at=None, fence=hold.info.epoch)
        stale.write_mark(b"c" * 512, at=0, fence=hold.info.epoch)
    except LeaseLost:
        pass
    hold.release(time.time())
    second.release(time.time())
    assert store().read_mark() == b"b" * 1024


def test_a_forked_copy_of_a_holder_is_none(make: Make, counterpart: Counterpart) -> None:
    writer = make().lease(ANN)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            writer.append(*made("child"))
            writer.commit()
        except LeaseLost:
            code = 42
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    writer.append(*made("parent"))
    writer.close()
    assert set(make().read().state.natives) == {"n/parent"}


def hooked(counterpart: Counterpart, scratch: Path, hook: Hook) -> Workspace:
    """The default state on a handle that stops at every request."""
    if counterpart.objects is None:
        store: Store = LocalStore(scratch, "shop", "default", spill_folder=scratch / "own", files=HookedFiles(hook))
    else:
        objects = HookedObjects(counterpart.objects(scratch), hook)
        store = RemoteStore(objects, "shop", "default", spill_folder=scratch / "other", pause=lambda seconds: None)
    return Workspace(store, "shop", "default", Sealer(KEY), pause=lambda seconds: None)


def test_a_writer_stopped_at_any_request_finds_itself_fenced(
    make: Make, store: Open, counterpart: Counterpart, tmp_path: Path
) -> None:
    """At the nth request another ends the lease by force, takes it, writes and compacts; then the first goes on."""
    step = 17 if counterpart.slow else 1
    if counterpart.objects is None and "MCFLOW_EXPLORE" not in os.environ:
        # Every call to the system is a request here; a sample of them, the rest when asked for.
        step = 13
    final: set[str] = set()
    for nth in range(0, 2000, step):
        acknowledged: set[str] = set()
        thieves: list[Writer] = []

        def steal(nth: int = nth, thieves: list[Writer] = thieves) -> None:
            store().break_lease(KIM, time.time())
            thief = make().lease(KIM)
            thieves.append(thief)
            for number in range(2):
                thief.append(*made(f"thief-{nth}-{number}"))
                thief.checkpoint()

        hook = Nth(nth, steal)
        ended = ""
        try:
            with hooked(counterpart, tmp_path, hook).lease(ANN) as writer:
                for number in range(4):
                    writer.append(*made(f"{nth}-{number}"))
                    writer.commit()
                    acknowledged.add(f"{nth}-{number}")
                    if number % 2:
                        writer.checkpoint()
        except (LeaseLost, LeaseHeld) as lost:
            ended = type(lost).__name__
        except (Rejected, OSError) as fault:
            # Its folder or its objects are gone from under it.
            ended = str(fault)
        for thief in thieves:
            thief.append(*made(f"thief-{nth}-late"))
            thief.close()
        final |= acknowledged | {f"thief-{nth}-{each}" for each in (0, 1, "late") if thieves}
        reading = make().read()
        missing = {f"n/{op}" for op in final} - set(reading.state.natives)
        assert not missing, (nth, hook.place, ended, missing)
        assert {found.code for found in reading.findings} <= {"MC0712", "MC0714"}, (nth, hook.place)
        if hook.left >= 0:
            assert (ended, len(acknowledged)) == ("", 4)
            assert nth > 20
            return
        if not counterpart.slow and nth % 10 == 0:
            with make().lease(KIM) as tidy:
                tidy.checkpoint()
    raise AssertionError("it never got through undisturbed")
