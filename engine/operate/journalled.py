"""Deeds: calls that may change something and belong to no plan. Journalled before they are sent, and never sent a second time.

A deed that was carried out, or may have been, cannot be told from one that was not by looking: a machine that was rebooted looks like one
that was not. So only what is certain not to have been done is asked for again, and after a crash nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.sdk import Ambiguous, DriverError
from mcflow.engine.apply.run import audit_record
from mcflow.engine.calls.asking import as_error, ask
from mcflow.engine.calls.call import HandlerFault
from mcflow.engine.calls.reading import InterruptedReading
from mcflow.engine.calls.retry import TRANSIENT
from mcflow.engine.leasing import new_run_id
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.engine.recover.operated import UNKNOWN, ends, unknown
from mcflow.engine.sessions import Live
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.lease import LeaseLost
from mcflow.state.records import Done, Ended, Failed, Intent, Record
from mcflow.state.writer import Writer


@dataclass(frozen=True)
class Deed:
    """What is to be done: ``verb`` to the object ``id`` of ``type`` at ``address`` (both empty for a raw call), by ``send``, once."""

    live: Live
    verb: str
    type: str
    send: Callable[[], Any]
    address: str = ""
    id: str = ""


@dataclass(frozen=True)
class Sent:
    """What became of a deed: the answer, or the error. ``certain``: False where it may have been carried out all the same."""

    deed: Deed
    answer: Any = None
    error: DriverError | None = None
    certain: bool = True


def carry_out(writer: Writer, project: Project, run: str, mode: str, options: ApplyOptions, deeds: Sequence[Deed]) -> list[Sent]:
    """Journal the deeds in one commit, send them, journal how each ended. ``mode`` is what the audit log calls the run.

    What an earlier, killed run left open is ended with it (`left_open` tells of it). Raises JournalFailed, LeaseLost: nothing was sent.
    """
    clock = project.ports.clock
    ops = [new_run_id() for _ in deeds]
    intents = [_intent(deed, op, run, clock.now()) for op, deed in zip(ops, deeds, strict=True)]
    past = list(ends(writer.state, clock.now()))
    writer.append(audit_record(mode, run, writer, project.ports, options.reason), *past, *intents)
    writer.commit()
    if options.probe is not None:
        options.probe("operate", "journalled")
    with ThreadPoolExecutor(min(options.parallelism, max(1, len(deeds)))) as threads:
        sent = list(threads.map(lambda deed: _send(deed, writer, project), deeds))
    writer.append(*(_end(op, each, clock.now()) for op, each in zip(ops, sent, strict=True)))
    writer.append(Ended(run=run, outcome=_outcome(sent), at=clock.now()))
    writer.commit()
    return sent


def left_open(writer: Writer) -> list[Diagnostic]:
    """Warnings about deeds of a killed run; ask before `carry_out`, which ends them."""
    return unknown(writer.state)


def _send(deed: Deed, writer: Writer, project: Project) -> Sent:
    def send() -> Any:
        # Right before each request: whoever lost the lease must not touch the cloud any more.
        writer.check(deed.live.session.request_lifetime)
        return deed.send()

    try:
        return Sent(deed, ask(deed.live, project.ports, send, again=TRANSIENT))
    except InterruptedReading as stopped:
        return Sent(deed, error=as_error(deed.live, stopped.__cause__ if isinstance(stopped.__cause__, Exception) else stopped))
    except LeaseLost as lost:
        return Sent(deed, error=DriverError(str(lost) or "the lease is lost; nothing was sent"))
    except Rejected as failed:
        return Sent(deed, error=DriverError(str(failed)))
    except DriverError as error:
        return Sent(deed, error=error, certain=not isinstance(error, Ambiguous | HandlerFault))


def _intent(deed: Deed, op: str, run: str, at: float) -> Intent:
    live = deed.live
    return Intent(
        op=op, run=run, step=op, address=deed.address, type=deed.type, action="operate", connection=live.name, identity=str(live.identity),
        driver=live.driver.name, driver_version=live.driver.version, id=deed.id, group=deed.verb, at=at)


def _end(op: str, sent: Sent, at: float) -> Record:
    if sent.error is None:
        return Done(op=op, id=sent.deed.id, at=at)
    return Failed(op=op, id=sent.deed.id, code=sent.error.code if sent.certain else UNKNOWN, request_id=sent.error.request_id, at=at)


def _outcome(sent: Sequence[Sent]) -> Any:
    failed = sum(each.error is not None for each in sent)
    return "done" if not failed else "partial" if failed < len(sent) else "failed"
