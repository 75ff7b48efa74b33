"""Binding existing objects to natives that a resource lowers to: by id, by what the bound ones name, by what relates to them.

Nothing is changed in a cloud while planning: objects are looked at, and their records wait in the plan until apply writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as dataclass_replace
from typing import Any

from msgspec.structs import replace

from mcflow.drivers.sdk import InvalidRequest, Lowering, NativeType, NotFound, Observed, UniqueName, Unsuitable, Want
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.apply.trees import fingerprints, in_clear, observed_wire, sealed, secret_texts
from mcflow.engine.calls.call import Answer, Call, Key
from mcflow.engine.calls.reading import nothing, read_all
from mcflow.engine.compare import is_compared, same
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.imports import MAIN, Wanted
from mcflow.engine.plan.known import Knowledge
from mcflow.engine.plan.node import Instance, Node
from mcflow.engine.plan.scope import Lens
from mcflow.engine.ports import Ports
from mcflow.engine.sessions import Live
from mcflow.model.address import parse_address
from mcflow.model.record import NativeRecord
from mcflow.model.values import Export, Handle, MisusedValueError, OpaqueHandleError, Ref, Unknown, Value, contains_unknown, refs
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


class Binder:
    """Binds what is imported. ``adopted`` are the records to write, each resource's main one last: an import cut short is begun again."""

    def __init__(self, state: State, knowledge: Knowledge, findings: Findings, sealer: Sealer, ports: Ports) -> None:
        self._state = state
        self._knowledge = knowledge
        self._findings = findings
        self._sealer = sealer
        self._ports = ports
        self._taken: dict[tuple[str, str, str], str] = {
            (record.connection, record.type, record.id): record.address for record in state.natives.values() if record.id}
        self._bound: list[tuple[Wanted, Node, bool]] = []
        self._seen: dict[tuple[str, str, str, str], dict[str, Observed]] = {}
        self._every: dict[tuple[str, str], list[Observed]] = {}
        self.wanted: dict[str, Wanted] = {}
        self.nodes: list[Node] = []
        """Natives of everything that is imported, those bound long ago and those still to be made included."""

    # Finding.

    def foresee(self, instance: Instance, live: Live, want_of: Callable[[Instance], Want], lens: Lens) -> None:
        """Before selectors are settled: what the imported object has in their places, found by lowering with every selector unknown."""
        wanted, driver = self.wanted.get(instance.address), live.driver
        choosable = [name for (type, name) in driver.choosers if type == instance.block.type]
        selectors = [name for name in choosable if _is_selector(instance.properties.get(name))]
        if wanted is None or not selectors or (instance.record is not None and instance.record.pins):
            return
        markers = {name: Unknown(Export(instance.address, f"?{name}")) for name in selectors}
        out = Lowering(instance.address, instance.connection)
        lens.raw = True
        try:
            driver.lowerings[instance.block.type](want_of(dataclass_replace(instance, properties={**instance.properties, **markers})), out)
        except (Unsuitable, MisusedValueError, OpaqueHandleError):
            # What a selector decides here cannot be left open: it is chosen as ever, and compared.
            return
        finally:
            lens.raw = False
        id = out.exports.get("id")
        main = next((each for each in out.natives if isinstance(id, Ref) and each.address == id.native), out.natives[0])
        for native in out.natives:
            given = wanted.ids.get(role_of(native.address)) or (wanted.ids.get(MAIN) if native is main else None)
            shown = None if given is None else self._glance(driver.natives[native.type], live, given)
            for name, marker in markers.items() if shown is not None else ():
                held = next((key for key, value in native.want.items() if value is marker), None)
                if shown is not None and held is not None and shown.attributes.get(held) is not None:
                    instance.offered[name] = shown.attributes[held]

    def _glance(self, type: NativeType[Any], live: Live, id: str) -> Observed | None:
        """A first look; what is wrong with the id is said when it is bound."""
        answer = self._ask(Call(Key(id, nothing), "observe", type, live, ids=[id]))
        return next((shown for shown in answer.value if shown.id == id), None) if answer.error is None else None

    def bind(self, instance: Instance, live: Live, nodes: Sequence[Node]) -> None:
        """Give the natives of an imported instance their records."""
        wanted = self.wanted.get(instance.address)
        if wanted is None:
            return
        self.nodes += nodes
        by_role = {role_of(node.address): node for node in nodes}
        main = main_of(instance, nodes)
        named: dict[str, Node] = {}
        for role, id in wanted.ids.items():
            node = main if role == MAIN else by_role.get(role)
            if node is None:
                known = ", ".join(sorted(filter(None, by_role))) or f"only itself: write id instead of ids.{role}"
                self._say("MC0662", wanted, role, address=instance.address, role=role, known=known)
            elif self._free(node, id, wanted, role):
                named[id] = node
        found = [self._named(id, node, live, wanted, main) for id, node in named.items()]
        if any(found):
            self._relate(nodes, live, wanted, main)
        for node in nodes:
            if node.record is not None and not node.record.op and node.importing == "" and markable(node):
                node.mark = True

    def _free(self, node: Node, id: str, wanted: Wanted, role: str) -> bool:
        """True if the object is still to be bound there."""
        if node.record is not None and not node.record.id:
            # An earlier run left its create open and nobody knows what came of it: a person says so now.
            node.record = None
        if node.record is not None:
            if node.record.id != id:
                self._say("MC0658", wanted, role, address=node.address, have=node.record.id, id=id)
            return False
        other = self._taken.get((node.connection, node.type.name, id))
        if other is None:
            return True
        if other in self._state.natives:
            self._say("MC0657", wanted, role, id=id, other=other, address=node.address)
        else:
            self._say("MC0669", wanted, role, id=id, first=other, second=node.address)
        return False

    def _named(self, id: str, node: Node, live: Live, wanted: Wanted, main: Node) -> bool:
        shown = self._observe(node.type, live, id, wanted, node)
        return shown is not None and self._take(node, shown, wanted, live, main=node is main)

    def _observe(self, type: NativeType[Any], live: Live, id: str, wanted: Wanted, node: Node) -> Observed | None:
        """The object; looked for twice, a poll interval apart, before it is said not to be there."""
        known = self._among_its_like(type, live, id, wanted)
        if known is not None:
            return known
        for again in (False, True):
            if again:
                self._ports.clock.wait(self._ports.cancel, live.session.poll_interval)
            answer = self._ask(Call(Key(node, nothing), "observe", type, live, ids=[id]))
            if answer.error is not None:
                reason = answer.error.message or answer.error.code
                self._say("MC0663", wanted, MAIN, id=id, address=node.address, reason=reason + self._hint(type, live, id))
                return None
            for shown in answer.value:
                if shown.id == id and shown.status not in ("gone", "deleting"):
                    return shown  # type: ignore[no-any-return]
        self._say("MC0656", wanted, MAIN, type=type.name, id=id, connection=live.name, hint=self._hint(type, live, id))
        return None

    def _among_its_like(self, type: NativeType[Any], live: Live, id: str, wanted: Wanted) -> Observed | None:
        """The object, from one look at everything that is imported into the same type in the same place; None if that did not show it,
        which proves nothing: one wrong id may fail the look for all."""
        role = next((role for role, given in wanted.ids.items() if given == id), None)
        if role is None:
            return None
        group = (live.name, type.name, wanted.type, role)
        if group not in self._seen:
            given = dict.fromkeys(each.ids[role] for each in self.wanted.values() if each.type == wanted.type and role in each.ids)
            ids = [each for each in given if (live.name, type.name, each) not in self._taken]
            size = max(1, type.batch)
            calls = [Call(Key(wanted, nothing), "observe", type, live, ids=ids[at:at + size]) for at in range(0, len(ids), size)]
            found = self._seen[group] = {}
            for answer in read_all(calls if len(ids) > 1 else [], self._ports):
                if answer.error is None:
                    found.update((shown.id, shown) for shown in answer.value)
        shown = self._seen[group].get(id)
        return shown if shown is not None and shown.status not in ("gone", "deleting") else None

    def _hint(self, type: NativeType[Any], live: Live, id: str) -> str:
        """What else has this id. Others refuse an id that is not theirs, which tells as much as not showing it."""
        others = [other for other in live.driver.natives.values() if other is not type]
        calls = [Call(Key(other, nothing), "observe", other, live, ids=[id]) for other in others]
        for answer in read_all(calls, self._ports):
            if answer.error is None and any(shown.id == id and shown.status != "gone" for shown in answer.value):
                return f" It is a {answer.call.type.name}."
        return ""

    def _relate(self, nodes: Sequence[Node], live: Live, wanted: Wanted, main: Node) -> None:
        """Find the other natives of the resource, from those that are bound: again and again, as each may lead to the next."""
        several: dict[str, list[Observed]] = {}
        while True:
            bound = {node.address for node in nodes if node.record is not None}
            progress = False
            for node in nodes:
                if node.record is not None:
                    continue
                id = self._told(node, nodes, live, wanted)
                if id is not None and self._taken.get((node.connection, node.type.name, id)) is None:
                    progress |= self._named(id, node, live, wanted, main)
                elif id is None and _refers(node, bound) and node.type.offers("match"):
                    hits = self._matches(node, live, wanted)
                    several[node.address] = hits if len(hits) > 1 else []
                    progress |= len(hits) == 1 and self._take(node, hits[0], wanted, live, main=False)
            if not progress:
                break
        for node in nodes:
            if node.record is None and several.get(node.address):
                ids = [hit.id for hit in several[node.address]]
                self._say("MC0661", wanted, MAIN, type=node.type.name, address=node.address, candidates=", ".join(ids),
                          role=role_of(node.address), first=ids[0])

    def _told(self, node: Node, nodes: Sequence[Node], live: Live, wanted: Wanted) -> str | None:
        """The id of a native that a bound one names, by the id or by what else the cloud gave it: an ARN."""
        id = _told_by(node, nodes, "id")
        if id is not None:
            return id
        given = [name for name, schema in node.type.attributes.items() if schema.get("read_only")]
        name, value = next(((name, shown) for name in given if (shown := _told_by(node, nodes, name)) is not None), ("", None))
        if value is None or not node.type.offers("discover"):
            return None
        key = (live.name, node.type.name)
        if key not in self._every:
            answer = self._ask(Call(Key(node, nothing), "discover", node.type, live))
            self._every[key] = list(answer.value) if answer.error is None else []
            if answer.error is not None:
                self._say("MC0663", wanted, MAIN, id=str(value), address=node.address, reason=answer.error.message or answer.error.code)
        return next((each.id for each in self._every[key] if each.attributes.get(name) == value), None)

    def _matches(self, node: Node, live: Live, wanted: Wanted) -> list[Observed]:
        """Objects that relate to what is bound and contradict nothing that is known and cannot be changed in place."""
        want = {name: value for name, value in self._knowledge.put_in(node.want).items() if not contains_unknown(value)}
        answer = self._ask(Call(Key(node, nothing), "match", node.type, live, want=_Partial(in_clear(want))))
        if isinstance(answer.error, InvalidRequest | NotFound):
            # It needs to know more than is known yet, or what it hangs on is not there.
            return []
        if answer.error is not None:
            self._say("MC0663", wanted, MAIN, id=node.type.name, address=node.address, reason=answer.error.message or answer.error.code)
            return []
        return [
            hit for hit in answer.value
            if hit.status not in ("gone", "deleting") and (node.connection, node.type.name, hit.id) not in self._taken
            and all(same(node.type, name, value, hit.attributes.get(name)) for name, value in want.items() if _fixed(node.type, name))
        ]

    def _ask(self, call: Call) -> Answer:
        answer, = read_all([call], self._ports)
        return answer

    def _take(self, node: Node, shown: Observed, wanted: Wanted, live: Live, *, main: bool) -> bool:
        mark = shown.tags.get(MARK_STATE, "")
        if mark not in ("", self._state.lineage) and not wanted.force:
            self._say("MC0659", wanted, MAIN, id=shown.id, address=node.address, lineage=mark)
            return False
        type, known = node.type, self._knowledge.put_in(node.want)
        readable = {name: value for name, value in shown.attributes.items() if not type.attributes.get(name, {}).get("write_only")}
        told = {name: value for name, value in known.items() if not contains_unknown(value)}
        derived = isinstance(type.identity, UniqueName) and type.identity.attribute not in node.want
        name = shown.attributes.get(type.identity.attribute) if isinstance(type.identity, UniqueName) and derived else None
        ours = mark == self._state.lineage
        node.record = NativeRecord(
            address=node.address, type=type.name, type_version=type.version, connection=node.connection, driver=node.driver,
            driver_version=live.driver.version, id=shown.id,
            attributes=observed_wire(type, readable, secret_texts(known), self._sealer, known),
            fingerprints=fingerprints(type, told, self._sealer), edges=node.edges, origin=node.origin, ownership=node.ownership, name=name,
            settings=node.settings, op=shown.tags.get(MARK_OP, "") if ours else "", created_at=shown.created_at or self._ports.clock.now())
        node.importing, node.settled = shown.id, True
        self._taken[node.connection, type.name, shown.id] = node.address
        self._bound.append((wanted, node, main))
        return True

    # Judging, when everything is decided.

    def settle(self) -> dict[str, NativeRecord]:
        """The records to write, with what was found to be so as last want. Refuses what would be replaced right away."""
        adopted: dict[str, NativeRecord] = {}
        for wanted, node, _ in sorted(self._bound, key=lambda each: each[2]):
            if node.action in ("replace", "delete") and not wanted.force:
                changed = ", ".join(_difference(change) for change in node.details if change.replaces) or node.reason
                what = "perhaps replaced" if node.conditional else "replaced"
                self._say("MC0660", wanted, MAIN, address=node.address, what=what, attributes=changed)
            unreadable = [name for name in node.want if node.type.attributes.get(name, {}).get("write_only")]
            if unreadable:
                self._findings.say("MC0664", address=node.address, attributes=", ".join(unreadable))
            adopted[node.address] = self._settled(node)
            node.mark = not adopted[node.address].op and markable(node)
        return adopted

    def _settled(self, node: Node) -> NativeRecord:
        """Differing attributes are not in the last want: nobody wanted what is there."""
        record = node.record
        assert record is not None
        differing = {change.path for change in node.details}
        agreed = {name: value for name, value in node.known.items()
                  if name not in differing and not contains_unknown(value) and not node.type.attributes.get(name, {}).get("local")}
        node.record = replace(record, want=sealed(agreed, self._sealer), edges=node.edges, settings=node.settings)
        return node.record

    def _say(self, code: str, wanted: Wanted, about: str, /, **args: Any) -> None:
        """A finding at the id of the role it is ``about``, or at the import's target."""
        path = wanted.path
        if path is not None:
            place = ("id",) if about == MAIN and MAIN in wanted.ids else ("ids", about) if about in wanted.ids else ("to",)
            path = (*path, *place)
        self._findings.say(code, path, **{"address": wanted.address, **args})


