"""How a remote store fails: what can be waited for is an OSError, what only a person can mend is Rejected at its place in the blueprint."""

from __future__ import annotations

from mcflow.model.diagnostic import Rejected, reject
from mcflow.model.position import Position


class StoreFault(OSError):
    """A store that could not be reached, or failed. A write may or may not have happened. ``problem`` has no secret in it."""

    def __init__(self, place: str, problem: str, position: Position | None = None) -> None:
        super().__init__(5, problem, place)
        self.position = position

    def rejected(self) -> Rejected:
        """As a diagnostic."""
        return reject("MC0759", position=self.position, place=self.filename, problem=self.strerror)


def unusable(fault: OSError, place: str) -> Rejected:
    """What the system or a store refuses, as a diagnostic. ``place``: where the state is, for a fault that does not say."""
    if isinstance(fault, StoreFault):
        return fault.rejected()
    return reject("MC0743", place=fault.filename or place, problem=fault.strerror or fault)


def missing_package(kind: str, package: str, extra: str, position: Position | None) -> Rejected:
    """The package that talks to a kind of store is not installed."""
    hint = f"pip install 'mcflow[{extra}]'"
    return reject("MC0755", position=position, kind=kind, package=package, hint=hint)
