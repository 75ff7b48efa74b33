"""One call of one handler: its data, and carrying it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mcflow.drivers.sdk import DriverError, Intent, NativeType, ServiceFault
from mcflow.engine.sessions import Live
from mcflow.state.stores.hold import uptime

Handler = Literal["create", "update", "delete", "observe", "find", "poll", "match", "discover", "marked"]
MUTATIONS: frozenset[str] = frozenset({"create", "update", "delete"})
LATE = 2.0
"""Seconds after the check of the lease within which a mutation begins, or not at all: a process may be stopped between the two."""


class HandlerFault(DriverError):
    """A handler raised something its driver does not know: a defect of the driver. Whether a mutation took effect is not known."""


@dataclass(slots=True, eq=False, frozen=True)
class Key:
    """Whose call it is: ``about`` what, and what is done with the answer. Told apart by identity: two calls of one task may fly at once."""

    about: Any
    handling: Callable[[Any, Answer], None]


@dataclass(slots=True)
class Call:
    """What to call with which arguments. ``key`` is the caller's own name for it. All but ``type`` and ``live`` is plain data.

    create: want, intent · update: id, want, last, group · delete: id, last · observe: ids · find: want, intent · poll: ids (operations)
    · match: want · discover: nothing
    · marked: id (the state's lineage). ``checked``: when the lease was checked that allows a mutation, in seconds of `uptime`; 0 where no
    lease is asked.
    """

    key: Any
    handler: Handler
    type: NativeType[Any]
    live: Live
    want: Mapping[str, Any] = field(default_factory=dict)
    intent: Intent | None = None
    id: str = ""
    last: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    ids: Sequence[str] = ()
    checked: float = 0.0


@dataclass(slots=True)
class Answer:
    """What a call gave: ``value`` (lists for reads), or ``error``."""

    call: Call
    value: Any = None
    error: DriverError | None = None


def carry_out(call: Call) -> Answer:
    """Call the handler. Never raises: what it raises becomes ``error``."""
    if call.checked and uptime() - call.checked > LATE:
        return Answer(call, error=ServiceFault("this process was held up before the request was sent; the lease must be checked again"))
    try:
        return Answer(call, _invoke(call))
    except DriverError as error:
        return Answer(call, error=error)
    except Exception as failure:  # noqa: BLE001 - a driver's SDK may raise anything; it must not end the run
        return Answer(call, error=translated(call, failure))


def translated(call: Call, failure: Exception) -> DriverError:
    """What the driver makes of an exception of its SDK; HandlerFault if it does not know it."""
    try:
        error = call.live.driver.translate(failure)
    except Exception as second:  # noqa: BLE001 - a defect in translate is a defect of the driver like any other
        failure, error = second, None
    if error is not None:
        return error
    fault = HandlerFault(f"{type(failure).__name__}: {failure}", code=type(failure).__name__)
    fault.__cause__ = failure
    return fault


def _invoke(call: Call) -> Any:
    api = call.live.session
    match call.handler:
        case "create":
            assert call.intent is not None
            return call.type.create(api, call.want, call.intent)
        case "update":
            return call.type.update(api, call.id, call.want, call.last, call.group)
        case "delete":
            return call.type.delete(api, call.id, call.last)
        case "observe":
            return list(call.type.observe(api, call.ids))
        case "find":
            assert call.intent is not None
            return list(call.type.find(api, call.want, call.intent))
        case "poll":
            return list(call.type.poll(api, call.ids))
        case "match":
            return list(call.type.match(api, call.want))
        case "discover":
            return list(call.type.discover(api))
        case "marked":
            return list(call.type.marked(api, call.id))
