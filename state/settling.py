"""Settling: what loading found to be repaired is repaired, under the lease, before anything is appended."""

from __future__ import annotations

from mcflow.state.codec import Codec
from mcflow.state.frames import START
from mcflow.state.journal import Journal
from mcflow.state.loading import ASIDE, Loaded
from mcflow.state.segments import Header, begin_segment, journal_name, read_segment
from mcflow.state.stores.store import Store


def settle(store: Store, codec: Codec, fence: int, loaded: Loaded) -> Journal:
    """Repair the journal's end and bring spilled records into it; returns the journal to go on with. Raises OSError, JournalFailed."""
    if loaded.fresh:
        return Journal(store, codec, fence, loaded.state.lineage, 0, 0, loaded.sequence, loaded.chain)
    for number, data in loaded.restored.items():
        store.put(journal_name(number), data, fence=fence)
    for number, after in loaded.headless.items():
        _restore_header(store, fence, loaded, number, after)
    _repair_end(store, codec, fence, loaded)
    end = loaded.sequence - len(loaded.spilled)
    journal = Journal(
        store, codec, fence, loaded.state.lineage, loaded.segment, loaded.length, end, loaded.chains.get(end, START))
    if loaded.segment == 0:
        assert loaded.snapshot is not None
        journal.begin(loaded.snapshot.segment)
    for payload in loaded.spilled:
        journal.restore(payload)
    journal.commit()
    if loaded.spill_seen:
        for index, (_, data) in enumerate(loaded.strange):
            keep(store, codec, f"{ASIDE}/{loaded.sequence:010d}-{index}.spill", loaded.state.lineage, data, fence)
        store.clear_spill(fence=fence)
    return journal


def _restore_header(store: Store, fence: int, loaded: Loaded, number: int, after: int) -> None:
    segment = read_segment(number, store.read(journal_name(number)) or b"")
    header = begin_segment(Header(number=number, lineage=loaded.state.lineage, after=after, previous=loaded.chains.get(after, START).hex()))
    body = segment.data[segment.body:segment.length]
    if body and not body.endswith(b"\n"):
        body += b"\n"
    store.put(journal_name(number), header + body, fence=fence)
    if number == loaded.segment:
        loaded.length, loaded.unended = len(header) + len(body), False


def _repair_end(store: Store, codec: Codec, fence: int, loaded: Loaded) -> None:
    name = journal_name(loaded.segment)
    if loaded.torn is not None:
        aside, data = loaded.torn
        keep(store, codec, aside, loaded.state.lineage, data, fence)
        store.append(name, b"", at=loaded.length, fence=fence)
    elif loaded.unended:
        store.append(name, b"\n", at=loaded.length, fence=fence)
        loaded.length += 1


def keep(store: Store, codec: Codec, name: str, lineage: str, data: bytes, fence: int) -> None:
    """Write a document as the state's documents are written: encrypted, if they are. Raises OSError, LeaseLost."""
    store.put(name, codec.seal_document(name, lineage, data), fence=fence)
