"""A disk with the power about to fail: what is certain to be on it, what may be, and images of what it may hold.

POSIX and nothing more: content is certain only after a sync of the file, names only after a sync of their folder, and what is not
certain may be there in part and in any order. No file system is as forgetful as this; all of them are somewhere in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SECTOR = 512
FOLDER = 0
"""The number that stands for a folder in place of a file's."""

Kind = Literal["create", "mkdir", "write", "truncate", "sync", "sync_folder", "rename", "unlink", "acknowledged", "cloud", "fault"]
Image = dict[Path, bytes | None]
"""Files with their content, folders with None."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: to a file (``number``), to a name (``path``, ``target``), or outside the disk (``number`` counts it)."""

    kind: Kind
    path: Path = Path()
    number: int = 0
    data: bytes = b""
    offset: int = 0
    target: Path = Path()
    purpose: str = ""


@dataclass(slots=True)
class _File:
    certain: bytes = b""
    pending: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class _Folder:
    certain: dict[str, int] = field(default_factory=dict)
    pending: list[Event] = field(default_factory=list)


class Disk:
    """What became certain and what is pending. ``omit``: syncs that are taken for done and are not, for controls and lying disks."""

    def __init__(self, base: Mapping[Path, bytes | None], omit: Callable[[Event], bool] = lambda event: False) -> None:
        self._files: dict[int, _File] = {}
        self._folders: dict[Path, _Folder] = {}
        self._omit = omit
        for number, (path, content) in enumerate(sorted(base.items()), 1):
            self._folder(path.parent).certain[path.name] = FOLDER if content is None else number
            if content is not None:
                self._files[number] = _File(content)

    def _folder(self, path: Path) -> _Folder:
        return self._folders.setdefault(path, _Folder())

    def take(self, event: Event) -> None:
        """One more thing happened."""
        if event.kind in ("write", "truncate"):
            self._files[event.number].pending.append(event)
        elif event.kind == "create":
            self._files[event.number] = _File()
            self._folder(event.path.parent).pending.append(event)
        elif event.kind in ("mkdir", "unlink", "rename"):
            self._folder(event.path.parent).pending.append(event)
        elif event.kind == "sync" and not self._omit(event):
            file = self._files[event.number]
            file.certain, file.pending = _applied(file.certain, file.pending), []
        elif event.kind == "sync_folder" and not self._omit(event):
            folder = self._folder(event.path)
            folder.certain, folder.pending = _renamed(folder.certain, folder.pending), []

    def image(self, chance: random.Random) -> Image:
        """One of the things the disk may hold after the power failed now."""
        found: Image = {}
        names = {path: _renamed(folder.certain, _some(folder.pending, chance)) for path, folder in self._folders.items()}
        for path in sorted(names):
            for name, number in names[path].items():
                found[path / name] = None if number == FOLDER else self._content(self._files[number], chance)
        return {path: content for path, content in found.items() if _reachable(path, found, names)}

    def _content(self, file: _File, chance: random.Random) -> bytes:
        if not file.pending:
            return file.certain
        whole = _applied(file.certain, file.pending)
        kept = _some(file.pending, chance)
        content = bytearray(_applied(file.certain, kept))
        lost = [event for event in file.pending if event not in kept]
        if lost and chance.random() < 0.5:
            _tear(content, chance.choice(lost), chance)
        if len(content) < len(whole) and chance.random() < 0.3:
            # The length reached the disk and the bytes did not.
            missing = chance.randrange(len(whole) - len(content)) + 1
            content += bytes(missing) if chance.random() < 0.7 else chance.randbytes(missing)
        return bytes(content)


def _reachable(path: Path, found: Image, names: Mapping[Path, object]) -> bool:
    """Everything above it that was made in our sight is there too."""
    return all(found.get(above, False) is None for above in path.parents if above.parent in names)


def _some(pending: list[Event], chance: random.Random) -> list[Event]:
    """All, none, the first few, or any of what is pending; the order is kept, as a later write of a place covers an earlier one."""
    way = chance.random()
    if way < 0.15:
        return []
    if way < 0.3:
        return list(pending)
    if way < 0.65:
        return pending[:chance.randrange(len(pending) + 1)]
    share = chance.random()
    return [event for event in pending if chance.random() < share]


def _applied(content: bytes, events: Iterable[Event]) -> bytes:
    made = bytearray(content)
    for event in events:
        if event.kind == "truncate":
            del made[event.offset:]
            made += bytes(event.offset - len(made))
        else:
            _put(made, event.offset, event.data)
    return bytes(made)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    content += bytes(max(0, offset - len(content)))
    content[offset:offset + len(data)] = data


def _tear(content: bytearray, event: Event, chance: random.Random) -> None:
    """A write of which some sectors arrived: the first ones, or any of them."""
    if event.kind != "write":
        return
    first = event.offset // SECTOR
    sectors = range(first, (event.offset + len(event.data) - 1) // SECTOR + 1)
    until = chance.randrange(len(sectors) + 1) if chance.random() < 0.5 else None
    for order, sector in enumerate(sectors):
        if (order >= until) if until is not None else (chance.random() < 0.5):
            continue
        start, end = max(sector * SECTOR, event.offset), min((sector + 1) * SECTOR, event.offset + len(event.data))
        _put(content, start, event.data[start - event.offset:end - event.offset])


def _renamed(entries: Mapping[str, int], events: Iterable[Event]) -> dict[str, int]:
    made = dict(entries)
    for event in events:
        if event.kind in ("create", "mkdir"):
            made[event.path.name] = event.number
        elif event.kind == "unlink":
            made.pop(event.path.name, None)
        else:
            made.pop(event.path.name, None)
            made[event.target.name] = event.number
    return made


def put_on(image: Image, folder: Path) -> None:
    """Lay an image out below a folder; its paths are relative."""
    for path, content in sorted(image.items()):
        place = folder / path
        if content is None:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.touch(0o600)
            place.write_bytes(content)


def taken_from(folder: Path, below: str) -> Image:
    """What is below a folder of it, by path relative to it."""
    found: Image = {}
    for path in sorted((folder / below).rglob("*")):
        found[path.relative_to(folder)] = path.read_bytes() if path.is_file() else None
    return found
