"""Roles, policies, keys, secrets, parameters, alarms and log groups on AWS: cases of the conformance suite, how they are listed, and what
can be done to them behind mcflow's back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.aws.moto_handle import MotoCloud
from tests.aws.moto_inventory import LISTS, Listing, Rows, listed, pages
from tests.conformance.aws_cloud import ALTERATIONS, REMOVALS, TAGS
from tests.conformance.fragments import block, ref

from mcflow.conformance import Case, Change, Drifted

READS = ["s3:GetObject"]


def trust(service: str) -> dict[str, Any]:
    """Who may take a role: a service."""
    return {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def allowing(*actions: str) -> dict[str, Any]:
    """A policy that allows these actions."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def managing(*actions: str) -> dict[str, Any]:
    """A key's policy that lets the account do these things."""
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": root, "Action": list(actions), "Resource": "*"}]}


ROLE = {"role": block("aws.iam_role", role_name="tried-role", assume_role_policy_document=trust("ec2"), description="first")}
OTHER_ROLE = {"other": block("aws.iam_role", role_name="tried-other", assume_role_policy_document=trust("ec2"))}
POLICY = {"policy": block("aws.iam_policy", policy_name="tried-policy", policy_document=allowing(*READS))}
PROFILE = {"profile": block("aws.iam_instance_profile", instance_profile_name="tried-profile")}
KEY = {"key": block("aws.kms_key", description="first")}
ALARM = {"alarm_name": "tried-alarm", "namespace": "AWS/EC2", "metric_name": "CPUUtilization", "statistic": "Average", "period": 60,
         "evaluation_periods": 2, "threshold": 80, "comparison_operator": "GreaterThanThreshold",
         "dimensions": [{"name": "InstanceId", "value": "i-0123456789abcdef0"}]}
TEXT = {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 6, "properties": {"markdown": "hello"}}]}

