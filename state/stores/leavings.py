"""What killed processes left half-written in a local state's folders, removed by who holds the lease: nobody else writes there then."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from mcflow.state.files import Files

_WHOLE = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d{1,10})\.tmp")
_GENERATION = re.compile(r"\.generation-(\d+)\.[0-9a-f]{12}\.tmp")


def clear_leavings(files: Files, folders: Iterable[Path], top: Path, mark: Path, generation: int) -> None:
    """Remove temporary files of `write_whole` in the folders that are the holder's alone, those of its own head mark (whose folder others
    share), and folders of generations that can come no more. What may be of a process that lives stays, and so does all else."""
    for folder in folders:
        for name in files.names(folder):
            found = _WHOLE.fullmatch(name)
            if found is not None and not _lives(int(found["pid"])):
                _remove(files, folder / name)
    for name in files.names(mark.parent):
        found = _WHOLE.fullmatch(name)
        if found is not None and found["name"] == mark.name and not _lives(int(found["pid"])):
            _remove(files, mark.parent / name)
    for name in files.names(top):
        half = _GENERATION.fullmatch(name)
        # The generation is there: whoever still copies has lost the race, and is told so when it would rename.
        if half is not None and int(half[1]) <= generation and not (top / name).is_symlink():
            shutil.rmtree(top / name, ignore_errors=True)


def _lives(pid: int) -> bool:
    """Whether a process of this number is there, other than this one. Not being sure means yes: its number comes free some day."""
    if pid == os.getpid():
        # This one has just come; what it leaves is of a namesake before it.
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _remove(files: Files, path: Path) -> None:
    # Never a reason not to work: a leaving does no harm but take room, and the next holder tries again.
    with contextlib.suppress(OSError):
        if not path.is_dir():
            files.unlink(path)