class _Partial(dict[str, Any]):
    """A want of which only a part is known. A handler that needs more finds nothing yet."""

    def __missing__(self, name: str) -> Any:
        raise InvalidRequest(f"{name} is not known yet")


def _is_selector(value: Value) -> bool:
    return not isinstance(value, str | Handle | list) and not contains_unknown(value)


def main_of(instance: Instance, nodes: Sequence[Node]) -> Node:
    """The native that the resource's own id is; the first where it has none."""
    id = instance.exports.get("id")
    named = id.native if isinstance(id, Ref) else ""
    return next((node for node in nodes if node.address == named), nodes[0])


def role_of(address: str) -> str:
    """The role of a native: ``vpc`` of ``net/vpc``; empty for a native type written directly."""
    role = parse_address(address).role
    return "" if role is None else str(role)


def markable(node: Node) -> bool:
    """True if this state's mark belongs on the object and can be set on it."""
    tags = node.type.attributes.get("tags", {})
    return node.ownership in ("owned", "shared") and node.type.identity.marked and bool(tags.get("group")) and node.type.offers("update")


def _told_by(node: Node, nodes: Sequence[Node], attribute: str) -> str | None:
    """An attribute of a native as a bound one shows it, where that was to hold a reference to it."""
    wanted = Ref(node.address, (attribute,))
    for other in nodes:
        if other.record is not None:
            shown = _in_place_of(wanted, dict(other.want), other.record.attributes)
            if shown is not None:
                return shown
    return None


def _in_place_of(wanted: Ref, value: Value, shown: Any) -> str | None:
    """What is shown where a reference was to be: itself, in a list of one, or in an object."""
    if isinstance(shown, list) and len(shown) == 1 and not isinstance(value, list):
        shown, = shown
    if isinstance(value, Ref):
        return shown if value == wanted and isinstance(shown, str) else None
    if isinstance(value, list) and len(value) == 1:
        return _in_place_of(wanted, value[0], shown[0] if isinstance(shown, list) and len(shown) == 1 else shown)
    if isinstance(value, dict) and isinstance(shown, dict):
        return next((found for key, each in value.items() if (found := _in_place_of(wanted, each, shown.get(key))) is not None), None)
    return None


def _refers(node: Node, bound: set[str]) -> bool:
    return any(ref.native in bound for value in node.want.values() for ref in refs(value))


def _fixed(type: NativeType[Any], name: str) -> bool:
    schema: Mapping[str, Any] = type.attributes.get(name, {})
    return is_compared(schema) and not schema.get("group") and not schema.get("write_only")


def _difference(change: Any) -> str:
    after: Value = "(known after apply)" if change.unknown else change.after
    return f"{change.path} is {change.before!r}, wanted is {after!r}"
