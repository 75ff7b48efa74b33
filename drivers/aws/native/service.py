"""What types of all services but EC2 have in common: create, read, list, change and delete calls that the service's own model describes.

A type is mostly data. Attributes are named as the API names them, in snake case (``assume_role_policy_document``); `spelling` translates by
the service's model, in requests and in answers, so paths here are in snake case too. What a type does differently it says by overriding
``request``, ``read``, ``status`` or ``change``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mcflow.drivers.aws.native.documents import meaning_of, text_of, value_of
from mcflow.drivers.aws.native.ec2 import NEVER_SENT
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NativeType,
    NotFound,
    NotUpdatable,
    Observed,
    Submitted,
    Tagged,
    Token,
    UniqueName,
    user_tags,
)
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a service tags. Calls that take all tags and keys at once, and name the object by ``target``, an attribute or ``id``.

    ``pair``: names of key and value in a list of tags; empty where tags are a map. ``told``: where a row shows its tags (JMESPath); empty:
    they are asked for by ``list``. ``fixed``: further parameters of all calls.
    """

    add: str
    remove: str
    parameter: str = "resource_arn"
    target: str = "id"
    tags: str = "tags"
    keys: str = "tag_keys"
    pair: tuple[str, ...] = ("key", "value")
    told: str = ""
    list: str = ""
    listed: str = "tags"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    many: bool = False
    """Whether ``parameter`` takes a list of objects."""

    def written(self, tags: Mapping[str, str]) -> Any:
        """Tags as the API writes them."""
        if not self.pair:
            return dict(tags)
        key, value = self.pair
        return [{key: name, value: text} for name, text in tags.items()]

    def read(self, tags: Any) -> dict[str, str]:
        """Tags as mcflow keeps them."""
        if not self.pair or not tags:
            return dict(tags or {})
        key, value = self.pair
        return {each[key]: each.get(value) or "" for each in tags}


