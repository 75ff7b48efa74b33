"""What goes wrong follows from seed, address, verb and attempt, and from nothing else."""

from __future__ import annotations

import random

import pytest
from tests.unit.drivers.mock.stage import Stage, create

from mcflow.drivers.mock.cloud.errors import Lost, Refused
from mcflow.drivers.mock.cloud.faults import Behaviour, behaviour_of, fate, uniform
from mcflow.drivers.mock.session import translate
from mcflow.drivers.sdk import Ambiguous, Busy, InUse, InvalidRequest, NotFound, QuotaExceeded, ServiceFault, Stale, Throttled

RATES = {"error": 0.1, "throttle": 0.1, "lost_reply": 0.2, "lost_request": 0.2}


def _outcomes(seed: int, order: list[int]) -> dict[str, list[str]]:
    """What became of three calls at each of 40 addresses, made in some order."""
    stage = Stage(faults={"seed": seed, **RATES})
    for at in order:
        for _ in range(3):
            try:
                create(stage, "mock.note", {"text": "x"}, op=f"op-{at}", address=f"note{at}")
            except (Refused, Lost):
                continue
    seen: dict[str, list[str]] = {}
    for entry in stage.store.ledger():
        seen.setdefault(entry.address, []).append(entry.outcome)
    return seen


def test_the_order_of_addresses_does_not_matter() -> None:
    order = list(range(40))
    shuffled = random.Random(3).sample(order, 40)
    first = _outcomes(1, order)
    assert first == _outcomes(1, shuffled)
    assert first != _outcomes(2, order)
    assert {outcome for outcomes in first.values() for outcome in outcomes} == {
        "ok", "error", "throttle", "lost_reply:ok", "lost_request"}


def test_rates_are_met() -> None:
    behaviour = Behaviour(seed=5, rates=RATES)
    drawn = [fate(behaviour, f"a{at}", "create", 1) for at in range(4000)]
    for name, rate in RATES.items():
        assert drawn.count(name) / 4000 == pytest.approx(rate, abs=0.03)
    assert drawn.count("") / 4000 == pytest.approx(0.4, abs=0.03)
    assert fate(Behaviour(), "a", "create", 1) == ""


def test_uniform_is_spread_and_pure() -> None:
    values = [uniform(1, at) for at in range(1000)]
    assert values == [uniform(1, at) for at in range(1000)]
    assert 0 <= min(values) < 0.01
    assert 0.99 < max(values) < 1


def test_a_retry_is_another_attempt() -> None:
    stage = Stage(faults={"seed": 1, "error": 0.5})
    for at in range(20):
        for _ in range(30):
            try:
                create(stage, "mock.note", {"text": "x"}, op=f"op-{at}", address=f"note{at}")
                break
            except Refused:
                continue
    assert len(stage.created()) == 20


def test_reads_fail_by_their_own_rate() -> None:
    stage = Stage(faults={"read_error": 1.0})
    stage.make("note", text="x")
    with pytest.raises(Refused) as failed:
        stage.cloud.search("note")
    assert isinstance(translate(failed.value), ServiceFault)


def test_what_is_set_by_hand_lies_over_the_connection() -> None:
    config = {"faults": {"seed": 3, "error": 0.5}, "latency": {"call": 1, "settle": 2}, "visibility_lag": 4, "quotas": {"vpc": 1}}
    behaviour = behaviour_of(config, {"faults": {"error": 0}, "latency": {"settle": 9, "visibility_lag": 1}, "quotas": {"subnet": 2}})
    assert (behaviour.seed, dict(behaviour.rates), behaviour.call, behaviour.settle, behaviour.visibility_lag) == (3, {}, 1.0, 9.0, 1.0)
    assert behaviour.quotas == {"vpc": 1, "subnet": 2}


@pytest.mark.parametrize(("code", "meaning"), [
    ("NotFound", NotFound), ("DependencyViolation", InUse), ("IncorrectState", Busy), ("PreconditionFailed", Stale),
    ("InvalidParameter", InvalidRequest), ("QuotaExceeded", QuotaExceeded), ("InsufficientCapacity", QuotaExceeded),
    ("RequestLimitExceeded", Throttled), ("InternalError", ServiceFault),
])
def test_answers_in_our_words(code: str, meaning: type[Exception]) -> None:
    found = translate(Refused(code, "why"))
    assert type(found) is meaning
    assert found.code == code
    assert found.message == "why"


def test_lost_answers_in_our_words() -> None:
    assert isinstance(translate(Lost(mutation=True)), Ambiguous)
    assert isinstance(translate(Lost(mutation=False)), ServiceFault)
    assert translate(NotFound("x")).__class__ is NotFound
    assert translate(KeyError("x")) is None
