"""What can be done to EC2 instances by hand."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.ec2 import request_id, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.aws.token import cluster_token
from mcflow.drivers.sdk import InvalidRequest, Login, NotFound, Operations, Progress, Submitted
from mcflow.drivers.sdk.operations import ClusterToken, Verb

MACHINE = "aws.instance"
CALLS: Mapping[str, str] = {"start": "start_instances", "stop": "stop_instances", "reboot": "reboot_instances"}
WANTED: Mapping[str, str] = {"start": "running", "stop": "stopped", "reboot": "running"}
GONE = ("shutting-down", "terminated")

USERS: tuple[tuple[str, str], ...] = (
    (r"windows", "Administrator"), (r"ubuntu", "ubuntu"), (r"debian", "admin"), (r"centos", "centos"), (r"fedora", "fedora"),
    (r"rocky", "rocky"), (r"alma", "ec2-user"), (r"bitnami", "bitnami"), (r"coreos|flatcar", "core"),
    (r"amzn|al20\d\d-ami|amazon linux|rhel|red hat|suse|sles|freebsd|oracle|\bOL\d", "ec2-user"),
)
"""What an image's name, description or platform says, and the user it lets in.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html"""


class AwsOperations(Operations[AwsSession]):
    """EC2 instances: power, console, the first password of Windows, whom the image lets in."""

    def verbs(self, type: str) -> Sequence[Verb]:
        return ("start", "stop", "reboot") if type == MACHINE else ()

    def perform(self, api: AwsSession, type: str, id: str, verb: Verb) -> Submitted:
        return Submitted(id, request_id=request_id(api.call(CALLS[verb], InstanceIds=[id])))

    def progress(self, api: AwsSession, type: str, ids: Sequence[str], verb: Verb) -> Iterator[Progress]:
        """EC2 does not tell when a reboot is over: a machine that runs counts."""
        for row in _rows(api, ids):
            state = row["State"]["Name"]
            if state in GONE:
                yield Progress(row["InstanceId"], "failed", state)
            elif verb == "start" and state == "stopped" and row.get("StateReason", {}).get("Code", "").startswith("Server."):
                # It tried and fell back: no capacity, or a volume that could not be attached.
                yield Progress(row["InstanceId"], "failed", row["StateReason"].get("Message", state))
            else:
                yield Progress(row["InstanceId"], "done" if state == WANTED[verb] else "running", state)

    def console(self, api: AwsSession, type: str, id: str) -> str:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html"""
        try:
            answer = api.call("get_console_output", InstanceId=id, Latest=True)
        except InvalidRequest:
            # Only instances on Nitro show the console as it is now.
            answer = api.call("get_console_output", InstanceId=id)
        return str(answer.get("Output") or "")

    def password(self, api: AwsSession, type: str, id: str) -> bytes:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetPasswordData.html"""
        return base64.b64decode(api.call("get_password_data", InstanceId=id).get("PasswordData") or "")

    def login(self, api: AwsSession, type: str, id: str, attributes: Mapping[str, Any]) -> Login:
        row = next(_rows(api, [id]), None)
        if row is None or row["State"]["Name"] in GONE:
            raise NotFound(f"{id} is not there")
        public = row.get("PublicIpAddress") or row.get("Ipv6Address") or row.get("PublicDnsName") or ""
        return Login(_user(api, row), public, row.get("PrivateIpAddress", ""), row.get("KeyName", ""))

    def cluster_token(self, api: AwsSession, cluster: str) -> ClusterToken:
        return cluster_token(api, cluster)


def _rows(api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    for reservation in api.pages("describe_instances", "Reservations", Filters=[where("instance-id", ids)]):
        yield from reservation["Instances"]


def _user(api: AwsSession, row: Mapping[str, Any]) -> str:
    """Whom the image lets in; empty where that cannot be told."""
    told = [row.get("Platform", ""), row.get("PlatformDetails", "")]
    for image in api.pages("describe_images", "Images", Filters=[where("image-id", row.get("ImageId", ""))], IncludeDeprecated=True):
        # The name first: a description may speak of others ("based on Debian").
        for text in (image.get("Name", ""), *told, image.get("PlatformDetails", ""), image.get("Description", "")):
            for pattern, user in USERS:
                if re.search(pattern, text, re.IGNORECASE):
                    return user
    return "Administrator" if "windows" in " ".join(told).lower() else ""
