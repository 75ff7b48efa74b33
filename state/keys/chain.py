"""The keys of one state: the configured one, those before it, and the data keys that its store keeps wrapped."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcflow.model.diagnostic import Rejected, reject
from mcflow.state.keys.document import KeysDocument, Wrapped
from mcflow.state.keys.finding import find_key
from mcflow.state.keys.service import SERVICES, KeyService, open_service
from mcflow.state.keys.user import NAME
from mcflow.state.sealing import KEY_BYTES, KeyUse


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a key comes from: ``env:NAME`` is kind ``env``, place ``NAME``. ``refused``: the code to refuse it with once it is needed."""

    kind: str
    place: str
    refused: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}" if self.place else "the user's key file"


@dataclass(slots=True)
class Chain:
    """Finds keys by need: nothing is read, asked or made before somebody seals or opens something.

    ``document`` is what the state's store has; ``lineage`` what a data key made now is bound to; ``made`` is such a key until
    the writer has put it into the store. ``brought`` came with a plan file and opens what is in it, nothing else.
    """

    reference: Reference
    previous: Sequence[Reference]
    environ: Mapping[str, str]
    user_config: Path | None
    name: str = ""
    environment: str = ""
    lineage: str = ""
    document: KeysDocument = field(default_factory=KeysDocument)
    made: Wrapped | None = None
    brought: tuple[Wrapped, ...] = ()
    _current: bytes | None = None
    _services: dict[Reference, KeyService] = field(default_factory=dict)
    _opened: dict[tuple[str, Reference], bytes] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def shared(self) -> bool:
        """True if a key is configured that others can have too: not this user's own."""
        return self.reference.kind != "user"

    @property
    def at_hand(self) -> bool:
        """True if there is a key without making one: it is configured, or the user has one already."""
        return self.shared or (self.user_config is not None and (self.user_config / NAME).exists())

    def current(self) -> bytes:
        """The key in use. Rejected: MC0737 if a wrapped key is there and the configured service does not open it."""
        with self._lock:
            if self._current is None:
                if self.reference.refused:
                    raise reject(self.reference.refused)
                direct = self.reference.kind not in SERVICES
                self._current = self._direct(self.reference) if direct else self._unwrapped() or self._make()
            return self._current

    def find(self, key_id: str) -> bytes | None:
        """The key of an id. Rejected if it is one of the wrapped ones and nothing configured opens it (MC0737)."""
        with self._lock:
            for entry in self._entries():
                if entry.id == key_id:
                    return self._open_any(entry)
            refused: Rejected | None = None
            for reference in (self.reference, *self.previous):
                if reference.kind in SERVICES or reference.refused:
                    continue
                try:
                    key = self._direct(reference)
                except Rejected as fault:
                    # It matters only if no other one is the key looked for.
                    refused = refused or fault
                    continue
                if KeyUse(key).id == key_id:
                    return key
            if refused is not None:
                raise refused
            return None

    def renew(self) -> bytes:
        """A data key never used before becomes the current one, if a service makes such; else it is the configured key itself."""
        with self._lock:
            if self.reference.kind in SERVICES:
                self._current = self._make()
            return self.current()

    def settle(self, document: KeysDocument) -> bool:
        """The store has this document now. True if another key may be the current one."""
        with self._lock:
            changed = document.keys != self.document.keys
            self.document = document
            if self.made is not None and self.made in document.keys:
                self.made = None
                return False
            if not changed or self.reference.kind not in SERVICES:
                return False
            if self.made is not None:
                # Somebody else was first: their data key counts, and this one only opens what it has sealed.
                self.brought, self.made = (*self.brought, self.made), None
            self._current = None
            return True

    def _entries(self) -> tuple[Wrapped, ...]:
        mine = (self.made,) if self.made is not None else ()
        return (*self.document.keys, *mine, *self.brought)

    def _direct(self, reference: Reference) -> bytes:
        return find_key(reference.kind, reference.place, self.environ, self.user_config)

    def _unwrapped(self) -> bytes | None:
        """The data key of the store that the configured service opens; None if it has none yet."""
        candidates = [entry for entry in self.document.keys if entry.service == self.reference.kind]
        # The one that all documents are under, else the newest: of an interrupted change of keys.
        candidates.reverse()
        candidates.sort(key=lambda entry: entry.id != self.document.sealed)
        for entry in candidates:
            key = self._open(entry, self.reference)
            if isinstance(key, bytes):
                return key
        for entry in candidates:
            # What an earlier key opens waits for `rekey`; what nobody opens means that the configured one is wrong.
            self._open_any(entry)
        return None

    def _make(self) -> bytes:
        key, parts = self._service(self.reference).make(self._context(self.lineage))
        self.made = Wrapped(id=KeyUse(key).id, service=self.reference.kind, parts=parts, lineage=self.lineage)
        self._opened[self.made.id, self.reference] = key
        return key

    def _open_any(self, entry: Wrapped) -> bytes:
        tried = [reference for reference in (self.reference, *self.previous) if reference.kind == entry.service and not reference.refused]
        refused: Rejected | None = None
        for reference in tried:
            key = self._open(entry, reference)
            if isinstance(key, bytes):
                return key
            refused = refused or key
        if refused is not None:
            raise refused
        if not tried:
            raise reject("MC0736", wanted=f"{entry.id}, which {entry.service} keeps", known=self.describe())
        raise reject("MC0737", source=", ".join(str(self._service(reference).source) for reference in tried), key=entry.id)

    def _open(self, entry: Wrapped, reference: Reference) -> bytes | Rejected | None:
        """The data key; None if this is not what wrapped it. A refusal is returned: it counts only if nothing else opens it either."""
        known = self._opened.get((entry.id, reference))
        if known is not None:
            return known
        try:
            key = self._service(reference).unwrap(entry.parts, self._context(entry.lineage))
        except Rejected as refused:
            return refused
        if key is None or len(key) != KEY_BYTES or KeyUse(key).id != entry.id:
            return None
        self._opened[entry.id, reference] = key
        return key

    def _service(self, reference: Reference) -> KeyService:
        if reference not in self._services:
            self._services[reference] = open_service(reference.kind, reference.place, self.environ, self.user_config)
        return self._services[reference]

    def _context(self, lineage: str) -> dict[str, str]:
        return {"mcflow-name": self.name, "mcflow-environment": self.environment, "mcflow-lineage": lineage}

    def describe(self) -> str:
        """The configured places, for messages."""
        return ", ".join(str(reference) for reference in (self.reference, *self.previous))
