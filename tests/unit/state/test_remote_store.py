"""The remote store on objects in memory: requests counted, replies lost, stores that lie, logs that are damaged or put back."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.stores.memory import Bucket, MemoryObjects

from mcflow.model.diagnostic import Rejected
from mcflow.state.journal import JournalFailed
from mcflow.state.lease import LeaseHeld, LeaseLost, Owner
from mcflow.state.records import Intent, Record
from mcflow.state.sealing import Sealer
from mcflow.state.stores.entry import FORMAT_VERSION, LeaseInfo
from mcflow.state.stores.hold import RemoteHold
from mcflow.state.stores.remote import RemoteStore
from mcflow.state.workspace import Workspace

KEY = bytes(range(32))
KIM = Owner(who="kim", run="run-2")
Made = Callable[..., list[Record]]


class Clock:
    """One time for everything."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bucket(clock: Clock) -> Bucket:
    return Bucket(clock)


@pytest.fixture
def remote(bucket: Bucket, clock: Clock, tmp_path: Path) -> Callable[..., Workspace]:
    def build(**options: Any) -> Workspace:
        options = {"spill_folder": tmp_path / "own", "clock": clock, "pause": lambda seconds: None, **options}
        return Workspace(RemoteStore(MemoryObjects(bucket), "shop", "default", **options), "shop", "default", Sealer(KEY),
                         pause=lambda seconds: None)

    return build


Remote = Callable[..., Workspace]


def requests(bucket: Bucket, action: Callable[[], object]) -> int:
    before = bucket.total
    action()
    return bucket.total - before


def codes(refused: pytest.ExceptionInfo[Rejected]) -> list[str]:
    return [found.code for found in refused.value.diagnostics]


def rejections(action: Callable[[], object]) -> set[str]:
    """The codes of what is refused; none if it goes through."""
    try:
        action()
    except Rejected as refused:
        return {found.code for found in refused.diagnostics}
    return set()


# What it costs.


