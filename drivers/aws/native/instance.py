"""EC2 instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, pascal, request_id, where
from mcflow.drivers.aws.native.volume import modifications, modify_volume, without_usual
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Group,
    Intent,
    InvalidRequest,
    NotFound,
    Progress,
    Submitted,
    Token,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)

STATES: dict[str, Any] = {"pending": "pending", "running": "ready", "stopping": "pending", "stopped": "ready", "shutting-down": "deleting",
                          "terminated": "gone"}
RESTART = ["power", "instance_type"]
"""Groups whose change may give other public addresses and names: they stop and start the instance."""
ROOT = {"root_volume_size": "size", "root_volume_type": "volume_type", "root_volume_iops": "iops", "root_volume_throughput": "throughput"}
"""Attributes of the root volume, and what the volume calls them."""
EBS = {"root_volume_size": "VolumeSize", "root_volume_type": "VolumeType", "root_volume_iops": "Iops",
       "root_volume_throughput": "Throughput"}
SENT_ALIKE = ("image_id", "instance_type", "key_name", "user_data", "ebs_optimized", "disable_api_termination")
INTERFACE = {"subnet_id": "SubnetId", "private_ip_address": "PrivateIpAddress", "associate_public_ip_address": "AssociatePublicIpAddress",
             "security_group_ids": "Groups"}


@native_type
class Instance(Ec2Type):
    """One EC2 instance with its first interface and root volume. A terminated one is gone.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html"""

    name = "aws.instance"
    identity = Token()
    noun = Noun("run_instances", "describe_instances", "terminate_instances", "Reservations", "InstanceId", "instance-id", "instance")
    seconds = 30.0
    groups = (Group("instance_type", needs={"power": "stopped"}), Group("ebs_optimized", needs={"power": "stopped"}))
    attributes = {
        "image_id": string("The AMI it starts from.", reference=["aws.image"]),
        "instance_type": string("Its size.", group="instance_type"),
        "subnet_id": string("The subnet of its first interface.", reference=["aws.subnet"], default_from_cloud=True),
        "security_group_ids": array(string(), "The security groups of its first interface.", set=True, group="security_groups",
                                    default_from_cloud=True, reference=["aws.security_group"]),
        "private_ip_address": string("Its address in the subnet.", default_from_cloud=True, incidental=True),
        "associate_public_ip_address": boolean("Whether it gets a public address of its own; absent: as the subnet says.", write_only=True),
        "key_name": string("The key pair for SSH.", reference=["aws.key_pair"], default=""),
        "user_data": string("What it runs at its first start.", at_create=True, write_only=True, sensitive=True),
        "power": string("Whether it runs; absent: not managed.", enum=["running", "stopped"], group="power", default_from_cloud=True),
        "source_dest_check": boolean("Whether only traffic from and to itself passes.", group="source_dest_check", set_after_create=True,
                                     default=True),
        "disable_api_termination": boolean("Whether the API refuses to terminate it.", write_only=True, group="disable_api_termination"),
        "ebs_optimized": boolean("Whether it has bandwidth of its own to its volumes.", group="ebs_optimized", default_from_cloud=True),
        "iam_instance_profile": string("The name of its instance profile.", default="", reference=["aws.iam_instance_profile"]),
        "placement": record({"availability_zone": string(default_from_cloud=True), "tenancy": string(default_from_cloud=True),
                             "group_name": string(default_from_cloud=True), "host_id": string(default_from_cloud=True)},
                            "Where it runs.", default_from_cloud=True),
        "instance_lifecycle": string("spot for one that AWS may take back.", enum=["on-demand", "spot"], default="on-demand"),
        "root_volume_size": integer("GiB.", minimum=1, group="root_volume", default_from_cloud=True, grows=True),
        "root_volume_type": string("As a volume's volume_type.", group="root_volume", default_from_cloud=True),
        "root_volume_iops": integer("Operations a second.", group="root_volume", default_from_cloud=True),
        "root_volume_throughput": integer("MiB/s.", group="root_volume", default_from_cloud=True),
        "availability_zone": string("The zone it runs in.", read_only=True),
        "vpc_id": string("The VPC it is in.", read_only=True),
        "public_ip_address": string("Its public address.", read_only=True, changes_with=RESTART),
        "public_dns_name": string("Its public name.", read_only=True, changes_with=RESTART),
        "private_dns_name": string("Its name in the VPC.", read_only=True),
        "state": string("pending, running, stopping, stopped …", read_only=True, changes_with=RESTART),
        "tags": tags(),
    }
    required = ("image_id", "instance_type")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        answer = api.call("run_instances", **self.request(api, want), **self.proof(want, intent))
        return Submitted(answer["Instances"][0]["InstanceId"], request_id=request_id(answer))

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        sent: dict[str, Any] = {pascal(name): want[name] for name in SENT_ALIKE if want.get(name) is not None}
        sent |= {"MinCount": 1, "MaxCount": 1}
        interface = {spelling: want[name] for name, spelling in INTERFACE.items() if want.get(name) is not None}
        if "AssociatePublicIpAddress" in interface:
            sent["NetworkInterfaces"] = [{"DeviceIndex": 0, **interface}]
        elif interface:
            groups = interface.pop("Groups", None)
            sent |= {**interface, **({"SecurityGroupIds": groups} if groups else {})}
        if want.get("placement"):
            sent["Placement"] = {pascal(name): value for name, value in want["placement"].items() if value is not None}
        if want.get("iam_instance_profile"):
            sent["IamInstanceProfile"] = {"Name": want["iam_instance_profile"]}
        if want.get("instance_lifecycle") == "spot":
            sent["InstanceMarketOptions"] = {"MarketType": "spot"}
        ebs = {spelling: want[name] for name, spelling in EBS.items() if want.get(name) is not None}
        if ebs:
            sent["BlockDeviceMappings"] = [{"DeviceName": root_device(api, want["image_id"]), "Ebs": {**ebs, "DeleteOnTermination": True}}]
        return sent

    def rows(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for reservation in api.pages("describe_instances", "Reservations", Filters=list(conditions)):
            yield from reservation["Instances"]

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["State"]["Name"], "pending"), row.get("StateReason", {}).get("Message", "")

    def provided(self, row: Mapping[str, Any]) -> bool:
        return any(tag["Key"] == "aws:autoscaling:groupName" for tag in row.get("Tags", ()))

    def born(self, row: Mapping[str, Any]) -> float | None:
        return row["LaunchTime"].timestamp() if row.get("LaunchTime") else None

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        state = row["State"]["Name"]
        placement = {name: row.get("Placement", {}).get(pascal(name)) for name in ("availability_zone", "tenancy", "group_name", "host_id")}
        attributes = {
            **super().read(row),
            "state": state,
            "power": state if state in ("running", "stopped") else None,
            "security_group_ids": sorted(group["GroupId"] for group in _groups(row)),
            "iam_instance_profile": row.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2] or None,
            "placement": {name: value for name, value in placement.items() if value} or None,
            "availability_zone": placement["availability_zone"],
            "instance_lifecycle": row.get("InstanceLifecycle") or "on-demand",
        }
        return {name: value for name, value in attributes.items() if value not in (None, "")}

    def read_all(self, api: AwsSession, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        roots = {row["InstanceId"]: _root_volume(row) for row in rows}
        ids = sorted(filter(None, roots.values()))
        volumes: dict[str, dict[str, Any]] = {}
        for at in range(0, len(ids), self.batch):
            for volume in api.pages("describe_volumes", "Volumes", Filters=[where("volume-id", ids[at:at + self.batch])]):
                told = {name: volume.get(pascal(spelling)) for name, spelling in ROOT.items()}
                volumes[volume["VolumeId"]] = {name: value for name, value in told.items() if value}
        return [{**self.read(row), **volumes.get(roots[row["InstanceId"]] or "", {})} for row in rows]

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {name: value for name, value in super().portray(attributes).items()
                  if (name, value) not in (("power", "running"), ("ebs_optimized", False))}
        placement = wanted.get("placement", {})
        if placement.get("tenancy", "default") == "default" and not placement.keys() & {"group_name", "host_id"}:
            # The subnet says where it runs.
            wanted.pop("placement", None)
        return without_usual(wanted, wanted.get("root_volume_type"), "root_volume_iops", "root_volume_throughput")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | dict[str, Any]:
        if group == "root_volume":
            return self._modify_root(api, id, want)
        return CHANGES[group](api, id, want)

    def _modify_root(self, api: AwsSession, id: str, want: Mapping[str, Any]) -> Submitted:
        row = self.row(api, id)
        volume = _root_volume(row)
        if volume is None:
            raise InvalidRequest(f"instance {id} has no EBS root volume")
        present = self.read_all(api, [row])[0]
        wanted = {ROOT[name]: want[name] for name in ROOT if want.get(name) is not None}
        done = modify_volume(api, volume, wanted, {ROOT[name]: present.get(name) for name in ROOT})
        return Submitted(id, done.operation, done.request_id)

    def poll(self, api: AwsSession, operations: Sequence[str]) -> Iterator[Progress]:
        return (Progress(each.operation, each.status, each.reason) for each in modifications(api, operations))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        return Submitted(id, request_id=request_id(api.call("terminate_instances", InstanceIds=[id])))


def _power(api: AwsSession, id: str, want: Mapping[str, Any]) -> dict[str, Any]:
    return api.call("stop_instances" if want.get("power") == "stopped" else "start_instances", InstanceIds=[id])


def _modify(attribute: str, value: Callable[[Mapping[str, Any]], Any]) -> Callable[[AwsSession, str, Mapping[str, Any]], dict[str, Any]]:
    return lambda api, id, want: api.call("modify_instance_attribute", InstanceId=id, **{attribute: value(want)})


CHANGES: dict[str, Callable[[AwsSession, str, Mapping[str, Any]], dict[str, Any]]] = {
    "power": _power,
    "instance_type": _modify("InstanceType", lambda want: {"Value": want["instance_type"]}),
    "security_groups": _modify("Groups", lambda want: want["security_group_ids"]),
    "source_dest_check": _modify("SourceDestCheck", lambda want: {"Value": want.get("source_dest_check") is not False}),
    "disable_api_termination": _modify("DisableApiTermination", lambda want: {"Value": bool(want.get("disable_api_termination"))}),
    "ebs_optimized": _modify("EbsOptimized", lambda want: {"Value": bool(want.get("ebs_optimized"))}),
}


def root_device(api: AwsSession, image: str) -> str:
    """The name of an image's root device, under which its root volume's size is given. Raises NotFound."""
    def ask() -> str:
        for row in api.pages("describe_images", "Images", Filters=[where("image-id", image)]):
            return str(row.get("RootDeviceName") or "/dev/sda1")
        raise NotFound(f"image {image} is not there", code="InvalidAMIID.NotFound")

    return api.remember(("root device", image), ask)[0]


def _groups(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The groups of the first interface; where the instance does not repeat them, as the interface tells them."""
    if row.get("SecurityGroups"):
        return list(row["SecurityGroups"])
    interfaces = row.get("NetworkInterfaces", ())
    return [group for each in interfaces if each.get("Attachment", {}).get("DeviceIndex") == 0 for group in each["Groups"]]


def _root_volume(row: Mapping[str, Any]) -> str | None:
    for mapping in row.get("BlockDeviceMappings", ()):
        if mapping.get("DeviceName") == row.get("RootDeviceName") and mapping.get("Ebs"):
            return str(mapping["Ebs"]["VolumeId"])
    return None
