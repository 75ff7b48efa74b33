"""Reading needs no lease: beside a writer that writes and clears away, what is read is always a state that there was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stores.counterpart import Counterpart
from tests.stores.hooked import HookedObjects
from tests.stores.records import made

from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import Owner
from mcflow.state.sealing import Sealer
from mcflow.state.stores.remote import RemoteStore
from mcflow.state.workspace import Workspace

Make = Callable[..., Workspace]
ANN = Owner(who="ann", run="run-a")


def test_a_reader_beside_a_writer_sees_what_was_and_never_less_than_before(make: Make, counterpart: Counterpart) -> None:
    rounds = 6 if counterpart.slow else 25
    ended = threading.Event()
    faults: list[BaseException] = []
    acknowledged = [0]
    with make().lease(ANN) as first:
        first.append(*made("first"))

    def write() -> None:
        try:
            with make().lease(ANN) as writer:
                for number in range(rounds):
                    for part in range(3):
                        writer.append(*made(f"{number}-{part}"))
                        writer.commit()
                        acknowledged[0] += 1
                    writer.checkpoint()
        except BaseException as fault:
            faults.append(fault)
        finally:
            ended.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen, readings = 0, 0
    while not ended.is_set():
        least = acknowledged[0]
        reading = make().read()
        assert reading.findings == ()
        count = len(reading.state.natives)
        assert count >= max(seen, least + 1)
        seen, readings = count, readings + 1
        workspace = make()
        for entry in workspace.history()[:1]:
            assert workspace.snapshot_at(entry.serial).natives
    thread.join()
    assert faults == []
    assert readings > 0
    assert len(make().read().state.natives) == rounds * 3 + 1


def test_what_is_cleared_away_while_it_is_read_is_read_anew(make: Make, remote: Counterpart, tmp_path: Path) -> None:
    with make().lease(ANN) as writer:
        for number in range(3):
            writer.append(*made(f"a{number}"))
            writer.checkpoint()
        assert remote.objects is not None
        left = [3]

        def before(operation: str, key: str) -> None:
            if operation == "read" and left[0]:
                left[0] -= 1
                for part in range(3):
                    writer.append(*made(f"b{left[0]}-{part}"))
                    writer.checkpoint()

        objects = HookedObjects(remote.objects(tmp_path), before)
        store = RemoteStore(objects, "shop", "default", spill_folder=tmp_path / "other")
        reading = Workspace(store, "shop", "default", Sealer(bytes(range(32)))).read()
        assert left == [0]
        assert (len(reading.state.natives), reading.findings) == (12, ())


@pytest.mark.parametrize("operation", ["list", "read", "create", "remove"])
def test_a_store_that_does_not_answer_is_told_and_nothing_is_lost(
    make: Make, remote: Counterpart, tmp_path: Path, operation: str
) -> None:
    with make().lease(ANN) as writer:
        writer.append(*made("a"))
        writer.checkpoint()

    def fail(asked: str, key: str) -> None:
        if asked == operation:
            raise OSError("the store does not answer")

    assert remote.objects is not None
    objects = HookedObjects(remote.objects(tmp_path), fail)
    store = RemoteStore(objects, "shop", "default", spill_folder=tmp_path / "other", pause=lambda seconds: None)
    workspace = Workspace(store, "shop", "default", Sealer(bytes(range(32))))
    if operation == "remove":
        with workspace.lease(ANN) as second:
            second.checkpoint()
    else:
        with pytest.raises(Rejected) as refused:
            workspace.lease(ANN)
        assert [found.code for found in refused.value.diagnostics] == ["MC0743"]
        assert "the store does not answer" in refused.value.diagnostics[0].message
    reading = make().read()
    assert (set(reading.state.natives), reading.findings) == ({"n/a"}, ())
