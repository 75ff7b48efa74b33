"""A state read, leased, written, folded away and read again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.unit.state.conftest import FailingFiles

from mcflow.model.diagnostic import Rejected
from mcflow.state.files import Files
from mcflow.state.lease import Owner
from mcflow.state.records import Done, Ended, Failed, Identified, Intent, Record, Recorded, Run, State
from mcflow.state.snapshot import KEPT
from mcflow.state.workspace import Workspace


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_reading_a_state_that_never_was_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    reading = workspace.read()
    assert (reading.state.serial, reading.findings, reading.holder, reading.sweep) == (0, (), None, False)
    assert reading.state.lineage == workspace.read().state.lineage
    assert not (tmp_path / ".mcflow").exists()


def test_what_was_committed_is_there_and_what_was_not_is_not(
    workspace: Workspace, make: Callable[..., Workspace], owner: Owner, run: Run, made: Callable[..., list[Record]],
    intent: Callable[..., Intent],
) -> None:
    writer = workspace.lease(owner)
    writer.append(run, *made("a", "net/vpc"))
    writer.commit()
    writer.append(intent("b", "net/gateway"))
    assert "b" in writer.state.open
    seen = make().read()
    assert set(seen.state.natives) == {"net/vpc"}
    assert seen.state.open == {}
    assert seen.holder is not None
    assert seen.holder.who == "kim"
    writer.commit()
    assert make().read().state == writer.state
    writer.close()
    reading = make().read()
    assert reading.state == writer.state
    assert reading.holder is None
    assert reading.state.serial == 4


def test_leaving_the_lease_commits(
    workspace: Workspace, make: Callable[..., Workspace], owner: Owner, intent: Callable[..., Intent]
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(intent("a"))
    assert set(make().read().state.open) == {"a"}


def test_reading_never_writes(
    workspace: Workspace, tmp_path: Path, owner: Owner, made: Callable[..., list[Record]], root: Path
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
    journal = root / "journal" / "000001.journal"
    journal.write_bytes(journal.read_bytes() + b"torn")
    before = everything(tmp_path)
    workspace.read()
    workspace.history()
    assert everything(tmp_path) == before


def test_one_write_and_one_sync_for_all_that_was_appended(
    workspace: Workspace, owner: Owner, intent: Callable[..., Intent], monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.lease(owner) as writer:
        calls: list[str] = []
        real_write, real_sync = Files.write, Files.sync
        monkeypatch.setattr(Files, "write", lambda self, fd, data: calls.append("write") or real_write(self, fd, data))
        monkeypatch.setattr(Files, "sync", lambda self, fd: calls.append("sync") or real_sync(self, fd))
        writer.append(*(intent(f"op-{n}", f"n/{n}") for n in range(50)))
        writer.commit()
        assert calls == ["write", "sync"]
        writer.commit()
        assert calls == ["write", "sync"], "nothing appended, nothing written"


def test_the_run_record_is_stamped_with_epoch_and_chain(workspace: Workspace, owner: Owner, run: Run) -> None:
    with workspace.lease(owner) as writer:
        writer.append(run)
        writer.append(Ended(run="run-1"), run)
    entries = [entry.record for entry in workspace.audit() if isinstance(entry.record, Run)]
    assert [entry.epoch for entry in entries] == [writer.epoch, writer.epoch]
    assert entries[0].previous == "00" * 32
    assert entries[1].previous not in ("", "00" * 32)


@pytest.mark.parametrize("wrong", [Done(op="never"), Identified(op="never", id="x"), Failed(op="never")])
def test_the_end_of_an_operation_that_is_not_open_is_a_mistake(workspace: Workspace, owner: Owner, wrong: Record) -> None:
    with workspace.lease(owner) as writer, pytest.raises(ValueError, match="never is not open"):
        writer.append(wrong)


def test_an_operation_is_begun_once(workspace: Workspace, owner: Owner, intent: Callable[..., Intent]) -> None:
    with workspace.lease(owner) as writer:
        writer.append(intent("a"))
        with pytest.raises(ValueError, match="open already"):
            writer.append(intent("a"))


def test_a_checkpoint_folds_the_journal_away(
    workspace: Workspace, make: Callable[..., Workspace], owner: Owner, run: Run, made: Callable[..., list[Record]], root: Path
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
        writer.checkpoint()
        assert sorted(os.listdir(root / "journal")) == ["000001.audit", "000002.journal"]
        writer.append(*made("b", "net/gateway"))
    reading = make().read()
    assert reading.findings == ()
    assert reading.state == writer.state
    assert [entry.of for entry in workspace.audit()] == ["RUN", "INTENT", "IDENTIFIED", "DONE", "ENDED", "INTENT", "IDENTIFIED", "DONE"]


def test_a_segment_with_an_open_intent_keeps_its_request_until_it_ends(
    workspace: Workspace, owner: Owner, intent: Callable[..., Intent], root: Path
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(intent("a"))
        writer.checkpoint()
        assert (root / "journal" / "000001.journal").exists()
    with workspace.lease(owner) as writer:
        assert set(writer.state.open) == {"a"}
        writer.append(Done(op="a", id="i"))
        writer.checkpoint()
        assert sorted(os.listdir(root / "journal")) == ["000001.audit", "000002.audit", "000003.journal"]
    assert workspace.read().findings == ()


def test_an_audit_segment_holds_no_request(workspace: Workspace, owner: Owner, made: Callable[..., list[Record]], root: Path) -> None:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc", request={"user_data": "what-was-sent"}))
        assert b"what-was-sent" not in (root / "snapshot.json").read_bytes()
        writer.commit()
        assert b"what-was-sent" in (root / "journal" / "000001.journal").read_bytes()
        writer.checkpoint()
    audit = (root / "journal" / "000001.audit").read_bytes()
    assert b"what-was-sent" not in audit
    assert b'"op":"a"' in audit


def test_a_checkpoint_without_news_does_nothing(
    workspace: Workspace, tmp_path: Path, owner: Owner, made: Callable[..., list[Record]]
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
        writer.checkpoint()
        before = everything(tmp_path)
        writer.checkpoint()
        assert everything(tmp_path) == before


def test_the_history_keeps_the_last_twenty_and_gives_them_back(
    workspace: Workspace, owner: Owner, made: Callable[..., list[Record]]
) -> None:
    states: dict[int, State] = {}
    with workspace.lease(owner) as writer:
        for n in range(KEPT + 3):
            writer.append(*made(f"op-{n}", f"n/{n}"))
            writer.checkpoint()
            states[writer.state.serial] = msgspec.json.decode(msgspec.json.encode(writer.state), type=State)
    entries = workspace.history()
    assert [entry.serial for entry in entries] == sorted(states, reverse=True)[:KEPT]
    assert {entry.run for entry in entries} == {"run-1"}
    for entry in entries:
        assert workspace.snapshot_at(entry.serial) == states[entry.serial]
    with pytest.raises(Rejected, match="MC0723"):
        workspace.snapshot_at(3)


def test_runs_that_change_nothing_do_not_push_history_out(
    workspace: Workspace, owner: Owner, run: Run, made: Callable[..., list[Record]]
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
        writer.checkpoint()
        for _ in range(3):
            writer.append(run, Ended(run="run-1"))
            writer.checkpoint()
    assert [entry.serial for entry in workspace.history()] == [3]


def test_each_environment_is_a_state_of_its_own(make: Callable[..., Workspace], owner: Owner, made: Callable[..., list[Record]]) -> None:
    one, two = make(environment="one"), make(environment="two")
    with one.lease(owner) as first, two.lease(owner) as second:
        first.append(*made("a", "net/vpc"))
        second.append(*made("b", "other/vpc"))
    assert set(one.read().state.natives) == {"net/vpc"}
    assert set(two.read().state.natives) == {"other/vpc"}
    assert one.read().state.lineage != two.read().state.lineage


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", ".heads", "-x", "a\0b", "a b"])
def test_a_name_that_leads_elsewhere_is_refused(make: Callable[..., Workspace], name: str) -> None:
    with pytest.raises(Rejected, match="MC0742"):
        make(environment=name)


def test_a_saved_plans_lineage_becomes_the_new_states(workspace: Workspace, make: Callable[..., Workspace], owner: Owner) -> None:
    with workspace.lease(owner, lineage="as-planned") as writer:
        assert writer.state.lineage == "as-planned"
    assert make().read().state.lineage == "as-planned"
    with make().lease(owner, lineage="another") as writer:
        assert writer.state.lineage == "as-planned"


def test_threads_share_commits_and_lose_nothing(
    workspace: Workspace, make: Callable[..., Workspace], owner: Owner, made: Callable[..., list[Record]]
) -> None:
    with workspace.lease(owner) as writer:
        def work(thread: int) -> None:
            for n in range(20):
                writer.append(*made(f"{thread}-{n}", f"n{thread}/r{n}"))
                writer.commit()

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.checkpoint()
    reading = make().read()
    assert len(reading.state.natives) == 160
    assert reading.findings == ()
    assert sum(1 for _ in workspace.audit()) == 480


def test_a_reader_beside_a_busy_writer_always_sees_a_whole_state(
    workspace: Workspace, make: Callable[..., Workspace], owner: Owner, made: Callable[..., list[Record]]
) -> None:
    stop = threading.Event()
    seen: list[int] = []
    problems: list[object] = []

    def watch() -> None:
        reader = make()
        while not stop.is_set():
            try:
                reading = reader.read()
            except Rejected as fault:
                problems.append(fault)
                return
            seen.append(reading.state.serial)
            problems.extend(reading.findings)

    with workspace.lease(owner) as writer:
        thread = threading.Thread(target=watch)
        thread.start()
        for n in range(40):
            writer.append(*made(f"op-{n}", f"n/{n}"))
            writer.commit()
            if n % 5 == 0:
                writer.checkpoint()
        stop.set()
        thread.join()
    assert problems == []
    assert seen == sorted(seen)


def test_private_files_and_folders_whatever_the_umask(
    workspace: Workspace, tmp_path: Path, owner: Owner, made: Callable[..., list[Record]]
) -> None:
    before = os.umask(0)
    try:
        with workspace.lease(owner) as writer:
            writer.append(*made("a", "net/vpc"))
            writer.checkpoint()
    finally:
        os.umask(before)
    modes = {str(path): path.stat().st_mode & 0o777 for path in (tmp_path / ".mcflow").rglob("*")}
    assert all(mode == (0o700 if Path(path).is_dir() else 0o600) for path, mode in modes.items())
    assert (tmp_path / ".mcflow").stat().st_mode & 0o777 == 0o700


def test_what_the_system_refuses_is_a_diagnostic(
    workspace: Workspace, files: FailingFiles, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, flags: int, mode: int = 0o600) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    with workspace.lease(owner):
        pass
    monkeypatch.setattr(files, "open", refuse)
    with pytest.raises(Rejected, match="MC0743"):
        workspace.read()
    with pytest.raises(Rejected, match="MC0743"):
        workspace.lease(owner)


def test_facts_without_a_mutation_are_kept(workspace: Workspace, make: Callable[..., Workspace], owner: Owner) -> None:
    from mcflow.model.record import OutputRecord

    with workspace.lease(owner) as writer:
        writer.append(Recorded(outputs={"url": OutputRecord("http://x")}))
    assert make().read().state.outputs["url"].value == "http://x"
