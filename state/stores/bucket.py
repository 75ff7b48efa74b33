"""Objects in a bucket (S3, Google Cloud Storage) or container (Azure), through one library: obstore.

What differs between the three is how a store is made and who gives the credentials; see s3, gcs and azure. obstore repeats requests that
failed: a `create` repeated after a lost reply says False for what it wrote itself.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import sleep
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.position import Position
from mcflow.state.stores.bucketfaults import EXISTS, Answer, answer_in, without_addresses
from mcflow.state.stores.faults import StoreFault
from mcflow.state.stores.objects import Found

REQUEST = timedelta(seconds=10)
"""How long one request may take, its body included."""
CONNECT = timedelta(seconds=5)
RETRYING = timedelta(seconds=20)
"""How long a call is repeated."""
RETRIES = 4

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Between creates of one object that met."""

_NAME = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{1,221}")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(/[A-Za-z0-9._~/-]*)?")

_T = TypeVar("_T")
Credential = Mapping[str, Any]
"""As obstore takes it: keys or a token, and ``expires_at``."""


def hush(logger: str) -> None:
    """What a library logs is told by its exceptions too; unheard it would be printed."""
    logging.getLogger(logger).addHandler(logging.NullHandler())


def client_options(endpoint: str = "") -> dict[str, Any]:
    """Time-outs; plain HTTP only where the endpoint says so."""
    return {"timeout": REQUEST, "connect_timeout": CONNECT, "allow_http": endpoint.startswith("http://"), "user_agent": "mcflow"}


def retry_config() -> dict[str, Any]:
    """Few and short: who holds a lease must know soon that the store is gone."""
    backoff = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2}
    return {"max_retries": RETRIES, "retry_timeout": RETRYING, "backoff": backoff}


def prefix_of(settings: Mapping[str, Any]) -> str:
    """The prefix, without slashes at its ends."""
    return str(settings.get("prefix") or "").strip("/")


def host_of(settings: Mapping[str, Any]) -> str:
    """The host of an endpoint of one's own and a slash; empty for the cloud's own. Buckets of one name on two services are two places."""
    host = urlsplit(str(settings.get("endpoint") or "")).netloc.rpartition("@")[2]
    return f"{host}/" if host else ""


def first_line(fault: Exception) -> str:
    """What an exception says, without addresses and what comes after."""
    return without_addresses(next(iter(str(fault).splitlines()), "") or type(fault).__name__)


def store_of(make: Callable[[], Any], name: str, endpoint: str, place: str, position: Position | None) -> Any:
    """What ``make`` makes of the settings. Rejected (MC0760) if obstore does not take them, or would break over them later."""
    from obstore.exceptions import BaseError

    try:
        if not _NAME.fullmatch(name):
            raise ValueError(f"`{name}` is no name of a bucket or container")
        if endpoint and not _ENDPOINT.fullmatch(endpoint):
            raise ValueError("`endpoint` must be an address like https://minio.example.com:9000, without user, password and query")
        return make()
    except (BaseError, ValueError, TypeError, OSError) as fault:
        raise reject("MC0760", position=position, place=place, problem=first_line(fault)) from None


class _UndecidedError(StoreFault):
    """Two writes met and the service has not decided: this one wrote nothing, and perhaps nothing is there. To be asked again."""


@dataclass
class Provider:
    """Credentials from a cloud's own chain, as obstore asks for them. ``fault`` is why there were none the last time."""

    find: Callable[[], Credential]
    fault: Exception | None = None

    def __call__(self) -> Credential:
        try:
            found = self.find()
        except Exception as fault:
            self.fault = fault
            raise
        self.fault = None
        return found


@dataclass
class Bucket:
    """One prefix of a bucket. ``store`` is obstore's; ``kind`` and ``name`` are how people know it (``S3 bucket``, ``acme-state``)."""

    store: Any = field(repr=False)
    place: str
    kind: str
    name: str
    provider: Provider | None = field(default=None, repr=False)
    position: Position | None = None

    def read(self, key: str) -> bytes | None:
        import obstore

        return self._ask(lambda: bytes(obstore.get(self.store, key).bytes()), missing=None)

    def create(self, key: str, data: bytes) -> bool:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        def ask() -> bool:
            try:
                obstore.put(self.store, key, data, mode="create", use_multipart=False)
            except (AlreadyExistsError, PreconditionError) as fault:
                if answer_in(str(fault)).code not in EXISTS:
                    raise
                return False
            return True

        for pause in PAUSES:
            try:
                return self._ask(ask, needed=True)
            except _UndecidedError:
                sleep(pause)
        return self._ask(ask, needed=True)

    def put(self, key: str, data: bytes) -> None:
        import obstore

        self._ask(lambda: obstore.put(self.store, key, data, use_multipart=False), needed=True)

    def remove(self, key: str) -> None:
        import obstore

        self._ask(lambda: obstore.delete(self.store, key))

    def list(self, prefix: str) -> list[Found]:
        import obstore

        # The library lists folders, not beginnings of names.
        folder = prefix.rpartition("/")[0]

        def ask() -> list[Found]:
            return [
                Found(row["path"], row["size"], row["last_modified"].timestamp())
                for page in obstore.list(self.store, folder or None) for row in page if row["path"].startswith(prefix)
            ]

        return sorted(self._ask(ask, needed=True))

    def now(self) -> float:
        """The time the store gives an object written just now; three requests."""
        import obstore

        key = f"clock/{secrets.token_hex(8)}"
        self.put(key, b"")
        try:
            told = self._ask(lambda: obstore.head(self.store, key)["last_modified"].timestamp(), needed=True)
        finally:
            # It is in nobody's way: a left-over tells the time of nothing.
            with suppress(OSError, Rejected):
                self.remove(key)
        return float(told)

    def _ask(self, ask: Callable[[], _T], *, missing: _T | None = None, needed: bool = False) -> _T:
        """Ask, and explain a failure. ``missing`` is the answer where there is no such object, unless it is ``needed``."""
        from obstore.exceptions import BaseError

        try:
            return ask()
        except (BaseError, OSError) as fault:
            if isinstance(fault, StoreFault):
                raise
            answer = answer_in(str(fault))
            if isinstance(fault, FileNotFoundError) and not needed and not answer.no_bucket:
                return missing  # type: ignore[return-value]
            # Not chained: the library's text may carry a signed address.
            raise self._explained(answer) from None
        except (ValueError, TypeError) as fault:
            raise self._settings(str(fault)) from None

    def _explained(self, answer: Answer) -> Exception:
        if self.provider is not None and self.provider.fault is not None:
            return self._reject("MC0756", problem=first_line(self.provider.fault))
        if answer.no_bucket:
            return self._reject("MC0758", kind=self.kind, name=self.name)
        if answer.wrong_place:
            return self._settings(f"{answer.problem} (is the region right?)")
        if answer.unknown_caller:
            return self._reject("MC0756", problem=answer.problem)
        if answer.refused:
            return self._reject("MC0757", problem=answer.problem)
        if 400 <= answer.status < 500 and answer.status not in (408, 409, 412, 429):
            return self._settings(answer.problem)
        kind = _UndecidedError if answer.status == 409 else StoreFault
        return kind(self.place, answer.problem, self.position)

    def _settings(self, problem: str) -> Rejected:
        return self._reject("MC0760", problem=without_addresses(problem))

    def _reject(self, code: str, **args: str) -> Rejected:
        return Rejected([Diagnostic(code, {"place": self.place, **args}, self.position)])
