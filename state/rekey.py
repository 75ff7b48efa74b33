"""Another key for a state: secrets, fingerprints and documents go under the key in use, and the keys before it are done with.

Killed at any point, the state is readable with the old and the new key, and the same again finishes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from mcflow.model.values import reveal
from mcflow.model.wire import decode
from mcflow.state.collector import paused
from mcflow.state.encrypting import forget_earlier, rewrite_documents
from mcflow.state.keys.document import KeysDocument
from mcflow.state.records import Record, State
from mcflow.state.sealing import Sealer, SealError, sealed_with
from mcflow.state.snapshot import decode_snapshot, encode_snapshot, history_entry, pack, unpack
from mcflow.state.writer import Writer


@dataclass
class Renewed:
    """What was done: secrets sealed anew, fingerprints made anew and dropped (their values are no longer known), documents left as they
    were because they are damaged. ``key`` names the key in use now.
    """

    key: str = ""
    secrets: int = 0
    fingerprints: int = 0
    dropped: int = 0
    left: tuple[str, ...] = ()


def rekey(writer: Writer, begin: Sequence[Record], end: Sequence[Record]) -> Renewed:
    """Put everything under the key in use; ``begin`` and ``end`` are the records of the run that does it.

    Raises SealError (and nothing was written) if a secret of the state cannot be opened; OSError, JournalFailed.
    """
    store, codec, sealer = writer.store, writer.codec, writer.sealer
    codec.renew()
    done = Renewed(sealer.key_id)
    with paused():
        renewed = reseal(writer.state, sealer, done)
    codec.persist(store, writer.epoch)
    writer.append(*begin)
    # The records between changed what the state counts, and nothing else of it.
    writer.state = replace_contents(writer.state, renewed)
    writer.append(*end)
    writer.rewrite()

    def change(name: str, clear: bytes) -> bytes:
        return _renew_document(name, clear, sealer)

    done.left = rewrite_documents(store, codec, writer.state.lineage, writer.epoch, change)
    codec.declare(store, writer.epoch, KeysDocument(
        sealed=sealer.key_id if codec.encrypt else "", intent="encrypt" if codec.encrypt else "",
        keys=tuple(entry for entry in codec.document.keys if entry.id == sealer.key_id)))
    forget_earlier(store, writer.epoch)
    return done


def decrypt(writer: Writer, records: Sequence[Record]) -> tuple[str, ...]:
    """Write everything in clear; secrets stay sealed. Returns the names of documents left as they were. The lease must have been taken
    to leave encryption (`Codec.leaving`).
    """
    writer.append(*records)
    writer.rewrite()
    left = rewrite_documents(writer.store, writer.codec, writer.state.lineage, writer.epoch)
    document = writer.codec.document
    if not document.empty:
        writer.codec.declare(writer.store, writer.epoch, replace(document, sealed="", intent=""))
    return left


def replace_contents(state: State, renewed: State) -> State:
    """The contents of one and the counters of the other."""
    return replace(renewed, serial=state.serial, epoch=state.epoch)


def reseal(state: State, sealer: Sealer, done: Renewed) -> State:
    """The state with every secret sealed, and every fingerprint made, with the key in use. Raises SealError."""
    tree = msgspec.to_builtins(state)
    records = [*tree.get("natives", {}).values(), *(opened["intent"] for opened in tree.get("open", {}).values())]
    for record in records:
        _remark(record, sealer, done)
    return msgspec.convert(_resealed(tree, sealer, done), State)


def _resealed(tree: Any, sealer: Sealer, done: Renewed) -> Any:
    if isinstance(tree, dict):
        if len(tree) == 1:
            (tag, body), = tree.items()
            if tag == "$secret" and isinstance(body, str):
                if sealed_with(body) == sealer.key_id:
                    return tree
                done.secrets += 1
                return {tag: sealer.seal(sealer.unseal(body))}
            if tag == "$map":
                return {tag: {key: _resealed(item, sealer, done) for key, item in body.items()}}
        return {key: _resealed(item, sealer, done) for key, item in tree.items()}
    return [_resealed(item, sealer, done) for item in tree] if isinstance(tree, list | tuple) else tree


def _remark(record: dict[str, Any], sealer: Sealer, done: Renewed) -> None:
    """New fingerprints for those whose value is still known; one that cannot be made is dropped: the attribute is sent once more."""
    marks: Mapping[str, str] = record.get("fingerprints") or {}
    want: Mapping[str, Any] = record.get("want") or record.get("request") or {}
    made: dict[str, str] = {}
    for name, mark in marks.items():
        if mark.partition(".")[0] == sealer.key_id:
            made[name] = mark
            continue
        value = reveal(decode(want[name], sealer.unseal)) if name in want else None
        if value is not None and sealer.fingerprint(value, mark) == mark:
            made[name] = sealer.fingerprint(value)
            done.fingerprints += 1
        else:
            done.dropped += 1
    if marks:
        record["fingerprints"] = made


def _renew_document(name: str, clear: bytes, sealer: Sealer) -> bytes:
    """A kept snapshot with its secrets under the key in use; other documents hold none. A secret of long ago that no key opens stays."""
    if history_entry(name) is None:
        return clear
    snapshot = decode_snapshot(unpack(clear, name), name)
    try:
        return pack(encode_snapshot(replace(snapshot, state=reseal(snapshot.state, sealer, Renewed()))))
    except SealError:
        return clear
