"""An encrypted state: nothing of it can be read, changed or moved without the key, and everything else is as it was in clear."""

from __future__ import annotations

import base64
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.unit.state.conftest import KEY, FailingFiles
from tests.unit.state.test_state_secrets import encodings

from mcflow.model.diagnostic import Rejected
from mcflow.state.frames import frame, link, read_frame
from mcflow.state.keys.configured import sealer
from mcflow.state.keys.document import KeysDocument, decode_keys
from mcflow.state.lease import Owner
from mcflow.state.mark import mark_file, read_mark
from mcflow.state.records import Done, Ended, Intent, Record, Run, State
from mcflow.state.segments import read_segment
from mcflow.state.snapshot import history_entry
from mcflow.state.workspace import Reading, Workspace
from mcflow.state.writer import Writer

TEXT = base64.b64encode(KEY).decode()
OTHER = base64.b64encode(bytes(reversed(range(32)))).decode()
ENVIRON = {"K": TEXT, "OTHER": OTHER}
TOLD = ("net/vpc", "net/gateway", "net/route", "mock.vpc", "10.0.0.0/16", "id-a", "id-b", "lab", "cidr", "INTENT", "Kim Possible")


Make = Callable[..., Workspace]
Made = Callable[..., list[Record]]


@pytest.fixture
def make(tmp_path: Path, files: FailingFiles) -> Make:
    def build(
        key: str = "env:K", *, encrypt: bool = True, previous: tuple[str, ...] = (), name: str = "shop", **options: object
    ) -> Workspace:
        found = sealer(key, ENVIRON, None, f"{name}/default", previous=previous)
        options = {"files": files, "spill_folder": tmp_path / "second", **options}
        return Workspace.open(tmp_path, name, "default", found, pause=lambda seconds: None, encrypt=encrypt, **options)  # type: ignore[arg-type]

    return build


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / ".mcflow" / "state" / "shop" / ".heads" / "default"


def copy(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)


def fill(writer: Writer, run: Run, made: Made, intent: Callable[..., Intent]) -> State:
    """A snapshot, an audit segment, a history, a live segment with three commits and an open operation."""
    writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
    writer.checkpoint()
    writer.append(run, *made("b", "net/gateway"))
    writer.commit()
    writer.append(intent("c", "net/route"))
    writer.commit()
    writer.append(Ended(run="run-1"))
    writer.commit()
    return copy(writer.state)


@pytest.fixture
def state(make: Make, owner: Owner, run: Run, made: Made, intent: Callable[..., Intent]) -> State:
    with make().lease(owner) as writer:
        return fill(writer, msgspec.structs.replace(run, who="Kim Possible"), made, intent)


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in ("lease", "lock"):
            yield path, path.read_bytes()


def hits(folder: Path) -> list[str]:
    found = []
    for path, data in contents(folder):
        with_unpacked = data + (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else b"")
        found += [f"{path.name}: {text}" for text in TOLD for form in encodings(text) if len(form) > 4 and form in with_unpacked]
    return found


def outcome(workspace: Workspace) -> Reading | str:
    try:
        return workspace.read()
    except Rejected as refused:
        return refused.diagnostics[0].code


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def test_nothing_of_the_state_is_in_its_files(
    tmp_path: Path, make: Make, state: State, files: FailingFiles, owner: Owner, made: Made
) -> None:
    assert hits(tmp_path) == []
    # Nor in what a full disk forces out of the journal, nor in what a crash left.
    writer = make().lease(owner)
    files.arm(0)
    writer.append(*made("d", "net/vpc"))
    with pytest.raises(Rejected):
        writer.commit()
    files.disarm()
    writer.spill(Done(op="c", id="id-a"))
    with pytest.raises(Rejected):
        writer.commit()
    writer._hold.release(0)
    assert hits(tmp_path) == []
    reading = make().read()
    assert "MC0716" in codes(reading)
    assert {"net/vpc", "net/route"} <= set(reading.state.natives)
    with make().lease(owner) as writer:
        writer.checkpoint()
    assert hits(tmp_path) == []


def test_the_search_finds_what_is_in_clear(
    tmp_path: Path, make: Make, owner: Owner, run: Run, made: Made, intent: Callable[..., Intent]
) -> None:
    with make(encrypt=False).lease(owner) as writer:
        fill(writer, run, made, intent)
    assert hits(tmp_path)


def test_it_reads_as_it_was_written(make: Make, state: State) -> None:
    reading = make().read()
    assert (reading.state, reading.findings) == (state, ())
    entry = make().history()[0]
    assert make().snapshot_at(entry.serial).natives.keys() == {"net/vpc"}
    assert [entry.of for entry in make().audit()].count("INTENT") == 3
    assert make(encrypt=False).read().state == state, "reading needs the key, not the switch"


