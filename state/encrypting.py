"""Encrypting a state that was not, or not with this key: every document of its store is written anew, killed at any point or not.

The keys document says when it is done: from then on nothing in clear is taken for part of the state.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from mcflow.model.diagnostic import Rejected
from mcflow.state.codec import Codec, is_sealed
from mcflow.state.segments import segment_number
from mcflow.state.snapshot import DamagedError
from mcflow.state.stores.store import Store

ASIDE = "aside"
FOLDERS = ("history", "journal", ASIDE)


def prepare(store: Store, codec: Codec, fence: int, *, fresh: bool) -> bool:
    """Before the first write: the store learns what will be written, and of the key. True if everything in it is so already (or will
    be from birth).
    """
    if not codec.encrypt:
        if codec.leaving and codec.strict:
            codec.declare(store, fence, replace(codec.document, sealed="", intent="clear"))
        return True
    current = codec.sealer.key_id
    codec.persist(store, fence)
    document = codec.document
    if fresh and document.sealed != current:
        codec.declare(store, fence, replace(document, sealed=current, intent="encrypt"))
    elif not document.sealed and document.intent != "encrypt":
        codec.declare(store, fence, replace(document, intent="encrypt"))
    return codec.strict


def confirm(store: Store, codec: Codec, fence: int) -> None:
    """Everything is encrypted now."""
    codec.declare(store, fence, replace(codec.document, sealed=codec.sealer.key_id, intent="encrypt"))
    forget_earlier(store, fence)


def rewrite_documents(
    store: Store, codec: Codec, lineage: str, fence: int, change: Callable[[str, bytes], bytes] | None = None
) -> tuple[str, ...]:
    """Write history, audit segments and what is kept aside anew, as the codec writes. Raises OSError, LeaseLost.

    ``change`` turns a document in clear into another. Returns the names of those that are damaged, or whose key is gone.
    """
    left = []
    for name in [name for folder in FOLDERS for name in store.names(folder)]:
        if (segment_number(name) or (0, ""))[1] == "journal":
            continue
        data = store.read(name) or b""
        try:
            clear = codec.open_document(name, data)
            clear = change(name, clear) if change is not None else clear
        except (DamagedError, Rejected):
            left.append(name)
            if is_sealed(data):
                continue
            # Of no use to anybody, and not to be left in clear either.
            clear = data
        store.put(name, codec.seal_document(name, lineage, clear), fence=fence)
    return tuple(left)


def read_aside(store: Store, codec: Codec, name: str) -> bytes:
    """What is kept aside under a name; as it is in the file if it cannot be opened, since it is kept for people only."""
    data = store.read(name) or b""
    try:
        return codec.open_document(name, data)
    except (DamagedError, Rejected):
        return data


def forget_earlier(store: Store, fence: int) -> None:
    """Have a store that keeps what was written before let go of it: it clears away after each group of writes what two ago made
    superfluous. Raises OSError, LeaseLost.
    """
    for _ in range(2):
        with store.together(fence=fence):
            pass
