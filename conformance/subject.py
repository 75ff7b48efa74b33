"""What a driver author describes: the driver, a cloud to try it on, and for each type what can happen to it. Data, but for the cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Cloud(Protocol):
    """A fresh, empty account to work in, seen without mcflow: by a bare client, or from behind the counter of a simulator."""

    @property
    def connection(self) -> Mapping[str, Any]:
        """The connection block of a blueprint: driver, region, endpoint, and whatever makes polling fast."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Environment variables that the driver's credentials come from."""

    def inventory(self) -> Mapping[str, str]:
        """Every living object that mcflow could have made: the cloud's id → its kind. Objects that were always there may be left out."""

    def tags(self, id: str) -> Mapping[str, str]:
        """All tags of an object, mcflow's marks included."""

    def remove(self, type: str, id: str) -> None:
        """Delete an object behind mcflow's back, with what hangs on it if need be."""

    def alter(self, type: str, id: str, attribute: str, value: Any) -> None:
        """Change an attribute of an object behind mcflow's back."""

    def creations(self) -> Mapping[str, Sequence[str]]:
        """The cloud's own ledger: operation (the value of the mark mcflow-op) → the ids of all objects ever made under it."""

    def disturb(self, kind: str) -> AbstractContextManager[None]:
        """While the context is open calls suffer: ``lost_reply`` (carried out, the answer lost), ``lost_request``, ``throttle``."""


@dataclass(frozen=True)
class Change:
    """New properties of the case's target; None removes one. ``native`` is the role whose fate the check is about."""

    name: str
    properties: Mapping[str, Any]
    native: str = ""


@dataclass(frozen=True)
class Drifted:
    """What somebody else changes: an attribute of the native ``native`` becomes ``value``."""

    native: str
    attribute: str
    value: Any


@dataclass(frozen=True)
class Case:
    """One type: a blueprint's resources, of which ``target`` is the one of this type, and what can happen to it.

    ``updates``: one change per update group, in place. ``replace``: a create-only change. ``removable``: the role that can be deleted
    out of band. ``drift``: what can be altered out of band. Each may be absent, if the subject's ``skips`` says why.
    """

    type: str
    target: str
    resources: Mapping[str, Any]
    updates: Sequence[Change] = ()
    replace: Change | None = None
    removable: str | None = None
    drift: Drifted | None = None


@dataclass(frozen=True)
class Lowered:
    """A native that the suite pretends a new driver release lowers differently: role ``native`` of ``type`` in the scene."""

    type: str
    native: str
    attribute: str = ""
    value: Any = None


@dataclass(frozen=True)
class Scene:
    """The larger environment of the checks about crashes and graphs: its resources, and who plays which part.

    ``groups``: two security groups that name each other. ``machine``, ``disk``, ``address``: a vm with an attached disk and a public_ip;
    ``replacement`` makes a new vm. ``renamed``: a native whose key the suite renames. ``altered``: a create-only attribute that a new
    driver release would set to something else. ``further``: resources that the checks about lost calls add, so that every identity class
    occurs. ``small``: a cheap resource of which the suite makes more than one look can ask for.
    """

    resources: Mapping[str, Any]
    further: Mapping[str, Any] = field(default_factory=dict)
    small: Mapping[str, Any] | None = None
    machine: str = ""
    disk: str = ""
    address: str = ""
    replacement: Change | None = None
    renamed: Lowered | None = None
    altered: Lowered | None = None


@dataclass(frozen=True)
class Subject:
    """A driver under test.

    ``open`` gives a fresh cloud below a scratch folder. ``skips``: check name (or its prefix up to ``[``) → why it cannot be tried;
    reasons are sentences. ``kill_every``: 1 tries every kill point, n every n-th.
    """

    driver: str
    open: Callable[[Path], AbstractContextManager[Cloud]]
    cases: Sequence[Case]
    scene: Scene
    skips: Mapping[str, str] = field(default_factory=dict)
    kill_every: int = 1

    @property
    def types(self) -> tuple[str, ...]:
        """The types that have a case."""
        return tuple(dict.fromkeys(case.type for case in self.cases))
