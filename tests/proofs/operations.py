"""The operations there are proofs for; one line each."""

from __future__ import annotations

import contextlib
import os

from tests.kills.world import World
from tests.proofs.seam import Call, WatchedFiles, files_given
from tests.proofs.stage import Operation, applying, blueprint, changed, destroying, first, replaced, write

_COMMITS = 14


class _AbandonedError(BaseException):
    """The run ends here, as if the process were gone."""


def abandoned(world: World) -> None:
    """A run that ended with half a commit in its journal: what the next one finds is open operations and a torn end."""
    left = _COMMITS

    def before(call: Call) -> None:
        nonlocal left
        if call.name == "write" and call.caller == "append":
            left -= 1
            if left == 0:
                fd = os.open(call.path, os.O_WRONLY)
                os.pwrite(fd, call.data[:len(call.data) // 2], call.offset)
                os.close(fd)
                raise _AbandonedError

    write(world, blueprint(first()))
    with contextlib.suppress(_AbandonedError), files_given(WatchedFiles(before)):
        applying(world, 0, 1)
    assert left == 0, "the run was too short to be abandoned"


OPERATIONS = (
    Operation("create", None, blueprint(first())),
    Operation("update", blueprint(first()), blueprint(changed(), "1")),
    Operation("replace", blueprint(first()), blueprint(replaced())),
    Operation("destroy", blueprint(first()), blueprint(first()), destroying, (destroying,), "destroy"),
    Operation("recovery", None, blueprint(first()), prepare=abandoned),
)


def operation(name: str) -> Operation:
    """The operation of that name."""
    return next(each for each in OPERATIONS if each.name == name)
