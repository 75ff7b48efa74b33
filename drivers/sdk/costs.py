"""What a native costs: which prices count, and how much of each. The engine looks the prices up and adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk.driver import Driver, mark


@dataclass(frozen=True, slots=True)
class Charge:
    """So much of one price: ``quantity`` units of what `Price` calls ``of``, ``key`` and ``variant``. ``zone`` where it counts."""

    of: str
    key: str
    quantity: float = 1.0
    variant: str = ""
    spot: bool = False
    zone: str = ""


class Unpriced(Exception):
    """What it costs cannot be said; ``reason`` says why, as a clause without a capital: ``it costs by what is stored``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


CostRule = Callable[[Mapping[str, Any]], Iterable[Charge]]


def prices(type: str) -> Callable[[CostRule], CostRule]:
    """Decorator: ``charges(want) -> Iterable[Charge]`` says what a native of this type costs all the time. ``want`` holds what is known of
    its attributes; what is secret or not known yet is absent. Raise Unpriced where that is not enough. Pure."""
    def decorate(function: CostRule) -> CostRule:
        mark(function, lambda driver, found: driver.costs.__setitem__(type, found))
        return function

    return decorate


@dataclass
class Told:
    """Types of which one sentence, or nothing, is to be said. Assigned to a name of a driver's module, it is taken over with the module."""

    rules: Mapping[str, CostRule]
    _mcflow: tuple[Callable[[Driver, Any], None], ...] = field(default=())

    def __post_init__(self) -> None:
        self._mcflow = (lambda driver, found: driver.costs.update(found.rules),)


def free(*types: str) -> Told:
    """These cost nothing by themselves."""
    return Told({type: lambda want: () for type in types})


def by_use(reasons: Mapping[str, str]) -> Told:
    """Type → what its cost depends on that no plan knows: ``by requests and what is stored``."""
    def rule(reason: str) -> CostRule:
        def charges(want: Mapping[str, Any]) -> Iterable[Charge]:
            raise Unpriced(reason)

        return charges

    return Told({type: rule(f"it costs {reason}") for type, reason in reasons.items()})
