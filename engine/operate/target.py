"""What an address means to a command that works with objects: the natives behind it that can do what is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from mcflow.drivers.sdk import Driver
from mcflow.engine.apply.trees import in_clear
from mcflow.engine.plan.select import unknown_patterns
from mcflow.engine.project import Project
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Live, Sessions, check_accounts
from mcflow.engine.surgery.locate import natives_named
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.record import NativeRecord
from mcflow.state.records import State

Able = Callable[[Driver, str], bool]
"""(driver, native type) → whether it can do what is asked."""


@dataclass(frozen=True)
class Target:
    """One native: its record, and the open connection it is reached by."""

    record: NativeRecord
    live: Live

    @property
    def address(self) -> str:
        """As people know it: the resource's address, or the native's own where it has none."""
        return self.record.origin or self.record.address


def targets(project: Project, state: State, sessions: Sessions, addresses: Iterable[str], can: str, able: Able) -> list[Target]:
    """The natives behind the addresses that can do it. ``can`` says what, after "nothing that can". Raises Rejected (MC0773, MC1031)."""
    wanted = list(addresses)
    meant = natives_named(state, wanted)
    fit = [record for record in meant if _fits(record, sessions, able)]
    without = [address for address in wanted if not any(record in fit for record in natives_named(state, [address]))]
    if without:
        known = ", ".join(fitting(state, sessions, able)) or "none"
        raise Rejected([Diagnostic("MC1031", {"address": address, "can": can, "known": known}, address=address) for address in without])
    check_accounts(replace(state, natives={record.address: record for record in fit}), sessions)
    return [Target(record, sessions.get(record.connection)) for record in fit]


def one_target(project: Project, state: State, sessions: Sessions, address: str, can: str, able: Able) -> Target:
    """The one native behind an address. Raises Rejected, MC1052 where there are several."""
    found = targets(project, state, sessions, [address], can, able)
    if len(found) > 1:
        raise reject("MC1052", address=address, known=", ".join(each.record.address if _shared(each, found) else each.address
                                                               for each in found))
    return found[0]


def _shared(target: Target, among: list[Target]) -> bool:
    return sum(each.address == target.address for each in among) > 1


def is_known(state: State, address: str) -> bool:
    """Whether the address means anything in the state."""
    return not unknown_patterns([address], [*state.natives, *state.resources])


def fitting(state: State, sessions: Sessions, able: Able) -> list[str]:
    """Addresses of everything in the state that can do it, for people."""
    return list(dict.fromkeys(record.origin or record.address for record in state.natives.values() if _fits(record, sessions, able)))


def _fits(record: NativeRecord, sessions: Sessions, able: Able) -> bool:
    return bool(record.id) and record.status != "creating" and able(sessions.driver(record.driver), record.type)


def observed(project: Project, state: State, record: NativeRecord) -> Mapping[str, Any]:
    """What was last observed of a native, over what was wanted of it, in clear: for a driver's eyes only."""
    resolver = Resolver(state, project.sealer.unseal)
    clear: Mapping[str, Any] = in_clear(resolver.decode({**record.want, **record.attributes}))
    return clear
