"""One invocation of a command: its settings, its terminal, its events, and the way every ending is told."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mcflow.cli.codes import INTERRUPTED
from mcflow.cli.options import Settings
from mcflow.cli.report import show_diagnostics
from mcflow.cli.terminal import Terminal, real_terminal, silence
from mcflow.model.diagnostic import Diagnostic, Rejected, reject

if TYPE_CHECKING:
    from mcflow.cli.interrupts import Interrupts
    from mcflow.cli.progress import Progress
    from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
    from mcflow.engine.ports import Ports
    from mcflow.engine.project import Project
    from mcflow.model.event import Event


@dataclass
class Invocation:
    """What a command works with."""

    settings: Settings
    terminal: Terminal
    progress: Progress
    interrupts: Interrupts
    ports: Ports
    streams: list[TextIO] = field(default_factory=list)
    ending: Event | None = None
    """The engine's run_end, kept back: it is the last line of a stream, whatever the command still has to tell."""
    status: str = ""
    """How it ended, if the exit code does not say it all: ``declined``, ``nothing``."""
    told: set[str] = field(default_factory=set)
    """Diagnostics that the streams have already."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def text(self) -> bool:
        """True if people read standard output: neither events nor a document go there."""
        return not self.settings.json

    def emit(self, event: Event) -> None:
        """An event to every machine-readable stream."""
        if event.type == "run_end":
            self.ending = event
            return
        self._send(event)

    def end(self, exit_code: int) -> None:
        """The last line of every stream: how it ended."""
        if not self.streams:
            return
        from mcflow.model.event import Event

        status = self.status or {0: "done", 2: "done", 3: "partial", 130: "interrupted"}.get(exit_code, "failed")
        ending = self.ending or Event("run_end", self.now())
        self._send(Event("run_end", self.now(), ending.run, data={"status": status, **ending.data, "exit_code": exit_code}))

    def _send(self, event: Event) -> None:
        from mcflow.cli.render.documents import event_line
        from mcflow.cli.render.sources import Sources

        line = event_line(event, Sources().line) + "\n"
        if event.type in ("diagnostic", "resource_drift"):
            # The engine tells of them when they happen and once more in its answer.
            text = line.partition('"data":')[2]
            if text in self.told:
                return
            self.told.add(text)
        with self.lock:
            for stream in list(self.streams):
                self._write(stream, line)

    def _write(self, stream: TextIO, line: str) -> None:
        """Events come from the middle of a run: a reader that has gone or a full disk may end the stream, never the run."""
        try:
            stream.write(line)
            stream.flush()
        except (OSError, ValueError) as refused:
            self.streams.remove(stream)
            if isinstance(refused, BrokenPipeError):
                silence(stream)
            else:
                self.progress.say((f"The event stream ended early: {refused}",))

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.ports.clock.now()

    def project(self) -> Project:
        """The blueprint these settings name, loaded and validated; its warnings are shown."""
        from mcflow.engine import api

        project = api.open_project(project_options(self.settings), self.ports)
        self.diagnose(project.warnings)
        return project

    def diagnose(self, findings: Sequence[Diagnostic], *, notes: bool = True) -> None:
        """Findings to the reader and to every event stream; notes to the reader only if asked for."""
        if not findings:
            return
        if self.streams:
            from mcflow.cli.render.diagnostics import in_order
            from mcflow.cli.render.documents import diagnostic_document
            from mcflow.cli.render.sources import Sources
            from mcflow.model.event import Event

            sources = Sources()
            for finding in in_order(findings):
                level = {"error": "error", "warning": "warn"}.get(finding.severity, "info")
                document = diagnostic_document(finding, sources.line)
                self.emit(Event("diagnostic", self.now(), level=level, address=finding.address or "",  # type: ignore[arg-type]
                                data={"diagnostic": document}))
        if self.text:
            with self.progress.paused():
                show_diagnostics([finding for finding in findings if notes or finding.severity != "note"], self.terminal)


def project_options(settings: Settings) -> ProjectOptions:
    """Where the blueprint is and what its variables are."""
    from mcflow.engine.options import ProjectOptions

    return ProjectOptions(directory=Path(), file=settings.file, variables=settings.var, var_files=settings.var_file,
                          environment=settings.environment)


def plan_options(settings: Settings, mode: str = "apply") -> PlanOptions:
    """What to plan."""
    from mcflow.engine.options import PlanOptions

    return PlanOptions(
        mode=mode, refresh=settings.refresh, targets=settings.target, excludes=settings.exclude, replace=settings.replace,  # type: ignore[arg-type]
        repick=settings.repick, accept_driver_changes=settings.accept_driver_changes, parallelism=settings.parallelism,
        cost="cached" if settings.cost is None else "live" if settings.cost else "none")


def apply_options(settings: Settings) -> ApplyOptions:
    """How to apply."""
    from mcflow.engine.options import ApplyOptions

    return ApplyOptions(parallelism=settings.parallelism, on_failure=settings.on_failure, lock_timeout=settings.lock_timeout,  # type: ignore[arg-type]
                        reason=settings.reason, sweep=not settings.no_sweep)


def run_in(settings: Settings, work: Callable[[Invocation], int], terminal: Terminal | None = None) -> int:
    """Do a command's work and tell how it ended. Returns the exit code."""
    with _folder(settings), ExitStack() as stack:
        screen = terminal or real_terminal(settings.color, settings.no_input, bool(settings.quiet), os.environ)
        invocation = _prepare(settings, screen, stack)
        code = _done(invocation, work)
        invocation.end(code)
        return code


