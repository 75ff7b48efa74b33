"""Roles, policies, keys, secrets, parameters, alarms and log groups on moto: made, found, changed group by group, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.aws.conftest import Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Again, AlreadyExists, InUse, InvalidRequest, NotFound

TRUST = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
WIDGETS = {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 6, "properties": {"markdown": "hello"}}]}
BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def allowing(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


ROOT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}]}


@dataclass(frozen=True)
class Life:
    """What a type is made as, and the changes in place: group, then what is so afterwards. ``unseen``: what is never read back."""

    type: str
    want: Mapping[str, Any]
    changes: tuple[tuple[str, dict[str, Any]], ...] = ()
    unseen: tuple[str, ...] = ()
    marks: bool = True
    needs: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=())


ROLE = ("aws.iam_role", {"role_name": "r", "assume_role_policy_document": TRUST})
LIVES = [
    Life(*ROLE, (("settings", {"description": "d", "max_session_duration": 7200}), ("settings", {"max_session_duration": 3600}),
                 ("trust", {"assume_role_policy_document": {**TRUST, "Id": "other"}}), ("boundary", {"permissions_boundary": BOUNDARY}))),
    Life("aws.iam_policy", {"policy_name": "p", "policy_document": allowing("s3:GetObject")},
         (("document", {"policy_document": allowing("s3:PutObject")}),)),
    Life("aws.iam_role_policy", {"role_name": "r", "policy_name": "p", "policy_document": allowing("s3:GetObject")},
         (("document", {"policy_document": allowing("s3:PutObject")}),), marks=False, needs=(ROLE,)),
    Life("aws.iam_role_policy_attachment", {"role_name": "r", "policy_arn": BOUNDARY}, marks=False, needs=(ROLE,)),
    Life("aws.iam_instance_profile", {"instance_profile_name": "i"}),
    Life("aws.iam_instance_profile_role", {"instance_profile_name": "i", "role_name": "r"}, marks=False,
         needs=(ROLE, ("aws.iam_instance_profile", {"instance_profile_name": "i"}))),
    Life("aws.iam_openid_connect_provider", {"url": "https://oidc.example.com/1", "client_id_list": ["a"], "thumbprint_list": ["a" * 40]},
         (("thumbprints", {"thumbprint_list": ["b" * 40]}),)),
    Life("aws.kms_key", {"description": "d"}, (
        ("description", {"description": "e"}), ("policy", {"policy": ROOT}), ("enabled", {"enabled": False}),
        ("enabled", {"enabled": True}), ("rotation", {"enable_key_rotation": True}))),
    Life("aws.secretsmanager_secret", {"name": "s", "secret_string": "hunter2"}, (
        ("settings", {"description": "d"}), ("value", {"secret_string": "hunter3"})), unseen=("secret_string",)),
    Life("aws.ssm_parameter", {"name": "/a/b", "type": "String", "insecure_value": "1"}, (
        ("content", {"insecure_value": "2", "description": "d"}),)),
    Life("aws.ssm_parameter", {"name": "/a/c", "type": "SecureString", "value": "hunter2"}, (("content", {"value": "hunter3"}),),
         unseen=("value",)),
    Life("aws.cloudwatch_alarm", {
        "alarm_name": "a", "namespace": "AWS/EC2", "metric_name": "CPUUtilization", "statistic": "Average", "period": 60,
        "evaluation_periods": 2, "threshold": 80, "comparison_operator": "GreaterThanThreshold",
        "dimensions": [{"name": "InstanceId", "value": "i-1"}]}, (("alarm", {"threshold": 90, "alarm_description": "d"}),)),
    Life("aws.cloudwatch_dashboard", {"dashboard_name": "d", "dashboard_body": {"widgets": []}}, (("body", {"dashboard_body": WIDGETS}),),
         marks=False),
    Life("aws.log_group", {"log_group_name": "/l/g"}, (("retention", {"retention_in_days": 7}), ("retention", {"retention_in_days": 30}))),
]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: f"{life.type}-{next(iter(life.want.values()))}")
def test_the_life_of_a_type(hand: Hand, life: Life) -> None:
    type = driver.natives[life.type]
    for needed, want in life.needs:
        hand.make(needed, **want)
    tags = {"tags": {"team": "first"}} if life.marks else {}
    intent, want = hand.intent(), {**life.want, **tags}
    id = hand.make(life.type, intent, **want)
    seen = hand.see(life.type, id)
    assert seen is not None
    assert seen.status == "ready"
    _agree(seen.attributes, {**want, **tags}, life.unseen)
    assert [found.id for found in type.find(hand.api, want, intent)] == [id]
    listed = {found.id: found for found in type.discover(hand.api)}
    assert listed[id].attributes == seen.attributes
    if life.marks:
        assert [found.id for found in type.marked(hand.api, "lineage")] == [id]
        assert list(type.marked(hand.api, "another")) == []
        hand.settle(life.type, id, "tags", owned={"team": "first"}, tags={"owner": "second"})
        want = {**want, "tags": {"owner": "second"}}
    for group, change in life.changes:
        want = {**want, **change}
        hand.settle(life.type, id, group, **want)
        seen = hand.see(life.type, id)
        assert seen is not None
        _agree(seen.attributes, want, life.unseen)
    _remove(hand, life.type, id)
    assert hand.see(life.type, id) is None
    assert list(type.find(hand.api, want, intent)) == []


def _remove(hand: Hand, type: str, id: str) -> int:
    """Delete until it no longer asks for another call; how many calls it took."""
    for calls in range(1, 10):
        if not isinstance(driver.natives[type].delete(hand.api, id, {}), Again):
            return calls
    raise AssertionError(f"{type} never goes")


def _agree(told: Mapping[str, Any], want: Mapping[str, Any], unseen: tuple[str, ...]) -> None:
    assert {name: told[name] for name in want if name not in unseen} == {name: want[name] for name in want if name not in unseen}
    assert not set(unseen) & set(told), "what is secret is not read back"


def test_a_name_that_is_taken_is_told_apart_from_other_refusals(hand: Hand) -> None:
    for type, want in (ROLE, ("aws.iam_policy", {"policy_name": "p", "policy_document": allowing("s3:*")}),
                       ("aws.secretsmanager_secret", {"name": "s", "secret_string": "x"}), ("aws.log_group", {"log_group_name": "g"}),
                       ("aws.ssm_parameter", {"name": "p", "type": "String", "insecure_value": "x"})):
        hand.make(type, **want)
        with pytest.raises(AlreadyExists):
            hand.make(type, **want)


def test_a_role_goes_when_nothing_hangs_on_it(hand: Hand) -> None:
    hand.make(*ROLE[:1], **ROLE[1])
    attached = hand.make("aws.iam_role_policy_attachment", role_name="r", policy_arn=BOUNDARY)
    with pytest.raises(InUse):
        hand.remove("aws.iam_role", "r")
    hand.remove("aws.iam_role_policy_attachment", attached)
    hand.remove("aws.iam_role", "r")
    assert list(driver.natives["aws.iam_role_policy_attachment"].observe(hand.api, [attached])) == [], "a missing parent means gone"


def test_what_a_role_no_longer_has_is_unset(hand: Hand) -> None:
    hand.make("aws.iam_role", **ROLE[1], description="d", max_session_duration=7200, permissions_boundary=BOUNDARY)
    hand.settle("aws.iam_role", "r", "settings", **ROLE[1])
    hand.settle("aws.iam_role", "r", "boundary", **ROLE[1])
    seen = hand.see("aws.iam_role", "r")
    assert seen is not None
    assert (seen.attributes.get("description", ""), seen.attributes["max_session_duration"]) == ("", 3600)
    assert "permissions_boundary" not in seen.attributes


def test_a_policy_keeps_five_versions_and_loses_them_one_by_one(hand: Hand, aws_cloud: MotoCloud) -> None:
    want = {"policy_name": "p", "policy_document": allowing("s3:Get0")}
    id = hand.make("aws.iam_policy", **want)
    told = [hand.settle("aws.iam_policy", id, "document", policy_document=allowing(f"s3:Get{number}")) for number in range(1, 7)]
    assert told == [[], [], [], [], ["version v1 removed"], ["version v2 removed"]]
    before = len(aws_cloud.ledger())
    hand.settle("aws.iam_policy", id, "document", policy_document=allowing("s3:Get6"))
    assert len(aws_cloud.ledger()) == before, "what is so already is not written again"
    assert _remove(hand, "aws.iam_policy", id) == 5, "four versions beside the default, then the policy"
    assert hand.see("aws.iam_policy", id) is None


def test_a_key_is_gone_when_its_deletion_is_scheduled(hand: Hand, aws_cloud: MotoCloud) -> None:
    id = hand.make("aws.kms_key")
    driver.natives["aws.kms_key"].delete(hand.api, id, {"deletion_window_in_days": 7})
    assert hand.see("aws.kms_key", id) is None
    assert id not in [found.id for found in driver.natives["aws.kms_key"].discover(hand.api)]
    told = aws_cloud.client("kms").describe_key(KeyId=id)["KeyMetadata"]
    assert told["KeyState"] == "PendingDeletion"


def test_an_alias_is_the_same_with_its_prefix_and_without(hand: Hand) -> None:
    type = driver.natives["aws.kms_alias"]
    first, second = hand.make("aws.kms_key"), hand.make("aws.kms_key")
    id = hand.make("aws.kms_alias", alias_name="shop", target_key_id=first)
    assert id == "alias/shop"
    assert type.normalise("alias_name", "shop") == type.normalise("alias_name", "alias/shop")
    hand.settle("aws.kms_alias", id, "target", alias_name="shop", target_key_id=second)
    seen = hand.see("aws.kms_alias", id)
    assert seen is not None
    assert seen.attributes["target_key_id"] == second
    assert [found.id for found in type.find(hand.api, {"alias_name": "shop"}, hand.intent())] == [id]
    hand.remove("aws.kms_alias", id)
    assert hand.see("aws.kms_alias", id) is None
    assert all(found.provided for found in type.discover(hand.api)), "only Amazon's own are left"


@pytest.mark.parametrize(("last", "left"), [({}, True), ({"recovery_window_in_days": 7}, True),
                                            ({"force_delete_without_recovery": True}, False)])
def test_a_secret_can_be_had_back_unless_told_otherwise(hand: Hand, aws_cloud: MotoCloud, last: dict[str, Any], left: bool) -> None:
    id = hand.make("aws.secretsmanager_secret", name="s", secret_string="x")
    driver.natives["aws.secretsmanager_secret"].delete(hand.api, id, last)
    assert hand.see("aws.secretsmanager_secret", id) is None
    rows = aws_cloud.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert bool(rows) is left


@pytest.mark.parametrize("want", [{"type": "String", "value": "x"}, {"type": "SecureString", "insecure_value": "x"}, {"type": "String"}])
def test_a_value_under_the_wrong_name_is_refused(hand: Hand, want: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="has its value in"):
        hand.make("aws.ssm_parameter", name="p", **want)


def test_what_was_deleted_by_hand_is_not_made_again_by_an_update(hand: Hand, aws_cloud: MotoCloud) -> None:
    want = {"name": "p", "type": "String", "insecure_value": "x"}
    hand.make("aws.ssm_parameter", **want)
    aws_cloud.client("ssm").delete_parameter(Name="p")
    with pytest.raises(NotFound):
        driver.natives["aws.ssm_parameter"].update(hand.api, "p", want, {}, "content")
    alarm = next(life for life in LIVES if life.type == "aws.cloudwatch_alarm").want
    with pytest.raises(NotFound):
        driver.natives["aws.cloudwatch_alarm"].update(hand.api, "a", alarm, {}, "alarm")


def test_one_look_shows_many(hand: Hand) -> None:
    parameters = [hand.make("aws.ssm_parameter", name=f"/p/{number}", type="String", insecure_value=str(number)) for number in range(12)]
    shown = {seen.id: seen.attributes["insecure_value"] for seen in driver.natives["aws.ssm_parameter"].observe(hand.api, parameters)}
    assert shown == {f"/p/{number}": str(number) for number in range(12)}
    groups = [hand.make("aws.log_group", log_group_name=f"/g/{number}") for number in range(5)]
    assert sorted(seen.id for seen in driver.natives["aws.log_group"].observe(hand.api, [*groups, "/g/none"])) == groups
