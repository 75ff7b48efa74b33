"""Power cuts: a recorded run is cut at every point, and what the disk may hold then must load, with everything acknowledged in it."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.proofs.disk import Disk, Event, Image, put_on
from tests.proofs.operations import RECORDED, operation
from tests.proofs.recording import PLACE, Recording, digest, record
from tests.proofs.report import Table
from tests.proofs.seam import small_reserve
from tests.proofs.stage import copied, judged, opened, prepare, project

from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import Owner
from mcflow.state.records import State
from mcflow.state.workspace import Workspace

SYNCS: dict[str, Callable[[Event], bool]] = {
    "the journal's commit": lambda event: event.kind == "sync" and event.purpose == "append",
    "a file written aside": lambda event: event.kind == "sync" and event.purpose == "write_whole",
    "the name of a file written aside": lambda event: event.kind == "sync_folder" and event.purpose == "write_whole",
    "the name of a new folder": lambda event: event.kind == "sync_folder" and event.purpose in ("make_folder", "keep_folder"),
    "the emergency spill": lambda event: event.kind == "sync" and event.purpose == "_spill_into",
}
"""Every sync that matters. An engine without it must be found out."""


SPILLS = f"{PLACE}/user/mcflow/spill"
"""Where `opened` has the user's own state folder keep what was spilled."""

AFTERWARDS = 0.1
"""The share of images of a power cut after the run's end."""


@dataclass
class Cuts:
    """What came of the images of all recordings."""

    images: Counter[str] = field(default_factory=Counter)
    distinct: Counter[str] = field(default_factory=Counter)
    points: dict[str, int] = field(default_factory=dict)
    recoveries: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, int, str]] = field(default_factory=list)

    def table(self) -> Table:
        """One line for each recording."""
        found = Counter(name for name, _, _ in self.wrong)
        rows = [
            (name, str(points), str(self.images[name]), str(self.distinct[name]), str(self.recoveries[name]), str(found[name]))
            for name, points in self.points.items()
        ]
        return Table(("recording", "events", "images", "distinct", "recoveries", "findings"), rows)


@dataclass(frozen=True)
class Cut:
    """An image with what must be true of it."""

    point: int
    image: Image
    allowed: frozenset[str]
    acknowledged: int
    cloud: int


def cuts(recording: Recording, count: int, seed: int, omit: Callable[[Event], bool] = lambda event: False) -> Iterator[Cut]:
    """Images spread evenly over every point of a recording, and a share of them for the time after it: that is when most power fails."""
    disk = Disk(recording.base, omit)
    truths = recording.truths()
    last = max(truths)
    chance = random.Random(seed)
    acknowledged, cloud, made = recording.start, 0, 0
    points = len(recording.events) + 1
    for point in range(points):
        due = round(count * (1 - AFTERWARDS) * (point + 1) / points) if point + 1 < points else count
        for _ in range(due - made):
            allowed = frozenset(truths[sequence] for sequence in range(acknowledged, last + 1))
            yield Cut(point, disk.image(chance), allowed, acknowledged, cloud)
        made = due
        if point < len(recording.events):
            event = recording.events[point]
            if event.kind == "acknowledged":
                acknowledged = event.number
            elif event.kind == "cloud":
                cloud = event.number
            disk.take(event)