def _done(invocation: Invocation, work: Callable[[Invocation], int]) -> int:
    try:
        return work(invocation)
    except Rejected as rejected:
        invocation.diagnose(rejected.diagnostics)
        return rejected.exit_code
    except KeyboardInterrupt:
        invocation.diagnose([Diagnostic("MC0905", {"help": "nothing was being changed"})])
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as failure:  # noqa: BLE001 - any fault of ours ends as a diagnostic, also in the event stream
        return _failed(invocation, failure)


def _failed(invocation: Invocation, failure: Exception) -> int:
    from mcflow.cli.codes import ERROR
    from mcflow.cli.crash import crash_diagnostic
    from mcflow.engine.calls.reading import InterruptedReading

    if isinstance(failure, InterruptedReading):
        invocation.diagnose([Diagnostic("MC0905", {"help": "nothing was changed: it was still looking at what exists"})])
        return INTERRUPTED
    invocation.diagnose([crash_diagnostic(failure, os.environ)])
    return ERROR


def answer_in(settings: Settings, work: Callable[[Invocation], int]) -> int:
    """As `run_in`, for commands that only answer a question: their --json is the answer as one document, not a stream of events."""
    return run_in(replace(settings, json=False, output="json") if settings.json else settings, work)


def _prepare(settings: Settings, screen: Terminal, stack: ExitStack) -> Invocation:
    from mcflow.cli.interrupts import Interrupts
    from mcflow.cli.progress import Progress
    from mcflow.cli.render.documents import version_event
    from mcflow.engine.ports import Cancel, Ports

    streams: list[TextIO] = [screen.out] if settings.json else []
    if settings.json_into:
        streams.append(stack.enter_context(_event_file(settings.json_into)))
    cancel = Cancel()
    if settings.json:
        screen.live = False
    progress = stack.enter_context(Progress(screen, settings.verbose))
    interrupts = stack.enter_context(Interrupts(cancel, lambda text: _say(progress, screen, text)))
    ports = Ports(
        environ=dict(os.environ), cancel=cancel, events=lambda event: invocation_event(event), user_config=_user_config(), shared=_shared(),
        cache=_cache())
    invocation = Invocation(settings, screen, progress, interrupts, ports, streams)

    def invocation_event(event: Event) -> None:
        if event.level != "debug" or settings.verbose > 1:
            invocation.emit(event)
        if not settings.json:
            progress(event)

    if streams:
        invocation.emit(version_event(time.time()))
    return invocation


def _say(progress: Progress, screen: Terminal, text: str) -> None:
    from mcflow.cli.render.text import wrap

    for line in wrap(text, screen.text_width - 1):
        progress.say((line,))


@contextmanager
def _folder(settings: Settings) -> Iterator[None]:
    """Work in --chdir, and come back."""
    if settings.chdir is None:
        yield
        return
    before = Path.cwd()
    try:
        os.chdir(settings.chdir)
    except OSError as refused:
        raise reject("MC0912", path=settings.chdir, reason=refused.strerror) from refused
    try:
        yield
    finally:
        os.chdir(before)


def _event_file(path: Path) -> TextIO:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as refused:
        raise reject("MC0903", what="the events", path=path, reason=refused.strerror) from refused
    return os.fdopen(handle, "w", encoding="utf-8")


def _shared() -> Path | None:
    from platformdirs import user_cache_path, user_runtime_path

    # Without XDG_RUNTIME_DIR (cron, containers) platformdirs warns on the terminal and takes a folder that others may write to.
    return (user_runtime_path("mcflow") if "XDG_RUNTIME_DIR" in os.environ else user_cache_path("mcflow")) / "pace"


def _cache() -> Path | None:
    from platformdirs import user_cache_path

    return user_cache_path("mcflow") / "catalog"


def _user_config() -> Path | None:
    from platformdirs import user_config_path

    return user_config_path("mcflow")
