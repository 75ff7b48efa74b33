"""How far this user last saw a remote state, kept on this machine: a store that was put back to an older copy is found out by it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from mcflow.model.diagnostic import reject
from mcflow.state.files import Files, read_private, write_whole
from mcflow.state.stores.log import View


class Point(msgspec.Struct, frozen=True):
    """The entry ``number`` of the log and its digest."""

    number: int
    digest: str


_DECODER = msgspec.json.Decoder(Point)


class Seen:
    """The file. It is a second opinion: where it is missing, unreadable or cannot be written, nothing else depends on it."""

    def __init__(self, files: Files, path: Path, place: str) -> None:
        self._files = files
        self._path = path
        self._place = place

    def read(self) -> Point | None:
        """How far the state was seen; to be read before it is looked at, as others of this user write it meanwhile."""
        try:
            data = read_private(self._files, self._path)
            return _DECODER.decode(data) if data else None
        except (OSError, msgspec.MsgspecError):
            return None

    def check(self, point: Point | None, view: View) -> None:
        """Rejected (MC0745) if the view ends before what was seen, or has another entry there."""
        if point is None:
            return
        if view.number < point.number:
            raise reject("MC0745", place=self._place, file=self._path, problem=f"it ends at entry {view.number}, {point.number} were seen")
        if view.digests.get(point.number, point.digest) != point.digest:
            raise reject("MC0745", place=self._place, file=self._path, problem=f"entry {point.number} is not the one that was seen")

    def write(self, number: int, digest: str) -> None:
        """Remember what is acknowledged."""
        # Without it a store put back later is not noticed from here; that is no reason not to work today.
        with suppress(OSError):
            self._files.make_folder(self._path.parent)
            write_whole(self._files, self._path, msgspec.json.encode(Point(number, digest)))
