"""Identity: roles, policies and instance profiles. What hangs on a role is an object of its own: a role goes when nothing hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.documents import meaning_of, value_of
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update, joined
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Natural,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    anything,
    array,
    integer,
    native_type,
    string,
    tags,
)

NAME = "[A-Za-z0-9+=,.@_-]"
VERSIONS = 5
"""So many versions a policy may have."""
AMAZONS = "/aws-service-role/"
"""The path of the roles that services make for themselves."""


@native_type
class Role(ServiceType):
    """One IAM role; the id is its name.  https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html

    The listing tells neither tags nor boundary, so every role is read by itself.
    """

    name = "aws.iam_role"
    identity = UniqueName(attribute="role_name", max_length=64, pattern=NAME)
    calls = Calls("iam", create="create_role", read="get_role", list="list_roles", delete="delete_role", id="role_name", key="role_name",
                  made="role", row="role", rows="roles", whole=False,
                  updates={"settings": "update_role",
                           "trust": Update("update_assume_role_policy", {"assume_role_policy_document": "policy_document"}),
                           "boundary": Update("put_role_permissions_boundary", none="delete_role_permissions_boundary")})
    tagging = Tagging("tag_role", "untag_role", parameter="role_name", told="tags")
    documents = ("assume_role_policy_document",)
    paths = {"permissions_boundary": "permissions_boundary.permissions_boundary_arn"}
    unset = {"description": "", "max_session_duration": 3600}
    attributes = {
        "role_name": string("Its name, unique in the account."),
        "path": string("The path of its name.", default="/"),
        "assume_role_policy_document": anything("Who may take it: a policy document.", group="trust"),
        "description": string("What it is for.", group="settings", default=""),
        "max_session_duration": integer("The longest session, seconds.", minimum=3600, maximum=43200, group="settings", default=3600),
        "permissions_boundary": string("The policy that limits it, by ARN.", group="boundary"),
        "arn": string("Its ARN.", read_only=True),
        "role_id": string("Its unique id.", read_only=True),
        "tags": tags(),
    }
    required = ("assume_role_policy_document",)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return str(row.get("path", "")).startswith(AMAZONS)


@native_type
class Policy(ServiceType):
    """One policy of the account's own; the id is its ARN. Another document is a new version, which becomes the default; when there are
    five, the oldest goes first.  https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html

    The listing tells neither tags nor document: two reads for every policy.
    """

    name = "aws.iam_policy"
    identity = UniqueName(attribute="policy_name", max_length=128, pattern=NAME)
    calls = Calls("iam", create="create_policy", read="get_policy", list="list_policies", delete="delete_policy", id="arn",
                  key="policy_arn", made="policy", row="policy", rows="policies", whole=False, listing={"scope": "Local"},
                  updates={"document": Update("create_policy_version", fixed={"set_as_default": True})})
    tagging = Tagging("tag_policy", "untag_policy", parameter="policy_arn", told="tags")
    documents = ("policy_document",)
    attributes = {
        "policy_name": string("Its name, unique in the account."),
        "path": string("The path of its name.", default="/"),
        "policy_document": anything("What it allows: a policy document.", group="document"),
        "description": string("What it is for."),
        "arn": string("Its ARN.", read_only=True),
        "policy_id": string("Its unique id.", read_only=True),
        "default_version_id": string("The version that counts.", read_only=True, changes_with=["document"]),
        "tags": tags(),
    }
    required = ("policy_document",)

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        try:
            version = api.tell("iam", "get_policy_version", policy_arn=row["arn"], version_id=row["default_version_id"])["policy_version"]
        except NotFound:
            return told
        return {**told, "policy_document": value_of(version["document"])}

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        listed = api.rows("iam", "list_policies", "policies", scope="Local")
        return self.observe(api, [row["arn"] for row in listed if row["policy_name"] == name])

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        row = self.row(api, id)
        present = self.read(api, row).get("policy_document") if row is not None else None
        if present is not None and meaning_of(present) == meaning_of(want["policy_document"]):
            return Submitted(id)
        spare = self._spare_versions(api, id)
        if len(spare) + 1 >= VERSIONS:
            api.tell("iam", "delete_policy_version", policy_arn=id, version_id=spare[0])
            return Again(f"version {spare[0]} removed")
        return super().change(api, id, want, last, group)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        for version in self._spare_versions(api, id):
            api.tell("iam", "delete_policy_version", policy_arn=id, version_id=version)
            return Again(f"version {version} removed")
        return super().delete(api, id, last)

    def _spare_versions(self, api: AwsSession, id: str) -> list[str]:
        """The versions that are not the default, oldest first."""
        rows = [row for row in api.rows("iam", "list_policy_versions", "versions", policy_arn=id) if not row["is_default_version"]]
        return [str(row["version_id"]) for row in sorted(rows, key=lambda row: int(row["version_id"].lstrip("v")))]


class _OnRole(ServiceType):
    """What hangs on a role. The API lists it role by role only."""

    identity = Natural()
    exclusive = True

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        for role in api.rows("iam", "list_roles", "roles"):
            if not str(role.get("path", "")).startswith(AMAZONS):
                yield from self.on(api, str(role["role_name"]))

    def on(self, api: AwsSession, role: str) -> Iterator[dict[str, Any]]:
        """The rows of one role; none where it is not there."""
        raise NotImplementedError


@native_type
class RolePolicy(_OnRole):
    """A policy inside a role; the id is ``role|policy``.  https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html"""

    name = "aws.iam_role_policy"
    calls = Calls("iam", create="put_role_policy", read="get_role_policy", list="list_role_policies", rows="policy_names",
                  delete="delete_role_policy", id=joined("role_name", "policy_name"), key="role_name|policy_name", made="", whole=False,
                  updates={"document": "put_role_policy"})
    documents = ("policy_document",)
    attributes = {
        "role_name": string("The role.", reference=["aws.iam_role"]),
        "policy_name": string("Its name, unique in the role."),
        "policy_document": anything("What it allows: a policy document.", group="document"),
    }
    required = ("role_name", "policy_name", "policy_document")

    def on(self, api: AwsSession, role: str) -> Iterator[dict[str, Any]]:
        for policy in _unless_gone(api, "list_role_policies", "policy_names", role):
            row = self.row(api, f"{role}|{policy}")
            if row is not None:
                yield row


@native_type
class RolePolicyAttachment(_OnRole):
    """A policy on a role; the id is ``role|policy's ARN``.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html"""

    name = "aws.iam_role_policy_attachment"
    calls = Calls("iam", create="attach_role_policy", list="list_attached_role_policies", rows="attached_policies",
                  delete="detach_role_policy", id=joined("role_name", "policy_arn"), key="role_name|policy_arn", made="")
    attributes = {
        "role_name": string("The role.", reference=["aws.iam_role"]),
        "policy_arn": string("The policy, by ARN: one of Amazon's or of the account's.", reference=["aws.iam_policy"]),
    }
    required = ("role_name", "policy_arn")

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        for role in sorted({id.partition("|")[0] for id in ids}):
            yield from (row for row in self.on(api, role) if self.id_of(row) in ids)

    def on(self, api: AwsSession, role: str) -> Iterator[dict[str, Any]]:
        return ({**row, "role_name": role} for row in _unless_gone(api, "list_attached_role_policies", "attached_policies", role))


