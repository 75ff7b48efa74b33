"""A cloud in memory with one native type of each identity class, faults, lag and slowness to order; and a state without a disk."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mcflow.drivers.sdk import (
    Again,
    AlreadyExists,
    Driver,
    Group,
    InUse,
    InvalidRequest,
    NativeType,
    Natural,
    NoIdentity,
    NotFound,
    Observed,
    Progress,
    Session,
    Submitted,
    Tagged,
    Token,
    UniqueName,
    array,
    boolean,
    integer,
    native_type,
    string,
    tags,
)
from mcflow.drivers.sdk import Intent as HandlerIntent
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.options import ApplyOptions
from mcflow.engine.ports import Cancel, Clock, Ports
from mcflow.engine.sessions import Sessions
from mcflow.model.connection import Connection, ConnectionIdentity
from mcflow.model.event import Event
from mcflow.model.plan import Plan, Step
from mcflow.state.fold import fold
from mcflow.state.journal import JournalFailed
from mcflow.state.lease import LeaseLost
from mcflow.state.records import Intent, Record, State
from mcflow.state.sealing import Sealer

LAG, LIFETIME, POLL = 30.0, 60.0, 2.0
_SEEDS = itertools.count()


class JumpingClock(Clock):
    """Time passes only when somebody waits."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def wait(self, cancel: Cancel, seconds: float) -> bool:
        self.at += seconds
        return cancel.level > 0


@dataclass
class Thing:
    id: str
    type: str
    want: dict[str, Any]
    tags: dict[str, str]
    token: str
    at: float
    ready_at: float
    gone_at: float | None = None
    status: str = ""


@dataclass
class Fault:
    """Raise ``error`` for calls of ``handler`` while ``times`` last; ``after`` the call took effect, or before it."""

    handler: str
    error: Exception
    after: bool = False
    times: int = 1
    when: Callable[[Mapping[str, Any]], bool] = lambda want: True


@dataclass
class Cloud:
    clock: JumpingClock = field(default_factory=JumpingClock)
    lag: float = 0.0
    create_seconds: float = 0.0
    delete_seconds: float = 0.0
    things: dict[str, Thing] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    """Creations by op: more than one is a duplicate."""
    operations: dict[str, tuple[str, str]] = field(default_factory=dict)
    hooks: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    busy: Counter[str] = field(default_factory=Counter)
    clashes: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    count: int = 0

    def fault(self, handler: str, error: Exception, **more: Any) -> None:
        self.faults.append(Fault(handler, error, **more))

    def trip(self, handler: str, want: Mapping[str, Any], *, after: bool) -> None:
        for fault in list(self.faults):
            if fault.handler == handler and fault.after is after and fault.when(want):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                raise fault.error

    def alive(self, type: str) -> list[Thing]:
        now = self.clock.monotonic()
        return [thing for thing in self.things.values()
                if thing.type == type and (thing.gone_at is None or thing.gone_at > now)]

    def called(self, handler: str, type: str | None = None) -> int:
        return sum(1 for name, kind, _ in self.calls if name == handler and type in (None, kind))


class ToySession(Session):
    def __init__(self, connection: Connection, cloud: Cloud) -> None:
        super().__init__(connection)
        self.cloud = cloud

    def identity(self) -> ConnectionIdentity:
        return ConnectionIdentity("toy", str(self.connection.config.get("account", "1")), self.connection.region or "here")


