"""Functions, and who may call them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update, joined
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    AlreadyExists,
    Busy,
    Intent,
    InvalidRequest,
    Natural,
    NotFound,
    Submitted,
    UniqueName,
    array,
    boolean,
    integer,
    mapping,
    native_type,
    record,
    string,
    tags,
)

CODE = record({
    "zip_file": string("The package as it is in a .zip file, base64."),
    "s3_bucket": string("The bucket that has the package.", reference=["aws.bucket"]), "s3_key": string(), "s3_object_version": string(),
    "image_uri": string("The container image."),
}, "What it runs: one of zip_file, s3_bucket with s3_key, image_uri. AWS never gives it back; a change is told by its fingerprint.",
    write_only=True, group="code")


@native_type
class Function(ServiceType):
    """One Lambda function; the id is its name.  https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html

    Lambda's listing tells no tags and no states: each function takes a request.
    """

    name = "aws.lambda_function"
    identity = UniqueName(attribute="function_name", max_length=64, pattern="[A-Za-z0-9_-]")
    calls = Calls("lambda", create="create_function", read="get_function", list="list_functions", rows="functions", whole=False,
                  row="merge(configuration, {tags: tags, code_at: code.image_uri, "
                      "reserved_concurrent_executions: concurrency.reserved_concurrent_executions})",
                  delete="delete_function", id="function_name", key="function_name",
                  updates={"configuration": "update_function_configuration", "code": "update_function_code",
                           "concurrency": Update("put_function_concurrency", none="delete_function_concurrency")})
    tagging = Tagging("tag_resource", "untag_resource", parameter="resource", target="function_arn", pair=(), told="tags")
    paths = {"vpc_config": "vpc_config.{subnet_ids: subnet_ids, security_group_ids: security_group_ids, "
                           "ipv6_allowed_for_dual_stack: ipv6_allowed_for_dual_stack}",
             "layers": "layers[].arn", "image_config": "image_config_response.image_config"}
    unset = {"description": "", "timeout": 3, "memory_size": 128, "environment": {"variables": {}}, "layers": [], "kms_key_arn": "",
             "vpc_config": {"subnet_ids": [], "security_group_ids": []}, "dead_letter_config": {"target_arn": ""},
             "tracing_config": {"mode": "PassThrough"}, "ephemeral_storage": {"size": 512}, "file_system_configs": [], "image_config": {}}
    seconds = 15.0
    attributes = {
        "function_name": string("Its name, unique in account and region."),
        "role": string("What it may do: a role, by ARN.", group="configuration", reference=["aws.iam_role"], takes="arn"),
        "runtime": string("python3.13, nodejs22.x …; none for images.", group="configuration"),
        "handler": string("What of the package is called.", group="configuration"),
        "code": CODE,
        "package_type": string("Whether the code is a .zip file or a container image.", enum=["Zip", "Image"], default="Zip"),
        "architectures": array(string(enum=["x86_64", "arm64"]), "One architecture.", group="code", default=["x86_64"]),
        "description": string("What it is for.", group="configuration", default=""),
        "timeout": integer("How long it may run, seconds.", minimum=1, maximum=900, group="configuration", default=3),
        "memory_size": integer("MiB.", minimum=128, maximum=10240, group="configuration", default=128),
        "environment": record({"variables": mapping(string())}, "Its environment variables.", group="configuration", sensitive=True),
        "vpc_config": record({
            "subnet_ids": array(string(), set=True, reference=["aws.subnet"]),
            "security_group_ids": array(string(), set=True, reference=["aws.security_group"]),
            "ipv6_allowed_for_dual_stack": boolean(default_from_cloud=True)}, "The network that it reaches.", group="configuration"),
        "layers": array(string(), "Layers of code, by ARN with version.", group="configuration"),
        "dead_letter_config": record({"target_arn": string()}, "Where events go that it could not handle.", group="configuration"),
        "tracing_config": record({"mode": string(enum=["Active", "PassThrough"])}, "Whether calls are traced.", group="configuration",
                                 default={"mode": "PassThrough"}),
        "kms_key_arn": string("The key its variables are encrypted with.", group="configuration", reference=["aws.kms_key"], takes="arn"),
        "file_system_configs": array(record({"arn": string(), "local_mount_path": string()}), "EFS access points and where they are.",
                                     group="configuration"),
        "image_config": record({"entry_point": array(string()), "command": array(string()), "working_directory": string()},
                               "How an image is started.", group="configuration"),
        "ephemeral_storage": record({"size": integer("MiB.", minimum=512, maximum=10240)}, "Its /tmp.", group="configuration",
                                    default={"size": 512}),
        "logging_config": record({name: string(default_from_cloud=True) for name in (
            "log_format", "log_group", "application_log_level", "system_log_level")}, "Where and how it logs.", group="configuration",
            default_from_cloud=True, incidental=True),
        "reserved_concurrent_executions": integer("How many may run at once, kept for it.", minimum=0, group="concurrency",
                                                  set_after_create=True),
        "function_arn": string("Its ARN.", read_only=True),
        "code_sha256": string("The fingerprint of what it runs.", read_only=True, changes_with=["code"]),
        "tags": tags(),
    }
    # A function that is found shows no code, so only a new one must have it.
    required = ("role",)

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        try:
            return super().create(api, want, intent)
        except Busy as refused:
            # The code of every conflict; when a function is made there is but one.
            if refused.code != "ResourceConflictException":
                raise
            raise AlreadyExists(refused.message, code=refused.code, request_id=refused.request_id) from refused

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        if not want.get("code"):
            raise InvalidRequest(f"function {want['function_name']} has no code: give zip_file, s3_bucket with s3_key, or image_uri")
        return {**super().request(api, want), "code": package(want["code"])}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        if row.get("state") == "Failed":
            return "failed", str(row.get("state_reason") or row.get("state_reason_code") or "")
        if row.get("last_update_status") == "Failed":
            return "failed", str(row.get("last_update_status_reason") or row.get("last_update_status_reason_code") or "")
        busy = row.get("state") == "Pending" or row.get("last_update_status") == "InProgress"
        return ("pending" if busy else "ready"), str((row.get("state_reason") or "") if busy else "")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Any:
        if group == "concurrency" and want.get("reserved_concurrent_executions") is not None:
            return api.tell("lambda", "put_function_concurrency", function_name=id,
                            reserved_concurrent_executions=want["reserved_concurrent_executions"])
        if group == "code" and not want.get("code"):
            # It keeps the code it has, which nobody can send again for another architecture.
            if want.get("architectures") not in (None, last.get("architectures")):
                raise InvalidRequest(f"function {id} needs its code to change its architecture: give code beside architectures")
            return Submitted(id)
        if group == "code":
            return api.tell("lambda", "update_function_code", function_name=id, **package(want["code"]),
                            architectures=want.get("architectures"))
        return super().change(api, id, want, last, group)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        return {name: value for name, value in portrayed.items() if not isinstance(value, dict) or any(value.values())}


def package(code: Mapping[str, Any]) -> dict[str, Any]:
    """The code as the API takes it: the package in bytes."""
    if code.get("zip_file") is None:
        return dict(code)
    try:
        return {**code, "zip_file": base64.b64decode(code["zip_file"], validate=True)}
    except ValueError as wrong:
        raise InvalidRequest("code.zip_file is not base64: give the .zip file's bytes through b64(…)") from wrong


@native_type
class Permission(ServiceType):
    """A service or account that may call a function; the id is ``function|statement``.
    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html

    Permissions are statements of their function's policy, which one request tells.
    """

    name = "aws.lambda_permission"
    identity = Natural()
    exclusive = True
    calls = Calls("lambda", create="add_permission", delete="remove_permission", id=joined("function_name", "statement_id"),
                  key="function_name|statement_id", made="", list="list_functions", rows="functions[].function_name")
    attributes = {
        "function_name": string("The function.", reference=["aws.lambda_function"]),
        "statement_id": string("What the permission is called, unique in the function's policy."),
        "action": string("What may be done: lambda:InvokeFunction."),
        "principal": string("Who: a service (s3.amazonaws.com) or an account."),
        "source_arn": string("On whose behalf, by ARN."),
        "source_account": string("On behalf of whose account."),
    }
    required = ("function_name", "statement_id", "action", "principal")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        try:
            return super().create(api, want, intent)
        except Busy as refused:
            if refused.code != "ResourceConflictException" or "already exists" not in refused.message:
                raise
            raise AlreadyExists(refused.message, code=refused.code, request_id=refused.request_id) from refused

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        asked = set(ids)
        for function in dict.fromkeys(id.partition("|")[0] for id in ids):
            yield from (row for row in statements(api, function) if self.id_of(row) in asked)

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        for function in api.rows("lambda", self.calls.list, self.calls.rows):
            yield from statements(api, function)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        answer = api.tell("lambda", "remove_permission", **self.called(id))
        return Submitted(id, request_id=answer["request_id"])


def statements(api: AwsSession, function: str) -> Iterator[dict[str, Any]]:
    """The permissions in a function's policy. Statements that say more than a permission can are not shown."""
    try:
        policy = json.loads(api.tell("lambda", "get_policy", function_name=function)["policy"])
    except NotFound:
        return
    for each in policy.get("Statement", ()):
        conditions = {name.lower(): value for told in (each.get("Condition") or {}).values() for name, value in told.items()}
        principal = each.get("Principal", "")
        if isinstance(principal, dict):
            principal = principal.get("Service") or principal.get("AWS") or ""
        action = each.get("Action", "")
        yield {
            "function_name": function, "statement_id": each.get("Sid", ""), "action": action if isinstance(action, str) else action[0],
            "principal": account_of(principal), "source_arn": conditions.get("aws:sourcearn"),
            "source_account": conditions.get("aws:sourceaccount"),
        }


def account_of(principal: str) -> str:
    """An account that is told as its root user."""
    return principal.split(":")[4] if principal.startswith("arn:") and principal.endswith(":root") else principal
