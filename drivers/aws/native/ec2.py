"""What most EC2 types have in common: a create call that takes tags, a describe call with filters, a delete call.

A type is mostly data: the API spells an attribute ``cidr_block`` as ``CidrBlock`` in requests and answers alike, so attributes need no
table of their own. What a type does differently it says by overriding ``read``, ``status`` or ``change``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, Intent, NativeType, NotFound, NotUpdatable, Observed, Submitted, Token, user_tags
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE

NEVER_SENT = ("read_only", "local", "set_after_create")


@dataclass(frozen=True, slots=True)
class Noun:
    """How the API speaks of a type: its calls, where answers hold the rows, what a row's id is called, and the filter for ids."""

    create: str
    describe: str
    delete: str
    rows: str
    id: str
    filter: str
    tagged: str
    """The resource type in TagSpecifications."""
    made: str = ""
    """Where the create call's answer holds the new row; empty: the answer is the row."""
    filters: str = "Filters"
    """What the describe call calls its filters."""


def pascal(attribute: str) -> str:
    """The API's spelling of an attribute: ``cidr_block`` → ``CidrBlock``."""
    return "".join(part[:1].upper() + part[1:] for part in attribute.split("_"))


def filters(**values: Sequence[str] | str) -> list[dict[str, Any]]:
    """Filters of a describe call; ``vpc_id`` becomes ``vpc-id``."""
    return [where(name.replace("_", "-"), value) for name, value in values.items()]


def where(name: str, value: Sequence[str] | str) -> dict[str, Any]:
    """One filter."""
    return {"Name": name, "Values": [value] if isinstance(value, str) else list(value)}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_map(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tags as mcflow keeps them."""
    return {row["Key"]: row.get("Value", "") for row in rows}


def tags_of(row: Mapping[str, Any]) -> dict[str, str]:
    """All tags of a row; interfaces call them otherwise."""
    return tag_map(row.get("Tags") or row.get("TagSet") or ())


def request_id(answer: Mapping[str, Any]) -> str:
    """The cloud's id of the request that was answered."""
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))


class Ec2Type(NativeType[AwsSession]):
    """A type with an id, tags and the usual calls."""

    noun: ClassVar[Noun]
    matched_by: ClassVar[Mapping[str, str]] = {}
    """Attributes that tell an existing object apart for an import, and the filters they are looked up by."""
    unfiltered: ClassVar[bool] = False
    """Whether the describe call takes only tags as filters: everything is listed then, and the rest left out here."""
    family: ClassVar[str] = "ec2"

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        answer = api.call(self.noun.create, **self.request(api, want), **self.proof(want, intent))
        row = answer[self.noun.made] if self.noun.made else answer
        return Submitted(row[self.noun.id], request_id=request_id(answer))

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        """The create call's parameters but tags and token."""
        return {pascal(name): want[name] for name, schema in self.attributes.items()
                if want.get(name) is not None and name != "tags" and not any(schema.get(note) for note in NEVER_SENT)}

    def proof(self, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        """The parameters by which the object is found again: marks among the tags, and the token where the call takes one."""
        tags = tag_list({**want.get("tags", {}), **intent.marks})
        specification = {"TagSpecifications": [{"ResourceType": self.noun.tagged, "Tags": tags}]} if tags else {}
        return {**specification, "ClientToken": intent.token} if isinstance(self.identity, Token) else specification

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        return self.look(api, where(self.noun.filter, ids))

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.look(api, where(f"tag:{MARK_OP}", intent.op))

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        if self.matched_by and all(want.get(name) for name in self.matched_by):
            found = self.look(api, *(where(name, want[attribute]) for attribute, name in self.matched_by.items()))
            yield from (seen for seen in found if all(seen.attributes.get(name) == want[name] for name in self.matched_by))

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return self.look(api)

    def marked(self, api: AwsSession, state: str) -> Iterator[Observed]:
        return self.look(api, where(f"tag:{MARK_STATE}", state))

    def look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        """Everything that fits the filters."""
        rows = [row for row in self.rows(api, *conditions) if self.fits(row, conditions)]
        for row, attributes in zip(rows, self.read_all(api, rows), strict=True):
            tags = tags_of(row)
            status, reason = self.status(row)
            told = {**attributes, "tags": user_tags(tags)}
            yield Observed(row[self.noun.id], status, told, reason, tags, self.born(row), self.provided(row))

    def rows(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The API's rows that fit the filters."""
        taken = [each for each in conditions if not self.unfiltered or each["Name"].startswith("tag:")]
        asked: dict[str, Any] = {self.noun.filters: taken}
        return api.pages(self.noun.describe, self.noun.rows, **asked)

    def fits(self, row: Mapping[str, Any], conditions: Sequence[dict[str, Any]]) -> bool:
        """Whether a row has the id and the tags asked for. Some calls have no filter for ids, and not every endpoint heeds filters."""
        tags = tags_of(row)
        for condition in conditions:
            name, values = condition["Name"], condition["Values"]
            if name == self.noun.filter and row[self.noun.id] not in values:
                return False
            if name.startswith("tag:") and tags.get(name.removeprefix("tag:")) not in values:
                return False
        return True

    def read_all(self, api: AwsSession, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The attributes of many rows; for types whose rows do not tell everything, with further reads for all of them at once."""
        return [self.read(row) for row in rows]

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes that a row tells under the API's own names."""
        return {name: row[pascal(name)] for name in self.attributes if row.get(pascal(name)) is not None and name != "tags"}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        """Status and reason. Types without a state are there at once."""
        return ("pending" if row.get("State") == "pending" else "ready"), ""

    def provided(self, row: Mapping[str, Any]) -> bool:
        """Whether AWS made it by itself."""
        return False

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        tags = {key: value for key, value in portrayed.get("tags", {}).items() if not key.startswith("aws:")}
        return {**{name: value for name, value in portrayed.items() if name != "tags"}, **({"tags": tags} if tags else {})}

    def born(self, row: Mapping[str, Any]) -> float | None:
        """When it was made, seconds since the epoch, if the API tells."""
        return None

    def row(self, api: AwsSession, id: str) -> dict[str, Any]:
        """One row, fresh. Raises NotFound."""
        for row in self.rows(api, where(self.noun.filter, id)):
            return row
        raise NotFound(f"{id} is not there")

    def update(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        if group == "tags":
            return settle_tags(api, id, want.get("tags", {}), last.get("tags", {}))
        answer = self.change(api, id, want, group)
        return answer if isinstance(answer, Submitted | Again) else Submitted(id, request_id=request_id(answer))

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | Again | dict[str, Any]:
        """Set the attributes of a group other than the tags; the answer of the one call suffices."""
        raise NotUpdatable(f"{self.name} has no group {group}")

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        return Submitted(id, request_id=request_id(api.call(self.noun.delete, **{self.noun.id: id})))


def settle_tags(api: AwsSession, id: str, wanted: Mapping[str, str], owned: Mapping[str, str]) -> Submitted | Again:
    """Make the tags so, one call at a time: what differs is written, then what is no longer wanted removed. ``owned``: ours, last seen."""
    present = tag_map(list(api.pages("describe_tags", "Tags", Filters=[where("resource-id", id)])))
    surplus = [key for key in owned if key in present and key not in wanted]
    changed = {key: value for key, value in wanted.items() if present.get(key) != value}
    if changed:
        api.call("create_tags", Resources=[id], Tags=tag_list(changed))
        return Again(f"{len(changed)} tags written")
    if surplus:
        api.call("delete_tags", Resources=[id], Tags=[{"Key": key} for key in surplus])
        return Again(f"{len(surplus)} tags removed")
    return Submitted(id)
