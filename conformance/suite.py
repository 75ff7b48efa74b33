"""The list of checks for a subject, ready to be parametrised over by a test runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mcflow.conformance import catalog, discovery, importing, lifecycle, scenes
from mcflow.conformance.rig import Rig
from mcflow.conformance.subject import Case, Subject

SKIPPABLE = (
    "create_and_destroy", "update", "replace", "gone", "drift", "tags", "discovered", "imported", "imported_by_id", "killed_while_creating",
    "killed_while_replacing", "killed_while_destroying", "lost_replies", "lost_requests", "throttling", "many_of_one_type",
    "destroyed_from_state_alone", "replacement_keeps_disk_and_address", "lowering_key_renamed", "driver_made_changes_held_back",
    "catalog_answers",
)
SCENES = (
    scenes.killed_while_creating, scenes.killed_while_replacing, scenes.killed_while_destroying, scenes.lost_replies, scenes.lost_requests,
    scenes.throttling, scenes.many_of_one_type, scenes.destroyed_from_state_alone, scenes.replacement_keeps_disk_and_address,
    scenes.lowering_key_renamed, scenes.driver_made_changes_held_back, catalog.catalog_answers,
)
SHORTEST_REASON = 30


@dataclass(frozen=True)
class Check:
    """One check. ``skip`` is the subject's reason not to run it, empty to run."""

    name: str
    run: Callable[[Path], None]
    skip: str = ""

    def __str__(self) -> str:
        return self.name


def checks(subject: Subject) -> Sequence[Check]:
    """All checks of a subject. Raises ValueError for skips that name no check or give no real reason."""
    found = [*_of_types(subject), *_of_scene(subject)]
    names = {check.name for check in found}
    for name, reason in subject.skips.items():
        if name.partition("[")[0] not in SKIPPABLE or not any(each == name or each.startswith(f"{name}[") for each in names):
            raise ValueError(f"skips: there is no check {name!r}")
        if len(reason) < SHORTEST_REASON:
            raise ValueError(f"skips: {name!r} needs a reason of at least {SHORTEST_REASON} characters")
    return found


def _of_types(subject: Subject) -> Iterator[Check]:
    for case in subject.cases:
        yield _check(subject, case, "create_and_destroy", "", partial(_run, subject, case, lifecycle.create_and_destroy))
        yield _check(subject, case, "tags", "", partial(_run, subject, case, lifecycle.tags))
        yield _check(subject, case, "discovered", "", partial(_run, subject, case, discovery.discovered))
        yield _check(subject, case, "imported", "", partial(_run, subject, case, discovery.imported))
        yield _check(subject, case, "imported_by_id", "", partial(_run, subject, case, importing.imported_by_id))
        for change in case.updates:
            yield _check(subject, case, "update", change.name, partial(_run, subject, case, partial(lifecycle.update, change=change)))
        if not case.updates:
            yield _missing(subject, case, "update")
        if case.replace is not None:
            yield _check(subject, case, "replace", "", partial(_run, subject, case, partial(lifecycle.replace, change=case.replace)))
        else:
            yield _missing(subject, case, "replace")
        if case.removable is not None:
            yield _check(subject, case, "gone", "", partial(_run, subject, case, partial(lifecycle.gone, native=case.removable)))
        else:
            yield _missing(subject, case, "gone")
        if case.drift is not None:
            yield _check(subject, case, "drift", "", partial(_run, subject, case, partial(lifecycle.drift, drifted=case.drift)))
        else:
            yield _missing(subject, case, "drift")


def _of_scene(subject: Subject) -> Iterator[Check]:
    for scene in SCENES:
        name = scene.__name__
        yield Check(name, partial(scene, subject), subject.skips.get(name, ""))


def _check(subject: Subject, case: Case, kind: str, detail: str, run: Callable[[Path], None]) -> Check:
    name = f"{kind}[{case.type}{'-' + detail if detail else ''}]"
    return Check(name, run, subject.skips.get(name, subject.skips.get(kind, "")))


def _missing(subject: Subject, case: Case, kind: str) -> Check:
    """A case that leaves a check out must say why; otherwise the check fails with that."""

    def fail(scratch: Path) -> None:
        raise AssertionError(f"{case.type}: the case says nothing about {kind!r}; describe it or skip it with a reason")

    return _check(subject, case, kind, "", fail)


def _run(subject: Subject, case: Case, life: Callable[[Rig, Case], None], scratch: Path) -> None:
    with subject.open(scratch) as cloud:
        life(Rig(scratch / "project", cloud), case)
