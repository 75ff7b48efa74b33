"""Saved plans: a plan as a file, 0600, secrets sealed, unchanged or refused.

Where there is a key, the file carries proof that somebody who has it made the plan; where the state is encrypted, so is the file.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from mcflow.engine.project import Project
from mcflow.model.diagnostic import Rejected, reject
from mcflow.model.plan import FORMAT_VERSION, Plan, Step
from mcflow.model.wire import Seal, Unseal, decode, encode
from mcflow.state.codec import is_sealed
from mcflow.state.keys.document import Wrapped
from mcflow.state.sealing import KeyUse
from mcflow.state.snapshot import DamagedError

MAGIC = "mcflow-plan"
_NAME = "plan"
_NOTHING = msgspec.Raw(b"null")


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plan file: what it is, the digest of the plan's bytes, the plan: ``plan``, or ``sealed`` if it is encrypted (base64).

    ``proof`` is ``<key id>.<HMAC>`` over the plan's bytes; ``keys`` are wrapped keys that the state's store does not have yet.
    """

    kind: str
    format_version: str
    digest: str = ""
    proof: str = ""
    keys: tuple[Wrapped, ...] = ()
    plan: msgspec.Raw = _NOTHING
    sealed: str = ""


def save(project: Project, plan: Plan, path: Path) -> None:
    """Write a plan. Raises Rejected if the file cannot be written, or if the plan cannot be applied later (MC0642)."""
    unfinished = [item for item in plan.recovered if item.outcome == "unfinished"]
    if unfinished:
        raise reject("MC0642", count=len(unfinished))
    codec = project.workspace.codec
    body = plan_bytes(plan, project.sealer.seal)
    if codec.encrypt:
        sealed = base64.b64encode(codec.seal_document(_NAME, plan.inputs.lineage, body)).decode()
        envelope = Envelope(kind=MAGIC, format_version=FORMAT_VERSION, sealed=sealed, keys=codec.wrapped)
    else:
        proof = _proof(codec.sealer.current, project, FORMAT_VERSION, body) if codec.keyed else ""
        envelope = Envelope(
            kind=MAGIC, format_version=FORMAT_VERSION, digest=_digest(body), proof=proof, keys=codec.wrapped, plan=msgspec.Raw(body))
    try:
        _write(path, msgspec.json.encode(envelope))
    except OSError as failure:
        raise reject("MC0640", path=path, problem=failure.strerror or str(failure)) from failure


def load(project: Project, path: Path) -> Plan:
    """Read a plan. Raises Rejected if it is none, of another format, damaged, or not made by somebody with the state's key (MC0770)."""
    try:
        envelope = msgspec.json.decode(_read(path), type=Envelope)
    except OSError as failure:
        raise reject("MC0640", path=path, problem=failure.strerror or str(failure)) from failure
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise reject("MC0640", path=path, problem="it has another form") from failure
    if envelope.kind != MAGIC or envelope.format_version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise reject("MC0640", path=path, problem=f"its format is {envelope.format_version}, this mcflow reads {FORMAT_VERSION}")
    try:
        body = _opened(project, envelope, path)
        return plan_from(body, project.sealer.unseal)
    except msgspec.DecodeError as failure:
        raise reject("MC0640", path=path, problem="it has another form") from failure


def _opened(project: Project, envelope: Envelope, path: Path) -> bytes:
    """The plan's bytes, proven as far as there is a key to prove them with."""
    codec = project.workspace.codec
    damaged = reject("MC0640", path=path, problem="it was changed or damaged after it was made")
    body = bytes(envelope.plan)
    if not envelope.sealed and _digest(body) != envelope.digest:
        raise damaged
    codec.attach(project.workspace.store)
    codec.bring(envelope.keys)
    if envelope.sealed:
        try:
            sealed = base64.b64decode(envelope.sealed, validate=True)
            if not is_sealed(sealed):
                raise damaged
            return codec.open_document(_NAME, sealed)
        except (DamagedError, ValueError):
            raise damaged from None
        except Rejected as refused:
            raise _foreign(refused, path) from refused
    if codec.encrypt or (codec.keyed and not envelope.proof):
        raise reject("MC0770", path=path)
    if envelope.proof:
        use = codec.sealer.find(envelope.proof.partition(".")[0])
        if use is None or not hmac.compare_digest(_proof(use, project, envelope.format_version, body).encode(), envelope.proof.encode()):
            raise reject("MC0770", path=path)
    return body


def _foreign(refused: Rejected, path: Path) -> Rejected:
    """A plan under a key that is not configured is not the state's fault."""
    return reject("MC0770", path=path) if refused.diagnostics[0].code == "MC0736" else refused


def _proof(use: KeyUse, project: Project, version: str, body: bytes) -> str:
    key = use.of(f"mcflow plans {project.sealer.context}".encode())
    proof = hmac.new(key, f"{version} ".encode() + body, hashlib.sha256)
    return f"{use.id}.{proof.hexdigest()}"


def plan_bytes(plan: Plan, seal: Seal) -> bytes:
    """A plan as JSON: step wants and outputs in wire form, secrets sealed."""
    copy = msgspec.structs.replace(
        plan, steps=[_step(step, lambda tree: encode(tree, seal)) for step in plan.steps], outputs=encode(plan.outputs, seal)
    )
    return msgspec.json.encode(copy)


def plan_from(body: bytes, unseal: Unseal) -> Plan:
    """The plan that `plan_bytes` wrote."""
    plan = msgspec.json.decode(body, type=Plan)
    plan.steps = [_step(step, lambda tree: decode(tree, unseal)) for step in plan.steps]
    plan.outputs = decode(plan.outputs, unseal)
    return plan


def _step(step: Step, change: Any) -> Step:
    return msgspec.structs.replace(step, want=change(step.want), override=change(step.override))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _read(path: Path) -> bytes:
    """The bytes of a plain file; neither waits for the other end of a pipe nor reads a device without end. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file", str(path))
        return file.read()


def _write(path: Path, data: bytes) -> None:
    """All or nothing, readable by its owner only."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent or Path(), prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def moved(was: Plan, now_inputs: Any) -> list[str]:
    """What a plan was made from that is different now, in words."""
    before, after = was.inputs, now_inputs
    names = {"blueprint": "the blueprint", "variables": "the variables", "lineage": "the state (it is another one)", "serial": "the state"}
    found = [text for name, text in names.items() if getattr(before, name) != getattr(after, name)]
    found += [f"driver {name}" for name, version in before.drivers.items() if after.drivers.get(name, version) != version]
    found += [f"the account of connection {name}" for name, who in before.connections.items() if after.connections.get(name, who) != who]
    return found


