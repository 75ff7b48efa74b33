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


def grown(place: Any) -> list[Any]:
    """After four runs: the audit segments, oldest first."""
    for count in range(3):
        place.write(f"  more:\n    type: bucket\n    for_each: {list('abc'[:count + 1])}\n")
        place.apply()
    return sorted(root(place).glob("journal/*.audit"))


@pytest.mark.parametrize("hit", [slice(0, 1), slice(1, 2), slice(1, 3), slice(-1, None)])
@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_a_gap_of_the_audit_log_is_told_for_ever(applied: Any, hit: slice, how: str) -> None:
    segments = grown(applied)
    assert len(segments) >= 4
    whole = sum(entry.records for entry in applied.project().workspace.audit())
    for path in segments[hit]:
        (spoil if how == "damaged" else lose)(applied, f"journal/{path.name}")
    with pytest.raises(Rejected, match="MC0719"):
        api.audit(applied.project())
    before = applied.state
    done, (account,) = repair(applied)
    assert done.done
    assert {file for file, _ in account.damage} >= {f"journal/{path.name}" for path in segments[hit]} or how == "missing"
    assert len(done.aside) == (len(segments[hit]) if how == "damaged" else 0)
    assert all((root(applied) / name).is_file() for name in done.aside)
    assert repair(applied)[0].account.sound
    assert applied.state.natives == before.natives
    for _ in range(2):
        told = api.audit(applied.project())
        gaps = [run for run in told if run["mode"] == "lost"]
        assert len(gaps) == 1
        assert "were lost" in gaps[0]["reason"]
        assert told[0]["mode"] in ("repair", "apply")
        assert [finding.code for finding in api.history(applied.project()).findings] == ["MC0790"]
        check, = (check for check in api.examine(applied.project(), ApplyOptions()).checks if check.name == "audit log")
        assert (check.health, check.code) == ("warn", "MC0790")
        entries = list(applied.project().workspace.audit())
        assert sum(entry.records for entry in entries) > whole
        applied.write("  more:\n    type: bucket\n")
        applied.apply()


def test_a_segment_put_in_from_elsewhere_is_found_and_a_gap_hides_nothing(applied: Any) -> None:
    """A gap written by hand over a whole segment is told like any other; one that claims too little does not hold."""
    from mcflow.state.audit import AuditHeader, lost_segment, read_audit

    first = grown(applied)[0]
    header, _ = read_audit(first.read_bytes(), "it")
    first.write_bytes(lost_segment(header, 1.0))
    assert [run["mode"] for run in api.audit(applied.project())].count("lost") == 1
    first.write_bytes(lost_segment(header, 1.0) + b"x")
    with pytest.raises(Rejected, match="MC0719"):
        api.audit(applied.project())
    short = AuditHeader(number=header.number, lineage=header.lineage, after=0, previous=header.previous, count=header.count - 1,
                        chain=header.chain)
    first.write_bytes(lost_segment(short, 1.0))
    with pytest.raises(Rejected, match="MC0719"):
        api.audit(applied.project())
    _done, (account,) = repair(applied)
    assert (f"journal/{first.name}", "does not go on into the segment after it") in account.damage
    assert [run["mode"] for run in api.audit(applied.project())].count("lost") == 1
    assert repair(applied)[0].account.sound