def _unless_gone(api: AwsSession, operation: str, path: str, role: str) -> Iterator[Any]:
    try:
        yield from list(api.rows("iam", operation, path, role_name=role))
    except NotFound:
        return


@native_type
class InstanceProfile(ServiceType):
    """One instance profile, by which instances take a role; the id is its name.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html

    The listing tells no tags, so every profile is read by itself.
    """

    name = "aws.iam_instance_profile"
    identity = UniqueName(attribute="instance_profile_name", max_length=128, pattern=NAME)
    calls = Calls("iam", create="create_instance_profile", read="get_instance_profile", list="list_instance_profiles",
                  delete="delete_instance_profile", id="instance_profile_name", key="instance_profile_name", made="instance_profile",
                  row="instance_profile", rows="instance_profiles", whole=False)
    tagging = Tagging("tag_instance_profile", "untag_instance_profile", parameter="instance_profile_name", told="tags")
    attributes = {
        "instance_profile_name": string("Its name, unique in the account."),
        "path": string("The path of its name.", default="/"),
        "arn": string("Its ARN.", read_only=True),
        "instance_profile_id": string("Its unique id.", read_only=True),
        "tags": tags(),
    }


@native_type
class InstanceProfileRole(ServiceType):
    """The role of an instance profile, at most one; the id is ``profile|role``.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html"""

    name = "aws.iam_instance_profile_role"
    identity = Natural()
    exclusive = True
    calls = Calls("iam", create="add_role_to_instance_profile", delete="remove_role_from_instance_profile",
                  list="list_instance_profiles", rows="instance_profiles[].{instance_profile_name: instance_profile_name, roles: roles}",
                  id=joined("instance_profile_name", "role_name"), key="instance_profile_name|role_name", made="")
    attributes = {
        "instance_profile_name": string("The profile.", reference=["aws.iam_instance_profile"]),
        "role_name": string("The role.", reference=["aws.iam_role"]),
    }
    required = ("instance_profile_name", "role_name")

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        for profile in super().all_rows(api):
            for role in profile["roles"]:
                yield {"instance_profile_name": profile["instance_profile_name"], "role_name": role["role_name"]}


