"""A local lease ended by force: its generation of files is fenced and copied, whoever else is at work on it and wherever that stops."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from tests.stores.hooked import HookedFiles, Nth
from tests.unit.state.conftest import KEY

from mcflow.model.diagnostic import Rejected
from mcflow.state.files import Files
from mcflow.state.lease import LeaseHeld, LeaseLost, Owner
from mcflow.state.records import Record
from mcflow.state.sealing import Sealer
from mcflow.state.stores.local import LocalStore
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer

Make = Callable[..., Workspace]
Made = Callable[..., list[Record]]
KIM = Owner(who="kim", run="run-2")


class Stopped(BaseException):
    """The process ends here."""


def stop() -> None:
    raise Stopped


@pytest.fixture
def writer(make: Make, owner: Owner, made: Made) -> Writer:
    """A holder with a state and a history, that is stopped."""
    writer = make().lease(owner)
    for number in range(3):
        writer.append(*made(f"a{number}", f"n/a{number}"))
        writer.checkpoint()
    writer.append(*made("open", "n/open")[:1])
    writer.commit()
    return writer


def breaking(tmp_path: Path, files: Files) -> LocalStore:
    return LocalStore(tmp_path, "shop", "default", files=files, spill_folder=tmp_path / "second")


def test_all_of_the_state_goes_on(make: Make, writer: Writer) -> None:
    before = make()
    history, audit = before.history(), list(before.audit())
    held = make().break_lease(KIM)
    assert held is not None
    assert (held.who, held.epoch) == ("kim", 1)
    after = make()
    assert (after.history(), list(after.audit())) == (history, audit)
    reading = after.read()
    assert (set(reading.state.natives), set(reading.state.open)) == ({"n/a0", "n/a1", "n/a2", "n/open"}, {"open"})
    assert (reading.findings, reading.holder) == ((), None)
    # One that was open all along sees it too, from its next reading on.
    assert before.read().state == reading.state
    with pytest.raises(LeaseLost):
        writer.check()
    writer.close()


def places(tmp_path: Path) -> Iterator[tuple[int, Callable[[], Workspace], Path]]:
    """A new place for every call to the system at which something may happen; a sample of them, unless all are asked for."""
    for nth in range(0, 400, 1 if "MCFLOW_EXPLORE" in os.environ else 9):
        place = tmp_path / str(nth)
        place.mkdir()
        yield nth, partial(Workspace.open, place, "shop", "default", Sealer(KEY), spill_folder=place / "second"), place


def begun(opened: Callable[[], Workspace], owner: Owner, made: Made) -> Writer:
    writer = opened().lease(owner)
    writer.append(*made("a", "n/a"))
    writer.checkpoint()
    writer.append(*made("b", "n/b"))
    writer.commit()
    return writer


def test_a_process_that_dies_while_it_ends_a_lease_leaves_it_held_or_ended(tmp_path: Path, owner: Owner, made: Made) -> None:
    outcomes = set()
    for nth, opened, place in places(tmp_path):
        first, expected = begun(opened, owner, made), {"n/a", "n/b"}
        hook = Nth(nth, stop)
        with suppress(Stopped):
            breaking(place, HookedFiles(hook)).break_lease(KIM, 1.0)
        first.append(*made("c", "n/c"))
        try:
            first.commit()
        except LeaseLost:
            outcomes.add("ended")
            with opened().lease(KIM) as following:
                assert following.epoch == 3
        else:
            expected.add("n/c")
            outcomes.add("held")
            with pytest.raises(LeaseHeld):
                opened().lease(KIM)
        first.close()
        reading = opened().read()
        assert (set(reading.state.natives), reading.findings, reading.holder) == (expected, (), None), (nth, hook.place)
        if hook.left >= 0:
            assert outcomes == {"held", "ended"}
            return
    raise AssertionError("it never got through undisturbed")


def test_of_two_that_end_a_lease_at_once_one_does(tmp_path: Path, owner: Owner, made: Made) -> None:
    for nth, opened, place in places(tmp_path):
        first, expected = begun(opened, owner, made), {"n/a", "n/b"}

        def meanwhile(opened: Callable[[], Workspace] = opened, expected: set[str] = expected) -> None:
            """The other does all of it, and the next holder is at work already."""
            opened().break_lease(Owner(who="ann"))
            with opened().lease(KIM) as second:
                second.append(*made("y", "n/y"))
                second.checkpoint()
                second.append(*made("z", "n/z"))
            expected |= {"n/y", "n/z"}

        hook = Nth(nth, meanwhile)
        with suppress(OSError, Rejected):
            breaking(place, HookedFiles(hook)).break_lease(KIM, 1.0)
        with pytest.raises(LeaseLost):
            first.check()
        first.close()
        reading = opened().read()
        assert (set(reading.state.natives), reading.findings, reading.holder) == (expected, (), None), (nth, hook.place)
        if hook.left >= 0:
            assert nth > 30
            return
    raise AssertionError("it never got through undisturbed")


def test_generations_are_cleared_away(make: Make, root: Path, owner: Owner, made: Made) -> None:
    for number in range(6):
        writer = make().lease(owner)
        writer.append(*made(str(number), f"n/{number}"))
        writer.checkpoint()
        make().break_lease(KIM)
        writer.close()
    assert sorted(path.name for path in root.iterdir() if path.is_dir() and path.name.startswith(("generation", "."))) == [
        "generation-6", "generation-7"]
    assert len(make().read().state.natives) == 6


def test_what_was_spilled_before_is_not_forgotten(make: Make, owner: Owner, made: Made) -> None:
    writer = make().lease(owner)
    intent, *results = made("a", "n/a")
    writer.append(intent)
    writer.commit()
    writer._journal.fail(OSError("full"))
    writer.spill(*results)
    make().break_lease(KIM)
    assert [found.code for found in make().read().findings] == ["MC0716"]
    with make().lease(KIM) as second:
        assert second.state.natives["n/a"].id == "id-a"
    writer.close()
    assert make().read().findings == ()


def test_nobody_to_end(make: Make, owner: Owner, root: Path) -> None:
    assert make().break_lease(KIM) is None
    make().lease(owner).close()
    assert make().break_lease(KIM) is None
    assert not (root / "fenced").exists()
