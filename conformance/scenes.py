"""What goes wrong around a whole environment: kills, lost replies, throttling, circles, replacements, new driver releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mcflow.conformance.killing import apply_killed_at, count_points, judge
from mcflow.conformance.rig import Rig, describe, expect, patched
from mcflow.conformance.subject import Lowered, Subject
from mcflow.drivers.sdk.lowering import Lowering, Native, Want
from mcflow.drivers.sdk.registry import load_driver

T = TypeVar("T")


def killed_while_creating(subject: Subject, scratch: Path) -> None:
    """Killed at every point of an apply from nothing; the next apply finishes it, and nothing was made twice or forgotten."""
    _kill_everywhere(subject, scratch, [], {})


def killed_while_replacing(subject: Subject, scratch: Path) -> None:
    """The same for an apply that replaces a machine with an attached disk and address."""
    scene = subject.scene
    change = _need(scene.replacement, "scene.replacement")
    _kill_everywhere(subject, scratch, [scene.resources, patched(scene.resources, scene.machine, change)], {})


def killed_while_destroying(subject: Subject, scratch: Path) -> None:
    """The same for a destroy."""
    _kill_everywhere(subject, scratch, [subject.scene.resources], {"mode": "destroy"})


def _kill_everywhere(subject: Subject, scratch: Path, history: list[Any], options: dict[str, Any]) -> None:
    points = 1
    fatal = 0
    while fatal < points:
        with subject.open(scratch / f"at{fatal}") as cloud:
            rig = Rig(scratch / f"at{fatal}" / "project", cloud)
            before = dict(cloud.inventory())
            _prepare(rig, subject, history)
            if fatal == 0:
                points = count_points(rig, **options)
                expect(points >= 10, f"only {points} points to kill at")
            else:
                apply_killed_at(rig, fatal, **options)
                rig.apply(**options)
            judge(rig, before)
            if options.get("mode") == "destroy":
                _expect_nothing_left(rig, before, f"killed at point {fatal}: ")
            else:
                rig.expect_empty_plan(f"after a kill at point {fatal}")
        fatal += subject.kill_every


def _expect_nothing_left(rig: Rig, before: Mapping[str, str], when: str = "") -> None:
    expect(not rig.state().natives, f"{when}left in the state {sorted(rig.state().natives)}")
    left = rig.cloud.inventory().items() - before.items()
    expect(dict(rig.cloud.inventory()) == before, f"{when}left in the cloud {sorted(left)}")


def _prepare(rig: Rig, subject: Subject, history: list[Any]) -> None:
    """The environment as it is before the run to be killed: all of ``history`` applied but its last, which is only written (if changed)."""
    if not history:
        rig.write(subject.scene.resources)
        return
    rig.write(history[0])
    rig.apply()
    for resources in history[1:]:
        rig.write(resources)


def lost_replies(subject: Subject, scratch: Path) -> None:
    """Every creation is carried out and its answer lost; one apply (or the next) ends well and nothing was made twice. On every identity
    class that the driver has."""
    _disturbed(subject, scratch, "lost_reply")


def lost_requests(subject: Subject, scratch: Path) -> None:
    """Some requests never arrive, and nobody can tell; nothing was made twice or left out."""
    _disturbed(subject, scratch, "lost_request")


def throttling(subject: Subject, scratch: Path) -> None:
    """The cloud refuses a good part of the calls as too many; apply still ends well."""
    _disturbed(subject, scratch, "throttle", once=True)


def _disturbed(subject: Subject, scratch: Path, kind: str, once: bool = False) -> None:
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        before = dict(cloud.inventory())
        rig.write({**subject.scene.resources, **subject.scene.further})
        with cloud.disturb(kind):
            outcome = rig.attempt()
            if once:
                expect(outcome.status == "done", f"apply ended {outcome.status} although it only had to wait")
        rig.apply()
        judge(rig, before)
        _expect_every_identity_class(rig, subject)
        rig.expect_empty_plan(f"after {kind}")
        rig.destroy()
        _expect_nothing_left(rig, before)


def _expect_every_identity_class(rig: Rig, subject: Subject) -> None:
    natives = load_driver(subject.driver).natives
    tried = {type(natives[record.type].identity).__name__ for record in rig.state().natives.values()}
    missing = {type(native.identity).__name__ for native in natives.values()} - tried
    expect(not missing, f"the scene tries no native whose identity is {sorted(missing)}; add one to scene.further")


def many_of_one_type(subject: Subject, scratch: Path) -> None:
    """More objects of one type than one look asks for (and one page of a listing shows): all are seen, and none is left behind."""
    small = dict(_need(subject.scene.small, "scene.small"))
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        before = dict(cloud.inventory())
        rig.write({"one": small})
        rig.apply()
        made = [record.type for record in rig.state().natives.values()]
        count = max(load_driver(subject.driver).natives[each].batch for each in made) + 5
        rig.write({"one": small, "many": {**small, "for_each": [f"n{number}" for number in range(count)]}})
        rig.apply()
        found, wanted = len(rig.state().natives), (count + 1) * len(made)
        expect(found == wanted, f"made {found} natives, not {wanted}")
        rig.expect_empty_plan(f"with {count} of one type")
        rig.destroy()
        _expect_nothing_left(rig, before)


def destroyed_from_state_alone(subject: Subject, scratch: Path) -> None:
    """The blueprint's resources are gone; groups that name each other, and all else, are destroyed from the state."""
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        before = dict(cloud.inventory())
        rig.write(subject.scene.resources)
        rig.apply()
        rig.write({})
        rig.apply()
        _expect_nothing_left(rig, before)
        rig.expect_empty_plan("after everything went")


