"""What is known now: references replaced by values where the state or an earlier diff of this walk settles them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcflow.engine.plan.node import Node
from mcflow.model.record import NativeRecord
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value, contains_unknown, substitute
from mcflow.model.wire import Unseal, decode

_ID_SCHEMA: Mapping[str, Any] = {"type": "string"}


class Knowledge:
    """Answers references from the nodes settled so far. ``records`` are the state's natives after recovery and refresh; ``compute`` turns
    a Derived whose arguments are known into its value."""

    def __init__(self, nodes: Mapping[str, Node], records: Mapping[str, NativeRecord], unseal: Unseal,
                 compute: Callable[[Derived], Value]) -> None:
        self._nodes = nodes
        self._records = records
        self._unseal = unseal
        self._compute = compute

    def put_in(self, value: Value) -> Value:
        """A copy of the tree with every reference answered: by a value, or by an Unknown that says where it will come from."""
        return substitute(value, self._leaf)

    def _leaf(self, leaf: Value) -> Value:
        if isinstance(leaf, Ref):
            return self.answer(leaf)
        if isinstance(leaf, Derived):
            return self._derived(leaf)
        if isinstance(leaf, Unknown) and isinstance(leaf.source, Ref):
            return self.answer(leaf.source)
        if isinstance(leaf, Export):
            return Unknown(leaf)
        if isinstance(leaf, Handle):
            return self.put_in(leaf.export("id"))
        return leaf

    def _derived(self, leaf: Derived) -> Value:
        if leaf.op == "template":
            return Unknown(leaf)
        args = [self.put_in(arg) for arg in leaf.args]
        if contains_unknown(args):
            return Unknown(leaf, sensitive=any(isinstance(arg, Secret) for arg in args))
        return self._compute(Derived(leaf.op, tuple(args)))

    def answer(self, ref: Ref) -> Value:
        """One reference's value. Raises KeyError for a native that is neither wanted nor in the state."""
        node = self._nodes.get(ref.native)
        if node is None:
            return self._recorded(self._records[ref.native], ref)
        if ref.path == ("id",):
            return self._id(node, ref)
        name = str(ref.path[0])
        schema = node.type.attributes.get(name, {})
        if node.settled and name in node.known and not contains_unknown(node.known[name]):
            return _dig(node.known[name], ref.path[1:])
        if not node.settled or node.made_anew or node.conditional or node.record is None or self._moves(node, schema):
            return Unknown(ref, schema, bool(schema.get("sensitive")))
        return self._recorded(node.record, ref, bool(schema.get("sensitive")))

    def _id(self, node: Node, ref: Ref) -> Value:
        if node.settled and node.record is not None and node.record.id and not node.made_anew and not node.conditional:
            return node.record.id
        return Unknown(ref, _ID_SCHEMA)

    def _recorded(self, record: NativeRecord, ref: Ref, sensitive: bool = False) -> Value:
        if ref.path == ("id",):
            return record.id
        name = str(ref.path[0])
        tree = record.attributes.get(name, record.want.get(name))
        value = _dig(decode(tree, self._unseal), ref.path[1:])
        return Secret(value) if sensitive and value is not None else value

    @staticmethod
    def _moves(node: Node, schema: Mapping[str, Any]) -> bool:
        moving = groups_touched(node)
        return any(group in moving for group in schema.get("changes_with", ()))


def groups_touched(node: Node) -> set[str]:
    """The update groups that a node's changes run, those that prepare for them included."""
    touched = set(node.changed)
    for group in node.type.groups:
        if group.name in node.changed:
            touched |= {str(node.type.attributes.get(name, {}).get("group", name)) for name in group.needs}
    return touched


def _dig(value: Value, path: tuple[str | int, ...]) -> Value:
    for at, key in enumerate(path):
        if isinstance(value, Secret):
            return Secret(_dig(value.reveal(), path[at:]))
        if isinstance(value, dict):
            value = value.get(str(key))
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value
