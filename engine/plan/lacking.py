"""What the cloud behind a connection does not run: planned there, it is refused before anything is created."""

from __future__ import annotations

from collections.abc import Sequence

from mcflow.drivers.sdk import Native
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance
from mcflow.engine.sessions import Live


def refuse_lacking(instance: Instance, natives: Sequence[Native], live: Live, findings: Findings) -> None:
    """Every reason for which the connection can have none of these natives, once, at the resource's type (MC0636)."""
    told: set[str] = set()
    for native in natives:
        reason = live.driver.natives[native.type].lacking(live.session)
        if reason and reason not in told:
            told.add(reason)
            findings.say("MC0636", (*instance.block.path, "type"), address=instance.address, connection=instance.connection,
                         type=instance.block.type, native=native.type, reason=reason)
