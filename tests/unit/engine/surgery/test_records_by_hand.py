"""Moving, forgetting, pulling and pushing records, on the engine and the rehearsal cloud."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions
from mcflow.engine.surgery.reading import document, read_document
from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import Owner
from mcflow.state.records import FORMAT_VERSION, Intent
from mcflow.state.upgrade import SNAPSHOTS

Yes = Callable[[Any], bool]
WRITE = ApplyOptions(reason="tidy up")


def refused(code: str) -> Any:
    return pytest.raises(Rejected, match=code)


def test_a_move_and_the_blueprint_moved_along_leave_nothing_to_do(applied: Any, yes: Yes) -> None:
    before = applied.cloud
    changed = api.move_state(applied.project(), "net", "lan", WRITE, yes)
    assert changed.done
    assert {row["to"] for row in changed.proposal.rows} >= {"lan", "lan/vpc"}
    applied.write((applied.folder / "mcflow.yaml").read_text().partition("resources:\n")[2].replace("  net:", "  lan:").replace(
        "resources.net ", "resources.lan "))
    assert applied.plan().empty
    assert applied.cloud.keys() == before.keys()
    assert api.audit(applied.project())[0]["mode"] == "move"
    assert api.audit(applied.project())[0]["reason"] == "tidy up"
    assert api.audit(applied.project())[0]["outcome"] == "done"


def test_one_of_several_moves_alone(applied: Any, yes: Yes) -> None:
    api.move_state(applied.project(), 'store["red"]', 'store["green"]', WRITE, yes)
    assert {'store["green"]', 'store["blue"]'} <= set(applied.state.resources)
    applied.write((applied.folder / "mcflow.yaml").read_text().partition("resources:\n")[2].replace("[red,", "[green,"))
    assert applied.plan().empty


@pytest.mark.parametrize(("old", "new", "code"), [
    ("nte", "lan", "MC0773"), ("net", "app", "MC0775"), ("net", "lan[0]", "MC0775"), ("net", "lan/vpc", "MC0775"),
    ("store", 'box["a"]', "MC0775"), ("net", "net", "MC0775"),
])
def test_what_cannot_move(applied: Any, yes: Yes, old: str, new: str, code: str) -> None:
    before = applied.state
    with refused(code) as told:
        api.move_state(applied.project(), old, new, WRITE, yes)
    assert code != "MC0773" or told.value.diagnostics[0].suggestion is not None
    assert applied.state == before


def test_nothing_moves_to_a_name_the_blueprint_has_for_another_type(applied: Any, yes: Yes) -> None:
    rest = (applied.folder / "mcflow.yaml").read_text().partition("resources:\n")[2]
    applied.write(rest + "  box: {type: bucket}\n")
    with refused("MC0775"):
        api.move_state(applied.project(), "net", "box", WRITE, yes)


def test_a_dry_run_writes_nothing(applied: Any) -> None:
    before = applied.state
    changed = api.move_state(applied.project(), "net", "lan", WRITE, lambda proposal: False)
    assert not changed.done
    assert changed.proposal.rows
    assert applied.state == before
    assert api.audit(applied.project())[0]["mode"] == "apply"


def test_what_is_forgotten_stays_in_the_cloud(applied: Any, yes: Yes) -> None:
    before = applied.cloud
    changed = api.forget(applied.project(), ["store"], WRITE, yes)
    assert {row["address"] for row in changed.proposal.rows} == {'store["red"]/bucket', 'store["blue"]/bucket'}
    assert all(row["id"] in before for row in changed.proposal.rows)
    assert applied.cloud.keys() == before.keys()
    state = applied.state
    assert not [name for name in (*state.natives, *state.resources) if name.startswith("store")]


def test_what_others_need_is_forgotten_only_if_asked(applied: Any, yes: Yes) -> None:
    with refused("MC0776"):
        api.forget(applied.project(), ["net"], WRITE, yes)
    assert api.forget(applied.project(), ["net"], WRITE, yes, force=True).done
    assert "net/vpc" not in applied.state.natives


def test_one_native_of_several_leaves_the_resource(applied: Any, yes: Yes) -> None:
    native = next(name for name in applied.state.resources["app"].natives if name != "app/subnet")
    api.forget(applied.project(), [native], WRITE, yes, force=True)
    assert native not in applied.state.resources["app"].natives
    assert "app/subnet" in applied.state.natives


def test_what_is_pulled_and_pushed_changes_nothing(applied: Any, yes: Yes, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(api.pull_state(applied.project()))
    before = applied.state
    changed = api.push_state(applied.project(), file, WRITE, yes)
    assert (changed.done, changed.proposal.empty) == (False, True)
    assert applied.state == before
    assert document(read_document(file.read_bytes(), "x")) == file.read_bytes()
    assert json.loads(file.read_text()).items() >= {
        "format_version": FORMAT_VERSION, "lineage": before.lineage, "serial": before.serial}.items()


def edited(place: Any, file: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    tree = json.loads(api.pull_state(place.project()))
    edit(tree)
    file.write_text(json.dumps(tree))
    return file


def test_an_edit_is_pushed_as_one_change_and_the_history_is_kept(applied: Any, yes: Yes, tmp_path: Path) -> None:
    def edit(tree: dict[str, Any]) -> None:
        tree["natives"]["net/vpc"]["settings"] = {"prevent_destroy": True}

    serial = applied.state.serial
    changed = api.push_state(applied.project(), edited(applied, tmp_path / "s", edit), WRITE, yes)
    assert [(row["address"], row["change"]) for row in changed.proposal.rows] == [("net/vpc", "changed")]
    assert applied.state.natives["net/vpc"].settings.prevent_destroy
    assert applied.state.serial == serial + 1
    assert [entry["serial"] for entry in api.history(applied.project()).entries] == [serial + 1, serial]
    with refused("MC0777"):
        api.push_state(applied.project(), tmp_path / "s", WRITE, yes)
    assert api.push_state(applied.project(), tmp_path / "s", WRITE, yes, force=True).proposal.empty


@pytest.mark.parametrize(("edit", "code"), [
    (lambda tree: tree.update(lineage="another"), "MC0777"),
    (lambda tree: tree.update(environment="staging"), "MC0777"),
    (lambda tree: tree["natives"].pop("net/vpc"), "MC0778"),
    (lambda tree: tree["natives"].update(other=tree["natives"]["net/vpc"]), "MC0778"),
    (lambda tree: tree["connections"].clear(), "MC0778"),
    (lambda tree: tree.pop("format_version"), "MC0778"),
    (lambda tree: tree.update(serial="many"), "MC0778"),
    (lambda tree: tree.update(format_version=FORMAT_VERSION + 1), "MC0720"),
    (lambda tree: tree["natives"]["net/vpc"]["want"].update(password={"$secret": "v1.00000000.AAAA"}), "MC0779"),
])
def test_what_cannot_be_pushed(applied: Any, yes: Yes, tmp_path: Path, edit: Callable[[dict[str, Any]], None], code: str) -> None:
    before = applied.state
    with refused(code):
        api.push_state(applied.project(), edited(applied, tmp_path / "s", edit), WRITE, yes)
    assert applied.state == before


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff\xfe", b"{", b'{"format_version": 1}'])
def test_what_is_no_document(applied: Any, yes: Yes, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s").write_bytes(data)
    with refused("MC0778"):
        api.push_state(applied.project(), tmp_path / "s", WRITE, yes)


def test_a_document_of_an_earlier_format_is_upgraded(
    applied: Any, yes: Yes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgraded(snapshot: dict[str, Any]) -> dict[str, Any]:
        snapshot["state"]["natives"] = snapshot["state"].pop("things")
        return snapshot

    monkeypatch.setitem(SNAPSHOTS, FORMAT_VERSION - 1, upgraded)
    file = edited(applied, tmp_path / "s", lambda tree: tree.update(format_version=FORMAT_VERSION - 1, things=tree.pop("natives")))
    assert api.push_state(applied.project(), file, WRITE, yes).proposal.empty


def test_a_document_begins_a_state_that_never_was(applied: Any, place: Any, yes: Yes, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    before = applied.state
    file.write_bytes(api.pull_state(applied.project()))
    (tmp_path / ".mcflow").rename(tmp_path / "gone")
    assert api.push_state(applied.project(), file, WRITE, yes).done
    now = applied.state
    assert (now.lineage, now.natives, now.resources) == (before.lineage, before.natives, before.resources)
    assert applied.plan().empty


def test_what_an_open_operation_is_about_is_left_alone(applied: Any, yes: Yes, tmp_path: Path) -> None:
    file = tmp_path / "s"
    file.write_bytes(api.pull_state(applied.project()))
    with applied.project().workspace.lease(Owner(run="r")) as writer:
        writer.append(Intent(op="o", run="r", step="s", address="net/vpc", type="mock.vpc", action="update", connection="cloud"))
    for work in (
        lambda: api.move_state(applied.project(), "net", "lan", WRITE, yes),
        lambda: api.forget(applied.project(), ["net"], WRITE, yes),
        lambda: api.push_state(applied.project(), file, WRITE, yes, force=True),
    ):
        with refused("MC0774"):
            work()


def test_differences_between_serials_files_and_now(applied: Any, yes: Yes, tmp_path: Path) -> None:
    first = str(applied.state.serial)
    file = tmp_path / "before.json"
    file.write_bytes(api.pull_state(applied.project()))
    api.forget(applied.project(), ['store["red"]'], WRITE, yes)
    for left in (first, str(file)):
        rows = api.diff_state(applied.project(), left)
        assert {(row["kind"], row["address"], row["change"]) for row in rows} == {
            ("native", 'store["red"]/bucket', "removed"), ("resource", 'store["red"]', "removed")}
    assert api.diff_state(applied.project(), first, str(file)) == []
    assert {row["change"] for row in api.diff_state(applied.project(), "current", first)} == {"added"}
    for wrong, code in (("999999", "MC0723"), ("nowhere.json", "MC0778")):
        with refused(code):
            api.diff_state(applied.project(), wrong)


def test_secrets_are_compared_by_value_and_never_shown(applied: Any, yes: Yes, tmp_path: Path) -> None:
    project = applied.project()

    def sealed(value: str) -> Callable[[dict[str, Any]], None]:
        return lambda tree: tree["natives"]["net/vpc"]["want"].update(password={"$secret": project.sealer.seal(value)})

    api.push_state(project, edited(applied, tmp_path / "a", sealed("hunter2-sentinel")), WRITE, yes)
    same = edited(applied, tmp_path / "b", sealed("hunter2-sentinel"))
    assert api.diff_state(applied.project(), str(same)) == []
    other = edited(applied, tmp_path / "c", sealed("another-sentinel"))
    row, = api.diff_state(applied.project(), str(other))
    assert row["attributes"] == [{"path": "want.password", "before": "(sensitive)", "after": "(sensitive)"}]
    assert b"sentinel" not in api.pull_state(applied.project())


def test_nobody_holds_the_lock_but_a_run(applied: Any) -> None:
    assert api.lock(applied.project()) is None
    with applied.project().workspace.lease(Owner(who="kim", run="r-1", ci="https://ci.example/1")):
        held = api.lock(applied.project())
        assert held is not None
        assert (held["who"], held["run"], held["ci"]) == ("kim", "r-1", "https://ci.example/1")
