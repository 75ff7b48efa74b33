"""What goes wrong, and when: a pure function of (seed, address, verb, attempt), so that parallel runs repeat exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

Fate = Literal["", "throttle", "error", "lost_request", "lost_reply"]
_ORDER: tuple[Fate, ...] = ("throttle", "error", "lost_request", "lost_reply")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the service behaves. Rates are probabilities per call; times are seconds; ``jitter`` is the share of a time that varies."""

    seed: int = 0
    rates: Mapping[str, float] = field(default_factory=dict)
    read_error: float = 0.0
    call: float = 0.0
    settle: float = 0.0
    jitter: float = 0.0
    visibility_lag: float = 0.0
    rate: float = 0.0
    """Calls a second that the service takes from one process before it throttles; 0: no limit."""
    quotas: Mapping[str, int] = field(default_factory=dict)
    capacities: Mapping[str, int] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        """True if nothing ever goes wrong by chance."""
        return not self.rates


def uniform(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def fate(behaviour: Behaviour, address: str, verb: str, attempt: int) -> Fate:
    """What becomes of this call; empty: it is served."""
    if behaviour.quiet:
        return ""
    left = uniform(behaviour.seed, address, verb, attempt)
    for name in _ORDER:
        left -= behaviour.rates.get(name, 0.0)
        if left < 0:
            return name
    return ""


def lasting(behaviour: Behaviour, seconds: float, *parts: object) -> float:
    """A duration with its jitter: at most ``seconds``, at least ``seconds * (1 - jitter)``."""
    if not seconds or not behaviour.jitter:
        return seconds
    return seconds * (1 - behaviour.jitter * uniform(behaviour.seed, *parts))


def behaviour_of(config: Mapping[str, Any], by_hand: Mapping[str, Any]) -> Behaviour:
    """The behaviour that a connection's config asks for, with what was set by hand laid over it."""
    faults = {**config.get("faults", {}), **by_hand.get("faults", {})}
    latency = {**config.get("latency", {}), **by_hand.get("latency", {})}
    lag = latency.get("visibility_lag", config.get("visibility_lag", 0.0))
    return Behaviour(
        seed=int(faults.get("seed", 0)),
        rates={name: float(faults[name]) for name in _ORDER if faults.get(name)},
        read_error=float(faults.get("read_error", 0.0)),
        call=float(latency.get("call", 0.0)),
        settle=float(latency.get("settle", 0.0)),
        jitter=float(latency.get("jitter", 0.0)),
        visibility_lag=float(lag or 0.0),
        rate=float(by_hand.get("rate", config.get("rate", 0.0)) or 0.0),
        quotas={**config.get("quotas", {}), **by_hand.get("quotas", {})},
        capacities={**config.get("capacity", {}), **by_hand.get("capacity", {})},
    )
