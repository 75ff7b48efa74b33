"""The log of a remote store: immutable entries ``log/<number>``, and ``base/<number>``, which is the fold of all entries up to that one.

Reading it needs no lease: list, take the newest base, fold the entries behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from mcflow.model.diagnostic import reject
from mcflow.state.lease import LeaseInfo
from mcflow.state.stores.entry import ZERO, Blob, Change, DamagedEntryError, Entry, Piece, decode_entry
from mcflow.state.stores.objects import Found, Moved, Objects

_NUMBERED = re.compile(r"(log|base)/(\d{12})")
_TRIES = 8
_THREADS = 16
_T = TypeVar("_T")


@dataclass(slots=True)
class View:
    """The documents after entry ``number``, whose digest is ``digest`` and whose lease is ``lease``.

    ``alive`` is when that entry was written, by the store's clock, ``size`` its object's bytes. ``base`` is the base it grew from,
    ``referred`` the blobs that base names; ``digests`` are those of the entries behind it; ``kept`` numbers of entries never removed.
    """

    number: int = 0
    digest: str = ZERO
    lease: LeaseInfo = field(default_factory=LeaseInfo)
    documents: dict[str, list[Piece]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    mark: bytes = b""
    kept: set[int] = field(default_factory=set)
    base: int = 0
    referred: set[str] = field(default_factory=set)
    digests: dict[int, str] = field(default_factory=dict)
    alive: float = 0.0
    size: int = 0

    def change(self, change: Change) -> None:
        """Do one operation. DamagedEntryError if it adds to bytes that are not there."""
        name = change.name
        if change.do == "remove":
            self.documents.pop(name, None)
            self.sizes.pop(name, None)
        elif change.do == "put":
            self.documents[name] = list(change.pieces)
            self.sizes[name] = sum(map(length, change.pieces))
        elif change.do == "append":
            pieces, size = self.documents.get(name), self.sizes.get(name, 0)
            if pieces is None or size < change.at:
                raise DamagedEntryError(f"{name} lost {change.at - size} bytes")
            if size > change.at:
                _cut(pieces, change.at)
            pieces.extend(change.pieces)
            self.sizes[name] = change.at + sum(map(length, change.pieces))
        else:
            data = b"".join(piece for piece in change.pieces if isinstance(piece, bytes))
            self.mark = self.mark[:change.at].ljust(change.at) + data + self.mark[change.at + len(data):]

    def go_on(self, number: int, digest: str, lease: LeaseInfo, *, over: bool) -> None:
        """Entry ``number`` is in the log, and what it says done."""
        self.number, self.digest, self.lease = number, digest, lease
        self.digests[number] = digest
        if over:
            self.kept.add(number)

    def blobs(self) -> set[str]:
        """Keys of the blobs the documents are in."""
        return {piece.key for pieces in self.documents.values() for piece in pieces if isinstance(piece, Blob)}


def length(piece: Piece) -> int:
    """Bytes of a piece."""
    return piece.size if isinstance(piece, Blob) else len(piece)


def _cut(pieces: list[Piece], size: int) -> None:
    """Drop what is beyond ``size`` bytes."""
    for index, piece in enumerate(pieces):
        if length(piece) > size:
            pieces[index:] = [Blob(piece.key, size) if isinstance(piece, Blob) else piece[:size]] if size else []
            return
        size -= length(piece)


def entry_key(number: int) -> str:
    return f"log/{number:012d}"


def fold_key(number: int) -> str:
    return f"base/{number:012d}"


def numbers(listing: Iterable[Found], kind: str) -> dict[int, Found]:
    """The numbered objects of a kind (``log`` or ``base``) in a listing, in order."""
    found = ((_NUMBERED.fullmatch(each.key), each) for each in listing)
    return {int(match[2]): each for match, each in found if match and match[1] == kind}


def at_once(action: Callable[[str], _T], keys: Sequence[str]) -> list[_T]:
    """The action for every key, several at a time, results in order."""
    if len(keys) < 2:
        return [action(key) for key in keys]
    with ThreadPoolExecutor(min(len(keys), _THREADS), thread_name_prefix="mcflow-store") as pool:
        return list(pool.map(action, keys))


def look(objects: Objects, known: View | None) -> View:
    """The log as it is now. ``known``, an earlier view, is grown where that suffices. Rejected (MC0746) if the log is damaged."""
    problem: Exception | None = None
    for _ in range(_TRIES):
        listing = objects.list("")
        bases, entries = numbers(listing, "base"), numbers(listing, "log")
        try:
            return _grown(objects, known, bases, entries) or _read(objects, bases, entries)
        except (Moved, DamagedEntryError) as fault:
            # A compaction at work looks the same at first; real damage is there again the next time.
            known, problem = None, fault
    raise reject("MC0746", place=objects.place, problem=problem) from problem


def _grown(objects: Objects, known: View | None, bases: dict[int, Found], entries: dict[int, Found]) -> View | None:
    if known is None or known.base != max(bases, default=0):
        return None
    last = entries.get(known.number)
    if last is None or (last.size, last.modified) != (known.size, known.alive):
        return None
    _fold(objects, known, entries)
    return known


def _read(objects: Objects, bases: dict[int, Found], entries: dict[int, Found]) -> View:
    damage: DamagedEntryError | None = None
    for number in sorted(bases, reverse=True):
        try:
            view = _start(objects, number, bases[number])
            _fold(objects, view, entries)
        except DamagedEntryError as fault:
            # The base before it is kept, and so are the entries since then.
            damage = damage or fault
        else:
            return view
    if damage is not None and 1 not in entries:
        raise damage
    view = View()
    _fold(objects, view, entries)
    return view


def _start(objects: Objects, number: int, found: Found) -> View:
    base, _, changes = _decoded(objects, fold_key(number), objects.read(fold_key(number)))
    view = View(base=number, kept=set(base.kept), alive=found.modified)
    for change in changes:
        view.change(change)
    view.go_on(number, base.previous, base.lease, over=False)
    view.referred = view.blobs()
    return view


def _fold(objects: Objects, view: View, entries: dict[int, Found]) -> None:
    """Fold the entries behind the view."""
    # What is at or before the base counts no more, whatever it is: an entry kept for ever, or what a loser wrote long after.
    behind = sorted(number for number in entries if number > view.number)
    if behind and behind[-1] - view.number != len(behind):
        raise Moved(f"entries between {view.number} and {behind[-1]} are missing")
    datas = at_once(objects.read, [entry_key(number) for number in behind])
    for number, data in zip(behind, datas, strict=True):
        entry, digest, changes = _decoded(objects, entry_key(number), data)
        if entry.number != number or entry.previous != view.digest or entry.lease.epoch < view.lease.epoch:
            raise DamagedEntryError(f"{entry_key(number)} does not go on from the entry before it")
        for change in changes:
            view.change(change)
        view.go_on(number, digest, entry.lease, over=entry.over)
    if view.number in entries:
        view.alive, view.size = entries[view.number].modified, entries[view.number].size


def _decoded(objects: Objects, key: str, data: bytes | None) -> tuple[Entry, str, list[Change]]:
    if data is None:
        raise Moved(f"{key} is gone")
    try:
        return decode_entry(data, f"{objects.place}/{key}")
    except DamagedEntryError as fault:
        raise DamagedEntryError(f"{key} {fault}") from fault
