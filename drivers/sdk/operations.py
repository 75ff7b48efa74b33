"""Operations: what one does to a machine that is no part of its wanted state. A driver that can has an `Operations`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from mcflow.drivers.sdk.native import Progress, Submitted

S = TypeVar("S")

Verb = Literal["start", "stop", "reboot"]


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach a machine by SSH, as far as the cloud knows: the image's ``user``, its addresses, where the key pair is named."""

    user: str = ""
    public: str = ""
    private: str = ""
    key_name: str = ""


@dataclass(frozen=True, slots=True)
class ClusterToken:
    """What a Kubernetes cluster knows its caller by, until ``expires`` (seconds since the epoch): a token, or a client's certificate and
    its key, both PEM. A secret: it is never kept."""

    token: str
    expires: float
    certificate: str = ""
    key: str = ""


class Operations(Generic[S]):
    """The operations of a cloud's machines. The engine journals a mutation before it calls, waits, retries reads, and never sends a
    mutation twice."""

    def verbs(self, type: str) -> Sequence[Verb]:
        """What can be done to objects of this native type; none for a type that is no machine."""
        return ()

    def perform(self, api: S, type: str, id: str, verb: Verb) -> Submitted:
        """Ask for it: one call. Never waits."""
        raise NotImplementedError

    def progress(self, api: S, type: str, ids: Sequence[str], verb: Verb) -> Iterator[Progress]:
        """How far each is (``operation`` is the id, ``reason`` the cloud's word for its state): one call for all of them. A cloud that does
        not tell when a reboot is over says ``done``."""
        raise NotImplementedError

    def console(self, api: S, type: str, id: str) -> str:
        """What the machine wrote to its console; empty if it is not there (yet). Raises Unsupported."""
        raise NotImplementedError

    def password(self, api: S, type: str, id: str) -> bytes:
        """The first password, encrypted with the machine's key pair (RSA, PKCS #1 v1.5); empty if it is not there (yet). Raises
        Unsupported. The key never leaves the caller."""
        raise NotImplementedError

    def login(self, api: S, type: str, id: str, attributes: Mapping[str, Any]) -> Login:
        """How to log in; may read what its image is. ``attributes`` as last observed."""
        raise NotImplementedError

    def cluster_token(self, api: S, cluster: str) -> ClusterToken:
        """A fresh token for the Kubernetes cluster of that name. Raises Unsupported, InvalidCredentials."""
        raise NotImplementedError
