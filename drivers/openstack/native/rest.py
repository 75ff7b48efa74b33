"""What OpenStack's types have in common: POST makes, GET shows and lists, PUT or PATCH changes, DELETE removes.

A type is mostly data. Attributes are named as the API names them; where that is no plain word (``router:external``) or a body nests,
`RestType.sent` says what the API calls it. What a type does differently it says by overriding ``request``, ``read``, ``status`` or
``change``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from mcflow.drivers.openstack.marks import described, pairs, texts, undescribed
from mcflow.drivers.openstack.session import OpenStackSession, Reply, lacking
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NativeType,
    Natural,
    NotFound,
    NotUpdatable,
    Observed,
    Submitted,
    UniqueName,
    own_marks,
    user_tags,
)
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE

NEVER_SENT = ("read_only", "local", "set_after_create")

Bearer = Literal["description", "metadata", "tags", "properties", ""]
"""Where an object carries marks: behind its description; among its metadata; among texts that are its tags; as properties of its own
(Glance); nowhere."""


@dataclass(frozen=True, slots=True)
class Noun:
    """How a service speaks of a type.

    ``path`` is the collection; with fields (``/qos/policies/{policy_id}/bandwidth_limit_rules``) the attributes of that name are part of
    the object's id (`RestType.joined`). ``detail`` is the listing where it is another path. ``ids``: the listing's parameter for several
    ids, empty where it has none and everything is listed. ``row`` and ``rows`` are what bodies wrap one and many in; an empty ``row``: they
    do not.
    """

    service: str
    path: str
    row: str
    rows: str
    marks: Bearer = "description"
    detail: str = ""
    ids: str = ""
    id: str = "id"
    """What a row's id is called."""
    change: str = "PUT"
    microversion: str = ""
    listing: tuple[tuple[str, str], ...] = ()
    """Further parameters of the listing."""
    marked_by: str = ""
    """The listing's parameter that takes a whole description, for looking up a mark with one row's answer."""