@native_type
class OpenIdConnectProvider(ServiceType):
    """One provider of identities whose tokens roles trust (of a Kubernetes cluster, of a build service); the id is its ARN.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html

    The listing tells ARNs only, so every provider is read by itself.
    """

    name = "aws.iam_openid_connect_provider"
    identity = UniqueName(attribute="url", max_length=255, pattern="[a-z0-9.-]")
    calls = Calls("iam", create="create_open_id_connect_provider", read="get_open_id_connect_provider",
                  list="list_open_id_connect_providers", rows="open_id_connect_provider_list[].arn",
                  delete="delete_open_id_connect_provider", id="open_id_connect_provider_arn", key="open_id_connect_provider_arn",
                  whole=False, updates={"thumbprints": "update_open_id_connect_provider_thumbprint"})
    tagging = Tagging("tag_open_id_connect_provider", "untag_open_id_connect_provider", parameter="open_id_connect_provider_arn",
                      told="tags")
    attributes = {
        "url": string("Where the provider is: https://…"),
        "client_id_list": array(string(), "Who tokens are for (sts.amazonaws.com for roles of a cluster).", set=True, group="clients"),
        "thumbprint_list": array(string(), "SHA-1 of its certificates; absent: AWS looks.", set=True, group="thumbprints",
                                 default_from_cloud=True),
        "arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }
    required = ("url",)

    def row(self, api: AwsSession, id: str) -> dict[str, Any] | None:
        row = super().row(api, id)
        return None if row is None else {**row, "arn": id, "open_id_connect_provider_arn": id}

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        ending = f":oidc-provider/{self.normalise('url', name).removeprefix('https://')}"
        listed = api.rows("iam", self.calls.list, self.calls.rows)
        return self.observe(api, [arn for arn in listed if arn.endswith(ending)])

    def normalise(self, attribute: str, value: Any) -> Any:
        return f"https://{str(value).removeprefix('https://')}" if attribute == "url" else super().normalise(attribute, value)

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        return {**told, "url": self.normalise("url", told["url"])}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group != "clients":
            return super().change(api, id, want, last, group)
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"{id} is not there")
        present, wanted = set(row.get("client_id_list") or ()), set(want.get("client_id_list") or ())
        for calls, clients in (("add_client_id_to", wanted - present), ("remove_client_id_from", present - wanted)):
            for client in sorted(clients):
                api.tell("iam", f"{calls}_open_id_connect_provider", open_id_connect_provider_arn=id, client_id=client)
                return Again(f"client {client} settled")
        return Submitted(id)
