"""Saved plans: a plan as a file, 0600, secrets sealed, unchanged or refused."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from mcflow.engine.project import Project
from mcflow.model.diagnostic import reject
from mcflow.model.plan import FORMAT_VERSION, Plan, Step
from mcflow.model.wire import Seal, Unseal, decode, encode

MAGIC = "mcflow-plan"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A plan file: what it is, the digest of the plan's bytes, the plan."""

    kind: str
    format_version: str
    digest: str
    plan: msgspec.Raw


def save(project: Project, plan: Plan, path: Path) -> None:
    """Write a plan. Raises Rejected if the file cannot be written, or if the plan cannot be applied later (MC0642)."""
    unfinished = [item for item in plan.recovered if item.outcome == "unfinished"]
    if unfinished:
        raise reject("MC0642", count=len(unfinished))
    body = plan_bytes(plan, project.sealer.seal)
    envelope = Envelope(kind=MAGIC, format_version=FORMAT_VERSION, digest=_digest(body), plan=msgspec.Raw(body))
    try:
        _write(path, msgspec.json.encode(envelope))
    except OSError as failure:
        raise reject("MC0640", path=path, problem=failure.strerror or str(failure)) from failure


def load(project: Project, path: Path) -> Plan:
    """Read a plan. Raises Rejected if it is none, of another format, or damaged."""
    try:
        envelope = msgspec.json.decode(_read(path), type=Envelope)
    except OSError as failure:
        raise reject("MC0640", path=path, problem=failure.strerror or str(failure)) from failure
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise reject("MC0640", path=path, problem="it has another form") from failure
    if envelope.kind != MAGIC or envelope.format_version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise reject("MC0640", path=path, problem=f"its format is {envelope.format_version}, this mcflow reads {FORMAT_VERSION}")
    if _digest(bytes(envelope.plan)) != envelope.digest:
        raise reject("MC0640", path=path, problem="it was changed or damaged after it was made")
    try:
        return plan_from(bytes(envelope.plan), project.sealer.unseal)
    except msgspec.DecodeError as failure:
        raise reject("MC0640", path=path, problem="it has another form") from failure


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


