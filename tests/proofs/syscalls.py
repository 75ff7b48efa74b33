"""Failing system calls: one call of the file system fails (once, or from then on), for every call, error and place, and on a full disk."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.kills.world import World
from tests.proofs.operations import operation
from tests.proofs.recording import PLACE, Recording, digest, record
from tests.proofs.report import Table
from tests.proofs.seam import CHANGES, READS, Call, small_reserve
from tests.proofs.stage import Operation, copied, judged, opened, prepare, project
from tests.secrets.scanner import leaks

from mcflow.cli.codes import ERROR, OK, PARTIAL
from mcflow.engine.calls import call as calls
from mcflow.engine.calls.call import MUTATIONS
from mcflow.engine.calls.executor import ThreadExecutor
from mcflow.model.diagnostic import Rejected
from mcflow.state.journal import Journal

SENTINEL = "Sentinel-41c7-Gg9-proof-of-syscalls"
ERRORS = ("EIO", "ENOSPC", "EROFS", "EMFILE", "EACCES")
STRUCK = ("create", "update", "recovery")
"""The operations whose calls are made to fail."""
FULL_AT = tuple(range(40, 140, 4))
"""Sizes of a disk in KiB, each of which fills up somewhere else."""


@dataclass(frozen=True)
class Strike:
    """The ``nth`` call of ``name`` in an operation fails with ``error``; with ``lasting``, every change from then on does. The error
    "short" is none: every write takes only some of its bytes."""

    operation: str
    name: str
    nth: int
    error: str
    lasting: bool

    def __str__(self) -> str:
        return f"{self.operation}:{self.name}:{self.nth}:{self.error}:{'lasting' if self.lasting else 'once'}"


def read_strike(text: str) -> Strike:
    """A strike as `str` writes it."""
    name, call, nth, error, way = text.split(":")
    return Strike(name, call, int(nth), error, way == "lasting")


@dataclass
class Sweep:
    """What came of all strikes."""

    strikes: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def table(self) -> Table:
        """One line for each call of the file system."""
        found = Counter(strike.split(":")[1] for strike, _ in self.wrong)
        rows = [(name, str(self.strikes[name]), str(self.failed[name]), str(found[name])) for name in self.strikes]
        return Table(("call", "failures", "runs that failed", "findings"), rows)


@dataclass
class Said:
    """What the command said and how it ended."""

    code: int = OK
    text: str = ""


def secretive(given: Operation, said: Said) -> Operation:
    """An operation done by the command line, with a secret in its blueprint."""

    def act(world: World, seed: int, parallelism: int) -> str:
        said.code, said.text = run(world, "apply", "-y", "-v", "--parallelism", str(parallelism))
        return ""

    return replace(given, before=_with_secret(given.before), after=_with_secret(given.after) or {}, act=act)


def _with_secret(document: Any) -> Any:
    if document is None:
        return None
    resources = dict(document["resources"])
    box = resources["box"]
    resources["box"] = {**box, "properties": {**box["properties"], "user_data": "#!/bin/sh\necho {{ vars.secret }}\n"}}
    return {**document, "variables": {"secret": {"type": "string", "sensitive": True, "default": SENTINEL}}, "resources": resources}


def run(world: World, *arguments: str) -> tuple[int, str]:
    """The command line in this process: exit code, and everything it said."""
    from mcflow.cli.entry import outcome

    home = world.directory / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    if not (home / "mcflow").exists():
        # The sealing key is the one the world's judge uses.
        (world.directory / "user").mkdir(mode=0o700, exist_ok=True)
        (home / "mcflow").symlink_to("../user")
    said = io.StringIO()
    environ = {name: str(home) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR")}
    with patch.dict(os.environ, environ), contextlib.chdir(world.directory), contextlib.redirect_stdout(said), \
            contextlib.redirect_stderr(said):
        code = outcome(list(arguments))
    return code, said.getvalue()


class Watch:
    """Sees which mutations were sent after the journal had failed, and which creates were answered."""

    def __init__(self) -> None:
        self.journal_failed = False
        self.late: list[str] = []
        self.answered: set[str] = set()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every run meanwhile."""
        submit, invoke, fail = ThreadExecutor.submit, calls._invoke, Journal.fail

        def submitted(executor: ThreadExecutor, asked: Any) -> None:
            if self.journal_failed:
                self.late += [f"{each.handler} {each.type.name}" for each in asked if each.handler in MUTATIONS]
            submit(executor, asked)

        def invoked(asked: Any) -> Any:
            answer = invoke(asked)
            if asked.handler == "create":
                self.answered.add(asked.intent.op)
            return answer

        def failed(journal: Journal, fault: OSError) -> None:
            self.journal_failed = True
            fail(journal, fault)

        with patch.object(ThreadExecutor, "submit", submitted), patch.object(calls, "_invoke", invoked), \
                patch.object(Journal, "fail", failed):
            yield


