"""The states that instances pass through on EC2 and not on moto: pending, stopping, shutting-down."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PASSES = {"RunInstances": ("pending", 0), "StartInstances": ("pending", 0), "StopInstances": ("stopping", 64),
          "TerminateInstances": ("shutting-down", 32)}
"""Action → the state, with its code, that it puts instances in before the one that moto puts them in."""


@dataclass
class Passing:
    """An instance on its way: what it will be, and since when it is on its way (monotonic seconds)."""

    state: Any
    name: str
    code: int
    since: float


class Transitions:
    """Instances on their way from one state to another. Nothing happens by itself: `arrive` before each look."""

    def __init__(self) -> None:
        self._passing: dict[str, Passing] = {}
        self._heading: dict[str, str] = {}

    def arrive(self, seconds: float) -> None:
        """Instances that have been on their way for so long are in their final state."""
        now = time.monotonic()
        for id, each in list(self._passing.items()):
            if each.since + seconds <= now:
                each.state.name, each.state.code = each.name, each.code
                del self._passing[id]

    def depart(self, action: str, params: Mapping[str, str], answer: str, backend: Any) -> None:
        """After a call that succeeded: what moto did at once takes its time."""
        if action not in PASSES:
            return
        for instance in _meant(action, params, answer, backend):
            state = instance._state
            if self._heading.get(instance.id) != state.name:
                self._heading[instance.id] = state.name
                self._passing[instance.id] = Passing(state, state.name, state.code, time.monotonic())
            if instance.id in self._passing:
                state.name, state.code = PASSES[action]


def _meant(action: str, params: Mapping[str, str], answer: str, backend: Any) -> Iterator[Any]:
    """The instances a call is about: those it names, or those it has just made."""
    named = {value for name, value in params.items() if name.startswith("InstanceId.")}
    for instance in backend.all_instances():
        if instance.id in named or (action == "RunInstances" and f"<instanceId>{instance.id}</instanceId>" in answer):
            yield instance
