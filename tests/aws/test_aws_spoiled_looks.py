"""A look that takes many requests ends, also where many of them are refused."""

from __future__ import annotations

from tests.aws.conftest import Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Observed, Throttled


def _looks(hand: Hand, ids: list[str]) -> tuple[int, list[Observed]]:
    for number in range(1, 100):
        try:
            return number, list(driver.natives["aws.bucket"].observe(hand.api, ids))
        except Throttled:
            continue
    raise AssertionError("never seen")


def test_buckets_are_seen_where_every_third_request_is_refused(hand: Hand, aws_cloud: MotoCloud) -> None:
    ids = [hand.make("aws.bucket", bucket=f"crate-{number}") for number in range(4)]
    aws_cloud.faults(seed="3", throttle=0.33)
    # Begun anew each time, of 45 requests none may be refused: one look in seventy million.
    number, seen = _looks(hand, ids)
    assert 1 < number < 60
    assert {each.id for each in seen} == set(ids)
    assert not hand.api.halfway


def test_what_was_seen_before_a_change_does_not_hide_it(hand: Hand, aws_cloud: MotoCloud) -> None:
    id = hand.make("aws.bucket", bucket="crate")
    seen = hand.see("aws.bucket", id)
    assert seen is not None
    aws_cloud.faults(throttle=1.0, actions=["s3.GetBucketTagging"])
    try:
        hand.see("aws.bucket", id)
    except Throttled:
        assert hand.api.halfway
    aws_cloud.faults()
    hand.settle("aws.bucket", id, "versioning", versioning_configuration={"status": "Enabled"})
    seen = hand.see("aws.bucket", id)
    assert seen is not None
    assert seen.attributes["versioning_configuration"] == {"status": "Enabled"}