NATIVE = [
    Case("aws.iam_role", "role", ROLE,
         updates=[Change("settings", {"description": "second", "max_session_duration": 7200}),
                  Change("trust", {"assume_role_policy_document": trust("lambda")}),
                  Change("boundary", {"permissions_boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"})],
         replace=Change("role_name", {"role_name": "tried-role-2"}), removable="", drift=Drifted("", "description", "by hand")),
    Case("aws.iam_policy", "policy", POLICY, updates=[Change("document", {"policy_document": allowing(*READS, "s3:PutObject")})],
         replace=Change("policy_name", {"policy_name": "tried-policy-2"}), removable="",
         drift=Drifted("", "policy_document", allowing("s3:DeleteObject"))),
    Case("aws.iam_role_policy", "inline", {**ROLE, "inline": block(
            "aws.iam_role_policy", role_name=ref("role"), policy_name="reads", policy_document=allowing(*READS))},
         updates=[Change("document", {"policy_document": allowing(*READS, "s3:PutObject")})],
         replace=Change("policy_name", {"policy_name": "writes"}), removable="",
         drift=Drifted("", "policy_document", allowing("s3:DeleteObject"))),
    Case("aws.iam_role_policy_attachment", "attached", {**ROLE, **OTHER_ROLE, **POLICY, "attached": block(
            "aws.iam_role_policy_attachment", role_name=ref("role"), policy_arn=ref("policy"))},
         replace=Change("role_name", {"role_name": ref("other")}), removable=""),
    Case("aws.iam_instance_profile", "profile", PROFILE,
         replace=Change("instance_profile_name", {"instance_profile_name": "tried-profile-2"}), removable=""),
    Case("aws.iam_instance_profile_role", "in", {**ROLE, **OTHER_ROLE, **PROFILE, "in": block(
            "aws.iam_instance_profile_role", instance_profile_name=ref("profile"), role_name=ref("role"))},
         replace=Change("role_name", {"role_name": ref("other")}), removable=""),
    Case("aws.iam_openid_connect_provider", "trusted", {"trusted": block(
            "aws.iam_openid_connect_provider", url="https://oidc.example.com/id/1", client_id_list=["sts.amazonaws.com"],
            thumbprint_list=["a" * 40])},
         updates=[Change("thumbprints", {"thumbprint_list": ["b" * 40]})],
         replace=Change("url", {"url": "https://oidc.example.com/id/2"}), removable="", drift=Drifted("", "thumbprint_list", ["c" * 40])),
    Case("aws.kms_key", "key", KEY,
         updates=[Change("description", {"description": "second"}), Change("policy", {"policy": managing("kms:*")}),
                  Change("enabled", {"enabled": False}), Change("rotation", {"enable_key_rotation": True})],
         replace=Change("key_spec", {"key_spec": "RSA_2048", "key_usage": "SIGN_VERIFY"}), removable="",
         drift=Drifted("", "description", "by hand")),
    Case("aws.kms_alias", "alias", {**KEY, "spare": block("aws.kms_key"), "alias": block(
            "aws.kms_alias", alias_name="tried", target_key_id=ref("key"))},
         updates=[Change("target", {"target_key_id": ref("spare")})], replace=Change("alias_name", {"alias_name": "tried-2"}),
         removable=""),
    Case("aws.secretsmanager_secret", "secret", {**KEY, "secret": block(
            "aws.secretsmanager_secret", name="tried-secret", secret_string="{{ 'first' }}", description="first")},
         updates=[Change("value", {"secret_string": "{{ 'second' }}"}), Change("settings", {"description": "second"})],
         replace=Change("name", {"name": "tried-secret-2"}), removable="", drift=Drifted("", "description", "by hand")),
    Case("aws.ssm_parameter", "plain", {
            "plain": block("aws.ssm_parameter", name="/tried/plain", type="String", insecure_value="first"),
            "sealed": block("aws.ssm_parameter", name="/tried/sealed", type="SecureString", value="{{ 'first' }}")},
         updates=[Change("content", {"insecure_value": "second", "description": "second"})],
         replace=Change("name", {"name": "/tried/plain-2"}), removable="", drift=Drifted("", "insecure_value", "by hand")),
    Case("aws.cloudwatch_alarm", "alarm", {"alarm": block("aws.cloudwatch_alarm", **ALARM)},
         updates=[Change("alarm", {"threshold": 90, "alarm_description": "hot"})],
         replace=Change("alarm_name", {"alarm_name": "tried-alarm-2"}), removable="", drift=Drifted("", "threshold", 50)),
    Case("aws.cloudwatch_dashboard", "board", {"board": block(
            "aws.cloudwatch_dashboard", dashboard_name="tried-board", dashboard_body={"widgets": []})},
         updates=[Change("body", {"dashboard_body": TEXT})], replace=Change("dashboard_name", {"dashboard_name": "tried-board-2"}),
         removable="", drift=Drifted("", "dashboard_body", TEXT)),
    Case("aws.log_group", "logs", {"logs": block("aws.log_group", log_group_name="/tried/logs", retention_in_days=7)},
         updates=[Change("retention", {"retention_in_days": 30}), Change("for_ever", {"retention_in_days": None})],
         replace=Change("log_group_name", {"log_group_name": "/tried/logs-2"}), removable="", drift=Drifted("", "retention_in_days", 90)),
]

SKIPS = {
    "update[aws.iam_role_policy_attachment]": "a policy is on a role or it is not; nothing about it changes in place",
    "drift[aws.iam_role_policy_attachment]": "a policy is on a role or it is not, so there is nothing that could drift",
    "update[aws.iam_instance_profile]": "a profile has nothing that changes in place but its tags, which the tags check covers",
    "drift[aws.iam_instance_profile]": "IAM lets nobody change a profile but its tags and its role, which is a native of its own",
    "update[aws.iam_instance_profile_role]": "a role is in a profile or it is not; nothing about it changes in place",
    "drift[aws.iam_instance_profile_role]": "a role is in a profile or it is not, so there is nothing that could drift",
    "drift[aws.kms_alias]": "what an alias leads to is an id that only the run knows, so the case cannot name another",
}


# -- what lives


def _on_roles(iam: Any) -> Rows:
    for role in (each["RoleName"] for page in pages(iam, "list_roles") for each in page["Roles"]):
        for page in pages(iam, "list_role_policies", RoleName=role):
            yield from ((f"{role}|{name}", "role_policy") for name in page["PolicyNames"])
        for page in pages(iam, "list_attached_role_policies", RoleName=role):
            yield from ((f"{role}|{row['PolicyArn']}", "role_policy_attachment") for row in page["AttachedPolicies"])