class Toy(NativeType[ToySession]):
    attributes = {  # noqa: RUF012
        "name": string(), "size": integer(group="size"), "parent": string(),
        "rules": array(string(), set=True, group="rules"),
        "tags": tags(), "password": string(write_only=True, sensitive=True, group="secret"), "address": string(read_only=True),
        "peers": array(string(), set=True, set_after_create=True, group="peers"), "force": boolean(local=True),
        "power": string(group="power"), "echo": string(group="size"),
    }
    groups = (Group("size", {"power": "stopped"}),)
    stepwise = False

    def create(self, api: ToySession, want: Mapping[str, Any], intent: HandlerIntent) -> Submitted:
        cloud = api.cloud
        hook = cloud.hooks.get("create")
        if hook:
            hook(want)
        with cloud.lock:
            cloud.calls.append(("create", self.name, dict(want)))
            cloud.trip("create", want, after=False)
            thing = self._existing(cloud, want, intent)
            if thing is None:
                thing = self._make(cloud, want, intent)
            cloud.trip("create", want, after=True)
            return self._submitted(cloud, thing)

    def _existing(self, cloud: Cloud, want: Mapping[str, Any], intent: HandlerIntent) -> Thing | None:
        if isinstance(self.identity, Token):
            known = [thing for thing in cloud.things.values() if thing.token == intent.token]
            return next((thing for thing in known if cloud.clock.monotonic() < thing.at + self.identity.lifetime), None)
        if isinstance(self.identity, UniqueName | Natural):
            key = "name" if isinstance(self.identity, UniqueName) else "parent"
            if any(thing.want.get(key) == want.get(key) for thing in cloud.alive(self.name)):
                raise AlreadyExists(f"{want.get(key)} is taken", code="Taken")
        return None

    def _make(self, cloud: Cloud, want: Mapping[str, Any], intent: HandlerIntent) -> Thing:
        cloud.count += 1
        now = cloud.clock.monotonic()
        marks = dict(intent.marks) if self.identity.marked else {}
        thing = Thing(self._new_id(cloud, want), self.name, dict(want), marks, intent.token, now, now + cloud.create_seconds)
        cloud.things[thing.id] = thing
        cloud.made[intent.op] += 1
        return thing

    def _new_id(self, cloud: Cloud, want: Mapping[str, Any]) -> str:
        return f"{self.name.split('.')[1]}-{cloud.count}"

    def _submitted(self, cloud: Cloud, thing: Thing) -> Submitted:
        return Submitted(thing.id, request_id=f"r-{thing.id}")

    def _show(self, cloud: Cloud, thing: Thing) -> Observed | None:
        now = cloud.clock.monotonic()
        if now < thing.at + cloud.lag or (thing.gone_at is not None and now >= thing.gone_at):
            return None
        live: Any = "deleting" if thing.gone_at is not None else "ready" if now >= thing.ready_at else "pending"
        status: Any = thing.status or live
        shown = {key: value for key, value in thing.want.items() if key not in ("password", "force")}
        attributes = {**shown, "address": f"10.0.0.{thing.id}"}
        return Observed(thing.id, status, attributes, "", {**thing.tags, **thing.want.get("tags", {})}, thing.at)

    def observe(self, api: ToySession, ids: Sequence[str]) -> Iterator[Observed]:
        with api.cloud.lock:
            api.cloud.calls.append(("observe", self.name, tuple(ids)))
            api.cloud.trip("observe", {"ids": ids}, after=False)
            shown = [self._show(api.cloud, api.cloud.things[id]) for id in ids if id in api.cloud.things]
        yield from [each for each in shown if each is not None]

    def find(self, api: ToySession, want: Mapping[str, Any], intent: HandlerIntent) -> Iterator[Observed]:
        with api.cloud.lock:
            api.cloud.calls.append(("find", self.name, intent.op))
            api.cloud.trip("find", want, after=False)
            shown = [self._show(api.cloud, thing) for thing in list(api.cloud.things.values())
                     if thing.type == self.name and self._fits(thing, want, intent)]
        yield from [each for each in shown if each is not None]

    def marked(self, api: ToySession, state: str) -> Iterator[Observed]:
        with api.cloud.lock:
            api.cloud.calls.append(("marked", self.name, state))
            api.cloud.trip("marked", {}, after=False)
            shown = [self._show(api.cloud, thing) for thing in list(api.cloud.things.values())
                     if thing.type == self.name and thing.tags.get(MARK_STATE) == state]
        yield from [each for each in shown if each is not None]

    def _fits(self, thing: Thing, want: Mapping[str, Any], intent: HandlerIntent) -> bool:
        if isinstance(self.identity, UniqueName):
            return bool(thing.want.get("name") == want.get("name"))
        if isinstance(self.identity, Natural):
            return bool(thing.want.get("parent") == want.get("parent"))
        if isinstance(self.identity, NoIdentity):
            return True
        return thing.tags.get(MARK_OP) == intent.op

    def update(self, api: ToySession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        cloud = api.cloud
        with cloud.lock:
            cloud.calls.append(("update", self.name, (id, group, dict(want), dict(last))))
            cloud.trip("update", want, after=False)
            if id not in cloud.things:
                raise NotFound(id)
            have = cloud.things[id].want
            if group == "rules" and self.stepwise:
                missing = sorted(set(want.get("rules", [])) - set(have.get("rules", [])))
                if missing:
                    have["rules"] = [*have.get("rules", []), missing[0]]
                    if len(missing) > 1:
                        return Again(f"{len(missing) - 1} to go")
                return Submitted()
            for name, schema in self.attributes.items():
                if schema.get("group") == group:
                    if name in want:
                        have[name] = want[name]
                    else:
                        have.pop(name, None)
            cloud.trip("update", want, after=True)
            return Submitted(request_id="r-update")

    def delete(self, api: ToySession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        cloud = api.cloud
        with cloud.lock:
            cloud.calls.append(("delete", self.name, (id, dict(last))))
            cloud.trip("delete", last, after=False)
            thing = cloud.things.get(id)
            if thing is None or (thing.gone_at is not None and thing.gone_at <= cloud.clock.monotonic()):
                raise NotFound(id, code="NoSuchThing")
            if any(other.want.get("parent") == id for kind in TYPES for other in cloud.alive(kind)):
                raise InUse(f"{id} is in use", code="DependencyViolation")
            thing.gone_at = cloud.clock.monotonic() + cloud.delete_seconds
            cloud.trip("delete", last, after=True)
            return Submitted()


@native_type
class ToyTagged(Toy):
    name = "toy.tagged"
    identity = Tagged(visibility_lag=LAG)


@native_type
class ToyToken(Toy):
    name = "toy.token"
    identity = Token(visibility_lag=LAG, lifetime=3600.0)


@native_type
class ToyBrief(Toy):
    """Its tokens are forgotten before a run is over."""

    name = "toy.brief"
    identity = Token(visibility_lag=LAG, lifetime=20.0)


@native_type
class ToyNamed(Toy):
    name = "toy.named"
    identity = UniqueName(visibility_lag=LAG)


@native_type
class ToyNatural(Toy):
    name = "toy.natural"
    identity = Natural(visibility_lag=LAG)


@native_type
class ToyBlank(Toy):
    name = "toy.blank"
    identity = NoIdentity(visibility_lag=LAG)


@native_type
class ToyPart(Toy):
    """Lives in its parent's body: no id of its own, gone with its parent."""

    name = "toy.part"
    identity = Natural(visibility_lag=LAG)
    part_of = "parent"
    exclusive = True

    def _existing(self, cloud: Cloud, want: Mapping[str, Any], intent: HandlerIntent) -> Thing | None:
        if any(self._fits(thing, want, intent) for thing in cloud.alive(self.name)):
            raise AlreadyExists(f"{want['parent']} has {want['name']}", code="Taken")
        return None

    def _new_id(self, cloud: Cloud, want: Mapping[str, Any]) -> str:
        return f"{want['parent']}|{want['name']}"

    def _fits(self, thing: Thing, want: Mapping[str, Any], intent: HandlerIntent) -> bool:
        return all(thing.want.get(key) == want.get(key) for key in ("parent", "name"))


@native_type
class ToyStepwise(Toy):
    name = "toy.stepwise"
    identity = Tagged(visibility_lag=LAG)
    stepwise = True
    version = 2

    def upgrade(self, old: dict[str, Any], version: int) -> dict[str, Any]:
        return {("size" if key == "width" else key): value for key, value in old.items()}


@native_type
class ToySerial(Toy):
    name = "toy.serial"
    identity = Tagged(visibility_lag=LAG)
    serial = staticmethod(lambda want: want.get("parent"))

    def create(self, api: ToySession, want: Mapping[str, Any], intent: HandlerIntent) -> Submitted:
        with api.cloud.lock:
            if any(thing.want.get("parent") == want.get("parent") and thing.ready_at > api.cloud.clock.monotonic()
                   for thing in api.cloud.alive(self.name)):
                api.cloud.clashes += 1
        return super().create(api, want, intent)


@native_type
class ToyJob(Toy):
    """Answers with an operation; the id is known when it is done, a failure shows only there."""

    name = "toy.job"
    identity = Tagged(visibility_lag=LAG)

    def create(self, api: ToySession, want: Mapping[str, Any], intent: HandlerIntent) -> Submitted:
        if want.get("echo") == "stock-out":
            with api.cloud.lock:
                api.cloud.calls.append(("create", self.name, dict(want)))
                operation = f"op-{len(api.cloud.operations)}"
                api.cloud.operations[operation] = ("", "no capacity left")
            return Submitted(None, operation)
        return super().create(api, want, intent)

    def _submitted(self, cloud: Cloud, thing: Thing) -> Submitted:
        operation = f"op-{len(cloud.operations)}"
        cloud.operations[operation] = (thing.id, "")
        return Submitted(None, operation)

    def poll(self, api: ToySession, operations: Sequence[str]) -> Iterator[Progress]:
        with api.cloud.lock:
            api.cloud.calls.append(("poll", self.name, tuple(operations)))
            for operation in operations:
                if operation not in api.cloud.operations:
                    continue
                id, reason = api.cloud.operations[operation]
                if reason:
                    yield Progress(operation, "failed", reason)
                elif api.cloud.clock.monotonic() < api.cloud.things[id].ready_at:
                    yield Progress(operation, "running")
                else:
                    yield Progress(operation, "done", id=id)


TYPES = ("toy.tagged", "toy.token", "toy.named", "toy.natural", "toy.blank", "toy.stepwise", "toy.serial", "toy.job", "toy.brief",
         "toy.part")


def toy_driver(cloud: Cloud) -> Driver:
    driver = Driver(
        "toy", "1.0", "Toy", lambda connection: ToySession(connection, cloud),
        lambda failure: InvalidRequest(str(failure), code="Bad") if isinstance(failure, ValueError) else None, {})
    for cls in (ToyTagged, ToyToken, ToyNamed, ToyNatural, ToyBlank, ToyStepwise, ToySerial, ToyJob, ToyBrief, ToyPart):
        driver.natives[cls.name] = cls()
    driver.derivations["shout"] = lambda text: text.upper()
    return driver


class MemoryWriter:
    """A Writer without a disk: ``durable`` is what survives a kill, ``log`` the order in which things happened."""

    def __init__(self, cloud: Cloud | None = None, durable: Sequence[Record] = ()) -> None:
        self.sealer = Sealer(b"k" * 32)
        self.epoch = 1
        self.state = State(name="t", environment="default", lineage="lineage-1")
        self.durable: list[Record] = []
        self.pending: list[Record] = []
        self.spilled: list[Record] = []
        self.log: list[tuple[str, Any]] = []
        self.fail_at: int | None = None
        self.commits = 0
        self.checkpoints = 0
        self.failed = False
        self.lost = False
        for record in durable:
            fold(self.state, record)
            self.durable.append(record)

    def append(self, *records: Record) -> None:
        if self.failed:
            raise JournalFailed("memory", OSError(28, "No space left on device"))
        for record in records:
            fold(self.state, record)
            self.pending.append(record)
            self.log.append(("append", record))

    def commit(self) -> None:
        self.commits += 1
        if self.fail_at is not None and self.commits >= self.fail_at:
            self.failed = True
            raise JournalFailed("memory", OSError(28, "No space left on device"))
        self.durable += self.pending
        self.pending = []
        self.log.append(("commit", None))

    def beat(self) -> None:
        pass

    def check(self, outlive: float = 0.0) -> None:
        self.log.append(("check", outlive))
        if self.lost:
            raise LeaseLost(self.epoch, None, "memory")

    def spill(self, *records: Record) -> str:
        self.spilled += [*self.pending, *records]
        self.pending = []
        return "memory"

    def checkpoint(self, *, settled: bool = True) -> None:
        self.commit()
        self.checkpoints += 1

    def intents(self) -> list[Intent]:
        return [record for record in self.durable if isinstance(record, Intent)]


@dataclass
class World:
    """A cloud, a state, and what a run needs."""

    cloud: Cloud = field(default_factory=Cloud)
    writer: Any = None
    events: list[Event] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    cancel: Cancel = field(default_factory=Cancel)
    random: random.Random = field(default_factory=lambda: random.Random(next(_SEEDS)))

    def __post_init__(self) -> None:
        self.writer = self.writer or MemoryWriter(self.cloud)

    @property
    def ports(self) -> Ports:
        return Ports(clock=self.cloud.clock, random=self.random, events=self.events.append, cancel=self.cancel)

    @property
    def sessions(self) -> Sessions:
        config = {"request_timeout": LIFETIME, "poll_interval": POLL, "requests_per_second": 0, **self.config}
        names = ("toy", "other")
        return Sessions({name: Connection(name, "toy", "here", {**config, "account": name}) for name in names},
                        load=lambda name: toy_driver(self.cloud))

    def apply(self, *steps: Step, options: ApplyOptions | None = None, **plan: Any) -> Any:
        from mcflow.engine.apply import run

        made = Plan(name="t", environment="default", steps=list(steps), **plan)
        return run(made, self.writer, self.sessions, self.ports, options or ApplyOptions(parallelism=4))

    def killed(self) -> None:
        """Only what was durable is left."""
        self.writer = MemoryWriter(self.cloud, self.writer.durable)
        self.cancel = Cancel()

    def told(self, type: str) -> list[Event]:
        return [event for event in self.events if event.type == type]

    def everything_written(self) -> str:
        return msgspec.json.encode([self.writer.durable, self.writer.pending, self.events, self.writer.state]).decode()


class Killed(BaseException):
    """The process dies here."""


def kill_at(point: str, nth: int = 1) -> Callable[[str, str], None]:
    left = [nth]

    def probe(at: str, step: str) -> None:
        if at == point:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    return probe


def create(address: str, type: str = "toy.tagged", *needs: str, **more: Any) -> Step:
    want = more.pop("want", {"name": address.replace("/", "-")})
    return Step(id=f"{address}:create", address=address, verb="create", type=type, connection=more.pop("connection", "toy"), driver="toy",
                want=want, needs=needs, **more)


def update(address: str, type: str, group: str, want: dict[str, Any], *needs: str, **more: Any) -> Step:
    attributes = more.pop("attributes", tuple(want))
    return Step(id=f"{address}:update:{group}", address=address, verb="update", type=type, connection="toy", driver="toy", want=want,
                attributes=attributes, group=group, needs=needs, **more)


def delete(address: str, type: str = "toy.tagged", *needs: str, **more: Any) -> Step:
    return Step(id=f"{address}:delete", address=address, verb="delete", type=type, connection="toy", driver="toy", needs=needs, **more)
