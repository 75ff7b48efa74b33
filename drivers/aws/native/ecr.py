"""Container images: repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, NotFound, Submitted, UniqueName, anything, array, boolean, native_type, record, string, tags

POLICIES = {"lifecycle_policy_text": "get_lifecycle_policy", "policy_text": "get_repository_policy"}
"""Attribute → the call that reads it."""


def later(schema: dict[str, Any]) -> dict[str, Any]:
    """Set by a call of its own, after the repository is made."""
    return {**schema, "set_after_create": True}


@native_type
class Repository(ServiceType):
    """One ECR repository; the id is its name.  https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html

    A hundred are described by one request; each takes three more for its tags and its two policies.
    """

    name = "aws.ecr_repository"
    identity = UniqueName(attribute="repository_name", max_length=256, pattern="[a-z0-9._/-]")
    calls = Calls("ecr", create="create_repository", list="describe_repositories", rows="repositories", many="repository_names",
                  delete="delete_repository", made="repository", id="repository_name", key="repository_name",
                  updates={
                      "image_tag_mutability": "put_image_tag_mutability",
                      "image_scanning_configuration": "put_image_scanning_configuration",
                      "lifecycle_policy": Update("put_lifecycle_policy", none="delete_lifecycle_policy"),
                      "policy": Update("set_repository_policy", none="delete_repository_policy"),
                  })
    tagging = Tagging("tag_resource", "untag_resource", target="repository_arn", list="list_tags_for_resource")
    documents = tuple(POLICIES)
    unset = {"image_tag_mutability": "MUTABLE", "image_scanning_configuration": {"scan_on_push": False}}
    attributes = {
        "repository_name": string("Its name, unique in account and region."),
        "image_tag_mutability": string("Whether a tag may be given to another image.", default="MUTABLE", group="image_tag_mutability",
                                       enum=["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"]),
        "image_tag_mutability_exclusion_filters": array(record({"filter_type": string(), "filter": string()}),
                                                        "Tags to which that does not apply.", group="image_tag_mutability"),
        "image_scanning_configuration": record({"scan_on_push": boolean()}, "Whether images are scanned when they arrive.",
                                               group="image_scanning_configuration"),
        "encryption_configuration": record({"encryption_type": string(enum=["AES256", "KMS", "KMS_DSSE"]),
                                            "kms_key": string(default_from_cloud=True)}, "How images are encrypted.",
                                           required=["encryption_type"], default_from_cloud=True),
        "lifecycle_policy_text": later(anything("Which images are deleted by themselves: a lifecycle policy.", group="lifecycle_policy")),
        "policy_text": later(anything("Who may do what with it: a policy document.", group="policy")),
        "force_delete": boolean("Whether the images in it are deleted with it.", local=True),
        "repository_uri": string("What images are pushed to and pulled from.", read_only=True),
        "repository_arn": string("Its ARN.", read_only=True),
        "registry_id": string("The registry: the account.", read_only=True),
        "tags": tags(),
    }

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(row)
        for attribute, operation in POLICIES.items():
            try:
                found[attribute] = api.tell("ecr", operation, repository_name=row["repository_name"])[attribute]
            except NotFound:
                continue
        return super().read(api, found)

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "image_scanning_configuration" and value == {"scan_on_push": False}:
            return None
        return super().normalise(attribute, value)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        usual = {"encryption_configuration": {"encryption_type": "AES256"}, "image_scanning_configuration": {"scan_on_push": False}}
        return {name: value for name, value in super().portray(attributes).items() if value != usual.get(name)}

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        answer = api.tell("ecr", "delete_repository", repository_name=id, force=bool(last.get("force_delete")))
        return Submitted(id, request_id=answer["request_id"])
