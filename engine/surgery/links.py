"""References put back into recorded wants: a state holds resolved values, and what is made anew has others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.engine.sessions import Sessions
from mcflow.model.record import NativeRecord
from mcflow.model.values import Ref, Value, leaves
from mcflow.model.wire import Unseal, decode
from mcflow.state.records import State

_SHORTEST = 4
"""Texts shorter than this (``tcp``, ``80``) are never taken for something that a cloud made."""


class Links:
    """What the natives of a state were known by: ids, and the attributes that their clouds made."""

    def __init__(self, then: State, sessions: Sessions, unseal: Unseal) -> None:
        self._then = then
        self._sessions = sessions
        self._unseal = unseal
        self._made: dict[str, dict[str, Ref]] = {}

    def want(self, record: NativeRecord) -> dict[str, Value]:
        """The recorded want with references to the natives it depends on wherever it holds exactly one of their values."""
        table: dict[str, Ref] = {}
        for target in (*record.edges.hard, *record.edges.soft):
            table.update(self.of(target))
        return {name: self.linked(decode(value, self._unseal), table) for name, value in record.want.items()}

    def all(self) -> dict[str, Ref]:
        """The values of every native: for outputs, which name no dependencies."""
        return {text: ref for address in self._then.natives for text, ref in self.of(address).items()}

    def linked(self, value: Value, table: Mapping[str, Ref]) -> Value:
        """The tree with references in it."""
        if isinstance(value, str):
            return table.get(value, value)
        if isinstance(value, dict):
            return {key: self.linked(item, table) for key, item in value.items()}
        return [self.linked(item, table) for item in value] if isinstance(value, list) else value

    def of(self, address: str) -> dict[str, Ref]:
        """Text → where it comes from."""
        if address not in self._made:
            record = self._then.natives.get(address)
            self._made[address] = {} if record is None else dict(self._texts(record))
        return self._made[address]

    def _texts(self, record: NativeRecord) -> Iterator[tuple[str, Ref]]:
        schemas: Mapping[str, Any] = self._sessions.type(record.connection, record.type).attributes
        for name, value in record.attributes.items():
            if schemas.get(name, {}).get("read_only") and isinstance(value, str) and len(value) >= _SHORTEST:
                yield value, Ref(record.address, (name,))
        if record.id:
            yield record.id, Ref(record.address, ("id",))

    def stale(self, want: Mapping[str, Value], address: str) -> bool:
        """True if a text of the want merely contains a value of that native, and so could not be linked."""
        texts = [leaf for leaf in leaves(dict(want)) if isinstance(leaf, str)]
        return any(made in text for made in self.of(address) if len(made) >= _SHORTEST for text in texts)
