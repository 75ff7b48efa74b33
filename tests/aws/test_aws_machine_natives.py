"""Launch templates, auto-scaling groups, interfaces, images by hand on the wrapped moto; placement groups, which moto lacks, on a stub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.aws.conftest import REGION, Hand
from tests.aws.ground import Ground
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, InUse, InvalidRequest, NotFound, Observed
from mcflow.model.connection import Connection


@pytest.fixture
def ground(hand: Hand, aws_cloud: MotoCloud) -> Ground:
    return Ground(hand, aws_cloud.register_images()[0])


def see(hand: Hand, type: str, id: str) -> Observed:
    seen = hand.see(type, id)
    assert seen is not None
    return seen


def test_a_change_of_a_launch_template_is_a_new_default_version(ground: Ground, hand: Hand, aws_cloud: MotoCloud) -> None:
    kind, id = "aws.launch_template", ground.template
    data = {"image_id": ground.image, "instance_type": "t3.large", "monitoring": {"enabled": True}}
    want = {"launch_template_data": data, "user_data": "#!/bin/sh\necho größe\n"}
    assert hand.settle(kind, id, "version", **want) == ["a new version is there"]
    seen = see(hand, kind, id)
    assert {name: seen.attributes[name] for name in want} == want
    assert (seen.attributes["default_version_number"], seen.attributes["latest_version_number"]) == (2, 2)
    before = len(aws_cloud.ledger())
    assert hand.settle(kind, id, "version", **want) == []
    assert len(aws_cloud.ledger()) == before, "what is so already is not made again"


def test_a_version_whose_reply_was_lost_is_not_made_twice(ground: Ground, hand: Hand, aws_cloud: MotoCloud) -> None:
    data = {"image_id": ground.image, "instance_type": "t3.large"}
    theirs = {"ImageId": ground.image, "InstanceType": "t3.large"}
    aws_cloud.client().create_launch_template_version(LaunchTemplateId=ground.template, LaunchTemplateData=theirs)
    assert hand.settle("aws.launch_template", ground.template, "version", launch_template_data=data) == []
    seen = see(hand, "aws.launch_template", ground.template)
    assert (seen.attributes["default_version_number"], seen.attributes["launch_template_data"]) == (2, data)


def fleet(ground: Ground, **more: Any) -> dict[str, Any]:
    return {"auto_scaling_group_name": "fleet", "min_size": 1, "max_size": 2, "launch_template": {"launch_template_id": ground.template},
            "vpc_zone_identifier": [ground.subnet], "tags": {"team": "ops"}, **more}


def test_an_auto_scaling_group_lives_and_its_instances_are_its_own(ground: Ground, hand: Hand) -> None:
    kind, intent = "aws.auto_scaling_group", hand.intent()
    id = hand.make(kind, intent, **fleet(ground))
    seen = see(hand, kind, id)
    assert (id, seen.status, seen.attributes["max_size"], len(seen.attributes["instances"])) == ("fleet", "ready", 2, 1)
    assert seen.attributes["vpc_zone_identifier"] == [ground.subnet]
    assert seen.tags == {"team": "ops", **intent.marks}
    instances = [each for each in driver.natives["aws.instance"].discover(hand.api) if each.id in seen.attributes["instances"]]
    assert [each.provided for each in instances] == [True]
    assert instances[0].tags["team"] == "ops"
    assert not instances[0].tags.keys() & intent.marks.keys(), "an instance with the group's marks would pass for one of the state's own"
    assert [found.id for found in driver.natives[kind].find(hand.api, fleet(ground), intent)] == [id]
    assert [found.id for found in driver.natives[kind].marked(hand.api, "lineage")] == [id]


def test_an_auto_scaling_group_is_changed(ground: Ground, hand: Hand) -> None:
    kind = "aws.auto_scaling_group"
    id = hand.make(kind, **fleet(ground, min_size=0, desired_capacity=0))
    hand.settle(kind, id, "settings", **fleet(ground, min_size=0, max_size=5, health_check_grace_period=60))
    told = hand.settle(kind, id, "tags", owned={"team": "ops"}, tags={"stage": "test"}, propagate_at_launch=False)
    assert told == ["1 tags written", "1 tags removed"]
    seen = see(hand, kind, id)
    assert (seen.attributes["max_size"], seen.attributes["health_check_grace_period"]) == (5, 60)
    assert (seen.attributes["tags"], seen.attributes["propagate_at_launch"]) == ({"stage": "test"}, False)


def test_an_auto_scaling_group_is_brought_to_none_before_it_goes(ground: Ground, hand: Hand) -> None:
    kind, native = "aws.auto_scaling_group", driver.natives["aws.auto_scaling_group"]
    id = hand.make(kind, **fleet(ground))
    first = native.delete(hand.api, id, see(hand, kind, id).attributes)
    assert isinstance(first, Again)
    assert see(hand, kind, id).attributes["instances"] == []
    native.delete(hand.api, id, see(hand, kind, id).attributes)
    assert hand.see(kind, id) is None
    id = hand.make(kind, **fleet(ground))
    assert not isinstance(native.delete(hand.api, id, {**see(hand, kind, id).attributes, "force_delete": True}), Again)
    assert hand.see(kind, id) is None


def test_an_interface_has_further_addresses_and_a_machine(ground: Ground, hand: Hand) -> None:
    kind, id = "aws.network_interface", ground.interface
    told = hand.settle(kind, id, "addresses", secondary_private_ip_addresses=["10.0.1.30", "10.0.1.31"])
    assert told == ["2 addresses put on"]
    told = hand.settle(kind, id, "addresses", secondary_private_ip_addresses=["10.0.1.31", "10.0.1.32"])
    assert told == ["1 addresses taken off", "1 addresses put on"]
    assert see(hand, kind, id).attributes["secondary_private_ip_addresses"] == ["10.0.1.31", "10.0.1.32"]
    plug = hand.make("aws.network_interface_attachment", network_interface_id=id, instance_id=ground.instance)
    assert see(hand, "aws.network_interface_attachment", plug).attributes["device_index"] == 1
    with pytest.raises(InvalidRequest, match="in use"):
        hand.remove(kind, id)
    with pytest.raises(InUse):
        hand.remove("aws.subnet", ground.subnet)
    with pytest.raises(NotFound):
        hand.make("aws.network_interface_attachment", network_interface_id=id, instance_id="i-00000000000000000")
    hand.remove("aws.network_interface_attachment", plug)
    hand.remove(kind, id)


def test_an_instances_own_interface_is_its_part(ground: Ground, hand: Hand) -> None:
    assert ground.instance
    for kind in ("aws.network_interface", "aws.network_interface_attachment"):
        assert [each.provided for each in driver.natives[kind].discover(hand.api)] == [True]


def test_the_snapshots_of_an_image_go_with_it(ground: Ground, hand: Hand) -> None:
    id = hand.make("aws.image", name="golden", instance_id=ground.instance)
    snapshots = driver.natives["aws.snapshot"]
    assert [each.provided for each in snapshots.discover(hand.api)] == [True]
    hand.settle("aws.image", id, "description", description="two")
    assert see(hand, "aws.image", id).attributes["description"] == "two"
    hand.remove("aws.image", id)
    assert list(snapshots.discover(hand.api)) == []


GROUP = {"GroupName": "close", "GroupId": "pg-1", "State": "available", "Strategy": "cluster",
         "Tags": [{"Key": "mcflow-state", "Value": "lineage"}, {"Key": "mcflow-op", "Value": "op-1"}]}


@pytest.fixture
def stubbed(credentials: None) -> Iterator[tuple[AwsSession, Any]]:
    """A session whose answers are given beforehand, in the shapes of botocore's own model; so are the requests checked."""
    from botocore.stub import Stubber

    api = driver.connect(Connection("aws", "aws", REGION, {"endpoint": "http://127.0.0.1:1"}))
    assert isinstance(api, AwsSession)
    with Stubber(api._client("ec2", patient=False)) as stub:
        yield api, stub
        stub.assert_no_pending_responses()
    api.close()


