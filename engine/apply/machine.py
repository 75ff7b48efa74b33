"""The scheduler: one thread that drives tasks; calls run elsewhere, waits hold neither a thread nor a slot."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mcflow.drivers.sdk import DriverError, Observed, Progress, Throttled
from mcflow.engine.apply.graph import downstream
from mcflow.engine.apply.ledger import Ledger
from mcflow.engine.apply.report import HEARTBEAT, Reporter
from mcflow.engine.apply.searching import Searching
from mcflow.engine.apply.serial import Serial
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.watch import Watch, Watchers
from mcflow.engine.calls.call import MUTATIONS, Answer, Call, Key
from mcflow.engine.calls.executor import Executor, ThreadExecutor
from mcflow.engine.calls.failure import explain
from mcflow.engine.calls.pace import Pace
from mcflow.engine.calls.retry import Retry
from mcflow.engine.ports import Ports, Stop
from mcflow.engine.redact import Redactor
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Live, Sessions
from mcflow.model.diagnostic import Diagnostic
from mcflow.state.records import Failed
from mcflow.state.stores.hold import uptime
from mcflow.state.writer import Writer

Probe = Callable[[str, str], None]
"""Called at crash points with the point's name and the step's id: ``before intent``, ``intent durable``, ``call returned``,
``identified durable``, ``done durable``."""


class Life(Protocol):
    """What happens in a task's life: given to the machine, which knows nothing of creates, updates and deletes."""

    def begin(self, machine: Machine, task: Task, /) -> None:
        """The task may begin; it has a slot."""

    def observed(self, machine: Machine, task: Task, observed: Observed | None, /) -> None:
        """A look showed the task's object so, or did not show it."""

    def progressed(self, machine: Machine, task: Task, progress: Progress, /) -> None:
        """The cloud's own operation stands so."""

    def unreadable(self, machine: Machine, task: Task, error: DriverError, /) -> None:
        """A look failed; a transient failure is looked at again by itself."""


_SLICE = 0.2
_LEAST_PAUSE = 0.001


