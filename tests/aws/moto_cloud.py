"""moto's EC2 and STS behind a wrapper that adds what moto lacks or wrongly allows. For tests; 127.0.0.1 only.

Added, because moto has it not: ClientToken of RunInstances, CreateVolume and CreateRouteTable (same token and request: the same answer;
same token and another request: IdempotentParameterMismatch) · DryRun · RequestLimitExceeded for a share of calls · lost replies (the work
is done, then the connection is dropped, or 504 answered) and lost requests · delays · states that instances pass through (``transition``)
· an access key that is refused · a ledger of mutating calls.
Refused, because moto allows it: see ``moto_refusals`` (deleting security groups, subnets and VPCs in use, releasing an associated address,
detaching a gateway with mapped addresses, attaching twice, resizing a running instance …).

Controlled over HTTP, so that killed processes can be judged by those that outlive them:
``GET /_mcflow/ledger`` · ``GET /_mcflow/creations`` (value of the mark mcflow-op → ids ever made under it) · ``GET /_mcflow/flights``
(mutations being carried out just now) · ``POST /_mcflow/faults`` (`Faults` as JSON) · ``POST /_mcflow/reset`` (everything forgotten).
Nothing is durable: all is lost with the server's process, which ends with its parent.

Faults are a function of (seed, action, how many calls of that action came before): the same run meets the same faults.

    python tests/aws/moto_cloud.py --port 0 --ready-file F [--plain]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

for _switch in ("MOTO_ENABLE_AMI_VALIDATION", "MOTO_ENABLE_KEYPAIR_VALIDATION", "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION"):
    os.environ.setdefault(_switch, "true")

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: E402
from tests.aws.moto_refusals import aftermath, refusal  # noqa: E402
from tests.aws.moto_transitions import Transitions  # noqa: E402
from werkzeug.serving import BaseWSGIServer, make_server  # noqa: E402

ACCOUNT = "123456789012"
CONTROL = "/_mcflow/"
REVOKED = "revoked"
"""The one access key that is refused; moto takes any."""
WITH_TOKEN = {"RunInstances", "CreateVolume", "CreateRouteTable"}
READS = ("Describe", "Get", "List")
MADE = re.compile(r"<(?:vpcId|subnetId|internetGatewayId|routeTableId|groupId|keyPairId|instanceId|volumeId|allocationId|associationId)>"
                  r"([a-z]+-[0-9a-f]+)</")
MAKERS = {"CreateVpc": "vpc-", "CreateSubnet": "subnet-", "CreateInternetGateway": "igw-", "CreateRouteTable": "rtb-",
          "CreateSecurityGroup": "sg-", "ImportKeyPair": "key-", "RunInstances": "i-", "CreateVolume": "vol-",
          "AllocateAddress": "eipalloc-", "AssociateAddress": "eipassoc-", "AssociateRouteTable": "rtbassoc-"}
"""Calls whose answer names what they made, and how such an id begins."""

Answer = tuple[str, list[tuple[str, str]], bytes]
Environ = dict[str, Any]


@dataclass
class Faults:
    """What goes wrong. Shares are 0 to 1 of calls; counts are of the next mutating calls; times in seconds."""

    seed: str = "0"
    throttle: float = 0.0
    lose_reply: float = 0.0
    lose_request: float = 0.0
    next_replies_lost: int = 0
    next_requests_lost: int = 0
    next_throttled: int = 0
    lost_as: str = "reset"
    """``reset``: the connection is dropped; ``504``: a gateway's page without meaning."""
    actions: list[str] = field(default_factory=list)
    """Only these actions suffer; empty: all."""
    delay_before: float = 0.0
    delay_after: float = 0.0
    """Between the work being done and the answer."""
    transition: float = 0.0
    """How long instances are pending, stopping and shutting down."""
    expired: bool = False
    """The caller's session has ended."""


@dataclass
class Entry:
    """One mutating call in the ledger. ``code`` is empty where it succeeded."""

    sequence: int
    action: str
    op: str
    token: str
    ids: list[str]
    code: str
    status: int
    replayed: bool = False
    lost: bool = False


