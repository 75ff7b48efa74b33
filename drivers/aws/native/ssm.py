"""Systems Manager: parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, Intent, InvalidRequest, NotFound, Submitted, UniqueName, native_type, string, tags

SECURE = "SecureString"
NAMES_IN_FILTER, NAMES_AT_ONCE = 50, 10
"""How many parameters one look and one read of values may be asked for."""
CONTENT = ("type", "value", "insecure_value", "description", "key_id", "allowed_pattern", "tier", "data_type")


@native_type
class Parameter(ServiceType):
    """One parameter; the id is its name. It is overwritten in place.
    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html

    Looks take 50 parameters at a time, values ten, tags one. Values of SecureStrings are never read: a plan compares fingerprints.
    """

    name = "aws.ssm_parameter"
    identity = UniqueName(attribute="name", max_length=512, pattern="[A-Za-z0-9_.-]")
    calls = Calls("ssm", create="put_parameter", list="describe_parameters", rows="parameters", delete="delete_parameter", id="name",
                  key="name", made="", updates={"content": "put_parameter"})
    tagging = Tagging("add_tags_to_resource", "remove_tags_from_resource", parameter="resource_id", fixed={"resource_type": "Parameter"},
                      list="list_tags_for_resource", listed="tag_list")
    attributes = {
        "name": string("Its name, unique in account and region; with slashes a path."),
        "type": string("Of which kind its value is.", enum=["String", "StringList", SECURE], group="content"),
        "value": string("The value of a SecureString.", sensitive=True, write_only=True, group="content"),
        "insecure_value": string("The value of a String or StringList: shown in plans, and read back.", group="content"),
        "description": string("What it is for.", group="content", default=""),
        "key_id": string("The key of a SecureString; absent: the account's own.", group="content", reference=["aws.kms_key"],
                         default_from_cloud=True),
        "allowed_pattern": string("A regular expression that values must match.", group="content"),
        "tier": string("Standard up to 4 KB, Advanced up to 8.", enum=["Standard", "Advanced", "Intelligent-Tiering"], group="content",
                       default_from_cloud=True),
        "data_type": string("What else the value must be.", enum=["text", "aws:ec2:image", "aws:ssm:integration"], group="content",
                            default="text"),
        "version": string("How often it was written.", read_only=True, changes_with=["content"]),
        "arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }
    required = ("type",)

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        return super().create(api, _checked(want), intent)

    def parameters(self, want: Mapping[str, Any], names: Sequence[str], sent: Mapping[str, str] | None = None) -> dict[str, Any]:
        given = super().parameters(want, names, sent)
        plain = given.pop("insecure_value", None)
        return given if plain is None else {**given, "value": plain}

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        for at in range(0, len(ids), NAMES_IN_FILTER):
            chosen = {"key": "Name", "option": "Equals", "values": list(ids[at:at + NAMES_IN_FILTER])}
            yield from self._valued(api, list(api.rows("ssm", "describe_parameters", "parameters", parameter_filters=[chosen])))

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        return self._valued(api, list(super().all_rows(api)))

    def _valued(self, api: AwsSession, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rows, with the values of those that are no secrets."""
        plain = [str(row["name"]) for row in rows if row.get("type") != SECURE]
        values: dict[str, Any] = {}
        for at in range(0, len(plain), NAMES_AT_ONCE):
            answer = api.tell("ssm", "get_parameters", names=plain[at:at + NAMES_AT_ONCE])
            values |= {row["name"]: row.get("value") for row in answer.get("parameters", ())}
        return ({**row, "version": str(row["version"]), "insecure_value": values.get(row["name"])} for row in rows)

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if self.row(api, id) is None:
            # Overwriting what is not there would make it again, without marks.
            raise NotFound(f"parameter {id} is not there")
        given = self.parameters({"description": "", "allowed_pattern": "", **_checked(want)}, CONTENT)
        return api.tell("ssm", "put_parameter", name=id, overwrite=True, **given)


def _checked(want: Mapping[str, Any]) -> Mapping[str, Any]:
    """The want. Raises InvalidRequest for a value under the wrong name: a plan would show it, or never see it changed."""
    right, wrong = ("value", "insecure_value") if want.get("type") == SECURE else ("insecure_value", "value")
    if want.get(wrong) is not None or want.get(right) is None:
        raise InvalidRequest(f"a parameter of type {want.get('type')} has its value in `{right}`, not in `{wrong}`")
    return want