def test_placement_groups(stubbed: tuple[AwsSession, Any]) -> None:
    api, stub = stubbed
    hand, native = Hand(api), driver.natives["aws.placement_group"]
    intent = hand.intent()
    tags = [{"Key": "mcflow-state", "Value": "lineage"}, {"Key": "mcflow-op", "Value": intent.op}]
    stub.add_response("create_placement_group", {"PlacementGroup": GROUP}, {
        "GroupName": "close", "Strategy": "cluster", "TagSpecifications": [{"ResourceType": "placement-group", "Tags": tags}]})
    assert hand.make("aws.placement_group", intent, group_name="close") == "pg-1"
    both = {"PlacementGroups": [GROUP, {**GROUP, "GroupName": "far", "GroupId": "pg-2", "Tags": []}]}
    stub.add_response("describe_placement_groups", both, {"Filters": []})
    assert [each.id for each in native.observe(api, ["pg-1"])] == ["pg-1"], "the API lists all, there is no filter for ids"
    stub.add_response("describe_placement_groups", both, {"Filters": []})
    assert [each.id for each in native.find(api, {"group_name": "close"}, intent)] == ["pg-1"]
    stub.add_response("describe_placement_groups", both, {"Filters": [{"Name": "tag:mcflow-state", "Values": ["lineage"]}]})
    assert [each.id for each in native.marked(api, "lineage")] == ["pg-1"]
    stub.add_response("describe_placement_groups", both, {"Filters": []})
    assert [native.portray(each.attributes)["group_name"] for each in native.discover(api)] == ["close", "far"]
    stub.add_response("delete_placement_group", {}, {"GroupName": "close"})
    native.delete(api, "pg-1", {"group_name": "close"})
    stub.add_client_error("delete_placement_group", "InvalidPlacementGroup.InUse", "in use")
    with pytest.raises(InUse):
        native.delete(api, "pg-1", {"group_name": "close"})
