"""Instances on their way: what the driver says of them, and what it is refused meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.conftest import Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.sdk import Busy, InUse, Observed

TYPE = "aws.instance"
ENDLESS = 3600.0


def seen(hand: Hand, id: str) -> Observed | None:
    return hand.see(TYPE, id)


def state(hand: Hand, id: str) -> tuple[Any, Any]:
    """The status the engine goes by, and the power it compares."""
    found = seen(hand, id)
    return ("gone", None) if found is None else (found.status, found.attributes.get("power"))


def arrive(hand: Hand, cloud: MotoCloud, id: str) -> tuple[Any, Any]:
    """Let the instance get to where it is going."""
    cloud.faults()
    there = state(hand, id)
    cloud.faults(transition=ENDLESS)
    return there


@pytest.fixture
def instance(hand: Hand, aws_cloud: MotoCloud) -> str:
    """An instance that stays on its way until `arrive`."""
    image = aws_cloud.register_images()[0]
    vpc = hand.make("aws.vpc", cidr_block="10.0.0.0/16")
    subnet = hand.make("aws.subnet", vpc_id=vpc, cidr_block="10.0.1.0/24", availability_zone="ap-northeast-2a")
    aws_cloud.faults(transition=ENDLESS)
    return hand.make(TYPE, image_id=image, instance_type="t3.micro", subnet_id=subnet)


def test_an_instance_passes_through_its_states(hand: Hand, aws_cloud: MotoCloud, instance: str) -> None:
    assert state(hand, instance) == ("pending", None), "neither running nor stopped: no difference to what is wanted, and nothing to use"
    with pytest.raises(Busy):
        hand.settle(TYPE, instance, "power", power="stopped")
    assert arrive(hand, aws_cloud, instance) == ("ready", "running")
    hand.settle(TYPE, instance, "power", power="stopped")
    assert state(hand, instance) == ("pending", None)
    with pytest.raises(Busy):
        hand.settle(TYPE, instance, "instance_type", instance_type="t3.small")
    with pytest.raises(Busy):
        hand.settle(TYPE, instance, "power", power="running")
    hand.settle(TYPE, instance, "power", power="stopped")
    assert arrive(hand, aws_cloud, instance) == ("ready", "stopped")
    hand.settle(TYPE, instance, "power", power="stopped")
    assert state(hand, instance) == ("ready", "stopped"), "stopping what is stopped changes nothing"
    hand.settle(TYPE, instance, "power", power="running")
    assert state(hand, instance) == ("pending", None)
    assert arrive(hand, aws_cloud, instance) == ("ready", "running")


def test_what_an_ending_instance_uses_is_in_use(hand: Hand, aws_cloud: MotoCloud, instance: str) -> None:
    found = seen(hand, instance)
    assert found is not None
    subnet = found.attributes["subnet_id"]
    hand.remove(TYPE, instance)
    assert state(hand, instance) == ("deleting", None)
    with pytest.raises(InUse):
        hand.remove("aws.subnet", subnet)
    assert arrive(hand, aws_cloud, instance) == ("gone", None)
    hand.remove("aws.subnet", subnet)
