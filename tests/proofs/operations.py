"""The operations there are proofs for; one line each."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable
from typing import Any

from tests.kills.world import World
from tests.proofs.seam import Call, WatchedFiles, files_given
from tests.proofs.stage import Operation, applying, blueprint, changed, destroying, first, problem_of, project, replaced, write

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, Import

_COMMITS = 14

Fault = Callable[[Call], None]


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


def full_disk() -> Fault:
    """No file grows any more from some commit on; the reserve, written in place, is what is left."""
    left = _COMMITS

    def before(call: Call) -> None:
        nonlocal left
        left -= call.name == "write" and call.caller == "append"
        if left <= 0 and call.name in ("write", "create"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return before


def spilled(world: World) -> None:
    """A run whose disk was full: what was in flight is in the reserve."""
    write(world, blueprint(first()))
    with files_given(WatchedFiles(full_disk())):
        applying(world, 0, 4)
    assert project_spilled(world), "nothing was spilled"


def project_spilled(world: World) -> bool:
    """True if there is something in the reserve."""
    return any(path.read_bytes().strip(b"\0") for path in world.directory.rglob("reserve"))


def renamed() -> dict[str, Any]:
    """The first, with a document under another name."""
    resources = first()
    resources["memo"] = resources.pop("notes")
    resources["more"]["properties"]["source_ids"] = ["{{ resources.memo.id }}"]
    return resources


def moving(world: World, seed: int, parallelism: int) -> str:
    """``state mv notes memo``, unless that was done."""
    if "memo" in world.state().natives:
        return ""
    changed = api.move_state(project(world, seed), "notes", "memo", ApplyOptions(), lambda proposal: True)
    return "" if changed.done else "nothing was moved"


def few() -> dict[str, Any]:
    """What is imported: a network with its subnet, and a document."""
    resources = first()
    return {name: resources[name] for name in IMPORTED}


IMPORTED = {"net": "mock.vpc", "front": "mock.subnet", "notes": "mock.document"}


def orphaned(world: World) -> None:
    """Everything is in the cloud and nothing in a state; what was there is written down beside the blueprint."""
    natives = world.state().natives
    ids = {
        name: record.id for name, type in IMPORTED.items() for address, record in natives.items()
        if record.type == type and address.partition("/")[0] == name
    }
    (world.directory / "ids.json").write_text(json.dumps(ids))
    shutil.rmtree(world.directory / ".mcflow")


def importing(world: World, seed: int, parallelism: int) -> str:
    """``import`` of everything that is not in the state yet."""
    known = world.state()
    ids = json.loads((world.directory / "ids.json").read_text())
    wanted = [Import(name, {"": id}, force=True) for name, id in ids.items() if id not in {each.id for each in known.natives.values()}]
    if not wanted:
        return ""
    return problem_of(api.adopt(project(world, seed), wanted, ApplyOptions(parallelism=parallelism), lambda plan: True))


def no_fault() -> Fault:
    """Nothing fails."""
    return lambda call: None


OPERATIONS = (
    Operation("create", None, blueprint(first())),
    Operation("update", blueprint(first()), blueprint(changed(), "1")),
    Operation("replace", blueprint(first()), blueprint(replaced())),
    Operation("destroy", blueprint(first()), blueprint(first()), destroying, (destroying,), "destroy"),
    Operation("import", blueprint(few()), blueprint(few()), importing, (importing, applying), prepare=orphaned),
    Operation("state mv", blueprint(first()), blueprint(renamed()), moving, (moving, applying)),
    Operation("recovery", None, blueprint(first()), prepare=abandoned),
    Operation("after a full disk", None, blueprint(first()), prepare=spilled),
)

RECORDED: tuple[tuple[Operation, Callable[[], Fault]], ...] = (
    *((each, no_fault) for each in OPERATIONS),
    (Operation("full disk", None, blueprint(first())), full_disk),
)
"""What power cuts are tried on; each with what fails meanwhile."""


def operation(name: str) -> Operation:
    """The operation of that name."""
    return next(each for each, _ in RECORDED if each.name == name)
