"""The note that a migration leaves in both places: where the state came from, and where it went."""

from __future__ import annotations

import msgspec

from mcflow.model.diagnostic import Rejected, reject
from mcflow.state.mark import Mark, read_mark
from mcflow.state.stores.store import Store

NAME = "moved.json"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """From ``source`` to ``target``, both as stores name their places. ``at``: seconds since the epoch."""

    source: str
    target: str
    lineage: str
    at: float = 0.0


_DECODER = msgspec.json.Decoder(Note)


def read_note(store: Store) -> Note | None:
    """The note in a store; None if there is none or it makes no sense."""
    try:
        return _DECODER.decode(store.read(NAME) or b"")
    except msgspec.MsgspecError:
        return None


def write_note(store: Store, note: Note, fence: int) -> None:
    """Raises OSError, LeaseLost."""
    store.put(NAME, msgspec.json.encode(note), fence=fence)


def closed_error(store: Store, mark: Mark) -> Rejected:
    """Why a state whose mark is closed cannot be used (MC0780, MC0781)."""
    note = read_note(store)
    if mark.closed == "moved":
        return reject("MC0780", place=store.place, to=note.target if note else "another place")
    return reject("MC0781", place=store.place, source=note.source if note else "another place")


def refuse_closed(store: Store) -> None:
    """Raises Rejected if the state's mark is closed."""
    data = store.read_mark()
    mark = read_mark(data) if data is not None else None
    if mark is not None and mark.closed:
        raise closed_error(store, mark)
