"""One writer's turn: wait for the lease, count on, write it down, give the lease back. Or be killed somewhere in it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.stores.contest.arena import Arena
from tests.stores.contest.notes import Notes

from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import LeaseHeld, LeaseLost, Owner
from mcflow.state.records import Done, Failed, Intent, Run
from mcflow.state.writer import Writer

COUNTER = "n/counter"
WAIT = 300.0


@dataclass(frozen=True)
class Plan:
    """What a writer does in its turn: how many records, a checkpoint or not, and whether it is killed: before which of its records, and
    how many seconds after that.
    """

    writer: str
    turn: int
    records: int
    checkpoint: bool
    doom: int | None = None
    delay: float = 0.0


def take_turns(arena: Arena, notes: Path, plans: Sequence[Plan], go: float) -> None:
    """The body of a process: every plan in a thread of its own, all at once at ``go`` (monotonic seconds)."""
    kept = Notes(notes)
    threads = [threading.Thread(target=_turn, args=(arena, kept, plan, go)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _turn(arena: Arena, notes: Notes, plan: Plan, go: float) -> None:
    workspace = arena.workspace()
    time.sleep(max(0.0, go - time.monotonic()))
    until = time.monotonic() + WAIT
    while True:
        try:
            with workspace.lease(Owner(who=plan.writer, run=f"{plan.writer}.{plan.turn}"), wait=WAIT) as writer:
                _work(notes, plan, writer)
        except LeaseLost as lost:
            # Slower than its lease, on a busy machine: whoever took it goes on, and this one asks again.
            notes.add("lost", plan.writer, plan.turn, epoch=lost.info.epoch if lost.info else 0)
            if time.monotonic() < until:
                continue
        except (LeaseHeld, Rejected, OSError, AssertionError) as fault:
            notes.add("fault", plan.writer, plan.turn, text=f"{type(fault).__name__}: {fault}")
        notes.add("ended", plan.writer, plan.turn)
        return


def _work(notes: Notes, plan: Plan, writer: Writer) -> None:
    _claim(notes, plan, writer)
    writer.append(Run(run=f"{plan.writer}.{plan.turn}", epoch=writer.epoch, mode="apply", who=plan.writer, pid=os.getpid()))
    # What a killed writer left open was never acknowledged.
    writer.append(*[Failed(op=op) for op in writer.state.open])
    for number in range(plan.records):
        if plan.doom == number:
            notes.add("doomed", plan.writer, plan.turn, epoch=writer.epoch)
            threading.Thread(target=_die, args=(plan.delay,), daemon=True).start()
        counter = writer.state.natives.get(COUNTER)
        value = counter.attributes["value"] + 1 if counter else 1
        op = f"e{writer.epoch:06d}-{plan.writer}-{plan.turn}-{number}"
        writer.append(
            Intent(op=op, run=f"{plan.writer}.{plan.turn}", step=op, address=COUNTER, type="t", connection="c",
                   action="update" if counter else "create", id="counter"),
            Done(op=op, id="counter", attributes={"value": value, "by": plan.writer}))
        _claim(notes, plan, writer)
        writer.commit()
        notes.add("acknowledged", plan.writer, plan.turn, epoch=writer.epoch, op=op, value=value)
    if plan.checkpoint:
        writer.checkpoint()
    _claim(notes, plan, writer)
    if plan.doom is not None:
        # It ends as it holds the lease, however quick it was.
        time.sleep(plan.delay + 1.0)


def _claim(notes: Notes, plan: Plan, writer: Writer) -> None:
    """It held the lease before the check, if it holds it after."""
    at = time.monotonic()
    writer.check()
    notes.add("holds", plan.writer, plan.turn, epoch=writer.epoch, at=at)


def _die(delay: float) -> None:
    time.sleep(delay)
    os.kill(os.getpid(), signal.SIGKILL)
