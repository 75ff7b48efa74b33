"""Every native type of AWS against botocore's service models: operations, parameters, words, tags, tokens, and what answers hold.

Each type's handlers are carried out, too, against answers made from the models, with requests that botocore itself checks. So a type that
moto lacks is tried all the same.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pytest
from tests.meta.aws_models import problems
from tests.meta.aws_specimens import TEXT

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.sdk import NativeType, Tagged, Token, UniqueName, integer, string, tags

FORWARD = [{"type": "forward", "target_group_arn": TEXT}]
INSTEAD: dict[str, dict[str, Any]] = {
    "aws.ssm_parameter": {"value": None},
    "aws.launch_template": {"launch_template_data": {"image_id": TEXT, "instance_type": "t3.small"}},
    "aws.lb_listener": {"default_actions": FORWARD},
    "aws.lb_listener_rule": {"actions": FORWARD},
}
"""Values of the tried want that are not just any: of two attributes that exclude each other one is left out; free structures are legal."""

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("aws.ssm_parameter", "update content to nothing"): "a parameter has a value at all times, so there is no want without one",
    ("aws.dhcp_options", r"\w+: never read"): "they are told as values under keys that are values, too, which no model names",
}
"""Type and pattern of problems → why they are none. Every one must still be needed."""


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any, so that botocore signs; nothing is sent."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.mark.parametrize("type", driver.natives.values(), ids=driver.natives)
def test_a_type_agrees_with_the_vendors_models(type: NativeType[Any]) -> None:
    found = problems(type, INSTEAD.get(type.name))
    excused = [pattern for name, pattern in EXCEPTIONS if name == type.name]
    assert [each for each in found if not any(re.match(pattern, each) for pattern in excused)] == []
    needless = [pattern for pattern in excused if not any(re.match(pattern, each) for each in found)]
    assert not needless, f"{type.name}: no longer exceptions: {needless}"


def test_exceptions_are_few_and_have_reasons() -> None:
    assert len(EXCEPTIONS) == 2
    assert all(name in driver.natives and len(reason.split()) > 5 for (name, _), reason in EXCEPTIONS.items())
    assert INSTEAD.keys() <= driver.natives.keys()


class Wrong(ServiceType):
    """A role that is wrong in nearly every way."""

    name = "aws.wrong"
    identity = UniqueName(attribute="role_name")
    calls = Calls("iam", create="create_role", read="get_role", list="list_roles", delete="delete_role", id="role_name", key="role_name",
                  made="rolle", row="role", rows="roles", updates={"trust": "update_assume_role_policy", "none": "update_role"})
    tagging = Tagging("tag_role", "untag_role", parameter="rolename", told="tags")
    attributes: ClassVar[dict[str, Any]] = {
        "role_name": string("Its name."),
        "colour": string("No member of anything."),
        "max_session_duration": string("A number, really."),
        "assume_role_policy_document": string("Not called so when it is updated.", group="trust"),
        "shade": string("Told nowhere.", read_only=True),
        "tags": tags(),
    }


class Misspelt(ServiceType):
    """Calls that are not there.  https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""

    name = "aws.misspelt"
    identity = UniqueName(attribute="role_name", marked=False)
    calls = Calls("iam", create="make_role", delete="delete_role", id="role_name", key="role_name")
    attributes: ClassVar[dict[str, Any]] = {"role_name": string("Its name.")}


class Wordy(ServiceType):
    """A key of a kind that is not.  https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html"""

    name = "aws.wordy"
    identity = Token()
    calls = Calls("kms", create="create_key", read="describe_key", list="list_keys", delete="schedule_key_deletion", id="key_id",
                  key="key_id", made="key_metadata", row="key_metadata", rows="keys")
    attributes: ClassVar[dict[str, Any]] = {"key_spec": string("Its kind.", enum=["RSA_2048", "RSA_5"])}


class Untagged(Ec2Type):
    """A VPC without marks.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html"""

    name = "aws.untagged"
    identity = Tagged()
    noun = Noun("create_vpc", "describe_vpcs", "delete_vpc", "Nets", "VpcId", "vpc-id", "net", made="Vpc")
    attributes: ClassVar[dict[str, Any]] = {"cidr_block": integer("An address range."), "tags": tags()}

    def proof(self, want: Any, intent: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(("type", "planted"), [
    (Wrong(), ["page:", "colour: CreateRoleRequest has no such member", "max_session_duration: string here, integer in",
               "assume_role_policy_document: UpdateAssumeRolePolicyRequest has no such member", "none: an update of a group",
               "assume_role_policy_document: create_role requires it", "rolename: tag_role takes no such parameter",
               "rolle: nothing of the kind in the answer of create_role", "create: CreateRoleRequest has no colour", "shade: never read"]),
    (Misspelt(), ["make_role: iam has no such operation"]),
    (Wordy(), ["key_spec: ['RSA_5'] are no values of KeySpec", "identity: a Token without a token", "create: the token is not sent"]),
    (Untagged(), ["Nets: nothing of the kind in the answer of describe_vpcs", "net: no resource type", "create: the mark is not sent"]),
], ids=lambda each: each.name if isinstance(each, NativeType) else "")
def test_what_is_planted_is_found(type: NativeType[Any], planted: list[str]) -> None:
    found = problems(type)
    missing = [each for each in planted if not any(problem.startswith(each) for problem in found)]
    assert not missing, f"not found: {missing}; found: {found}"
