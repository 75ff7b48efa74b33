"""The keys document in its store: two copies, either of which will do."""

from __future__ import annotations

from mcflow.model.diagnostic import Diagnostic, reject
from mcflow.state.keys.document import NAMES, KeysDocument, decode_keys, encode_keys
from mcflow.state.stores.store import Store


def read_keys(store: Store) -> tuple[KeysDocument, list[Diagnostic], bool]:
    """What the store has, what was found out about it, and whether it must be written again.

    Rejected (MC0769) if it is damaged in both copies.
    """
    found = [store.read(name) for name in NAMES]
    read = [None if data is None else decode_keys(data) for data in found]
    whole = [document for document in read if document is not None]
    if not whole:
        if any(data is not None for data in found):
            raise reject("MC0769", place=f"{store.place}/{NAMES[0]}")
        return KeysDocument(), [], False
    damaged = [name for name, data, document in zip(NAMES, found, read, strict=True) if document is None and data is not None]
    findings = [Diagnostic("MC0771", {"place": f"{store.place}/{name}"}) for name in damaged]
    # They differ after a crash between the two: the first is written first.
    return whole[0], findings, len(whole) < len(NAMES) or whole[0] != whole[1]


def write_keys(store: Store, document: KeysDocument, fence: int) -> None:
    """Both copies, one after the other. Raises OSError, LeaseLost."""
    data = encode_keys(document)
    for name in NAMES:
        store.put(name, data, fence=fence)
