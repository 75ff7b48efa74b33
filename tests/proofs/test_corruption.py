"""Damaged states, short form: detected always, healed almost always; and a reader that believes too much, which must be found out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.proofs.corruption import GOOD, KINDS, OWNER, in_the_clear, subjects, sweep
from tests.proofs.seam import small_reserve

from mcflow.state.frames import Frame, link
from mcflow.state.loading import Loaded

SEED = 20261127
STEP = 61


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_noticed_and_healed(kind: str, scratch: Path) -> None:
    done = sweep(scratch, kind=kind, step=STEP, seed=SEED)
    print(done.table(), done.not_recovered(), sep="\n\n")
    assert not done.wrong, "\n".join(done.wrong)
    assert done.total > 3000
    assert done.recovered >= 0.98, f"{done.recovered:.2%} of a sample that has whole files in full and bytes in part"
    bytes_only = {outcome for (_, sort, outcome), _ in done.outcomes.items() if sort in ("byte changed", "cut", "block zeroed")}
    assert bytes_only <= set(GOOD), "a changed byte or a cut needs nobody"


def test_the_states_that_are_damaged_are_big_enough(scratch: Path) -> None:
    rest, running, first = subjects(scratch)
    assert len(rest.files["default/snapshot.json"]) >= 4096
    assert len(running.files["default/journal/000002.journal"]) >= 4096
    assert len(first.files["default/journal/000001.journal"]) >= 4096
    assert len(running.truth.open) == 1
    with small_reserve(), in_the_clear(scratch / "fresh").lease(OWNER) as writer:
        assert writer.findings == ()


def test_a_reader_that_believes_chain_and_mark_unseen_is_found_out(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(loaded: Loaded, found: Frame) -> bool:
        loaded.chain, loaded.sequence = link(loaded.chain, found.payload), loaded.sequence + 1
        loaded.chains[loaded.sequence] = loaded.chain
        return True

    monkeypatch.setattr("mcflow.state.loading._chained", trusting)
    monkeypatch.setattr("mcflow.state.loading._check_mark", lambda *given: None)
    done = sweep(scratch, step=211, seed=SEED, names=("in the first run",))
    assert done.wrong


def test_without_copies_the_journal_is_detected_but_not_healed(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcflow.state.loading.read_copies", lambda store: {})
    done = sweep(scratch, step=211, seed=SEED, names=("in a run",))
    assert not done.wrong, "\n".join(done.wrong)
    assert done.refused["journal", "byte changed", "MC0718"] > 20
