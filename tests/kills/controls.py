"""Engines that are wrong on purpose. The judge must find them out, or it finds nothing out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def as_it_is() -> None:
    """The engine, untouched."""


def intent_after_call() -> None:
    """The INTENT reaches the journal only after the call has been answered, as if it had been left in a buffer."""
    from mcflow.engine.apply import ledger
    from mcflow.state.records import Intent

    append = ledger.Ledger.append
    held: dict[str, Any] = {}

    def late(self: Any, record: Any, then: Callable[[], None] | None = None) -> None:
        if isinstance(record, Intent):
            held[record.op] = record
            if then is not None:
                self.after(then)
            return
        earlier = held.pop(getattr(record, "op", ""), None)
        if earlier is not None:
            append(self, earlier)
        append(self, record, then)

    ledger.Ledger.append = late  # type: ignore[method-assign]


def no_find() -> None:
    """Looking for what an open intent may have made always finds nothing."""
    from mcflow.engine.calls import call

    invoke = call._invoke

    def blind(asked: Any) -> Any:
        return [] if asked.handler == "find" else invoke(asked)

    call._invoke = blind


VARIANTS: dict[str, Callable[[], None]] = {each.__name__: each for each in (as_it_is, intent_after_call, no_find)}
