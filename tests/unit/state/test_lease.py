"""One writer at a time: between threads and processes, also when the holder is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.unit.state.conftest import FailingFiles

from mcflow.state.lease import LeaseHeld, LeaseInfo, LeaseLost, Owner
from mcflow.state.records import Intent, Record
from mcflow.state.workspace import Workspace

Make = Callable[..., Workspace]

HOLDER = """
import sys
from pathlib import Path
from mcflow.state.lease import Owner
from mcflow.state.records import Intent
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

place = Path(sys.argv[1])
writer = Workspace.open(place, "shop", "default", Sealer(bytes(32)), spill_folder=place / "second").lease(Owner(who="other", run="run-9"))
writer.append(Intent(op="x", run="run-9", step="s", address="net/vpc", type="t", action="create", connection="c"))
writer.commit()
print(writer.epoch, flush=True)
sys.stdin.readline()
writer.close()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease, with an intent open."""
    started = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    started.stdout.readline()
    yield started
    started.kill()
    started.communicate()


def test_a_second_process_is_refused_at_once_and_told_who(make: Make, owner: Owner, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(LeaseHeld) as refused:
        make().lease(owner)
    info = refused.value.info
    assert (info.who, info.run, info.pid, info.epoch) == ("other", "run-9", holder.pid, 1)
    assert refused.value.exit_code == 5
    assert str(holder.pid) in refused.value.diagnostics[0].message
    reading = make().read()
    assert reading.holder == info
    assert set(reading.state.open) == {"x"}


def test_a_killed_holder_frees_the_lease(make: Make, owner: Owner, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert make().read().holder is None
    with make().lease(owner) as writer:
        assert writer.epoch == 2
        assert set(writer.state.open) == {"x"}
        assert writer.findings == ()


def test_a_lease_that_is_given_back_is_free(make: Make, root: Path, owner: Owner, holder: subprocess.Popen[str]) -> None:
    holder.communicate("end\n")
    info = msgspec.json.decode((root / "lease").read_bytes(), type=LeaseInfo)
    assert info.released > 0
    with make().lease(owner) as writer:
        assert writer.epoch == 2


def test_waiting_polls_until_the_lease_is_free(tmp_path: Path, make: Make, owner: Owner) -> None:
    first = make().lease(owner)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            first.close()

    patient = make()
    patient._pause = pause
    with patient.lease(owner, wait=60) as writer:
        assert writer.epoch == 2
    assert len(pauses) == 3


def test_waiting_ends(make: Make, owner: Owner) -> None:
    class Jumping:
        seconds = 0.0

        def now(self) -> float:
            return self.seconds

        def monotonic(self) -> float:
            return self.seconds

    clock = Jumping()

    def pause(seconds: float) -> None:
        clock.seconds += seconds

    with make().lease(owner):
        waiting = make()
        waiting._clock, waiting._pause = clock, pause
        with pytest.raises(LeaseHeld):
            waiting.lease(owner, wait=3)
    assert 2.9 < clock.seconds < 3.1


def test_of_many_threads_one_gets_the_lease(make: Make, owner: Owner) -> None:
    got: list[object] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        try:
            got.append(make().lease(owner))
        except LeaseHeld as held:
            got.append(held)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writers = [one for one in got if not isinstance(one, LeaseHeld)]
    assert len(got) == 8
    assert len(writers) == 1
    writers[0].close()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_many_processes_taking_turns_lose_nothing(tmp_path: Path, make: Make) -> None:
    script = HOLDER.replace("sys.stdin.readline()", "").replace('op="x"', 'op=sys.argv[2]').replace(
        '.lease(Owner(who="other", run="run-9"))', '.lease(Owner(), wait=60)').replace('"net/vpc"', 'f"n/{sys.argv[2]}"')
    command = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen([*command, f"op-{n}"], stdout=subprocess.PIPE, text=True) for n in range(5)]
    epochs = [int(process.communicate()[0]) for process in started]
    assert sorted(epochs) == [1, 2, 3, 4, 5]
    assert len(make().read().state.open) == 5


def test_epochs_grow_even_if_the_lease_file_is_lost(make: Make, root: Path, owner: Owner) -> None:
    for epoch in (1, 2, 3):
        with make().lease(owner) as writer:
            assert writer.epoch == epoch
            writer.append(Intent(op=f"o{epoch}", run="r", step="s", address=f"n/{epoch}", type="t", action="create", connection="c"))
    (root / "lease").unlink()
    with make().lease(owner) as writer:
        assert writer.epoch > 3


def test_a_writer_whose_lease_was_taken_writes_nothing_more(
    make: Make, root: Path, owner: Owner, made: Callable[..., list[Record]]
) -> None:
    writer = make().lease(owner)
    writer.append(*made("a", "net/vpc"))
    writer.commit()
    # Somebody removes the lock by hand, and another run begins.
    (root / "lock").unlink()
    with make().lease(Owner(who="thief")) as second:
        before = (root / "journal" / "000001.journal").read_bytes()
        writer.append(*made("b", "net/b"))
        with pytest.raises(LeaseLost) as lost:
            writer.commit()
        assert lost.value.info is not None
        assert lost.value.info.who == "thief"
        assert (root / "journal" / "000001.journal").read_bytes() == before
        with pytest.raises(LeaseLost):
            writer.check()
        second.append(*made("c", "net/c"))
    writer.close()
    reading = make().read()
    assert (set(reading.state.natives), reading.findings) == ({"net/vpc", "net/c"}, ())


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_no_lease(
    make: Make, root: Path, owner: Owner, files: FailingFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    make().lease(owner).close()
    real = files.lock
    taken: list[int] = []

    def lock(fd: int, *, shared: bool = False) -> bool:
        got = real(fd, shared=shared)
        if not taken:
            (root / "lock").unlink()
        taken.append(os.fstat(fd).st_nlink)
        return got

    monkeypatch.setattr(files, "lock", lock)
    make().lease(owner).close()
    assert taken == [0, 1], "locked again, on the file that is there"


def test_a_forked_child_may_not_write(make: Make, owner: Owner, intent: Callable[..., Intent]) -> None:
    writer = make().lease(owner)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            writer.append(intent("child"))
            writer.commit()
        except LeaseLost:
            code = 42
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    writer.append(intent("parent"))
    writer.close()
    assert set(make().read().state.open) == {"parent"}


def test_the_heartbeat_is_shown_and_is_not_written_at_every_commit(
    make: Make, root: Path, owner: Owner, intent: Callable[..., Intent]
) -> None:
    class Fixed:
        seconds = 1000.0

        def now(self) -> float:
            return self.seconds

        def monotonic(self) -> float:
            return self.seconds

    workspace = make()
    workspace._clock = Fixed()

    def beat() -> float:
        return msgspec.json.decode((root / "lease").read_bytes(), type=LeaseInfo).heartbeat

    with workspace.lease(owner) as writer:
        Fixed.seconds = 1005.0
        writer.append(intent("a"))
        writer.commit()
        assert beat() == 1000.0
        Fixed.seconds = 1011.0
        writer.beat()
        assert beat() == 1011.0


def test_a_reader_does_not_keep_a_writer_out(make: Make, owner: Owner) -> None:
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            make().store.holder()

    threads = [threading.Thread(target=watch) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            make().lease(owner).close()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
