"""Failing system calls and a full disk, short form; and an engine that must be found out."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.proofs import syscalls
from tests.proofs.operations import full_disk, operation
from tests.proofs.syscalls import FULL_AT, Bench, Said, Strike, Sweep, Watch, fill_a_disk, read_strike, secretive, strikes

from mcflow.engine.apply.ledger import Ledger
from mcflow.state.journal import Journal

SEED = 20261126
PLACES = 5
PARTS = 4


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_any_call_may_fail(part: int, scratch: Path) -> None:
    done, bench = Sweep(), Bench(scratch)
    for strike in list(strikes(bench, PLACES, SEED))[part::PARTS]:
        done.wrong += [(str(strike), finding) for finding in bench.judge(strike, done)]
    print(done.table())
    assert not done.wrong, "\n".join(f"{strike}: {finding}" for strike, finding in done.wrong)
    assert done.failed.total() >= 0.3 * done.strikes.total()


@pytest.mark.timeout(300)
def test_a_disk_that_is_full_loses_nothing(scratch: Path) -> None:
    ends = []
    for kib in FULL_AT[::5]:
        found = fill_a_disk(scratch, kib)
        if found is None:
            break
        assert not found[1], f"{kib} KiB: {found[1]}"
        ends.append(found[0])
    else:
        assert len(set(ends)) > 1, f"no disk was too small, or all were: {ends}"
        return
    # Nobody may mount here: a disk on which nothing can grow any more does as well.
    _full_without_mounting(scratch)


def _full_without_mounting(scratch: Path) -> None:
    bench = Bench(scratch)
    for nth in range(0, bench.counts["create"]["write"], 8):
        strike = Strike("create", "write", nth, "ENOSPC", True)
        assert not bench.judge(strike, Sweep()), strike


def test_a_run_that_goes_on_after_its_journal_failed_is_found_out(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "sound", True)
    flush = Ledger.flush

    def careless(self: Ledger) -> None:
        then = list(self._then)
        flush(self)
        if self.failure is not None:
            self.failure = None
            for action in then:
                action()

    monkeypatch.setattr(Ledger, "flush", careless)
    monkeypatch.setattr(Journal, "fail", lambda self, fault: None)
    bench = Bench(scratch)
    nth = bench.counts["create"]["sync"] // 2
    assert bench.judge(Strike("create", "sync", nth, "EIO", False), Sweep()), "nothing was found"


def test_a_printed_secret_is_found(scratch: Path) -> None:
    said = Said(1, f"error[MC0743]: {syscalls.SENTINEL}")
    strike = read_strike("create:write:3:EIO:once")
    assert str(strike) == "create:write:3:EIO:once"
    assert "a secret was printed (plain)" in syscalls._said(strike, syscalls.Striker(strike, Watch()), said, Sweep())


def test_the_full_disk_of_the_other_proofs_is_one() -> None:
    from tests.proofs.seam import Call

    fault = full_disk()
    for _ in range(13):
        fault(Call("write", Path("journal"), b"x", caller="append"))
    with pytest.raises(OSError, match="No space") as refused:
        fault(Call("write", Path("journal"), b"x", caller="append"))
    assert refused.value.errno == errno.ENOSPC
    assert secretive(operation("create"), Said()).after["variables"]["secret"]["sensitive"]
