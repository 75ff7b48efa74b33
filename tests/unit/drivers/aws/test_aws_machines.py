"""EC2 instances by hand, requests and answers checked against the SDK's model."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from tests.unit.drivers.aws.stubbed import Stubbed

from mcflow.drivers.aws.operations import AwsOperations
from mcflow.drivers.sdk import NotFound

OPERATIONS = AwsOperations()
TYPE = "aws.instance"


@pytest.fixture
def api() -> Stubbed:
    return Stubbed()


def filters(name: str, value: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": [value]}]}


def seen(api: Stubbed, *rows: dict[str, Any]) -> None:
    api.expect("ec2", "describe_instances", {"Reservations": [{"Instances": list(rows)}]},
               Filters=[{"Name": "instance-id", "Values": ["i-1"]}])


@pytest.mark.parametrize(("verb", "call"), [("start", "start_instances"), ("stop", "stop_instances"), ("reboot", "reboot_instances")])
def test_each_verb_is_one_call(api: Stubbed, verb: Any, call: str) -> None:
    api.expect("ec2", call, {}, InstanceIds=["i-1"])
    assert OPERATIONS.perform(api, TYPE, "i-1", verb).id == "i-1"
    assert api.done()
    assert OPERATIONS.verbs("aws.vpc") == ()


@pytest.mark.parametrize(("verb", "state", "reason", "told"), [
    ("stop", "stopping", "", "running"), ("stop", "stopped", "", "done"), ("start", "pending", "", "running"),
    ("start", "running", "", "done"), ("reboot", "running", "", "done"), ("start", "terminated", "", "failed"),
    ("start", "stopped", "Server.InsufficientInstanceCapacity", "failed"),
    ("start", "stopped", "Client.UserInitiatedShutdown", "running"),
])
def test_progress(api: Stubbed, verb: Any, state: str, reason: str, told: str) -> None:
    seen(api, {"InstanceId": "i-1", "State": {"Name": state}, "StateReason": {"Code": reason, "Message": "why"}})
    assert [(each.operation, each.status) for each in OPERATIONS.progress(api, TYPE, ["i-1"], verb)] == [("i-1", told)]


def test_the_console_as_it_is_now_or_as_it_was(api: Stubbed) -> None:
    boot = {"Output": base64.b64encode(b"boot\n").decode()}
    api.expect("ec2", "get_console_output", boot, InstanceId="i-1", Latest=True)
    assert OPERATIONS.console(api, TYPE, "i-1") == "boot\n"
    api.refuse("ec2", "get_console_output", "UnsupportedOperation")
    api.expect("ec2", "get_console_output", {}, InstanceId="i-1")
    assert OPERATIONS.console(api, TYPE, "i-1") == ""


def test_the_password_stays_encrypted(api: Stubbed) -> None:
    api.expect("ec2", "get_password_data", {"PasswordData": base64.b64encode(b"sealed").decode()}, InstanceId="i-1")
    assert OPERATIONS.password(api, TYPE, "i-1") == b"sealed"
    api.expect("ec2", "get_password_data", {"PasswordData": ""}, InstanceId="i-1")
    assert OPERATIONS.password(api, TYPE, "i-1") == b""


@pytest.mark.parametrize(("image", "user"), [
    ({"Name": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260801"}, "ubuntu"),
    ({"Name": "debian-12-amd64-20260101", "Description": "Debian 12, not Ubuntu"}, "admin"),
    ({"Name": "al2023-ami-2023.1-kernel-6.1-x86_64"}, "ec2-user"), ({"Name": "RHEL-9.4.0_HVM"}, "ec2-user"),
    ({"Name": "own", "PlatformDetails": "Red Hat Enterprise Linux"}, "ec2-user"),
    ({"Name": "own", "Description": "based on Debian"}, "admin"),
    ({"Name": "Windows_Server-2022-English-Full-Base"}, "Administrator"), ({"Name": "own"}, ""),
])
def test_whom_the_image_lets_in(api: Stubbed, image: dict[str, str], user: str) -> None:
    seen(api, {"InstanceId": "i-1", "State": {"Name": "running"}, "ImageId": "ami-1", "PublicIpAddress": "203.0.113.7",
               "PrivateIpAddress": "10.0.0.7", "KeyName": "k"})
    api.expect("ec2", "describe_images", {"Images": [image]}, **filters("image-id", "ami-1"), IncludeDeprecated=True)
    login = OPERATIONS.login(api, TYPE, "i-1", {})
    assert (login.user, login.public, login.private, login.key_name) == (user, "203.0.113.7", "10.0.0.7", "k")


def test_a_machine_whose_image_is_gone_and_one_that_is_gone_itself(api: Stubbed) -> None:
    seen(api, {"InstanceId": "i-1", "State": {"Name": "running"}, "ImageId": "ami-1", "Ipv6Address": "2001:db8::7"})
    api.expect("ec2", "describe_images", {"Images": []}, **filters("image-id", "ami-1"), IncludeDeprecated=True)
    assert OPERATIONS.login(api, TYPE, "i-1", {}).public == "2001:db8::7"
    seen(api, {"InstanceId": "i-1", "State": {"Name": "terminated"}})
    with pytest.raises(NotFound):
        OPERATIONS.login(api, TYPE, "i-1", {})
