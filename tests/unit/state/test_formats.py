"""Every format ever written is read; upgrades happen under the lease and survive being killed; later formats are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.audit import AuditHeader, read_audit
from mcflow.state.files import Files
from mcflow.state.frames import START, frame, link, read_frames
from mcflow.state.lease import LeaseInfo, Owner
from mcflow.state.mark import Mark, mark_file, read_mark
from mcflow.state.records import FORMAT_VERSION, Done, Ended, Record, Run, State
from mcflow.state.sealing import Sealer
from mcflow.state.segments import ENCODER, Header, read_segment
from mcflow.state.snapshot import Snapshot, encode_snapshot
from mcflow.state.upgrade import AUDITS, RECORDS, SNAPSHOTS
from mcflow.state.workspace import Workspace

GOLDEN = Path(__file__).parents[2] / "golden" / "state"
VERSIONS = [int(path.name[1:]) for path in sorted(GOLDEN.glob("v*"))]
EARLIER = FORMAT_VERSION - 1
Made = Callable[..., list[Record]]


def opened(folder: Path, files: Files | None = None) -> Workspace:
    return Workspace.open(folder, "shop", "default", Sealer(bytes(range(32))), folder=folder / "state", spill_folder=folder / "spill",
                          files=files or Files(), pause=lambda seconds: None)


def private(folder: Path) -> None:
    """As a state's own files are: no version control keeps that."""
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def test_there_is_a_golden_state_of_every_version() -> None:
    assert list(range(1, FORMAT_VERSION + 1)) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_golden_state_is_read_written_and_its_secrets_opened(tmp_path: Path, version: int) -> None:
    shutil.copytree(GOLDEN / f"v{version}" / "state", tmp_path / "state")
    private(tmp_path / "state")
    workspace = opened(tmp_path)
    reading = workspace.read()
    expected = msgspec.json.decode((GOLDEN / f"v{version}" / "expected.json").read_bytes(), type=State)
    assert reading.findings == ()
    assert reading.state == expected
    assert workspace.sealer.unseal(reading.state.natives["db/main"].want["password"]["$secret"]) == "golden-sentinel"
    assert set(reading.state.open) == {"op-6", "op-7"}
    runs = [entry.record.run for entry in workspace.audit() if isinstance(entry.record, Run)]
    assert runs == ["run-1", "run-2"]
    kept = workspace.history()
    assert workspace.snapshot_at(kept[-1].serial).natives
    with workspace.lease(Owner(run="today")) as writer:
        writer.append(Done(op="op-6", id="vpc-1"), Done(op="op-7", id="vpc-7"))
        writer.checkpoint()
    assert opened(tmp_path).read().state.natives["new/vpc"].status == "ready"
    assert len(list(opened(tmp_path).audit())) == 22


class MortalFiles(Files):
    """Real files until the ``left``-th change."""

    left: int | None = None

    def _step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KilledError

    def write(self, fd: int, data: bytes) -> int:
        self._step()
        return super().write(fd, data)

    def write_at(self, fd: int, data: bytes, offset: int) -> int:
        self._step()
        return super().write_at(fd, data, offset)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self._step()
        super().unlink(path)


