"""What takes its time on AWS and no time on moto: instances that are pending, stopping, shutting down, and what `LINGERING` lists."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.aws.moto_request import Request

PASSES = {"RunInstances": ("pending", 0), "StartInstances": ("pending", 0), "StopInstances": ("stopping", 64),
          "TerminateInstances": ("shutting-down", 32)}
"""Action → the state, with its code, that it puts instances in before the one that moto puts them in."""
Finder = Callable[[Mapping[str, Any], str, Any], Any]


@dataclass(frozen=True)
class Lingering:
    """What a call leaves under way. ``find(values, answer, backend)`` gives moto's object (None: nothing); ``attribute`` holds its state,
    which is ``interim`` until the time is over, then what moto had made it."""

    find: Finder
    attribute: str
    interim: Any


LINGERING: dict[str, Lingering] = {
    "ec2.CreateNatGateway": Lingering(
        lambda values, answer, backend: next((each for id, each in backend.nat_gateways.items() if f">{id}<" in answer), None),
        "state", "pending"),
}
"""``service.Operation`` → what it leaves under way. Add rows from files of your own: ``LINGERING["eks.CreateCluster"] = Lingering(…)``."""


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
        self._lingering: list[tuple[float, Any, str, Any]] = []

    def arrive(self, seconds: float) -> None:
        """Instances that have been on their way for so long are in their final state."""
        now = time.monotonic()
        for id, each in list(self._passing.items()):
            if each.since + seconds <= now:
                each.state.name, each.state.code = each.name, each.code
                del self._passing[id]
        late = [row for row in self._lingering if row[0] + seconds > now]
        for _, thing, attribute, final in (row for row in self._lingering if row not in late):
            setattr(thing, attribute, final)
        self._lingering = late

    def depart(self, request: Request, answer: str, backend: Any) -> None:
        """After a call that succeeded: what moto did at once takes its time."""
        self._linger(request, answer, backend)
        action, params = request.operation, request.values
        if request.service != "ec2" or action not in PASSES:
            return
        for instance in _meant(action, params, answer, backend):
            state = instance._state
            if self._heading.get(instance.id) != state.name:
                self._heading[instance.id] = state.name
                self._passing[instance.id] = Passing(state, state.name, state.code, time.monotonic())
            if instance.id in self._passing:
                state.name, state.code = PASSES[action]

    def _linger(self, request: Request, answer: str, backend: Any) -> None:
        rule = LINGERING.get(request.name)
        thing = rule.find(request.values, answer, backend) if rule else None
        if rule is not None and thing is not None:
            self._lingering.append((time.monotonic(), thing, rule.attribute, getattr(thing, rule.attribute)))
            setattr(thing, rule.attribute, rule.interim)


def _meant(action: str, params: Mapping[str, str], answer: str, backend: Any) -> Iterator[Any]:
    """The instances a call is about: those it names, or those it has just made."""
    named = {value for name, value in params.items() if name.startswith("InstanceId.")}
    for instance in backend.all_instances():
        if instance.id in named or (action == "RunInstances" and f"<instanceId>{instance.id}</instanceId>" in answer):
            yield instance
