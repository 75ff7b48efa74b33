"""Object storage: buckets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.s3_schemas import CORS, ENCRYPTION, LIFECYCLE, LOGGING, OWNERSHIP, PUBLIC_ACCESS, WEBSITE
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.aws.translate import classify
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    anything,
    boolean,
    native_type,
    record,
    string,
    tags,
)

UNSET = object()
"""What a bucket was never given."""
READS: dict[str, tuple[str, str]] = {
    "versioning_configuration": ("get_bucket_versioning", "{status: status}"),
    "ownership_controls": ("get_bucket_ownership_controls", "ownership_controls"),
    "public_access_block_configuration": ("get_public_access_block", "public_access_block_configuration"),
    "server_side_encryption_configuration": ("get_bucket_encryption", "server_side_encryption_configuration"),
    "cors_configuration": ("get_bucket_cors", "{cors_rules: cors_rules}"),
    "lifecycle_configuration": ("get_bucket_lifecycle_configuration", "{rules: rules}"),
    "policy": ("get_bucket_policy", "policy"),
    "website_configuration": ("get_bucket_website", "{index_document: index_document, error_document: error_document, "
                              "redirect_all_requests_to: redirect_all_requests_to, routing_rules: routing_rules}"),
    "bucket_logging_status": ("get_bucket_logging", "{logging_enabled: logging_enabled}"),
}
"""Attribute → the call that reads it, and what of its answer it is. S3 has a call for each, and none for several buckets."""

USUAL: dict[str, Any] = {
    "ownership_controls": {"rules": [{"object_ownership": "BucketOwnerEnforced"}]},
    "public_access_block_configuration": dict.fromkeys(PUBLIC_ACCESS, True),
    "versioning_configuration": {},
}
"""What AWS gives every new bucket."""

PAGE = 1000
"""Objects that one call deletes."""


def later(schema: dict[str, Any], group: str) -> dict[str, Any]:
    """A setting with a call of its own, made after the bucket."""
    return {**schema, "group": group, "set_after_create": True}


@native_type
class Bucket(ServiceType):
    """One S3 bucket; the id is its name.  https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html

    Buckets are listed by the page. What one is set to takes a request for each setting and one for its tags: ten for each bucket, as S3
    has no call for many buckets or several settings.
    """

    name = "aws.bucket"
    identity = UniqueName(attribute="bucket", max_length=63, pattern="[a-z0-9-]")
    serial = staticmethod(lambda want: want.get("bucket"))  # type: ignore[assignment]  # S3 aborts one of two changes of a bucket
    calls = Calls("s3", create="create_bucket", delete="delete_bucket", id="name", key="bucket", list="list_buckets", rows="buckets",
                  updates={
                      "versioning": "put_bucket_versioning",
                      "ownership": Update("put_bucket_ownership_controls", none="delete_bucket_ownership_controls"),
                      "public_access_block": Update("put_public_access_block", none="delete_public_access_block"),
                      "encryption": Update("put_bucket_encryption", none="delete_bucket_encryption"),
                      "cors": Update("put_bucket_cors", none="delete_bucket_cors"),
                      "lifecycle": Update("put_bucket_lifecycle_configuration", none="delete_bucket_lifecycle"),
                      "policy": Update("put_bucket_policy", none="delete_bucket_policy"),
                      "website": Update("put_bucket_website", none="delete_bucket_website"),
                      "logging": "put_bucket_logging",
                  })
    tagging = Tagging("put_bucket_tagging", "put_bucket_tagging", parameter="bucket", list="get_bucket_tagging", listed="tag_set")
    documents = ("policy",)
    unset = {"versioning_configuration": {"status": "Suspended"}, "bucket_logging_status": {}}
    paths = {"bucket": "name", "arn": "bucket_arn", "region": "bucket_region"}
    attributes = {
        "bucket": string("Its name, unique among all accounts: 3 to 63 lower-case letters, digits, dots and hyphens.",
                         pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
        "object_lock_enabled_for_bucket": boolean("Whether objects can be locked. Versioning is on then, and stays on.", at_create=True),
        "versioning_configuration": later(record({"status": string(enum=["Enabled", "Suspended"])}, "Whether earlier versions are kept."),
                                          "versioning"),
        "ownership_controls": later(OWNERSHIP, "ownership"),
        "public_access_block_configuration": later(record(PUBLIC_ACCESS, "What of public access is refused, whatever policies say.",
                                                          default_from_cloud=True), "public_access_block"),
        "server_side_encryption_configuration": later(ENCRYPTION, "encryption"),
        "cors_configuration": later(CORS, "cors"),
        "lifecycle_configuration": later(LIFECYCLE, "lifecycle"),
        "policy": later(anything("Who may do what with it: a policy document."), "policy"),
        "website_configuration": later(WEBSITE, "website"),
        "bucket_logging_status": later(LOGGING, "logging"),
        "force_destroy": boolean("Whether the objects in it are deleted with it.", local=True),
        "arn": string("Its ARN.", read_only=True),
        "region": string("The region it is in.", read_only=True),
        "url": string("The address of its content.", read_only=True),
        "endpoint": string("The S3-compatible endpoint it is reached through.", read_only=True),
        "tags": tags(),
    }

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return {"bucket": want["bucket"], "object_lock_enabled_for_bucket": want.get("object_lock_enabled_for_bucket")}

    def proof(self, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        tags = {**want.get("tags", {}), **intent.marks}
        return {"create_bucket_configuration": {"tags": [{"key": key, "value": value} for key, value in tags.items()]}}

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        request = {**self.request(api, want), **self.proof(want, intent)}
        # The region that S3 began with has no name there: saying it is refused.
        if api.region != "us-east-1":
            request["create_bucket_configuration"]["location_constraint"] = api.region
        answer = api.tell("s3", "create_bucket", **request)
        return Submitted(want["bucket"], request_id=answer["request_id"])

    # -- read

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        if len(ids) == 1:
            rows: Iterator[dict[str, Any]] = api.rows("s3", "list_buckets", "buckets", prefix=ids[0])
        else:
            rows = self.all_rows(api)
        return (row for row in rows if row["name"] in ids)

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        """The buckets of the region; S3 lists those of all regions unless asked."""
        return (row for row in api.rows("s3", "list_buckets", "buckets", bucket_region=api.region)
                if row.get("bucket_region", api.region) == api.region)

    def shown(self, api: AwsSession, rows: Iterator[dict[str, Any]]) -> Iterator[Observed]:
        """A bucket takes ten requests to see: a look that one of them spoiled is made again from there on, or it would hardly ever end."""
        found: dict[str, list[Observed]] = {}
        for row in rows:
            try:
                found[row["name"]] = list(super().shown(api, iter([row])))
            except NotFound as gone:
                # A bucket is listed for a while after it was deleted.
                if gone.code != "NoSuchBucket":
                    raise
        for name, seen in found.items():
            api.halfway.pop(name, None)
            yield from seen

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        import jmespath

        endpoint, name = api.address("s3"), row["name"]
        told = {"bucket_arn": f"arn:{api.partition}:s3:::{name}", "bucket_region": api.region, **row}
        known = api.halfway.setdefault(name, {})
        for attribute, (operation, path) in READS.items():
            if attribute not in known:
                try:
                    known[attribute] = _without_nothing(jmespath.search(path, api.tell("s3", operation, bucket=name)))
                except NotFound as unset:
                    if unset.code == "NoSuchBucket":
                        api.halfway.pop(name, None)
                        raise
                    known[attribute] = UNSET
            if known[attribute] is not UNSET:
                told[attribute] = known[attribute]
        content = f"{endpoint}/{name}" if api.custom else endpoint.replace("://", f"://{name}.", 1)
        return {**super().read(api, told), "endpoint": endpoint, "url": content}

    def normalise(self, attribute: str, value: Any) -> Any:
        # Once on, versioning can only be suspended: the same as never on.
        if attribute == "versioning_configuration" and value in ({"status": "Suspended"}, {}):
            return None
        return super().normalise(attribute, value)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        return {name: value for name, value in portrayed.items()
                if value != USUAL.get(name) and not (name == "server_side_encryption_configuration" and _by_itself(value))
                and not (isinstance(value, dict) and name in READS and name != "policy" and not any(value.values()))}

    # -- change

    def update(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        api.halfway.pop(id, None)
        return super().update(api, id, want, last, group)

    def settle_tags(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any]) -> Submitted | Again:
        """One call writes all tags, so those of others are written again with ours."""
        present, wanted = self.tags_of(api, {"name": id}, {"bucket": id}), want.get("tags", {})
        kept = {key: value for key, value in present.items() if key in wanted or key not in last.get("tags", {})}
        whole = {**kept, **wanted}
        if whole == present:
            return Submitted(id)
        if not whole:
            api.tell("s3", "delete_bucket_tagging", bucket=id)
        else:
            api.tell("s3", "put_bucket_tagging", bucket=id,
                     tagging={"tag_set": [{"key": key, "value": value} for key, value in whole.items()]})
        return Again(f"{len(whole)} tags written")

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        if last.get("force_destroy"):
            done = empty(api, id)
            if done:
                return Again(done)
        return super().delete(api, id, last)


def empty(api: AwsSession, bucket: str) -> str:
    """Delete a page of what is in a bucket, versions and delete markers alike, or else give up one unfinished upload; what was done, empty
    if there was nothing. Raises DriverError for objects that are locked or not ours to delete."""
    page = api.tell("s3", "list_object_versions", bucket=bucket, max_keys=PAGE)
    found = [{"key": each["key"], "version_id": each["version_id"]}
             for each in (*(page.get("versions") or ()), *(page.get("delete_markers") or ()))]
    if found:
        answer = api.tell("s3", "delete_objects", bucket=bucket, delete={"objects": found, "quiet": True})
        for error in answer.get("errors") or ():
            raise classify(error.get("code", ""), 400, read=False)(
                f"object {error.get('key')} of bucket {bucket} was not deleted: {error.get('message')}", code=error.get("code", ""))
        return f"{len(found)} objects deleted"
    uploads = api.tell("s3", "list_multipart_uploads", bucket=bucket, max_uploads=1).get("uploads") or ()
    for upload in uploads:
        api.tell("s3", "abort_multipart_upload", bucket=bucket, key=upload["key"], upload_id=upload["upload_id"])
        return "an unfinished upload given up"
    return ""


def _by_itself(encryption: Any) -> bool:
    """Whether it is what S3 does with every bucket that says nothing."""
    rules = encryption.get("rules", ())
    return len(rules) == 1 and rules[0].get("apply_server_side_encryption_by_default") == {"sse_algorithm": "AES256"}


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    return [_without_nothing(item) for item in value] if isinstance(value, list) else value
