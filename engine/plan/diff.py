"""Diff: what must happen to one native, from what is wanted, what was wanted last, and what the cloud shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcflow.drivers.sdk import Natural, UniqueName
from mcflow.engine.compare import is_compared, same
from mcflow.engine.plan.naming import derive_name
from mcflow.engine.plan.node import Node
from mcflow.model.plan import AttributeChange
from mcflow.model.values import Ref, Value, contains_secret, contains_unknown, leaves
from mcflow.model.wire import Unseal, decode, redact


class Differ:
    """Decides actions. ``made_anew(address)``: True if that native will get a new id, None if that is not known yet."""

    def __init__(self, unseal: Unseal, fingerprint: Callable[[Any, str], str], lineage: str,
                 made_anew: Callable[[str], bool | None]) -> None:
        self._unseal = unseal
        self._fingerprint = fingerprint
        self._lineage = lineage
        self._made_anew = made_anew

    def decide(self, node: Node, *, soft_later: bool, ignore: frozenset[str] = frozenset(), forced: str = "") -> None:
        """Fill in ``action``, ``changed``, ``details``, ``reason`` of a node whose ``known`` is filled in.

        ``soft_later`` leaves attributes marked set_after_create to `decide_soft`. ``forced``: replace for this reason.
        """
        record = node.record
        if record is None:
            node.action = "create"
            self._name(node, 1)
            self._all_created(node)
            return
        node.generation, node.name = record.generation, record.name
        self._keep_name(node)
        causes = ([], []) if node.old_type is not None else self._compare(node, ignore, soft=not soft_later)
        reason = forced or _tainted(node) or (f"{', '.join(causes[0])} cannot be changed in place" if causes[0] else "")
        if reason:
            self._replace(node, reason)
        elif causes[1]:
            node.conditional = True
            node.decided_by = node.address
            node.kept = node.changed
            self._replace(node, f"may be replaced: {', '.join(causes[1])} will be known after apply")
        elif node.changed:
            node.action = "update"

    def decide_soft(self, node: Node, ignore: frozenset[str] = frozenset()) -> None:
        """The attributes set after create, once everything they name is settled."""
        if node.record is None or node.action == "replace":
            self._all_created(node)
            if node.conditional:
                anew, node.changed = node.changed, node.kept
                self._compare(node, ignore, soft=True, only_soft=True)
                node.kept, node.changed = node.changed, anew
            return
        self._compare(node, ignore, soft=True, only_soft=True)
        if node.changed and node.action == "no-op":
            node.action = "update"

    def _compare(self, node: Node, ignore: frozenset[str], *, soft: bool, only_soft: bool = False) -> tuple[list[str], list[str]]:
        """Attributes that force a replacement, and those that may; groups to update go to ``node.changed``."""
        certain: list[str] = []
        named = getattr(node.type.identity, "attribute", None)
        perhaps: list[str] = []
        record = node.record
        assert record is not None
        for name, schema in node.type.attributes.items():
            late = bool(schema.get("set_after_create"))
            if (late and not soft) or (only_soft and not late) or name in ignore or not is_compared(schema):
                continue
            last = record.want.get(name)
            if name not in node.want and (last is None or name == named):
                continue
            want = node.known.get(name)
            have = self._have(node, name, schema)
            if same(node.type, name, want, have, last=decode(last, self._unseal), fingerprint=self._fingerprint):
                continue
            group = schema.get("group")
            self._detail(node, name, have, want, schema, replaces=not group)
            if group:
                node.changed[group] = (*node.changed.get(group, ()), name)
            elif contains_unknown(want) and not self._surely_different(node.want.get(name)):
                perhaps.append(name)
            else:
                certain.append(name)
        return certain, perhaps

    def _have(self, node: Node, name: str, schema: Mapping[str, Any]) -> Value:
        record = node.record
        assert record is not None
        if schema.get("write_only"):
            return record.fingerprints.get(name)
        return decode(record.attributes.get(name), self._unseal)

    def _surely_different(self, want: Value) -> bool:
        """True if an unknown certainly differs from before: it holds the id of something that is made anew."""
        return any(isinstance(leaf, Ref) and leaf.path == ("id",) and self._made_anew(leaf.native) for leaf in leaves(want))

    def _replace(self, node: Node, reason: str) -> None:
        record = node.record
        assert record is not None
        node.action, node.reason = "replace", reason
        node.changed = {}
        self._name(node, record.generation + 1)

    def _all_created(self, node: Node) -> None:
        """Groups of attributes that the create cannot carry, for finish steps; and details of a plain creation."""
        node.changed = {}
        for name in node.want:
            schema = node.type.attributes.get(name, {})
            if schema.get("set_after_create"):
                group = str(schema.get("group", name))
                node.changed[group] = (*node.changed.get(group, ()), name)
        if node.action == "create":
            node.details = [self._change(name, None, node.known.get(name), node.type.attributes.get(name, {})) for name in node.want]

    def _name(self, node: Node, generation: int) -> None:
        """Derive the name of a new object where its type needs one and nobody gave it."""
        node.generation = generation
        identity = node.type.identity
        if isinstance(identity, UniqueName) and (identity.attribute not in node.want or node.name is not None):
            node.name = derive_name(identity, node.stem or node.key or node.address, self._lineage, node.address, generation)
            self._put_name(node)

    def _keep_name(self, node: Node) -> None:
        identity = node.type.identity
        if not isinstance(identity, UniqueName):
            return
        if identity.attribute in node.want:
            node.name = None
        elif node.name is not None:
            self._put_name(node)

    def _put_name(self, node: Node) -> None:
        identity = node.type.identity
        assert isinstance(identity, UniqueName)
        node.want = {**node.want, identity.attribute: node.name}
        node.known = {**node.known, identity.attribute: node.name}

    def _detail(self, node: Node, name: str, have: Value, want: Value, schema: Mapping[str, Any], *, replaces: bool) -> None:
        node.details.append(self._change(name, have, want, schema, replaces=replaces))

    @staticmethod
    def _change(name: str, have: Value, want: Value, schema: Mapping[str, Any], *, replaces: bool = False) -> AttributeChange:
        hidden = bool(schema.get("sensitive") or schema.get("write_only")) or contains_secret(want) or contains_secret(have)
        return AttributeChange(
            path=name, before=None if have is None else "(sensitive)" if hidden else redact(have),
            after=None if want is None else "(sensitive)" if hidden else redact(want), unknown=contains_unknown(want), sensitive=hidden,
            replaces=replaces, group=str(schema.get("group", "")),
        )


def exclusive(node: Node) -> bool:
    """True if old and new cannot exist at once: attachments, and whatever is identified by its request or by a name the user gave."""
    identity = node.type.identity
    if node.type.exclusive or isinstance(identity, Natural):
        return True
    if not isinstance(identity, UniqueName) or node.name is not None:
        return False
    return identity.attribute in node.want and _same_name(node, identity.attribute)


def _same_name(node: Node, attribute: str) -> bool:
    old = node.record.want.get(attribute) if node.record else None
    return old == node.known.get(attribute)


def _tainted(node: Node) -> str:
    record = node.record
    return "its creation failed half-way" if record is not None and record.status == "tainted" else ""