class Striker:
    """Makes calls fail as a strike says."""

    def __init__(self, strike: Strike | None, watch: Watch) -> None:
        self.strike = strike
        self.counts: Counter[str] = Counter()
        self.hit = False
        self._watch = watch

    def before(self, call: Call) -> None:
        """Raise, if it is this call's turn."""
        nth = self.counts[call.name]
        self.counts[call.name] += 1
        strike = self.strike
        if strike is None or strike.error == "short":
            return
        if (call.name, nth) == (strike.name, strike.nth):
            self.hit = True
        elif not (self.hit and strike.lasting and call.name in CHANGES and call.name != "lock"):
            return
        if call.caller in ("append", "write_mark"):
            self._watch.journal_failed = True
        number = getattr(errno, strike.error)
        raise OSError(number, os.strerror(number), str(call.path))

    def amount(self, call: Call) -> int | None:
        """How much of a write is taken."""
        if self.strike is None or self.strike.error != "short":
            return None
        self.hit = True
        return max(1, len(call.data) // 3)


@dataclass
class Bench:
    """Where strikes are tried: stages of the operations, and how often each call is made in them."""

    scratch: Path
    stages: dict[str, Path] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in STRUCK:
            self.stages[name] = prepare(secretive(operation(name), Said()), self.scratch / f"stage-{name}")
            watch, said = Watch(), Said()
            striker = Striker(None, watch)
            self._record(name, striker, watch, said)
            assert said.code == OK, said.text
            self.counts[name] = striker.counts

    def _record(self, name: str, striker: Striker, watch: Watch, said: Said) -> Recording:
        folder = copied(self.stages[name], self.scratch / "case")
        with watch.watching():
            return record(secretive(operation(name), said), folder, fault=striker.before, amount=striker.amount, parallelism=4)

    def judge(self, strike: Strike, tally: Sweep) -> list[str]:
        """What is wrong after a strike."""
        watch, said = Watch(), Said()
        striker = Striker(strike, watch)
        recording = self._record(strike.operation, striker, watch, said)
        tally.strikes[strike.name] += 1
        tally.failed[strike.name] += said.code != OK
        with opened(self.scratch / "case") as world, small_reserve():
            return [*_said(strike, striker, said, tally), *_kept(world, recording, watch, said), *judged(world, operation_of(strike))]


def operation_of(strike: Strike) -> Operation:
    """The operation struck at, as it is judged: without the command line."""
    return operation(strike.operation)


def _said(strike: Strike, striker: Striker, said: Said, tally: Sweep) -> list[str]:
    wrong = []
    codes = {word.strip("[]:") for word in said.text.split() if word.startswith(("MC0", "[MC0"))}
    tally.told.update(codes)
    if "MC0904" in codes or "Traceback" in said.text:
        wrong.append(f"an internal error: {said.text[-600:]}")
    if said.code not in (OK, ERROR, PARTIAL):
        wrong.append(f"exit code {said.code}")
    if said.code != OK and not codes:
        wrong.append("it failed without a word")
    if strike.error == "short" and said.code != OK:
        wrong.append(f"writes that took less than all made it fail: {said.text[-600:]}")
    wrong += [f"a secret was printed ({form})" for form in leaks(said.text.encode(), SENTINEL)]
    return wrong


def _kept(world: World, recording: Recording, watch: Watch, said: Said) -> list[str]:
    """The last good state is intact, nothing new was begun, and what was in flight is known."""
    wrong = [f"sent after the journal had failed: {each}" for each in watch.late]
    for path in (world.directory / ".mcflow").rglob("*"):
        if path.is_file():
            wrong += [f"a secret is in {path.name} ({form})" for form in leaks(path.read_bytes(), SENTINEL)]
    try:
        state = project(world).workspace.read().state
    except Rejected as refused:
        return [*wrong, *(f"{each.code} {each.message}" for each in refused.diagnostics)]
    acknowledged = max((event.number for event in recording.events if event.kind == "acknowledged"), default=recording.start)
    truths = recording.truths()
    nothing = not state.serial and acknowledged == 0
    if not nothing and digest(state) not in {truth for sequence, truth in truths.items() if sequence >= acknowledged}:
        wrong.append(f"the state is not that of {acknowledged} records or more")
    lost = {op for op in watch.answered & state.open.keys() if not state.open[op].id}
    if lost and "MC0704" not in said.text and "MC0829" not in said.text:
        wrong.append(f"answered and not kept, and nothing says so: {sorted(lost)}")
    return wrong


def strikes(bench: Bench, per_call: int | None, seed: int) -> Iterator[Strike]:
    """Every call, error and place; or ``per_call`` places of each call for each error, spread over its course."""
    chance = random.Random(seed)
    for name in (*CHANGES, *READS):
        for index, error in enumerate(ERRORS):
            if per_call is None:
                for where in STRUCK:
                    for nth in range(bench.counts[where][name]):
                        for lasting in (False, True):
                            yield Strike(where, name, nth, error, lasting)
                continue
            for part in range(per_call):
                where = STRUCK[(index + part) % len(STRUCK)]
                known = bench.counts[where][name] or bench.counts["recovery"][name]
                where = where if bench.counts[where][name] else "recovery"
                if known:
                    start, end = part * known // per_call, (part + 1) * known // per_call
                    yield Strike(where, name, min(chance.randrange(start, max(end, start + 1)), known - 1), error, bool((part + index) % 2))
    for where in STRUCK:
        yield Strike(where, "write", 0, "short", False)


def sweep(scratch: Path, per_call: int | None = None, seed: int = 0, on_strike: Callable[[Sweep], None] = lambda sweep: None) -> Sweep:
    """Strike everywhere, or at ``per_call`` places of each call and error."""
    done = Sweep()
    bench = Bench(scratch)
    for strike in strikes(bench, per_call, seed):
        done.wrong += [(str(strike), finding) for finding in bench.judge(strike, done)]
        on_strike(done)
    return done


@contextlib.contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Callable[[], None] | None]:
    """A disk of that size on a folder, and what makes it big enough; None where this user may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k,mode=0700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,size=16m", str(folder)], check=True, capture_output=True) and None
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def fill_a_disk(scratch: Path, kib: int, name: str = "create") -> tuple[int, list[str]] | None:
    """Run an operation with its state on a real disk of ``kib`` KiB; the exit code and what is wrong. None if none can be mounted."""
    stage = scratch / f"stage-{name}"
    said, watch = Said(), Watch()
    given = secretive(operation(name), said)
    if not stage.exists():
        prepare(given, stage)
    folder = copied(stage, scratch / "case")
    with small_disk(folder / PLACE, kib) as grow:
        if grow is None:
            return None
        with watch.watching():
            recording = record(given, folder)
        grow()
        strike = Strike(name, "write", 0, "ENOSPC", True)
        with opened(folder) as world, small_reserve():
            wrong = [
                *_said(strike, Striker(strike, watch), said, Sweep()), *_kept(world, recording, watch, said),
                *judged(world, operation(name)),
            ]
        return said.code, wrong
