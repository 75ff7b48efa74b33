"""A state's sealed values for another key, name or environment: opened with the old, sealed with the new."""

from __future__ import annotations

from typing import Any

import msgspec

from mcflow.model.values import reveal
from mcflow.model.wire import decode
from mcflow.state.records import State
from mcflow.state.sealing import Sealer, SealError


def translate(state: State, old: Sealer, new: Sealer, *, lenient: bool = False) -> State:
    """The state with every sealed value such that ``new`` opens it; those it opens already stay. Fingerprints whose value is not known
    any more and that another key made are dropped: the attribute is sent once more.

    Raises SealError for a value that neither opens, unless ``lenient``: then it stays as it is.
    """
    tree = msgspec.to_builtins(state)
    records = [*tree.get("natives", {}).values(), *(opened["intent"] for opened in tree.get("open", {}).values())]
    for record in records:
        if record.get("fingerprints"):
            record["fingerprints"] = _fingerprints(record, old, new)
    return msgspec.convert(_sealed(tree, old, new, lenient), State)


def _sealed(tree: Any, old: Sealer, new: Sealer, lenient: bool) -> Any:
    if isinstance(tree, list | tuple):
        return [_sealed(item, old, new, lenient) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1 and isinstance(tree.get("$secret"), str):
        return {"$secret": _text(tree["$secret"], old, new, lenient)}
    return {key: _sealed(item, old, new, lenient) for key, item in tree.items()}


def _text(text: str, old: Sealer, new: Sealer, lenient: bool) -> str:
    try:
        new.unseal(text)
        return text
    except SealError:
        pass
    try:
        return new.seal(old.unseal(text))
    except SealError:
        if lenient:
            return text
        raise


def _fingerprints(record: dict[str, Any], old: Sealer, new: Sealer) -> dict[str, str]:
    want = record.get("want") or record.get("request") or {}
    made = {}
    for name, mark in record["fingerprints"].items():
        if mark.partition(".")[0] == new.key_id:
            made[name] = mark
        elif name in want:
            try:
                value = reveal(decode(want[name], old.unseal))
            except SealError:
                continue
            if old.fingerprint(value, mark) == mark:
                made[name] = new.fingerprint(value)
    return made