class KilledError(BaseException):
    """The process dies here."""


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier format, in which natives were things and operations had another name."""
    def snapshot(document: dict[str, Any]) -> dict[str, Any]:
        document["state"]["natives"] = document["state"].pop("things")
        return {**document, "format_version": FORMAT_VERSION}

    def record(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "op": document.pop("operation")} if "operation" in document else document

    monkeypatch.setitem(SNAPSHOTS, EARLIER, snapshot)
    monkeypatch.setitem(RECORDS, EARLIER, record)
    monkeypatch.setitem(AUDITS, EARLIER, lambda document: {**document, "format_version": FORMAT_VERSION})


def written_earlier(folder: Path, made: Made) -> State:
    """A state of the earlier format: what is written today, put into the words of then. Returns what it holds."""
    with opened(folder).lease(Owner(run="r")) as writer:
        writer.append(Run(run="run-1", epoch=1, mode="apply"), *made("a", "net/a"), *made("b", "net/b"), Ended(run="run-1"))
    state = opened(folder).read().state
    root = folder / "state" / "shop" / "default"
    shutil.rmtree(root / "copies", ignore_errors=True)
    path = root / "journal" / "000001.journal"
    lines, chain = [], START
    header = json.loads(ENCODER.encode(Header(number=1, lineage=state.lineage, after=0, previous=START.hex())))
    lines.append(frame(json.dumps({**header, "format_version": EARLIER}).encode(), START, begins=True))
    for found in read_segment(1, path.read_bytes()).frames:
        record = json.loads(found.payload)
        if "op" in record and record["kind"] != "ADOPTED":
            record["operation"] = record.pop("op")
        payload = json.dumps(record).encode()
        chain = link(chain, payload)
        lines.append(frame(payload, chain, begins=found.begins))
    path.write_bytes(b"".join(lines))
    empty = State(name="shop", environment="default", lineage=state.lineage)
    tree = msgspec.to_builtins(Snapshot(sequence=0, chain=START.hex(), segment=1, state=empty))
    tree["format_version"], tree["state"]["things"] = EARLIER, tree["state"].pop("natives", {})
    (root / "snapshot.json").write_bytes(_document(tree))
    mark = read_mark((root.parent / ".heads" / "default").read_bytes())
    assert mark is not None
    later = msgspec.structs.replace(mark, chain=chain.hex(), length=path.stat().st_size, count=0)
    (root.parent / ".heads" / "default").write_bytes(mark_file(later))
    return state


def _document(tree: dict[str, Any]) -> bytes:
    from hashlib import sha256

    body = json.dumps(tree).encode()[1:] + b"\n"
    return b'{"sha256":"' + sha256(body).hexdigest().encode() + b'",' + body


@pytest.mark.usefixtures("earlier")
def test_an_earlier_state_is_read_as_it_is_and_upgraded_by_the_first_lease(tmp_path: Path, made: Made) -> None:
    state = written_earlier(tmp_path, made)
    before = (tmp_path / "state/shop/default/snapshot.json").read_bytes()
    reading = opened(tmp_path).read()
    assert (reading.state.natives, reading.findings) == (state.natives, ())
    assert (tmp_path / "state/shop/default/snapshot.json").read_bytes() == before
    with opened(tmp_path).lease(Owner(run="upgrade")) as writer:
        assert writer.state.natives == state.natives
        writer.append(*made("c", "net/c"))
    root = tmp_path / "state/shop/default"
    versions = {read_segment(int(path.stem), path.read_bytes()).header.format_version  # type: ignore[union-attr]
                for path in root.glob("journal/*.journal")}
    assert versions == {FORMAT_VERSION}
    assert json.loads((root / "snapshot.json").read_bytes())["format_version"] == FORMAT_VERSION
    assert set(opened(tmp_path).read().state.natives) == {"net/a", "net/b", "net/c"}
    assert next(entry.of for entry in opened(tmp_path).audit()) == "RUN"
    assert opened(tmp_path).history()


@pytest.mark.usefixtures("earlier")
def test_an_upgrade_killed_at_every_change_is_no_harm(tmp_path: Path, made: Made) -> None:
    nth, done = 0, False
    while not done:
        folder = tmp_path / str(nth)
        state = written_earlier(folder, made)
        files = MortalFiles()
        files.left = nth
        try:
            with opened(folder, files).lease(Owner(run="upgrade")):
                done = True
        except KilledError:
            pass
        files.left = None
        assert opened(folder).read().state.natives == state.natives
        with opened(folder).lease(Owner(run="again")) as writer:
            writer.append(*made("c", "net/c"))
        assert len(opened(folder).read().state.natives) == 3
        assert len(list(opened(folder).audit())) == 11
        nth += 1
    assert nth > 10


def test_later_formats_are_refused_in_every_document(tmp_path: Path, made: Made) -> None:
    root = tmp_path / "state/shop/default"
    with opened(tmp_path).lease(Owner(run="r")) as writer:
        writer.append(*made("a", "net/a"))
        writer.checkpoint()
        lineage, chain = writer.state.lineage, writer.state.serial
    assert chain
    whole = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    later = Snapshot(format_version=FORMAT_VERSION + 1, sequence=3, chain=START.hex(), segment=2,
                     state=State(name="shop", environment="default", lineage=lineage))
    (root / "snapshot.json").write_bytes(encode_snapshot(later))
    with pytest.raises(Rejected, match="MC0720"):
        opened(tmp_path).read()
    for path, data in whole.items():
        path.write_bytes(data)
    audit = root / "journal" / "000001.audit"
    frames = [found for found in read_frames(audit.read_bytes()) if hasattr(found, "payload")]
    header = msgspec.json.decode(frames[0].payload, type=AuditHeader)
    head = frame(ENCODER.encode(msgspec.structs.replace(header, format_version=FORMAT_VERSION + 1)), START, begins=True)
    with pytest.raises(Rejected, match="MC0720"):
        read_audit(head + audit.read_bytes()[frames[0].end:], "x")


def test_marks_and_leases_grow_by_fields_that_may_be_missing() -> None:
    lease = msgspec.json.decode(b'{"owner": "x", "epoch": 3, "color": "red"}', type=LeaseInfo)
    assert (lease.owner, lease.epoch, lease.lasts) == ("x", 3, 0.0)
    line = json.dumps({"lineage": "l", "chain": START.hex(), "color": "red"}).encode()
    found = read_mark(frame(line, START, begins=True).ljust(512))
    assert found == Mark(lineage="l", chain=START.hex())
