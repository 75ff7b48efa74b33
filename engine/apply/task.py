"""A task: one step (or one operation that an earlier run left open) while it is being carried out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import DriverError, NativeType
from mcflow.drivers.sdk import Intent as HandlerIntent
from mcflow.engine.sessions import Live
from mcflow.model.plan import Step
from mcflow.state.records import Intent

FAR = float("inf")


@dataclass(slots=True, eq=False)
class Task:
    """Everything that is known of a step under way. Times are monotonic seconds."""

    step: Step
    priority: float = 0.0
    waiting_for: int = 0
    dependents: list[Task] = field(default_factory=list)

    type: NativeType[Any] = None  # type: ignore[assignment]  # set when the task begins
    live: Live = None  # type: ignore[assignment]
    intent: Intent | None = None
    """As it is (or is going to be) journalled."""
    request: dict[str, Any] = field(default_factory=dict)
    """What the handler gets as ``want``, in clear. Never leaves this process but through the handler."""
    last: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    """The want before this one, in clear: what owned keys were ours."""
    record: Any = None
    """The state's record it began from (NativeRecord), None for a create."""

    id: str = ""
    operation: str | None = None
    request_id: str = ""
    began: float = 0.0
    deadline: float = FAR
    beat: float = 0.0
    identified: float = -FAR
    """When the id became known: within the visibility lag from then, missing means not visible yet."""

    attempt: int = 0
    """Attempts since the last progress, for retries."""
    sends: int = 0
    """How often the mutating call was sent."""
    uncertain: bool = False
    """An earlier attempt may have been carried out."""
    repeatable: bool = False
    """The uncertain attempt is over, and making it again cannot make a second object: one look that finds nothing suffices."""
    accepted: bool = False
    """The cloud accepted the create and did not say the id."""
    window: float = -FAR
    """Until then a look that finds nothing proves nothing."""
    verdict: DriverError | None = None
    """A definite refusal that counts only if the uncertain attempt before it turns out to have made nothing."""
    resend: bool = False
    """After the next observation: if it is not settled, call again."""
    again: bool = False
    """The handler asked to be called again with a fresh observation."""
    missed: float = -FAR
    """When the object was first missing in a row of looks; -inf: it was there."""
    failure: str = ""
    """What the cloud's own operation said when it failed."""
    seen: str = ""
    """The status last observed, for people."""

    secrets: tuple[str, ...] = ()
    """Secret texts of the request: an observation that shows one again is sealed too."""
    journalled: bool = False
    deciders: list[Task] = field(default_factory=list)
    """The decide steps this one waits for."""
    decider: Task | None = None
    """The decide step whose finding can make this one a no-op."""
    serial: tuple[str, str] | None = None
    slot: bool = False
    same: bool = False
    """A decide step found nothing to replace."""
    candidates: tuple[str, ...] = ()
    """Ids of what may be its result, where looking does not decide."""
    found: bool = False
    """Bound by a look, not by an answer."""
    tokens: int = 0
    """For which send the token was already relied on."""
    recovered: bool = False
    """It resumes an operation of an earlier run."""
    ended: bool = False

    @property
    def handler_intent(self) -> HandlerIntent:
        """What the handler is told: the same in every attempt and after a crash."""
        intent = self.intent
        assert intent is not None
        return HandlerIntent(intent.op, intent.token, intent.marks, intent.address, max(1, self.sends), intent.listed)

    @property
    def action(self) -> str:
        """create, update or delete, for people and events."""
        return self.step.verb