@dataclass(frozen=True, slots=True)
class Update:
    """The call that changes a group, where there is more to say than its name.

    ``sent``: attribute → parameter, where it calls attributes otherwise than the create call does. ``fixed``: further parameters.
    ``none``: the call where nothing of the group is wanted (``delete_retention_policy``); it takes the id alone.
    """

    operation: str
    sent: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    none: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """How a service speaks of a type. Operations are botocore's method names, paths JMESPath over answers in snake case.

    ``id``: where a row holds what ``key`` takes, the parameter by which calls name the object; several, joined by ``|``, where it takes
    more than one name (the id is `joined` then). ``made``: where the create call's answer
    holds the row; empty where it tells nothing and the id is in the want. ``row``: where the read call's answer holds it. ``rows``: where a
    listing holds rows. ``whole``: its rows tell what the read call tells. ``many``: the listing's parameter for several ids, at most
    ``batch`` of them.
    """

    service: str
    create: str
    delete: str
    id: str
    key: str
    made: str = "@"
    read: str = ""
    row: str = "@"
    list: str = ""
    rows: str = ""
    whole: bool = True
    listing: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters of the listing."""
    many: str = ""
    batch: int = 100
    token: str = ""
    """The create call's parameter for an idempotency token."""
    tags: str = "tags"
    """The create call's parameter for tags."""
    state: str = ""
    """Where a row tells its state; `ServiceType.states` says what the words mean."""
    reason: str = ""
    updates: Mapping[str, str | Update] = field(default_factory=dict)
    """Update group → operation. Sent are the id and the group's attributes; one that is no longer wanted as `ServiceType.unset` says."""
    deleting: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters of the delete call."""


class ServiceType(NativeType[AwsSession]):
    """A type with the usual calls of a service."""

    calls: ClassVar[Calls]
    tagging: ClassVar[Tagging | None] = None
    states: ClassVar[Mapping[str, Any]] = {}
    """The API's word → pending, ready, failed, deleting or gone; other words are ``pending``."""
    paths: ClassVar[Mapping[str, str]] = {}
    """Attributes that a row holds elsewhere than under their own name: JMESPath."""
    unset: ClassVar[Mapping[str, Any]] = {}
    """What the API takes for an attribute that is to be no more."""
    documents: ClassVar[Sequence[str]] = ()
    """Attributes that are JSON documents: an object in blueprints, a text in the API, compared by meaning."""
    sent: ClassVar[Mapping[str, str]] = {}
    """Attributes that requests call otherwise; with a dot, members of a structure (``scaling_config.min_size``)."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "calls" in vars(cls):
            cls.family = cls.calls.service

    # -- create

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        answer = api.tell(self.calls.service, self.calls.create, **self.request(api, want), **self.proof(want, intent))
        return Submitted(self.born_as(answer, want), request_id=answer["request_id"])

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        """The create call's parameters but tags and token."""
        names = [name for name, schema in self.attributes.items() if name != "tags" and not any(schema.get(note) for note in NEVER_SENT)]
        return self.parameters(want, names)

    def parameters(self, want: Mapping[str, Any], names: Sequence[str], sent: Mapping[str, str] | None = None) -> dict[str, Any]:
        """These attributes, as requests call them (``sent``: as a call of its own calls them)."""
        given = {name: want[name] for name in names if want.get(name) is not None}
        called = {**self.sent, **(sent or {})}
        return nested({called.get(name, name): text_of(value) if name in self.documents else value for name, value in given.items()})

    def proof(self, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        """The parameters by which the object is found again: marks among the tags, and the token where the call takes one."""
        tags = {**want.get("tags", {}), **intent.marks} if self.identity.marked else dict(want.get("tags", {}))
        marks = {self.calls.tags: self.tagging.written(tags)} if self.tagging and tags else {}
        return {**marks, self.calls.token: intent.token} if self.calls.token else marks

    def born_as(self, answer: Mapping[str, Any], want: Mapping[str, Any]) -> str:
        """The id that the create call's answer tells, or the want where it does not."""
        if not self.calls.made or "|" in self.calls.key:
            return self.id_of(want)
        return str(_search(f"{self.calls.made}.{self.calls.id}" if self.calls.made != "@" else self.calls.id, answer))

    # -- read

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        return self.shown(api, self.rows_of(api, ids))

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The rows of these ids, with as few requests as the API allows."""
        calls, asked = self.calls, set(ids)
        if calls.many:
            for at in range(0, len(ids), calls.batch):
                yield from self._several(api, list(ids[at:at + calls.batch]))
        elif calls.list and calls.whole and (len(ids) > 1 or not calls.read):
            yield from (row for row in self.all_rows(api) if self.id_of(row) in asked)
        else:
            for id in ids:
                row = self.row(api, id)
                if row is not None:
                    yield row

    def _several(self, api: AwsSession, ids: list[str]) -> Iterator[dict[str, Any]]:
        try:
            yield from list(api.rows(self.calls.service, self.calls.list, self.calls.rows, **self.calls.listing, **{self.calls.many: ids}))
        except NotFound:
            # One that is missing spoils the answer for all.
            if len(ids) > 1:
                yield from (row for row in self.all_rows(api) if self.id_of(row) in ids)

    def row(self, api: AwsSession, id: str) -> dict[str, Any] | None:
        """One row, fresh; None if it is not there."""
        if not self.calls.read:
            return next(iter(self.rows_of(api, [id])), None)
        try:
            row = _search(self.calls.row, api.tell(self.calls.service, self.calls.read, **self.called(id)))
        except NotFound:
            return None
        return dict(row) if row else None

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        """Every row that the listing shows, read one by one where it tells too little."""
        listed = api.rows(self.calls.service, self.calls.list, self.calls.rows, **self.calls.listing)
        if self.calls.whole:
            yield from listed
            return
        for each in listed:
            row = self.row(api, each if isinstance(each, str) else self.id_of(each))
            if row is not None:
                yield row

    def shown(self, api: AwsSession, rows: Iterator[dict[str, Any]]) -> Iterator[Observed]:
        """Rows as mcflow sees them."""
        for row in rows:
            status, reason = self.status(row)
            if status == "gone":
                continue
            told = self.read(api, row)
            tags = self.tags_of(api, row, told)
            yield Observed(self.id_of(row), status, {**told, "tags": user_tags(tags)} if "tags" in self.attributes else told, reason, tags,
                           None, self.provided(row))

    def called(self, id: str) -> dict[str, str]:
        """The parameters by which calls name an object."""
        names = self.calls.key.split("|")
        return dict(zip(names, id.split("|", len(names) - 1), strict=True))

    def id_of(self, row: Mapping[str, Any]) -> str:
        """A row's id."""
        return str(_search(self.calls.id, row))

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes that a row tells; a type whose rows do not tell all overrides this with further reads."""
        values = {name: _search(self.paths.get(name) or self.sent.get(name, name), row) for name in self.attributes if name != "tags"}
        return {name: value_of(value) if name in self.documents else value for name, value in values.items() if value is not None}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        """Status and reason. Types without a state are there at once."""
        if not self.calls.state:
            return "ready", ""
        reason = _search(self.calls.reason, row) if self.calls.reason else ""
        return self.states.get(str(_search(self.calls.state, row)), "pending"), str(reason or "")

    def tags_of(self, api: AwsSession, row: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, str]:
        """All tags of a row."""
        if self.tagging is None:
            return {}
        if self.tagging.told:
            return self.tagging.read(_search(self.tagging.told, row))
        if not self.tagging.list:
            return {}
        try:
            rows: Any = api.tell(self.calls.service, self.tagging.list, **self._named(self.id_of(row), told), **self.tagging.fixed)
        except NotFound:
            return {}
        return self.tagging.read(_search(self.tagging.listed, rows))

    def provided(self, row: Mapping[str, Any]) -> bool:
        """Whether AWS made it by itself."""
        return False

    # -- look

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        if "|" in self.calls.key:
            return self.observe(api, [self.id_of(want)])
        if isinstance(self.identity, UniqueName):
            return self.named(api, str(want[self.identity.attribute]))
        if isinstance(self.identity, Tagged | Token):
            return (seen for seen in self.discover(api) if seen.tags.get(MARK_OP) == intent.op)
        raise NotImplementedError(f"{self.name}: a natural identity says itself how it is found")

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        """What has that unique name. Where the id is the name, as it stands; other types override it."""
        return self.observe(api, [name])

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        if "|" in self.calls.key and all(want.get(name) for name in self.calls.key.split("|")):
            yield from self.observe(api, [self.id_of(want)])
        elif isinstance(self.identity, UniqueName) and want.get(self.identity.attribute):
            yield from self.named(api, str(want[self.identity.attribute]))

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return self.shown(api, self.all_rows(api))

    def marked(self, api: AwsSession, state: str) -> Iterator[Observed]:
        return (seen for seen in self.discover(api) if seen.tags.get(MARK_STATE) == state)

    # -- change

    def update(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        if group == "tags":
            return self.settle_tags(api, id, want, last)
        answer = self.change(api, id, want, last, group)
        return answer if isinstance(answer, Submitted | Again) else Submitted(id, request_id=str(answer.get("request_id", "")))

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        """Set the attributes of a group other than the tags; the answer of the one call suffices."""
        if group not in self.calls.updates:
            raise NotUpdatable(f"{self.name} has no group {group}")
        update = self.calls.updates[group]
        update = Update(update) if isinstance(update, str) else update
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        if update.none and all(want.get(name) in (None, "", [], {}) for name in names):
            return api.tell(self.calls.service, update.none, **self.called(id))
        lost = {name: self.unset[name] for name in names if want.get(name) is None and name in self.unset}
        sent = self.parameters({**want, **lost}, names, update.sent)
        return api.tell(self.calls.service, update.operation, **self.called(id), **sent, **update.fixed)

    def settle_tags(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any]) -> Submitted | Again:
        """Make the tags so, one call at a time: what differs is written, then what is no longer wanted removed."""
        tagging = self.tagging
        assert tagging is not None
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"{id} is not there")
        told = self.read(api, row)
        present, wanted = self.tags_of(api, row, told), want.get("tags", {})
        changed = {key: value for key, value in wanted.items() if present.get(key) != value}
        surplus = [key for key in last.get("tags", {}) if key in present and key not in wanted]
        name = {**self._named(id, told), **tagging.fixed}
        if changed:
            api.tell(self.calls.service, tagging.add, **name, **{tagging.tags: tagging.written(changed)})
            return Again(f"{len(changed)} tags written")
        if surplus:
            api.tell(self.calls.service, tagging.remove, **name, **{tagging.keys: surplus})
            return Again(f"{len(surplus)} tags removed")
        return Submitted(id)

    def _named(self, id: str, told: Mapping[str, Any]) -> dict[str, Any]:
        assert self.tagging is not None
        target = id if self.tagging.target == "id" else told[self.tagging.target]
        return {self.tagging.parameter: [target] if self.tagging.many else target}

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        answer = api.tell(self.calls.service, self.calls.delete, **self.called(id), **self.calls.deleting)
        return Submitted(id, request_id=answer["request_id"])

    # -- diff

    def normalise(self, attribute: str, value: Any) -> Any:
        return meaning_of(value) if attribute in self.documents else value

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        tags = {key: value for key, value in portrayed.pop("tags", {}).items() if not key.startswith("aws:")}
        return {**portrayed, **({"tags": tags} if tags else {})}


def joined(*names: str) -> str:
    """The path of an id made of several names, for objects that calls name by more than one parameter."""
    return f"join('|', [{', '.join(names)}])"


def nested(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with dots in their names as structures."""
    tree: dict[str, Any] = {}
    for name, value in parameters.items():
        *outer, last = name.split(".")
        inner = tree
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return tree


def _search(path: str, value: Any) -> Any:
    """What is under a path; a plain name needs no expression."""
    if path == "@":
        return value
    if path.isidentifier():
        return value.get(path) if isinstance(value, Mapping) else None
    import jmespath

    return jmespath.search(path, value)
