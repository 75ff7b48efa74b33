"""What every store does for a state: documents, groups of writes, the mark, the spill, several states in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from tests.stores.records import made

from mcflow.state.lease import Owner
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace

Open = Callable[..., Store]
Make = Callable[..., Workspace]
OWNER = Owner(who="kim", run="run-1")


def test_what_was_written_is_read_by_others(store: Open) -> None:
    writing = store()
    hold = writing.acquire(OWNER, 0, time.time())
    fence = hold.info.epoch
    large = bytes(range(256)) * 1024
    writing.put("snapshot.json", large, fence=fence)
    writing.put("journal/000001.journal", b"head\n", fence=fence)
    writing.append("journal/000001.journal", b"one\n", at=5, fence=fence)
    writing.append("journal/000001.journal", b"two\n", at=9, fence=fence)
    writing.put("history/a", b"", fence=fence)
    writing.put("history/b", b"x", fence=fence)
    writing.put("history/b", b"y", fence=fence)
    writing.remove("history/a", fence=fence)
    writing.remove("history/never", fence=fence)

    def expected(seen: Store) -> None:
        assert seen.read("snapshot.json") == large
        assert seen.read("journal/000001.journal") == b"head\none\ntwo\n"
        assert seen.names("history") == ["history/b"]
        assert seen.read("history/b") == b"y"
        assert seen.read("history/a") is None
        assert seen.names("nothing") == []

    expected(writing)
    expected(store())
    hold.release(time.time())
    expected(store())


def test_bytes_beyond_what_is_acknowledged_are_dropped_by_the_next_append(store: Open) -> None:
    writing = store()
    hold = writing.acquire(OWNER, 0, time.time())
    fence = hold.info.epoch
    writing.put("journal/x", b"0123456789", fence=fence)
    writing.append("journal/x", b"ab", at=4, fence=fence)
    assert store().read("journal/x") == b"0123ab"
    with pytest.raises(OSError, match="lost 1 bytes"):
        writing.append("journal/x", b"z", at=7, fence=fence)
    writing.append("journal/x", b"", at=2, fence=fence)
    assert store().read("journal/x") == b"01"
    hold.release(time.time())


def test_large_documents_that_grow_in_pieces_are_whole(store: Open) -> None:
    writing = store()
    hold = writing.acquire(OWNER, 0, time.time())
    fence, whole = hold.info.epoch, b""
    writing.put("journal/x", b"", fence=fence)
    for number in range(6):
        piece = bytes([number]) * 50_000
        writing.append("journal/x", piece, at=len(whole), fence=fence)
        whole += piece
        with writing.together(fence=fence):
            writing.put("other", piece, fence=fence)
    assert writing.read("journal/x") == whole
    assert store().read("journal/x") == whole
    writing.append("journal/x", b"end", at=120_000, fence=fence)
    assert store().read("journal/x") == whole[:120_000] + b"end"
    hold.release(time.time())


def test_a_group_is_there_when_it_ends(store: Open) -> None:
    writing = store()
    hold = writing.acquire(OWNER, 0, time.time())
    fence = hold.info.epoch
    with writing.together(fence=fence):
        writing.put("a", b"1", fence=fence)
        writing.put("history/b", b"2", fence=fence)
        assert writing.read("a") == b"1"
        assert writing.names("history") == ["history/b"]
        writing.remove("a", fence=fence)
    seen = store()
    assert (seen.read("a"), seen.read("history/b")) == (None, b"2")
    with suppress(ZeroDivisionError), writing.together(fence=fence):
        writing.put("c", b"3", fence=fence)
        raise ZeroDivisionError
    assert store().read("c") == b"3", "who wrote it counts on it"
    hold.release(time.time())


def test_the_mark_is_there_for_the_next_holder(store: Open) -> None:
    first = store()
    assert first.read_mark() is None
    hold = first.acquire(OWNER, 0, time.time())
    first.write_mark(b"a" * 512 + b"b" * 512, at=None, fence=hold.info.epoch)
    first.write_mark(b"c" * 512, at=512, fence=hold.info.epoch)
    first.write_mark(b"d" * 512, at=0, fence=hold.info.epoch)
    hold.release(time.time())
    assert store().read_mark() == b"d" * 512 + b"c" * 512


def test_states_in_one_place_do_not_meet(make: Make) -> None:
    names = [("shop", "default"), ("shop", "default2"), ("shop2", "default"), ("default", "shop")]
    writers = [make(*each).lease(OWNER) for each in names]
    for number, writer in enumerate(writers):
        assert writer.epoch == 1
        writer.append(*made(f"only-{number}"))
        writer.checkpoint()
    for writer in writers:
        writer.close()
    for number, each in enumerate(names):
        assert set(make(*each).read().state.natives) == {f"n/only-{number}"}


def test_what_is_spilled_is_merged_by_the_next_lease(make: Make, store: Open) -> None:
    writer = make().lease(OWNER)
    writer.append(made("a")[0])
    writer.commit()
    writer._journal.fail(OSError("as if it had"))
    writer.spill(made("a")[1])
    writer.close()
    reading = make().read()
    assert [finding.code for finding in reading.findings] == ["MC0716"]
    assert set(reading.state.natives) == {"n/a"}
    with make().lease(OWNER) as second:
        assert second.state.natives["n/a"].id == "id-a"
    assert (make().read().findings, store().spilled()) == ((), [])


def test_a_state_lives(make: Make) -> None:
    lineages = set()
    for life in range(1, 5):
        with make().lease(OWNER) as writer:
            lineages.add(writer.state.lineage)
            assert (writer.epoch, writer.findings) == (life, ())
            if life > 1:
                # What the life before left open.
                writer.append(made(f"{life - 1}-open")[1])
            for number in range(5):
                writer.append(*made(f"{life}-{number}"))
                writer.commit()
            if life != 2:
                writer.checkpoint()
            writer.append(made(f"{life}-open")[0])
        reading = make().read()
        assert (reading.holder, reading.findings, reading.sweep, set(reading.state.open)) == (None, (), False, {f"{life}-open"})
        assert sum(record.status == "ready" for record in reading.state.natives.values()) == life * 6 - 1
    assert len(lineages) == 1
    workspace = make()
    history = workspace.history()
    assert len(history) == 3
    assert [len(workspace.snapshot_at(entry.serial).natives) for entry in history] == [23, 17, 5]
    assert [entry.of for entry in workspace.audit()].count("DONE") == 23


def test_many_records_are_all_there(make: Make, counterpart: object) -> None:
    count = 60 if getattr(counterpart, "slow", False) else 300
    with make().lease(OWNER) as writer:
        for number in range(count):
            writer.append(*made(str(number)))
            writer.commit()
        assert len(make().read().state.natives) == count
    assert len(make().read().state.natives) == count
    assert sum(1 for _ in make().audit()) == 2 * count