def _profiles(iam: Any) -> Rows:
    for row in (each for page in pages(iam, "list_instance_profiles") for each in page["InstanceProfiles"]):
        yield row["InstanceProfileName"], "instance_profile"
        yield from ((f"{row['InstanceProfileName']}|{role['RoleName']}", "instance_profile_role") for role in row["Roles"])


def _policies(iam: Any) -> Rows:
    for page in pages(iam, "list_policies", Scope="Local"):
        yield from ((row["Arn"], "policy") for row in page["Policies"])


def _keys(kms: Any) -> Rows:
    for id in (row["KeyId"] for page in pages(kms, "list_keys") for row in page["Keys"]):
        told = kms.describe_key(KeyId=id)["KeyMetadata"]
        # moto makes a service's own key when it is first needed, and takes it for the customer's.
        if told["KeyState"] != "PendingDeletion" and told["KeyManager"] == "CUSTOMER" and told["Description"] != "Default key":
            yield id, "key"


def _add(service: str, *listings: Listing) -> None:
    LISTS[service] = (*LISTS.get(service, ()), *listings)


_add("iam", listed("role", "list_roles", "Roles", "RoleName"), _on_roles, _profiles, _policies,
     listed("openid_connect_provider", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"))
_add("kms", _keys, listed("alias", "list_aliases", "Aliases", "AliasName", lambda row: not row["AliasName"].startswith("alias/aws/")))
_add("secretsmanager", listed("secret", "list_secrets", "SecretList", "ARN", lambda row: not row["Name"].startswith("rds!")))
_add("ssm", listed("parameter", "describe_parameters", "Parameters", "Name", lambda row: not row["Name"].startswith("/aws/")))
_add("cloudwatch", listed("alarm", "describe_alarms", "MetricAlarms", "AlarmName"),
     listed("dashboard", "list_dashboards", "DashboardEntries", "DashboardName"))
_add("logs", listed("log_group", "describe_log_groups", "logGroups", "logGroupName"))


# -- tags


def _told(service: str, operation: str, parameter: str, rows: str = "Tags", key: str = "Key", text: str = "Value",
          **more: str) -> Callable[[MotoCloud, str], Mapping[str, str]]:
    def ask(moto: MotoCloud, id: str) -> Mapping[str, str]:
        found = [] if "|" in id else getattr(moto.client(service), operation)(**{parameter: id}, **more)[rows]
        return {row[key]: row[text] for row in found}

    return ask


def _alarm_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    arn = f"arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:{id}"
    return {row["Key"]: row["Value"] for row in moto.client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]}


def _log_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    arn = f"arn:aws:logs:ap-northeast-2:123456789012:log-group:{id}"
    found: Mapping[str, str] = moto.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    return found


def _profile_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    # moto fails on ListInstanceProfileTags.
    found = {} if "|" in id else moto.client("iam").get_instance_profile(InstanceProfileName=id)["InstanceProfile"]
    return {row["Key"]: row["Value"] for row in found.get("Tags", ())}


_of_key = _told("kms", "list_resource_tags", "KeyId", key="TagKey", text="TagValue")


def _ec2_rows(moto: MotoCloud, id: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = moto.client().describe_tags(Filters=[{"Name": "resource-id", "Values": [id]}])["Tags"]
    return rows


def _key_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    """A key's id is a UUID; other ids may begin as one does."""
    return _of_key(moto, id) if len(id) == 36 and id.count("-") == 4 else {row["Key"]: row["Value"] for row in _ec2_rows(moto, id)}


TAGS.update({
    "tried-role": _told("iam", "list_role_tags", "RoleName"), "tried-other": _told("iam", "list_role_tags", "RoleName"),
    "tried-profile": _profile_tags,
    "arn:aws:iam::123456789012:policy/": _told("iam", "list_policy_tags", "PolicyArn"),
    "arn:aws:iam::123456789012:oidc-provider/": _told("iam", "list_open_id_connect_provider_tags", "OpenIDConnectProviderArn"),
    "arn:aws:secretsmanager": _told("secretsmanager", "describe_secret", "SecretId"),
    "/tried/plain": _told("ssm", "list_tags_for_resource", "ResourceId", "TagList", ResourceType="Parameter"),
    "/tried/sealed": _told("ssm", "list_tags_for_resource", "ResourceId", "TagList", ResourceType="Parameter"),
    "tried-alarm": _alarm_tags, "tried-board": lambda moto, id: {}, "alias/": lambda moto, id: {}, "/tried/logs": _log_tags,
    **dict.fromkeys("0123456789", _key_tags),
})


# -- by hand


def _drop_policy(iam: Any, id: str) -> None:
    iam.delete_policy(PolicyArn=id)


def _rewrite(iam: Any, id: str, document: Any) -> None:
    iam.create_policy_version(PolicyArn=id, PolicyDocument=json.dumps(document), SetAsDefault=True)


def _part(operation: str, *parameters: str) -> Callable[[Any, str], Any]:
    return lambda client, id: getattr(client, operation)(**dict(zip(parameters, id.split("|"), strict=True)))


def _set_alarm(cloudwatch: Any, id: str, value: Any) -> None:
    row = cloudwatch.describe_alarms(AlarmNames=[id])["MetricAlarms"][0]
    kept = ("MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "ComparisonOperator", "Dimensions")
    cloudwatch.put_metric_alarm(AlarmName=id, Threshold=value, **{name: row[name] for name in kept})


REMOVALS.update({
    "aws.iam_role": lambda iam, id: iam.delete_role(RoleName=id), "aws.iam_policy": _drop_policy,
    "aws.iam_role_policy": _part("delete_role_policy", "RoleName", "PolicyName"),
    "aws.iam_role_policy_attachment": _part("detach_role_policy", "RoleName", "PolicyArn"),
    "aws.iam_instance_profile": lambda iam, id: iam.delete_instance_profile(InstanceProfileName=id),
    "aws.iam_instance_profile_role": _part("remove_role_from_instance_profile", "InstanceProfileName", "RoleName"),
    "aws.iam_openid_connect_provider": lambda iam, id: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=id),
    "aws.kms_key": lambda kms, id: kms.schedule_key_deletion(KeyId=id, PendingWindowInDays=7),
    "aws.kms_alias": lambda kms, id: kms.delete_alias(AliasName=id),
    "aws.secretsmanager_secret": lambda secrets, id: secrets.delete_secret(SecretId=id, ForceDeleteWithoutRecovery=True),
    "aws.ssm_parameter": lambda ssm, id: ssm.delete_parameter(Name=id),
    "aws.cloudwatch_alarm": lambda cloudwatch, id: cloudwatch.delete_alarms(AlarmNames=[id]),
    "aws.cloudwatch_dashboard": lambda cloudwatch, id: cloudwatch.delete_dashboards(DashboardNames=[id]),
    "aws.log_group": lambda logs, id: logs.delete_log_group(logGroupName=id),
})
ALTERATIONS.update({
    ("aws.iam_role", "description"): lambda iam, id, value: iam.update_role(RoleName=id, Description=value, MaxSessionDuration=3600),
    ("aws.iam_policy", "policy_document"): _rewrite,
    ("aws.iam_role_policy", "policy_document"): lambda iam, id, value: iam.put_role_policy(
        RoleName=id.split("|")[0], PolicyName=id.split("|")[1], PolicyDocument=json.dumps(value)),
    ("aws.iam_openid_connect_provider", "thumbprint_list"): lambda iam, id, value: iam.update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=id, ThumbprintList=value),
    ("aws.kms_key", "description"): lambda kms, id, value: kms.update_key_description(KeyId=id, Description=value),
    ("aws.secretsmanager_secret", "description"): lambda secrets, id, value: secrets.update_secret(SecretId=id, Description=value),
    ("aws.ssm_parameter", "insecure_value"): lambda ssm, id, value: ssm.put_parameter(Name=id, Value=value, Type="String", Overwrite=True),
    ("aws.cloudwatch_alarm", "threshold"): _set_alarm,
    ("aws.cloudwatch_dashboard", "dashboard_body"): lambda cloudwatch, id, value: cloudwatch.put_dashboard(
        DashboardName=id, DashboardBody=json.dumps(value)),
    ("aws.log_group", "retention_in_days"): lambda logs, id, value: logs.put_retention_policy(logGroupName=id, retentionInDays=value),
})