def test_requests_are_few(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    workspace = remote()
    writers = []
    assert requests(bucket, lambda: writers.append(workspace.lease(owner))) <= 11
    writer = writers[0]
    for number in range(40):
        writer.append(*made(str(number), f"n/{number}"))
        assert requests(bucket, writer.commit) == 1
        assert requests(bucket, writer.check) == 0
        assert requests(bucket, writer.beat) == 0
    assert requests(bucket, writer.checkpoint) <= 6
    assert requests(bucket, lambda: remote().read()) <= 4
    assert requests(bucket, writer.close) == 1
    fresh = remote()
    assert requests(bucket, lambda: fresh.read()) <= 4
    assert requests(bucket, lambda: fresh.read()) == 1, "nothing new: one listing tells"
    assert requests(bucket, lambda: writers.append(fresh.lease(owner))) <= 8
    before = bucket.total
    with pytest.raises(LeaseHeld):
        remote().lease(owner)
    assert bucket.total - before <= 6


@pytest.mark.slow
@pytest.mark.parametrize("inline", [64 * 1024, 200])
def test_objects_do_not_grow_in_number(
    remote: Remote, bucket: Bucket, owner: Owner, made: Made, inline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcflow.state.stores.remote.INLINE", inline)
    monkeypatch.setattr("mcflow.state.stores.compaction.INLINE", inline)
    counts = []
    for life in range(30):
        with remote().lease(owner) as writer:
            for number in range(5):
                writer.append(*made(f"{life}-{number}", f"n/{number}"))
                writer.commit()
            writer.checkpoint()
        counts.append(len([key for key in bucket.content if inline > 1000 or "/blob/" not in key]))
    assert max(counts) < 40
    # Snapshots of the history, audit segments, and what the last base but one names.
    assert len([key for key in bucket.content if "/blob/" in key]) < 20 + 2 * 30
    with remote().lease(owner) as writer:
        for number in range(1000):
            writer.append(*made(f"many-{number}", f"n/{number % 7}"))
            writer.commit()
        writer.checkpoint()
        writer.append(*made("last", "n/last"))
        writer.checkpoint()
    assert len(bucket.content) < 160
    assert len([entry for entry in remote().audit() if entry.of == "DONE"]) == 30 * 5 + 1001


def test_a_large_snapshot_is_sent_once(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    sent: list[int] = []
    real = bucket.create

    def create(key: str, data: bytes) -> bool:
        sent.append(len(data))
        return real(key, data)

    with remote().lease(owner) as writer:
        for number in range(1500):
            writer.append(*made(str(number), f"network/subnet-{number}"))
        writer.commit()
        bucket.create = create  # type: ignore[method-assign]
        writer.checkpoint()
        snapshot = len(writer.store.read("snapshot.json") or b"")
        assert snapshot > 300_000
        audit = len(writer.store.read("journal/000001.audit") or b"")
        assert snapshot + audit < sum(sent) < snapshot + audit + 100_000
    assert len(remote().read().state.natives) == 1500


# Replies that are lost.


@pytest.mark.parametrize("inline", [64 * 1024, 64])
@pytest.mark.parametrize("fault", ["lost", "fails", "repeated"])
def test_one_bad_reply_at_any_create_is_no_matter(
    remote: Remote, bucket: Bucket, owner: Owner, made: Made, fault: str, inline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcflow.state.stores.remote.INLINE", inline)
    monkeypatch.setattr("mcflow.state.stores.compaction.INLINE", inline)
    expected: set[str] = set()
    for nth in range(60):
        left = [nth]

        def now_and_then(operation: str, key: str, left: list[int] = left) -> Any:
            if operation == "create" and not key.startswith("shop/default/probe"):
                left[0] -= 1
                return fault if left[0] == -1 else None
            return None

        bucket.fault = now_and_then
        with remote().lease(owner) as writer:
            for number in range(3):
                writer.append(*made(f"{nth}-{number}", f"n/{nth}-{number}"))
                writer.commit()
                expected.add(f"n/{nth}-{number}")
            writer.checkpoint()
        bucket.fault = lambda operation, key: None
        reading = remote().read()
        assert (set(reading.state.natives), reading.findings) == (expected, ()), nth
        if left[0] >= 0:
            assert nth > 5
            return
    raise AssertionError("it never got through undisturbed")


def test_a_request_that_comes_long_after_does_no_harm(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    writer = remote().lease(owner)
    writer.append(*made("a", "n/a"))
    writer.commit()
    bucket.fault = lambda operation, key: "late" if operation == "create" else None
    writer.append(*made("b", "n/b"))
    with pytest.raises(JournalFailed):
        writer.commit()
    bucket.fault = lambda operation, key: None
    remote().store.break_lease(KIM, 0.0)
    with remote().lease(KIM) as thief:
        assert set(thief.state.natives) == {"n/a"}
        thief.append(*made("c", "n/c"))
        thief.checkpoint()
        assert bucket.arrive() == [False] * 3, "its number is taken"
        thief.append(*made("d", "n/d"))
        thief.checkpoint()
        thief.checkpoint()
    writer.close()
    assert set(remote().read().state.natives) == {"n/a", "n/c", "n/d"}


def test_when_the_store_is_gone_results_are_spilled_and_come_back(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    writer = remote().lease(owner)
    intent, *results = made("a", "n/a")
    writer.append(intent)
    writer.commit()
    bucket.fault = lambda operation, key: "fails"
    writer.append(results[0])
    with pytest.raises(JournalFailed) as failed:
        writer.commit()
    assert codes(failed) == ["MC0703"]
    place = writer.spill(results[1])
    assert Path(place).stat().st_mode & 0o777 == 0o600
    writer.close()
    with pytest.raises(Rejected) as refused:
        remote().read()
    assert codes(refused) == ["MC0743"]
    bucket.fault = lambda operation, key: None
    remote().store.break_lease(KIM, 0.0)
    reading = remote().read()
    assert [found.code for found in reading.findings] == ["MC0716"]
    assert reading.state.natives["n/a"].id == "id-a"
    with remote().lease(owner) as second:
        assert second.state.open == {}
    assert (remote().read().findings, Path(place).exists()) == ((), False)


def test_a_write_that_failed_comes_first_when_the_store_is_back(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    seen: set[str] = set()
    for nth in range(8):
        writer = remote().lease(owner)
        writer.append(*made(f"a{nth}", f"n/a{nth}"))
        writer.commit()
        left = [nth]

        def fault(operation: str, key: str, left: list[int] = left) -> Any:
            left[0] -= operation == "create"
            return "fails" if left[0] < 0 else None

        bucket.fault = fault
        told = rejections(writer.checkpoint)
        assert told in (set(), {"MC0705"})
        seen |= told
        bucket.fault = lambda operation, key: None
        writer.append(*made(f"b{nth}", f"n/b{nth}"))
        writer.commit()
        writer.checkpoint()
        writer.close()
        reading = remote().read()
        assert (len(reading.state.natives), reading.findings) == (2 * nth + 2, ())
    assert seen == {"MC0705"}


# Stores that lie.


@pytest.mark.parametrize("lie", ["conditions", "twice", "reading", "listing"])
def test_a_store_that_lies_is_refused(remote: Remote, bucket: Bucket, owner: Owner, lie: str) -> None:
    if lie == "reading":
        # What was written first is shown for ever, in this case bytes that nobody wrote.
        class Wrong(dict[str, bytes]):
            def setdefault(self, key: str, default: bytes = b"") -> bytes:
                return super().setdefault(key, b"something else")

        bucket.first = Wrong()
    bucket.lies.add(lie)
    with pytest.raises(Rejected) as refused:
        remote().lease(owner)
    assert codes(refused) == ["MC0747"]
    bucket.lies.clear()
    assert not [key for key in bucket.content if "/base/" in key]


# Logs that are not what was written.


@pytest.fixture
def written(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> list[str]:
    with remote().lease(owner) as writer:
        for number in range(3):
            writer.append(*made(str(number), f"n/{number}"))
            writer.commit()
            if number == 1:
                writer.checkpoint()
    return sorted(bucket.content)


@pytest.mark.slow
def test_every_byte_of_the_log_is_checked(remote: Remote, bucket: Bucket, written: list[str]) -> None:
    good = remote().read().state
    read: list[object] = []
    outcomes = {"damaged": 0, "whole": 0}
    for key in written:
        data, modified = bucket.content[key]
        for at in range(0, len(data), 7):
            bucket.content[key] = (data[:at] + bytes([data[at] ^ 4]) + data[at + 1:], modified)
            told = rejections(lambda: read.append(remote().read().state))
            assert told <= {"MC0746", "MC0718", "MC0720"}
            outcomes["damaged" if told else "whole"] += 1
            assert told or read.pop() == good
        bucket.content[key] = (data, modified)
    assert min(outcomes.values()) > 50, "some of it is needed, the rest is proven by the base before it"
    assert remote().read().state == good


def test_an_entry_that_is_missing_is_found_out(remote: Remote, bucket: Bucket, written: list[str]) -> None:
    last = [key for key in written if "/log/" in key]
    base = max(key for key in written if "/base/" in key).rpartition("/")[2]
    needed = [key for key in last if key.rpartition("/")[2] > base]
    del bucket.content[needed[0]]
    with pytest.raises(Rejected) as refused:
        remote().read()
    assert codes(refused) == ["MC0746"]


def test_a_damaged_base_is_replaced_by_the_one_before_it(remote: Remote, bucket: Bucket, written: list[str]) -> None:
    good = remote().read().state
    bases = [key for key in written if "/base/" in key]
    assert len(bases) == 2
    bucket.content[bases[-1]] = (b"", 0.0)
    assert (remote().read().state, remote().read().findings) == (good, ())


def test_a_store_that_was_put_back_is_found_out(
    remote: Remote, bucket: Bucket, owner: Owner, made: Made, written: list[str], tmp_path: Path
) -> None:
    old = dict(bucket.content)
    with remote().lease(owner) as writer:
        writer.append(*made("new", "n/new"))
        writer.checkpoint()
    new = dict(bucket.content)
    bucket.content = dict(old)
    for action in (lambda: remote().read(), lambda: remote().lease(owner)):
        with pytest.raises(Rejected) as refused:
            action()
        assert codes(refused) == ["MC0745"]
    # Who has not seen more than this is none the wiser; and what they write makes another state of it.
    with remote(spill_folder=tmp_path / "elsewhere").lease(owner) as writer:
        for number in range(9):
            writer.append(*made(f"other{number}", f"n/other{number}"))
            writer.commit()
        writer.checkpoint()
    bucket.content = dict(new)
    assert set(remote().read().state.natives) == {"n/0", "n/1", "n/2", "n/new"}


def test_a_log_of_a_newer_mcflow_is_left_alone(remote: Remote, bucket: Bucket, written: list[str]) -> None:
    from hashlib import sha256

    key = max(key for key in written if "/log/" in key)
    rest = bucket.content[key][0][65:]
    newer = rest.replace(b'"format_version":%d' % FORMAT_VERSION, b'"format_version":%d' % (FORMAT_VERSION + 1), 1)
    bucket.content[key] = (sha256(newer).hexdigest().encode() + b"\n" + newer, 1.0)
    with pytest.raises(Rejected) as refused:
        remote().read()
    assert codes(refused) == ["MC0720"]


# The lease and time.


def test_a_lease_runs_out_by_the_stores_clock_only(remote: Remote, clock: Clock, owner: Owner) -> None:
    writer = remote().lease(owner)
    clock.seconds += 61
    with pytest.raises(LeaseHeld) as held:
        remote().lease(KIM)
    assert codes(held) == ["MC0744"]
    assert held.value.info.expires == 1_000_062.0
    assert "1970-01-12 13:47:42 UTC" in held.value.diagnostics[0].help
    reading = remote().read()
    assert reading.holder is not None
    clock.seconds += 2
    assert remote().read().holder is None
    with remote().lease(KIM) as thief:
        assert thief.epoch == 2
        with pytest.raises(LeaseLost) as lost:
            writer.check()
        assert lost.value.info is not None
        assert lost.value.info.who == "kim"
    writer.close()


def test_what_ran_out_is_renewed_if_nobody_took_it(remote: Remote, bucket: Bucket, clock: Clock, owner: Owner) -> None:
    writer = remote().lease(owner)
    clock.seconds += 100
    assert requests(bucket, writer.check) == 1
    with pytest.raises(LeaseHeld):
        remote().lease(KIM)
    clock.seconds += 100
    bucket.fault = lambda operation, key: "fails"
    with pytest.raises(JournalFailed):
        writer.check()
    bucket.fault = lambda operation, key: None
    writer.close()


def test_a_beat_that_fails_is_no_matter_while_the_lease_lasts(remote: Remote, bucket: Bucket, clock: Clock, owner: Owner) -> None:
    writer = remote().lease(owner)
    bucket.fault = lambda operation, key: "fails"
    clock.seconds += 20
    writer.beat()
    writer.check()
    clock.seconds += 20
    with pytest.raises(JournalFailed):
        writer.beat()
    bucket.fault = lambda operation, key: None
    writer.close()


@pytest.mark.parametrize(("each", "tries"), [(0.1, 3), (9.0, 2), (30.0, 1)])
def test_a_store_that_hangs_is_asked_less_often(
    remote: Remote, bucket: Bucket, clock: Clock, owner: Owner, made: Made, each: float, tries: int
) -> None:
    writer = remote().lease(owner)
    creates: list[str] = []

    def hang(operation: str, key: str) -> str | None:
        clock.seconds += each
        if operation == "create":
            creates.append(key)
        return "fails"

    bucket.fault = hang
    writer.append(*made("op-1", "a/b"))
    with pytest.raises(JournalFailed):
        writer.commit()
    assert len(creates) == tries
    bucket.fault = lambda operation, key: None
    writer.close()


@pytest.mark.parametrize(("passed", "asked"), [(0.0, True), (31.0, False)])
def test_what_ran_out_while_the_store_was_gone_is_not_given_back(
    remote: Remote, bucket: Bucket, clock: Clock, owner: Owner, made: Made, passed: float, asked: bool
) -> None:
    """The journal failed; closing does not wait for the store again once the lease is over."""
    writer = remote().lease(owner)
    bucket.fault = lambda operation, key: "fails"
    writer.append(*made("op-1", "a/b"))
    with pytest.raises(JournalFailed):
        writer.commit()
    clock.seconds += passed
    before = bucket.requests.total()
    writer.close()
    assert (bucket.requests.total() > before) is asked


def test_a_thief_waits_for_the_longest_request_of_the_holder(remote: Remote, bucket: Bucket, clock: Clock, owner: Owner) -> None:
    with remote().lease(owner) as writer:
        assert requests(bucket, lambda: writer.check(20.0)) == 0
        assert requests(bucket, lambda: writer.check(600.0)) == 1, "told to others before the request is sent"
        assert requests(bucket, lambda: writer.check(600.0)) == 0
        clock.seconds += 30 + 600
        with pytest.raises(LeaseHeld):
            remote().lease(KIM)
        clock.seconds += 3
        with remote().lease(KIM):
            pass


def test_the_thread_that_beats_ends_with_the_lease(bucket: Bucket, tmp_path: Path, owner: Owner) -> None:
    def threads() -> int:
        return sum(thread.name == "mcflow-lease" for thread in threading.enumerate())

    before = threads()
    store = RemoteStore(MemoryObjects(bucket), "shop", "default", spill_folder=tmp_path, lease=0.03, patience=0.0)
    hold = store.acquire(owner, 0, 1.0)
    until = time.monotonic() + 5
    while hold.view.number < 4 and time.monotonic() < until:
        time.sleep(0.005)
    assert hold.view.number >= 4, "it beats by itself"
    hold.release(2.0)
    abandoned = RemoteStore(MemoryObjects(bucket), "shop", "default", spill_folder=tmp_path, lease=0.03).acquire(owner, 0, 3.0)
    watched: weakref.ref[RemoteHold] = weakref.ref(abandoned)
    del abandoned
    while (watched() is not None or threads() > before) and time.monotonic() < until:
        gc.collect()
        time.sleep(0.005)
    assert watched() is None
    assert threads() <= before


# Fences, and what they rest on.


def late_taker(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> tuple[int, list[str]]:
    """Somebody is about to take the free lease, and is stopped right there while others take it, clear away and give it back."""
    with remote().lease(owner) as writer:
        writer.append(*made("a", "n/a"))
    stopped = [False]

    def before(operation: str, key: str) -> None:
        if operation == "create" and "/log/" in key and not stopped[0]:
            stopped[0] = True
            for life in range(3):
                with remote().lease(KIM) as writer:
                    writer.append(*made(f"b{life}", f"n/b{life}"))
                    writer.checkpoint()
            assert key not in bucket.content, "its number is free again"

    late = remote()
    bucket.before = before
    with late.lease(owner) as writer:
        bucket.before = lambda operation, key: None
        writer.append(*made("c", "n/c"))
        writer.commit()
        epoch = writer.epoch
    return epoch, sorted(remote().read().state.natives)


def test_a_number_that_was_cleared_away_is_not_taken_for_the_lease(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    assert late_taker(remote, bucket, owner, made) == (5, ["n/a", "n/b0", "n/b1", "n/b2", "n/c"])


def stale_commit(remote: Remote, owner: Owner, made: Made) -> set[str]:
    writer = remote().lease(owner)
    writer.append(*made("a", "n/a"))
    writer.commit()
    remote().store.break_lease(KIM, 0.0)
    for life in range(5):
        with remote().lease(KIM) as thief:
            thief.append(*made(f"b{life}", f"n/b{life}"))
            thief.checkpoint()
    writer.append(*made("stale", "n/stale"))
    with pytest.raises(LeaseLost):
        writer.commit()
    writer.close()
    return set(remote().read().state.natives)


def test_a_stopped_writer_finds_its_number_taken_however_much_was_cleared_away(
    remote: Remote, bucket: Bucket, owner: Owner, made: Made
) -> None:
    assert stale_commit(remote, owner, made) == {"n/a", "n/b0", "n/b1", "n/b2", "n/b3", "n/b4"}
    kept = [key for key in bucket.content if "/log/" in key]
    assert len(kept) < 20


def test_the_fence_is_what_stops_it(remote: Remote, owner: Owner, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the entries that ended a lease cleared away like others, the same writer would get through: the case above can fail."""
    import mcflow.state.stores.compaction as module

    real = module._superfluous

    def forgetful(listing: Any, before: int, view: Any, epoch: int) -> list[str]:
        kept, view.kept = view.kept, set()
        try:
            return real(listing, before, view, epoch)
        finally:
            view.kept = kept

    monkeypatch.setattr(module, "_superfluous", forgetful)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        stale_commit(remote, owner, made)


def test_a_log_tells_who_wrote_what(remote: Remote, bucket: Bucket, owner: Owner, made: Made) -> None:
    """Every entry ever created carries its number and its epoch: for judges of concurrent writers."""
    for _ in range(3):
        with remote().lease(owner) as writer:
            writer.append(*made(f"x{writer.epoch}", f"n/{writer.epoch}"))
    entries = [msgspec.json.decode(data.split(b"\n")[1]) for key, data in bucket.created if "/log/" in key]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    epochs = [msgspec.convert(entry["lease"], LeaseInfo).epoch for entry in entries]
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2, 3}


def test_an_intent_is_durable_when_its_commit_returns(remote: Remote, bucket: Bucket, owner: Owner, intent: Callable[..., Intent]) -> None:
    writer = remote().lease(owner)
    writer.append(intent("a"))
    assert "a" not in remote().read().state.open
    writer.commit()
    assert "a" in remote().read().state.open
    writer.close()
