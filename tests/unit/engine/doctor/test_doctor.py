"""The doctor: every difference is named with what to do; nothing is written unless asked; only what is proven is mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api
from mcflow.engine.doctor import Check, Examination
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.state.lease import Owner
from mcflow.state.records import Failed, Intent, Recorded, Run

NET = """
resources:
  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
  notes: {type: bucket}
"""


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    made.write(NET)
    made.apply()
    return made


def examined(shop: Shop, *, fix: bool = False) -> Examination:
    return api.examine(shop.project(), ApplyOptions(), fix=fix)


def wrong(found: Examination) -> list[Check]:
    return [each for each in found.checks if each.health in ("warn", "error")]


def cloud(shop: Shop) -> Any:
    project = shop.project()
    return project.sessions(project.workspace.read().state).get("cloud").session.cloud


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and ".db" not in path.name}


def killed_apply(shop: Shop, point: str) -> None:
    def probe(at: str, step: str) -> None:
        if at == point:
            raise Killed

    with pytest.raises(Killed):
        api.apply(shop.project(), None, PlanOptions(), ApplyOptions(parallelism=1, probe=probe), lambda plan: True)


def test_all_is_well_and_nothing_is_written(shop: Shop) -> None:
    before = bytes_of(shop.folder / ".mcflow" / "state")
    found = examined(shop)
    assert wrong(found) == []
    assert found.health == "ok"
    names = {each.name for each in found.checks}
    assert {"state", "lock", "history", "audit log", "secrets", "files", "version", "connection cloud", "drivers", "open operations",
            "objects", "marks"} <= names
    assert bytes_of(shop.folder / ".mcflow" / "state") == before


def test_a_state_that_was_never_written_is_well(tmp_path: Path) -> None:
    fresh = Shop(tmp_path)
    fresh.write(NET)
    assert examined(fresh).health == "ok"
    assert examined(fresh, fix=True).fixed == ()
    assert not (tmp_path / ".mcflow" / "state").exists()


def test_what_somebody_removed_or_changed_is_named(shop: Shop) -> None:
    net, notes = shop.native("net/vpc"), shop.native("notes/bucket")
    cloud(shop).delete("bucket", notes.id)
    cloud(shop).modify("vpc", net.id, {}, tags={"who": "somebody"})
    found = {each.address: each for each in examined(shop).checks if each.address}
    assert "not in the cloud" in found["notes/bucket"].message
    assert "mcflow forget notes/bucket" in found["notes/bucket"].commands


def test_what_carries_our_mark_and_is_not_in_the_state_is_named_with_its_operation(shop: Shop) -> None:
    lineage = api.read_state(shop.project()).state.lineage
    op = shop.native("net/vpc").op
    copy = cloud(shop).create("vpc", {"cidr_block": "10.9.0.0/16"}, tags={"mcflow-state": lineage, "mcflow-op": op})
    stray, = (each for each in examined(shop).checks if each.name == "marks")
    assert stray.code == "MC0839"
    assert copy.id in stray.message
    assert "net/vpc" in stray.message
    assert f"mcflow import ADDRESS {copy.id}" in stray.commands
    assert examined(shop, fix=True).fixed == (), "a copied tag proves nothing"


def test_what_was_left_open_is_told_and_settled_by_fix(shop: Shop) -> None:
    shop.write(NET + "  more: {type: bucket}\n")
    killed_apply(shop, "call returned")
    left, = (each for each in examined(shop).checks if each.name == "open operations")
    assert left.health == "warn"
    assert "more/bucket" in left.message
    assert "mcflow doctor --fix" in left.commands
    fixed = examined(shop, fix=True)
    assert fixed.fixed == ("create of more/bucket: adopted",)
    assert wrong(fixed) == []
    assert shop.plan().empty


def failed_create(shop: Shop, copies: int = 1, mode: str = "apply") -> list[str]:
    """A create that was taken for failed, and was carried out even so (``copies`` times). The ids."""
    lineage = api.read_state(shop.project()).state.lineage
    intent = Intent(
        op="0f" * 16, run="r", step="s", address="more/vpc", type="mock.vpc", action="create", connection="cloud", driver="mock")
    with shop.project().workspace.lease(Owner(who="t", run="r")) as writer:
        writer.append(Run(run="r", epoch=writer.state.epoch, mode=mode))
        writer.append(intent)
        writer.append(Failed(op=intent.op))
        writer.checkpoint()
    tags = {"mcflow-state": lineage, "mcflow-op": intent.op}
    return [cloud(shop).create("vpc", {"cidr_block": "10.8.0.0/16"}, tags=tags).id for _ in range(copies)]


def test_an_exact_orphan_of_ours_is_taken_back(shop: Shop) -> None:
    """The audit log has the operation, and nothing came of it; then something did."""
    made, = failed_create(shop)
    stray, = (each for each in examined(shop).checks if each.name == "marks")
    assert made in stray.message
    found = examined(shop, fix=True)
    assert found.fixed == (f"mock.vpc {made} is more/vpc again",)
    assert shop.native("more/vpc").id == made
    assert not [each for each in found.checks if each.name == "marks" and each.health != "ok"]


def test_what_was_forgotten_on_purpose_is_not_taken_back(shop: Shop) -> None:
    """The blueprint may have it no more: taken back, the next apply would destroy what somebody wanted to keep."""
    assert api.forget(shop.project(), ["notes"], ApplyOptions(), lambda proposal: True).done
    assert examined(shop, fix=True).fixed == ()
    assert "notes/bucket" not in api.read_state(shop.project()).state.natives


def test_an_operation_that_a_person_ended_is_not_taken_back(shop: Shop) -> None:
    failed_create(shop, mode="forget")
    assert examined(shop, fix=True).fixed == ()


def test_two_orphans_of_one_operation_are_left_to_people(shop: Shop) -> None:
    failed_create(shop, copies=2)
    assert examined(shop, fix=True).fixed == ()


def test_a_tainted_native_is_named(shop: Shop) -> None:
    from msgspec.structs import replace

    with shop.project().workspace.lease(Owner(who="t", run="t")) as writer:
        writer.append(Recorded(natives={"net/vpc": replace(writer.state.natives["net/vpc"], status="tainted")}))
        writer.checkpoint()
    assert [each.address for each in wrong(examined(shop))] == ["net/vpc"]


def test_a_connection_that_means_another_account_is_an_error(shop: Shop) -> None:
    text = (shop.folder / "mcflow.yaml").read_text()
    (shop.folder / "mcflow.yaml").write_text(text.replace(f"account: {shop.account}", "account: another"))
    found = examined(shop)
    assert found.health == "error"
    assert [each.code for each in wrong(found)] == ["MC0633"]


def test_files_that_others_can_read_are_named(shop: Shop) -> None:
    state = next((shop.folder / ".mcflow" / "state").rglob("journal"))
    kept = next(state.iterdir())
    kept.chmod(0o644)
    found = examined(shop)
    assert any("others may read" in each.message or each.name == "state" for each in wrong(found))


def test_a_state_that_cannot_be_read_is_an_error_with_what_to_do(shop: Shop) -> None:
    place = shop.folder / ".mcflow" / "state" / "shop" / "default"
    for file in [place / "snapshot.json", *(place / "history").iterdir(), *(place / "journal").iterdir()]:
        file.write_bytes(b"x" * 40)
        file.chmod(0o600)
    found = examined(shop)
    assert found.health == "error"
    assert any("mcflow state repair" in each.commands for each in found.checks)


def test_a_sealed_value_that_no_key_opens_is_an_error(shop: Shop) -> None:
    shop.write(NET + """