def replacement_keeps_disk_and_address(subject: Subject, scratch: Path) -> None:
    """A new machine takes over the disk and the address of the old one; neither is made anew."""
    scene = subject.scene
    change = _need(scene.replacement, "scene.replacement")
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        rig.write(scene.resources)
        rig.apply()
        machine = rig.ids(scene.machine)
        natives = rig.state().natives
        parts = [record for address, record in natives.items() if _of(address, scene.disk, scene.address)]
        kept = [record.id for record in parts if _marked(record.type, subject)]
        expect(len(kept) >= 2, "the scene has no disk and address to keep")
        rig.change(scene.machine, change)
        rig.apply()
        expect(rig.ids(scene.machine) != machine, "the machine was not replaced")
        living = cloud.inventory()
        expect(all(id in living for id in kept), f"lost {[id for id in kept if id not in living]}")
        now = {record.id for record in rig.state().natives.values()}
        expect(set(kept) <= now, "the state forgot the disk or the address")
        rig.expect_empty_plan("after the replacement")
        rig.destroy()


def _of(address: str, *resources: str) -> bool:
    return any(address.startswith(f"{name}/") for name in resources)


def _marked(type: str, subject: Subject) -> bool:
    return load_driver(subject.driver).natives[type].identity.marked


def lowering_key_renamed(subject: Subject, scratch: Path) -> None:
    """A release renames a native's key and says ``formerly``: nothing in the cloud changes, and the record moves."""
    renamed = _need(subject.scene.renamed, "scene.renamed")
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        rig.write(subject.scene.resources)
        rig.apply()
        before = dict(cloud.inventory())
        with _released(subject.driver, renamed, rename=f"{renamed.native}_new"):
            rig.apply()
            expect(dict(cloud.inventory()) == before, "a renamed key changed the cloud")
            addresses = list(rig.state().natives)
            expect(any(address.endswith(f"/{renamed.native}_new") for address in addresses), f"no record moved: {addresses}")
            rig.expect_empty_plan("after the rename")
            rig.destroy()


def driver_made_changes_held_back(subject: Subject, scratch: Path) -> None:
    """A release lowers to something else that would replace: held back, unless the user accepts it."""
    altered = _need(subject.scene.altered, "scene.altered")
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        rig.write(subject.scene.resources)
        rig.apply()
        before = dict(cloud.inventory())
        with _released(subject.driver, altered):
            plan = rig.plan()
            held = [change for change in plan.resource_changes if change.held]
            expect(bool(held) and all(change.driver_made for change in held), f"not held back: {describe(plan)}")
            rig.apply()
            expect(dict(cloud.inventory()) == before, "a held change was made")
            accepted = rig.plan(accept_driver_changes=True)
            expect(not accepted.empty, "accepting driver changes plans nothing")


class _Released(Lowering):
    """Collects into another lowering's lists, with one native's key renamed or one of its attributes set to another value."""

    def __init__(self, *parts: Any, lowered: Lowered, rename: str) -> None:
        super().__init__(*parts)
        self._lowered = lowered
        self._rename = rename

    def native(self, key: str, type: str, /, **rest: Any) -> Native:
        """As in `Lowering`."""
        if key != self._lowered.native:
            return super().native(key, type, **rest)
        if self._lowered.attribute:
            rest[self._lowered.attribute] = self._lowered.value
        if self._rename:
            rest["formerly"] = (*rest.get("formerly", ()), key)
        return super().native(self._rename or key, type, **rest)


@contextmanager
def _released(name: str, lowered: Lowered, rename: str = "") -> Iterator[None]:
    """The driver as a next release would have it: a key renamed, or an attribute lowered to another value."""
    driver = load_driver(name)
    original, version = driver.lowerings[lowered.type], driver.lowering_versions.get(lowered.type, 1)

    def lower(want: Want, out: Lowering) -> None:
        original(want, _Released(out.address, out.connection, out.natives, out.exports, out.privates, lowered=lowered, rename=rename))

    driver.lowerings[lowered.type] = lower
    driver.lowering_versions[lowered.type] = version + 1
    try:
        yield
    finally:
        driver.lowerings[lowered.type] = original
        driver.lowering_versions[lowered.type] = version


def _need(part: T | None, name: str) -> T:
    expect(part is not None, f"the subject does not say {name}; add it or skip the check with a reason")
    assert part is not None
    return part