class Machine:
    """Drives tasks to their end. Everything a task's life needs is asked of it; what happens in it is told by `Life`."""

    def __init__(
        self, life: Life, writer: Writer, sessions: Sessions, ports: Ports, run: str, resolver: Resolver, *, parallelism: int = 16,
        stop_on_failure: bool = False, probe: Probe | None = None, executor: Executor | None = None,
    ) -> None:
        self.writer = writer
        self.state = writer.state
        self.sealer = writer.sealer
        self.sessions = sessions
        self.ports = ports
        self.run = run
        self.resolver = resolver
        self.redactor = Redactor()
        self.report = Reporter(ports, run, self.redactor)
        self.ledger = Ledger(writer)
        self.pace = Pace(ports.shared)
        self.probe = probe
        self.done: list[Task] = []
        self.failed: list[tuple[Task, Diagnostic]] = []
        self.skipped: list[Task] = []
        self.warnings: list[Diagnostic] = []
        self.made: dict[str, float] = {}
        """When natives were identified in this run, by address."""
        self.blocked: frozenset[str] = frozenset()
        """Addresses on which an operation of an earlier run is still open: nothing else may happen there."""
        self.removing: dict[str, int] = {}
        """How many deletes this run has, by connection: what is in use may soon not be."""
        self.on_done: Callable[[Task], None] = lambda task: None
        self._executor = executor or ThreadExecutor(parallelism)
        self._slots = max(1, parallelism)
        self._stop_on_failure = stop_on_failure
        self._life = life
        self._watch = Watch(self.now, self.send, self.retry, Watchers(
            lambda task, observed: life.observed(self, task, observed), lambda task, progress: life.progressed(self, task, progress),
            lambda task, error: life.unreadable(self, task, error)))
        self._searching = Searching(self.state, self.send, self.later)
        self._queue: list[tuple[float, int, Task, Callable[[Task], None], bool]] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = 0
        self._ops = 0
        self._gathered: list[Callable[[], None]] = []
        self._known: list[Task] = []
        self._active: set[Task] = set()
        self._outgoing: list[Call] = []
        self._flying = 0
        self._mutating = 0
        self._serial = Serial(self.begin)
        self._refused: set[str] = set()
        self._retries: dict[str, Retry] = {}

    def now(self) -> float:
        """Monotonic seconds."""
        return self.ports.clock.monotonic()

    def new_op(self) -> str:
        """A fresh operation's id, 32 hex digits. Lineage, epoch and count keep it unique even where the randomness given repeats itself."""
        self._ops += 1
        told = f"{self.state.lineage}/{self.writer.epoch}/{self.run}/{self._ops}/{self.ports.random.getrandbits(128)}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    # Getting work.

    def enqueue(self, task: Task, action: Callable[[Task], None], *, new: bool = False) -> None:
        """Have ``action`` done with the task as soon as there is a free slot, the most urgent first. ``new``: the task has not begun."""
        self._sequence += 1
        heapq.heappush(self._queue, (-task.priority, self._sequence, task, action, new))

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have ``action`` done after that many seconds; nothing is held meanwhile."""
        self._sequence += 1
        heapq.heappush(self._timers, (self.now() + max(seconds, 0.0), self._sequence, action))

    def send(self, call: Call) -> None:
        """Make a call, when its API family's pace allows."""
        wait = self.pace.bucket(call.live, call.type).reserve(self.now())
        if wait > 0:
            self.later(wait, lambda: self._outgoing.append(call))
        else:
            self._outgoing.append(call)

    def search(self, task: Task, handling: Callable[[Task, Answer], None]) -> None:
        """Look for what the task's operation may have made, together with others that do."""
        self._searching.add(task, handling)

    def watch(self, task: Task) -> None:
        """Look at the task's object until it is where it shall be."""
        self._watch.add(task)

    def unwatch(self, task: Task) -> None:
        """Look no more (until it is watched again)."""
        self._watch.drop(task)

    def look_again(self, task: Task) -> None:
        """Look at the task's object right away."""
        self._watch.drop(task)
        if not task.ended and task.id:
            self._watch.add(task)

    def watch_interval(self, task: Task) -> float:
        """Seconds between two looks at the same thing."""
        return max(task.live.session.poll_interval, _LEAST_PAUSE)

    def window(self, task: Task) -> float:
        """Seconds after a call within which a look that finds nothing proves nothing: visibility lag and the request's own lifetime."""
        return task.live.lag(task.type) + task.live.session.request_lifetime

    def is_young(self, task: Task) -> bool:
        """True if something that the request may name became known so lately that the cloud may not see it everywhere yet."""
        now = self.now()
        itself = () if task.step.verb == "create" else (task.step.address,)
        for address in (*itself, *task.step.edges):
            record = self.state.natives.get(address)
            kind = None if record is None else task.live.driver.natives.get(record.type)
            if record is None or kind is None:
                continue
            age = min(now - self.made.get(address, float("-inf")), self.ports.clock.now() - record.created_at)
            if age < task.live.lag(kind):
                return True
        return False

    def warn(self, finding: Diagnostic) -> None:
        """Something people should know of."""
        self.warnings.append(finding)
        self.report.diagnostic(finding)

    def retry(self, live: Live) -> Retry:
        """The retry timing of a connection: its first wait is half a poll interval."""
        if live.name not in self._retries:
            self._retries[live.name] = Retry(live.session.poll_interval / 2, self.ports.random)
        return self._retries[live.name]

    def free(self, task: Task) -> None:
        """Give the task's slot back."""
        if task.slot:
            task.slot = False
            self._slots += 1

    # Ends of tasks.

    def finish(self, task: Task) -> None:
        """The task is done: those that wait for it may begin."""
        self._end(task)
        self.done.append(task)
        for dependent in task.dependents:
            dependent.waiting_for -= 1
            if dependent.waiting_for == 0 and not dependent.ended:
                self.begin(dependent)
        self.on_done(task)

    def fail(self, task: Task, finding: Diagnostic) -> None:
        """The task failed: all that waits for it is skipped. The journal has been told by the caller."""
        self._end(task)
        self.failed.append((task, finding))
        if not task.recovered:
            self.report.errored(task, finding, self.now())
        if finding.code == "MC0813":
            self._refused.add(task.step.connection)
        for dependent in downstream(task):
            self._skip(dependent)

    def give_up(self, task: Task, finding: Diagnostic, *, certain: bool, tainted: bool = False) -> None:
        """Fail a task that has an INTENT. Not ``certain``: it stays open and recovery decides."""
        if task.journalled and task.intent is not None:
            self.ledger.append(Failed(
                op=task.intent.op, certainty="definite" if certain else "ambiguous", id=task.id if tainted or not certain else "",
                tainted=tainted, code=finding.args.get("cloud_code", "") or finding.code, message=finding.message,
                request_id=finding.request_id or task.request_id, at=self.ports.clock.now()))
        self.fail(task, finding)

    def refuse(self, task: Task, error: DriverError, *, certain: bool = True) -> None:
        """Fail a task because of what the cloud answered."""
        self.give_up(task, self.explain(task, error), certain=certain)

    def explain(self, task: Task, error: DriverError) -> Diagnostic:
        """The diagnostic of an answer."""
        step = task.step
        return explain(
            error, address=step.address, type=step.type, action=step.verb, redactor=self.redactor, attempts=task.attempt,
            attributes=", ".join(step.attributes), id=task.id)

    def _end(self, task: Task) -> None:
        task.ended = True
        task.request = {}
        self._active.discard(task)
        self._watch.drop(task)
        self.free(task)
        self._serial.release(task)

    def _skip(self, task: Task) -> None:
        task.ended = True
        self.skipped.append(task)

    def acquire(self, task: Task, key: str | None) -> bool:
        """True if no other task holds this key of the connection; else the task comes back when it is free."""
        if self._serial.acquire(task, key):
            return True
        self.free(task)
        return False

    # The loop.

    def begin(self, task: Task) -> None:
        """Queue a task from its beginning."""
        self.enqueue(task, lambda each: self._life.begin(self, each), new=True)

    def drive(self) -> None:
        """Work until nothing is left to do, or until it is time to leave."""
        self.later(HEARTBEAT, self._heartbeat)
        try:
            while True:
                self._admit()
                self._flush()
                self._fire()
                self._watch.launch()
                self._launch()
                if self._leaving():
                    break
                if not self._active and not self._queue and not self._flying:
                    break
                for answer in self._answers():
                    self._take(answer)
            self._flush()
        finally:
            # However it ends (a probe of the tests may throw anything): no thread is left waiting for work.
            self._executor.cancel()

    def before_flush(self, action: Callable[[], None]) -> None:
        """Have ``action`` done right before the next commit: it may append."""
        self._gathered.append(action)

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        for action in gathered:
            action()
        self.ledger.flush()

    @property
    def remaining(self) -> list[Task]:
        """Tasks known to the machine that neither ended nor were skipped: a run that was asked to end leaves them."""
        return [task for task in self._known if not task.ended]

    def know(self, tasks: Iterable[Task]) -> None:
        """All the tasks there are, for the account at the end."""
        self._known.extend(tasks)

    @property
    def unfinished(self) -> list[Task]:
        """Tasks that began and did not end: their operations are open in the journal."""
        return [task for task in self._active if task.journalled and not task.ended]

    @property
    def stopping(self) -> bool:
        """True if nothing new may begin."""
        return self.ports.cancel.level >= Stop.SOON or not self.ledger.sound or (self._stop_on_failure and bool(self.failed))

    def _leaving(self) -> bool:
        level = self.ports.cancel.level
        if level >= Stop.NOW:
            return True
        return (level >= Stop.SOON or not self.ledger.sound) and self._mutating == 0

    def _admit(self) -> None:
        halted = self.ports.cancel.level >= Stop.SOON or not self.ledger.sound
        while self._queue and self._slots > 0 and not halted:
            _, _, task, action, new = heapq.heappop(self._queue)
            if task.ended:
                continue
            if new and (self.stopping or task.step.connection in self._refused):
                self._skip_all(task)
                continue
            self._slots -= 1
            task.slot = True
            self._active.add(task)
            action(task)

    def _skip_all(self, task: Task) -> None:
        self._skip(task)
        self._serial.release(task)
        for dependent in downstream(task):
            self._skip(dependent)

    def _fire(self) -> None:
        now = self.now()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def _launch(self) -> None:
        if not self._outgoing:
            return
        calls, self._outgoing = self._outgoing, []
        halted = self.ports.cancel.level >= Stop.SOON or not self.ledger.sound
        asked = uptime()
        halted = halted or not self._lease_outlives(calls)
        going = [call for call in calls if not (halted and call.handler in MUTATIONS)]
        changing = [call for call in going if call.handler in MUTATIONS]
        for call in changing:
            call.checked = asked
        self._flying += len(going)
        self._mutating += len(changing)
        self._executor.submit(going)

    def _lease_outlives(self, calls: Iterable[Call]) -> bool:
        """Right before requests that change a cloud: nobody else may write while one of them can still take effect."""
        longest = max((call.live.session.request_lifetime for call in calls if call.handler in MUTATIONS), default=None)
        return longest is None or self.ledger.outlives(longest)

    def _answers(self) -> list[Answer]:
        pause = self._pause()
        if self._flying:
            return self._executor.poll(min(pause, _SLICE))
        if pause > 0:
            self.ports.clock.wait(self.ports.cancel, min(pause, HEARTBEAT))
        return []

    def _pause(self) -> float:
        if self._queue and self._slots > 0 and self.ledger.sound and self.ports.cancel.level < Stop.SOON:
            return 0.0
        due = min(self._timers[0][0] if self._timers else float("inf"), self._watch.due())
        return max(_LEAST_PAUSE, due - self.now())

    def _take(self, answer: Answer) -> None:
        call = answer.call
        self._flying -= 1
        bucket = self.pace.bucket(call.live, call.type)
        if isinstance(answer.error, Throttled):
            bucket.throttled(self.now())
        else:
            bucket.accepted()
        if call.handler in MUTATIONS:
            self._mutating -= 1
            if self.probe is not None:
                self.probe("call returned", call.key.about.step.id)
        call.key.handling(call.key.about, answer)

    def _heartbeat(self) -> None:
        self.ledger.beat()
        now = self.now()
        for task in self._active:
            if task.began and now - max(task.beat, task.began) >= HEARTBEAT * 0.99:
                task.beat = now
                self.report.progress(task, now)
        self.later(HEARTBEAT, self._heartbeat)

    def call(self, task: Task, handler: Any, handling: Callable[[Task, Answer], None], **arguments: Any) -> None:
        """Make a call about one task; ``handling`` gets the answer."""
        self.send(Call(Key(task, handling), handler, task.type, task.live, **arguments))

    def crash_point(self, point: str, task: Task) -> None:
        """Tell the probe, if there is one."""
        if self.probe is not None:
            self.probe(point, task.step.id)
