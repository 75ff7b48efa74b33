"""A reverse proxy on the loopback before every service of the lab: a ledger of all requests, and what goes wrong on purpose (`faults`).

Each service has a port of its own, so that paths, and what is signed over them, stay as they are. In answers the services' addresses become
the proxy's, in Keystone's catalog too: who logs in at ``auth_url`` is led through the proxy everywhere; others name its ``endpoints``.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.openstack.faults import READS, REFUSALS, SPARED, Fate, Faults, fate, kind_of

HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "accept-encoding"}
"""Headers of one stretch of the way, and those that are written anew."""
LONGEST = 1 << 16
_OP = re.compile(r"""mcflow-op["']?\s*[:=]\s*["']?([^"'\s\];,]+)""")


@dataclass(frozen=True)
class Call:
    """One request. ``status`` 0: it never arrived. ``op``: the mark mcflow-op in its body. ``made``: ids of what it made, told or not.
    ``sent``: the body of one that changes something, up to 64 KiB."""

    service: str
    method: str
    path: str
    status: int
    began: float
    took: float
    fate: Fate = ""
    op: str = ""
    made: Sequence[str] = ()
    sent: bytes = b""

    @property
    def kind(self) -> str:
        """Method, service and path without ids and query: ``GET network /v2.0/ports/{}``."""
        return kind_of(self.service, self.method, self.path)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS


@dataclass
class Proxy:
    """Running listeners; one proxy serves one project. ``upstreams``: service type → address in the cloud's catalog."""

    upstreams: Mapping[str, str]
    endpoints: dict[str, str] = field(default_factory=dict)
    """Service type → the proxy's address, as a connection's ``endpoints`` has it."""
    faults: Faults = field(default_factory=Faults)
    flights: int = 0
    """Mutating requests that the cloud is working on just now, those of callers that were killed too."""
    _ledger: list[Call] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _addresses: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def auth_url(self) -> str:
        """Keystone's address for those who log in through the proxy."""
        return self.endpoints["identity"]

    def ledger(self, since: int = 0) -> list[Call]:
        """Every call so far but the first ``since``."""
        with self._lock:
            return self._ledger[since:]

    def kinds(self, since: int = 0) -> Counter[str]:
        """How often each kind of call was made."""
        return Counter(call.kind for call in self.ledger(since))

    def touched(self) -> set[str]:
        """The services in which something may have been changed."""
        return {call.service for call in self.ledger() if not call.reads}

    def creations(self) -> dict[str, list[str]]:
        """Operation → ids of all objects ever made under it."""
        made: dict[str, list[str]] = {}
        for call in self.ledger():
            if call.op and call.made:
                made.setdefault(call.op, []).extend(call.made)
        return made

    @contextmanager
    def counting(self) -> Iterator[list[Call]]:
        """The calls made while the context is open, but for Keystone's; the list is filled when it closes."""
        found: list[Call] = []
        begin = len(self.ledger())
        try:
            yield found
        finally:
            found += [call for call in self.ledger(begin) if call.service not in SPARED]

    def set_faults(self, **faults: Any) -> None:
        """Replace what goes wrong; without arguments nothing does. See `Faults`."""
        with self._lock:
            self.faults = Faults(**faults)
            self._counts.clear()

    @contextmanager
    def suffering(self, **faults: Any) -> Iterator[None]:
        """These faults and no others while the context is open."""
        before = self.faults
        self.set_faults(**faults)
        try:
            yield
        finally:
            self.faults = before

    def settle(self, patience: float = 60.0) -> None:
        """Wait until no mutating request is under way. Raises TimeoutError."""
        end = time.monotonic() + patience
        while self.flights:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.flights} requests are still under way")
            time.sleep(0.02)

    def fate(self, service: str, method: str, path: str) -> tuple[Fate, Faults]:
        """What becomes of a call that has just come in."""
        with self._lock:
            return fate(self.faults, self._counts, service, method, path), self.faults

    def note(self, call: Call) -> None:
        """Write a call into the ledger."""
        with self._lock:
            self._ledger.append(call)

    @contextmanager
    def flying(self, reads: bool) -> Iterator[None]:
        """Around what the cloud does."""
        with self._lock:
            self.flights += not reads
        try:
            yield
        finally:
            with self._lock:
                self.flights -= not reads

    def listen_before(self, service: str, port: int) -> None:
        """From now on this port is where the service is."""
        parts = urlsplit(self.upstreams[service])
        self.endpoints[service] = parts._replace(netloc=f"127.0.0.1:{port}").geturl()
        self._addresses.append((f"//{parts.netloc}".encode(), f"//127.0.0.1:{port}".encode()))

    def led_here(self, text: bytes) -> bytes:
        """A text in which every service's address is the proxy's."""
        for theirs, own in self._addresses:
            text = text.replace(theirs, own)
        return text


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300
    proxy: Proxy
    service: str
    upstream: tuple[str, int]

    def relay(self) -> None:
        """Take one request through, or not. It is in the ledger before it is answered."""
        sent = self._body()
        due, faults = self.proxy.fate(self.service, self.command, self.path)
        began, clock = time.time(), time.monotonic()
        marked = None if self.command in READS else _OP.search(sent.decode("utf-8", "replace"))

        def note(status: int, made: Sequence[str] = ()) -> None:
            took = time.monotonic() - clock
            op = marked[1] if marked else ""
            kept = b"" if self.command in READS else sent[:LONGEST]
            self.proxy.note(Call(self.service, self.command, self.path, status, began, took, due, op, made, kept))

        if due == "lose_request":
            note(0)
            self._lose(faults)
        elif due in REFUSALS:
            status, said = REFUSALS[due]
            note(status)
            told = [("Retry-After", faults.retry_after)] if faults.retry_after and due == "throttle" else []
            refusal = {"error": {"code": status, "message": said}}
            self._answer(status, [("Content-Type", "application/json"), *told], json.dumps(refusal).encode())
        else:
            with self.proxy.flying(self.command in READS):
                time.sleep(faults.delay_before)
                status, headers, body = self._ask(sent)
                note(status, _made(self.command, self.path, status, body))
            time.sleep(faults.delay_after)
            if due == "lose_reply":
                self._lose(faults)
            else:
                self._answer(status, headers, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_COPY = relay  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self._exactly(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self._exactly(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionAbortedError("whoever asked was killed in the middle of it")
        return data

    def _ask(self, sent: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self.upstream, timeout=300)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP:
                    connection.putheader(name, value)
            connection.putheader("Connection", "close")
            if sent or self.command in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(sent)))
            connection.endheaders(sent)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
        if self.command == "HEAD" and answer.getheader("Content-Length"):
            headers.append(("Content-Length", str(answer.getheader("Content-Length"))))
        headers = [(name, self.proxy.led_here(value.encode("latin-1")).decode("latin-1")) for name, value in headers]
        return answer.status, headers, self.proxy.led_here(body) if "json" in (answer.getheader("Content-Type") or "") else body

    def _answer(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        try:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if self.command != "HEAD" and status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            # Whoever asked was killed meanwhile; the work is done all the same.
            self.close_connection = True

    def _lose(self, faults: Faults) -> None:
        if faults.lost_as == "504":
            self._answer(504, [("Content-Type", "text/html")], b"<html><body><h1>504 Gateway Time-out</h1></body></html>")
        else:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the ledger has it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed in the middle of a request."""


@contextmanager
def proxied(upstreams: Mapping[str, str]) -> Iterator[Proxy]:
    """Listeners before these services, until the context ends. ``upstreams``: service type → address (``http://127.0.0.1:19696``)."""
    proxy = Proxy(upstreams)
    servers: list[_Server] = []
    try:
        for service, address in upstreams.items():
            parts = urlsplit(address)
            about = {"proxy": proxy, "service": service, "upstream": (parts.hostname, parts.port)}
            server = _Server(("127.0.0.1", 0), type("_ServiceHandler", (_Handler,), about))
            servers.append(server)
            proxy.listen_before(service, server.server_address[1])
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield proxy
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _made(method: str, path: str, status: int, body: bytes) -> Sequence[str]:
    """Ids of what a request made, by its answer; of actions only images count."""
    if method != "POST" or status not in (200, 201, 202):
        return ()
    try:
        answer = json.loads(body)
    except ValueError:
        return ()
    rows: list[Any] = [answer]
    if isinstance(answer, dict) and len(answer) == 1:
        (inner,) = answer.values()
        rows = inner if isinstance(inner, list) else [inner if isinstance(inner, dict) else answer]
    names = ("image_id",) if path.partition("?")[0].endswith("/action") else ("id", "uuid")
    return tuple(str(row[name]) for row in rows if isinstance(row, dict) for name in names if name in row)
