"""The sweep: everything in the clouds that carries this state's mark, against what the state knows. Reads only.

Made when the tail of the journal was lost: whatever it might have said, the clouds still tell.
"""

from __future__ import annotations

from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.calls.call import Call, Key
from mcflow.engine.calls.reading import nothing, read_all
from mcflow.engine.ports import Ports
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic
from mcflow.state.records import State


def sweep(state: State, sessions: Sessions, ports: Ports, *, parallelism: int = 16) -> list[Diagnostic]:
    """Objects that carry this state's mark and are neither in it nor of an operation that is still open (MC0839), and what could not be
    listed (MC0835). Only types that can be listed and carry marks are looked at."""
    found: list[Diagnostic] = []
    known = {(record.type, record.id) for record in state.natives.values()}
    for answer in read_all(_calls(state, sessions), ports, parallelism=parallelism):
        call = answer.call
        if answer.error is not None:
            args = {"reason": answer.error.message, "types": call.type.name, "connection": call.live.name}
            found.append(Diagnostic("MC0835", args))
            continue
        for shown in answer.value:
            ours = shown.tags.get(MARK_STATE) == state.lineage
            if ours and (call.type.name, shown.id) not in known and shown.tags.get(MARK_OP) not in state.open:
                args = {"type": call.type.name, "id": shown.id, "connection": call.live.name, "op": shown.tags.get(MARK_OP, "")}
                found.append(Diagnostic("MC0839", args))
    return found


def _calls(state: State, sessions: Sessions) -> list[Call]:
    lives = [sessions.get(name) for name in sorted(state.connections)]
    return [
        Call(Key(type.name, nothing), "discover", type, live)
        for live in lives for _, type in sorted(live.driver.natives.items()) if type.identity.marked and type.offers("discover")
    ]
