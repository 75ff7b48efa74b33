"""How fast calls go, when again, where they run, and how a failure reads."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.toy_driver import World

from mcflow.drivers.sdk import DriverError, InvalidRequest, Observed, ServiceFault, Throttled
from mcflow.engine.calls.call import LATE, Call, HandlerFault, Key, carry_out
from mcflow.engine.calls.executor import ThreadExecutor
from mcflow.engine.calls.failure import explain, is_retryable
from mcflow.engine.calls.pace import Bucket, Shared, full
from mcflow.engine.calls.reading import InterruptedReading, nothing, read_all
from mcflow.engine.calls.retry import LONGEST, Retry
from mcflow.engine.redact import Redactor
from mcflow.model.values import Secret
from mcflow.state.stores.hold import uptime


def observe(world: World, *ids: str, key: Any = None) -> Call:
    live = world.sessions.get("toy")
    return Call(Key(key, nothing), "observe", live.driver.natives["toy.tagged"], live, ids=ids)


def test_a_bucket_gives_its_rate_and_no_more() -> None:
    bucket = Bucket(10.0)
    waits = [bucket.reserve(100.0) for _ in range(30)]
    assert waits[:10] == [0.0] * 10
    assert waits[29] == pytest.approx(2.0)
    assert bucket.reserve(200.0) == 0.0


def test_processes_take_from_one_bucket(tmp_path: Path) -> None:
    one, other = (Bucket(10.0, Shared(tmp_path / "pace", full(10.0))) for _ in range(2))
    waits = [bucket.reserve(100.0) for _ in range(10) for bucket in (one, other)]
    assert waits[:10] == [0.0] * 10
    assert waits[19] == pytest.approx(1.0)
    one.throttled(101.0)
    other.reserve(101.0)
    assert other.rate == pytest.approx(5.0)
    assert (tmp_path / "pace").stat().st_mode & 0o777 == 0o600


def test_a_level_from_before_a_restart_is_forgotten(tmp_path: Path) -> None:
    Bucket(10.0, Shared(tmp_path / "pace", full(10.0))).reserve(1_000_000.0)
    assert Bucket(10.0, Shared(tmp_path / "pace", full(10.0))).reserve(5.0) == 0.0


def test_a_bucket_without_a_limit_never_waits() -> None:
    bucket = Bucket(0.0)
    bucket.throttled(1.0)
    assert [bucket.reserve(1.0) for _ in range(1000)] == [0.0] * 1000


def test_a_throttled_bucket_halves_once_a_second_and_recovers() -> None:
    bucket = Bucket(16.0)
    bucket.throttled(10.0)
    bucket.throttled(10.1)
    assert bucket.rate == 8.0
    bucket.throttled(11.5)
    assert bucket.rate == 4.0
    for _ in range(100):
        bucket.accepted()
    assert bucket.rate == 16.0
    for at in range(20):
        bucket.throttled(20.0 + 2 * at)
    assert bucket.rate == 0.5


def test_waits_grow_are_jittered_and_end() -> None:
    retry = Retry(1.0, random.Random(1))
    waits = [retry.delay(attempt, 20) for attempt in range(1, 20)]
    assert all(wait is not None and 0 < wait <= LONGEST for wait in waits)
    assert all(2 ** (at - 1) / 2 <= (wait or 0) <= 2 ** (at - 1) for at, wait in enumerate(waits[:4], 1))
    assert retry.delay(20, 20) is None
    assert (retry.delay(1, 5, Throttled(retry_after=90)) or 0) >= 90


def test_a_cloud_that_throttles_is_asked_more_often() -> None:
    retry = Retry(0.1, random.Random(1))
    assert retry.delay(8, 8, ServiceFault()) is None
    assert retry.delay(31, 8, Throttled()) is not None
    assert retry.delay(32, 8, Throttled()) is None
    assert retry.delay(1, 1, Throttled()) is None


def test_calls_run_side_by_side_and_the_executor_knows_them() -> None:
    world = World()
    both = threading.Barrier(2, timeout=5)
    executor = ThreadExecutor(2)
    calls = [observe(world, key=index) for index in range(2)]
    world.cloud.trip = lambda handler, want, after: both.wait()  # type: ignore[method-assign]
    world.cloud.lock = threading.Semaphore(2)  # type: ignore[assignment]
    executor.submit(calls)
    assert len(executor.known()) == 2
    answers = []
    while len(answers) < 2:
        answers += executor.poll(5)
    assert executor.known() == frozenset()
    assert all(answer.error is None for answer in answers)
    executor.cancel()


def test_a_handler_may_fail_in_any_way() -> None:
    world = World()
    for raised, kind in ((InvalidRequest("x"), InvalidRequest), (ValueError("sdk"), InvalidRequest), (KeyError("slip"), HandlerFault)):
        world.cloud.fault("observe", raised)
        answer = carry_out(observe(world, "a"))
        assert type(answer.error) is kind


def test_a_call_held_up_after_the_check_of_its_lease_is_not_made() -> None:
    world = World()
    call = observe(world, "a")
    call.checked = uptime() - LATE - 0.1
    answer = carry_out(call)
    assert isinstance(answer.error, ServiceFault), "it is certain that nothing was done, and the next try asks for the lease again"
    call.checked = uptime()
    assert carry_out(call).error is None


def test_reads_are_repeated_and_every_call_is_answered_once() -> None:
    world = World()
    world.cloud.fault("observe", Throttled("slow"), times=3)
    answers = list(read_all([observe(world, str(index)) for index in range(20)], world.ports, parallelism=4))
    assert len(answers) == 20
    assert all(answer.error is None for answer in answers)
    world.cloud.fault("observe", Throttled("slow"), times=1000)
    assert isinstance(next(iter(read_all([observe(world, "a")], world.ports))).error, Throttled)


def test_reading_can_be_interrupted() -> None:
    world = World()
    world.cancel.request()
    with pytest.raises(InterruptedReading):
        list(read_all([observe(world, "a")], world.ports))


def test_a_refusal_says_what_the_cloud_said_without_secrets() -> None:
    redactor = Redactor()
    redactor.learn({"password": Secret("pa55word")})
    error = InvalidRequest("bad value pa55word", code="Invalid.Value", request_id="req-1")
    finding = explain(error, address="net/vpc", type="toy.vpc", action="create", redactor=redactor)
    assert finding.code == "MC0811"
    assert "(sensitive)" in finding.message
    assert "pa55word" not in str(finding)
    assert "Invalid.Value" in finding.help
    assert finding.request_id == "req-1"
    assert not is_retryable(error)
    assert is_retryable(Throttled())
    assert explain(DriverError("odd"), address="a", type="t", action="create", redactor=redactor).code == "MC0811"


def test_secrets_are_masked_in_every_spelling() -> None:
    redactor = Redactor()
    redactor.learn([Secret('line "one"\nline two'), Secret({"deep": ["inner-secret"]}), Secret(b"".decode())])
    assert "inner-secret" not in redactor.text("x inner-secret y")
    assert "bGluZSAib25lIgpsaW5lIHR3bw" not in redactor.text("b64 bGluZSAib25lIgpsaW5lIHR3bw==")
    assert "line two" not in redactor.text("only line two of it")
    assert redactor.text("nothing here") == "nothing here"


def test_observed_objects_are_lists_when_they_arrive() -> None:
    world = World()
    answer = carry_out(observe(world, "nowhere"))
    assert answer.value == []
    assert not any(isinstance(item, Observed) for item in answer.value)