def test_another_key_is_told_as_such_everywhere(make: Make, state: State) -> None:
    assert outcome(make("env:OTHER")) == "MC0736"
    with pytest.raises(Rejected) as refused:
        make("env:OTHER").snapshot_at(make().history()[0].serial)
    assert refused.value.diagnostics[0].code == "MC0736"
    with pytest.raises(Rejected) as refused:
        list(make("env:OTHER").audit())
    assert refused.value.diagnostics[0].code == "MC0736"
    assert not any(text in str(refused.value) for text in ENVIRON.values())
    assert make("env:OTHER", previous=("env:K",)).read().state == state


def test_no_key_is_asked_for_without_a_need(tmp_path: Path, owner: Owner, run: Run, made: Made) -> None:
    nowhere = sealer("env:NOTHING", {}, None, "shop/default", previous=("file:/nowhere",))
    workspace = Workspace.open(tmp_path, "shop", "default", nowhere, spill_folder=tmp_path / "second")
    with workspace.lease(owner) as writer:
        writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
        writer.checkpoint()
    assert workspace.read().findings == ()
    assert not list(tmp_path.rglob("keys*.json"))


def test_writing_in_clear_to_an_encrypted_state_is_refused(make: Make, state: State, owner: Owner) -> None:
    with pytest.raises(Rejected) as refused:
        make(encrypt=False).lease(owner)
    assert refused.value.diagnostics[0].code == "MC0768"
    assert make().read().state == state


def damaged(data: bytes, step: int) -> Iterator[bytes]:
    """Each ``step``-th byte with one bit changed, and cut at every third of these; in the long form every byte and every length."""
    step = 1 if "MCFLOW_EXPLORE" in os.environ else step
    for at in range(0, len(data), step):
        yield data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1:]
    for end in range(0, len(data), step * 3 - (step == 1) * 2):
        yield data[:end]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["snapshot.json", "journal", "history", "keys.json", "keys.copy.json", "mark"])
def test_every_changed_byte_is_noticed_or_does_no_harm(
    tmp_path: Path, make: Make, state: State, root: Path, mark: Path, what: str, request: pytest.FixtureRequest
) -> None:
    paths = [mark] if what == "mark" else [path for path in root.rglob("*") if path.is_file() and what in str(path.relative_to(root))]
    assert paths
    for path in paths:
        whole = path.read_bytes()
        for data in damaged(whole, 7):
            path.write_bytes(data)
            found = outcome(make())
            assert isinstance(found, str) or found.state == state, (path, data)
        path.write_bytes(whole)


def test_a_changed_history_or_audit_segment_is_never_taken(make: Make, state: State, root: Path) -> None:
    entry = make().history()[0]
    path = root / entry.name
    whole = path.read_bytes()
    for data in damaged(whole, 11):
        path.write_bytes(data)
        with pytest.raises(Rejected) as refused:
            make().snapshot_at(entry.serial)
        assert refused.value.diagnostics[0].code == "MC0724"
    path.write_bytes(whole)
    audit = next(root.rglob("*.audit"))
    whole = audit.read_bytes()
    for data in damaged(whole, 11):
        audit.write_bytes(data)
        with pytest.raises(Rejected) as refused:
            list(make().audit())
        assert refused.value.diagnostics[0].code == "MC0719"


