"""Audit segments: what stays of a journal segment whose work is done. Runs, ends and digests; no requests, no secrets.

The hash chain runs over the records' digests, so the chain through an audit segment is the chain through the records it replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from mcflow.state.codec import Codec
from mcflow.state.frames import START, Frame, frame, link_digest, read_frame, read_frames
from mcflow.state.records import FORMAT_VERSION, Adopted, Done, Ended, Failed, Identified, Intent, Record, Run
from mcflow.state.segments import ENCODER, Segment, audit_name, decode_record, read_segment, segment_number
from mcflow.state.snapshot import DamagedError
from mcflow.state.stores.store import Store
from mcflow.state.upgrade import AUDITS, upgrade


class AuditHeader(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="AUDIT"):
    """``after`` records and the hash chain ``previous`` (hex) come before; ``count`` records were here, which led to ``chain``.

    Where those were lost, the one entry is LOST, and only the segment after it tells the chain.
    """

    format_version: int = FORMAT_VERSION
    number: int
    lineage: str
    after: int
    previous: str
    count: int
    chain: str


class AuditEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="kind", tag="ENTRY"):
    """One record that was: its kind, its SHA-256 (hex), and what an auditor asks. ``record`` is the record itself for RUN and ENDED.

    LOST stands for ``records`` of them, of which nothing is known.
    """

    of: str
    digest: str
    op: str = ""
    run: str = ""
    address: str = ""
    type: str = ""
    action: str = ""
    connection: str = ""
    id: str = ""
    code: str = ""
    request_id: str = ""
    at: float = 0.0
    record: Run | Ended | None = None
    sealed: bool = False
    """The digest is of other bytes than those of ``record``: it was encrypted, or of an earlier format."""
    records: int = 1


class _Version(msgspec.Struct):
    format_version: int = FORMAT_VERSION


_HEADER = msgspec.json.Decoder(AuditHeader)
_VERSION = msgspec.json.Decoder(_Version)
_ENTRY = msgspec.json.Decoder(AuditEntry)


def audit_segment(segment: Segment, codec: Codec) -> bytes:
    """The audit segment for an intact journal segment, in clear. Rejected if its records cannot be opened."""
    header = segment.header
    assert header is not None
    chain = bytes.fromhex(header.previous)
    lines = []
    name = audit_name(segment.number)
    for number, found in enumerate(segment.frames):
        clear = codec.open_record(found.payload, header.lineage, header.after + number, chain, name)
        digest = sha256(found.payload).digest()
        chain = link_digest(chain, digest)
        entry = _entry(decode_record(clear, header.format_version, name), digest.hex())
        if clear is not found.payload or header.format_version != FORMAT_VERSION:
            entry = replace(entry, sealed=True)
        lines.append(frame(ENCODER.encode(entry), chain, begins=found.begins))
    begin = AuditHeader(
        number=segment.number, lineage=header.lineage, after=header.after, previous=header.previous, count=len(lines), chain=chain.hex())
    return frame(ENCODER.encode(begin), bytes.fromhex(header.previous), begins=True) + b"".join(lines)


def lost_segment(header: AuditHeader, at: float) -> bytes:
    """A segment that says that its records were lost, found at ``at`` (seconds since the epoch)."""
    begins = frame(ENCODER.encode(header), bytes.fromhex(header.previous), begins=True)
    entry = AuditEntry(of="LOST", digest="", at=at, records=header.count)
    return begins + frame(ENCODER.encode(entry), bytes.fromhex(header.chain), begins=True)


def _entry(record: Record, digest: str) -> AuditEntry:
    if isinstance(record, Run):
        return AuditEntry(of="RUN", digest=digest, run=record.run, at=record.at, record=record)
    if isinstance(record, Ended):
        return AuditEntry(of="ENDED", digest=digest, run=record.run, at=record.at, record=record)
    if isinstance(record, Intent):
        return AuditEntry(
            of="INTENT", digest=digest, op=record.op, run=record.run, address=record.address, type=record.type, action=record.action,
            connection=record.connection, id=record.id, at=record.at)
    if isinstance(record, Identified):
        return AuditEntry(of="IDENTIFIED", digest=digest, op=record.op, id=record.id, request_id=record.request_id, at=record.at)
    if isinstance(record, Done):
        return AuditEntry(of="DONE", digest=digest, op=record.op, id=record.id, at=record.at)
    if isinstance(record, Failed):
        # Not the message: it is a cloud's text, and may repeat what was sent.
        return AuditEntry(
            of="FAILED", digest=digest, op=record.op, id=record.id, code=record.code, request_id=record.request_id, at=record.at)
    if isinstance(record, Adopted):
        return AuditEntry(of="ADOPTED", digest=digest, op=record.op, address=record.record.address, id=record.record.id, at=record.at)
    return AuditEntry(of="RECORDED", digest=digest, at=record.at)


def _header(payload: bytes, name: str) -> tuple[int, AuditHeader]:
    """The version it was written in, and the header as of today."""
    version = _VERSION.decode(payload).format_version
    if version == FORMAT_VERSION:
        return version, _HEADER.decode(payload)
    return version, msgspec.convert(upgrade(msgspec.json.decode(payload), version, AUDITS, name), AuditHeader)


def _upgraded(payload: bytes, version: int, name: str) -> AuditEntry:
    """An entry of an earlier format. The digest is of the record as it was then."""
    return replace(msgspec.convert(upgrade(msgspec.json.decode(payload), version, AUDITS, name), AuditEntry), sealed=True)


class AuditError(ValueError):
    """An audit segment is not what was written; the message says where."""


def read_audit(data: bytes, name: str) -> tuple[AuditHeader, list[AuditEntry]]:
    """The header and entries, the hash chain checked through them. Raises AuditError, Rejected for a format that cannot be read."""
    first = read_frame(data, 0)
    try:
        version, header = _header(first.payload if first else b"", name)
        assert first is not None
        chain = bytes.fromhex(header.previous)
        entries: list[AuditEntry] = []
        for found in read_frames(data, first.end):
            if not isinstance(found, Frame):
                raise AuditError(f"{name} is damaged at byte {found.offset}")
            entry = _ENTRY.decode(found.payload) if version == FORMAT_VERSION else _upgraded(found.payload, version, name)
            if entry.of == "LOST":
                return header, _lost(data, found, header, entry, name)
            chain = link_digest(chain, bytes.fromhex(entry.digest))
            if entry.record is not None and not entry.sealed and sha256(ENCODER.encode(entry.record)).hexdigest() != entry.digest:
                raise AuditError(f"{name}: record {header.after + len(entries) + 1} was changed")
            entries.append(entry)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise fault if isinstance(fault, AuditError) else AuditError(f"{name} is damaged") from fault
    if len(entries) != header.count or chain.hex() != header.chain:
        raise AuditError(f"{name} does not hold the {header.count} records it names")
    return header, entries


def _lost(data: bytes, found: Frame, header: AuditHeader, entry: AuditEntry, name: str) -> list[AuditEntry]:
    """LOST stands alone, for as many records as the header names: nothing may hide behind it."""
    if found.start != (first.end if (first := read_frame(data, 0)) else 0) or found.end != len(data) or entry.records != header.count:
        raise AuditError(f"{name} is damaged at byte {found.start}")
    return [entry]


def audit_chain(store: Store, sequence: int, codec: Codec) -> bytes | None:
    """The hash chain after ``sequence`` records, from the audit segments; None where they cannot tell."""
    for name in store.names("journal"):
        found = segment_number(name)
        if found is None or found[1] != "audit":
            continue
        try:
            header, entries = read_audit(codec.open_document(name, store.read(name) or b""), name)
        except (AuditError, DamagedError):
            continue
        if any(entry.of == "LOST" for entry in entries):
            continue
        if header.after <= sequence <= header.after + header.count:
            chain = bytes.fromhex(header.previous)
            for entry in entries[:sequence - header.after]:
                chain = link_digest(chain, bytes.fromhex(entry.digest))
            return chain
    return None


def audit_log(store: Store, codec: Codec) -> Iterator[AuditEntry]:
    """Every record ever written, oldest first, the chain checked across segments. Raises AuditError where it does not hold."""
    chain, sequence = START, 0
    names = {found[0]: (name, found[1]) for name in store.names("journal") if (found := segment_number(name)) is not None}
    for number in sorted(names):
        name, kind = names[number]
        data = store.read(name) or b""
        try:
            data = audit_segment(_whole(number, data, name), codec) if kind == "journal" else codec.open_document(name, data)
        except DamagedError as fault:
            raise AuditError(str(fault)) from fault
        header, entries = read_audit(data, name)
        if header.after != sequence or header.previous != chain.hex():
            raise AuditError(f"{name} does not go on from the segment before it")
        chain, sequence = bytes.fromhex(header.chain), sequence + header.count
        yield from entries


def _whole(number: int, data: bytes, name: str) -> Segment:
    segment = read_segment(number, data)
    if segment.header is None or (segment.broken is not None and not segment.broken.torn):
        raise AuditError(f"{name} is damaged")
    return segment
