"""One rule of applying at a time."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.unit.engine.toy_driver import LAG, LIFETIME, POLL, ToySerial, World, create, delete, update

from mcflow.drivers.sdk import (
    AccessDenied,
    Ambiguous,
    Busy,
    DriverError,
    InUse,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    QuotaExceeded,
    ServiceFault,
    Stale,
    Throttled,
)
from mcflow.engine.options import ApplyOptions
from mcflow.model.plan import Step
from mcflow.model.record import Edges, NativeRecord, Settings
from mcflow.model.values import Derived, Ref, Secret, Unknown
from mcflow.state.records import Done, Failed, Identified, Intent


def codes(outcome: Any) -> list[str]:
    return [finding.code for _, finding in outcome.failed]


# Failures.


@pytest.mark.parametrize(("error", "code"), [
    (InvalidRequest("bad cidr", code="InvalidCidr", request_id="r-9"), "MC0811"), (AccessDenied("no"), "MC0812"),
    (InvalidCredentials("expired"), "MC0813"), (QuotaExceeded("full"), "MC0814"), (NotFound("where?"), "MC0818"),
])
def test_a_definite_refusal_fails_the_step_and_skips_what_depends_on_it(error: DriverError, code: str) -> None:
    world = World()
    world.cloud.fault("create", error, when=lambda want: want["name"] == "a")
    outcome = world.apply(
        create("a"), create("b", "toy.tagged", "a:create"), create("c", "toy.tagged", "b:create"), create("z", connection="other"))
    assert outcome.status == "partial"
    assert codes(outcome) == [code]
    assert [step.id for step in outcome.skipped] == ["b:create", "c:create"]
    assert [step.id for step in outcome.done] == ["z:create"]
    failed = next(record for record in world.writer.durable if isinstance(record, Failed))
    assert failed.certainty == "definite"
    assert "a" not in world.writer.state.natives
    assert not world.writer.state.open
    event, = world.told("apply_errored")
    assert event.request_id == error.request_id
    assert event.data["diagnostic"]["code"] == code


def test_stop_on_failure_begins_nothing_new_and_finishes_what_runs() -> None:
    world = World()
    world.cloud.create_seconds = 60
    world.cloud.fault("create", InvalidRequest("no"), when=lambda want: want["name"] == "bad")
    steps = [create("slow"), create("bad"), *[create(f"late{index}", "toy.tagged", "slow:create") for index in range(3)]]
    stopped = world.apply(*steps, options=ApplyOptions(on_failure="stop", parallelism=2))
    assert [step.id for step in stopped.done] == ["slow:create"]
    assert len(stopped.skipped) == 3
    other = World()
    other.cloud.fault("create", InvalidRequest("no"), when=lambda want: want["name"] == "bad")
    assert len(other.apply(*steps, options=ApplyOptions(on_failure="continue")).done) == 4


def test_an_object_that_fails_after_it_was_accepted_is_kept_tainted() -> None:
    world = World()
    world.cloud.create_seconds = 5
    world.cloud.hooks["create"] = lambda want: None
    original = world.cloud.alive

    def fail_soon() -> None:
        for thing in original("toy.tagged"):
            thing.status = "failed"

    world.cloud.hooks["create"] = lambda want: threading.Timer(0, fail_soon) and None
    world.cloud.faults.clear()

    def failing(point: str, step: str) -> None:
        if point == "identified durable":
            fail_soon()

    outcome = world.apply(create("a"), options=ApplyOptions(probe=failing))
    assert codes(outcome) == ["MC0821"]
    record = world.writer.state.natives["a"]
    assert (record.status, record.id) == ("tainted", "tagged-1")


def test_a_failed_operation_of_the_cloud_is_found_by_polling_it() -> None:
    world = World()
    outcome = world.apply(create("a", "toy.job", want={"name": "a", "echo": "stock-out"}))
    assert codes(outcome) == ["MC0821"]
    assert "no capacity left" in outcome.failed[0][1].message
    assert not world.writer.state.open
    assert "a" not in world.writer.state.natives


def test_an_operation_tells_the_id_when_it_is_done() -> None:
    world = World()
    world.cloud.create_seconds = 20
    assert world.apply(create("a", "toy.job")).status == "done"
    assert world.cloud.called("poll") >= 2
    told = [record.operation for record in world.writer.durable if isinstance(record, Identified)]
    assert told[0] == "op-0"
    assert world.writer.state.natives["a"].id == "job-1"


def test_a_timeout_leaves_the_operation_open_and_the_object_recorded() -> None:
    world = World()
    world.cloud.create_seconds = 500
    outcome = world.apply(create("a", settings=Settings(create_timeout=30)))
    assert codes(outcome) == ["MC0820"]
    assert "30 s" in outcome.failed[0][1].message
    assert world.writer.state.natives["a"].id == "tagged-1"
    opened, = world.writer.state.open.values()
    assert opened.ambiguous


def test_an_error_the_driver_does_not_know_leaves_the_operation_open() -> None:
    world = World()
    world.cloud.fault("create", RuntimeError("surprise"))
    outcome = world.apply(create("a"), create("b"))
    assert codes(outcome) == ["MC0830"]
    assert len(world.writer.state.open) == 1
    assert [step.id for step in outcome.done] == ["b:create"]


def test_an_sdk_exception_is_translated() -> None:
    world = World()
    world.cloud.fault("create", ValueError("wrong size"))
    assert codes(world.apply(create("a"))) == ["MC0811"]


# Retries.


@pytest.mark.parametrize("error", [Throttled("slow", retry_after=7), ServiceFault("oops"), Busy("wait")])
def test_what_passes_is_tried_again_with_the_same_intent(error: DriverError) -> None:
    world = World()
    world.cloud.fault("create", error, times=3)
    before = world.cloud.clock.at
    outcome = world.apply(create("a"))
    assert outcome.status == "done"
    assert world.cloud.called("create") == 4
    assert len(world.writer.intents()) == 1
    retries = world.told("apply_retry")
    assert [event.data["attempt"] for event in retries] == [1, 2, 3]
    waits = [event.data["wait_seconds"] for event in retries]
    if error.retry_after:
        assert min(waits) >= 7
        assert world.cloud.clock.at - before >= 21
    else:
        assert waits == sorted(waits)


def test_attempts_are_bounded_by_the_settings() -> None:
    world = World()
    world.cloud.fault("create", ServiceFault("down"), times=100)
    outcome = world.apply(create("a", settings=Settings(attempts=3)))
    assert codes(outcome) == ["MC0819"]
    assert world.cloud.called("create") == 3
    assert not world.writer.state.open


def test_a_just_made_id_that_is_not_found_is_tried_again() -> None:
    world = World()
    world.cloud.fault("create", NotFound("net?"), times=2, when=lambda want: "parent" in want)
    outcome = world.apply(
        create("net"), create("sub", "toy.tagged", "net:create", want={"name": "s", "parent": Ref("net")}, edges=Edges(hard=("net",))))
    assert outcome.status == "done"
    world.cloud.clock.at += LAG + 1
    world.cloud.fault("create", NotFound("net?"))
    late = world.apply(create("late", want={"name": "l", "parent": Ref("net")}, edges=Edges(hard=("net",))))
    assert codes(late) == ["MC0818"]


def test_in_use_is_tried_again_while_others_are_being_deleted() -> None:
    world = World()
    world.apply(create("net"), create("sub"))
    world.cloud.fault("delete", InUse("still there"), times=2, when=lambda last: last["name"] == "net")
    assert world.apply(delete("sub"), delete("net"), mode="destroy").status == "done"
    world.apply(create("net"))
    world.cloud.fault("delete", InUse("somebody's card"), times=20)
    outcome = world.apply(delete("net"), mode="destroy")
    assert codes(outcome) == ["MC0817"]
    assert world.writer.state.natives["net"].status == "ready"


def test_stale_is_read_again_before_it_is_repeated() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "size": 1}))
    world.cloud.fault("update", Stale("etag"))
    world.cloud.calls.clear()
    assert world.apply(update("a", "toy.tagged", "size", {"name": "a", "size": 2}, attributes=("size",))).status == "done"
    handlers = [handler for handler, _, _ in world.cloud.calls]
    assert handlers[:3] == ["update", "observe", "update"]


@pytest.mark.parametrize("after", [True, False])
def test_a_doubtful_update_or_delete_is_observed_and_repeated_only_if_needed(after: bool) -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "size": 1}))
    world.cloud.fault("update", Ambiguous("reset"), after=after)
    assert world.apply(update("a", "toy.tagged", "size", {"name": "a", "size": 2}, attributes=("size",))).status == "done"
    assert world.cloud.called("update") == (1 if after else 2)
    world.cloud.fault("delete", Ambiguous("reset"), after=after)
    assert world.apply(delete("a"), mode="destroy").status == "done"
    assert world.cloud.called("delete") == (1 if after else 2)


@pytest.mark.parametrize("answered", [True, False])
def test_a_doubtful_update_waits_for_a_request_that_may_still_be_on_its_way(answered: bool) -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "size": 1}))
    world.cloud.fault("update", Ambiguous("failed", answered=answered), after=False)
    before = world.cloud.clock.at
    assert world.apply(update("a", "toy.tagged", "size", {"name": "a", "size": 2}, attributes=("size",))).status == "done"
    assert world.cloud.called("update") == 2
    assert (world.cloud.clock.at - before < LIFETIME) is answered


def test_a_delete_of_what_is_gone_already_is_success_after_two_looks() -> None:
    world = World()
    world.apply(create("a"))
    world.cloud.things["tagged-1"].gone_at = world.cloud.clock.at
    world.cloud.clock.at += LAG + 1
    before = world.cloud.clock.at
    world.cloud.calls.clear()
    assert world.apply(delete("a"), mode="destroy").status == "done"
    assert world.cloud.called("observe") == 2
    assert world.cloud.clock.at - before >= POLL * 0.99


def test_missing_within_the_visibility_lag_is_not_gone() -> None:
    world = World()
    world.cloud.lag = LAG - 1
    assert world.apply(create("a")).status == "done"
    other = World()
    other.cloud.lag = 10_000
    assert codes(other.apply(create("a"))) == ["MC0822"]


# Calls and waits.


def test_again_is_called_again_with_a_fresh_observation() -> None:
    world = World()
    world.apply(create("a", "toy.stepwise", want={"name": "a", "rules": ["r0"]}))
    world.cloud.calls.clear()
    rules = ["r0", "r1", "r2", "r3"]
    outcome = world.apply(update("a", "toy.stepwise", "rules", {"name": "a", "rules": rules}, attributes=("rules",)))
    assert outcome.status == "done"
    lasts = [data[3]["rules"] for handler, _, data in world.cloud.calls if handler == "update"]
    assert lasts == [["r0"], ["r0", "r1"], ["r0", "r1", "r2"]]
    assert len([1 for record in world.writer.intents() if record.action == "update"]) == 1


def test_what_create_cannot_carry_is_left_to_a_finish_step() -> None:
    world = World()
    a, b = {"name": "a", "peers": [Ref("b")]}, {"name": "b", "peers": [Ref("a")]}
    outcome = world.apply(
        create("a", want=a), create("b", want=b),
        update("a", "toy.tagged", "peers", a, "a:create", "b:create", attributes=("peers",), purpose="finish"),
        update("b", "toy.tagged", "peers", b, "a:create", "b:create", attributes=("peers",), purpose="finish"),
    )
    assert outcome.status == "done"
    requests = [data for handler, _, data in world.cloud.calls if handler == "create"]
    assert all("peers" not in request for request in requests)
    assert world.writer.state.natives["a"].want["peers"] == [world.writer.state.natives["b"].id]


def test_local_attributes_are_never_sent_but_reach_the_delete() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "force": True}, settings=Settings(local={"force": True})))
    assert all("force" not in data for handler, _, data in world.cloud.calls if handler == "create")
    world.apply(delete("a"), mode="destroy")
    last = next(data[1] for handler, _, data in world.cloud.calls if handler == "delete")
    assert last["force"] is True
    assert last["address"] == "10.0.0.tagged-1"


def test_an_override_is_laid_over_the_want_and_not_remembered() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "power": "running"}))
    step = update("a", "toy.tagged", "power", {}, attributes=("power",), purpose="prepare", override={"power": "stopped"})
    assert world.apply(step).status == "done"
    assert world.cloud.things["tagged-1"].want["power"] == "stopped"
    record = world.writer.state.natives["a"]
    assert record.want["power"] == "running"
    assert record.attributes["power"] == "stopped"


def test_an_update_remembers_only_what_it_set() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "size": 1, "tags": {"x": "1"}}))
    want = {"name": "a", "size": 2, "tags": {"x": "2"}}
    world.cloud.fault("update", InvalidRequest("no"), when=lambda want: False)
    world.apply(update("a", "toy.tagged", "size", want, attributes=("size",)))
    assert world.writer.state.natives["a"].want == {"name": "a", "size": 2, "tags": {"x": "1"}}


def test_owned_keys_that_were_dropped_must_be_gone() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "tags": {"x": "1", "y": "2"}}))
    assert world.apply(update("a", "toy.tagged", "tags", {"name": "a", "tags": {"x": "1"}}, attributes=("tags",))).status == "done"
    assert world.writer.state.natives["a"].want["tags"] == {"x": "1"}


def test_one_mutation_at_a_time_for_a_serial_key() -> None:
    world = World()
    world.cloud.create_seconds = 10
    steps = [create(f"n{index}", "toy.serial", want={"name": f"n{index}", "parent": "p"}) for index in range(4)]
    other = create("m", "toy.serial", want={"name": "m", "parent": "q"})
    outcome = world.apply(*steps, other)
    assert len(outcome.done) == 5
    assert world.cloud.clashes == 0
    started = {want["name"]: at for at, (handler, _, want) in enumerate(world.cloud.calls) if handler == "create"}
    assert started["m"] <= 2


def test_a_serial_key_may_be_the_objects_own_id() -> None:
    world = World()
    world.apply(create("a", "toy.serial", want={"name": "a", "parent": "p"}))
    keys: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ToySerial, "serial", staticmethod(lambda want: keys.append(want["id"])))
        world.apply(delete("a", "toy.serial"))
        world.apply(create("b", "toy.serial", want={"name": "b", "parent": "p"}))
    made = world.writer.state.natives["b"].id
    assert set(keys) == {"serial-1", ""}
    assert made not in keys, "an object that is being made has none yet"


def test_a_serial_key_is_passed_on_after_a_failure() -> None:
    world = World()
    world.cloud.fault("create", InvalidRequest("no"), when=lambda want: want["name"] == "n0")
    outcome = world.apply(*[create(f"n{index}", "toy.serial", want={"name": f"n{index}", "parent": "p"}) for index in range(3)])
    assert len(outcome.done) == 2


def test_what_is_urgent_goes_first() -> None:
    world = World()
    chain = [create("end", "toy.tagged", "head:create", weight=500.0)]
    outcome = world.apply(*[create(f"n{index}") for index in range(5)], create("head"), *chain, options=ApplyOptions(parallelism=1))
    assert outcome.done[0].id == "head:create"


def test_a_slow_create_is_heard_of() -> None:
    world = World()
    world.cloud.create_seconds = 65
    world.apply(create("a"))
    beats = world.told("apply_progress")
    assert 4 <= len(beats) <= 7
    assert beats[0].data["action"] == "create"
    assert all(event.step == "a:create" and event.run for event in beats)


def test_the_pace_of_an_account_is_kept() -> None:
    world = World(config={"requests_per_second": 2.0})
    before = world.cloud.clock.at
    world.apply(*[create(f"n{index}") for index in range(10)])
    assert world.cloud.clock.at - before >= 4


# Cancelling, and a journal that fails.


def test_the_first_request_to_end_lets_calls_finish_and_waits_be_taken_up_later() -> None:
    world = World()
    world.cloud.create_seconds = 100
    world.cloud.hooks["create"] = lambda want: world.cancel.request() if world.cancel.level == 0 else None
    outcome = world.apply(*[create(f"n{index}") for index in range(6)], options=ApplyOptions(parallelism=2))
    assert outcome.status == "interrupted"
    assert len(outcome.unfinished) >= 1
    assert all(opened.id for opened in world.writer.state.open.values() if opened.id)
    assert len(outcome.unfinished) + len(outcome.skipped) == 6
    assert world.cloud.called("create") <= 2
    assert world.writer.checkpoints == 1


def test_the_second_request_leaves_at_once() -> None:
    world = World()
    release = threading.Event()

    def hang(want: Any) -> None:
        world.cancel.request()
        world.cancel.request()
        release.wait(5)

    world.cloud.hooks["create"] = hang
    outcome = world.apply(create("a"), create("b", "toy.tagged", "a:create"))
    release.set()
    assert outcome.status == "interrupted"
    assert [step.id for step in outcome.unfinished] == ["a:create"]
    assert world.writer.checkpoints == 0
    assert len(world.writer.intents()) == 1


def test_a_journal_that_fails_stops_mutations_and_spills_results() -> None:
    world = World()
    calls: list[str] = []

    def fail_next(want: Any) -> None:
        calls.append(want["name"])
        world.writer.fail_at = 0

    world.cloud.hooks["create"] = fail_next
    outcome = world.apply(create("a"), create("b", "toy.tagged", "a:create"))
    assert outcome.status == "failed"
    assert calls == ["a"]
    assert [finding.code for finding in outcome.diagnostics] == ["MC0828"]
    assert any(isinstance(record, Identified) for record in world.writer.spilled)
    assert not outcome.state_saved


def test_no_call_is_made_that_the_lease_may_not_outlive() -> None:
    world = World()
    world.cloud.hooks["create"] = lambda want: setattr(world.writer, "lost", True)
    outcome = world.apply(create("a"), create("b", "toy.tagged", "a:create"))
    assert outcome.status == "partial"
    assert world.cloud.called("create") == 1, "b was not created, though its intent is durable"
    assert len(world.writer.intents()) == 2
    assert [finding.code for finding in outcome.diagnostics] == ["MC0829"]
    assert world.writer.log.count(("check", 60.0)) == 2, "once before each call, with the request's own lifetime"


def test_no_call_is_made_if_its_intent_cannot_be_written() -> None:
    world = World()
    world.writer.fail_at = 1
    outcome = world.apply(create("a"))
    assert outcome.status == "failed"
    assert world.cloud.called("create") == 0


def test_a_run_whose_end_cannot_be_written_is_not_done() -> None:
    whole = World()
    assert whole.apply(create("a")).status == "done"
    world = World()
    world.writer.fail_at = whole.writer.commits - 1  # the last is the checkpoint's
    outcome = world.apply(create("a"))
    assert outcome.status == "partial"
    assert [step.id for step in outcome.done] == ["a:create"]
    assert [finding.code for finding in outcome.diagnostics] == ["MC0828"]
    assert not outcome.state_saved


# Notes: record, forget, decide, adopt.


def test_forget_record_and_decide() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "size": 3}))
    world.apply(Step(id="d", address="a", verb="decide", type="toy.tagged", connection="toy", want={"name": Unknown(Ref("a", ("name",)))},
                     attributes=("name",)),
                Step(id="x", address="a", verb="delete", type="toy.tagged", connection="toy", decided_by="d"))
    assert world.cloud.called("delete") == 0
    decided = world.apply(
        Step(id="d", address="a", verb="decide", type="toy.tagged", connection="toy", want={"name": "other"}, attributes=("name",)),
        create("b", "toy.tagged", decided_by="d"))
    assert len(decided.done) == 2
    record = world.writer.state.natives["a"]
    noted = NativeRecord(address="a", type="toy.tagged", connection="toy", driver="toy", id=record.id, want={"name": "a"},
                         settings=Settings(prevent_destroy=True))
    world.apply(Step(id="r", address="a", verb="record", type="toy.tagged", connection="toy", record=noted))
    now = world.writer.state.natives["a"]
    assert now.settings.prevent_destroy
    assert now.attributes == record.attributes
    world.apply(Step(id="f", address="a", verb="forget", type="toy.tagged", connection="toy"))
    assert "a" not in world.writer.state.natives
    assert world.cloud.alive("toy.tagged")


def test_a_create_before_destroy_keeps_both_until_the_old_one_is_gone() -> None:
    world = World()
    world.apply(create("a", want={"name": "one"}))
    outcome = world.apply(create("a", want={"name": "two"}, generation=2), delete("a@1", "toy.tagged", "a:create"))
    assert outcome.status == "done"
    assert world.writer.state.natives["a"].want["name"] == "two"
    assert list(world.writer.state.natives) == ["a"]
    assert [thing.want["name"] for thing in world.cloud.alive("toy.tagged")] == ["two"]


# Values.


def test_values_are_resolved_when_their_source_is_there() -> None:
    world = World()
    outcome = world.apply(
        create("a", want={"name": "a", "rules": ["x"]}),
        create("b", "toy.tagged", "a:create", want={
            "name": Derived("toy.shout", (Ref("a", ("name",)),)), "echo": Derived("json", ([Ref("a")],)),
            "rules": Derived("concat", (Ref("a", ("rules",)), ["y"])), "parent": Ref("a", ("password",)),
        }))
    assert outcome.status == "done"
    made = world.cloud.things["tagged-2"].want
    assert made == {"name": "A", "echo": '["tagged-1"]', "rules": ["x", "y"]}


def test_a_missing_value_is_an_error_that_names_it() -> None:
    world = World()
    outcome = world.apply(create("b", want={"name": Ref("nowhere/vpc", ("cidr",))}))
    assert codes(outcome) == ["MC0826"]
    assert "nowhere/vpc.cidr" in outcome.failed[0][1].message
    assert not world.writer.intents()


def test_secrets_reach_the_cloud_and_nothing_else() -> None:
    world = World()
    secret = "s3ntinel-value"
    world.apply(create("a", want={"name": "a", "password": Secret(secret), "echo": Secret(secret)}))
    assert world.cloud.things["tagged-1"].want["password"] == secret
    assert world.writer.state.natives["a"].fingerprints["password"]
    world.cloud.fault("update", InvalidRequest(f"bad password {secret}", code=secret), when=lambda want: True)
    outcome = world.apply(update("a", "toy.tagged", "secret", {"name": "a", "password": Secret(secret + "2")}, attributes=("password",)))
    assert codes(outcome) == ["MC0811"]
    written = world.everything_written() + str(outcome)
    assert secret not in written


def test_plain_facts_of_the_journal() -> None:
    world = World()
    world.apply(create("a", "toy.named", name="derived-name", want={"parent": "p"}))
    intent = next(record for record in world.writer.durable if isinstance(record, Intent))
    assert intent.request["name"] == "derived-name"
    assert intent.looked == "absent"
    assert intent.marks["mcflow-state"] == "lineage-1"
    assert intent.marks["mcflow-op"] == intent.op
    assert len(intent.op) <= 63
    assert len(intent.token) == 32
    done = next(record for record in world.writer.durable if isinstance(record, Done))
    assert done.attributes["parent"] == "p"


def test_a_delete_that_finds_nothing_of_a_young_object_waits_for_it_to_show() -> None:
    world = World()
    world.apply(create("a"))
    world.cloud.fault("delete", NotFound("not here yet"))
    world.cloud.lag = LAG / 2
    world.cloud.things["tagged-1"].at = world.cloud.clock.at
    assert world.apply(delete("a"), mode="destroy").status == "done"
    assert world.cloud.called("delete") == 2
    assert not world.cloud.alive("toy.tagged")


def test_an_update_of_a_young_object_is_not_put_off_by_a_look_that_misses_it() -> None:
    world = World()
    world.apply(create("a", want={"name": "a", "size": 1}))
    world.cloud.lag = LAG / 2
    world.cloud.things["tagged-1"].at = world.cloud.clock.at
    assert world.apply(update("a", "toy.tagged", "size", {"name": "a", "size": 2}, attributes=("size",))).status == "done"
