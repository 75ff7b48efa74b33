"""Repairing through the engine: a person chooses where something is lost, and the clouds are searched afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions
from mcflow.engine.surgery.repair import Account, Repaired
from mcflow.model.diagnostic import Rejected


def root(place: Any) -> Any:
    return place.folder / ".mcflow" / "state" / "shop" / "default"


def spoil(place: Any, *patterns: str) -> None:
    for pattern in patterns:
        for path in root(place).glob(pattern):
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0xFF
            path.write_bytes(bytes(data))


def lose(place: Any, *patterns: str) -> None:
    for pattern in patterns:
        for path in root(place).glob(pattern):
            path.unlink()


def repair(place: Any, *, agree: bool = True, **how: Any) -> tuple[Repaired, list[Account]]:
    asked: list[Account] = []
    done = api.repair_state(place.project(), ApplyOptions(reason="disk"), lambda account: not asked.append(account) and agree, **how)
    return done, asked


def test_a_whole_state_needs_nothing(applied: Any) -> None:
    done, asked = repair(applied)
    assert (done.done, done.account.sound, asked) == (False, True, [])
    with pytest.raises(Rejected, match="MC0783"):
        repair(applied, serial=applied.state.serial)


def test_what_heals_by_itself_is_written(applied: Any) -> None:
    natives = applied.state.natives
    spoil(applied, "snapshot.json")
    done, (account,) = repair(applied)
    assert done.done
    assert account.lossless
    assert ("snapshot.json", "is damaged") in account.damage
    assert repair(applied)[0].account.sound
    assert applied.state.natives == natives
    assert api.audit(applied.project())[0]["mode"] == "repair"


def test_a_person_chooses_where_something_is_lost(applied: Any) -> None:
    cloud = applied.cloud.keys()
    serial = applied.state.serial
    applied.write((applied.folder / "mcflow.yaml").read_text().partition("resources:\n")[2].replace("[red, blue]", "[red]"))
    applied.apply()
    spoil(applied, "snapshot.json")
    lose(applied, "journal/*.journal", "copies/*", f"history/*{applied_serial(applied)}-*")
    with pytest.raises(Rejected, match="MC0783") as told:
        repair(applied)
    assert [finding.code for finding in told.value.diagnostics][-1] == "MC0783"
    with pytest.raises(Rejected, match="MC0723"):
        repair(applied, serial=99999)
    done, (account,) = repair(applied, serial=serial)
    assert done.done
    assert not account.lossless
    assert {finding.code for finding in done.findings} >= {"MC0784"}
    assert len(applied.state.natives) == len(cloud)
    applied.apply()
    assert applied.plan().empty
    assert not [finding for finding in applied.plan().diagnostics if finding.code == "MC0784"]


def applied_serial(place: Any) -> str:
    """The newest serial in the history, as its file's name has it."""
    return max(path.name for path in root(place).glob("history/*")).partition("-")[0]


def test_declined_means_nothing_is_written(applied: Any) -> None:
    spoil(applied, "snapshot.json", "history/*", "journal/*.journal", "copies/*")
    before = {path: path.read_bytes() for path in root(applied).rglob("*") if path.is_file() and path.name not in ("lease", "lock")}
    done, asked = repair(applied, agree=False, accept_loss=True)
    assert not done.done
    assert len(asked) == 1
    assert before == {path: path.read_bytes() for path in root(applied).rglob("*") if path.is_file() and path.name not in ("lease", "lock")}


def test_when_all_is_gone_the_lineage_is_kept_for_the_search(applied: Any) -> None:
    lineage, cloud = applied.state.lineage, applied.cloud.keys()
    lose(applied, "journal/*", "snapshot.json", "history/*", "copies/*")
    with pytest.raises(Rejected, match="MC0783"):
        repair(applied)
    repair(applied, accept_loss=True)
    assert applied.state.lineage == lineage
    assert applied.state.natives == {}
    found = [finding for finding in applied.plan().diagnostics if finding.code == "MC0839"]
    assert found
    assert applied.cloud.keys() == cloud
