"""Native types: one identity made by one non-idempotent call. A driver author subclasses `NativeType`, mostly with data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from mcflow.drivers.sdk.attributes import Schema
from mcflow.drivers.sdk.identity import Identity

S = TypeVar("S")

MARK_STATE = "mcflow-state"
MARK_OP = "mcflow-op"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a handler knows of the operation it serves. The same after a crash: it comes from the journal.

    ``marks`` must be written by the create call where ``identity.marked``; ``token`` is the idempotency token; ``address`` is a hint for
    people, never identity; ``listed`` are the ids that existed before (NoIdentity only).
    """

    op: str
    token: str
    marks: Mapping[str, str]
    address: str
    attempt: int = 1
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A mutation was accepted. ``id`` if known already, ``operation`` if the cloud gave one to poll."""

    id: str | None = None
    operation: str | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """Call me once more with a fresh observation: a set settled call by call, a bucket emptied page by page."""

    progress: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What the cloud says of one object. ``attributes`` hold what the schema names; ``tags`` all tags, marks included.

    ``provided``: the cloud made it by itself, with the account or with something else (a default VPC, a VPC's main route table, an
    instance's root volume). Discovery shows it apart, and imports or destroys it only if it is asked for by name.
    """

    id: str
    status: Literal["pending", "ready", "failed", "deleting", "gone"] = "ready"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: float | None = None
    provided: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How an operation of the cloud stands. ``id`` where the operation reveals it."""

    operation: str
    status: Literal["running", "done", "failed"]
    reason: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes changed by one re-runnable call. ``needs``: attribute values the object must have meanwhile (``{"power": "stopped"}``);
    the engine inserts the steps there and back."""

    name: str
    needs: Mapping[str, Any] = field(default_factory=dict)


class NativeType(Generic[S]):
    """One kind of object of one cloud's API. Handlers make at most one mutating call, never sleep, retry, log, diff or keep state.

    ``create`` must be given; ``observe`` and ``find`` too. ``update`` where any attribute has a group; ``delete`` unless the API has none;
    ``poll``, ``match``, ``discover``, ``marked`` are optional: a type has them if it overrides them.
    """

    name: ClassVar[str]
    """``<driver>.<the API's noun>``."""
    version: ClassVar[int] = 1
    identity: ClassVar[Identity]
    attributes: ClassVar[Mapping[str, Schema]]
    """Attribute name → annotated schema. The only description of them; `schema` is made from it."""
    required: ClassVar[Sequence[str]] = ()
    groups: ClassVar[Sequence[Group]] = ()
    """Only groups that need something; the others follow from the attributes' ``group``."""
    part_of: ClassVar[str | None] = None
    """The attribute that names the parent whose body holds this part."""
    exclusive: ClassVar[bool] = False
    """Old and new cannot exist at once: replaced by delete, then create (attachments, associations)."""
    family: ClassVar[str] = "default"
    """The API family whose request rate it counts against."""
    seconds: ClassVar[float] = 5.0
    """Expected duration of a create, for the critical path."""
    batch: ClassVar[int] = 200
    """How many ids one ``observe`` may be asked for."""
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = None
    """``staticmethod(lambda want: key)``: one mutation in flight per key. ``want["id"]`` is the object's own id, empty while it is made: so
    parts share a key with the object whose body they stand in."""

    def create(self, api: S, want: Mapping[str, Any], intent: Intent) -> Submitted:
        """Submit the creation. ``want`` has all but read-only, local and set_after_create attributes; secrets in clear."""
        raise NotImplementedError

    def observe(self, api: S, ids: Sequence[str]) -> Iterator[Observed]:
        """What is there of ``ids``: one paged call by filter. An id that is not there is not yielded; a missing parent means gone."""
        raise NotImplementedError

    def find(self, api: S, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        """Objects that this intent may have made: by mark, token, name or natural identity."""
        raise NotImplementedError

    def update(self, api: S, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        """Set the attributes of ``group``. Re-runnable: settling what is already so is no error. ``last`` is what was last observed;
        of a map with ``owned_keys`` or a ``shared`` list it holds ours only, so what it has and ``want`` has not is to be removed."""
        raise NotImplementedError

    def delete(self, api: S, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        """Submit the deletion. ``last``: the last observed attributes over the last want, ``local`` ones included."""
        raise NotImplementedError

    def poll(self, api: S, operations: Sequence[str]) -> Iterator[Progress]:
        """How the cloud's own operations stand, for clouds where a failure shows only there."""
        raise NotImplementedError

    def match(self, api: S, want: Mapping[str, Any]) -> Iterator[Observed]:
        """For import: existing objects that fill this want, by their relation to what is already bound."""
        raise NotImplementedError

    def discover(self, api: S) -> Iterator[Observed]:
        """Everything of this type in the connection."""
        raise NotImplementedError

    def marked(self, api: S, state: str) -> Iterator[Observed]:
        """Everything of this type whose mark ``mcflow-state`` is ``state``: one paged call by filter, cheaper than `discover`, which does
        in its place where a type has only that. For types whose identity is marked."""
        raise NotImplementedError

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The want that would make such an object: what the cloud fills in by itself is left out. ``attributes`` as observed. Pure.

        What discovery writes into a blueprint. Left out here: what cannot be asked for (``read_only``, ``write_only``, ``local``), what is
        ``incidental``, what equals the schema's default, and what is empty.
        """
        return {name: attributes[name] for name, schema in self.attributes.items() if _portrayed(schema, attributes.get(name))}

    def upgrade(self, old: dict[str, Any], version: int) -> dict[str, Any]:
        """A want or attribute tree written by an earlier ``version`` of this type, in today's shape."""
        return old

    def normalise(self, attribute: str, value: Any) -> Any:
        """One canonical spelling of a value (a CIDR's host bits, a JSON policy's white space). Used on both sides of the diff."""
        return value

    def lacking(self, api: S) -> str:
        """Why this endpoint can have no object of this type, though the driver knows it: the service that its catalog lacks. Told when one
        is planned; empty where it can. Asks the cloud at most once in a session."""
        return ""

    def offers(self, handler: str) -> bool:
        """True if the type has the optional handler (``update``, ``delete``, ``poll``, ``match``, ``discover``, ``marked``)."""
        return getattr(type(self), handler) is not getattr(NativeType, handler)


_UNASKED = ("read_only", "write_only", "local", "incidental")


def _portrayed(schema: Schema, value: Any) -> bool:
    if value is None or value in ("", [], {}) or any(schema.get(note) for note in _UNASKED):
        return False
    if "default" in schema:
        return bool(value != schema["default"])
    return value is not False or bool(schema.get("default_from_cloud"))


def user_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags without mcflow's marks: what an Observed's ``attributes["tags"]`` holds."""
    return {key: value for key, value in tags.items() if key not in (MARK_STATE, MARK_OP)}


def own_marks(tags: Mapping[str, str]) -> dict[str, str]:
    """Only mcflow's marks."""
    return {key: value for key, value in tags.items() if key in (MARK_STATE, MARK_OP)}
