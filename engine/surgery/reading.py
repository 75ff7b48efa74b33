"""Documents: a state as canonical JSON, and back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mcflow.engine.surgery.wellformed import DEEPEST, malformed, too_deep, unknown_fields
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.state.records import FORMAT_VERSION, State
from mcflow.state.upgrade import SNAPSHOTS, upgrade

MOST = 256 * 1024 * 1024
"""Bytes of a document that is read."""
_DEEP = f"lists and maps in it are more than {DEEPEST} levels deep"
_MOST_TOLD = 20


def document(state: State) -> bytes:
    """The document of a state."""
    tree = {**msgspec.to_builtins(state), "format_version": FORMAT_VERSION}
    return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=2) + b"\n"


def read_document(data: bytes, file: str) -> State:
    """The state in a document, of an earlier format too. Raises Rejected (MC0778, or MC0720 for a later format)."""
    try:
        tree = msgspec.json.decode(data)
        if not isinstance(tree, dict) or not isinstance(tree.get("format_version"), int):
            raise reject("MC0778", file=file, problem="it has no format_version")
        version = tree["format_version"]
        if version != FORMAT_VERSION:
            # A document is the state of a snapshot: what upgrades that upgrades this.
            whole = {"format_version": version, "sequence": 0, "chain": "", "segment": 1, "state": tree}
            tree = upgrade(whole, version, SNAPSHOTS, file)["state"]
        if too_deep(tree):
            raise reject("MC0778", file=file, problem=_DEEP)
        state = msgspec.convert(tree, State)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise reject("MC0778", file=file, problem=str(fault)) from fault
    except RecursionError as fault:
        raise reject("MC0778", file=file, problem=_DEEP) from fault
    wrong = [*(f"{path} is no field of a state" for path in unknown_fields(tree)), *malformed(state)]
    if wrong:
        raise Rejected([Diagnostic("MC0778", {"file": file, "problem": problem}) for problem in wrong[:_MOST_TOLD]])
    return state


def read_file(path: Path) -> bytes:
    """A document's bytes. Raises Rejected (MC0778)."""
    try:
        if not path.is_file():
            raise reject("MC0778", file=path, problem="it is no file" if path.exists() else "there is no such file")
        if path.stat().st_size > MOST:
            raise reject("MC0778", file=path, problem="it is far too large")
        return path.read_bytes()
    except OSError as fault:
        raise reject("MC0778", file=path, problem=fault.strerror or str(fault)) from fault
