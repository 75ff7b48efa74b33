"""One writer at a time on every store: held, given back, run out, ended by force, killed, stopped."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stores.counterpart import Counterpart
from tests.stores.records import HOLDER, made

from mcflow.state.lease import LeaseHeld, LeaseLost, Owner
from mcflow.state.stores.store import Store
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer

Open = Callable[..., Store]
Make = Callable[..., Workspace]
ROOT = Path(__file__).resolve().parents[2]
ANN, KIM = Owner(who="ann", run="run-a"), Owner(who="kim", run="run-k")


def test_a_second_writer_is_refused_and_told_who(make: Make) -> None:
    with make().lease(ANN) as writer:
        with pytest.raises(LeaseHeld) as refused:
            make().lease(KIM)
        info = refused.value.info
        assert (info.who, info.run, info.pid, info.epoch, refused.value.exit_code) == ("ann", "run-a", os.getpid(), writer.epoch, 5)
        assert "ann" in refused.value.diagnostics[0].message
        holder = make().read().holder
        assert holder is not None
        assert (holder.who, holder.epoch) == ("ann", writer.epoch)
    assert make().read().holder is None
    with make().lease(KIM) as second:
        assert second.epoch > writer.epoch


def test_waiting_ends_when_the_lease_is_given_back(make: Make) -> None:
    first = make().lease(ANN)
    threading.Timer(0.03, first.close).start()
    with make().lease(KIM, wait=30) as writer:
        assert writer.epoch == first.epoch + 1


def test_of_many_at_once_one_gets_the_lease(make: Make) -> None:
    got: list[Writer | LeaseHeld] = []
    start = threading.Barrier(8)

    def take() -> None:
        workspace = make()
        start.wait()
        try:
            got.append(workspace.lease(KIM))
        except LeaseHeld as held:
            got.append(held)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writers = [each for each in got if isinstance(each, Writer)]
    assert (len(got), len(writers)) == (8, 1)
    writers[0].close()


def test_writers_taking_turns_lose_nothing(make: Make, counterpart: Counterpart) -> None:
    writers, rounds = (4, 3) if counterpart.slow else (8, 10)
    epochs: list[int] = []
    faults: list[BaseException] = []

    def work(number: int) -> None:
        workspace = make()
        try:
            for turn in range(rounds):
                with workspace.lease(Owner(who=f"w{number}"), wait=120) as writer:
                    epochs.append(writer.epoch)
                    writer.append(*made(f"{number}-{turn}"))
                    writer.commit()
                    if turn % 4 == 3:
                        writer.checkpoint()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert epochs == sorted(set(epochs))
    assert len(epochs) == writers * rounds
    assert len(make().read().state.natives) == writers * rounds


def test_a_lease_without_a_sign_of_life_runs_out(make: Make, remote: Counterpart, brief: dict[str, float]) -> None:
    workspace = make(**brief)
    abandoned = workspace.lease(ANN)
    abandoned.append(*made("a"))
    abandoned.commit()
    # As a process that was killed leaves it: nothing beats any more.
    abandoned._hold._closed.set()  # type: ignore[attr-defined]
    with pytest.raises(LeaseHeld) as held:
        make().lease(KIM)
    assert held.value.diagnostics[0].code == "MC0744"
    assert held.value.info.expires > held.value.info.heartbeat + sum(brief.values())
    before = time.monotonic()
    with make().lease(KIM, wait=60) as writer:
        assert (writer.epoch, set(writer.state.natives)) == (2, {"n/a"})
    assert time.monotonic() - before > 0.1


def test_a_holder_that_only_waits_keeps_its_lease(make: Make, remote: Counterpart, brief: dict[str, float]) -> None:
    with make(**brief).lease(ANN) as writer:
        until = time.monotonic() + 1.5 * sum(brief.values()) + (3 if remote.slow else 0.2)
        with pytest.raises(LeaseHeld):
            make().lease(KIM, wait=until - time.monotonic())
        writer.append(*made("a"))
    assert set(make().read().state.natives) == {"n/a"}


def test_a_lease_that_is_ended_by_force_is_ended(make: Make, store: Open) -> None:
    assert store().break_lease(KIM, time.time()) is None
    writer = make().lease(ANN)
    writer.append(*made("a"))
    writer.commit()
    held = store().break_lease(KIM, time.time())
    assert held is not None
    assert (held.who, held.epoch) == ("ann", 1)
    assert store().break_lease(KIM, time.time()) is None
    assert make().read().holder is None
    writer.append(*made("b"))
    with pytest.raises(LeaseLost):
        writer.commit()
    with pytest.raises(LeaseLost):
        writer.check()
    writer.close()
    with make().lease(KIM) as second:
        assert (second.epoch > 2, set(second.state.natives), second.findings) == (True, {"n/a"}, ())


def start(counterpart: Counterpart, scratch: Path, mark: str, lease: float = 30.0, patience: float = 30.0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, counterpart.name, str(scratch), mark, str(lease), str(patience)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


def test_after_a_killed_holder_the_next_has_all_that_was_acknowledged(
    shared: Counterpart, make: Make, tmp_path: Path, brief: dict[str, float]
) -> None:
    process = start(shared, tmp_path, "child", **brief)
    told = lines(process, random.Random(7).randrange(5, 30))
    process.kill()
    told += [line for line in (process.communicate()[0] or "").split("\n") if line]
    with make().lease(KIM, wait=60) as writer:
        assert writer.epoch == 2
        assert {f"n/{op}" for op in told[1:]} <= set(writer.state.natives)
        writer.append(*made("mine"))
    assert make().read().findings == ()


@pytest.mark.parametrize("forced", [True, False])
def test_a_holder_stopped_beyond_its_lease_writes_nothing_more(
    shared: Counterpart, make: Make, store: Open, tmp_path: Path, brief: dict[str, float], forced: bool
) -> None:
    if not forced and shared.objects is None:
        pytest.skip("the local lease is held until its process ends or somebody ends it by force")
    rounds = 5 if forced and not shared.slow else 2
    chance = random.Random(11)
    acknowledged: set[str] = set()
    for turn in range(rounds):
        process = start(shared, tmp_path, f"child{turn}", *((30.0, 30.0) if forced else brief.values()))
        told = lines(process, chance.randrange(2, 12))
        time.sleep(chance.random() * 0.02)
        process.send_signal(signal.SIGSTOP)
        if forced:
            held = store().break_lease(KIM, time.time())
            assert held is not None
            assert held.who == f"child{turn}"
        with make().lease(KIM, wait=60) as writer:
            for number in range(3):
                writer.append(*made(f"mine{turn}-{number}"))
                writer.commit()
                writer.checkpoint()
            process.send_signal(signal.SIGCONT)
            told += [line for line in process.communicate(timeout=60)[0].split("\n") if line]
            assert told[-1] == "refused MC0702"
            assert {f"n/{op}" for op in told[1:-1]} <= set(writer.state.natives), "every acknowledged record was there at the theft"
            writer.append(*made(f"late{turn}"))
        acknowledged |= {*told[1:-1], *(f"mine{turn}-{number}" for number in range(3)), f"late{turn}"}
        reading = make().read()
        missing = {f"n/{op}" for op in acknowledged} - set(reading.state.natives)
        assert (missing, [found.code for found in reading.findings if found.code != "MC0714"]) == (set(), [])
