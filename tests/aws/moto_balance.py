"""Load balancers and file systems as AWS has them and moto has not: what takes its time, what is refused while something else stands on it,
calls that moto lacks. Fills the tables of the wrapper; `mend` corrects moto's models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.aws.moto_inventory import LISTS, Rows, listed, pages
from tests.aws.moto_refusals import REFUSALS, Params, Refusal
from tests.aws.moto_transitions import LINGERING, Lingering

SOON = 0.05
"""Seconds from the first look at a load balancer until it is active. A target that was deregistered is gone at the second look."""
JSON = {"Content-Type": "application/json"}
LENIENT = {"TCP", "HTTP", "HTTPS"}
"""The protocols that moto lets a listener be changed to."""


def mend() -> None:
    """Calls that elbv2 and EFS have and moto lacks or has wrong. To be called before the server takes requests."""
    _mend_balancers()
    _mend_targets()
    _mend_files()


def _mend_balancers() -> None:
    from moto.elbv2.models import AvailabilityZone, ELBv2Backend, FakeLoadBalancer

    set_subnets, modify_listener = ELBv2Backend.set_subnets, ELBv2Backend.modify_listener

    def activate(self: Any) -> None:
        if time.monotonic() >= vars(self).setdefault("_active_at", time.monotonic() + SOON):
            self.state = "active"

    def set_any_subnets(self: Any, arn: str, subnets: list[str], subnet_mappings: list[Any]) -> Any:
        balancer = self.load_balancers.get(arn)
        if balancer is None or balancer.type == "application" or len(subnets) != 1:
            return set_subnets(self, arn, subnets, subnet_mappings)
        balancer.subnets = [self.ec2_backend.get_subnet(subnets[0])]
        return [AvailabilityZone(each) for each in balancer.subnets]

    def modify_any_listener(self: Any, arn: str, port: Any, protocol: Any, *rest: Any) -> Any:
        listener = modify_listener(self, arn, port, protocol if protocol in LENIENT else None, *rest)
        listener.protocol = protocol or listener.protocol
        if listener.protocol not in ("HTTPS", "TLS"):
            listener.certificates, listener.certificate = [], None
        return listener

    FakeLoadBalancer.activate = activate  # type: ignore[method-assign]
    ELBv2Backend.set_subnets = set_any_subnets  # type: ignore[method-assign]
    ELBv2Backend.modify_listener = modify_any_listener  # type: ignore[method-assign]


def _mend_targets() -> None:
    from moto.elbv2.models import ELBv2Backend, FakeTargetGroup

    deregister, describe = FakeTargetGroup.deregister, ELBv2Backend.describe_target_health

    def leave(self: Any, targets: list[dict[str, Any]]) -> None:
        deregister(self, targets)
        vars(self).setdefault("_leaving", {}).update({each["Id"]: each for each in targets})

    def describe_all(self: Any, target_group_arn: str, targets: list[dict[str, Any]]) -> Any:
        told = describe(self, target_group_arn, targets)
        if targets:
            return told
        group = self.target_groups[target_group_arn]
        leaving = [each for each in vars(group).pop("_leaving", {}).values() if each["Id"] not in group.targets]
        for each in leaving:
            health = group.health_for(each, self.ec2_backend)
            health.status, health.reason = "draining", "Target.DeregistrationInProgress"
            told = [*told, health]
        return told

    FakeTargetGroup.deregister = leave  # type: ignore[method-assign]
    ELBv2Backend.describe_target_health = describe_all  # type: ignore[method-assign]


def _mend_files() -> None:
    from moto.efs import urls
    from moto.efs.models import EFSBackend
    from moto.efs.responses import EFSResponse

    urls.url_paths["/2015-02-01/file-systems/<file_system_id>/protection"] = urls.response.dispatch

    def system(self: Any) -> Any:
        id = self._get_param("FileSystemId")
        return self.efs_backend.describe_file_systems(file_system_id=id)[1][0]

    def put_backup_policy(self: Any) -> Any:
        policy = self._get_param("BackupPolicy")
        system(self)._backup = policy["Status"] == "ENABLED"
        return json.dumps({"BackupPolicy": policy}), JSON

    def update_file_system(self: Any) -> Any:
        found = system(self)
        found.throughput_mode = self._get_param("ThroughputMode") or found.throughput_mode
        found.provisioned_throughput_in_mibps = self._get_param("ProvisionedThroughputInMibps")
        return json.dumps(found.info_json()), JSON

    def update_file_system_protection(self: Any) -> Any:
        found = system(self)
        found.file_system_protection = {"ReplicationOverwriteProtection": self._get_param("ReplicationOverwriteProtection")}
        return json.dumps(found.file_system_protection), JSON

    create_mount_target = EFSBackend.create_mount_target

    def create_with_its_interface(self: Any, *given: Any, **named: Any) -> Any:
        target = create_mount_target(self, *given, **named)
        interface = self.ec2_backend.enis[target.network_interface_id]
        interface.requester_managed, interface.interface_type = True, "efs"
        return target

    EFSBackend.create_mount_target = create_with_its_interface  # type: ignore[method-assign]
    for made in (put_backup_policy, update_file_system, update_file_system_protection):
        setattr(EFSResponse, made.__name__, made)


def _refuse_also(action: str, rule: Callable[[Params, Any], Refusal | None]) -> None:
    before = REFUSALS.get(action)
    REFUSALS[action] = rule if before is None else lambda params, backend: before(params, backend) or rule(params, backend)


def _balancers(ec2: Any) -> list[Any]:
    from moto.elbv2.models import elbv2_backends

    return list(elbv2_backends[ec2.account_id][ec2.region_name].load_balancers.values())


def _delete_group(params: Params, ec2: Any) -> Refusal | None:
    id = params.get("GroupId", "")
    used = any(id in balancer.security_groups for balancer in _balancers(ec2))
    return ("DependencyViolation", f"resource {id} has a dependent object") if used else None


def _delete_subnet(params: Params, ec2: Any) -> Refusal | None:
    id = params.get("SubnetId", "")
    used = any(id == subnet.id for balancer in _balancers(ec2) for subnet in balancer.subnets)
    return ("DependencyViolation", f"The subnet '{id}' has dependencies and cannot be deleted.") if used else None


def _delete_balancer(params: Params, backend: Any) -> Refusal | None:
    balancer = backend.load_balancers.get(params.get("LoadBalancerArn"))
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        return "OperationNotPermitted", f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled"
    return None


def _repeated_access_point(params: Params, backend: Any) -> Refusal | None:
    token = params.get("ClientToken")
    known = any(each.client_token == token for each in backend.access_points.values())
    return ("AccessPointAlreadyExists", f"Access point already exists with token {token}") if known else None


def _named(kind: str, member: str) -> Callable[[Mapping[str, Any], str, Any], Any]:
    """The object whose id is in an answer."""
    def find(values: Mapping[str, Any], answer: str, backend: Any) -> Any:
        return getattr(backend, kind).get(json.loads(answer).get(member))

    return find


_refuse_also("DeleteSecurityGroup", _delete_group)
_refuse_also("DeleteSubnet", _delete_subnet)
_refuse_also("elbv2.DeleteLoadBalancer", _delete_balancer)
_refuse_also("efs.CreateAccessPoint", _repeated_access_point)
LINGERING["efs.CreateFileSystem"] = Lingering(_named("file_systems_by_id", "FileSystemId"), "life_cycle_state", "creating")
LINGERING["efs.CreateMountTarget"] = Lingering(_named("mount_targets_by_id", "MountTargetId"), "life_cycle_state", "creating")


def _listeners(elbv2: Any) -> Rows:
    for balancer in (row for page in pages(elbv2, "describe_load_balancers") for row in page["LoadBalancers"]):
        yield balancer["LoadBalancerArn"], "lb"
        for listener in elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            yield listener["ListenerArn"], "lb_listener"
            for rule in elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                if not rule["IsDefault"]:
                    yield rule["RuleArn"], "lb_listener_rule"
            for row in elbv2.describe_listener_certificates(ListenerArn=listener["ListenerArn"])["Certificates"]:
                if not row["IsDefault"]:
                    yield f"{listener['ListenerArn']}|{row['CertificateArn']}", "lb_listener_certificate"


def _targets(elbv2: Any) -> Rows:
    for group in (row for page in pages(elbv2, "describe_target_groups") for row in page["TargetGroups"]):
        arn = group["TargetGroupArn"]
        yield arn, "lb_target_group"
        for row in elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]:
            if row["TargetHealth"]["State"] != "draining":
                yield f"{arn}|{row['Target']['Id']}|{row['Target']['Port']}", "lb_target_registration"


def _mounts(efs: Any) -> Rows:
    for system in (row for page in pages(efs, "describe_file_systems") for row in page["FileSystems"]):
        yield system["FileSystemId"], "efs_file_system"
        for row in efs.describe_mount_targets(FileSystemId=system["FileSystemId"])["MountTargets"]:
            yield f"{row['FileSystemId']}|{row['SubnetId']}", "efs_mount_target"


LISTS["elbv2"] = (_listeners, _targets)
LISTS["efs"] = (_mounts, listed("efs_access_point", "describe_access_points", "AccessPoints", "AccessPointId"))