class Bench:
    """Where images are laid out and judged; a recovery that was judged once is not judged again."""

    def __init__(self, stage: Path, folder: Path, recording: Recording, tally: Cuts) -> None:
        self._stage = stage
        self._folder = folder
        self._recording = recording
        self._tally = tally
        self._seen: set[bytes] = set()
        self._judged: set[tuple[object, ...]] = set()
        with opened(stage) as world:
            self._sealer = project(world).sealer

    def judge(self, cut: Cut, *, recover: bool = True) -> list[str]:
        """What is wrong with a cut; nothing if the very same image was judged before."""
        name = self._recording.operation.name
        self._tally.images[name] += 1
        told = sha256(repr((sorted(cut.image.items()), cut.acknowledged, cut.cloud)).encode()).digest()
        if told in self._seen:
            return []
        self._seen.add(told)
        self._tally.distinct[name] += 1
        self._lay_out(cut)
        with small_reserve():
            return self._judge(cut, recover)

    def _lay_out(self, cut: Cut) -> None:
        shutil.rmtree(self._folder / PLACE, ignore_errors=True)
        put_on(cut.image, self._folder)

    def _lay_out_all(self, cut: Cut) -> None:
        """With the blueprint, and the cloud as it was."""
        self._lay_out(cut)
        shutil.copytree(self._stage / "project", self._folder / "project", ignore=shutil.ignore_patterns(".mcflow"), dirs_exist_ok=True)
        for old in self._folder.glob("cloud.db*"):
            old.unlink()
        (self._folder / "cloud.db").write_bytes(self._recording.clouds[cut.cloud])

    def _judge(self, cut: Cut, recover: bool) -> list[str]:
        directory = self._folder / "project"
        workspace = Workspace.open(
            directory, "proof", "default", self._sealer, pause=lambda seconds: None, spill_folder=self._folder / SPILLS)
        try:
            reading = workspace.read()
            if not self._allowed(reading.state, cut):
                return [f"the state is not that of {cut.acknowledged} records or more, and nothing tells"]
            with workspace.lease(Owner(who="proof", run="proof")) as writer:
                if digest(writer.state) != digest(reading.state):
                    return ["the lease sees another state than the reading"]
            again = workspace.read()
        except Rejected as refused:
            return [f"{each.code} {each.message}" for each in refused.diagnostics]
        codes = sorted({finding.code for finding in reading.findings})
        self._tally.codes.update(codes)
        if {finding.code for finding in again.findings} - {"MC0714"}:
            return [f"settled, and still: {[finding.code for finding in again.findings]}"]
        if not self._allowed(again.state, cut):
            return ["settled, it is another state"]
        key = (digest(reading.state), cut.cloud, reading.sweep, *codes)
        if not recover or key in self._judged:
            return []
        self._judged.add(key)
        self._tally.recoveries[self._recording.operation.name] += 1
        self._lay_out_all(cut)
        with opened(self._folder) as world:
            return judged(world, self._recording.operation)

    def _allowed(self, state: State, cut: Cut) -> bool:
        nothing = not state.serial and not state.natives and not state.open
        return digest(state) in cut.allowed or (nothing and cut.acknowledged == 0)

    def keep(self, cut: Cut, findings: list[str], folder: Path) -> Path:
        """Write a failing case out: lay it out again, and move it away."""
        self._lay_out_all(cut)
        shutil.copytree(self._folder, folder)
        case = {
            "operation": self._recording.operation.name, "point": cut.point, "acknowledged": cut.acknowledged,
            "allowed": sorted(cut.allowed), "findings": findings,
        }
        (folder / "case.json").write_text(json.dumps(case, indent=1))
        return folder


def recordings(scratch: Path, names: tuple[str, ...] = (), seed: int = 0, parallelism: int = 1) -> Iterator[tuple[Path, Recording]]:
    """Record the operations with these names (default: all); with each the folder it ran in."""
    for each, fault in RECORDED:
        if not names or each.name in names:
            folder = copied(prepare(each, scratch / f"stage-{each.name}"), scratch / f"run-{each.name}")
            made = record(each, folder, seed=seed, parallelism=parallelism, fault=fault())
            yield folder, made


def sweep(
    scratch: Path, count: int, *, names: tuple[str, ...] = (), seed: int = 0, parallelism: int = 1, omit: str = "", recover: bool = True,
    keep: Path | None = None, on_image: Callable[[Cuts], None] = lambda cuts: None,
) -> Cuts:
    """Cut the power of every recording, ``count`` images in all. ``omit`` leaves out one sort of sync (of `SYNCS`)."""
    tally = Cuts()
    left = SYNCS[omit] if omit else lambda event: False
    made = list(recordings(scratch, names, seed, parallelism))
    total = sum(len(recording.events) for _, recording in made)
    for folder, recording in made:
        name = recording.operation.name
        tally.points[name] = len(recording.events)
        bench = Bench(folder, scratch / f"case-{name}", recording, tally)
        share = max(1, round(count * len(recording.events) / total))
        for cut in cuts(recording, share, seed, left):
            findings = bench.judge(cut, recover=recover)
            tally.wrong += [(name, cut.point, finding) for finding in findings]
            if findings and keep is not None:
                bench.keep(cut, findings, keep / f"{name}-{cut.point}-{len(tally.wrong)}")
            on_image(tally)
    return tally


def replay(folder: Path, scratch: Path) -> list[str]:
    """Judge a case that was written out once more."""
    case = json.loads((folder / "case.json").read_text())
    with opened(copied(folder, scratch / "replay")) as world, small_reserve():
        try:
            state = project(world).workspace.read().state
        except Rejected as refused:
            return [f"{each.code} {each.message}" for each in refused.diagnostics]
        if digest(state) not in case["allowed"] and (case["acknowledged"] or state.serial):
            return [f"the state is not that of {case['acknowledged']} records or more, and nothing tells"]
        return judged(world, operation(case["operation"]))
