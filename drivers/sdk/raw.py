"""Raw: one signed call to any API of a cloud, with the credentials of a connection. A driver that offers it has a `Raw`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

S = TypeVar("S")


class UnknownNameError(LookupError):
    """There is no such ``service``, ``operation`` or ``parameter``; ``known`` are those there are."""

    def __init__(self, what: Literal["service", "operation", "parameter"], name: str, known: Sequence[str]) -> None:
        super().__init__(f"no {what} {name!r}")
        self.what = what
        self.name = name
        self.known = tuple(known)


class WrongParametersError(ValueError):
    """The parameters do not fit the operation: ``problems`` are (where, what is wrong)."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{where}: {what}" for where, what in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, or a field inside one (``path`` with dots, ``[]`` for each item of a list)."""

    path: str
    kind: str
    required: bool = False
    about: str = ""
    words: Sequence[str] = ()
    """The values it may have, where they are few."""


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation of an API. ``effect``: ``read`` changes nothing and tells no secret; ``secret`` changes nothing but tells one;
    ``write`` may change something (what is not known to be harmless is a write)."""

    service: str
    name: str
    effect: Literal["read", "secret", "write"]
    about: str = ""
    pages: bool = False
    """Its answer comes in pages that can be gathered."""
    parameters: Sequence[Parameter] = ()
    """Empty in listings."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What the API said, as JSON. ``secrets``: paths (keys; ``*`` for each item of a list) of values that its own model calls sensitive."""

    data: Mapping[str, Any]
    secrets: Sequence[tuple[str, ...]] = field(default=())
    request_id: str = ""


class Raw(Generic[S]):
    """Every API of a cloud, by name."""

    def services(self, api: S) -> Sequence[str]:
        """The names of all services."""
        raise NotImplementedError

    def operations(self, api: S, service: str) -> Sequence[ApiOperation]:
        """The operations of a service, by name. Raises UnknownNameError."""
        raise NotImplementedError

    def describe(self, api: S, service: str, operation: str) -> ApiOperation:
        """One operation with its parameters, in either spelling that the cloud's tools use. Raises UnknownNameError."""
        raise NotImplementedError

    def check(self, api: S, operation: ApiOperation, parameters: Mapping[str, Any]) -> None:
        """Validate the parameters without asking the cloud. Raises UnknownNameError, WrongParametersError."""
        raise NotImplementedError

    def call(self, api: S, operation: ApiOperation, parameters: Mapping[str, Any], *, all_pages: bool = False) -> RawAnswer:
        """One call, sent once; with ``all_pages`` a read is called until its answer is whole. Raises DriverError."""
        raise NotImplementedError
