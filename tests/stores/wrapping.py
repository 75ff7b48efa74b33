"""Around a store's server in Python: one write at a time, a ledger of them, and faults. For tests; 127.0.0.1 only.

``GET /_mcflow/ledger`` · ``GET|POST /_mcflow/faults`` (`Faults` as JSON) · ``POST /_mcflow/reset`` (ledger and faults forgotten).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

CONTROL = "/_mcflow/"
Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]
App = Callable[..., Iterable[bytes]]


@dataclass
class Faults:
    """What goes wrong. Shares are 0 to 1 of writes, counts are of the next ones; times in seconds."""

    seed: str = "0"
    delay_before: float = 0.0
    delay_after: float = 0.0
    """Between the work being done and the answer."""
    lose_reply: float = 0.0
    lose_request: float = 0.0
    next_replies_lost: int = 0
    next_requests_lost: int = 0
    next_errors: int = 0
    """Writes answered with 503, nothing done."""
    next_conflicts: int = 0
    """Conditional writes answered with 409, nothing done: S3's way of saying that two of them met."""
    prefix: str = ""
    """Only keys that contain this suffer; empty: all."""
    revoked: bool = False
    """Every request is answered with 403."""


@dataclass
class Entry:
    """One write that reached the server. ``condition`` is True for a create; ``digest`` of the body, so that writers can be told apart."""

    sequence: int
    at: float
    method: str
    key: str
    condition: bool
    status: int
    digest: str
    size: int
    lost: bool = False


@dataclass
class Wrapper:
    """A WSGI application around another. ``conditional`` says whether a request's headers make it a create."""

    app: App
    conditional: Callable[[Environ], bool]
    faults: Faults = field(default_factory=Faults)
    ledger: list[Entry] = field(default_factory=list)
    counts: int = 0
    work: threading.RLock = field(default_factory=threading.RLock)

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        path = environ["PATH_INFO"]
        answer = self._control(environ, body) if path.startswith(CONTROL) else self._answer(environ, body)
        start(answer[0], [*answer[1], ("Content-Length", str(len(answer[2])))] if not _has_length(answer) else answer[1])
        return [answer[2]]

    def _answer(self, environ: Environ, body: bytes) -> Answer:
        faults = self.faults
        if faults.revoked:
            return _error("403 Forbidden", "AccessDenied", "Access Denied")
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return call(self.app, environ)
        fate = self._fate(environ)
        if fate == "error":
            return _error("503 Service Unavailable", "ServiceUnavailable", "Please reduce your request rate.")
        if fate == "conflict":
            return _error("409 Conflict", "ConditionalRequestConflict", "A conflicting operation occurred.")
        if fate == "lose_request":
            return _lose(environ)
        time.sleep(faults.delay_before)
        with self.work:
            answer = call(self.app, environ)
            self._note(environ, body, answer, lost=fate == "lose_reply")
        time.sleep(faults.delay_after)
        return _lose(environ) if fate == "lose_reply" else answer

    def _fate(self, environ: Environ) -> str:
        faults = self.faults
        with self.work:
            if faults.prefix not in environ["PATH_INFO"]:
                return ""
            self.counts += 1
            for name in ("error", "lose_request", "lose_reply"):
                counter = {"error": "next_errors", "lose_request": "next_requests_lost", "lose_reply": "next_replies_lost"}[name]
                if getattr(faults, counter) > 0:
                    setattr(faults, counter, getattr(faults, counter) - 1)
                    return name
            if faults.next_conflicts > 0 and self.conditional(environ):
                faults.next_conflicts -= 1
                return "conflict"
            draw = int(hashlib.sha256(f"{faults.seed}:{self.counts}".encode()).hexdigest()[:12], 16) / 16**12
        if draw < faults.lose_request:
            return "lose_request"
        return "lose_reply" if draw - faults.lose_request < faults.lose_reply else ""

    def _note(self, environ: Environ, body: bytes, answer: Answer, *, lost: bool) -> None:
        key = environ["PATH_INFO"].lstrip("/").partition("/")[2]
        self.ledger.append(Entry(len(self.ledger), time.time(), environ["REQUEST_METHOD"], key, self.conditional(environ),
                                 int(answer[0].split()[0]), hashlib.sha256(body).hexdigest(), len(body), lost))

    def _control(self, environ: Environ, body: bytes) -> Answer:
        what, posted = environ["PATH_INFO"].removeprefix(CONTROL), environ["REQUEST_METHOD"] == "POST"
        if posted and what == "faults":
            given = json.loads(body)
            unknown = set(given) - {each.name for each in fields(Faults)}
            if unknown:
                return as_json({"error": f"no such fault: {sorted(unknown)}"}, "400 Bad Request")
            self.faults = Faults(**given)
            return as_json({})
        if posted and what == "reset":
            with self.work:
                self.faults = Faults()
                self.ledger.clear()
            return as_json({})
        with self.work:
            answers: dict[str, Any] = {"ledger": [asdict(entry) for entry in self.ledger], "faults": asdict(self.faults)}
        return as_json(answers[what]) if what in answers else as_json({"error": f"{what} is not known"}, "404 Not Found")


def call(app: App, environ: Environ) -> Answer:
    """The whole answer of a WSGI application."""
    caught: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
        caught.update(status=status, headers=headers)

    body = b"".join(app(environ, start))
    return caught["status"], caught["headers"], body


def as_json(value: Any, status: str = "200 OK") -> Answer:
    """An answer in JSON."""
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()


def _has_length(answer: Answer) -> bool:
    return any(name.lower() == "content-length" for name, _ in answer[1])


def _error(status: str, code: str, message: str) -> Answer:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return status, [("Content-Type", "application/xml")], text.encode()


def _lose(environ: Environ) -> Answer:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the reply is lost on purpose")


class Handler(WSGIRequestHandler):
    """Silent, and connections stay open: else every request costs a new one."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def serve(
    app: App, ready: Path, handler: type[WSGIRequestHandler] = Handler, before: Callable[[str], None] = lambda endpoint: None
) -> None:
    """Serve on 127.0.0.1, on a port that ``ready`` tells, for ever. ``before`` is called with the endpoint ahead of that."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=handler)
    endpoint = f"http://127.0.0.1:{server.server_port}"
    before(endpoint)
    draft = ready.with_suffix(".draft")
    draft.write_text(json.dumps({"endpoint": endpoint, "pid": os.getpid()}))
    draft.rename(ready)
    server.serve_forever()
