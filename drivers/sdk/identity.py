"""Identity classes: how an object is found again when the answer to its create was lost. Recovery goes by them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """``visibility_lag``: seconds after an accepted create within which a look may miss it. ``marked``: the create call carries marks."""

    visibility_lag: float = 30.0
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Token(Identity):
    """The create call takes an idempotency token that the cloud remembers for ``lifetime`` seconds."""

    lifetime: float = 86400.0


@dataclass(frozen=True, slots=True)
class UniqueName(Identity):
    """``attribute`` holds a name that is unique in its scope; looked at before the create. mcflow derives it where the want has none.

    ``pattern`` is what the cloud allows (regular expression of one character), ``max_length`` in characters.
    """

    attribute: str = "name"
    max_length: int = 63
    pattern: str = "[a-z0-9-]"


@dataclass(frozen=True, slots=True)
class Tagged(Identity):
    """Only the marks tell it apart."""


@dataclass(frozen=True, slots=True)
class Natural(Identity):
    """Identity is a function of the resolved request (route, association, attachment, rule, member); looked at before the create."""

    marked: bool = False


@dataclass(frozen=True, slots=True)
class NoIdentity(Identity):
    """Nothing tells it apart: lists before and after the create are compared, else a person decides."""

    marked: bool = False