class RestType(NativeType[OpenStackSession]):
    """A type with an id and the usual calls."""

    noun: ClassVar[Noun]
    sent: ClassVar[Mapping[str, str]] = {}
    """Attributes that the API calls otherwise; with a dot, members of a structure (``image.id``)."""
    states: ClassVar[Mapping[str, Any]] = {}
    """The API's word for a state, in capitals → pending, ready, failed, deleting or gone; other words are ``pending``. Empty: there at
    once."""
    state: ClassVar[str] = "status"
    """What a row calls its state."""
    unset: ClassVar[Mapping[str, Any]] = {}
    """What the API takes for an attribute that is to be no more; where nothing is said here, the schema's default."""
    matched_by: ClassVar[Sequence[str]] = ()
    """Attributes that tell an existing object apart for an import."""
    batch: ClassVar[int] = 150

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "noun" in vars(cls):
            cls.family = cls.noun.service

    def lacking(self, api: OpenStackSession) -> str:
        return "" if api.offers(self.noun.service) else lacking(self.noun.service)

    # -- where

    def collection(self, values: Mapping[str, Any]) -> str:
        """The collection's path, its fields filled from attributes."""
        return self.noun.path.format_map({name: values.get(name, "") for name in self._outer()} if "{" in self.noun.path else {})

    def place(self, id: str) -> str:
        """The path of one object."""
        outer = self._outer()
        *parents, own = id.split("|", len(outer)) if outer else [id]
        return f"{self.collection(dict(zip(outer, parents, strict=True)))}/{own}"

    def joined(self, row: Mapping[str, Any], parents: Mapping[str, Any]) -> str:
        """The id of a row: its own behind those of what it lies in, with ``|`` between."""
        return "|".join([*(str(parents[name]) for name in self._outer()), str(row[self.noun.id])])

    def _outer(self) -> list[str]:
        return [part.strip("{}") for part in self.noun.path.split("/") if part.startswith("{")]

    def ask(self, api: OpenStackSession, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        """One request to the type's service."""
        return api.call(self.noun.service, method, path, json=body, microversion=self.noun.microversion, **options)

    # -- create

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        reply = self.ask(api, "POST", self.collection(want), self.wrapped(self.request(api, want, intent)))
        return Submitted(self.joined(self.unwrapped(reply.body), want), request_id=reply.request_id)

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        """The body of the create call: attributes, and the marks by which the object is found again."""
        outer = self._outer()
        names = [name for name, schema in self.attributes.items() if name not in ("tags", *outer) and not _unsent(schema)]
        return {**self.body(want, names), **self.proof(want, intent)}

    def body(self, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        """These attributes as bodies hold them; what is not wanted is left out."""
        return nested({self.sent.get(name, name): values[name] for name in names if values.get(name) is not None})

    def proof(self, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        """The part of the create call that carries marks, and tags where the same field does."""
        if not self.identity.marked:
            return {}
        tags = {**want.get("tags", {}), **intent.marks} if not self._tagged_later() else dict(intent.marks)
        match self.noun.marks:
            case "description":
                return {"description": described(want.get("description"), intent.marks)}
            case "metadata":
                return {"metadata": tags}
            case "tags":
                return {"tags": texts(tags)}
            case "properties":
                return tags
        return {}

    def wrapped(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A body as requests wrap it."""
        return {self.noun.row: dict(body)} if self.noun.row else dict(body)

    def unwrapped(self, body: Any) -> dict[str, Any]:
        """The row that an answer wraps."""
        return dict(body[self.noun.row] if self.noun.row else body)

    # -- read

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        if self._outer():
            yield from self._observe_inner(api, ids)
            return
        if len(ids) == 1 and not api.gathers:
            row = self.row(api, ids[0])
            yield from self.shown(api, [row] if row is not None else [], {})
            return
        asked = set(ids)
        rows = self.listed(api, {self.noun.ids: list(ids)} if self.noun.ids else {})
        yield from self.shown(api, [row for row in rows if row[self.noun.id] in asked], {})

    def _observe_inner(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        """Objects that lie in others: one listing for each of these."""
        outer = self._outer()
        parents = {tuple(id.split("|", len(outer))[:-1]) for id in ids}
        for parent in sorted(parents):
            values = dict(zip(outer, parent, strict=True))
            try:
                rows = list(self.listed(api, {}, values))
            except NotFound:
                continue
            yield from (seen for seen in self.shown(api, rows, values) if seen.id in ids)

    def row(self, api: OpenStackSession, id: str) -> dict[str, Any] | None:
        """One row, fresh; None if it is not there."""
        try:
            return self.unwrapped(self.ask(api, "GET", self.place(id)).body)
        except NotFound:
            return None

    def listed(self, api: OpenStackSession, params: Mapping[str, Any],
               parents: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a listing."""
        path = self.noun.detail or self.collection(parents or {})
        return api.rows(self.noun.service, path, self.noun.rows, params={**dict(self.noun.listing), **params},
                        microversion=self.noun.microversion)

    def shown(self, api: OpenStackSession, rows: Iterable[dict[str, Any]], parents: Mapping[str, Any]) -> Iterator[Observed]:
        """Rows as mcflow sees them, whoever's they are: what is named by its id may be a shared network, or an external one."""
        for row in rows:
            status, reason = self.status(row)
            if status == "gone":
                continue
            told = {**parents, **self.read(api, row)}
            tags = self.tags_of(row)
            if "tags" in self.attributes:
                told["tags"] = user_tags(tags)
            yield Observed(self.joined(row, told), status, told, reason, tags, born(row), self.provided(row))

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes that a row tells."""
        told = {name: dug(row, self.sent.get(name, name)) for name in self.attributes if name != "tags"}
        if self.noun.marks == "description" and "description" in told:
            told["description"] = undescribed(told["description"])[0]
        return {name: value for name, value in told.items() if value is not None}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        """Status and reason. Types without states are there at once."""
        if not self.states:
            return "ready", ""
        word = str(row.get(self.state) or "")
        status = self.states.get(word.upper(), "pending")
        return status, f"the cloud says {word}" if status == "failed" else ""

    def tags_of(self, row: Mapping[str, Any]) -> dict[str, str]:
        """All tags of a row, marks included."""
        match self.noun.marks:
            case "description":
                return {**pairs(row.get("tags") or ()), **undescribed(row.get("description"))[1]}
            case "metadata":
                return dict(row.get("metadata") or {})
            case "tags":
                return pairs(row.get("tags") or ())
            case "properties":
                return own_marks({key: value for key, value in row.items() if isinstance(value, str)})
        return {}

    def ours(self, api: OpenStackSession, row: Mapping[str, Any]) -> bool:
        """Whether a row is of this project: what others share with it is not looked through, but shown where its id is named."""
        project = row.get("project_id") or row.get("tenant_id")
        return not project or project == api.project_id

    def provided(self, row: Mapping[str, Any]) -> bool:
        """Whether the cloud made it by itself."""
        return False

    # -- look

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        if isinstance(self.identity, UniqueName):
            return self.named(api, str(want[self.identity.attribute]))
        if isinstance(self.identity, Natural):
            return self.natural(api, want)
        params = {"description": described(want.get("description"), intent.marks)} if self.noun.marked_by else {}
        return (seen for seen in self._look(api, params, want) if seen.tags.get(MARK_OP) == intent.op)

    def named(self, api: OpenStackSession, name: str) -> Iterator[Observed]:
        """What has that name. Names are hardly ever unique in OpenStack, so all of them."""
        assert isinstance(self.identity, UniqueName)
        attribute = self.identity.attribute
        return (seen for seen in self._look(api, {self.sent.get(attribute, attribute): name}, {}) if seen.attributes.get(attribute) == name)

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        """What the want itself identifies."""
        raise NotImplementedError(f"{self.name}: a natural identity says itself how it is found")

    def _look(self, api: OpenStackSession, params: Mapping[str, Any], want: Mapping[str, Any]) -> Iterator[Observed]:
        parents = {name: want[name] for name in self._outer()}
        try:
            yield from self.shown(api, [row for row in self.listed(api, params, parents) if self.ours(api, row)], parents)
        except NotFound:
            # What it lies in is not there (any more).
            if not parents:
                raise

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        if isinstance(self.identity, Natural):
            yield from self.natural(api, want)
        elif self.matched_by and all(want.get(name) for name in self.matched_by):
            found = self._look(api, {}, want)
            yield from (seen for seen in found if all(seen.attributes.get(name) == want[name] for name in self.matched_by))

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        """Everything of this type in the project. Types that lie in others override it."""
        return self.shown(api, (row for row in self.listed(api, {}) if self.ours(api, row)), {})

    def marked(self, api: OpenStackSession, state: str) -> Iterator[Observed]:
        return (seen for seen in self.discover(api) if seen.tags.get(MARK_STATE) == state)

    # -- change

    def update(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        if group == "tags":
            return self.settle_tags(api, id, want.get("tags", {}), last.get("tags", {}))
        answer = self.change(api, id, want, last, group)
        return answer if isinstance(answer, Submitted | Again) else Submitted(id, request_id=answer.request_id)

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        """Set the attributes of a group other than the tags; the answer of the one call suffices."""
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        if not names:
            raise NotUpdatable(f"{self.name} has no group {group}")
        empty = {**{name: self.attributes[name]["default"] for name in names if "default" in self.attributes[name]}, **self.unset}
        lost = {name: empty[name] for name in names
                if want.get(name) is None and name in empty and last.get(name) not in (None, empty[name])}
        body = {**self.body(want, names), **nested({self.sent.get(name, name): value for name, value in lost.items()})}
        if self.noun.marks == "description" and "description" in names:
            body["description"] = described(want.get("description"), own_marks(self.tags_of(self.present(api, id))))
        return self.ask(api, self.noun.change, self.place(id), self.wrapped(body))

    def present(self, api: OpenStackSession, id: str) -> dict[str, Any]:
        """One row, fresh. Raises NotFound."""
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"{id} is not there")
        return row

    def settle_tags(self, api: OpenStackSession, id: str, wanted: Mapping[str, str], owned: Mapping[str, str]) -> Submitted | Again:
        """Make our tags so and leave those of others. Marks that are wanted too (of an object that is taken over) go where marks stand."""
        row = self.present(api, id)
        present = self.tags_of(row)
        marks = {**own_marks(present), **own_marks(wanted)}
        kept = {key: value for key, value in user_tags(present).items() if key not in owned}
        tags = {**kept, **user_tags(wanted)}
        if {**tags, **marks} == present:
            return Submitted(id)
        if self.noun.marks == "description":
            if marks != own_marks(present):
                words = undescribed(row.get("description"))[0]
                self.ask(api, self.noun.change, self.place(id), self.wrapped({"description": described(words, marks)}))
                return Again("marks written")
            reply = self.ask(api, "PUT", f"{self.place(id)}/tags", {"tags": texts(tags)})
            return Submitted(id, request_id=reply.request_id)
        return Submitted(id, request_id=self.write_tags(api, id, {**tags, **marks}).request_id)

    def write_tags(self, api: OpenStackSession, id: str, tags: Mapping[str, str]) -> Reply:
        """Replace all tags, where they and the marks share a field. Raises NotUpdatable where a type cannot."""
        if self.noun.marks == "tags":
            return self.ask(api, self.noun.change, self.place(id), self.wrapped({"tags": texts(tags)}))
        if self.noun.marks == "metadata":
            return self.ask(api, "PUT", f"{self.place(id)}/metadata", {"metadata": dict(tags)})
        raise NotUpdatable(f"{self.name} has no tags that change")

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        return Submitted(id, request_id=self.ask(api, "DELETE", self.place(id)).request_id)

    def _tagged_later(self) -> bool:
        return bool(self.attributes.get("tags", {}).get("set_after_create"))


def _unsent(schema: Mapping[str, Any]) -> bool:
    return any(schema.get(note) for note in NEVER_SENT)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with dots in their names as structures."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *outer, last = name.split(".")
        inner = tree
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return tree


def dug(row: Mapping[str, Any], path: str) -> Any:
    """What a row holds under a name, with dots for structures."""
    value: Any = row
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def born(row: Mapping[str, Any]) -> float | None:
    """When an object was made, seconds since the epoch."""
    text = row.get("created_at") or row.get("created")
    if not isinstance(text, str):
        return None
    try:
        made = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
