"""When AWS throttles, loses requests or replies, or is asked twice: what the driver says, and what the ledger shows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.aws.conftest import REGION, Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Ambiguous, InvalidCredentials, InvalidRequest, ServiceFault, Throttled
from mcflow.model.connection import Connection

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIC0pv0kTqUvYg0TGcZ1Y0mVqkBkM0lcS6q3rQ0qD3kR test"
MARKED: dict[str, dict[str, Any]] = {
    "aws.vpc": {"cidr_block": "10.9.0.0/16"}, "aws.internet_gateway": {}, "aws.address": {},
    "aws.key_pair": {"key_name": "k", "public_key_material": KEY}, "aws.volume": {"availability_zone": f"{REGION}a", "size": 1},
}


@pytest.mark.parametrize("lost_as", ["reset", "504"])
@pytest.mark.parametrize("type", MARKED)
def test_a_lost_reply_is_ambiguous_and_the_object_is_found(hand: Hand, aws_cloud: MotoCloud, type: str, lost_as: str) -> None:
    intent, want = hand.intent(), MARKED[type]
    aws_cloud.faults(next_replies_lost=1, lost_as=lost_as)
    with pytest.raises(Ambiguous):
        driver.natives[type].create(hand.api, want, intent)
    found = list(driver.natives[type].find(hand.api, want, intent))
    assert [each.tags["mcflow-op"] for each in found] == [intent.op]
    assert aws_cloud.creations() == {intent.op: [found[0].id]}, "sent once, made once"
    assert [entry["lost"] for entry in aws_cloud.ledger()] == [True]


def test_natural_identities_are_found_after_a_lost_reply(hand: Hand, aws_cloud: MotoCloud) -> None:
    vpc, gateway = hand.make("aws.vpc", cidr_block="10.9.0.0/16"), hand.make("aws.internet_gateway")
    table = hand.make("aws.route_table", vpc_id=vpc)
    subnet = hand.make("aws.subnet", vpc_id=vpc, cidr_block="10.9.1.0/24")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("aws.internet_gateway_attachment", {"internet_gateway_id": gateway, "vpc_id": vpc}),
        ("aws.route", {"route_table_id": table, "destination_cidr_block": "0.0.0.0/0", "gateway_id": gateway}),
        ("aws.route_table_association", {"subnet_id": subnet, "route_table_id": table}),
    ]
    for type, want in steps:
        aws_cloud.faults(next_replies_lost=1)
        with pytest.raises(Ambiguous):
            driver.natives[type].create(hand.api, want, hand.intent())
        assert len(list(driver.natives[type].find(hand.api, want, hand.intent()))) == 1


def test_a_lost_request_made_nothing(hand: Hand, aws_cloud: MotoCloud) -> None:
    intent = hand.intent()
    aws_cloud.faults(next_requests_lost=1)
    with pytest.raises(Ambiguous):
        driver.natives["aws.vpc"].create(hand.api, MARKED["aws.vpc"], intent)
    assert list(driver.natives["aws.vpc"].find(hand.api, MARKED["aws.vpc"], intent)) == []
    assert aws_cloud.ledger() == []


@pytest.mark.parametrize("type", ["aws.volume", "aws.instance", "aws.route_table"])
def test_a_token_sent_again_makes_nothing_new(hand: Hand, aws_cloud: MotoCloud, type: str) -> None:
    vpc = hand.make("aws.vpc", cidr_block="10.9.0.0/16")
    subnet = hand.make("aws.subnet", vpc_id=vpc, cidr_block="10.9.1.0/24")
    image = aws_cloud.register_images()[0]
    want: dict[str, Any] = {"aws.volume": {"availability_zone": f"{REGION}a", "size": 1}, "aws.route_table": {"vpc_id": vpc},
                            "aws.instance": {"image_id": image, "instance_type": "t3.micro", "subnet_id": subnet}}[type]
    intent = hand.intent()
    first = hand.make(type, intent, **want)
    assert hand.make(type, intent, **want) == first
    assert aws_cloud.creations()[intent.op] == [first]
    with pytest.raises(InvalidRequest) as refused:
        hand.make(type, intent, **{**want, "tags": {"other": "request"}})
    assert refused.value.code == "IdempotentParameterMismatch"


def test_throttling_is_said_with_the_request_id_and_not_retried(hand: Hand, aws_cloud: MotoCloud) -> None:
    aws_cloud.faults(next_throttled=1)
    with pytest.raises(Throttled) as throttled:
        hand.make("aws.vpc", cidr_block="10.9.0.0/16")
    assert throttled.value.code == "RequestLimitExceeded"
    assert len(throttled.value.request_id) == 32
    assert aws_cloud.ledger() == []


def test_the_same_seed_throttles_the_same_calls(hand: Hand, aws_cloud: MotoCloud) -> None:
    def run() -> list[bool]:
        aws_cloud.reset()
        aws_cloud.faults(seed="7", throttle=0.5)
        outcome = []
        for _ in range(20):
            try:
                hand.make("aws.address")
                outcome.append(True)
            except Throttled:
                outcome.append(False)
        return outcome

    first = run()
    assert first == run()
    assert {True, False} == set(first)


def test_faults_may_be_of_some_actions_only(hand: Hand, aws_cloud: MotoCloud) -> None:
    aws_cloud.faults(throttle=1.0, actions=["CreateVpc"])
    hand.make("aws.address")
    with pytest.raises(Throttled):
        hand.make("aws.vpc", cidr_block="10.9.0.0/16")


def test_a_slow_answer_is_a_timeout(aws_cloud: MotoCloud, credentials: None) -> None:
    api = driver.connect(Connection("aws", "aws", REGION, {"endpoint": aws_cloud.endpoint, "request_timeout": 0.3}))
    hand = Hand(api)  # type: ignore[arg-type]
    aws_cloud.faults(delay_after=1.0, actions=[])
    with pytest.raises(Ambiguous):
        hand.make("aws.vpc", cidr_block="10.9.0.0/16")
    deadline = time.monotonic() + 5
    while aws_cloud.flights() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [entry["action"] for entry in aws_cloud.ledger()] == ["CreateVpc"]


def test_a_dry_run_makes_nothing(aws_cloud: MotoCloud, hand: Hand) -> None:
    with pytest.raises(InvalidRequest) as dry:
        hand.api.call("create_vpc", CidrBlock="10.9.0.0/16", DryRun=True)
    assert dry.value.code == "DryRunOperation"
    assert aws_cloud.inventory() == {}


def test_nobody_at_the_other_end(credentials: None) -> None:
    api = driver.connect(Connection("aws", "aws", REGION, {"endpoint": "http://127.0.0.1:9", "request_timeout": 1.0}))
    with pytest.raises(ServiceFault):
        Hand(api).make("aws.vpc", cidr_block="10.9.0.0/16")  # type: ignore[arg-type]


def test_identity_is_account_region_and_endpoint(hand: Hand, aws_cloud: MotoCloud) -> None:
    identity = hand.api.identity()
    assert (identity.driver, identity.account, identity.region, identity.endpoint) == ("aws", "123456789012", REGION, aws_cloud.endpoint)


def test_another_account_than_expected_is_refused(aws_cloud: MotoCloud, credentials: None) -> None:
    api = driver.connect(Connection("seoul", "aws", REGION, {"endpoint": aws_cloud.endpoint, "account": "999999999999"}))
    with pytest.raises(InvalidCredentials, match=r"999999999999.*123456789012"):
        api.identity()


def test_a_role_is_assumed(aws_cloud: MotoCloud, credentials: None) -> None:
    role = "arn:aws:iam::123456789012:role/deploy"
    api = driver.connect(Connection("seoul", "aws", REGION, {"endpoint": aws_cloud.endpoint, "role_arn": role}))
    assert api.identity().account == "123456789012"
    assert "assumed-role/deploy/mcflow" in api.call("get_caller_identity", service="sts")["Arn"]  # type: ignore[attr-defined]