outputs: {word: {value: "{{ vars.word }}", sensitive: true}}
variables: {word: {type: string, default: hidden, sensitive: true}}
""")
    shop.apply()
    assert wrong(examined(shop)) == []
    for file in (shop.folder / "user").rglob("*"):
        if file.is_file():
            file.unlink()
    found = [each for each in examined(shop).checks if each.name == "secrets"]
    assert [each.health for each in found] == ["error"]
    assert "output word" in found[0].message


def test_who_holds_the_lock_is_told(shop: Shop) -> None:
    with shop.project().workspace.lease(Owner(who="somebody", run="r1")):
        held, = (each for each in examined(shop).checks if each.name == "lock")
    assert held.health == "note"
    assert "somebody" in held.message


def test_what_carries_the_mark_of_another_state_is_told_with_both_ways_out(shop: Shop) -> None:
    from mcflow.drivers.mock.cloud.backdoor import alter

    record = shop.project().workspace.read().state.natives["net/vpc"]
    alter(cloud(shop).store, record.id, {}, {"mcflow-state": "f" * 32})
    told, = (each for each in wrong(examined(shop)) if "mark of another" in each.message)
    assert (told.health, told.address) == ("warn", "net/vpc")
    assert "f" * 32 in told.message
    assert "mcflow forget net/vpc" in told.commands
    assert "mcflow import net ID --take-over" in told.help