class Wrapper:
    """The WSGI application around moto's."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._work = threading.RLock()
        self._notes = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """No faults, an empty ledger, no tokens."""
        with self._notes:
            self.faults = Faults()
            self.ledger: list[Entry] = []
            self.flights: Counter[str] = Counter()
            self._tokens: dict[tuple[str, str], tuple[str, Answer]] = {}
            self._calls: Counter[str] = Counter()
            self._transitions = Transitions()

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if environ["PATH_INFO"].startswith(CONTROL):
            answer = self._control(environ, body)
        else:
            params = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            credential = environ.get("HTTP_AUTHORIZATION", "")
            is_ec2 = "/ec2/aws4_request" in credential
            if f"Credential={REVOKED}/" in credential:
                answer = _refuse_caller(is_ec2)
            else:
                answer = self._ec2(environ, params) if is_ec2 else self._moto(environ)
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

    def _ec2(self, environ: Environ, params: dict[str, str]) -> Answer:
        action = params.get("Action", "")
        if self.faults.expired:
            return _error("RequestExpired", "Request has expired.", "400 Bad Request")
        fate = self._fate(action)
        if fate == "throttle":
            return _error("RequestLimitExceeded", "Request limit exceeded.", "503 Service Unavailable")
        if fate == "lose_request":
            return self._lose(environ)
        if params.get("DryRun") == "true":
            return _error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", "412 Precondition Failed")
        time.sleep(self.faults.delay_before)
        if action.startswith(READS):
            return self._moto(environ)
        with self._notes:
            self.flights[action] += 1
        try:
            answer = self._mutate(environ, action, params, lost=fate == "lose_reply")
            time.sleep(self.faults.delay_after)
        finally:
            with self._notes:
                self.flights[action] -= 1
        return self._lose(environ) if fate == "lose_reply" else answer

    def _mutate(self, environ: Environ, action: str, params: dict[str, str], lost: bool) -> Answer:
        token = params.get("ClientToken", "") if action in WITH_TOKEN else ""
        digest = hashlib.sha256(repr(sorted(params.items())).encode()).hexdigest()
        backend = _backend(environ)
        with self._work:
            self._transitions.arrive(self.faults.transition)
            known = self._tokens.get((action, token)) if token else None
            if known is None:
                refused = refusal(action, params, backend)
                answer = _error(*refused) if refused else self._moto(environ)
                if answer[0].startswith("2"):
                    aftermath(action, params, backend)
                    self._transitions.depart(action, params, answer[2].decode(), backend)
                    if token:
                        self._tokens[action, token] = digest, answer
            elif known[0] == digest:
                answer = known[1]
            else:
                answer = _error("IdempotentParameterMismatch", "The token was used with other parameters.")
            self._note(action, params, answer, token, replayed=known is not None, lost=lost)
        return answer

    def _note(self, action: str, params: dict[str, str], answer: Answer, token: str, *, replayed: bool, lost: bool) -> None:
        text = answer[2].decode("utf-8", "replace")
        code = re.search(r"<Code>([^<]+)</Code>", text)
        made = [id for id in dict.fromkeys(MADE.findall(text)) if id.startswith(MAKERS.get(action, "\0"))]
        entry = Entry(0, action, _mark(params), token, made, code[1] if code and not answer[0].startswith("2") else "",
                      int(answer[0].split()[0]), replayed, lost)
        with self._notes:
            entry.sequence = len(self.ledger)
            self.ledger.append(entry)

    def _fate(self, action: str) -> str:
        """What becomes of this call: ``throttle``, ``lose_request``, ``lose_reply``, or nothing special."""
        faults = self.faults
        with self._notes:
            count = self._calls[action]
            self._calls[action] += 1
            if faults.actions and action not in faults.actions:
                return ""
            if faults.next_throttled > 0:
                faults.next_throttled -= 1
                return "throttle"
            draw = int(hashlib.sha256(f"{faults.seed}:{action}:{count}".encode()).hexdigest()[:12], 16) / 16**12
            if draw < faults.throttle:
                return "throttle"
            if action.startswith(READS):
                return ""
            if faults.next_requests_lost > 0:
                faults.next_requests_lost -= 1
                return "lose_request"
            if faults.next_replies_lost > 0:
                faults.next_replies_lost -= 1
                return "lose_reply"
            draw -= faults.throttle
            if draw < faults.lose_request:
                return "lose_request"
            return "lose_reply" if draw - faults.lose_request < faults.lose_reply else ""

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
                return _json({"error": f"no such fault: {sorted(unknown)}"}, "400 Bad Request")
            with self._notes:
                self.faults = Faults(**given)
            return _json({})
        if environ["REQUEST_METHOD"] == "POST" and what == "reset":
            return self._reset(environ)
        with self._notes:
            answers: dict[str, Any] = {
                "ledger": [asdict(entry) for entry in self.ledger], "creations": creations(self.ledger), "faults": asdict(self.faults),
                "flights": {action: count for action, count in self.flights.items() if count},
            }
        return _json(answers[what]) if what in answers else _json({"error": f"{what} is not known"}, "404 Not Found")

    def _reset(self, environ: Environ) -> Answer:
        with self._work:
            path = "/moto-api/reset"
            done = self._moto({**environ, "PATH_INFO": path, "RAW_URI": path, "REQUEST_URI": path})
            self.forget()
        return _json({}) if done[0].startswith("2") else done


def creations(ledger: Iterable[Entry]) -> dict[str, list[str]]:
    """The ids of all objects ever made under each operation. Replays of a token made nothing."""
    made: dict[str, list[str]] = {}
    for entry in ledger:
        if entry.op and not entry.code and not entry.replayed:
            made.setdefault(entry.op, []).extend(entry.ids)
    return made


def _mark(params: dict[str, str]) -> str:
    for name, value in params.items():
        if value == "mcflow-op" and name.startswith("TagSpecification.") and name.endswith(".Key"):
            return params.get(name.removesuffix("Key") + "Value", "")
    return ""


def _backend(environ: Environ) -> Any:
    from moto.ec2.models import ec2_backends

    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/ec2/", environ["HTTP_AUTHORIZATION"])
    return ec2_backends[ACCOUNT][scope[1] if scope else "us-east-1"]


def _error(code: str, message: str, status: str = "400 Bad Request") -> Answer:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    text = (f'<?xml version="1.0" encoding="UTF-8"?><Response><Errors>{error}</Errors>'
            f"<RequestID>{hashlib.sha256(os.urandom(8)).hexdigest()[:32]}</RequestID></Response>")
    return status, [("Content-Type", "text/xml")], text.encode()


def _refuse_caller(is_ec2: bool) -> Answer:
    if is_ec2:
        return _error("AuthFailure", "AWS was not able to validate the provided access credentials", "401 Unauthorized")
    text = ("<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>"
            "<Message>The security token included in the request is invalid.</Message></Error><RequestId>r</RequestId></ErrorResponse>")
    return "403 Forbidden", [("Content-Type", "text/xml")], text.encode()


def _json(value: Any, status: str = "200 OK") -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()


class Handler(MotoRequestHandler):
    """moto's request handler, silent."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def make_cloud(port: int = 0, *, plain: bool = False) -> tuple[Wrapper | None, BaseWSGIServer]:
    """A server on 127.0.0.1, not yet serving. ``plain``: moto as it is, without the wrapper."""
    moto = DomainDispatcherApplication(create_backend_app)
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