def forge(path: Path, mark: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """A journal whose payloads are others, with checksums, hash chain and head mark made to fit: what needs no key."""
    segment = read_segment(2, path.read_bytes())
    assert segment.header is not None
    payloads = change([found.payload for found in segment.frames])
    chain, data = bytes.fromhex(segment.header.previous), segment.data[:segment.body]
    for payload in payloads:
        chain = link(chain, payload)
        data += frame(payload, chain, begins=True)
    path.write_bytes(data)
    found = read_mark(mark.read_bytes())
    assert found is not None
    sequence = segment.header.after + len(payloads)
    mark.write_bytes(mark_file(msgspec.structs.replace(found, sequence=sequence, chain=chain.hex(), length=len(data))))


@pytest.mark.parametrize("change", [
    lambda payloads: [payloads[1], payloads[0], *payloads[2:]],
    lambda payloads: [*payloads, payloads[-1]],
    lambda payloads: payloads[1:],
    lambda payloads: [*payloads[:-1], msgspec.json.encode(Ended(run="forged"))],
    lambda payloads: [*payloads[:-1], payloads[-1][:-4] + b"AAA="],
    lambda payloads: [*payloads[:-1], payloads[-1][:40]],
], ids=["reordered", "repeated", "dropped", "in clear", "edited", "cut"])
def test_a_forged_journal_is_refused_though_everything_public_fits(
    make: Make, state: State, root: Path, mark: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    forge(root / "journal" / "000002.journal", mark, change)
    assert outcome(make()) == "MC0766"


def test_a_document_of_another_name_or_state_or_in_clear_is_not_taken(
    tmp_path: Path, make: Make, state: State, root: Path, owner: Owner, run: Run, made: Made
) -> None:
    kept = next((root / "history").iterdir())
    snapshot = root / "snapshot.json"
    whole = snapshot.read_bytes()
    snapshot.write_bytes(kept.read_bytes())
    assert codes(make().read()) == ["MC0711"], "the history's own copy heals it"
    with make(name="other").lease(owner) as writer:
        writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
        writer.checkpoint()
    snapshot.write_bytes((tmp_path / ".mcflow/state/other/default/snapshot.json").read_bytes())
    assert codes(make().read()) == ["MC0711"]
    clear = make().codec
    clear.attach(make().store)
    snapshot.write_bytes(clear.open_document("snapshot.json", whole))
    assert codes(make().read()) == ["MC0711"]
    assert make().read().state == state
    # The whole of another state in place of this one, mark and keys included.
    shutil.rmtree(root.parent)
    shutil.copytree(tmp_path / ".mcflow/state/other", root.parent)
    assert isinstance(outcome(make()), str)


def test_a_state_in_clear_is_encrypted_whole_by_the_next_write(
    tmp_path: Path, make: Make, owner: Owner, run: Run, made: Made, intent: Callable[..., Intent]
) -> None:
    with make(encrypt=False).lease(owner) as writer:
        before = fill(writer, run, made, intent)
    assert codes(make().read()) == ["MC0767"]
    with make().lease(owner) as writer:
        assert "MC0767" in [finding.code for finding in writer.findings]
    assert hits(tmp_path) == []
    reading = make().read()
    assert (reading.findings, reading.state.natives, reading.state.open) == ((), before.natives, before.open)
    assert len(make().history()) == 1 + 1
    assert [entry.of for entry in make().audit()].count("INTENT") == 3


class Killed(BaseException):
    """The process ends here."""


class MortalFiles(FailingFiles):
    """Dies at the n-th changing call."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def _count(self) -> None:
        self.calls += 1
        if self.calls > self.at:
            raise Killed

    def write(self, fd: int, data: bytes) -> int:
        self._count()
        return super().write(fd, data)

    def rename(self, old: Path, new: Path) -> None:
        self._count()
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self._count()
        super().unlink(path)


def every_kill(act: Callable[[MortalFiles], None], restore: Callable[[], None], check: Callable[[], None]) -> int:
    """Act, killed at its first write, its fourth … (in the long form at each), until it comes through; check after each. Returns how many
    writes there were.
    """
    for at in range(0, 2000, 1 if "MCFLOW_EXPLORE" in os.environ else 3):
        restore()
        files = MortalFiles(at)
        try:
            act(files)
        except Killed:
            check()
        else:
            check()
            return at
    raise AssertionError("it never comes through")


@pytest.mark.slow
def test_killed_at_any_write_of_the_first_encryption_it_is_whole_and_the_next_finishes(
    tmp_path: Path, make: Make, owner: Owner, run: Run, made: Made, intent: Callable[..., Intent]
) -> None:
    with make(encrypt=False).lease(owner) as writer:
        before = fill(writer, run, made, intent)
    shutil.copytree(tmp_path / ".mcflow", tmp_path / "clear")

    def restore() -> None:
        shutil.rmtree(tmp_path / ".mcflow")
        shutil.copytree(tmp_path / "clear", tmp_path / ".mcflow")

    def act(files: MortalFiles) -> None:
        make(files=files).lease(owner).close()

    def check() -> None:
        assert make().read().state.natives == before.natives
        with make().lease(owner) as writer:
            assert (writer.state.natives, writer.state.open) == (before.natives, before.open)
        assert make().read().findings == ()
        assert hits(tmp_path / ".mcflow") == []
        assert [entry.of for entry in make().audit()].count("INTENT") == 3

    assert every_kill(act, restore, check) > 20


def test_the_mark_and_the_names_are_all_that_is_readable(make: Make, state: State, root: Path, mark: Path) -> None:
    found = read_mark(mark.read_bytes())
    assert found is not None
    assert found.lineage == state.lineage
    assert all(history_entry(f"history/{path.name}") for path in (root / "history").iterdir())
    header = read_frame((root / "journal" / "000002.journal").read_bytes(), 0)
    assert header is not None
    assert set(msgspec.json.decode(header.payload)) == {"kind", "format_version", "number", "lineage", "after", "previous"}
    keys = decode_keys((root / "keys.json").read_bytes())
    assert keys == KeysDocument(sealed=make().sealer.key_id, intent="encrypt")


def test_a_lost_keys_document_is_made_again_where_the_key_is_configured_itself(make: Make, state: State, root: Path, owner: Owner) -> None:
    for path in root.glob("keys*"):
        path.unlink()
    assert make().read().state == state
    make().lease(owner).close()
    assert len(list(root.glob("keys*"))) == 2
    (root / "keys.json").write_bytes(b"x")
    assert codes(make().read()) == ["MC0771"]
    make().lease(owner).close()
    assert make().read().findings == ()
    for path in root.glob("keys*"):
        path.write_bytes(b"x")
    assert outcome(make()) == "MC0769"
