"""Compaction: the log's fold is written as a base, and what two bases have made superfluous is removed.

Nothing here needs a fence. A base is the fold of entries that never change, so it is right whoever writes it and however late. What is
removed is what is older than the base before it and what no document of a later fold can name; but entries that took the lease from a
holder that had not given it back stay, so that such a holder, whenever it wakes, finds its next number taken.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mcflow.state.lease import LeaseInfo
from mcflow.state.stores.entry import FORMAT_VERSION, Blob, Change, Entry, Piece, encode_entry, operations
from mcflow.state.stores.log import View, at_once, fold_key, numbers
from mcflow.state.stores.objects import Found, Objects

INLINE = 64 * 1024
"""Bytes of a document up to which they are kept in an entry or base; more become a blob."""

_PROBE_AGE = 3600.0
_BLOB = re.compile(r"blob/(\d{10})-[0-9a-f]+")


def write_blob(objects: Objects, epoch: int, data: bytes, pauses: Iterable[Callable[[], None]] = ()) -> Blob:
    """Keep bytes in an object of their own. Raises OSError when it failed once more than there are pauses.

    The key is new, so a create that says it is there says that it was ours.
    """
    blob = Blob(f"blob/{epoch:010d}-{secrets.token_hex(12)}", len(data))
    for pause in pauses:
        try:
            objects.create(blob.key, data)
        except OSError:
            pause()
        else:
            return blob
    objects.create(blob.key, data)
    return blob


@dataclass(frozen=True, slots=True)
class Point:
    """Where the log stands, all of one instant: its last entry, that entry's digest and lease, and the head mark's file."""

    number: int
    digest: str
    lease: LeaseInfo
    mark: bytes


def compact(objects: Objects, view: View, at: Point, epoch: int) -> None:
    """Write the base of a view, which becomes one grown from it, and clear away. Raises OSError; the log is whole in any case.

    The documents are the caller's to keep still; signs of life may make the log longer meanwhile.
    """
    named = view.blobs()
    for name, pieces in view.documents.items():
        view.documents[name] = _gathered(objects, epoch, pieces)
    changes = [Change("put", name, 0, tuple(pieces)) for name, pieces in view.documents.items()]
    if at.mark:
        changes.append(Change("mark", "", 0, (at.mark,)))
    base = Entry(
        format_version=FORMAT_VERSION, number=at.number, nonce=secrets.token_hex(8), previous=at.digest, lease=at.lease,
        kept=tuple(sorted(view.kept)), operations=operations(changes))
    objects.create(fold_key(at.number), encode_entry(base, changes)[1])
    before, view.base = view.base, at.number
    named |= view.blobs()
    view.referred |= named
    at_once(objects.remove, _superfluous(objects.list(""), before, view, epoch))
    view.referred = named


def _gathered(objects: Objects, epoch: int, pieces: list[Piece]) -> list[Piece]:
    """The bytes between blobs joined, and made a blob where they are many."""
    gathered: list[Piece] = []
    run: list[bytes] = []

    def join() -> None:
        data = b"".join(run)
        run.clear()
        if data:
            gathered.append(write_blob(objects, epoch, data) if len(data) > INLINE else data)

    for piece in pieces:
        if isinstance(piece, bytes):
            run.append(piece)
        else:
            join()
            gathered.append(piece)
    join()
    return gathered


def _superfluous(listing: list[Found], before: int, view: View, epoch: int) -> list[str]:
    """``before`` is the number of the base before this one: it and the entries behind it stay, for whoever is still reading them."""
    old = [found.key for number, found in numbers(listing, "base").items() if number < before]
    old += [found.key for number, found in numbers(listing, "log").items() if number <= before and number not in view.kept]
    latest = max((found.modified for found in listing), default=0.0)
    for found in listing:
        blob = _BLOB.fullmatch(found.key)
        # Blobs of later epochs are of writers we know nothing of; a young probe may be somebody's who is at it.
        unused = blob is not None and int(blob[1]) <= epoch and found.key not in view.referred
        if unused or (found.key.startswith("probe/") and found.modified < latest - _PROBE_AGE):
            old.append(found.key)
    return old
