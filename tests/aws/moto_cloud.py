"""moto's AWS behind a wrapper that adds what moto lacks or wrongly allows, for every service. For tests; 127.0.0.1 only.

Added, because moto has it not: tokens of EC2's and EKS' create calls (same token and request: the same answer; same token and another
request: refused) · DryRun · throttling, 500 and 503 for a share of calls · lost replies (the work is done, then the connection is dropped,
or 504 answered) and lost requests · delays · states that objects pass through (``transition``) · an access key that is refused · a ledger
of mutating calls, and counts of all calls.
Refused, because moto allows it: see ``moto_refusals`` (deleting security groups, subnets and VPCs in use, releasing an associated address,
detaching a gateway with mapped addresses, attaching twice, resizing a running instance …).
What a request is, is told by ``moto_request``; errors in each service's protocol by ``moto_errors``; who suffers by ``moto_faults``.

Controlled over HTTP, so that killed processes can be judged by those that outlive them:
``GET /_mcflow/ledger`` · ``GET /_mcflow/creations`` (value of the mark mcflow-op → ids ever made under it) · ``GET /_mcflow/flights``
(mutations being carried out just now) · ``GET /_mcflow/calls`` (``service.Operation`` → how often asked) · ``POST /_mcflow/faults``
(`Faults` as JSON) · ``POST /_mcflow/reset`` (everything forgotten).
Nothing is durable: all is lost with the server's process, which ends with its parent.

Faults are a function of (seed, operation, how many calls of that operation came before): the same run meets the same faults.

    python tests/aws/moto_cloud.py --port 0 --ready-file F [--plain]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

for _switch in ("MOTO_ENABLE_AMI_VALIDATION", "MOTO_ENABLE_KEYPAIR_VALIDATION", "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION",
                "MOTO_IAM_LOAD_MANAGED_POLICIES"):
    os.environ.setdefault(_switch, "true")

import tests.aws.moto_balance  # noqa: E402
import tests.aws.moto_clusters  # noqa: E402
import tests.aws.moto_network  # noqa: E402
import tests.aws.moto_services  # noqa: E402
import tests.aws.moto_stock  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: E402
from tests.aws.moto_creations import TOKENS, Entry, creations, digest, made_by, token_of  # noqa: E402
from tests.aws.moto_errors import Answer, broken, code_of, error, expired, refused_caller, throttled, told  # noqa: E402
from tests.aws.moto_faults import SPARED, Faults, fate  # noqa: E402
from tests.aws.moto_refusals import aftermath, refusal  # noqa: E402
from tests.aws.moto_request import Request, read_request  # noqa: E402
from tests.aws.moto_transitions import Transitions  # noqa: E402
from werkzeug.serving import BaseWSGIServer, make_server  # noqa: E402

ACCOUNT = "123456789012"
CONTROL = "/_mcflow/"
REVOKED = "revoked"
"""The one access key that is refused; moto takes any."""

Environ = dict[str, Any]


class Wrapper:
    """The WSGI application around moto's."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._work = threading.RLock()
        self._notes = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """No faults, an empty ledger, no tokens, nothing counted."""
        with self._notes:
            self.faults = Faults()
            self.ledger: list[Entry] = []
            self.flights: Counter[str] = Counter()
            self.calls: Counter[str] = Counter()
            self._tokens: dict[tuple[str, str], tuple[str, Answer]] = {}
            self._fated: Counter[str] = Counter()
            self._transitions = Transitions()

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if environ["PATH_INFO"].startswith(CONTROL):
            answer = self._control(environ, body)
        else:
            request = read_request(environ, body)
            answer = self._moto(environ) if request is None else self._aws(environ, request)
        start(answer[0], answer[1])
        return [answer[2]]

    def _moto(self, environ: Environ) -> Answer:
        caught: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
            caught.update(status=status, headers=headers)

        with self._work:
            self._transitions.arrive(self.faults.transition)
            body = b"".join(self._app(environ, start))
        return caught["status"], caught["headers"], body

    def _aws(self, environ: Environ, request: Request) -> Answer:
        with self._notes:
            self.calls[request.name] += 1
        if request.caller == REVOKED:
            return refused_caller(request)
        if self.faults.expired and request.service not in SPARED:
            return expired(request)
        with self._notes:
            becomes = fate(self.faults, self._fated, request)
        if becomes == "throttle":
            return throttled(request)
        if becomes in ("error_500", "error_503"):
            return broken(request, int(becomes[-3:]))
        if becomes == "lose_request":
            return self._lose(environ)
        if request.service == "ec2" and request.values.get("DryRun") == "true":
            return error(request, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        time.sleep(self.faults.delay_before)
        if request.reads or request.service in SPARED:
            return self._moto(environ)
        with self._notes:
            self.flights[_action(request)] += 1
        try:
            answer = self._mutate(environ, request, lost=becomes == "lose_reply")
            time.sleep(self.faults.delay_after)
        finally:
            with self._notes:
                self.flights[_action(request)] -= 1
        return self._lose(environ) if becomes == "lose_reply" else answer

    def _mutate(self, environ: Environ, request: Request, lost: bool) -> Answer:
        token, fingerprint = token_of(request), digest(request.values)
        with self._work:
            self._transitions.arrive(self.faults.transition)
            known = self._tokens.get((request.name, token)) if token else None
            if known is None:
                answer = self._made(environ, request)
                if token and answer[0].startswith("2"):
                    self._tokens[request.name, token] = fingerprint, answer
            elif known[0] == fingerprint:
                answer = known[1]
            else:
                answer = error(request, TOKENS[request.service][1], "The token was used with other parameters.")
            self._note(request, answer, token, replayed=known is not None, lost=lost)
        return answer

    def _made(self, environ: Environ, request: Request) -> Answer:
        backend = _backend(request)
        refused = refusal(_action(request), request.values, backend)
        if refused:
            return error(request, *refused)
        answer = self._moto(environ)
        if answer[0].startswith("2"):
            aftermath(_action(request), request.values, backend)
            self._transitions.depart(request, answer[2].decode("utf-8", "replace"), backend)
        return answer

    def _note(self, request: Request, answer: Answer, token: str, *, replayed: bool, lost: bool) -> None:
        entry = Entry(0, _action(request), request.mark, token, made_by(request, answer), code_of(request.dialect, answer),
                      int(answer[0].split()[0]), replayed, lost, request.service)
        with self._notes:
            entry.sequence = len(self.ledger)
            self.ledger.append(entry)

    def _lose(self, environ: Environ) -> Answer:
        if self.faults.lost_as == "504":
            return "504 Gateway Timeout", [("Content-Type", "text/html")], b"<html><body>504 Gateway Time-out</body></html>"
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError("the reply is lost on purpose")

    def _control(self, environ: Environ, body: bytes) -> Answer:
        what = environ["PATH_INFO"].removeprefix(CONTROL)
        if environ["REQUEST_METHOD"] == "POST" and what == "faults":
            given = json.loads(body)
            unknown = set(given) - {each.name for each in fields(Faults)}
            if unknown:
                return told({"error": f"no such fault: {sorted(unknown)}"}, "400 Bad Request")
            with self._notes:
                self.faults = Faults(**given)
            return told({})
        if environ["REQUEST_METHOD"] == "POST" and what == "reset":
            return self._reset(environ)
        with self._notes:
            answers: dict[str, Any] = {
                "ledger": [asdict(entry) for entry in self.ledger], "creations": creations(self.ledger), "faults": asdict(self.faults),
                "flights": {action: count for action, count in self.flights.items() if count}, "calls": dict(self.calls),
            }
        return told(answers[what]) if what in answers else told({"error": f"{what} is not known"}, "404 Not Found")

    def _reset(self, environ: Environ) -> Answer:
        with self._work:
            path = "/moto-api/reset"
            done = self._moto({**environ, "PATH_INFO": path, "RAW_URI": path, "REQUEST_URI": path})
            self.forget()
        return told({}) if done[0].startswith("2") else done


def _action(request: Request) -> str:
    """What the ledger and the tables of refusals call it."""
    return request.operation if request.service == "ec2" else request.name


GLOBAL = {"iam", "route53", "s3"}
"""Services that moto keeps under the partition instead of a region."""


def _backend(request: Request) -> Any:
    """moto's model of the service in the request's region; None for what moto does not know."""
    from moto.backends import get_backend

    try:
        regions = get_backend(request.service)[ACCOUNT]  # type: ignore[call-overload]
    except (ImportError, KeyError):
        return None
    return regions["aws" if request.service in GLOBAL else request.region]


class Handler(MotoRequestHandler):
    """moto's request handler, silent."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def make_cloud(port: int = 0, *, plain: bool = False) -> tuple[Wrapper | None, BaseWSGIServer]:
    """A server on 127.0.0.1, not yet serving. ``plain``: moto as it is, without the wrapper."""
    tests.aws.moto_stock.keep()
    moto = DomainDispatcherApplication(create_backend_app)
    if not plain:
        tests.aws.moto_balance.mend()
        tests.aws.moto_network.mend()
        tests.aws.moto_clusters.mend()
    wrapper = None if plain else Wrapper(moto)
    return wrapper, make_server("127.0.0.1", port, wrapper or moto, threaded=True, request_handler=Handler)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main() -> None:
    """Serve until the parent ends."""
    parser = argparse.ArgumentParser(description="moto behind a wrapper that makes it refuse, lose and remember")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-file", type=Path)
    parser.add_argument("--plain", action="store_true", help="moto as it is, without the wrapper")
    options = parser.parse_args()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _, server = make_cloud(options.port, plain=options.plain)
    ready = json.dumps({"endpoint": f"http://127.0.0.1:{server.server_port}", "port": server.server_port, "pid": os.getpid()})
    if options.ready_file:
        draft = options.ready_file.with_suffix(".draft")
        draft.write_text(ready)
        draft.rename(options.ready_file)
    else:
        print(ready, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
