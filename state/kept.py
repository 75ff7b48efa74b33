"""A snapshot as the history keeps it: packed, then encrypted if the state is."""

from __future__ import annotations

from mcflow.state.codec import Codec
from mcflow.state.snapshot import Snapshot, decode_snapshot, pack, unpack


def write_kept(codec: Codec, name: str, lineage: str, document: bytes) -> bytes:
    """The bytes of a history file for a snapshot's document (`encode_snapshot`)."""
    return codec.seal_document(name, lineage, pack(document))


def read_kept(codec: Codec, name: str, data: bytes) -> Snapshot:
    """The snapshot in a history file. Raises DamagedError; Rejected if its key or its format is another."""
    return decode_snapshot(unpack(codec.open_document(name, data), name), name)
