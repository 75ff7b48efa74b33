"""The one class that talks to the cloud for all native types: what differs between them is data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, cast

from mcflow.drivers.mock.cloud.kinds import KINDS
from mcflow.drivers.mock.cloud.service import View
from mcflow.drivers.mock.cloud.work import Caller
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NativeType,
    Natural,
    NoIdentity,
    Observed,
    Progress,
    Submitted,
    UniqueName,
    user_tags,
)
from mcflow.drivers.sdk.native import MARK_STATE

Status = Literal["pending", "ready", "failed", "deleting", "gone"]


def status_of(view: View) -> Status:
    """The cloud's status word; it uses mcflow's own."""
    return cast(Status, view.status)


class MockType(NativeType[MockSession]):
    """A kind of object of the rehearsal cloud. ``natural`` names the attributes that are its identity, ``relations`` those that import
    matches by. Its id is the cloud's."""

    natural: ClassVar[Sequence[str]] = ()
    relations: ClassVar[Sequence[str]] = ()
    unset: ClassVar[Mapping[str, Any]] = {}
    """What the cloud takes for an attribute that is to be no more."""

    @property
    def kind(self) -> str:
        """The cloud's own word for it."""
        return self.name.partition(".")[2]

    def create(self, api: MockSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        body = {name: value for name, value in want.items() if name != "tags" and value is not None}
        tags = {**want.get("tags", {}), **intent.marks} if self.identity.marked else {}
        made = api.cloud.create(self.kind, body, tags=tags, token=self._token(intent), caller=Caller(intent.address, intent.op))
        return Submitted(made.id if made.operation is None else None, made.operation)

    def _token(self, intent: Intent) -> str:
        return ""

    def observe(self, api: MockSession, ids: Sequence[str]) -> Iterator[Observed]:
        for view in api.cloud.describe(self.kind, ids):
            yield self.observed(view)

    def find(self, api: MockSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        if isinstance(self.identity, NoIdentity):
            views = [view for view in api.cloud.search(self.kind, where=self._comparable(want)) if view.id not in intent.listed]
        elif isinstance(self.identity, UniqueName):
            views = api.cloud.search(self.kind, where={self.identity.attribute: want[self.identity.attribute]})
        elif isinstance(self.identity, Natural):
            views = api.cloud.search(self.kind, where={name: want[name] for name in self.natural})
        else:
            views = api.cloud.search(self.kind, tags={"mcflow-op": intent.marks["mcflow-op"]})
        for view in views:
            yield self.observed(view)

    def update(self, api: MockSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group and name != "tags"]
        changes = {name: want.get(name, self.unset.get(name)) for name in names if name in want or name in self.unset}
        tags: dict[str, str | None] = {}
        if group == "tags":
            tags = {**dict.fromkeys(last.get("tags") or {}), **(want.get("tags") or {})}
        api.cloud.modify(self.kind, id, changes, tags=tags)
        return Submitted(id)

    def delete(self, api: MockSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        api.cloud.delete(self.kind, id)
        return Submitted(id)

    def match(self, api: MockSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        where = {name: want[name] for name in (*self.natural, *self.relations) if isinstance(want.get(name), str | int)}
        if not where:
            return
        for view in api.cloud.search(self.kind, where=where):
            yield self.observed(view)

    def discover(self, api: MockSession) -> Iterator[Observed]:
        for view in api.cloud.search(self.kind):
            yield self.observed(view)

    def marked(self, api: MockSession, state: str) -> Iterator[Observed]:
        for view in api.cloud.search(self.kind, tags={MARK_STATE: state}):
            yield self.observed(view)

    def observed(self, view: View) -> Observed:
        """A view in mcflow's shape: only what the schema names, tags without the marks."""
        attributes = {name: view.attributes[name] for name in self.attributes if view.attributes.get(name) is not None}
        if "tags" in self.attributes:
            attributes["tags"] = user_tags(view.tags)
        return Observed(view.id, status_of(view), attributes, view.reason, view.tags, view.created_at)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        kind = KINDS.get(self.kind)
        for name, usual in kind.optional.items() if kind is not None else ():
            if usual is None or name not in attributes or self.attributes[name].get("write_only"):
                continue
            if attributes[name] == usual:
                portrayed.pop(name, None)
            else:
                portrayed[name] = attributes[name]
        return portrayed

    def _comparable(self, want: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in want.items() if name != "tags" and not self.attributes[name].get("write_only")}


class TokenType(MockType):
    """A type whose create call takes an idempotency token."""

    def _token(self, intent: Intent) -> str:
        return intent.token


class OperationType(MockType):
    """A type whose create answers with an operation, and fails only there."""

    def poll(self, api: MockSession, operations: Sequence[str]) -> Iterator[Progress]:
        for operation, status in api.cloud.operations(operations):
            yield Progress(operation.id, cast(Literal["running", "done", "failed"], status), operation.failed if status == "failed" else "",
                           operation.object_id if status == "done" else None)


