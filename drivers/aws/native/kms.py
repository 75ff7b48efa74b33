"""Keys for encryption, and the names they are called by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.documents import value_of
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Observed,
    Submitted,
    Tagged,
    UniqueName,
    anything,
    boolean,
    integer,
    native_type,
    string,
    tags,
)

STATES = {"Creating": "pending", "Updating": "pending", "Enabled": "ready", "Disabled": "ready", "PendingImport": "ready",
          "Unavailable": "failed", "PendingDeletion": "gone", "PendingReplicaDeletion": "gone"}
SPECS = ["SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
         "ECC_NIST_EDWARDS25519", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "SM2"]
USES = ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"]
WINDOW = 30


@native_type
class Key(ServiceType):
    """One key. AWS deletes none at once: one whose deletion is scheduled is gone for mcflow, and can be had back by hand until its time.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html

    The listing tells ids only: four reads for every key (itself, policy, rotation, tags).
    """

    name = "aws.kms_key"
    identity = Tagged()
    calls = Calls("kms", create="create_key", read="describe_key", list="list_keys", delete="schedule_key_deletion", id="key_id",
                  key="key_id", made="key_metadata", row="key_metadata", rows="keys", whole=False, state="key_state",
                  updates={"description": "update_key_description", "policy": Update("put_key_policy", fixed={"policy_name": "default"}),
                           "enabled": Update("enable_key", none="disable_key"),
                           "rotation": Update("enable_key_rotation", none="disable_key_rotation")})
    tagging = Tagging("tag_resource", "untag_resource", parameter="key_id", pair=("tag_key", "tag_value"), list="list_resource_tags",
                      listed="tags")
    states = STATES
    documents = ("policy",)
    unset = {"description": ""}
    attributes = {
        "description": string("What it is for.", group="description", default=""),
        "key_usage": string("What it does.", enum=USES, default="ENCRYPT_DECRYPT"),
        "key_spec": string("Its kind and length.", enum=SPECS, default="SYMMETRIC_DEFAULT"),
        "multi_region": boolean("Whether it can have replicas in other regions."),
        "policy": anything("Who may use and manage it: a policy document; absent: the account.", group="policy", default_from_cloud=True),
        "enabled": boolean("Whether it can be used.", group="enabled", set_after_create=True, default=True),
        "enable_key_rotation": boolean("Whether AWS gives it new material from time to time.", group="rotation", set_after_create=True),
        "rotation_period_in_days": integer("How often.", minimum=90, maximum=2560, group="rotation", set_after_create=True,
                                           default_from_cloud=True),
        "deletion_window_in_days": integer("How long a deletion can be taken back; 30 unless told.", minimum=7, maximum=WINDOW, local=True),
        "arn": string("Its ARN.", read_only=True),
        "key_state": string("Enabled, Disabled, PendingImport …", read_only=True, changes_with=["enabled"]),
        "tags": tags(),
    }

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        if self.provided(row):
            return told
        policy = api.tell("kms", "get_key_policy", key_id=row["key_id"], policy_name="default")["policy"]
        told["policy"] = value_of(policy)
        if row.get("key_spec") == SPECS[0] and not row.get("custom_key_store_id"):
            rotation = api.tell("kms", "get_key_rotation_status", key_id=row["key_id"])
            told["enable_key_rotation"] = rotation["key_rotation_enabled"]
            if rotation["key_rotation_enabled"] and rotation.get("rotation_period_in_days"):
                told["rotation_period_in_days"] = rotation["rotation_period_in_days"]
        return told

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group == "enabled":
            return api.tell("kms", "disable_key" if want.get("enabled") is False else "enable_key", key_id=id)
        if group == "rotation":
            period = {name: want[name] for name in ("rotation_period_in_days",) if want.get(name) is not None}
            return api.tell("kms", "enable_key_rotation", key_id=id, **period) if want.get("enable_key_rotation") else \
                api.tell("kms", "disable_key_rotation", key_id=id)
        return super().change(api, id, want, last, group)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        window = int(last.get("deletion_window_in_days") or WINDOW)
        answer = api.tell("kms", self.calls.delete, key_id=id, pending_window_in_days=window)
        return Submitted(id, request_id=answer["request_id"])

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row.get("key_manager") == "AWS")


@native_type
class Alias(ServiceType):
    """A name for a key; the id is the name, with ``alias/`` before it.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"""

    name = "aws.kms_alias"
    identity = UniqueName(attribute="alias_name", max_length=250, pattern="[A-Za-z0-9_-]", marked=False)
    calls = Calls("kms", create="create_alias", list="list_aliases", rows="aliases", delete="delete_alias", id="alias_name",
                  key="alias_name", made="", updates={"target": "update_alias"})
    attributes = {
        "alias_name": string("Its name, unique in account and region; `alias/` before it may be left out."),
        "target_key_id": string("The key.", group="target", reference=["aws.kms_key"]),
        "alias_arn": string("Its ARN.", read_only=True),
    }
    required = ("target_key_id",)

    def parameters(self, want: Mapping[str, Any], names: Sequence[str], sent: Mapping[str, str] | None = None) -> dict[str, Any]:
        return {name: self.normalise(name, value) for name, value in super().parameters(want, names, sent).items()}

    def id_of(self, row: Mapping[str, Any]) -> str:
        return str(self.normalise("alias_name", row["alias_name"]))

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        return self.observe(api, [str(self.normalise("alias_name", name))])

    def normalise(self, attribute: str, value: Any) -> Any:
        return f"alias/{str(value).removeprefix('alias/')}" if attribute == "alias_name" else super().normalise(attribute, value)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return str(row["alias_name"]).startswith("alias/aws/")
